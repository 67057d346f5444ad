"""A pre-test waives the lessons whose objectives it showed to be known; it can be skipped, and costs nothing."""

import html
from collections.abc import Mapping, Sequence, Set
from datetime import date
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes import actions
from assessments.quizzes.actions.regrading import mark_again
from assessments.quizzes.models import Question, QuizPage
from assessments.quizzes.models.regrading import plan
from assessments.quizzes.rules import testing_out
from assessments.quizzes.rules.grading import Marked
from courses import actions as courses
from courses import reports, tasks
from courses.models import Completion, LessonPage, Rollout, StepCompletion
from courses.models.drafts import draft_of
from evidence.models import Record
from tests.factories import enrol, key_of, make_course
from tests.quizzes.factories import BANK, make_question, quiz, quiz_version, worst_response
from tests.quizzes.samples import best

# --- the rule ------------------------------------------------------------------------------------------------------
OBJECTIVES = ("A", "B", "C")
MARKS = st.sampled_from([None, Fraction(0), Fraction(1, 2), Fraction(1)])


def marked(pairs: Sequence[tuple[str, Fraction | None]]) -> list[Marked]:
    return [Marked(str(at), "calm", name, mark) for at, (name, mark) in enumerate(pairs)]


PAPERS = st.lists(st.tuples(st.sampled_from(("", *OBJECTIVES)), MARKS), max_size=12).map(marked)
LESSONS = st.dictionaries(st.text(max_size=3), st.frozensets(st.sampled_from(OBJECTIVES)), max_size=6)


def known_slowly(paper: Sequence[Marked], right: int | None) -> set[str]:
    found = set()
    for name in OBJECTIVES:
        scored = [item for item in paper if item.objective == name and item.mark is not None]
        wholly = [item for item in scored if item.mark == 1]
        if (right and len(wholly) >= right) or (right is None and scored and wholly == scored):
            found.add(name)
    return found


def waived_slowly(taught: Mapping[str, Set[str]], known: Set[str]) -> list[str]:
    return [key for key, names in taught.items() if names and not [name for name in names if name not in known]]


@given(PAPERS, st.none() | st.integers(1, 3))
def test_an_objective_is_known_from_right_answers_alone(paper, right):
    assert testing_out.known(paper, right=right) == known_slowly(paper, right)


@given(PAPERS, st.none() | st.integers(1, 3), st.data())
def test_one_more_right_answer_never_takes_an_objective_away(paper, right, data):
    name = data.draw(st.sampled_from(OBJECTIVES))
    before = testing_out.known(paper, right=right)
    assert before <= testing_out.known([*paper, Marked("more", "calm", name, Fraction(1))], right=right)


@given(LESSONS, st.frozensets(st.sampled_from(OBJECTIVES)))
def test_a_lesson_is_waived_when_all_it_teaches_is_known(taught, known):
    assert testing_out.waived(taught, known) == waived_slowly(taught, known)


def test_an_essay_that_nobody_has_marked_shows_nothing():
    assert testing_out.known([Marked("1", "calm", "A", None, waits=True)], right=None) == frozenset()
    assert testing_out.known([], right=None) == frozenset()


# --- in a course ---------------------------------------------------------------------------------------------------
TAUGHT = {"one": ["CALM-1"], "two": ["CALM-2"], "both": ["CALM-1", "CALM-2"], "none": []}


def lesson(name: str):
    def add(module, language, key):
        fields = {"locale": module.locale, "translation_key": key, "objectives": TAUGHT[name]}
        body = [{"type": "concept", "value": {"heading": name, "body": "<p>Keep an even voice.</p>", "points": ""}}]
        page = LessonPage(title=f"Lesson {name}", slug=f"lesson-{name}", minutes=5, body=body, **fields)
        return module.add_child(instance=page)

    return add


def pre_test(**fields):
    """S1 and S2 ask about CALM-1, S3 about CALM-2."""

    def add(module, language, key):
        make_question("S3", "single", language, objective="CALM-2")
        return quiz(("single",) * 3, **{"tests_out": True, "required_of": "nobody", **fields})(module, language, key)

    return add


def part(objective: str, count: int | None) -> dict:
    value = {"title": "", "by": "objective", "which": objective, "count": count, "weight": 1}
    return {"type": "section", "id": str(uuid4()), "value": value}


def course(*names: str, **fields):
    return make_course(BANK, lessons=0, languages=("en",), steps=[*map(lesson, names), pre_test(**fields)])


def hand_in(enrolment, wrong: Sequence[str] = ()):
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    for key in attempt.keys:
        question = attempt.quiz.question(key)
        response = worst_response(question) if question.code.removeprefix("SECRET-") in wrong else best(question)
        actions.save_answer(attempt=attempt, question_key=key, response=response, version=attempt.version, idem=uuid4())
    return actions.hand_in(attempt=attempt)


def waived(enrolment) -> set[str]:
    return {step.title for step in reports.outline(enrolment, "en").steps if step.is_waived}


def words(response) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def enrolment(ana):
    return enrol(ana, course(*TAUGHT))


def test_what_is_known_is_waived_and_says_by_which_attempt(enrolment):
    attempt = hand_in(enrolment, wrong=["S3"])
    assert waived(enrolment) == {"Lesson one"}
    completion = StepCompletion.objects.get(waived_by__isnull=False)
    assert (completion.waived_by, completion.version.title) == (attempt.key, "Lesson one")
    record = Record.objects.get(kind="steps.waived")
    assert record.facts["attempt"] == str(attempt.key)
    assert record.facts["objectives"] == ["CALM-1"]
    assert record.subject == enrolment.person.key


def test_a_lesson_of_two_objectives_needs_both_and_one_of_none_is_never_waived(enrolment):
    hand_in(enrolment)
    assert waived(enrolment) == {"Lesson one", "Lesson two", "Lesson both"}


def test_knowing_nothing_costs_nothing(enrolment, client_for, ana):
    attempt = hand_in(enrolment, wrong=["S1", "S2", "S3"])
    assert waived(enrolment) == set()
    assert not Record.objects.filter(kind="steps.waived").exists()
    page = words(client_for(ana).get(reverse("result", args=[attempt.key])))
    assert "Nothing is waived, and nothing is lost" in page
    assert "Not yet" not in page
    courses.start(enrolment=enrolment)
    assert reports.outline(enrolment, "en").next_step.title == "Lesson one"


def test_it_is_taken_once_and_can_be_skipped(enrolment, client_for, ana):
    intro = words(client_for(ana).get(reverse("step", args=[enrolment.key, enrolment.course_version.steps[-1].key])))
    assert "You can skip this pre-test" in intro
    assert "You need" not in intro
    hand_in(enrolment)
    with pytest.raises(actions.NotAllowed):
        actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))


def test_so_many_right_answers_may_be_enough(ana):
    enrolment = enrol(ana, course("one", known_from=1, pool_modules=[], pool_objectives=["CALM-1"]))
    hand_in(enrolment, wrong=["S2"])
    assert waived(enrolment) == {"Lesson one"}


def test_with_everything_waived_the_course_is_finished_and_the_certificate_can_be_proved(ana):
    enrolment = enrol(ana, course("one"))
    attempt = hand_in(enrolment)
    path = Completion.objects.get(enrolment=enrolment).path
    assert [step["score"] for step in path if step["step"] == str(attempt.step_key)] == ["1.00000"]
    assert [step.get("waived_by") for step in path if step["title"] == "Lesson one"] == [str(attempt.key)]
    proved = Record.objects.get(kind="course.completed").facts["steps"]
    assert str(attempt.key) in [step.get("waived_by") for step in proved]
    assert str(attempt.step_key) in [step["step"] for step in proved]


def test_a_lesson_that_is_to_be_done_once_more_is_not_waived(ana, publisher):
    enrolment = courses.start(enrolment=enrol(ana, course("one")))
    page, day = LessonPage.objects.get(), date(2999, 1, 31)
    choice = courses.Choice("material", "", (str(page.translation_key),), day)
    courses.ask_again(draft=draft_of(page), choice=choice, by=publisher)
    tasks.follow.call(Rollout.objects.get().pk)
    hand_in(enrolment)
    enrolment.refresh_from_db()
    assert waived(enrolment) == set()
    assert (enrolment.redo_by, enrolment.completed_at) == (day, None)
    assert not Record.objects.filter(kind="steps.waived").exists()


def test_what_was_read_before_stays_what_it_is(enrolment):
    mine = courses.start(enrolment=enrolment)
    first = reports.shown_step(mine, UUID(mine.course_version.steps[0].key), "en")
    courses.complete_step(enrolment=mine, version=first.version)
    hand_in(mine, wrong=["S3"])
    assert waived(mine) == set()
    assert StepCompletion.objects.get(step_key=first.version.step_key).waived_by is None


def test_a_corrected_key_waives_what_it_shows_to_be_known(enrolment, publisher):
    hand_in(enrolment, wrong=["S3"])
    question = Question.objects.get(translation_key=key_of(BANK, "S3"))
    raw = [{"type": part.block_type, "id": part.id, "value": dict(part.value)} for part in question.parts]
    chosen = worst_response(enrolment.quiz_attempts.get().quiz.question(str(question.translation_key)))["chosen"]
    for part in raw:
        part["value"]["correct"] = part["id"] in chosen
    question.parts = raw
    question.save()
    agreed = plan(question)
    fields = {"digest": agreed.digest, "reason": "The key was wrong.", "key": uuid4()}
    mark_again.func(actions.regrade(question=question, by=publisher, **fields).pk)
    assert waived(enrolment) == {"Lesson one", "Lesson two", "Lesson both"}


def test_it_stays_open_to_read_and_is_said_wherever_it_counts(tree, client_for, ana, auditor, marek, admin):
    enrolment = enrol(ana, course(*TAUGHT))
    attempt = hand_in(enrolment, wrong=["S3"])
    step = StepCompletion.objects.get(waived_by=attempt.key).step_key
    assert client_for(ana).get(reverse("step", args=[enrolment.key, step])).status_code == 200
    assert "Waived: shown to be known" in words(client_for(ana).get(reverse("enrolment", args=[enrolment.key])))
    assert "Waived: shown to be known" in words(client_for(admin).get(reverse("learner", args=[enrolment.key])))
    assert "Lesson one" in words(client_for(ana).get(reverse("result", args=[attempt.key])))
    for reader in (ana, auditor, marek):
        why = words(client_for(reader).get(reverse("why", args=[enrolment.key])))
        assert "Waived by a pre-test" in why
        assert f"Shown to be known in attempt {attempt.key}" in why


# --- going live ----------------------------------------------------------------------------------------------------
def test_a_pre_test_that_is_required_or_waits_for_a_marker_does_not_go_live(db):
    course("one")
    page = QuizPage.objects.get()
    page.required_of = "everyone"
    with pytest.raises(ValidationError, match="required of nobody"):
        page.save()
    page.required_of, page.known_from = "nobody", 2
    assert page.problems() == ["Questions missing for CALM-2: 1."]
    page.known_from, page.open_to_guests = None, True
    [told] = page.problems()
    assert "neither a pre-test nor a required quiz may be open" in told
    page.open_to_guests = False
    with pytest.raises(ValidationError, match="ask no essays"):
        make_question("S4", "essay")


@pytest.mark.parametrize(
    ("fields", "few"),
    [
        ({"draw_per_objective": {"CALM-1": 1}}, True),
        ({"draw_per_objective": {"CALM-1": 2}}, False),
        ({"draw_count": 1}, True),
        ({"draw_count": 2}, False),
        ({"sections": [part("CALM-1", 1)]}, True),
        ({"sections": [part("CALM-1", None)]}, False),
    ],
)
def test_a_paper_that_asks_too_little_to_show_anything_does_not_go_live(db, fields, few):
    course("one", pool_modules=[], pool_objectives=["CALM-1"])
    page = QuizPage.objects.get()
    page.known_from, page.pool_modules = 2, ["calm"]
    Question.objects.filter(code="SECRET-S3").update(objective="CALM-1")
    for name, value in fields.items():
        setattr(page, name, value)
    told = "CALM-1: a paper may ask fewer than 2 questions about it. Draw more of them."
    assert page.problems() == [told] * few


def test_another_quiz_is_compiled_as_before(db):
    make_course(BANK, lessons=0, languages=("en",), steps=[quiz(("single",))])
    body = QuizPage.objects.get().compile_body()
    assert "test_out" not in body["rules"]
    assert "open_to_guests" not in body
