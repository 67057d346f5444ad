"""A practice question inside a lesson: explained at once, never counted, seen by nobody else."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.quizzes.models import PracticeAnswer, Question
from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Question as Published
from courses.models import LessonPage, StepCompletion
from tests.factories import enrol, key_of, make_course
from tests.quizzes.factories import BANK, make_question, worst_response
from tests.quizzes.samples import best

KINDS = ("single", "multiple", "truefalse", "ordering", "matching", "reflection")


def block_of(kind: str) -> str:
    return str(key_of(BANK, "block", kind))


def lesson(module, language, key):
    body = []
    for kind in KINDS:
        name = f"P-{kind}"
        make_question(name, kind, language, use="practice")
        value = {"question": str(key_of(BANK, name)), "points": ""}
        body.append({"type": "knowledge_check", "id": block_of(kind), "value": value})
    page = LessonPage(title="Practise", slug="practise", locale=module.locale, translation_key=key, body=body)
    return module.add_child(instance=page)


@pytest.fixture
def enrolment(ana):
    return enrol(ana, make_course(BANK, lessons=0, languages=("pl", "en"), steps=[lesson]))


@pytest.fixture
def browser(client_for, ana):
    return client_for(ana)


def step_url(enrolment) -> str:
    return reverse("step", args=[enrolment.key, enrolment.course_version.steps[0].key])


def post(browser, enrolment, kind: str, fields: dict, **more):
    page = browser.get(step_url(enrolment)).content.decode()
    form = {"idem": str(uuid4()), "version": re.search(r'name="version" value="(\w{64})"', page)[1]} | fields | more
    return browser.post(
        reverse("practice-question", args=[enrolment.key, enrolment.course_version.steps[0].key, block_of(kind)]), form
    )


def fields(enrolment, kind: str, respond=best) -> dict:
    from assessments.quizzes.reports import practice_order

    row = Question.objects.get(translation_key=key_of(BANK, f"P-{kind}"), locale__language_code="en")
    question = Published.of(row.compiled())
    return types.get(kind).posted(question, practice_order(enrolment, question), respond(question))


def part(browser, enrolment, kind: str) -> str:
    """The block of this question on the page."""
    page = browser.get(step_url(enrolment)).content.decode()
    return page.split(f'id="b-{block_of(kind)}"')[1].split('id="b-')[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_is_explained_after_it_was_answered_and_not_before(browser, enrolment, kind):
    assert "SECRET" not in part(browser, enrolment, kind)
    response = post(browser, enrolment, kind, fields(enrolment, kind))
    assert response.status_code == 302
    assert response["Location"] == f"{step_url(enrolment)}#b-{block_of(kind)}"
    shown = part(browser, enrolment, kind)
    assert f"SECRET {'model' if kind == 'reflection' else 'why'} P-{kind}" in shown
    assert "SECRET" not in "".join(part(browser, enrolment, other) for other in KINDS if other != kind)


def test_the_explanation_is_still_there_after_a_reload(browser, enrolment):
    post(browser, enrolment, "single", fields(enrolment, "single"))
    assert (
        part(browser, enrolment, "single").count("SECRET why")
        == part(browser, enrolment, "single").count("SECRET why")
        > 0
    )


def test_one_may_answer_again(browser, enrolment):
    post(browser, enrolment, "single", fields(enrolment, "single", worst_response))
    assert "Not right" in part(browser, enrolment, "single")
    post(browser, enrolment, "single", fields(enrolment, "single"))
    assert "Not right" not in part(browser, enrolment, "single")
    assert list(PracticeAnswer.objects.order_by("pk").values_list("share", flat=True)) == [0, 1]


def test_a_double_click_is_one_answer(browser, enrolment):
    idem = str(uuid4())
    for _click in range(2):
        post(browser, enrolment, "single", fields(enrolment, "single"), idem=idem)
    assert PracticeAnswer.objects.count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_chosen_says_what_to_do_beside_the_field(browser, enrolment, kind):
    response = post(browser, enrolment, kind, {})
    assert response.status_code == 422
    field, message = re.search(r'<li><a href="#([^"]+)">([^<]+)</a></li>', response.content.decode()).groups()
    assert f'id="{field}"' in response.content.decode()
    assert response.content.decode().count(message) == 2
    assert not PracticeAnswer.objects.exists()


def test_ids_are_unique_on_a_page_with_several_questions(browser, enrolment):
    ids = re.findall(r' id="([^"]+)"', browser.get(step_url(enrolment)).content.decode())
    assert len(ids) == len(set(ids))


def test_it_never_counts(browser, enrolment):
    post(browser, enrolment, "single", fields(enrolment, "single"))
    assert not StepCompletion.objects.exists()


def test_a_reflection_is_kept_without_a_mark(browser, enrolment):
    post(browser, enrolment, "reflection", fields(enrolment, "reflection"))
    assert PracticeAnswer.objects.get().share is None


def test_a_form_from_before_a_correction_means_what_stood_on_the_screen(browser, enrolment):
    page = browser.get(step_url(enrolment)).content.decode()
    version = re.search(r'name="version" value="(\w{64})"', page)[1]
    chosen = fields(enrolment, "single")
    row = Question.objects.get(translation_key=key_of(BANK, "P-single"), locale__language_code="en")
    parts = [{"type": child.block_type, "id": child.id, "value": dict(child.value)} for child in row.parts]
    row.parts = parts[::-1]  # the options stand in another order now
    row.save()
    post(browser, enrolment, "single", chosen, version=version)
    assert PracticeAnswer.objects.get().share == 1


def test_an_answer_to_parts_that_are_gone_is_not_shown_as_one(browser, enrolment):
    post(browser, enrolment, "single", fields(enrolment, "single"))
    row = Question.objects.get(translation_key=key_of(BANK, "P-single"), locale__language_code="en")
    row.parts = [{"type": "option", "id": str(uuid4()), "value": dict(child.value)} for child in row.parts]
    row.save()
    assert "SECRET" not in part(browser, enrolment, "single")


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["obcy", "marek", "ela", "admin"])
def test_nobody_practises_in_somebody_elses_course(request, client_for, enrolment, role):
    address = reverse(
        "practice-question", args=[enrolment.key, enrolment.course_version.steps[0].key, block_of("single")]
    )
    stranger = client_for(request.getfixturevalue(role))
    assert stranger.post(address, {"idem": str(uuid4()), "answer": "1"}).status_code == 404
    assert not PracticeAnswer.objects.exists()


def test_practice_is_seen_by_its_writer_alone(browser, enrolment, ana, marek, admin):
    post(browser, enrolment, "single", fields(enrolment, "single"))
    assert PracticeAnswer.objects.open_for(ana).exists()
    assert not PracticeAnswer.objects.open_for(marek).exists()
    assert not PracticeAnswer.objects.open_for(admin).exists()


def test_an_unknown_block_or_step_is_not_found(browser, enrolment):
    step = enrolment.course_version.steps[0].key
    for address in (
        reverse("practice-question", args=[enrolment.key, step, "nothing"]),
        reverse("practice-question", args=[enrolment.key, uuid4(), block_of("single")]),
        reverse("practice-question", args=[uuid4(), step, block_of("single")]),
    ):
        assert browser.post(address, {"idem": str(uuid4()), "answer": "1"}).status_code == 404


def test_practising_is_a_post(browser, enrolment):
    address = reverse(
        "practice-question", args=[enrolment.key, enrolment.course_version.steps[0].key, block_of("single")]
    )
    assert browser.get(address).status_code == 405
