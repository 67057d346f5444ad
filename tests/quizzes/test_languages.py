"""Changing the language in the middle keeps the questions, their order, the answers, the attempt."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation

from assessments.quizzes import actions, reports
from assessments.quizzes.models import Answer, Question, QuizAttempt
from assessments.quizzes.rules import types
from courses import versions
from courses.models import Publication, StepCompletion, StepVersion
from courses.rules import sha256
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


def test_another_wording_reaches_no_open_attempt_in_any_language(client_for, ana, attempt):
    for code in ("pl", "lv"):
        question = Question.objects.get(translation_key=attempt.keys[0], locale__language_code=code)
        question.stem = f"Better wording ({code})"
        question.save()
    client = client_for(ana)
    pages = [read_in(client, ana, code, attempt, 1) for code in ("pl", "lv", "en")]
    assert [f"? ({code})</h1>" in page for code, page in zip(("pl", "lv", "en"), pages, strict=True)] == [True] * 3
    assert not any("Better wording" in page for page in pages)


def test_a_language_that_came_later_stays_as_it_first_came(client_for, ana):
    enrolment = enrolled(ana, kinds=("shorttext",), languages=("pl",))
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment, "pl"))
    pinned, client = attempt.pinned, client_for(ana)
    for words in ("first", "second"):
        content = dict(versions.content(pinned.pk)) | {"title": f"Latvian, {words}"}
        later = StepVersion.objects.create(
            **{name: getattr(pinned, name) for name in ("step_key", "kind", "minutes", "structure_sha256")},
            language="lv",
            title=content["title"],
            sha256=sha256(content),
            content=content,
        )
        Publication.objects.make_current(later)
        assert "Latvian, first" in read_in(client, ana, "lv", attempt, 1)


def write(client, attempt, words: str, version: str) -> None:
    client.post(reverse("answer", args=[attempt.key, 1]), {"idem": str(uuid4()), "text": words, "version": version})


@pytest.mark.parametrize(("words", "mark"), [("keep calm", "1"), ("newly right", "0")])
@pytest.mark.parametrize("named", ["on the page", "later"])
def test_an_attempt_accepts_in_latvian_what_was_right_when_it_was_begun_in_polish(client_for, ana, words, mark, named):
    enrolment = enrolled(ana, kinds=("shorttext",), languages=("pl", "lv"))
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment, "pl"))
    begun = quiz_version(enrolment, "lv")
    latvian = Question.objects.get(translation_key=attempt.keys[0], locale__language_code="lv")
    latvian.stem = "Later wording"
    parts = [{"type": child.block_type, "id": child.id, "value": dict(child.value)} for child in latvian.parts]
    parts[0]["value"]["text"] = "newly right"
    latvian.parts = parts
    latvian.save()
    later = Publication.objects.newest([attempt.step_key]).get(language="lv").version
    assert (later.structure_sha256, later != begun) == (attempt.pinned.structure_sha256, True)
    client = client_for(ana)
    page = read_in(client, ana, "lv", attempt, 1)
    assert "Later wording" not in page
    shown = re.search(r'name="version" value="(\w{64})"', page)[1]
    assert shown == begun.sha256
    write(client, attempt, words, shown if named == "on the page" else later.sha256)
    client.post(reverse("hand-in", args=[attempt.key]))
    assert QuizAttempt.objects.get().marks[0]["mark"] == mark
    assert "Later wording" not in client.get(reverse("result", args=[attempt.key])).content.decode()


def without_form_keys(page: str) -> str:
    return re.sub(r'name="(csrfmiddlewaretoken|idem)" value="[^"]*"', "", page)


@pytest.mark.parametrize("is_published", [False, True])
@pytest.mark.parametrize("kind", sorted(types.ALL))
def test_no_revision_of_a_question_changes_an_open_attempt(client_for, ana, ela, kind, is_published):
    enrolment = enrolled(ana, kinds=(kind, "single"), shuffle_questions=False)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    client, scored = client_for(ana), types.get(kind).can_be_marked_again
    before = read_in(client, ana, "en", attempt, 1)
    question = Question.objects.get(translation_key=attempt.keys[0])
    parts = [{"type": child.block_type, "id": child.id, "value": dict(child.value)} for child in question.parts]
    for part in parts:
        part["value"] |= {
            name: f"New {part['value'][name]}" for name in ("text", "left", "right") if name in part["value"]
        }
        part["value"] |= {name: 100 - part["value"][name] for name in ("weight",) if kind == "judgement"}
    question.stem, question.parts = "Quite another question", list(reversed(parts))
    question.save_revision(user=ela)
    if is_published:
        question.save()
        assert Question.objects.get(pk=question.pk).stem == "Quite another question"
    assert without_form_keys(read_in(client, ana, "en", attempt, 1)) == without_form_keys(before)
    post(client, attempt, 1, version=attempt.version.sha256)
    post(client, attempt, 2, version=attempt.version.sha256)
    client.post(reverse("hand-in", args=[attempt.key]))
    assert QuizAttempt.objects.get().marked[0].mark == (1 if scored else None)


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
