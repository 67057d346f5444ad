"""Whatever is edited, completions, scores, certificates and what is shown of them stay byte for byte."""

import re
from datetime import date
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from assessments.quizzes import actions as quizzes
from assessments.quizzes.models import Question
from assessments.scenarios import actions as scenarios
from certificates.models import Certificate
from courses import actions, tasks
from courses.models import Completion, LessonPage, ModulePage, Publication, Rollout
from courses.models.pages import MayNotBeDeleted, draft_of
from courses.reports import shown_step
from tests.factories import enrol, make_course
from tests.quizzes.factories import quiz
from tests.quizzes.samples import best
from tests.scenarios.factories import EXPERT, play, scenario

FAR = date(2999, 1, 1)
EVIDENCE = (
    "courses.StepCompletion",
    "courses.Completion",
    "certificates.Certificate",
    "quizzes.QuizAttempt",
    "quizzes.Answer",
    "scenarios.ScenarioRun",
    "scenarios.ScenarioStep",
)
# What differs between any two answers to the same question.
PASSING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|name="idem" value="[^"]*"')


@pytest.fixture
def world(ana, publisher):
    """Ana has finished a course of a lesson, a quiz and a scenario; she has her certificate."""
    course = make_course(lessons=2, languages=("pl", "en"), steps=[quiz(), scenario()])
    enrolment = actions.start(enrolment=enrol(ana, course))
    lesson, second, quiz_key, scenario_key = course.step_keys
    for key in (lesson, second):
        enrolment = actions.complete_step(enrolment=enrolment, version=shown_step(enrolment, key, "en").version)
    attempt = pass_quiz(enrolment, quiz_key)
    run = scenarios.start_run(enrolment=enrolment, version=shown_step(enrolment, scenario_key, "en").version)
    run = play(run, *EXPERT)
    enrolment.refresh_from_db()
    assert enrolment.completed_at, "the world of this test must be finished"
    return SimpleNamespace(
        course=course,
        enrolment=enrolment,
        attempt=attempt,
        run=run,
        certificate=Certificate.objects.get(),
        by=publisher,
    )


def pass_quiz(enrolment, key):
    version = shown_step(enrolment, key, "en").version
    attempt = quizzes.start_attempt(enrolment=enrolment, version=version)
    for question_key in attempt.keys:
        response = best(attempt.quiz.question(question_key))
        quizzes.save_answer(
            attempt=attempt, question_key=question_key, response=response, version=version, idem=uuid4()
        )
    return quizzes.hand_in(attempt=attempt)


def rows() -> dict:
    """Every row that bears evidence, as the database has it."""
    return {name: list(apps.get_model(name).objects.order_by("pk").values()) for name in EVIDENCE}


def pages(world, client, stranger) -> dict[str, bytes]:
    shown = {
        "verification": (stranger, reverse("verify-serial", args=[world.certificate.serial])),
        "certificates": (client, reverse("certificates")),
        "result": (client, reverse("result", args=[world.attempt.key])),
        "debrief": (client, reverse("debrief", args=[world.run.key])),
    }
    answers = {name: who.get(address) for name, (who, address) in shown.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(shown, 200)
    return {name: PASSING.sub(b"", answer.content) for name, answer in answers.items()}


# --- kinds of edit -------------------------------------------------------------------------------------------------
def fresh(page):
    return Page.objects.get(pk=page.pk).specific


def each(world, at):
    return [fresh(pages[at]) for pages in world.course.steps.values()]


def publish(page):
    page.save_revision().publish()


def edit_a_lesson(world):
    for page in each(world, 0):
        page.title, page.body = "Rewritten", [{"type": "hook", "value": {"body": "<p>All new.</p>", "points": ""}}]
        publish(page)


def edit_the_rules_of_the_quiz(world):
    for page in each(world, 2):
        page.pass_mark, page.attempts_allowed, page.title = 100, 1, "Another quiz"
        publish(page)


def change_an_answer_key(world):
    for question in Question.objects.filter(type="single"):
        question.parts[0].value["correct"], question.parts[1].value["correct"] = False, True
        question.save_revision().publish()


def take_back_a_question(world):
    Question.objects.filter(type="matching").first().unpublish()


def delete_a_question(world):
    with pytest.raises(MayNotBeDeleted):
        Question.objects.filter(type="ordering").first().delete()
    Question._base_manager.filter(type="ordering").delete()  # as no screen does


def rescore_the_scenario(world):
    for page in each(world, 3):
        page.nodes[0].value["choices"][0]["score"] = 9
        page.role = "Somebody else"
        publish(page)


def material(world, *, new_cycle):
    page = fresh(world.course.steps["pl"][0])
    page.title = "Material"
    page.save_revision()
    draft = draft_of(page)
    choice = actions.Choice("material", "", (str(page.translation_key),), FAR, new_cycle)
    live = page.live_revision_id
    assert draft.is_change
    actions.publish(page=page, revision=page.get_latest_revision(), choice=choice, by=world.by, live_revision=live)
    tasks.follow.call(Rollout.objects.get().pk)


def a_material_change(world):
    material(world, new_cycle=False)


def a_material_change_with_a_new_cycle(world):
    material(world, new_cycle=True)


def reorder_steps(world):
    for pages_of in world.course.steps.values():
        fresh(pages_of[3]).move(fresh(pages_of[0]), pos="left")


def add_a_step(world):
    for language, module in world.course.modules.items():
        key = "00000000-0000-0000-0000-00000000abcd"
        body = [{"type": "hook", "value": {"body": "<p>New.</p>", "points": ""}}]
        page = LessonPage(title="Added", slug=f"added-{language}", locale=module.locale, translation_key=key, body=body)
        fresh(module).add_child(instance=page)


def unpublish_every_step(world):
    for pages_of in world.course.steps.values():
        for page in pages_of:
            fresh(page).unpublish()


def unpublish_the_course(world):
    for page in world.course.pages.values():
        fresh(page).unpublish()


def move_a_step_to_another_module(world):
    for language, course in world.course.pages.items():
        module = type(world.course.modules[language])(title="Elsewhere", slug="elsewhere", locale=course.locale)
        fresh(course).add_child(instance=module)
        fresh(world.course.steps[language][0]).move(module, pos="last-child")


def rename_everything(world):
    for page in [*world.course.pages.values(), *world.course.modules.values()]:
        page = fresh(page)
        page.title, page.slug = "Renamed", f"renamed-{page.pk}"
        publish(page)


def change_hours_and_validity(world):
    for page in world.course.pages.values():
        page = fresh(page)
        page.hours, page.valid_months = 40, 1
        publish(page)


def try_to_delete_the_course(world):
    for page in world.course.pages.values():
        with pytest.raises(MayNotBeDeleted):
            fresh(page).delete()


EDITS = [
    edit_a_lesson,
    edit_the_rules_of_the_quiz,
    change_an_answer_key,
    take_back_a_question,
    delete_a_question,
    rescore_the_scenario,
    a_material_change,
    a_material_change_with_a_new_cycle,
    reorder_steps,
    add_a_step,
    unpublish_every_step,
    unpublish_the_course,
    move_a_step_to_another_module,
    rename_everything,
    change_hours_and_validity,
    try_to_delete_the_course,
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_nothing_is_lost_or_changed(world, ana, client_for, edit):
    client, stranger, looked_at = client_for(ana), client_for(None), timezone.now()
    with time_machine.travel(looked_at, tick=False):  # the verification page says when it was looked at
        rows_before, pages_before = rows(), pages(world, client, stranger)
    edit(world)
    assert rows() == rows_before
    with time_machine.travel(looked_at, tick=False):
        after = pages(world, client, stranger)
    for name, content in pages_before.items():
        assert after[name] == content, name
    assert Completion.objects.get().pk


# --- open attempts -------------------------------------------------------------------------------------------------
def test_open_attempts_finish_on_what_they_showed_and_the_new_round_has_attempts_anew(ana, publisher):
    course = make_course(lessons=0, languages=["en"], steps=[quiz(attempts_allowed=1)])
    enrolment = actions.start(enrolment=enrol(ana, course))
    (key,) = course.step_keys
    version = shown_step(enrolment, key, "en").version
    attempt = quizzes.start_attempt(enrolment=enrolment, version=version)
    page = fresh(course.steps["en"][0])
    page.pass_mark = 100
    page.save_revision()
    choice = actions.Choice("material", "", (str(key),), FAR)
    live = page.live_revision_id
    actions.publish(page=page, revision=page.get_latest_revision(), choice=choice, by=publisher, live_revision=live)
    tasks.follow.call(Rollout.objects.get().pk)
    assert attempt.quiz.rules["pass_mark"] != 100
    assert pass_quiz(enrolment, key).pk == attempt.pk
    enrolment.refresh_from_db()
    assert enrolment.completed_at is None  # it counts for the round it began in
    again = pass_quiz(enrolment, key)
    assert (again.number, again.quiz.rules["pass_mark"]) == (2, 100)
    enrolment.refresh_from_db()
    assert enrolment.completed_at


def test_a_scenario_that_was_passed_is_graded_once_more(ana, publisher):
    course = make_course(lessons=0, languages=["en"], steps=[scenario(attempts_allowed=1), quiz()])
    enrolment = actions.start(enrolment=enrol(ana, course))
    key = course.step_keys[0]
    run = play(scenarios.start_run(enrolment=enrolment, version=shown_step(enrolment, key, "en").version), *EXPERT)
    choice = actions.Choice("material", "", (str(key),), FAR)
    actions.ask_again(draft=draft_of(fresh(course.steps["en"][0])), choice=choice, by=publisher)
    tasks.follow.call(Rollout.objects.get().pk)
    enrolment.refresh_from_db()
    again = scenarios.start_run(enrolment=enrolment, version=shown_step(enrolment, key, "en").version)
    assert (run.mode, again.mode, again.number) == ("graded", "graded", 2)
    play(again, *EXPERT)
    assert list(enrolment.step_completions.order_by("round").values_list("round", flat=True)) == [1, 2]


# --- names of modules ----------------------------------------------------------------------------------------------
def test_renaming_a_module_reaches_the_quizzes_of_others_that_name_it(db):
    course = make_course(lessons=0, languages=["en"], steps=[quiz()])
    parent = fresh(course.pages["en"])
    objectives = [{"type": "objective", "value": {"id": "CALM-1", "text": "Stay calm"}}]
    other = ModulePage(title="Calm", slug="calm-2", locale=parent.locale, objectives=objectives)
    parent.add_child(instance=other)
    other = fresh(other)
    other.title = "Calm, renamed"
    publish(other)
    newest = Publication.objects.newest([course.step_keys[0]]).get(language="en")
    body = type(newest.version).objects.get(pk=newest.version_id).content["body"]
    assert body["modules"] == {"calm": "Calm, renamed"}
