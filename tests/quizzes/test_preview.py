"""The preview of a quiz in the CMS: what a learner in the middle of the course meets, and nothing is kept of it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from wagtail.test.utils.form_data import nested_form_data, streamfield

from assessments.quizzes.models import Question, QuizAttempt, QuizPage
from assessments.quizzes.rules import types
from courses.models import Enrolment
from evidence.models import Record
from tests.factories import enrol, ready_site
from tests.quizzes.factories import TYPES, quiz_course, quiz_version

WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
RULES = re.compile(r'<ul class="rules">.*?</ul>', re.DOTALL)
KINDS = tuple(types.ALL)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def read_in_english():
    with translation.override("en"):
        yield


def page_of(course, language="en") -> QuizPage:
    return QuizPage.objects.get(pk=course.steps[language][-1].pk)


def seen(page: QuizPage, mode: str = "") -> str:
    answer = page.make_preview_request(preview_mode=mode)
    assert answer.status_code == 200
    return answer.content.decode()


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_it_shows_the_start_as_learners_read_it_and_the_first_question(client_for, ana):
    course = quiz_course(
        lessons=1, attempts_allowed=3, waits=[0, 30], time_limit_minutes=20, must_pass={"calm": 80}, one_page=True
    )
    page, enrolment = seen(page_of(course)), enrol(ana, course)
    learner = client_for(ana).get(reverse("step", args=[enrolment.key, quiz_version(enrolment).step_key]))
    assert RULES.search(page)[0] == RULES.search(learner.content.decode())[0]
    text = words(page)
    for said in ("Step 2 of 2", "Calm (en)", "Quiz on calm (en)", "Start the quiz", "Question 1 of 5"):
        assert said in text
    assert text.count("What do you do, S") == 1


def test_each_look_shows_the_same_question_in_the_language_asked_for():
    course = quiz_course(languages=("pl", "lv", "en"))
    page = page_of(course, "pl")
    numbers = set()
    for mode, language in (("", "pl"), ("lv", "lv"), ("en", "en"), ("en", "en")):
        with CaptureQueriesContext(connection) as queries:
            text = seen(page, mode)
        assert [query["sql"] for query in queries if WRITES.match(query["sql"])] == []
        assert f"Quiz on calm ({language})" in text
        numbers.add(re.search(rf"What do you do, (S\d)\? \({language}\)", text)[1])
    assert len(numbers) == 1
    assert "Start the quiz" in seen(page, "en")
    assert "Start the quiz" not in seen(page)


def test_it_marks_what_the_checks_found_where_the_list_of_checks_looks():
    page = page_of(quiz_course(minutes=4))
    assert "data-found" not in seen(page)
    page.minutes = 40
    question = Question.objects.filter(code="SECRET-S1").get()
    question.stem = " ".join(["understanding"] * 100) + "?"
    question.save()
    text = seen(page)
    assert '<h1 lang="en" data-found="hard-to-read minutes-off">' in text


def test_what_is_typed_is_checked_before_it_is_saved(client_for, ela):
    ready_site()
    course, client = quiz_course(minutes=4), client_for(ela)
    address = reverse("wagtailadmin_pages:preview_on_edit", args=[page_of(course).pk])
    numbers = {"pass_mark": "70", "per_objective_min": "0", "marks_may_differ": "20", "minutes": "40"}
    choices = {"feedback": "after_hand_in", "review": "explanations", "required_of": "everyone", "pool_modules": "calm"}
    fields = {"title": "Typed", "slug": "typed", "sections": streamfield([]), **numbers, **choices}
    form = nested_form_data(fields | {"comments": dict.fromkeys(("TOTAL_FORMS", "INITIAL_FORMS"), "0")})
    assert client.post(address, form).json()["is_valid"]
    text = client.get(address).content.decode()
    assert 'data-found="minutes-off"' in text
    assert "wagtail-userbar-template" in text  # without it nothing is checked
    assert page_of(course).minutes == 4


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_question_gives_its_answer_away(kind):
    page = seen(page_of(quiz_course([kind, "truefalse"], shuffle_questions=False)))
    assert "What do you do, S1?" in page
    assert "SECRET" not in page
    assert "0.73" not in page
    keys = {part["key"] for part in Question.objects.get(code="SECRET-S1").compiled()["parts"]}
    assert not {key for key in keys if key in page}


def test_a_draft_is_shown_as_its_editor_has_it_now():
    page = page_of(quiz_course())
    page.title, page.pass_mark, page.draw_count = "Quiz, better", 65, 2
    text = words(seen(page))
    assert "Quiz, better" in text
    assert "You need 65%." in text
    assert "2 questions, one a page." in text
    assert "Question 1 of 2" in text


@pytest.mark.parametrize(
    "broken",
    [
        {"pool_modules": []},
        {"pool_modules": ["nowhere"], "must_pass": {"nowhere": 90}},
        {"draw_count": 0},
        {"sections": [{"type": "section", "value": {"title": "Voice", "objectives": ["NONE-1"]}}]},
    ],
    ids=["no pool", "a pool without questions", "none to draw", "an empty section"],
)
def test_a_draft_with_nothing_to_ask_says_so(broken):
    page = page_of(quiz_course())
    for name, value in broken.items():
        setattr(page, name, value)
    text = words(seen(page))
    assert "question" in text.split("Quiz on calm (en)")[-1]
    assert "Start the quiz" not in text
    assert "Question 1" not in text


def test_a_draft_that_lacks_questions_still_shows_what_there_is():
    page = page_of(quiz_course(TYPES))
    page.draw_per_objective = {"CALM-1": 40, "SAFE-9": 2}
    assert page.body_problems()
    assert "Question 1 of 5" in words(seen(page))


def test_a_quiz_that_was_never_saved_is_previewed_from_its_form(client_for, ela):
    ready_site()
    course, client = quiz_course(lessons=1), client_for(ela)
    address = reverse("wagtailadmin_pages:preview_on_add", args=["quizzes", "quizpage", course.modules["en"].pk])
    numbers = {"pass_mark": "70", "per_objective_min": "0", "marks_may_differ": "20", "minutes": "5"}
    choices = {"feedback": "after_hand_in", "review": "explanations", "required_of": "everyone", "pool_modules": "calm"}
    fields = {"title": "Newest", "slug": "newest", "sections": streamfield([]), **numbers, **choices}
    form = nested_form_data(fields | {"comments": dict.fromkeys(("TOTAL_FORMS", "INITIAL_FORMS"), "0")})
    before = QuizPage.objects.count(), QuizAttempt.objects.count(), Enrolment.objects.count(), Record.objects.count()
    assert client.post(address, form).json()["is_valid"]
    text = words(client.get(address).content.decode())
    assert "Step 3 of 3" in text
    assert "You need 70%." in text
    assert "Question 1 of 5" in text
    after = QuizPage.objects.count(), QuizAttempt.objects.count(), Enrolment.objects.count(), Record.objects.count()
    assert before == after
