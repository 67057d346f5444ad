"""What an editor says a change means, and what it then does to people: to those under way, and to nobody else."""

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from certificates.models import Certificate
from courses import actions, reports, tasks
from courses.models import (
    Decision,
    Enrolment,
    LessonPage,
    Publication,
    Redo,
    Rollout,
    SourceArticle,
    SourcePoint,
    StepCompletion,
)
from courses.models.drafts import draft_in, draft_of
from courses.reports import outline, shown_step
from evidence.models import Record
from lms.packs.site import _review, _roles
from tests.lessons import CARD, HOOK, NOTE, body

MATERIAL = {"change": "material", "redo_by": "2999-01-31", "note": "New fire drill"}


@pytest.fixture
def staff(tree):
    """What set_up_site gives the roles; the tree has catalogues of its own."""
    _roles()
    _review()


def fresh(page):
    return type(page).objects.get(pk=page.pk)


def finish(enrolment, tree, *numbers):
    for number in numbers:
        version = shown_step(enrolment, tree.keys[number], "pl").version
        enrolment = actions.complete_step(enrolment=enrolment, version=version)
    return enrolment


def form_of_lesson(text="First pl", *, with_card=True):
    blocks = [("hook", {"body": rich_text(f"<p>{text} at the counter.</p>"), "points": ""}, HOOK)]
    blocks += [("reflection", {"prompt": "First pl: what would you say?", "points": ""}, NOTE)]
    if with_card:
        items = {"count": "1", "0": {"value": "Breathe", "deleted": "", "order": "0", "id": "", "type": "item"}}
        blocks += [("job_aid", {"title": "First pl card", "items": items, "points": ""}, CARD)]
    stream = streamfield([(kind, value) for kind, value, _id in blocks])
    for at, (_kind, _value, key) in enumerate(blocks):
        stream[str(at)]["id"] = key
    fields = {"title": "First pl", "slug": "first-pl-pl", "minutes": "6", "required_of": "everyone", "body": stream}
    empty = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}
    return nested_form_data(fields | {"objectives": "", "points": "", "comments": empty, "action-publish": "1"})


def editing(page):
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def asking(page):
    return reverse("publishing", args=[page.pk])


def answer(client, page, **fields):
    """Sends the form of the page that asks, with what it had hidden in it."""
    form = client.get(asking(page)).context["asked"].form
    return client.post(asking(page), {"seen": form["seen"].value(), "note": "", "redo_by": ""} | fields)


def draft(page, text="Other words", blocks=3, user=None):
    page = fresh(page)
    page.body = body(text)[:blocks]
    page.save_revision(user=user)
    return page


# --- the question --------------------------------------------------------------------------------------------------
def test_publishing_a_change_in_the_editor_saves_a_draft_and_asks_what_it_means(tree, staff, publisher, client_for):
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    answered = client.post(editing(lesson), form_of_lesson("Better words"))
    assert answered.url == asking(lesson)
    assert Publication.objects.filter(step_key=lesson.translation_key, language="pl").count() == 1
    assert fresh(lesson).has_unpublished_changes
    page = client.get(asking(lesson))
    assert page.context["asked"].choices == ("editorial",)  # nobody has begun: there is nobody who could redo it
    assert "Better" in page.content.decode()


def test_the_advice_of_the_checks_stands_before_the_click(tree, staff, publisher, client_for):
    lesson, module, client = tree.lessons["pl"][0], fresh(tree.modules["pl"]), client_for(publisher)
    draft(lesson, " ".join(["word"] * 68))
    page = client.get(asking(lesson))
    assert "A paragraph has 71 words. Up to 60 are easy to read: divide it." in page.context["advice"]
    text = page.content.decode()
    assert text.index("A paragraph has") < text.index('<form method="post" novalidate')
    module.title = "Calmer"
    module.save_revision()
    assert client.get(asking(module)).context["advice"] == []


def test_a_course_is_told_which_points_no_lesson_teaches_and_no_question_asks_about(tree, staff, publisher, client_for):
    course = fresh(tree.courses["pl"])
    article = SourceArticle.objects.create(course_key=course.translation_key, file="a.md", title="Calm", language="pl")
    SourcePoint.objects.create(article=article, course_key=course.translation_key, code="S001-01", texts={})
    course.summary = "Stay calmer"
    course.save_revision()
    assert len([line for line in client_for(publisher).get(asking(course)).context["advice"] if "S001-01" in line]) == 2


def test_an_unchanged_page_is_published_without_a_question(tree, staff, publisher, client_for):
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    course = tree.courses["pl"]
    fields = {"title": course.title, "slug": "calm", "code": "calm", "summary": course.summary, "audience": ""}
    empty = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}
    post = nested_form_data(fields | {"hours": "", "valid_months": "12", "comments": empty, "action-publish": "1"})
    assert client.post(editing(course), post).status_code == 302
    assert not fresh(course).has_unpublished_changes
    assert client.get(asking(lesson)).status_code == 302  # nothing to publish, nobody to redo it


def test_only_what_is_possible_is_offered_with_the_heads_it_concerns(tree, staff, enrolment, publisher, client_for):
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    actions.start(enrolment=enrolment)
    draft(lesson)
    page = client.get(asking(lesson))
    assert page.context["asked"].choices == ("editorial", "material")
    assert (page.context["asked"].heads.in_progress, page.context["asked"].heads.finished) == (1, 0)
    draft(lesson, blocks=2)
    assert client.get(asking(lesson)).context["asked"].choices == ("new", "material")
    assert answer(client, lesson, change="editorial").status_code == 422


def test_finished_people_and_their_certificates_are_counted(tree, staff, enrolment, publisher, client_for):
    finish(enrolment, tree, 0, 1)
    draft(tree.lessons["pl"][0])
    heads = client_for(publisher).get(asking(tree.lessons["pl"][0])).context["asked"].heads
    assert (heads.in_progress, heads.finished, heads.certificates) == (0, 1, 1)


def test_what_was_chosen_is_kept_with_who_and_why(tree, staff, publisher, client_for):
    lesson = tree.lessons["pl"][0]
    draft(lesson)
    assert answer(client_for(publisher), lesson, change="editorial", note="A typo").status_code == 302
    row = Publication.objects.filter(step_key=lesson.translation_key, language="pl").last()
    assert (row.change, row.published_by, row.decision.note) == ("editorial", publisher, "A typo")
    record = Record.objects.get(kind="publication.decided")
    assert record.facts["change"] == "editorial"
    assert record.subject == publisher.key


def test_changed_hours_of_the_course_are_for_newcomers(tree, staff, publisher, client_for):
    course = fresh(tree.courses["pl"])
    course.valid_months = 24
    course.save_revision()
    page = client_for(publisher).get(asking(course))
    assert page.context["asked"].choices == ("new",)
    assert answer(client_for(publisher), course, change="new").status_code == 302
    assert fresh(course).valid_months == 24


def test_a_renamed_module_is_asked_about_too(tree, staff, enrolment, publisher, client_for):
    actions.start(enrolment=enrolment)
    module = fresh(tree.modules["pl"])
    module.title = "Renamed"
    module.save_revision()
    client = client_for(publisher)
    assert client.get(asking(module)).context["asked"].choices == ("editorial", "material")
    assert answer(client, module, **MATERIAL).status_code == 422  # which of its steps?
    assert answer(client, module, **MATERIAL, steps=[str(tree.keys[1])]).status_code == 302
    tasks.follow.call(Rollout.objects.get().pk)
    assert [str(redo.step_key) for redo in Redo.objects.all()] == [str(tree.keys[1])]


@pytest.mark.parametrize("redo_by", ["", "2001-01-01", "soon"])
def test_a_material_change_needs_a_day_to_come(tree, staff, enrolment, publisher, client_for, redo_by):
    actions.start(enrolment=enrolment)
    lesson = tree.lessons["pl"][0]
    draft(lesson)
    assert answer(client_for(publisher), lesson, **MATERIAL | {"redo_by": redo_by}).status_code == 422
    assert not Decision.objects.exists()


# --- material ------------------------------------------------------------------------------------------------------
def publish_material(page, publisher, blocks=2, **choice):
    page = draft(page, blocks=blocks)
    chosen = actions.Choice(
        "material", "Because", (str(page.translation_key),), date(2999, 1, 31), choice.get("new_cycle", False)
    )
    return actions.publish(drafts=[draft_in(page.get_latest_revision())], choice=chosen, by=publisher)[0]


def test_people_under_way_redo_the_step_and_keep_everything_else(tree, enrolment, publisher):
    enrolment = finish(enrolment, tree, 0)
    before = StepCompletion.objects.values().get()
    old_version = enrolment.course_version
    publish_material(tree.lessons["pl"][0], publisher)
    tasks.follow.call(Rollout.objects.get().pk)
    enrolment.refresh_from_db()
    assert enrolment.course_version.steps[0].structure != old_version.steps[0].structure
    assert enrolment.course_version.steps[1] == old_version.steps[1]
    assert StepCompletion.objects.values().get() == before
    assert outline(enrolment, "pl").progress.done == 0
    redo = Redo.objects.get()
    assert (redo.round, redo.due_on) == (2, date(2999, 1, 31))
    assert Record.objects.get(kind="step.to_redo").subject == enrolment.person.key
    enrolment = finish(Enrolment.objects.get(pk=enrolment.pk), tree, 0, 1)
    assert enrolment.completed_at
    assert list(StepCompletion.objects.order_by("pk").values_list("round", flat=True)) == [1, 2, 1]


def test_a_material_change_of_words_alone_is_redone_too(tree, enrolment, publisher):
    enrolment = finish(enrolment, tree, 0)
    publish_material(tree.lessons["pl"][0], publisher, blocks=3)
    tasks.follow.call(Rollout.objects.get().pk)
    assert outline(Enrolment.objects.get(pk=enrolment.pk), "pl").progress.done == 0


def test_other_changes_meant_for_newcomers_do_not_come_along(tree, enrolment, publisher):
    enrolment = finish(enrolment, tree, 0)
    old = enrolment.course_version.steps[1]
    fresh(draft(tree.lessons["pl"][1], blocks=1)).get_latest_revision().publish()
    publish_material(tree.lessons["pl"][0], publisher)
    tasks.follow.call(Rollout.objects.get().pk)
    enrolment.refresh_from_db()
    assert enrolment.course_version.steps[1] == old


def test_who_has_finished_is_left_alone_unless_a_new_cycle_is_chosen(tree, enrolment, publisher):
    enrolment = finish(enrolment, tree, 0, 1)
    before = Enrolment.objects.values().get()
    publish_material(tree.lessons["pl"][0], publisher)
    tasks.follow.call(Rollout.objects.get().pk)
    assert Enrolment.objects.values().get() == before
    assert not Redo.objects.exists()


def test_a_new_cycle_stands_beside_the_finished_one(tree, enrolment, publisher):
    enrolment = finish(enrolment, tree, 0, 1)
    before = Enrolment.objects.values().get()
    decision = publish_material(tree.lessons["pl"][0], publisher, new_cycle=True)
    rollout = Rollout.objects.get()
    tasks.follow.call(rollout.pk)
    tasks.follow.call(rollout.pk)
    first, second = Enrolment.objects.order_by("cycle")
    assert Enrolment.objects.values().get(pk=first.pk) == before
    assert (second.cycle, second.opened_by, second.started_at) == (2, decision, None)
    assert Record.objects.filter(kind="cycle.opened").count() == 1
    finish(second, tree, 0, 1)
    tasks.follow.call(rollout.pk)
    assert Enrolment.objects.count() == 2  # finishing it is no reason for a third


def test_a_worker_killed_in_the_middle_goes_on_and_takes_nobody_along_twice(tree, publisher, teams, monkeypatch):
    from tests.cast import hire

    for name in ("ana", "marek", "obcy", "irena"):
        actions.start(enrolment=actions.enrol(person=hire(name, teams), course_key=tree.course_key))
    publish_material(tree.lessons["pl"][0], publisher)
    monkeypatch.setattr(tasks, "BATCH", 2)
    redo, seen = tasks._redo, []

    def killed_at_the_third(rollout, enrolment):
        seen.append(enrolment.pk)
        redo(rollout, enrolment)
        if len(seen) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "_redo", killed_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        tasks.follow.call(Rollout.objects.get().pk)
    assert Redo.objects.count() == 2  # the first batch stands, the second is undone as a whole
    tasks.follow.call(Rollout.objects.get().pk)
    assert Redo.objects.count() == 4
    assert Record.objects.filter(kind="step.to_redo").count() == 4
    assert tasks.follow.call(Rollout.objects.get().pk) == "nothing to do"


def test_before_the_task_comes_by_nobody_slips_through_on_the_old_version(tree, enrolment, publisher):
    enrolment = finish(enrolment, tree, 0)
    publish_material(tree.lessons["pl"][0], publisher)
    enrolment = finish(enrolment, tree, 1)  # the last one, and no worker has run
    assert enrolment.completed_at is None
    assert Redo.objects.count() == 1


def test_whoever_begins_afterwards_has_nothing_to_redo(tree, enrolment, publisher):
    publish_material(tree.lessons["pl"][0], publisher)
    actions.start(enrolment=enrolment)
    tasks.follow.call(Rollout.objects.get().pk)
    assert not Redo.objects.exists()


def test_a_lesson_that_changed_while_it_was_read_is_read_again(tree, enrolment, publisher, ana, client_for):
    ana.language = "pl"  # in English, which lags, it did not change
    ana.save()
    lesson, client = tree.lessons["pl"][0], client_for(ana)
    actions.start(enrolment=enrolment)
    old = shown_step(enrolment, tree.keys[0], "pl").version.sha256
    publish_material(lesson, publisher)
    tasks.follow.call(Rollout.objects.get().pk)
    address = reverse("complete-step", args=[enrolment.key, tree.keys[0]])
    assert client.post(address, {"version": old}).url == reverse("step", args=[enrolment.key, tree.keys[0]])
    assert not StepCompletion.objects.exists()
    new = shown_step(Enrolment.objects.get(), tree.keys[0], "pl").version.sha256
    client.post(address, {"version": new})
    assert StepCompletion.objects.get().round == 2


def test_what_is_live_already_can_be_asked_for_again(tree, staff, enrolment, publisher, client_for):
    finish(enrolment, tree, 0)
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    assert client.get(asking(lesson)).context["asked"].choices == ("material",)
    assert answer(client, lesson, **MATERIAL).url == reverse("publications", args=[lesson.pk])
    tasks.follow.call(Rollout.objects.get().pk)
    assert Redo.objects.count() == 1
    assert "New fire drill" in client.get(reverse("publications", args=[lesson.pk])).content.decode()


# --- two at once ---------------------------------------------------------------------------------------------------
def opened(client, page) -> dict:
    """What the page that asks holds for the form it was opened with."""
    form = client.get(asking(page)).context["asked"].form
    return {"seen": form["seen"].value()}


def told(answered) -> str:
    """The one message of an answer that nothing was published."""
    assert answered.status_code == 409
    (message,) = answered.context["messages"]
    assert "Nothing was published" in str(message)
    return answered.content.decode()


def test_the_second_of_two_editors_is_told_and_nothing_is_half_written(tree, staff, publisher, ela, client_for):
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    draft(lesson, "Hers")
    hidden = opened(client, lesson)
    draft(lesson, "His", user=ela)
    assert "His" in told(client.post(asking(lesson), hidden | {"change": "editorial", "note": "", "redo_by": ""}))
    assert not Decision.objects.exists()
    assert "First pl" in str(fresh(lesson).body)


@pytest.mark.parametrize("choice", [{"change": "editorial", "note": "", "redo_by": ""}, MATERIAL])
def test_a_choice_made_before_somebody_else_published_is_not_applied_to_what_is_live_now(
    tree, staff, enrolment, publisher, admin, client_for, choice
):
    actions.start(enrolment=enrolment)
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    draft(lesson, "Hers")
    hidden = opened(client, lesson)
    assert answer(client_for(admin), lesson, change="editorial").status_code == 302
    told(client.post(asking(lesson), hidden | choice))
    assert Decision.objects.get().decided_by == admin
    assert not Rollout.objects.exists()


def test_two_who_ask_people_to_redo_the_same_page_ask_them_once(tree, staff, enrolment, publisher, admin, client_for):
    actions.start(enrolment=enrolment)
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    hidden = opened(client, lesson)
    assert answer(client_for(admin), lesson, **MATERIAL).status_code == 302
    told(client.post(asking(lesson), hidden | MATERIAL))
    assert Rollout.objects.count() == 1


def test_whoever_is_slower_by_a_moment_is_asked_anew(tree, staff, publisher, admin, client_for, monkeypatch):
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    draft(lesson, "Hers")
    publish = actions.publish

    def after_somebody_else(**given):
        publish(**given | {"by": admin})
        return publish(**given)

    monkeypatch.setattr(actions, "publish", after_somebody_else)
    answered = answer(client, lesson, change="editorial")
    assert answered.url == asking(lesson)
    assert "Nothing was published" in " ".join(map(str, get_messages(answered.wsgi_request)))
    assert Decision.objects.get().decided_by == admin


def test_of_two_plans_for_one_draft_the_second_sees_the_first(tree, staff, enrolment, publisher, admin, client_for):
    actions.start(enrolment=enrolment)
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    page = fresh(lesson)
    page.body, page.go_live_at = body("Other words"), timezone.now() + timedelta(days=1)
    page.save_revision()
    hidden = opened(client, lesson)
    assert answer(client_for(admin), lesson, change="editorial").status_code == 302
    told(client.post(asking(lesson), hidden | MATERIAL))
    assert Decision.objects.get().change == "editorial"


def test_the_action_itself_asks_nobody_once_more_after_somebody_else_did(tree, enrolment, publisher, admin):
    actions.start(enrolment=enrolment)
    page = fresh(tree.lessons["pl"][0])
    choice = actions.Choice("material", "Because", (str(page.translation_key),), date(2999, 1, 31))
    both = [draft_of(page), draft_of(page)]
    actions.ask_again(draft=both[0], choice=choice, by=admin)
    with pytest.raises(actions.Overtaken):
        actions.ask_again(draft=both[1], choice=choice, by=publisher)
    assert Decision.objects.get().decided_by == admin


def test_the_action_itself_refuses_a_revision_that_was_written_over_in_its_place(tree, publisher):
    page = draft(tree.lessons["pl"][0])
    seen = draft_in(page.get_latest_revision())
    page = fresh(page).get_latest_revision_as_object()
    page.body = body("Saved by itself")
    newest = page.latest_revision
    page.save_revision(user=newest.user, overwrite_revision=newest)
    with pytest.raises(actions.Overtaken):
        actions.publish(drafts=[seen], choice=actions.Choice("editorial"), by=publisher)
    assert not Decision.objects.exists()


def test_the_action_itself_refuses_a_revision_that_is_no_longer_the_newest(tree, publisher):
    page = draft(tree.lessons["pl"][0])
    older = page.get_latest_revision()
    draft(page, "Newer")
    with pytest.raises(actions.Overtaken):
        actions.publish(drafts=[draft_in(older)], choice=actions.Choice("editorial"), by=publisher)
    assert not Decision.objects.exists()


def loaded(page, **said) -> dict:
    """What the editor of Wagtail says it was opened on."""
    latest = fresh(page).latest_revision
    return {"loaded_revision_id": latest.pk, "loaded_revision_created_at": latest.created_at.isoformat()} | said


def test_a_form_opened_before_a_colleague_saved_is_not_published_over_it(tree, staff, publisher, ela, client_for):
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    draft(lesson, "Mine", user=publisher)
    form = form_of_lesson("Mine too") | loaded(lesson)
    draft(lesson, "Hers", user=ela)
    answered = client.post(editing(lesson), form)
    assert answered.status_code == 200
    assert ela.name in answered.content.decode()
    assert fresh(lesson).revisions.count() == 2
    assert client.post(editing(lesson), form | loaded(lesson)).url == asking(lesson)  # pressed again: a choice


def test_a_form_opened_while_a_colleague_was_writing_is_not_published_over_it(tree, staff, publisher, ela, client_for):
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    draft(lesson, "Hers", user=ela)
    form = form_of_lesson("Mine") | loaded(lesson)
    page = fresh(lesson)
    page.body = body("Hers and more")
    page.save_revision(user=ela, overwrite_revision=page.latest_revision)  # as autosave does: the same number
    answered = client.post(editing(lesson), form)
    assert answered.status_code == 200
    assert ela.name in answered.content.decode()
    assert "Hers and more" in str(fresh(lesson).get_latest_revision_as_object().body)


def test_a_form_opened_before_an_import_is_not_published_over_it(tree, staff, publisher, client_for):
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    draft(lesson, "Mine", user=publisher)
    form = form_of_lesson("Mine too") | loaded(lesson)
    draft(lesson, "Imported")
    answered = client.post(editing(lesson), form)
    assert "A newer version came from elsewhere" in answered.content.decode()
    assert fresh(lesson).revisions.count() == 2


def test_a_refusal_to_publish_is_a_message_and_the_draft_stays(tree, staff, publisher, client_for):
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    page = fresh(lesson)
    page.body = []
    page.save_revision()
    answered = answer(client, lesson, change="new")
    assert answered.url == editing(lesson)
    assert "no content yet" in " ".join(str(message) for message in get_messages(answered.wsgi_request))
    assert not Decision.objects.exists()


# --- history -------------------------------------------------------------------------------------------------------
def test_the_history_shows_each_language_and_a_readable_difference(tree, staff, publisher, client_for):
    lesson, client = tree.lessons["pl"][0], client_for(publisher)
    draft(lesson, "Better")
    answer(client, lesson, change="editorial", note="Plain words")
    page = client.get(reverse("publications", args=[lesson.pk])).content.decode()
    assert "Plain words" in page
    assert publisher.name in page
    row = Publication.objects.filter(step_key=lesson.translation_key, language="pl").last()
    shown = client.get(reverse("publication", args=[lesson.pk, row.pk])).content.decode()
    assert "<ins>Better</ins>" in shown
    assert "<del>First pl</del>" in shown


def test_the_history_costs_the_same_for_one_publication_as_for_thirty(tree, publisher, django_assert_max_num_queries):
    lesson = tree.lessons["pl"][0]
    with django_assert_max_num_queries(6):
        assert len(reports.history(lesson.translation_key)) == 2
    for number in range(30):
        draft(lesson, f"Words {number}").get_latest_revision().publish(user=publisher, skip_permission_checks=True)
    with django_assert_max_num_queries(6):
        assert len(reports.history(lesson.translation_key)) == 32


def test_a_revision_published_in_code_is_its_authors(tree, publisher):
    lesson = tree.lessons["pl"][0]
    draft(lesson, "Other", user=publisher).get_latest_revision().publish()
    assert Publication.objects.filter(step_key=lesson.translation_key, language="pl").last().published_by == publisher


def test_a_translation_that_follows_its_source_is_no_change(tree):
    polish, english = tree.lessons["pl"][0], tree.lessons["en"][0]
    draft(polish, blocks=2).get_latest_revision().publish()
    page = draft(english, blocks=2)
    assert not draft_of(page.get_latest_revision_as_object()).changes_structure
    page.get_latest_revision().publish()
    assert Publication.objects.filter(step_key=english.translation_key, language="en").last().change == "editorial"


# --- refusals ------------------------------------------------------------------------------------------------------
def test_editors_read_the_history_and_publish_nothing(tree, staff, ela, client_for):
    lesson, client = tree.lessons["pl"][0], client_for(ela)
    draft(lesson)
    assert client.get(reverse("publications", args=[lesson.pk])).status_code == 200
    assert client.get(asking(lesson)).status_code != 200
    assert client.post(asking(lesson), {"change": "editorial"}).status_code != 200
    assert not Decision.objects.exists()


@pytest.mark.parametrize("name", ["ana", "marek", "obcy", "auditor"])
def test_nobody_else_finds_these_pages(tree, staff, request, client_for, name):
    lesson, client = tree.lessons["pl"][0], client_for(request.getfixturevalue(name))
    row = Publication.objects.filter(step_key=lesson.translation_key).last()
    for address in (
        asking(lesson),
        reverse("publications", args=[lesson.pk]),
        reverse("publication", args=[lesson.pk, row.pk]),
    ):
        assert client.get(address).status_code == 404


def test_a_publication_of_another_page_is_not_found(tree, staff, publisher, client_for):
    other = Publication.objects.filter(step_key=tree.keys[1]).last()
    address = reverse("publication", args=[tree.lessons["pl"][0].pk, other.pk])
    assert client_for(publisher).get(address).status_code == 404


def test_a_get_decides_nothing(tree, staff, publisher, client_for):
    draft(tree.lessons["pl"][0])
    client_for(publisher).get(asking(tree.lessons["pl"][0]))
    assert not Decision.objects.exists()
    assert LessonPage.objects.get(pk=tree.lessons["pl"][0].pk).has_unpublished_changes


def test_what_was_planned_keeps_its_meaning_until_its_day(tree, staff, enrolment, publisher, client_for):
    finish(enrolment, tree, 0)
    page = fresh(tree.lessons["pl"][0])
    page.body, page.go_live_at = body("Later")[:2], timezone.now() + timedelta(days=1)
    page.save_revision(user=publisher)
    assert answer(client_for(publisher), page, **MATERIAL).status_code == 302
    assert not Rollout.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert [due.problem for due in actions.publish_due()] == [""]
        tasks.follow.call(Rollout.objects.get().pk)
    assert Redo.objects.count() == 1
    row = Publication.objects.filter(step_key=page.translation_key, language="pl").last()
    assert (row.change, row.published_by) == ("material", publisher)


def test_who_owes_only_what_is_no_longer_required_is_finished_by_the_task(tree, enrolment, publisher):
    enrolment = finish(enrolment, tree, 1)
    page = fresh(tree.lessons["pl"][0])
    page.required_of = "nobody"
    revision = page.save_revision()
    choice = actions.Choice("material", "Because", (str(page.translation_key),), date(2999, 1, 31))
    actions.publish(drafts=[draft_in(revision)], choice=choice, by=publisher)
    tasks.follow.call(Rollout.objects.get().pk)
    enrolment.refresh_from_db()
    assert enrolment.completed_at
    assert Certificate.objects.get().holder == enrolment.person
    assert tasks.follow.call(Rollout.objects.get().pk) == "nothing to do"
