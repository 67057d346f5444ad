"""L&D's item analysis: who is counted, what is shown, in words and figures; and who is not let in."""

import csv
import io
import re
from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes import actions
from assessments.quizzes.actions.attempts import decimal
from assessments.quizzes.models import Answer, QuizAttempt, QuizPage
from assessments.quizzes.models.records import as_json
from assessments.quizzes.reports import analysis as reports
from assessments.quizzes.reports import tallies
from assessments.quizzes.reports.analysis import QuizSelection
from assessments.quizzes.rules.quiz import Given, Quiz
from assessments.quizzes.rules.statistics import Sample
from assessments.selecting import ALL, FIRST
from courses import versions
from courses.models import Enrolment
from courses.reports import shown_step
from tests.conftest import person
from tests.factories import enrol, make_course, ready_site
from tests.quizzes.factories import BANK, make_question, quiz, quiz_course, worst_response
from tests.quizzes.samples import best

pytestmark = pytest.mark.django_db


class Sitters:
    """People who take a quiz: sit("lv", "110") is a new one who gets the first two questions right.

    Their rows are written as handing in writes them, without the certificates and the evidence that come with it; that
    handing in gives the same rows is a test below.
    """

    def __init__(self, course, team):
        self.course, self.team, self.count = course, team, 0
        self.enrolled, self.versions = None, {}

    @property
    def step(self):
        return self.course.step_keys[-1]

    def newcomer(self, **fields):
        self.count += 1
        newcomer = person(f"Name{self.count} Surname{self.count}", self.team, **fields)
        if self.enrolled is None:
            self.enrolled = enrol(newcomer, self.course)
            return self.enrolled
        row = Enrolment.objects.get(pk=self.enrolled.pk)
        row.pk, row.key, row.person = None, uuid4(), newcomer
        row.save()
        return row

    def version(self, enrolment, language):
        if language not in self.versions:
            self.versions[language] = shown_step(enrolment, self.step, language).version
        return self.versions[language]

    def sit(self, language, results, *, enrolment=None, respond=worst_response, **fields):
        """A digit a question of the pool, in its order: 1 right, 0 wrong, - none."""
        enrolment = enrolment or self.newcomer(**fields)
        version, number = self.version(enrolment, language), enrolment.quiz_attempts.count() + 1
        quiz = Quiz(versions.content(version.pk)["body"])
        wanted = dict(zip([asked.key for asked in quiz.pool], results, strict=True))
        paper = quiz.new_paper(seed=f"{self.count}/{number}", seen={})
        met = quiz.questions([entry["question"] for entry in paper])
        given = {
            asked.key: best(asked) if wanted[asked.key] == "1" else respond(asked)
            for asked in met
            if wanted[asked.key] != "-"
        }
        answered = {asked.key: Given(asked, given[asked.key]) for asked in met if asked.key in given}
        marked = quiz.marked([asked.key for asked in met], answered)
        grade, now = quiz.grade(marked), timezone.now()
        attempt = QuizAttempt.objects.create(
            enrolment=enrolment,
            step_key=self.step,
            version=version,
            number=number,
            seed="s",
            paper=paper,
            started_at=now,
            finished_at=now,
            hand_in_kind="learner",
            score=decimal(grade.total.points),
            max=grade.total.maximum,
            passed=grade.passed,
            marks=as_json(marked),
        )
        rows = [
            Answer(attempt=attempt, question_key=key, seq=1, response=response, version=version, idem=uuid4(), at=now)
            for key, response in given.items()
        ]
        Answer.objects.bulk_create(rows)
        return attempt

    def sit_really(self, language, results):
        """The same through every act of a learner."""
        enrolment = self.newcomer()
        attempt = actions.start_attempt(enrolment=enrolment, version=self.version(enrolment, language))
        wanted = dict(zip([asked.key for asked in attempt.quiz.pool], results, strict=True))
        for key in attempt.keys:
            asked = attempt.quiz.question(key)
            self.save(attempt, key, best(asked) if wanted[key] == "1" else worst_response(asked))
        return actions.hand_in(attempt=attempt)

    def save(self, attempt, key, response):
        actions.save_answer(attempt=attempt, question_key=key, response=response, version=attempt.version, idem=uuid4())


@pytest.fixture(autouse=True)
def roles_may_enter_the_cms(db):
    ready_site()


@pytest.fixture
def sitters(teams):
    return Sitters(quiz_course(kinds=["single", "multiple", "ordering"], languages=("en", "lv")), teams.desk)


@pytest.fixture
def six(sitters):
    for results in ("111", "110", "100", "010", "011", "000"):
        sitters.sit("en", results)
    return sitters


def shown(sitters, **selection):
    structure = reports.structures(sitters.step)[0].sha256
    return reports.analysis(sitters.step, QuizSelection(**{"structure": structure} | selection), "en")


def slow_sample(attempts) -> Sample:
    """Attempt by attempt, from the stored marks."""
    sample = Sample()
    for attempt in attempts:
        marks = [(row["question"], Fraction(row["mark"])) for row in attempt.marks if row["mark"] is not None]
        total = sum(mark for _key, mark in marks)
        sample.add_total(total)
        for key, mark in marks:
            sample.add_mark(key, key, mark, total)
    return sample


def test_rows_written_here_are_those_that_handing_in_writes(sitters):
    written, real = sitters.sit("en", "110"), sitters.sit_really("en", "110")
    fields = ("version_id", "score", "max", "passed", "hand_in_kind")
    assert [getattr(written, name) for name in fields] == [getattr(real, name) for name in fields]

    def by_question(attempt):
        return sorted(map(str, attempt.marks)), sorted(
            map(str, attempt.answers.values_list("question_key", "response"))
        )

    assert by_question(written) == by_question(real)


# --- counting ------------------------------------------------------------------------------------------------------
def test_the_database_counts_what_counting_by_hand_gives(six):
    six.sit("lv", "1-0")
    with tallies.held(QuizAttempt.objects.ended()):
        found = tallies.samples(tallies.BY_QUESTION)
    whole = Sample()
    whole.merge(found["en"])
    whole.merge(found["lv"])
    assert found["lv"].size == 1
    assert whole == slow_sample(QuizAttempt.objects.ended())


def test_part_marks_give_exact_totals(six):
    """An ordering two thirds right: its score is stored rounded."""

    def half(asked):
        keys = list(asked.keys)
        return {"order": [keys[0], *keys[2:], keys[1]]} if asked.type == "ordering" else worst_response(asked)

    for _ in range(3):
        six.sit("en", "110", respond=half)
    with tallies.held(QuizAttempt.objects.ended()):
        found = tallies.samples(tallies.BY_QUESTION)["en"]
    assert found == slow_sample(QuizAttempt.objects.ended())


def test_weights_count_in_totals_and_not_in_the_facility(teams):
    heavy = {"title": "", "by": "questions", "which": "SECRET-S1", "count": None, "weight": 3}
    rest = heavy | {"by": "objective", "which": "CALM-1", "weight": 1}
    parts = [{"type": "section", "id": str(uuid4()), "value": value} for value in (heavy, rest)]
    sitters = Sitters(quiz_course(kinds=["single"] * 3, languages=("en",), sections=parts), teams.desk)
    for results in ("111", "110", "100", "010", "011", "000"):
        sitters.sit("en", results)
    page = shown(sitters)
    figures = {row.code: row.figures for row in page.questions}
    assert (page.paper, page.figures.mean) == (5, pytest.approx((5 + 4 + 3 + 1 + 2 + 0) / 6))
    assert [one.facility for one in figures.values()] == [50, pytest.approx(400 / 6), pytest.approx(200 / 6)]
    assert [one.intended_weight for one in figures.values()] == [60, 20, 20]
    # S1 beside what the others gave: (1, 2), (1, 1), (1, 0), (0, 1), (0, 2), (0, 0) hang together not at all.
    assert figures["SECRET-S1"].discrimination == pytest.approx(0)
    assert figures["SECRET-S1"].deviation == pytest.approx(100 * (0.3**0.5))


def test_places_of_a_heavy_section_are_worth_its_points(teams):
    value = {"title": "", "by": "objective", "which": "CALM-1", "count": 2, "weight": 4}
    part = {"type": "section", "id": str(uuid4()), "value": value}
    sitters = Sitters(quiz_course(kinds=["single"] * 4, languages=("en",), sections=[part]), teams.desk)
    for results in ("1111", "1100", "0110", "0000", "1010", "1111"):
        sitters.sit("en", results)
    page = shown(sitters)
    assert page.paper == 8
    assert all(row.figures.intended_weight == 50 for row in page.places)
    assert all(0 <= row.figures.facility <= 100 for row in [*page.places, *page.questions])


def test_questions_drawn_at_random_are_positions_by_place(teams):
    sitters = Sitters(quiz_course(kinds=["single"] * 4, languages=("en",), draw_count=2), teams.desk)
    for results in ("1111", "1100", "0110", "0000", "1010", "1111"):
        sitters.sit("en", results)
    page = shown(sitters)
    assert [row.name for row in page.places] == ["1", "2"]
    assert all(row.figures.size == 6 for row in page.places)
    assert sum(row.figures.size for row in page.questions) == 12
    assert page.figures.consistency is not None
    assert all(row.figures.effective_weight is None for row in page.questions)
    assert all(row.figures.intended_weight == 50 for row in page.questions)


def test_questions_drawn_by_objective_are_positions_by_objective(teams):
    def two_objectives(module, language, key):
        for number, objective in ((1, "CALM-1"), (2, "CALM-1"), (3, "CALM-2"), (4, "CALM-2")):
            make_question(f"S{number}", language=language, objective=objective)
        return quiz(["single"] * 4, draw_per_objective={"CALM-1": 1, "CALM-2": 1})(module, language, key)

    sitters = Sitters(make_course(BANK, lessons=0, languages=("en",), steps=[two_objectives]), teams.desk)
    for results in ("1111", "1100", "0011", "0000", "1010"):
        sitters.sit("en", results)
    page = shown(sitters)
    assert [row.name for row in page.places] == ["CALM-1 1", "CALM-2 1"]
    assert [row.figures.size for row in page.places] == [5, 5]


def test_only_the_last_answer_to_a_question_is_counted(six):
    enrolment = six.newcomer()
    attempt = actions.start_attempt(enrolment=enrolment, version=six.version(enrolment, "en"))
    asked = attempt.quiz.pool[0]
    others = [part["key"] for part in asked.parts if not part["correct"]]
    for key in (others[1], others[2], others[1], others[2]):
        six.save(attempt, asked.key, {"chosen": [key]})
    actions.hand_in(attempt=attempt)
    times = {option.name: option.times for option in shown(six).questions[0].options}
    assert times == {"A": 3, "B": 3, "C": 0, "D": 1}


def test_each_option_with_its_count_and_the_mean_total_of_those_who_chose_it(six):
    six.sit("en", "-10")
    first = shown(six).questions[0]
    right, wrong = first.options[:2]
    totals = [attempt.score for attempt in QuizAttempt.objects.order_by("pk")]
    assert (right.name, right.is_right, right.times) == ("A", True, 3)
    assert right.mean_total == pytest.approx(float(100 * sum(totals[:3]) / 9), abs=0.05)
    assert (wrong.name, wrong.is_right, wrong.times) == ("B", False, 3)
    silent = first.options[-1]
    assert (silent.text, silent.is_right, silent.times, silent.mean_total) == ("No answer", None, 1, None)


@pytest.mark.parametrize("kind", ["judgement", "rating"])
def test_each_response_of_a_judgement_with_its_count_and_the_mean_total_of_those_who_said_it(
    teams, client_for, publisher, kind
):
    sitters = Sitters(quiz_course((kind, "multiple")), teams.desk)
    for results in ("11", "11", "10", "01", "00", "-0"):
        sitters.sit("en", results)
    judged, multiple = shown(sitters).questions
    best = next(option for option in judged.options if option.is_right)
    assert (best.text.startswith("S1 response 0 (en): "), best.is_right, best.times) == (True, True, 3)
    assert best.mean_total == pytest.approx(100 * (2 + 2 + 1) / 6, abs=0.05)
    assert judged.options[-1].text == "No answer"
    assert judged.figures.guess is not None
    assert not judged.no_guess
    assert multiple.figures.guess is None
    page = client_for(publisher).get(reverse("analysis", args=[sitters.step])).content.decode()
    assert page.count("how many options a guesser ticks is not known") == 1
    assert multiple.no_guess in page


# --- who is counted ------------------------------------------------------------------------------------------------
@pytest.fixture
def tried_again(six):
    enrolment = six.newcomer()
    for results in ("000", "111", "100"):
        six.sit("en", results, enrolment=enrolment)
    return six


@pytest.mark.parametrize("which, scores", [(FIRST, [0]), (reports.BEST, [3]), (reports.LAST, [1]), (ALL, [0, 1, 3])])
def test_which_attempts_of_one_person_count(tried_again, which, scores):
    structure = reports.structures(tried_again.step)[0].sha256
    found = reports.selected(tried_again.step, QuizSelection(structure=structure, attempts=which))
    mine = found.filter(enrolment__person__first_name="Name7").order_by("score")
    assert [int(attempt.score) for attempt in mine] == scores


def test_the_first_attempt_is_the_first_of_all_not_the_first_of_the_period(tried_again):
    structure = reports.structures(tried_again.step)[0].sha256
    first = QuizAttempt.objects.filter(enrolment__person__first_name="Name7").earliest("pk")
    ago = timezone.now() - timedelta(days=40)
    QuizAttempt.objects.filter(pk=first.pk).update(started_at=ago, finished_at=ago)
    since = timezone.localdate() - timedelta(days=30)
    found = reports.selected(tried_again.step, QuizSelection(structure=structure, since=since))
    assert not found.filter(enrolment__person__first_name="Name7").exists()
    assert found.count() == 6
    found = reports.selected(tried_again.step, QuizSelection(structure=structure, until=since))
    assert [attempt.pk for attempt in found] == [first.pk]


def test_an_attempt_of_a_second_cycle_is_nobodys_first(six):
    again = Enrolment.objects.get(person__first_name="Name1")
    again.pk, again.key, again.cycle = None, uuid4(), 2
    again.save()
    six.sit("en", "111", enrolment=again)
    assert shown(six).figures.size == 6
    assert shown(six, attempts=ALL).figures.size == 7


def test_attempts_that_are_open_do_not_count(six):
    enrolment = six.newcomer()
    actions.start_attempt(enrolment=enrolment, version=six.version(enrolment, "en"))
    assert shown(six).figures.size == 6


def test_language_team_and_job_role_narrow_it(six, teams):
    six.team = teams.warehouse
    for _ in range(5):
        six.sit("lv", "111", job_role="Driver")
    assert shown(six).people == 11
    assert shown(six, language="lv").people == 5
    assert shown(six, job_role="Driver").figures.mean == 3
    assert shown(six, team=teams.service).people == 6, "the teams below count with it"
    assert shown(six, team=teams.company).people == 11


def test_a_new_structure_is_another_version(six):
    page = QuizPage.objects.get(translation_key=six.step, locale__language_code="en")
    page.pass_mark = 50
    page.save()
    six.versions.clear()
    six.enrolled = None
    six.sit("en", "111")
    newest, oldest = reports.structures(six.step)
    assert (newest.attempts, oldest.attempts) == (1, 6)
    assert shown(six, structure=oldest.sha256).people == 6


def test_fewer_than_five_people_show_nothing(six):
    for _ in range(4):
        six.sit("lv", "111")
    hidden = shown(six, language="lv")
    assert hidden.is_hidden
    assert (hidden.figures, hidden.questions, hidden.bars) == (None, [], [])
    assert shown(six).languages == [], "nor do four among others, by themselves or as what is left of the sum"
    six.sit("lv", "111")
    assert not shown(six, language="lv").is_hidden
    assert [row.language for row in shown(six).languages] == ["en", "lv"]


def test_a_language_stands_beside_the_sum_where_nobody_is_the_difference(teams):
    """At the quiz and at each of its questions alike."""
    sitters = Sitters(quiz_course(kinds=["single"] * 3, languages=("en", "lv", "pl")), teams.desk)
    for code, people in (("en", 8), ("lv", 7), ("pl", 1)):
        for _ in range(people):
            sitters.sit(code, "110")
    page = shown(sitters)
    assert page.people == 16
    assert [row.language for row in page.languages] == ["en"], "without Latvian, Polish is one person's own"
    assert {one.language for row in page.questions for one in row.languages} == {"en"}


def test_five_attempts_of_fewer_people_show_nothing_either(sitters):
    enrolment = sitters.newcomer()
    for _ in range(6):
        sitters.sit("en", "110", enrolment=enrolment)
    assert shown(sitters, attempts=ALL).is_hidden


# --- in words ------------------------------------------------------------------------------------------------------
@pytest.fixture
def many(teams):
    """Thirty people in each of two languages."""
    sitters = Sitters(quiz_course(kinds=["single"] * 4, languages=("en", "lv", "pl")), teams.desk)
    for number in range(30):
        able = number % 3
        sitters.sit("en", ("1111", "1110", "1001")[able])
        sitters.sit("lv", ("1011", "1010", "1001")[able])
    return sitters


def test_the_words_beside_the_figures(many):
    rows = shown(many).questions
    assert rows[0].words[0] == "Too easy: nearly everybody gets it right."
    assert "Option C is never chosen." in rows[1].words
    assert "People who do well elsewhere miss this: is the key right?" in rows[3].words
    said = " ".join(rows[1].words)
    assert re.search(r"Much harder in one language \(Latvian: 0%, English: 67%\)", said)
    assert not any("Much harder" in text for text in rows[2].words)


def test_a_translation_that_is_much_harder_is_named_without_figures_where_they_would_tell_of_somebody(many):
    many.sit("pl", "1111")
    page = shown(many)
    assert [row.language for row in page.languages] == ["en"]
    said = " ".join(page.questions[1].words)
    assert "Much harder in one language (Latvian) than in another (English): check the translation." in said
    assert not re.search(r"English: \d", said)


def test_with_few_answers_nothing_is_said_and_the_page_is_grey(six, client_for, publisher):
    page = shown(six)
    assert page.is_few
    assert not any(row.words for row in page.questions)
    html = client_for(publisher).get(reverse("analysis", args=[six.step])).content.decode()
    assert "Too few answers" in html
    assert 'class="few"' in html


# --- the screens ---------------------------------------------------------------------------------------------------
def test_the_list_leads_to_each_quiz(six, client_for, publisher):
    html = client_for(publisher).get(reverse("analyses")).content.decode()
    assert f'<a href="{reverse("analysis", args=[six.step])}" lang="en">Quiz on calm (en)</a>' in html


def test_it_says_how_many_pass_at_their_first_attempt_and_the_home_page_where_it_is_fewest(six, client_for, publisher):
    firsts = QuizAttempt.objects.filter(step_key=six.step, number=1)
    percent = 100 * sum(attempt.passed for attempt in firsts) // len(firsts)
    assert 0 < percent < 100
    for place in (reverse("analyses"), reverse("wagtailadmin_home")):
        html = client_for(publisher).get(place).content.decode()
        assert re.search(rf"Quiz on calm(?:(?!</tr>).)*<td>{percent}%</td>", html, re.DOTALL), place


def test_the_home_page_sets_the_per_cent_sign_as_latvian_does(six, client_for, publisher):
    publisher.language = "lv"
    publisher.save()
    html = client_for(publisher).get(reverse("wagtailadmin_home")).content.decode()
    assert re.search(r"<td>\d+\s%</td>", html)
    assert not re.search(r"\d%", html[html.index("<main") :])


def test_a_second_attempt_of_somebody_does_not_change_it(six, client_for, publisher):
    (before,) = reports.quizzes("en")
    enrolment = QuizAttempt.objects.filter(step_key=six.step, passed=False).earliest("pk").enrolment
    QuizAttempt.objects.filter(enrolment=enrolment).update(number=2)
    firsts = QuizAttempt.objects.filter(step_key=six.step, number=1)
    (after,) = reports.quizzes("en")
    assert (before.attempts, len(firsts)) == (after.attempts, 5)
    assert after.passed_first == 100 * sum(attempt.passed for attempt in firsts) // 5 > before.passed_first


def test_of_fewer_than_five_people_it_says_nothing(sitters, client_for, publisher):
    for results in ("111", "110", "100", "000"):
        sitters.sit("en", results)
    assert [row.passed_first for row in reports.quizzes("en")] == [None]
    assert "too few to say" in client_for(publisher).get(reverse("analyses")).content.decode()
    assert "Hardest quizzes" not in client_for(publisher).get(reverse("wagtailadmin_home")).content.decode()


def test_before_anybody_published_a_quiz(client_for, publisher):
    assert "No quiz has been published yet." in client_for(publisher).get(reverse("analyses")).content.decode()


def test_the_page_shows_figures_charts_and_tables(many, client_for, publisher):
    html = client_for(publisher).get(reverse("analysis", args=[many.step])).content.decode()
    for words in ("Coefficient of internal consistency", "Discriminative efficiency", "Much harder in one language"):
        assert words in html
    assert html.count('role="img" aria-label="') == 2
    assert "<circle" in html
    assert "The same as a table" in html


def test_nobody_is_named_on_it(six, client_for, publisher):
    for url in ("analysis", "analysis-csv"):
        text = client_for(publisher).get(reverse(url, args=[six.step])).content.decode()
        assert not re.search(r"Name\d|Surname\d|name\d@", text)


def test_a_quiz_nobody_took(sitters, client_for, publisher):
    html = client_for(publisher).get(reverse("analysis", args=[sitters.step])).content.decode()
    assert "Nobody has handed in such an attempt yet." in html
    assert client_for(publisher).get(reverse("analysis-csv", args=[sitters.step])).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-02-30"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"since": "2026-03-02", "until": "2026-03-01"},
        {"structure": "nothing"},
        {"language": "xx"},
        {"team": "1"},
        {"job_role": "nobody's"},
        {"attempts": "middle"},
    ],
)
@pytest.mark.parametrize("url", ["analysis", "analysis-csv"])
def test_what_cannot_be_is_refused_in_words(six, client_for, publisher, url, query):
    response = client_for(publisher).get(reverse(url, args=[six.step]), query)
    assert response.status_code == 422
    assert b"error-message" in response.content
    assert b'<svg class="chart"' not in response.content


def test_a_link_leads_there_from_the_page_of_the_quiz(six, client_for, publisher):
    page = QuizPage.objects.get(translation_key=six.step, locale__language_code="en")
    page.save_revision().publish()
    html = client_for(publisher).get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert reverse("analysis", args=[six.step]) in html
    menu = client_for(publisher).get(reverse("wagtailadmin_home")).content.decode()
    assert reverse("analyses") in menu


def test_the_charts_survive_a_title_that_is_markup(six, client_for, publisher):
    page = QuizPage.objects.get(translation_key=six.step, locale__language_code="en")
    page.title = "<script>alert(1)</script>"
    page.save()
    html = client_for(publisher).get(reverse("analysis", args=[six.step])).content.decode()
    assert "<script>alert(1)" not in html


# --- CSV -----------------------------------------------------------------------------------------------------------
def table(response, delimiter):
    text = response.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=delimiter))


def test_the_csv_holds_what_is_on_screen(six, client_for, publisher):
    response = client_for(publisher).get(reverse("analysis-csv", args=[six.step]))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].endswith('-analysis.csv"')
    rows = table(response, ",")
    assert ["Attempts", "6"] in rows
    figures = {row[0]: row[1] for row in rows if len(row) == 3}
    assert figures["Mean"] == f"{100 * shown(six).figures.mean / 3:.2f}"
    assert any(row[3:4] == ["yes"] for row in rows)


def test_the_csv_compares_languages_as_the_screen_does(many, client_for, publisher):
    rows = table(client_for(publisher).get(reverse("analysis-csv", args=[many.step])), ",")
    at = rows.index(["Language", "Attempts", "Mean", ""])
    assert [row[:2] + row[3:] for row in rows[at + 1 : at + 3]] == [["English", "30", "%"], ["Latvian", "30", "%"]]
    at = rows.index(["Question", "Short name", "Language", "Answers", "Facility index, %"])
    second = [row[2:] for row in rows[at + 1 :] if row[:1] == ["2"]][:2]
    assert second == [["English", "30", "66.67"], ["Latvian", "30", "0.00"]]


def test_of_one_language_alone_the_csv_compares_nothing(six, client_for, publisher):
    rows = table(client_for(publisher).get(reverse("analysis-csv", args=[six.step])), ",")
    assert not any("Language" in row for row in rows)


def test_the_csv_of_a_polish_reader_is_for_a_polish_excel(six, client_for, publisher):
    publisher.language = "pl"
    publisher.save()
    rows = table(client_for(publisher).get(reverse("analysis-csv", args=[six.step])), ";")
    assert any(re.fullmatch(r"\d+,\d\d", cell) for row in rows for cell in row)


def test_no_text_of_the_csv_runs_as_a_formula(teams, client_for, publisher):
    def formula(module, language, key):
        make_question("S1", language=language, stem='=HYPERLINK("http://example.org")')
        return quiz(["single"])(module, language, key)

    sitters = Sitters(make_course(BANK, lessons=0, languages=("en",), steps=[formula]), teams.desk)
    for _ in range(5):
        sitters.sit("en", "1")
    rows = table(client_for(publisher).get(reverse("analysis-csv", args=[sitters.step])), ",")
    assert any(cell.startswith("'=HYPERLINK") for row in rows for cell in row)
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


# --- cost ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("questions", [1, 30])
def test_it_costs_as_many_queries_with_thirty_questions_as_with_one(teams, assert_queries_at_most, questions):
    sitters = Sitters(quiz_course(kinds=["single"] * questions, languages=("en",)), teams.desk)
    for _ in range(5):
        sitters.sit("en", "1" * questions)
    structure = reports.structures(sitters.step)[0].sha256
    with assert_queries_at_most(11):
        reports.analysis(sitters.step, QuizSelection(structure=structure), "en")


def test_the_page_costs_a_constant_number_of_queries(many, client_for, publisher, assert_queries_at_most):
    client = client_for(publisher)
    client.get(reverse("analysis", args=[many.step]))
    with assert_queries_at_most(30):
        client.get(reverse("analysis", args=[many.step]))


# --- refusals ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who, status", [("ela", 200), ("publisher", 200), ("admin", 200)])
def test_l_and_d_may_read_it(six, client_for, request, who, status):
    assert client_for(request.getfixturevalue(who)).get(reverse("analysis", args=[six.step])).status_code == status


@pytest.mark.parametrize("who", ["ana", "marek", "irena", "auditor"])
@pytest.mark.parametrize("url", ["analyses", "analysis", "analysis-csv"])
def test_nobody_else_does(six, client_for, request, who, url):
    arguments = [] if url == "analyses" else [six.step]
    assert client_for(request.getfixturevalue(who)).get(reverse(url, args=arguments)).status_code == 404


def test_anonymous_people_are_sent_to_the_login(six, client_for):
    response = client_for(None).get(reverse("analysis", args=[six.step]))
    assert (response.status_code, response["Location"][:7]) == (302, "/login/")


@pytest.mark.parametrize("url", ["analysis", "analysis-csv"])
def test_what_is_no_quiz_is_not_there(six, client_for, publisher, url):
    client = client_for(publisher)
    assert client.get(reverse(url, args=[uuid4()])).status_code == 404
    assert client.post(reverse(url, args=[six.step])).status_code == 405
