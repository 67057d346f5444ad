"""Many at once and an approval ask what a change means, as the button of the editor does; what was answered holds."""

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupPagePermission, Workflow, WorkflowTask

from courses import actions, reports, tasks
from courses.models import (
    Decision,
    Enrolment,
    LessonPage,
    ModulePage,
    Publication,
    Redo,
    ReviewTask,
    Rollout,
    StepCompletion,
)
from courses.models.drafts import draft_in
from evidence.models import Record
from tests.cast import hire
from tests.courses.test_meaning import MATERIAL, draft, editing, finish, form_of_lesson, fresh
from tests.courses.test_routes import (
    answer_to,
    approve,
    approve_address,
    bulk,
    bulk_address,
    bulk_publish,
    said,
    staff,  # noqa: F401  a fixture
    submit,
)
from tests.lessons import add_lesson, body

DIALOGUE = {"x-requested-with": "XMLHttpRequest"}
pytestmark = pytest.mark.usefixtures("staff")


@pytest.fixture
def learners(tree, teams, enrolment):
    """Ana has finished the first lesson and is under way; Marek has finished the course."""
    marek = actions.enrol(person=hire("marek", teams), course_key=tree.course_key)
    return SimpleNamespace(ana=finish(enrolment, tree, 0), marek=finish(marek, tree, 0, 1))


def follow_all():
    for rollout in Rollout.objects.order_by("pk"):
        tasks.follow.call(rollout.pk)


def newest(page):
    return Publication.objects.filter(step_key=page.translation_key, language="pl").last()


def done(enrolment):
    return reports.outline(Enrolment.objects.get(pk=enrolment.pk), "pl").progress.done


def drafts(tree, ela, *, blocks=3):
    return [draft(page, f"Words {at}", blocks, user=ela) for at, page in enumerate(tree.lessons["pl"])]


def new_lesson(tree, ela):
    page = add_lesson(fresh(tree.modules["pl"]), "Third", uuid4(), live=False)
    page.save_revision(user=ela)
    return page


# --- many at once --------------------------------------------------------------------------------------------------
def test_many_at_once_are_asked_about_with_the_heads_of_all_their_courses(tree, learners, ela, publisher, client_for):
    pages = drafts(tree, ela)
    page = client_for(publisher).get(bulk_address("publish", *pages))
    asked = page.context["asked"]
    assert asked.choices == ("editorial", "material")
    assert (asked.heads.in_progress, asked.heads.finished, asked.heads.certificates) == (1, 1, 1)
    text = page.content.decode()
    assert 'value="editorial" checked' in text
    assert [title for title, _rows in asked.differences] == [one.get_admin_display_title() for one in pages]
    assert "<ins>Words 1</ins>" in text


@pytest.mark.parametrize("blocks, meaning", [(3, "editorial"), (2, "new")])
def test_many_at_once_with_the_safe_meaning_ask_nobody_to_redo_anything(
    tree, learners, ela, publisher, client_for, blocks, meaning
):
    pages = drafts(tree, ela, blocks=blocks)
    answered = bulk_publish(client_for(publisher), *pages, note="Plain words")
    assert answered.url == "/cms/"
    for page in pages:
        row = newest(page)
        assert (row.change, row.published_by, row.decision.note) == (meaning, publisher, "Plain words")
        assert not fresh(page).has_unpublished_changes
    assert not Rollout.objects.exists()
    assert (done(learners.ana), done(learners.marek)) == (1, 2)


def test_each_page_of_many_keeps_its_own_safe_meaning(tree, learners, ela, publisher, client_for):
    words, structure = draft(tree.lessons["pl"][0], user=ela), draft(tree.lessons["pl"][1], blocks=2, user=ela)
    client = client_for(publisher)
    page = client.get(bulk_address("publish", words, structure))
    assert page.context["asked"].choices == ("new", "material")
    assert "Where only words changed, everybody reads the new words." in page.content.decode()
    bulk_publish(client, words, structure, change="new")
    assert [newest(one).change for one in (words, structure)] == ["editorial", "new"]
    assert [newest(one).decision.change for one in (words, structure)] == ["editorial", "new"]


def test_a_material_change_of_many_is_redone_by_its_day_and_each_step_once(tree, learners, ela, publisher, client_for):
    pages = drafts(tree, ela)
    assert bulk_publish(client_for(publisher), *pages, **MATERIAL).status_code == 302
    follow_all()
    redos = Redo.objects.filter(enrolment=learners.ana)
    assert {redo.step_key: (redo.round, redo.due_on) for redo in redos} == dict.fromkeys(
        tree.keys, (2, date(2999, 1, 31))
    )
    assert redos.count() == 2
    assert (done(learners.ana), done(learners.marek)) == (0, 2)
    assert not Redo.objects.filter(enrolment=learners.marek).exists()
    assert Enrolment.objects.count() == 2


def test_a_material_change_of_many_opens_one_new_cycle_for_who_has_finished(tree, learners, ela, publisher, client_for):
    before = StepCompletion.objects.filter(enrolment=learners.marek).count()
    bulk_publish(client_for(publisher), *drafts(tree, ela), **MATERIAL, new_cycle="on")
    follow_all()
    first, second = Enrolment.objects.filter(person=learners.marek.person).order_by("cycle")
    assert (first.completed_at, first.step_completions.count()) == (learners.marek.completed_at, before)
    assert (second.cycle, second.started_at, second.redo_by) == (2, None, date(2999, 1, 31))


def test_a_lesson_and_its_module_at_once_are_redone_once(tree, learners, ela, publisher, client_for):
    lesson, module, client = draft(tree.lessons["pl"][0], user=ela), fresh(tree.modules["pl"]), client_for(publisher)
    module.title = "Renamed"
    module.save_revision()
    keys = [str(key) for key in tree.keys]
    assert bulk_publish(client, lesson, module, **MATERIAL, steps=[]).status_code == 422  # which of them?
    assert bulk_publish(client, lesson, module, **MATERIAL, steps=keys).status_code == 302
    follow_all()
    assert sorted(redo.round for redo in Redo.objects.filter(enrolment=learners.ana)) == [2, 2]
    assert sorted(len(one.steps) for one in Decision.objects.all()) == [1, 1]
    assert ModulePage.objects.get(pk=module.pk).title == "Renamed"


def test_a_page_none_of_whose_steps_is_chosen_keeps_its_safe_meaning(tree, learners, ela, publisher, client_for):
    lesson, module = draft(tree.lessons["pl"][0], user=ela), fresh(tree.modules["pl"])
    module.title = "Renamed"
    module.save_revision()
    bulk_publish(client_for(publisher), lesson, module, **MATERIAL, steps=[str(tree.keys[0])])
    follow_all()
    assert Rollout.objects.count() == 1
    assert Redo.objects.get().step_key == tree.keys[0]


def test_what_is_new_goes_live_beside_what_is_asked_about(tree, ela, publisher, client_for):
    changed = draft(tree.lessons["pl"][0], user=ela)
    new = new_lesson(tree, ela)
    client = client_for(publisher)
    assert [one.page.pk for one in client.get(bulk_address("publish", changed, new)).context["asked"].drafts] == [
        changed.pk
    ]
    answered = bulk_publish(client, changed, new)
    assert "2 pages have been published" in said(answered)
    assert fresh(new).live
    assert newest(new).decision is None


def test_new_pages_alone_are_asked_nothing_about(tree, ela, publisher, client_for):
    new, client = new_lesson(tree, ela), client_for(publisher)
    assert "Meaning" not in client.get(bulk_address("publish", new)).content.decode()
    assert bulk(client, "publish", new).url == "/cms/"
    assert fresh(new).live
    assert not Decision.objects.exists()


def test_drafts_below_go_along_only_where_that_is_ticked(tree, learners, ela, publisher, client_for):
    lesson, module, client = fresh(tree.lessons["pl"][0]), tree.modules["pl"], client_for(publisher)
    lesson.unpublish()
    draft(lesson, "Back again", user=ela)
    assert client.get(bulk_address("publish", module)).context["asked"].drafts[0].page.pk == lesson.pk
    bulk_publish(client, module)
    assert not fresh(lesson).live
    assert bulk_publish(client, module, include_descendants="on", note="Back").status_code == 302
    assert fresh(lesson).live
    assert newest(lesson).decision.note == "Back"


@pytest.mark.parametrize(
    "bad, told",
    [
        ({"change": ""}, "This field is required."),
        ({"change": "harmless"}, "Select a valid choice."),
        ({**MATERIAL, "redo_by": ""}, "Say by when it has to be redone."),
        ({**MATERIAL, "redo_by": "soon"}, "Enter a valid date."),
        ({**MATERIAL, "redo_by": "2001-01-01"}, "This date has passed."),
        ({"note": "x" * 501}, "Ensure this value has at most 500 characters"),
    ],
)
def test_a_bad_answer_about_many_is_told_in_words_and_changes_nothing(
    tree, learners, ela, publisher, client_for, bad, told
):
    pages = drafts(tree, ela)
    answered = bulk_publish(client_for(publisher), *pages, **bad)
    assert answered.status_code == 422
    assert told in answered.content.decode()
    assert not Decision.objects.exists()
    assert all(fresh(page).has_unpublished_changes for page in pages)


def test_pressing_twice_publishes_many_once(tree, learners, ela, publisher, client_for):
    pages, client = drafts(tree, ela), client_for(publisher)
    address, form = answer_to(client, bulk_address("publish", *pages), MATERIAL)
    assert client.post(address, form).status_code == 302
    client.post(address, form)
    assert (Decision.objects.count(), Rollout.objects.count()) == (2, 2)
    assert Record.objects.filter(kind="publication.decided").count() == 2
    assert [Publication.objects.filter(step_key=page.translation_key, language="pl").count() for page in pages] == [
        2,
        2,
    ]


def test_whoever_saves_meanwhile_is_not_published_with_many(tree, learners, ela, publisher, client_for):
    pages, client = drafts(tree, ela), client_for(publisher)
    address, form = answer_to(client, bulk_address("publish", *pages), {})
    draft(pages[0], "Later", user=ela)
    answered = client.post(address, form)
    assert answered.status_code == 409
    assert "Nothing was published" in answered.content.decode()
    assert not Decision.objects.exists()


def test_whoever_is_quicker_by_a_moment_undoes_nothing_of_many(tree, learners, ela, publisher, client_for, monkeypatch):
    pages, client = drafts(tree, ela), client_for(publisher)
    publish = actions.publish

    def after_somebody_saved(**given):
        draft(pages[1], "Later", user=ela)
        return publish(**given)

    monkeypatch.setattr(actions, "publish", after_somebody_saved)
    answered = bulk_publish(client, *pages)
    assert answered.url == bulk_address("publish", *pages)
    assert "Nothing was published" in said(answered)
    assert not Decision.objects.exists()
    assert "First pl" in str(fresh(pages[0]).body)


def test_one_page_with_problems_keeps_all_of_them_back(tree, learners, ela, publisher, client_for):
    good, bad = drafts(tree, ela)
    bad.body = []
    bad.save_revision()
    answered = bulk_publish(client_for(publisher), good, bad)
    assert bad.title in said(answered)
    assert "First pl" in str(fresh(good).body)


def test_the_last_refusal_takes_everything_back(tree, learners, ela, publisher):
    pages = drafts(tree, ela)
    pages[1].body = []
    pages[1].save_revision()
    both = [draft_in(page.get_latest_revision()) for page in pages]
    with pytest.raises(actions.ValidationError):
        actions.publish(drafts=both, choice=actions.Choice("editorial"), by=publisher)
    assert not Decision.objects.exists()
    assert "First pl" in str(fresh(pages[0]).body)


def test_an_editor_publishes_nothing_by_ticking_it(tree, learners, ela, client_for):
    pages, client = drafts(tree, ela), client_for(ela)
    assert client.get(bulk_address("publish", *pages)).context["asked"].drafts == []
    answered = bulk(client, "publish", *pages, change="editorial", note="")
    assert "You have no permission to do this." in said(answered)
    assert not Decision.objects.exists()
    assert all(fresh(page).has_unpublished_changes for page in pages)


# --- an approval ---------------------------------------------------------------------------------------------------
@pytest.fixture
def reviewed(tree, learners, ela):
    """A draft of Ela's that waits for an approval."""

    def reviewed(blocks=3):
        page = draft(tree.lessons["pl"][0], "Reviewed", blocks, user=ela)
        submit(page, ela)
        return page

    return reviewed


def test_an_approval_asks_with_the_heads_before_anything_is_approved(tree, reviewed, publisher, client_for):
    page, client = reviewed(), client_for(publisher)
    asking = client.post(approve_address(page)).url
    assert asking.startswith(reverse("publishing", args=[page.pk]))
    shown = client.get(asking)
    assert shown.context["asked"].choices == ("editorial", "material")
    heads = shown.context["asked"].heads
    assert (heads.in_progress, heads.finished, heads.certificates) == (1, 1, 1)
    assert "Approve and publish" in shown.content.decode()
    assert fresh(page).current_workflow_task_state.status == "in_progress"
    assert not Record.objects.filter(kind="publication.decided").exists()


def test_the_dialogue_of_an_approval_leads_there_with_its_comment(tree, reviewed, publisher, client_for):
    page, client = reviewed(), client_for(publisher)
    answered = client.post(approve_address(page), {"comment": "Well done"}, headers=DIALOGUE)
    asking = answered.json()["redirect"]
    assert client.get(asking).context["asked"].form["note"].value() == "Well done"


def test_approving_in_the_editor_saves_what_was_written_there_and_asks(tree, reviewed, publisher, client_for):
    page, client = reviewed(), client_for(publisher)
    form = form_of_lesson("Mended words")
    del form["action-publish"]
    pressed = {"action-workflow-action": "true", "workflow-action-name": "approve"}
    asking = client.post(editing(page), form | pressed | {"workflow-action-extra-data": '{"comment": "Fine"}'}).url
    assert "Mended words" in str(fresh(page).get_latest_revision_as_object().body)
    assert "First pl" in str(fresh(page).body)
    client.post(*answer_to(client, asking, {}))
    assert "Mended words" in str(fresh(page).body)


@pytest.mark.parametrize("blocks, meaning", [(3, "editorial"), (2, "new")])
def test_an_approval_with_the_safe_meaning_asks_nobody_to_redo_anything(
    tree, reviewed, learners, publisher, client_for, blocks, meaning
):
    page = reviewed(blocks)
    answered = approve(client_for(publisher), page, note="Checked")
    assert answered.url == reverse("wagtailadmin_explore", args=[page.get_parent().pk])
    row = newest(page)
    assert (row.change, row.published_by, row.decision.note) == (meaning, publisher, "Checked")
    page = fresh(page)
    assert (page.live, page.has_unpublished_changes, page.workflow_in_progress) == (True, False, False)
    state = page.workflow_states.get()
    assert state.status == "approved"
    assert state.current_task_state.comment == "Checked"
    assert state.current_task_state.finished_by == publisher
    assert not Rollout.objects.exists()
    assert (done(learners.ana), done(learners.marek)) == (1, 2)


@pytest.mark.parametrize("new_cycle", [False, True])
def test_an_approved_material_change_is_redone_by_its_day(tree, reviewed, learners, publisher, client_for, new_cycle):
    page = reviewed()
    approve(client_for(publisher), page, **MATERIAL, **({"new_cycle": "on"} if new_cycle else {}))
    follow_all()
    redo = Redo.objects.get()
    assert (redo.enrolment, redo.round, redo.due_on) == (learners.ana, 2, date(2999, 1, 31))
    assert (done(learners.ana), done(learners.marek)) == (0, 2)
    assert Enrolment.objects.filter(person=learners.marek.person).count() == 1 + new_cycle
    assert fresh(page).workflow_states.get().status == "approved"


def test_an_approval_for_a_set_time_keeps_its_meaning_until_then(tree, learners, ela, publisher, client_for):
    tree.lessons["pl"][0].save_revision().publish()
    page = fresh(tree.lessons["pl"][0])
    page.body, page.go_live_at = body("Later"), timezone.now() + timedelta(days=1)
    page.save_revision(user=ela)
    submit(page, ela)
    approve(client_for(publisher), page, **MATERIAL)
    assert "First pl" in str(fresh(page).body)
    assert not Rollout.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert [due.problem for due in actions.publish_due()] == [""]
    follow_all()
    assert (newest(page).change, Redo.objects.get().enrolment) == ("material", learners.ana)


def test_what_is_new_or_no_change_is_approved_without_a_question(tree, ela, publisher, client_for):
    new = new_lesson(tree, ela)
    submit(new, ela)
    assert client_for(publisher).post(approve_address(new)).url == editing(new)
    assert fresh(new).live


def test_of_two_approvals_the_last_one_is_asked(tree, learners, ela, publisher, admin, client_for):
    workflow = Workflow.objects.create(name="Twice")
    for at in range(2):
        task = ReviewTask.objects.create(name=f"Stage {at}")
        task.groups.set(Group.objects.filter(name="Publisher") or Group.objects.all())
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=at)
    page = draft(tree.lessons["pl"][0], "Reviewed", user=ela)
    workflow.start(page, ela)
    client = client_for(admin)
    assert "publishing" not in client.post(approve_address(page)).url
    assert fresh(page).current_workflow_task_state.task.name == "Stage 1"
    assert approve(client, page, note="Second").status_code == 302
    assert newest(page).decision.note == "Second"


def test_approving_in_code_where_nobody_is_there_to_be_asked_takes_the_safe_meaning(tree, reviewed):
    page = reviewed(2)
    fresh(page).current_workflow_task_state.approve()
    assert (newest(page).change, newest(page).decision) == ("new", None)


@pytest.mark.parametrize(
    "bad, told",
    [
        ({"change": "harmless"}, "Select a valid choice."),
        ({**MATERIAL, "redo_by": ""}, "Say by when it has to be redone."),
        ({**MATERIAL, "redo_by": "2001-01-01"}, "This date has passed."),
    ],
)
def test_a_bad_answer_to_an_approval_is_told_in_words_and_approves_nothing(
    tree, reviewed, publisher, client_for, bad, told
):
    page = reviewed()
    answered = approve(client_for(publisher), page, **bad)
    assert answered.status_code == 422
    assert told in answered.content.decode()
    assert fresh(page).current_workflow_task_state.status == "in_progress"
    assert not Decision.objects.exists()


def test_pressing_twice_approves_once(tree, reviewed, publisher, client_for):
    page, client = reviewed(), client_for(publisher)
    asking = client.post(approve_address(page)).url
    address, form = answer_to(client, asking, MATERIAL)
    assert client.post(address, form).status_code == 302
    again = client.post(address, form)
    assert again.url == editing(page)
    assert "This no longer waits for your approval." in said(again)
    assert (Decision.objects.count(), Rollout.objects.count()) == (1, 1)


def test_a_draft_saved_meanwhile_is_not_approved_unseen(tree, reviewed, ela, publisher, client_for):
    page, client = reviewed(), client_for(publisher)
    asking = client.post(approve_address(page)).url
    address, form = answer_to(client, asking, {})
    draft(page, "Later", user=ela)
    assert client.post(address, form).status_code == 409
    assert fresh(page).current_workflow_task_state.status == "in_progress"
    assert "First pl" in str(fresh(page).body)


def test_who_may_not_approve_or_publish_is_not_asked(tree, reviewed, ela, teams, publisher, client_for):
    page = reviewed()
    asking = client_for(publisher).post(approve_address(page)).url
    assert client_for(ela).get(asking).status_code == 302  # Wagtail's way of saying no
    outside = Group.objects.create(name="Publishers elsewhere")
    publish = Permission.objects.get(content_type__app_label="wagtailcore", codename="publish_page")
    GroupPagePermission.objects.create(group=outside, page=page.get_parent(), permission=publish)
    ela.groups.add(outside)
    refused = client_for(type(ela).objects.get(pk=ela.pk)).get(asking)  # may publish here, and approve nothing
    assert "permission" in " ".join(map(str, get_messages(refused.wsgi_request)))
    assert fresh(page).current_workflow_task_state.status == "in_progress"


# --- what was chosen -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("route", ["many at once", "an approval"])
def test_the_history_says_what_was_chosen_by_whom_and_when(tree, learners, ela, publisher, client_for, route):
    page, client = draft(tree.lessons["pl"][0], user=ela), client_for(publisher)
    if route == "an approval":
        submit(page, ela)
        approve(client, page, **MATERIAL)
    else:
        bulk_publish(client, page, **MATERIAL)
    row = reports.history(page.translation_key)[0]
    assert (row.decision.change, row.by, row.is_unasked) == ("material", publisher, False)
    assert timezone.now() - row.at < timedelta(minutes=1)
    shown = client.get(reverse("publications", args=[page.pk])).content.decode()
    assert "New fire drill" in shown
    assert "to be redone by" in shown
    assert "Nobody was asked" not in shown
    assert LessonPage.objects.get(pk=page.pk).live
