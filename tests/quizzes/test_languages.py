"""Changing the language in the middle keeps the questions, their order, the answers, the attempt."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation

from assessments.quizzes import actions, reports
from assessments.quizzes.models import Answer, Question, QuizAttempt
from courses.models import StepCompletion
from tests.factories import key_of
from tests.quizzes.factories import BANK, enrolled, quiz_version, right_fields

KINDS = ("single", "multiple", "ordering", "matching")


@pytest.fixture
def attempt(ana) -> QuizAttempt:
    """Begun in Polish."""
    enrolment = enrolled(ana, kinds=KINDS, languages=("pl", "lv", "en"))
    return actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment, "pl"))


def read_in(client, ana, language: str, attempt, number: int) -> str:
    ana.language = language
    ana.save()
    return client.get(reverse("question", args=[attempt.key, number])).content.decode()


def post(client, attempt, number, **more):
    return client.post(
        reverse("answer", args=[attempt.key, number]), {"idem": str(uuid4())} | right_fields(attempt, number) | more
    )


@pytest.mark.parametrize("number", range(1, len(KINDS) + 1))
def test_the_same_question_stands_in_the_same_order_in_every_language(client_for, ana, attempt, number):
    pages = {code: read_in(client_for(ana), ana, code, attempt, number) for code in ("pl", "lv", "en")}
    for code, page in pages.items():
        assert f"({code})" in page
    shapes = {
        re.sub(r"\((pl|lv|en)\)", "", " ".join(re.findall(r"S\d (?:option|step|left|right) \d", page)))
        for page in pages.values()
    }
    assert len(shapes) == 1


def test_an_answer_given_in_polish_is_shown_in_latvian(client_for, ana, attempt):
    client = client_for(ana)
    read_in(client, ana, "pl", attempt, 1)
    post(client, attempt, 1)
    fields = right_fields(attempt, 1)
    page = read_in(client, ana, "lv", attempt, 1)
    assert "(lv)" in page
    assert page.count(" checked") + page.count(" selected") == sum(
        len(value) if isinstance(value, list) else 1 for value in fields.values()
    )


def test_each_answer_remembers_the_texts_that_stood_on_the_screen(client_for, ana, attempt):
    client = client_for(ana)
    page = read_in(client, ana, "lv", attempt, 1)
    sha256 = re.search(r'name="version" value="(\w{64})"', page)[1]
    post(client, attempt, 1, version=sha256)
    assert Answer.objects.get().version == quiz_version(attempt.enrolment, "lv")


@pytest.mark.parametrize("version", ["", "x", "0" * 64])
def test_an_unknown_version_counts_as_the_one_of_the_attempt(client_for, ana, attempt, version):
    post(client_for(ana), attempt, 1, version=version)
    assert Answer.objects.get().version == attempt.version


def test_begun_in_polish_and_finished_in_latvian_is_one_completion(client_for, ana, attempt):
    client = client_for(ana)
    for number in range(1, len(KINDS) + 1):
        page = read_in(client, ana, "pl" if number < 3 else "lv", attempt, number)
        post(client, attempt, number, version=re.search(r'name="version" value="(\w{64})"', page)[1])
    client.post(reverse("hand-in", args=[attempt.key]))
    completion = StepCompletion.objects.get()
    assert (completion.score, completion.version.language) == (1, "lv")
    assert QuizAttempt.objects.count() == 1


def test_changing_the_language_gives_no_new_attempt(client_for, ana, attempt):
    ana.language = "lv"
    ana.save()
    client_for(ana).post(reverse("attempt-start", args=[attempt.enrolment.key, attempt.step_key]))
    assert QuizAttempt.objects.count() == 1


def test_without_a_translation_the_original_is_shown_and_marked(client_for, ana):
    enrolment = enrolled(ana, kinds=KINDS, languages=("pl", "lv"))
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment, "pl"))
    page = client_for(ana).get(reverse("question", args=[attempt.key, 1])).content.decode()
    assert '<html lang="en"' in page
    assert re.search(r'<h1 lang="pl">What do you do, S\d\? \(pl\)</h1>', page)


def test_a_better_wording_reaches_readers_of_that_language_in_an_open_attempt(client_for, ana, attempt):
    for code in ("pl", "lv"):
        question = Question.objects.get(translation_key=attempt.keys[0], locale__language_code=code)
        question.stem = f"Better wording ({code})"
        question.save()
    client = client_for(ana)
    assert "Better wording (lv)" in read_in(client, ana, "lv", attempt, 1)
    assert "Better wording" not in read_in(client, ana, "pl", attempt, 1)  # what was pinned stays as it was


def test_another_right_answer_does_not_reach_an_open_attempt(ana, attempt):
    key = key_of(BANK, "S1")
    before = attempt.quiz.question(str(key))
    for question in Question.objects.filter(translation_key=key):
        parts = [{"type": child.block_type, "id": child.id, "value": dict(child.value)} for child in question.parts]
        for at, part in enumerate(parts):
            part["value"]["correct"] = at == 3
        question.parts = parts
        question.save()
    fresh = QuizAttempt.objects.get(pk=attempt.pk)
    with translation.override("lv"):
        sat = reports.sitting(QuizAttempt.objects.open_for(ana).get(), "lv", attempt.started_at)
    right = [part["correct"] for part in fresh.quiz.question(str(key)).parts]
    assert right == [part["correct"] for part in before.parts]
    assert [part["correct"] for part in sat.quiz.question(str(key)).parts] == right
