"""Whatever is edited, completions, scores, certificates and what is shown of them stay byte for byte."""

import re
import tempfile
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
import yaml
from django.apps import apps
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page
from wagtail_localize.models import StringSegment, StringTranslation

from assessments.quizzes import actions as quizzes
from assessments.quizzes.actions.regrading import mark_again
from assessments.quizzes.models import Question, Regraded
from assessments.quizzes.models.regrading import plan
from assessments.scenarios import actions as scenarios
from certificates import tasks as papers
from certificates.models import Certificate, CertificateLook, CourseLook
from courses import actions, tasks
from courses.models import Completion, CoursePage, LessonPage, ModulePage, Publication, Rollout, SiteFacts
from courses.models.drafts import draft_in, draft_of
from courses.models.going_live import MayNotBeDeleted
from courses.outline.actions import move
from courses.reports import shown_step
from lms.packs.dumping import write_folder
from lms.packs.exporting import export_course
from lms.packs.importing import apply, plan_import
from lms.packs.languages import begin
from lms.packs.reading import read_pack
from lms.packs.site import _review, _roles
from tests.factories import enrol, key_of, locale, make_course, ready_site
from tests.packs.conftest import dumped
from tests.quizzes.factories import BANK, quiz
from tests.quizzes.samples import best
from tests.scenarios.factories import EXPERT, play, scenario

FAR = date(2999, 1, 1)
PAPER = b"%PDF-1.4 as frozen"  # drawing a real one takes a second
EVIDENCE = (
    "courses.StepCompletion",
    "courses.Completion",
    "certificates.Certificate",
    "certificates.CertificateFile",
    "quizzes.QuizAttempt",
    "quizzes.Answer",
    "scenarios.ScenarioRun",
    "scenarios.ScenarioStep",
)
ADDED = "00000000-0000-0000-0000-00000000abcd"
# What differs between any two answers to the same question.
PASSING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|name="idem" value="[^"]*"')


@pytest.fixture
def world(ana, marek, obcy, publisher, client_for):
    """Ana has finished a course of two lessons, a quiz and a scenario; she has her certificate, and its paper. Marek is
    in the middle of the quiz and of the scenario."""
    ready_site()
    course = make_course(lessons=2, languages=("pl", "en"), steps=[quiz(), scenario()])
    CertificateLook(texts={"en": {"heading": "As it was then"}}).save()
    enrolment = actions.start(enrolment=enrol(ana, course))
    lesson, second, quiz_key, scenario_key = course.step_keys
    for key in (lesson, second):
        enrolment = actions.complete_step(enrolment=enrolment, version=shown_step(enrolment, key, "en").version)
    attempt = pass_quiz(enrolment, quiz_key)
    run = scenarios.start_run(enrolment=enrolment, version=shown_step(enrolment, scenario_key, "en").version)
    run = play(run, *EXPERT)
    enrolment.refresh_from_db()
    assert enrolment.completed_at, "the world of this test must be finished"
    certificate = Certificate.objects.get()
    papers.attach_file(certificate=certificate, data=PAPER, sealed_with="0" * 64)
    return SimpleNamespace(
        course=course,
        enrolment=enrolment,
        attempt=attempt,
        score=attempt.score,
        run=run,
        open=begun(actions.start(enrolment=enrol(marek, course)), quiz_key, scenario_key),
        certificate=Certificate.objects.select_related("file").get(),
        by=publisher,
        cms=client_for(publisher),
        newcomer=obcy,
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


def begun(enrolment, quiz_key, scenario_key):
    """One answer is given, and one turn taken."""
    version = shown_step(enrolment, quiz_key, "en").version
    attempt = quizzes.start_attempt(enrolment=enrolment, version=version)
    give(attempt, attempt.keys[0])
    version = shown_step(enrolment, scenario_key, "en").version
    run = play(scenarios.start_run(enrolment=enrolment, version=version), EXPERT[0])
    return SimpleNamespace(person=enrolment.person, enrolment=enrolment, attempt=attempt, run=run)


def give(attempt, key):
    response = best(attempt.quiz.question(key))
    quizzes.save_answer(attempt=attempt, question_key=key, response=response, version=attempt.version, idem=uuid4())


def open_pages(world, client) -> dict[str, bytes]:
    """What Marek has before him: each question of his paper, and where he is in the scenario."""
    attempt = world.open.attempt
    shown = {
        f"question {number}": reverse("question", args=[attempt.key, number])
        for number in range(1, len(attempt.keys) + 1)
    }
    shown["scene"] = reverse("run", args=[world.open.run.key])
    answers = {name: client.get(address) for name, address in shown.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(shown, 200)
    return {name: what_is_asked(answer.content) for name, answer in answers.items()}


def what_is_asked(page: bytes) -> bytes:
    """The page without what is around it: the titles of the course and its steps are everybody's."""
    return PASSING.sub(b"", re.search(rb"<main.*</main>", page, re.DOTALL)[0])


def finish_what_is_open(world) -> None:
    """As they were begun: the right answers of then are right, the expert path of then leads to its good end."""
    attempt = type(world.open.attempt).objects.get(pk=world.open.attempt.pk)
    for key in attempt.keys[1:]:
        give(attempt, key)
    attempt = quizzes.hand_in(attempt=attempt)
    assert (attempt.passed, attempt.score) == (True, world.score)
    run = play(type(world.open.run).objects.get(pk=world.open.run.pk), *EXPERT[1:])
    assert (run.passed, run.score) == (True, world.run.score)


def rows() -> dict:
    """Every row that bears evidence, as the database has it."""
    return {name: list(apps.get_model(name).objects.order_by("pk").values()) for name in EVIDENCE}


def pages(world, client, stranger) -> dict[str, bytes]:
    shown = {
        "verification": (stranger, reverse("verify-serial", args=[world.certificate.serial])),
        "certificates": (client, reverse("certificates")),
        "certificate": (client, reverse("certificate", args=[world.certificate.serial])),
        "paper": (client, reverse("certificate-pdf", args=[world.certificate.serial])),
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
    draft = draft_in(page.get_latest_revision())
    choice = actions.Choice("material", "", (str(page.translation_key),), FAR, new_cycle)
    assert draft.is_change
    actions.publish(drafts=[draft], choice=choice, by=world.by)
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
        body = [{"type": "hook", "value": {"body": "<p>New.</p>", "points": ""}}]
        page = LessonPage(
            title="Added", slug=f"added-{language}", locale=module.locale, translation_key=ADDED, body=body
        )
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


def move_a_step_in_the_cms(world):
    """Where the languages are linked, as they are: it says the name of its new module then."""
    for language, course in world.course.pages.items():
        module = ModulePage(title=f"Elsewhere ({language})", slug="elsewhere", locale=course.locale)
        module.translation_key = ADDED
        fresh(course).add_child(instance=module)
    module = ModulePage.objects.get(translation_key=ADDED, locale=locale("pl"))
    world.cms.post(reverse("wagtailadmin_pages:move_confirm", args=[world.course.steps["pl"][0].pk, module.pk]))
    for page in each(world, 0):
        newest = Publication.objects.newest([page.translation_key]).get(language=page.locale.language_code)
        assert newest.version.module_title.startswith("Elsewhere")


def move_a_question_to_another_bank(world):
    for question in Question.objects.filter(type="matching"):
        question.bank = "elsewhere"
        question.save_revision().publish()
    newest = Publication.objects.newest([world.course.step_keys[2]]).get(language="en").version
    assert "matching" not in {question["type"] for question in newest.content["body"]["pool"]}


def copy_the_course(world):
    page = fresh(world.course.pages["pl"])
    copy = page.copy(recursive=True, keep_live=False, update_attrs={"slug": "copy", "code": "copy"})
    assert copy.get_descendants().count() == page.get_descendants().count()


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


def delete_a_step_nobody_was_given(world):
    add_a_step(world)
    for page in LessonPage.objects.filter(translation_key=ADDED):
        page.delete()
    assert not LessonPage.objects.filter(translation_key=ADDED).exists()


def try_to_delete_a_step_somebody_has_before_them(world):
    add_a_step(world)
    actions.refresh_course(course_key=world.course.key)
    actions.start(enrolment=enrol(world.newcomer, world.course))
    for page in LessonPage.objects.filter(translation_key=ADDED):
        with pytest.raises(MayNotBeDeleted):
            page.delete()


def rename_the_address_of_a_step(world):
    for at in range(4):
        for page in each(world, at):
            page.slug = f"renamed-{at}"
            publish(page)


def move_the_course(world):
    """Among its neighbours, and below the catalogue of another language."""
    other = make_course("other", lessons=1, languages=["pl"]).pages["pl"]
    polish, english = (fresh(page) for page in world.course.pages.values())
    polish.move(fresh(other), pos="right")
    english.slug = "calm-first-in-english"
    publish(english)
    english.move(fresh(other), pos="left")
    assert {fresh(page).get_parent().pk for page in (polish, english)} == {fresh(other).get_parent().pk}


def bulk(world, action, pages):
    ids = "&".join(f"id={page.pk}" for page in pages)
    address = f"/cms/bulk/wagtailcore/page/{action}/?{ids}&next=/cms/"
    assert world.cms.post(address, {"include_descendants": "on"} | safely(world.cms, address)).status_code == 302


def safely(cms, address):
    """The safe answer to what the changes mean, where that is asked there."""
    asked = (cms.get(address).context or {}).get("asked")
    return {"seen": asked.form["seen"].value(), "change": asked.choices[0]} if asked else {}


def publish_drafts_in_bulk(world):
    drafts = [page for at in range(4) for page in each(world, at)]
    for page in drafts:
        page.title = "In bulk"
        page.save_revision()
    bulk(world, "publish", drafts)
    assert Page.objects.live().filter(title="In bulk").count() == 8


def unpublish_the_course_in_bulk_and_publish_it_again(world):
    everything = [*world.course.pages.values(), *(page for at in range(4) for page in each(world, at))]
    for page in everything:
        publish(fresh(page))  # what is published in the CMS has a revision
    bulk(world, "unpublish", world.course.pages.values())
    assert not any(fresh(page).live for page in everything)
    bulk(world, "publish", world.course.pages.values())
    assert all(fresh(page).live for page in everything)


def import_a_changed_pack(world):
    """Other words, another key, other scores, other rules: over what stands here."""
    files = export_course(fresh(world.course.pages["pl"])).files
    texts = {name: content.replace(b" (en)", b", anew (en)") for name, content in files.items()}
    course, questions = (yaml.safe_load(texts[name]) for name in ("course.yaml", "questions.yaml"))
    course["valid_months"], course["assessments"][0]["pass_mark"] = 1, 1
    for number, option in enumerate(questions["questions"][0]["options"]):
        option["correct"] = number == 3
    texts |= {"course.yaml": dumped(course).encode(), "questions.yaml": dumped(questions).encode()}
    with tempfile.TemporaryDirectory() as folder:
        write_folder(texts, Path(folder) / "pack")
        apply(plan_import(read_pack(Path(folder) / "pack"), force=True))
    english = CoursePage.objects.get(translation_key=world.course.key, locale=locale("en"))
    assert (english.title, english.valid_months) == ("Calm first, anew (en)", 1)


def publish_another_translation(world):
    for at in (0, 2, 3):
        source, target = each(world, at)
        translation = begin(source, "en", by=world.by)
        for segment in StringSegment.objects.filter(source=translation.source):
            StringTranslation.objects.update_or_create(
                translation_of=segment.string,
                context=segment.context,
                locale=target.locale,
                defaults={
                    "data": f"Anew {segment.order}",
                    "translation_type": StringTranslation.TRANSLATION_TYPE_MANUAL,
                },
            )
        translation.save_target(user=world.by, publish=True)
        assert fresh(target).title.startswith("Anew")


def change_how_certificates_look(world):
    look = CertificateLook.objects.get()
    look.layout, look.texts = "plain", {"en": {"heading": "Another heading", "note": "Other small print"}}
    look.save()
    CourseLook.objects.create(course_key=world.course.key, title="Calm", layout="centred", texts=look.texts)


def change_the_facts_of_the_organisation(world):
    facts = SiteFacts.load()
    facts.texts = {"alarm": {"en": "Press the red button", "pl": "Wciśnij czerwony przycisk"}}
    facts.save()


def mark_again_by_another_key(world):
    """She is marked down, and nothing that she was given is taken away."""
    change_an_answer_key(world)
    question = Question.objects.get(translation_key=key_of(BANK, "S1"), locale=locale("en"))
    made = quizzes.regrade(
        question=question, digest=plan(question).digest, reason="The key was wrong.", by=world.by, key=uuid4()
    )
    mark_again.func(made.pk)
    kept, attempt = Regraded.objects.get(), world.attempt
    assert (kept.score_before, kept.passed_before, kept.passed_after) == (attempt.score, True, True)
    assert kept.score_after < kept.score_before


def publish_at_a_set_time(world):
    drafts = each(world, 0)
    for page in drafts:
        publish(page)
        page = fresh(page)
        page.title, page.go_live_at = "At its time", timezone.now() + timedelta(minutes=5)
        page.save_revision().publish()
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        list(actions.publish_due())
    assert Page.objects.live().filter(title="At its time").count() == len(drafts)


def take_off_at_a_set_time(world):
    drafts = each(world, 0)
    for page in drafts:
        page.expire_at = timezone.now() + timedelta(minutes=5)
        publish(page)
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        call_command("publish_scheduled", verbosity=0)
    assert not any(fresh(page).live for page in drafts)


def approve_a_draft(world):
    _roles()
    _review()
    page = fresh(world.course.steps["pl"][0])
    page.title = "Approved"
    page.save_revision(user=world.newcomer)
    page = fresh(page)
    page.get_workflow().start(page, world.newcomer)
    state = page.current_workflow_task_state
    address = world.cms.post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk])).url
    world.cms.post(address, safely(world.cms, address))
    assert fresh(page).title == "Approved"


def move_a_module_in_the_outline(world):
    for course in world.course.pages.values():
        module = ModulePage(title="Second", slug="second", locale=course.locale, translation_key=ADDED)
        fresh(course).add_child(instance=module)
    moved = fresh(world.course.modules["pl"])
    assert move(page=moved, up=False, at=0, by=world.by)
    assert fresh(moved).get_prev_sibling().title == "Second"


def unpublish_the_module(world):
    for module in world.course.modules.values():
        fresh(module).unpublish()


def ask_for_it_once_more_afterwards(world):
    page = fresh(world.course.steps["pl"][0])
    page.title = "Asked afterwards"
    draft = page.save_revision()
    choice = actions.Choice("editorial", "", (), None, False)
    actions.publish(drafts=[draft_in(draft)], choice=choice, by=world.by)
    page = fresh(page)
    choice = actions.Choice("material", "", (str(page.translation_key),), FAR, False)
    actions.ask_again(draft=draft_of(page), choice=choice, by=world.by)
    tasks.follow.call(Rollout.objects.get().pk)


def go_back_to_an_older_revision(world):
    for page in each(world, 0):
        publish(page)
        older = fresh(page).latest_revision
        page.title = "Newer"
        publish(page)
        older.as_object().save_revision().publish()
        assert fresh(page).title != "Newer"


def retire_questions_in_bulk(world):
    keys = set(Question.objects.filter(type__in=["single", "matching"]).values_list("translation_key", flat=True))
    assert quizzes.retire_questions(keys=keys, by=world.by)


def try_to_delete_the_course_in_bulk(world):
    bulk(world, "delete", world.course.pages.values())
    assert all(fresh(page) for page in world.course.pages.values())


def try_to_delete_a_module_and_a_step_with_records(world):
    for page in [*world.course.modules.values(), *each(world, 2)]:
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
    move_a_step_in_the_cms,
    move_a_question_to_another_bank,
    copy_the_course,
    rename_everything,
    change_hours_and_validity,
    try_to_delete_the_course,
    delete_a_step_nobody_was_given,
    try_to_delete_a_step_somebody_has_before_them,
    rename_the_address_of_a_step,
    move_the_course,
    publish_drafts_in_bulk,
    unpublish_the_course_in_bulk_and_publish_it_again,
    import_a_changed_pack,
    publish_another_translation,
    change_how_certificates_look,
    change_the_facts_of_the_organisation,
    mark_again_by_another_key,
    publish_at_a_set_time,
    take_off_at_a_set_time,
    approve_a_draft,
    move_a_module_in_the_outline,
    unpublish_the_module,
    ask_for_it_once_more_afterwards,
    go_back_to_an_older_revision,
    retire_questions_in_bulk,
    try_to_delete_the_course_in_bulk,
    try_to_delete_a_module_and_a_step_with_records,
]
# What an edit is for: marking again changes the attempt and says so on its page; what was there stays in a Regraded.
MEANT = {mark_again_by_another_key: {"quizzes.QuizAttempt", "result"}}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_nothing_is_lost_or_changed(world, ana, client_for, edit):
    client, stranger, looked_at = client_for(ana), client_for(None), timezone.now()
    marek = client_for(world.open.person)
    with time_machine.travel(looked_at, tick=False):  # the verification page says when it was looked at
        rows_before, pages_before, asked = rows(), pages(world, client, stranger), open_pages(world, marek)
    edit(world)
    with time_machine.travel(looked_at, tick=False):
        rows_after, pages_after, asked_after = rows(), pages(world, client, stranger), open_pages(world, marek)
    before, after = rows_before | pages_before, rows_after | pages_after
    changed = {name for name, kept in before.items() if after[name] != kept}
    assert changed == MEANT.get(edit, set())
    assert Completion.objects.get().pk
    assert pages_after["paper"] == world.certificate.file.read() == PAPER
    assert asked_after == asked
    finish_what_is_open(world)


def test_the_words_of_what_is_open_are_in_what_is_compared(world, client_for):
    asked, attempt = open_pages(world, client_for(world.open.person)), world.open.attempt
    for number, key in enumerate(attempt.keys, 1):
        assert attempt.quiz.question(key).stem.encode() in asked[f"question {number}"]
    assert b"What came of your choice" in asked["scene"]


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
    actions.publish(drafts=[draft_in(page.get_latest_revision())], choice=choice, by=publisher)
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
