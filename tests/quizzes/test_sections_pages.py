"""Quizzes in sections, with weights and their own rules of review, from the editor to the learner's result."""

import html
from contextlib import nullcontext
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail_localize.segments import OverridableSegmentValue
from wagtail_localize.segments.extract import extract_segments

from assessments.quizzes import actions
from assessments.quizzes.models import Question, QuizPage
from courses.models import StepVersion
from tests.factories import enrol
from tests.quizzes.factories import enrolled, make_question, quiz_course, quiz_version, worst_response
from tests.quizzes.samples import best
from tests.quizzes.test_leaks import assert_nothing_leaks

pytestmark = pytest.mark.django_db


def section(**values) -> dict:
    value = {"title": "", "by": "objective", "which": "CALM-1", "count": None, "weight": 1}
    return {"type": "section", "id": str(uuid4()), "value": value | values}


NAMED = section(title="First of all", by="questions", which="SECRET-S3, SECRET-S1", weight=3)
REST = section(title="And then", count=2)


def words(response) -> str:
    return html.unescape(response.content.decode())


def begun(person, kinds=("single",) * 5, **fields):
    mine = enrolled(person, kinds=kinds, **fields)
    return actions.start_attempt(enrolment=mine, version=quiz_version(mine))


def respond(attempt, numbers_right=()):
    for number, key in enumerate(attempt.keys, 1):
        asked = attempt.quiz.question(key)
        response = best(asked) if number in numbers_right else worst_response(asked)
        actions.save_answer(attempt=attempt, question_key=key, response=response, version=attempt.version, idem=uuid4())
    return actions.hand_in(attempt=attempt)


def codes(attempt) -> list[str]:
    return [attempt.quiz.question(key).code for key in attempt.keys]


# --- from the page to the paper ------------------------------------------------------------------------------------
def test_a_paper_has_its_named_questions_first_and_then_what_was_drawn(ana):
    attempt = begun(ana, sections=[NAMED, REST], shuffle_questions=False)
    assert codes(attempt)[:2] == ["SECRET-S3", "SECRET-S1"]
    assert len(set(codes(attempt)[2:])) == 2
    assert set(codes(attempt)[2:]) <= {"SECRET-S2", "SECRET-S4", "SECRET-S5"}


def test_weights_decide_and_are_kept_with_the_attempt(ana):
    attempt = respond(begun(ana, sections=[NAMED, REST], pass_mark=75), numbers_right=(1, 2))
    assert [row.get("weight", 1) for row in attempt.marks] == [3, 3, 1, 1]
    assert (attempt.score, attempt.max, attempt.passed) == (6, 8, True)
    assert [item.weight for item in attempt.marked] == [3, 3, 1, 1]


def test_quizzes_without_sections_compile_as_they_always_did():
    course = quiz_course(kinds=["single"])
    body = QuizPage.objects.get(pk=course.steps["en"][0].pk).compile_body()
    assert set(body) == {"pool", "draw", "rules", "modules", "objectives", "texts"}
    assert not {"review", "one_page", "must_pass_objective"} & set(body["rules"])
    assert not {"category", "sub_category", "tags"} & set(body["pool"][0])


@pytest.mark.parametrize(
    "values, drawn",
    [
        ({"by": "category", "which": "keeping calm"}, ["S1", "S2"]),
        ({"by": "category", "which": "keeping calm / breathing"}, ["S2"]),
        ({"by": "tag", "which": "phone, desk"}, ["S2", "S3"]),
        ({"by": "module", "which": "calm"}, ["S1", "S2", "S3"]),
        ({"by": "questions", "which": "SECRET-S3"}, ["S3"]),
    ],
)
def test_a_section_draws_by_names_objective_module_category_or_tag(values, drawn):
    for name, fields in {
        "S1": {"category": "keeping calm"},
        "S2": {"category": "keeping calm", "sub_category": "breathing", "tags": ["desk"]},
        "S3": {"tags": ["phone"]},
    }.items():
        make_question(name, **fields)
    course = quiz_course(kinds=["single"] * 3, sections=[section(**values)])
    pool = QuizPage.objects.get(pk=course.steps["en"][0].pk).compile_body()["pool"]
    assert [question["code"] for question in pool] == [f"SECRET-{name}" for name in drawn]


@pytest.mark.parametrize(
    "sections, fields, problem",
    [
        ([section(title="Part", count=6)], {}, "Section “Part”: it draws 6 questions, there are 5."),
        ([section(which="CALM-1, CALM-9")], {}, "Section “1”: no question is filed under “CALM-9”."),
        ([section(weight=7000)], {}, "The sections give 35000 points together; 32767 is the most a paper may give."),
        ([section(), section()], {}, "Section “2” has no question to draw."),
        ([], {"must_pass_objective": {"SAFE-9": 50}}, "No question asks about the objective “SAFE-9”."),
    ],
)
def test_sections_nobody_could_be_given_do_not_go_live(sections, fields, problem):
    with pytest.raises(ValidationError, match=problem):
        quiz_course(sections=sections, **fields)


@pytest.mark.parametrize(
    "kinds, fields, problem",
    [
        (["single", "reflection", "reflection"], {"draw_count": 2}, "A paper may hold no question that counts"),
        (["single"] * 2, {"draw_count": 1, "must_pass_objective": {"SAFE-1": 100}}, "may ask nothing about “SAFE-1”"),
        (["single"] * 2, {"draw_count": 1, "must_pass": {"safety": 100}}, "may ask nothing about “safety”"),
        (["single"], {"sections": [section(), section(which="SAFE-1", by="objective")]}, ""),
        (["single", "reflection", "reflection"], {"draw_count": 3}, ""),
        (["single", "reflection", "reflection"], {"draw_count": 2, "pass_mark": 0}, ""),
    ],
)
def test_what_has_to_be_passed_is_on_every_paper_however_it_is_drawn(kinds, fields, problem):
    make_question("SAFE", module="safety", objective="SAFE-1", use="practice" if "reflection" in kinds else "graded")
    fields = {"pool_modules": ["calm", "safety"]} | fields
    with pytest.raises(ValidationError, match=problem) if problem else nullcontext():
        quiz_course(kinds=kinds, **fields)


def test_another_weight_is_another_structure_and_another_title_is_not():
    course = quiz_course(kinds=["single"] * 5, sections=[NAMED, REST])
    page = QuizPage.objects.get(pk=course.steps["en"][0].pk)
    for change, structures in (({"title": "Another title"}, 1), ({"weight": 4}, 2)):
        raw = list(page.sections.raw_data)
        raw[0] = raw[0] | {"value": raw[0]["value"] | change}
        page.sections = page.sections.stream_block.to_python(raw)
        page.save()
        versions = StepVersion.objects.filter(kind="quiz")
        assert versions.values("structure_sha256").distinct().count() == structures
    assert StepVersion.objects.filter(kind="quiz").count() == 3


def test_translators_meet_the_titles_of_sections_and_nothing_else():
    course = quiz_course(kinds=["single"] * 5, sections=[NAMED, REST])
    page = QuizPage.objects.get(pk=course.steps["en"][0].pk)
    segments = [one for one in extract_segments(page) if not isinstance(one, OverridableSegmentValue)]
    assert {one.path.rpartition(".")[2] for one in segments if one.path.startswith("sections")} == {"title"}


def test_a_question_that_changes_its_tags_moves_into_the_quiz(ana):
    make_question("S9", module="other", objective="OTHER-1")
    quiz_course(kinds=["single"] * 2, sections=[section(), section(title="New", by="questions", which="SECRET-S9")])
    question = Question.objects.get(code="SECRET-S9")
    question.code = "S-RENAMED"
    with pytest.raises(ValidationError, match="Section “New”"):
        question.save()


# --- what learners read --------------------------------------------------------------------------------------------
def test_the_title_of_a_section_stands_above_its_questions_and_no_weight_does(client_for, ana):
    attempt = begun(ana, sections=[NAMED, REST])
    browser = client_for(ana)
    for number, title in ((1, "First of all"), (4, "And then")):
        page = browser.get(reverse("question", args=[attempt.key, number]))
        assert title in words(page)
        assert_nothing_leaks(page)
    assert_nothing_leaks(browser.get(reverse("step", args=[attempt.enrolment.key, attempt.step_key])))


def result_of(client_for, person, attempt):
    return client_for(person).get(reverse("result", args=[attempt.key]))


def test_explanations_after_the_last_attempt_stay_hidden_while_another_one_may_follow(client_for, ana):
    attempt = respond(begun(ana, feedback="after_last", attempts_allowed=2))
    page = result_of(client_for, ana, attempt)
    assert_nothing_leaks(page)
    assert "you can read here when no other attempt follows" in words(page)
    assert "Not right" not in words(page)
    second = actions.start_attempt(enrolment=attempt.enrolment, version=attempt.version)
    assert_nothing_leaks(result_of(client_for, ana, attempt))  # it is the last one, and open
    respond(second)
    for one in (attempt, second):
        page = result_of(client_for, ana, one)
        assert "SECRET why" in words(page)
        assert "when no other attempt follows" not in words(page)


@pytest.mark.parametrize("allowed", [None, 3])
def test_passing_ends_the_attempts_and_shows_the_explanations(client_for, ana, allowed):
    attempt = respond(begun(ana, feedback="after_last", attempts_allowed=allowed, pass_mark=100))
    assert_nothing_leaks(result_of(client_for, ana, attempt))
    passed = respond(
        actions.start_attempt(enrolment=attempt.enrolment, version=attempt.version), numbers_right=(1, 2, 3, 4, 5)
    )
    for one in (attempt, passed):
        assert "SECRET why" in words(result_of(client_for, ana, one))
    if allowed is None:  # practice, but with the same questions
        actions.start_attempt(enrolment=attempt.enrolment, version=attempt.version)
        assert_nothing_leaks(result_of(client_for, ana, attempt))


@pytest.mark.parametrize("review, verdicts", [("verdicts", True), ("score", False)])
def test_a_quiz_may_say_less_than_everything(client_for, ana, review, verdicts):
    attempt = respond(begun(ana, review=review, attempts_allowed=1), numbers_right=(1,))
    page = result_of(client_for, ana, attempt)
    assert_nothing_leaks(page)
    assert "Not yet: 1 of 5" in words(page)
    assert ("Not right" in words(page)) is verdicts
    assert ("All your answers" in words(page)) is verdicts


@pytest.mark.parametrize(
    "fields, promise",
    [
        ({"feedback": "after_last"}, "Answers and explanations come after your last attempt"),
        ({"review": "verdicts"}, "At the end you read which answers were right"),
        ({"review": "score"}, "At the end you read your score"),
        ({"must_pass_objective": {"CALM-1": 90}}, "And 90% of this part"),
    ],
)
def test_what_will_be_told_is_said_before_the_start(client_for, ana, fields, promise):
    attempt = begun(ana, **fields)
    browser = client_for(ana)
    assert promise in words(browser.get(reverse("step", args=[attempt.enrolment.key, attempt.step_key])))


def test_an_objective_that_was_not_reached_is_named_in_the_result(client_for, ana):
    attempt = respond(begun(ana, pass_mark=20, must_pass_objective={"CALM-1": 100}), numbers_right=(1,))
    assert not attempt.passed
    assert "20%, 100% needed." in words(result_of(client_for, ana, attempt))


def test_a_draft_quiz_is_no_step_for_anybody(ana):
    course = quiz_course(kinds=["single"], lessons=1)
    QuizPage.objects.get(pk=course.steps["en"][-1].pk).unpublish()
    assert [step.kind for step in enrol(ana, course).course_version.steps] == ["lesson"]
