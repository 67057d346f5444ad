"""Changing the language in the middle keeps the questions, their order, the answers, the attempt."""

import functools
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from assessments.quizzes import actions, reports
from assessments.quizzes.models import Answer, Question, QuizAttempt
from assessments.quizzes.rules import one_page, types
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


# --- the buttons of the languages save on the way ------------------------------------------------------------------
def html_of(response) -> str:
    return response.content.decode()


def number_of(attempt: QuizAttempt, kind: str) -> int:
    """Where that question stands on this paper."""
    return next(at for at, key in enumerate(attempt.keys, 1) if attempt.quiz.question(key).type == kind)


def lang(response) -> tuple[str, str]:
    """(of the page, of the next ones before a login)"""
    cookie = response.cookies.get(settings.LANGUAGE_COOKIE_NAME)
    return re.search(r'<html lang="(..)"', html_of(response))[1], cookie.value if cookie else ""


@pytest.mark.parametrize("number", range(1, len(KINDS) + 1))
def test_what_is_chosen_and_not_sent_yet_is_saved_by_the_button_of_a_language(client_for, ana, attempt, number):
    client = client_for(ana)
    page = read_in(client, ana, "pl", attempt, number)
    assert re.findall(r'<button form="answer-form" name="go" value="(..)"', page) == ["pl", "lv", "en"]
    gone = post(client, attempt, number, version=quiz_version(attempt.enrolment, "pl").sha256, go="lv")
    assert gone["Location"] == reverse("question", args=[attempt.key, number])
    assert gone.cookies[settings.LANGUAGE_COOKIE_NAME].value == "lv"
    assert Answer.objects.get().version == quiz_version(attempt.enrolment, "pl"), "the texts that stood on the screen"
    ana.refresh_from_db()
    assert ana.language == "lv"
    after = html_of(client.get(gone["Location"]))
    assert "(lv)" in after
    assert re.search(r" checked| selected", after)


def test_where_nothing_was_chosen_the_language_changes_all_the_same(client_for, ana, attempt):
    address = reverse("answer", args=[attempt.key, 1])
    gone = client_for(ana).post(address, {"idem": str(uuid4()), "go": "lv"}, follow=True)
    assert (gone.redirect_chain[-1][0], lang(gone)[0]) == (reverse("question", args=[attempt.key, 1]), "lv")
    assert not Answer.objects.exists()


def test_an_answer_with_a_gap_is_told_so_in_the_language_that_was_chosen_and_stays(client_for, ana, attempt):
    number = number_of(attempt, "matching")
    read_in(client_for(ana), ana, "pl", attempt, number)
    name, value = next(iter(right_fields(attempt, number).items()))
    form = {"idem": str(uuid4()), name: value, "go": "lv"}
    told = client_for(ana).post(reverse("answer", args=[attempt.key, number]), form)
    assert (told.status_code, lang(told)) == (422, ("lv", "lv"))
    assert f'value="{value}" selected' in html_of(told)
    assert "(lv)" in html_of(told)
    assert not Answer.objects.exists()


def test_an_answer_that_comes_too_late_changes_the_language_too(client_for, ana, attempt):
    actions.hand_in(attempt=attempt)
    told = post(client_for(ana), attempt, 1, go="lv")
    assert (told.status_code, lang(told)) == (409, ("lv", "lv"))


def test_who_came_from_the_check_page_still_goes_back_there(client_for, ana, attempt):
    client, here = client_for(ana), reverse("question", args=[attempt.key, 1]) + "?from=review"
    assert '<input type="hidden" name="from" value="review">' in html_of(client.get(here))
    assert post(client, attempt, 1, go="lv", **{"from": "review"})["Location"] == here


def test_an_explained_answer_is_not_sent_again_by_the_button_of_a_language(client_for, ana):
    enrolment = enrolled(ana, kinds=KINDS, feedback="immediate")
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    client = client_for(ana)
    assert post(client, attempt, 1, go="lv").status_code == 302
    assert not Answer.objects.get().checked, "a language asks for no explanation"
    post(client, attempt, 1, go="check")
    page = html_of(client.get(reverse("question", args=[attempt.key, 1])))
    assert '<button name="language" value="lv"' in page


def test_all_answers_of_one_page_are_saved_by_the_button_of_a_language(client_for, ana):
    enrolment = enrolled(ana, kinds=KINDS, languages=("pl", "lv", "en"), one_page=True)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment, "pl"))
    client, page = client_for(ana), reverse("attempt-all", args=[attempt.key])
    assert '<button form="answer-form" name="go" value="lv"' in html_of(client.get(page))
    whole, half = number_of(attempt, "single"), number_of(attempt, "matching")
    form = {f"{one_page.prefix(whole)}{name}": value for name, value in right_fields(attempt, whole).items()}
    send = functools.partial(client.post, reverse("answers", args=[attempt.key]))
    gone = send(form | {"idem": str(uuid4()), "go": "lv"}, follow=True)
    assert (gone.redirect_chain[-1][0], lang(gone)[0]) == (page, "lv")
    assert Answer.objects.count() == 1
    name, value = next(iter(right_fields(attempt, half).items()))
    told = send({"idem": str(uuid4()), "seen": "1", f"{one_page.prefix(half)}{name}": value, "go": "en"})
    assert (told.status_code, lang(told)) == (422, ("en", "en"))
    assert f'value="{value}" selected' in html_of(told)


@pytest.mark.parametrize("go", ["de", "LV", "lv,pl"])
def test_a_language_that_is_not_offered_is_no_place_to_go_to(client_for, ana, attempt, go):
    assert post(client_for(ana), attempt, 1, go=go)["Location"] == reverse("question", args=[attempt.key, 2])
    ana.refresh_from_db()
    assert ana.language != go


def test_nobody_saves_for_somebody_else_on_the_way_to_a_language(client_for, obcy, attempt):
    assert post(client_for(obcy), attempt, 1, go="lv").status_code == 404
    assert post(client_for(None), attempt, 1, go="lv").status_code == 302
    assert not Answer.objects.exists()


# --- one attempt in several languages ------------------------------------------------------------------------------
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


def test_a_wording_of_an_import_that_began_before_and_ended_afterwards_does_not_reach_it_either(
    client_for, ana, attempt, monkeypatch
):
    latvian = Question.objects.get(translation_key=attempt.keys[0], locale__language_code="lv")
    latvian.stem = "Worded by a long import"
    with monkeypatch.context() as patched:
        patched.setattr("django.utils.timezone.now", lambda: attempt.started_at - timedelta(minutes=1))
        latvian.save()
    newest = Publication.objects.newest([attempt.step_key]).get(language="lv")
    assert newest.at < attempt.started_at
    client = client_for(ana)
    assert "Worded by a long import" not in read_in(client, ana, "lv", attempt, 1)
    post(client, attempt, 1, version=newest.version.sha256)
    assert attempt.answers.get().version_id == attempt.wordings["lv"] != newest.version_id


def test_an_attempt_of_before_has_its_wording_by_the_time(client_for, ana, attempt):
    QuizAttempt.objects.update(wordings=None)
    latvian = Question.objects.get(translation_key=attempt.keys[0], locale__language_code="lv")
    latvian.stem = "Better wording"
    latvian.save()
    assert "Better wording" not in read_in(client_for(ana), ana, "lv", attempt, 1)


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
