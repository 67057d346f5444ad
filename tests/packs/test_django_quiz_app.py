"""import_django_quiz_app, with a real dump: made by django-quiz-app 0.5.1 itself, through its own pages."""

import hashlib
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from assessments.quizzes import actions
from assessments.quizzes.formats import django_quiz_app as source
from assessments.quizzes.models import (
    Answer,
    Essay,
    ImportedProgress,
    ImportedSitting,
    Question,
    QuizAttempt,
    QuizPage,
)
from assessments.quizzes.models.regrading import plan
from assessments.quizzes.rules import paper
from assessments.quizzes.rules.question import Question as PublishedQuestion
from certificates.models import Certificate
from courses.keys import pack_key
from courses.models import Completion, CoursePage, Enrolment, ModulePage, StepCompletion
from evidence.models import Record
from lms.models import ImportedObject
from lms.packs.django_quiz_app import COURSE_KEY, plan_move
from people.models import User
from tests.remembered import remembered

HERE = Path(__file__).parent / "django_quiz_app"
JSON, SQLITE = HERE / "dqa-0.5.1.json", HERE / "dqa-0.5.1.sqlite3"
EVERYTHING = (
    Answer,
    CoursePage,
    Enrolment,
    ImportedObject,
    ImportedProgress,
    ImportedSitting,
    ModulePage,
    Question,
    QuizAttempt,
    QuizPage,
    Record,
    StepCompletion,
    User,
)


def call(path: Path, *args: str, **options: Any) -> str:
    out = StringIO()
    call_command("import_django_quiz_app", str(path), *args, stdout=out, **options)
    return out.getvalue()


def counted() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in EVERYTHING}


def fields_of(model: str) -> dict[int, dict[str, Any]]:
    return {row["pk"]: row["fields"] for row in json.loads(JSON.read_text()) if row["model"] == model}


@remembered(beside=())
def brought() -> str:
    return call(JSON, language="en")


@pytest.fixture
def imported(db) -> str:
    return brought()


@pytest.fixture
def broken(tmp_path) -> Callable[[Callable[[dict], Any]], Path]:
    """broken(change): the real dump with change({"model:pk": fields}) done to it."""

    def made(change: Callable[[dict], Any]) -> Path:
        rows = json.loads(JSON.read_text())
        change({f"{row['model']}:{row['pk']}": row["fields"] for row in rows})
        path = tmp_path / "broken.json"
        path.write_text(json.dumps(rows))
        return path

    return made


def sitting(pk: int) -> ImportedSitting:
    return ImportedSitting.objects.get(origin=f"django-quiz-app quiz.sitting:{pk}")


# --- the package's own arithmetic, slowly and by other means ---------------------------------------------------------
def slow_percent(score: int, order: str) -> int:
    """Counts up by halves of a percent until the share is no longer above."""
    asked = len([word for word in order.split(",") if word])
    if asked == 0 or score <= 0:
        return 0
    if score > asked:
        return 100
    share, shown = float(score) / asked * 100, 0
    while shown + 0.5 <= share:
        shown += 1
    return shown


def slow_scores(score: str, categories: list[str]) -> dict[str, tuple[int, int, int]]:
    """Looks at each place of the string for name, comma, digits, comma, digits, comma."""

    def digits(at: int) -> int:
        end = at
        while end < len(score) and score[end] in "0123456789":
            end += 1
        return end

    shown = {}
    for name in categories:
        shown[name] = (0, 0, 0)
        for at in range(len(score)):
            first = at + len(name) + 1
            if score[at : at + len(name) + 1].lower() != name.lower() + ",":
                continue
            middle = digits(first)
            end = digits(middle + 1)
            if first < middle < end - 1 and score[middle : middle + 1] == "," and score[end : end + 1] == ",":
                got, possible = int(score[first:middle]), int(score[middle + 1 : end])
                share, rounded = (float(got) / possible * 100, 0) if possible else (0.0, 0)
                while rounded + 0.5 <= share:
                    rounded += 1
                shown[name] = (got, possible, rounded)
                break
    return shown


@given(st.integers(-3, 300), st.integers(0, 250))
def test_the_percentage_is_the_one_it_showed(score, questions):
    assert source.percent(score, questions) == slow_percent(score, "7," * questions)


@given(
    st.lists(st.tuples(st.sampled_from(["calm", "Keep calm", "a.b", "ą-ć"]), st.integers(0, 9), st.integers(0, 9))),
)
def test_progress_by_category_is_what_it_showed(rows):
    score = "".join(f"{name},{got},{possible}," for name, got, possible in rows)
    names = ["calm", "Keep calm", "a.b", "ą-ć", "axb"]
    assert source.shown_scores(score, names) == slow_scores(score, names)


def test_halves_go_up_as_in_python_2():
    assert [source.percent(score, 8) for score in (1, 3, 5, 7)] == [13, 38, 63, 88]


def test_the_pass_is_by_the_rounded_figure():
    assert source.passed(2, 3, 67)
    assert not source.passed(2, 3, 68)


# --- the real dump ---------------------------------------------------------------------------------------------------
def test_each_imported_result_equals_what_it_showed(imported):
    quizzes = fields_of("quiz.quiz")
    rows = fields_of("quiz.sitting")
    assert len(rows) == 18
    for pk, row in rows.items():
        percent = slow_percent(row["current_score"], row["question_order"])
        here = sitting(pk)
        assert here.percent == percent
        assert here.score == row["current_score"]
        assert here.passed == (percent >= quizzes[row["quiz"]]["pass_mark"] if row["complete"] else None)
        assert here.row == row


def test_each_progress_equals_what_it_showed(imported):
    names = [row["category"] for row in fields_of("quiz.category").values()]
    for pk, row in fields_of("quiz.progress").items():
        here = ImportedProgress.objects.get(origin=f"django-quiz-app quiz.progress:{pk}")
        told = {one["category"]: (one["score"], one["possible"], one["percent"]) for one in here.categories}
        assert told == slow_scores(row["score"], names)
        assert here.person.email == fields_of("auth.user")[row["user"]]["email"]


def test_attempts_have_the_score_the_times_and_every_answer(imported):
    answers = fields_of("multichoice.answer")
    for pk, row in fields_of("quiz.sitting").items():
        attempt = sitting(pk).attempt
        if attempt is None:
            continue
        asked = [int(word) for word in row["question_order"].split(",") if word]
        assert attempt.keys == [source.key_of(source.QUESTION, one) for one in asked]
        assert attempt.started_at.isoformat() == row["start"].replace("Z", "+00:00")
        given_there = json.loads(row["user_answers"])
        here = attempt.answers_now()
        assert len(here) == len(given_there)
        for question, text in given_there.items():
            given_here = attempt.asked(here[source.key_of(source.QUESTION, int(question))])
            if "text" in given_here.response:
                assert given_here.response["text"] == text
            else:
                chosen = given_here.question.part(given_here.response["chosen"][0])
                assert chosen["text"] == (text if text in ("True", "False") else answers[int(text)]["content"])
        if row["complete"]:
            wrong = {int(word) for word in row["incorrect_questions"].split(",") if word}
            assert attempt.finished_at.isoformat() == row["end"].replace("Z", "+00:00")
            assert attempt.score == min(row["current_score"], len(asked))
            assert [item.mark for item in attempt.marked] == [int(one not in wrong) for one in asked]
            assert attempt.hand_in_kind == "imported"
        else:
            assert attempt.is_open


def test_the_quizzes_keep_their_options(imported):
    pages = {page.translation_key: page for page in QuizPage.objects.all()}
    for pk, row in fields_of("quiz.quiz").items():
        page = pages[pack_key("django-quiz-app", f"quiz.quiz:{pk}")]
        asked = {question for question, one in fields_of("quiz.question").items() if pk in one["quiz"]}
        assert set(page.pool_objectives) == {f"Q-{question}" for question in asked}
        assert (page.title, page.search_description) == (row["title"], row["description"])
        assert page.attempts_allowed == (1 if row["single_attempt"] else None)
        assert (page.pass_mark, page.shuffle_questions) == (row["pass_mark"], row["random_order"])
        assert page.feedback == ("after_hand_in" if row["answers_at_end"] else "immediate")
        assert page.draw_count == (3 if pk == 4 else None)
        assert (page.text_passed, page.text_not_yet) == (row["success_text"], row["fail_text"])
        category = fields_of("quiz.category").get(row["category"], {"category": "Without a category"})
        assert page.get_parent().title == category["category"]
        assert not page.live


def test_the_questions_keep_type_category_order_and_explanation(imported):
    rows = {question.code: question for question in Question.objects.all()}
    categories, subs = fields_of("quiz.category"), fields_of("quiz.subcategory")
    for pk, row in fields_of("quiz.question").items():
        question = rows[f"Q-{pk}"]
        assert question.stem == row["content"]
        assert question.category == categories.get(row["category"], {"category": ""})["category"]
        assert question.sub_category == subs.get(row["sub_category"], {"sub_category": ""})["sub_category"]
        assert row["explanation"] in json.dumps(question.compiled(), ensure_ascii=False)
    by_content = [part["text"] for part in rows["Q-1"].compiled()["parts"]]
    assert by_content == sorted(by_content)
    assert {name: rows[name].type for name in ("Q-1", "Q-11", "Q-14")} == {
        "Q-1": "single",
        "Q-11": "truefalse",
        "Q-14": "essay",
    }
    assert {name for name, question in rows.items() if not question.live} == {"Q-3", "Q-6", "Q-7"}


def test_both_kinds_of_file_say_the_same():
    ours, theirs = source.read(JSON), source.read(SQLITE)
    same = [model for model in source.MODELS if model != source.LINK]
    assert {model: ours.found[model] for model in same} == {model: theirs.found[model] for model in same}
    assert not ours.broken
    assert not theirs.broken


def test_the_sqlite_file_is_imported_and_stays_as_it_was(db):
    before = SQLITE.read_bytes()
    assert "in all: 217 read" in call(SQLITE, language="en")
    assert ImportedSitting.objects.count() == 18
    assert SQLITE.read_bytes() == before
    assert "nothing was written" in call(JSON, language="en")


def test_every_row_is_counted_and_the_totals_agree(imported):
    lines = dict(line.split(": ", 1) for line in imported.splitlines() if " read, " in line)
    numbers = {name: [int(part.split()[0]) for part in line.split(", ")] for name, line in lines.items()}
    assert all(read == sum(fates) for read, *fates in numbers.values())
    total = numbers.pop("in all")
    assert total == [sum(column) for column in zip(*numbers.values(), strict=True)]
    assert total[0] == len(json.loads(JSON.read_text())) == 152
    assert "left out: quiz.subcategory:2: no question is in it" in imported
    assert "left out: auth.permission, 49 rows: what people may do is decided here by roles" in imported
    assert numbers["quiz.sitting"] == [18, 18, 0, 0]


def test_the_second_time_nothing_is_written(imported):
    before = counted()
    assert "Everything was here already: nothing was written." in call(JSON, language="en")
    assert counted() == before


def test_a_dry_run_reports_the_same_and_writes_nothing(db):
    before = counted()
    dry = call(JSON, "--dry-run", language="en")
    assert counted() == before
    wet = call(JSON, language="en")
    assert dry.replace("A dry run: nothing was written.\n", "") == wet


def test_what_fails_half_way_leaves_nothing(db, monkeypatch):
    before = counted()

    def crash(**kwargs):
        raise RuntimeError

    monkeypatch.setattr("assessments.quizzes.actions.bring_progress", crash)
    with pytest.raises(RuntimeError):
        call(JSON, language="en")
    assert counted() == before


def test_new_sittings_of_a_later_dump_come_and_changed_ones_stay(imported, broken):
    def later(rows):
        rows["quiz.sitting:8"].update(complete=True, question_list="", end="2026-11-01T10:00:00Z")

    path = broken(later)
    rows = json.loads(path.read_text())
    new = next(row for row in rows if row["model"] == "quiz.sitting" and row["pk"] == 4)
    rows.append({"model": "quiz.sitting", "pk": 99, "fields": new["fields"] | {"start": "2026-11-01T09:00:00Z"}})
    path.write_text(json.dumps(rows))
    said = call(path, language="en")
    assert "quiz.sitting: 19 read, 1 written, 17 here already, 1 left out" in said
    assert "quiz.sitting:8: it was brought over before and has changed since" in said
    assert sitting(99).attempt.number == 2
    assert sitting(8).attempt.is_open


# --- people ----------------------------------------------------------------------------------------------------------
def test_people_are_matched_by_email_else_by_user_name_else_come_with_a_closed_account(db, broken):
    mine = User.objects.create_user("Anna@Example.com")
    named = User.objects.create_user("jan.kowalski@example.com")
    path = broken(lambda rows: rows["auth.user:2"].update(email="", username="Jan.Kowalski@example.com"))
    call(path, language="en")
    assert sitting(1).enrolment.person == mine
    assert sitting(5).enrolment.person == named
    mine.refresh_from_db()
    assert mine.is_active
    liga = User.objects.get(email="liga@example.com")
    assert not liga.is_active
    assert not liga.has_usable_password()
    assert (liga.first_name, liga.last_name) == ("Līga", "Bērziņa")


def test_somebody_without_an_address_gets_one_that_leads_nowhere(db, broken):
    call(broken(lambda rows: rows["auth.user:2"].update(email="")), language="en")
    assert sitting(5).enrolment.person.email == "user-2@django-quiz-app.invalid"


# --- that it does not pretend ----------------------------------------------------------------------------------------
def test_the_act_is_on_record_with_the_hash_of_the_file_and_no_attempt_is(imported):
    record = Record.objects.get(kind="quizzes.imported")
    assert record.facts["file_sha256"] == hashlib.sha256(JSON.read_bytes()).hexdigest()
    assert record.facts["written"]["quiz.sitting"] == 18
    assert not Record.objects.exclude(kind="quizzes.imported").exists()
    assert set(ImportedSitting.objects.values_list("file_sha256", flat=True)) == {record.facts["file_sha256"]}


def test_no_certificate_no_completed_course_and_no_essay_to_mark_comes_of_it(imported):
    assert not Completion.objects.exists()
    assert not Certificate.objects.exists()
    assert not Essay.objects.exists()
    passed = ImportedSitting.objects.filter(passed=True)
    assert StepCompletion.objects.count() == passed.values("enrolment", "step_key").distinct().count() > 0


def test_what_it_counted_cannot_be_changed(imported):
    for rows in (ImportedSitting.objects.all(), ImportedProgress.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(file_sha256="")


def test_marking_a_question_again_leaves_what_was_brought_over_as_it_was(imported):
    question = Question.objects.get(code="Q-1")
    for part in question.parts:
        part.value["correct"] = not part.value["correct"]
    Question.objects.filter(pk=question.pk).update(parts=question.parts, live=True)
    assert Answer.objects.filter(question_key=question.translation_key, attempt__hand_in_kind="imported").exists()
    found = plan(Question.objects.get(pk=question.pk))
    assert (found.changes, found.same, found.unfit) == ([], 0, 0)


def test_the_course_is_hidden(imported, client_for, ela, obcy):
    course = CoursePage.objects.get(translation_key=COURSE_KEY)
    assert (course.title, course.live) == ("imported", False)
    assert Enrolment.objects.filter(course_key=COURSE_KEY).count() == 5
    for reader in (ela, obcy):
        catalogue = client_for(reader).get(course.get_parent().url)
        assert catalogue.status_code == 200
        assert b"imported" not in catalogue.content


# --- what people see -------------------------------------------------------------------------------------------------
@pytest.fixture
def liga(db, client_for) -> SimpleNamespace:
    somebody = User.objects.create_user("liga@example.com", language="en")
    brought()
    return SimpleNamespace(person=somebody, browser=client_for(somebody))


def test_a_result_reads_as_it_did_there(liga):
    page = liga.browser.get(reverse("result", args=[sitting(10).attempt.key])).content.decode()
    assert "You reached 67%. You need 0%." in page
    assert "Passed: 2 of 3" in page
    assert "Brought over from the quiz application used before" in page
    assert "dusmigi-klienti" in page
    assert "client-types" in page


def test_a_result_is_shown_to_nobody_else(liga, client_for, obcy):
    assert client_for(obcy).get(reverse("result", args=[sitting(10).attempt.key])).status_code == 404


def test_an_open_sitting_goes_on_where_it_stopped(liga):
    attempt = sitting(11).attempt
    assert liga.browser.get(reverse("enrolment", args=[attempt.enrolment.key])).status_code == 200
    home = liga.browser.get(reverse("my")).content.decode()
    assert "Open to you: imported" in home
    assert "Nothing is assigned to you yet" in home
    assert liga.browser.get(reverse("step", args=[attempt.enrolment.key, attempt.step_key])).status_code == 200
    onward = liga.browser.get(reverse("attempt", args=[attempt.key]))
    assert onward["Location"] == reverse("question", args=[attempt.key, 3])
    assert liga.browser.get(onward["Location"]).status_code == 200
    done = actions.hand_in(attempt=attempt)
    assert (done.score, done.max, done.hand_in_kind) == (1, 4, "learner")


def test_either_of_two_right_answers_is_right_as_it_was_there(imported):
    attempt = sitting(17).attempt
    question = source.key_of(source.QUESTION, 3)
    for answer in (7, 8):
        mark = attempt.quiz.mark(attempt.quiz.question(question), {"chosen": [source.key_of(source.ANSWER, answer)]})
        assert mark == 1


def test_of_two_open_sittings_the_first_goes_on_and_the_second_is_kept(imported):
    assert sitting(17).attempt.is_open
    assert sitting(18).attempt is None
    assert sitting(18).row["question_list"] == "1,2,3,15,"
    assert "quiz.sitting:18: it is a second open sitting" in imported


def test_a_quiz_goes_live_once_its_editor_publishes_the_course(imported):
    for page in (CoursePage.objects.get(translation_key=COURSE_KEY), *ModulePage.objects.all()):
        page.get_latest_revision().publish()
    page = QuizPage.objects.get(title="Single attempt: safety")
    page.get_latest_revision().publish()
    page.refresh_from_db()
    assert page.live
    assert {question.code for question in page.questions()} == {"Q-11", "Q-12", "Q-13"}


# --- figures ---------------------------------------------------------------------------------------------------------
def test_a_figure_comes_along_and_waits_for_its_words(db, broken, tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "here")
    (tmp_path / "there" / "uploads").mkdir(parents=True)
    Picture.new("RGB", (40, 30), "navy").save(tmp_path / "there" / "uploads" / "shouting.png")
    path = broken(lambda rows: rows["quiz.question:1"].update(figure="uploads/shouting.png"))
    with pytest.raises(CommandError, match="rows are broken"):
        call(path, language="en")
    said = call(path, language="en", media=tmp_path / "there")
    assert "quiz.question:1: it stays a draft: Say in words what the picture shows." in said
    question = Question.objects.get(code="Q-1")
    assert "shouting" not in question.picture.file.name
    assert sitting(1).attempt.quiz.question(str(question.translation_key)).picture["width"] == 40
    assert "nothing was written" in call(path, language="en")


def test_a_figure_outside_its_folder_is_not_fetched(db, broken, tmp_path):
    (tmp_path / "media").mkdir()
    Picture.new("RGB", (4, 3)).save(tmp_path / "secret.png")
    path = broken(lambda rows: rows["quiz.question:1"].update(figure="../secret.png"))
    plan = plan_move(path, language="en", media=tmp_path / "media")
    assert f"its figure ../secret.png is not in {tmp_path / 'media'}" in {outcome.reason for outcome in plan.broken}


# --- what is broken --------------------------------------------------------------------------------------------------
BROKEN = [
    ("quiz.sitting:1", {"user_answers": "{'1': "}, "user_answers is no JSON"),
    ("quiz.sitting:1", {"user_answers": "[1]"}, "user_answers is JSON, but no table of answers"),
    ("quiz.sitting:1", {"user_answers": '{"1": "99"}'}, "user_answers has no such answer to question 1"),
    ("quiz.sitting:1", {"user_answers": '{"9": "18"}'}, "user_answers has question 9, which the sitting does not ask"),
    ("quiz.sitting:1", {"question_order": "1,2,x"}, "question_order is no list of ids"),
    ("quiz.sitting:1", {"question_order": "1,1,2,3,15"}, "question_order asks one question twice"),
    ("quiz.sitting:1", {"question_order": "1,2,3,15,77"}, "it names quiz.question 77, which is not there"),
    ("quiz.sitting:1", {"quiz": 77}, "it names quiz.quiz 77, which is not there"),
    ("quiz.sitting:1", {"user": 77}, "it names auth.user 77, which is not there"),
    ("quiz.sitting:1", {"start": "yesterday"}, "start is no time"),
    ("quiz.sitting:1", {"current_score": "3"}, "current_score is no whole number"),
    ("quiz.progress:1", {"score": "calm,4,assertiveness,3,4,"}, "score is not “category,score,possible,” repeated"),
    ("quiz.progress:1", {"score": "calm,4,4"}, "score is not “category,score,possible,” repeated"),
    ("quiz.progress:2", {"user": 1}, "auth.user 1 has two of it"),
    ("quiz.question:7", {"quiz": [77]}, "it names quiz.quiz 77, which is not there"),
    ("quiz.question:7", {"content": "a\x00b"}, "content holds what is no character"),
    ("multichoice.answer:1", {"question": 77}, "it names multichoice.mcquestion 77, which is not there"),
    ("quiz.quiz:7", {"pass_mark": 101}, "pass_mark is not between 0 and 100"),
    ("auth.user:7", {"email": "ANNA@example.com"}, "it has the e-mail of auth.user 1"),
    ("auth.user:7", {"first_name": "x" * 151}, "first_name is longer than 150 characters"),
    ("auth.user:7", {"last_name": "a\nb"}, "last_name is no plain text on one line"),
    ("auth.user:7", {"email": "nobody"}, "email is no e-mail address"),
]


@pytest.mark.parametrize("row, values, why", BROKEN)
def test_a_broken_row_is_told_by_name_and_nothing_is_written(db, broken, row, values, why):
    path, before, out = broken(lambda rows: rows[row].update(values)), counted(), StringIO()
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("import_django_quiz_app", str(path), stdout=out)
    assert f"left out: {row}: {why}\n" in out.getvalue()
    assert counted() == before


def test_one_row_is_told_as_one(db, broken):
    path = broken(lambda rows: rows["quiz.progress:1"].update(score="calm,4,4"))
    with pytest.raises(CommandError, match=r"^1 row is broken\. Nothing was written\."):
        call(path, language="en")
    rows = json.loads(JSON.read_text())
    path.write_text(json.dumps([*rows, {"model": "sites.site", "pk": 1, "fields": {}}]))
    assert "left out: sites.site, 1 row: " in call(path, "--dry-run", language="en")


def test_a_missing_field_is_told(db, broken):
    plan = plan_move(broken(lambda rows: rows["quiz.quiz:7"].pop("title")), language="en")
    assert [(outcome.row.name, outcome.reason) for outcome in plan.broken] == [("quiz.quiz:7", "title is missing")]


def test_what_needs_a_broken_row_is_left_out_with_it_whole(db, broken):
    path = broken(lambda rows: rows["multichoice.answer:16"].update(correct="perhaps"))
    said = call(path, "--leave-out-broken", language="en")
    assert "left out: multichoice.answer:16: correct is neither true nor false" in said
    assert "left out: quiz.question:8: it needs multichoice.answer 16, which is broken" in said
    assert "left out: quiz.quiz:8: it needs quiz.question 8, which is broken" in said
    assert "left out: quiz.sitting:9: user_answers has no such answer to question 8" in said
    assert not Question.objects.filter(code="Q-8").exists()
    assert not QuizPage.objects.filter(title__startswith="Dusm").exists()
    assert ImportedSitting.objects.count() == 17


def test_a_category_with_a_comma_is_told_and_its_progress_is_not_half_imported(db, broken):
    def comma(rows):
        rows["quiz.category:1"].update(category="calm, clear")
        score = rows["quiz.progress:1"]["score"]
        rows["quiz.progress:1"].update(score=score.replace("calm,", "calm, clear,"))

    path = broken(comma)
    with pytest.raises(CommandError):
        call(path, language="en")
    said = call(path, "--leave-out-broken", language="en")
    assert "quiz.progress:1: score cannot hold the category “calm, clear”: its name has a comma" in said
    assert "look at: quiz.category:1: its name has a comma" in said
    assert not ImportedProgress.objects.filter(origin__endswith=":1").exists()
    assert Question.objects.get(code="Q-1").category == "calm, clear"


def test_a_quiz_that_was_a_draft_there_is_named(db):
    said = call(JSON, language="en")
    assert "look at: quiz.quiz:6: it was a draft there, which only editors saw" in said
    assert said.count("it was a draft there") == 1


def test_each_question_has_its_answers_in_the_order_it_asked_for(db):
    """Of quiz 2 question 1 stands by content, 2 is random, 3 is as given; of the other quizzes of one kind all are."""
    call(JSON, language="en")
    shuffled = {quiz.title for quiz in QuizPage.objects.filter(shuffle_options=True)}
    assert shuffled == {"Exam: assertiveness", "Mixed with essay"}
    orders = {}
    for code in ("Q-1", "Q-2", "Q-3"):
        question = PublishedQuestion.of(Question.objects.get(code=code).compiled())
        drawn = [paper.order(question, seed=str(seed)) for seed in range(40)]
        orders[code] = {tuple(question.part(key)["text"] for key in keys) for keys in drawn}
    (by_content,), (as_given,) = orders["Q-1"], orders["Q-3"]
    assert list(by_content) == sorted(by_content)
    assert len(as_given) > 1
    assert len(orders["Q-2"]) > 1


def test_counts_that_it_mixed_up_are_shown_as_they_were_and_told(db, broken):
    def mixed(rows):
        rows["quiz.category:2"].update(category="keep calm")
        rows["quiz.progress:1"].update(score="keep calm,3,4,calm,1,2,")

    said = call(broken(mixed), language="en")
    assert "look at: quiz.progress:1: “calm” is 1 of 2, but it showed 3 of 4" in said


@pytest.mark.parametrize(
    "data, why",
    [
        (b"[{", "neither JSON nor an SQLite file"),
        (b"\xff\xfe\x00", "neither JSON nor an SQLite file"),
        (b"{}", "was not made by dumpdata"),
        (b"[[]]", "Entry 1 was not made by dumpdata"),
        (b"[]", "There is no row of django-quiz-app"),
        (SQLITE.read_bytes()[:5000], "The SQLite file cannot be read"),
    ],
)
def test_a_damaged_file_is_refused(db, tmp_path, data, why):
    path = tmp_path / "damaged"
    path.write_bytes(data)
    before = counted()
    with pytest.raises(CommandError, match=why):
        call(path)
    assert counted() == before


def test_a_file_that_is_not_there_is_refused(db, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call(tmp_path / "nowhere.json")


def test_an_id_that_stands_twice_is_told(db, tmp_path):
    rows = json.loads(JSON.read_text())
    rows.append(next(row for row in rows if row["model"] == "quiz.sitting"))
    path = tmp_path / "twice.json"
    path.write_text(json.dumps(rows))
    plan = plan_move(path, language="en")
    assert [outcome.reason for outcome in plan.broken] == ["its id stands there twice"]


def test_a_hundred_times_the_sittings_take_no_more_queries_to_plan(db, broken, tmp_path, django_assert_num_queries):
    rows = json.loads(JSON.read_text())
    sample = next(row for row in rows if row["model"] == "quiz.sitting")
    rows += [{**sample, "pk": 1000 + number} for number in range(1800)]
    path = tmp_path / "large.json"
    path.write_text(json.dumps(rows))
    with django_assert_num_queries(2):
        plan = plan_move(path, language="en")
    assert plan.counts()["quiz.sitting"]["written"] == 1818
