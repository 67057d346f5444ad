"""By whatever route a page goes live, or is taken away: errors block it, nobody sees an error page, nothing is lost."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from assessments.quizzes.actions.attempts import hand_in, start_attempt
from assessments.quizzes.models import Question
from assessments.quizzes.models.questions import recompiled_once
from assessments.scenarios.models import ScenarioPage
from courses import actions
from courses.models import (
    LessonPage,
    ModulePage,
    Publication,
    Redo,
    RefusedPublication,
    ReviewRules,
    ReviewTask,
)
from courses.models.going_live import MayNotBeDeleted, MayNotGoLive, changed_marks, is_barred
from courses.reports import outline, shown_step
from lms.packs.site import _review, _roles
from people.models import Mail
from tests.factories import make_course
from tests.lessons import body
from tests.quizzes.factories import make_question, part_values, quiz_course
from tests.scenarios.factories import scenario


@pytest.fixture
def staff(tree):
    _roles()
    _review()


@pytest.fixture
def played(db) -> ScenarioPage:
    _roles()
    _review()
    return make_course(lessons=0, languages=["pl"], steps=[scenario()]).steps["pl"][0]


def said(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def plan(page, blocks, *, by=None, minutes=5):
    """A revision that is to go live in so many minutes, of a page that is live by a revision as all in the CMS are."""
    page.save_revision().publish()
    page = type(page).objects.get(pk=page.pk)
    page.body, page.go_live_at = blocks, timezone.now() + timedelta(minutes=minutes)
    page.save_revision(user=by).publish()
    return page


def later():
    return time_machine.travel(timezone.now() + timedelta(hours=1), tick=False)


# --- a practice question that gives a graded one away -----------------------------------------------------------------
@pytest.fixture
def practised(db):
    """A live lesson with a practice question, and a graded question of the same course."""
    course = make_course("calm-first", lessons=1, languages=["pl"])
    practice = make_question("PRACTICE", language="pl", use="practice", parts=part_values("single", "P", "pl"))
    lesson = course.steps["pl"][0]
    lesson.body.append(("knowledge_check", {"question": str(practice.translation_key), "points": ""}))
    lesson.save()
    return practice, make_question("GRADED", language="pl", parts=part_values("single", "G", "pl"))


def rewritten(question, other):
    """A draft of the question in the words of the other one."""
    question.stem, question.parts = other.stem, list(other.parts.raw_data)
    return question.save_revision(clean=False)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("route", ["code", "revision", "schedule"])
def test_a_question_that_gives_another_away_goes_live_by_no_route(practised, which, route):
    question, other = practised[which], practised[1 - which]
    before = question.stem
    revision = rewritten(question, other)
    with override("en"):
        assert any("is the same as SECRET-GRADED" in problem for problem in question.problems())
    if route == "schedule":
        type(revision).objects.filter(pk=revision.pk).update(approved_go_live_at=timezone.now())
        with later():
            assert [bool(done.problem) for done in actions.publish_due()] == [True]
    else:
        with pytest.raises(MayNotGoLive):
            revision.publish() if route == "revision" else question.save()
    assert Question.objects.get(pk=question.pk).stem == before


def test_without_the_comparison_the_lesson_would_give_the_graded_question_away(practised, monkeypatch):
    practice, graded = practised
    monkeypatch.setattr(Question, "_lessons_lose_it", lambda self: [])
    rewritten(graded, practice).publish()
    assert any("gives-away" in finding.code for finding in LessonPage.objects.get().findings())


def test_many_at_once_name_the_lesson_that_would_give_a_question_away(practised):
    practice, graded = practised
    with recompiled_once() as left:
        rewritten(graded, practice).publish()
    assert [page.pk for page in left] == [LessonPage.objects.get().pk]


def test_a_question_that_a_live_lesson_shows_stays_practice(practised):
    practice, _graded = practised
    practice.use = "graded"
    with override("en"):
        assert "It stays a practice question" in practice.problems()[0]


# --- at a set time -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("command", ["publish_due", "publish_scheduled"])
def test_one_bad_page_never_holds_up_the_others(tree, ela, command, capsys):
    bad, good = tree.lessons["pl"]
    plan(bad, [], by=ela, minutes=1)
    plan(good, body("On time"), by=ela, minutes=2)
    with later():
        call_command(command)
    assert "On time" in str(LessonPage.objects.get(pk=good.pk).body)
    assert "First pl" in str(LessonPage.objects.get(pk=bad.pk).body)
    out = capsys.readouterr()
    assert "published: Second pl" in out.out
    assert "refused: First pl" in out.err


def test_the_author_is_told_once_in_their_language_and_the_draft_is_there(tree, ela):
    ela.language = "pl"
    ela.save()
    bad = tree.lessons["pl"][0]
    plan(bad, [], by=ela)
    with later():
        assert len(list(actions.publish_due())) == 1
        assert list(actions.publish_due()) == []
    mail = Mail.objects.get(kind="not_published")
    assert (mail.person, mail.language) == (ela, "pl")
    assert bad.title in mail.subject
    assert LessonPage.objects.get(pk=bad.pk).has_unpublished_changes


def test_the_home_page_names_it_until_it_goes_live(tree, staff, publisher, client_for):
    bad = tree.lessons["pl"][0]
    plan(bad, [], by=publisher)
    with later():
        list(actions.publish_due())
    client = client_for(publisher)
    assert "no content yet" in RefusedPublication.objects.get().reason or publisher.language != "en"
    panel = 'id="refused-publications"'
    assert panel in client.get("/cms/").content.decode()
    page = LessonPage.objects.get(pk=bad.pk)
    page.body, page.go_live_at = body("Mended"), None
    with later():
        page.save_revision().publish()
    assert panel not in client.get("/cms/").content.decode()


def test_a_surprise_in_one_page_is_written_down_and_the_others_go_on(tree, ela, monkeypatch):
    first, second = tree.lessons["pl"]
    plan(first, body("Boom"), minutes=1)
    plan(second, body("Fine"), minutes=2)
    real = LessonPage.compile_body

    def compile_body(page):
        if "Boom" in str(page.body):
            raise RuntimeError("boom")
        return real(page)

    monkeypatch.setattr(LessonPage, "compile_body", compile_body)
    with later():
        problems = [done.problem for done in actions.publish_due()]
    assert problems == ["RuntimeError", ""]


def test_what_has_expired_is_taken_down(tree):
    page = tree.lessons["pl"][0]
    page.expire_at = timezone.now() + timedelta(minutes=5)
    page.save_revision().publish()
    with later():
        call_command("publish_due", "--dry-run")
        assert LessonPage.objects.get(pk=page.pk).live
        call_command("publish_due")
    assert not LessonPage.objects.get(pk=page.pk).live


# --- many at once --------------------------------------------------------------------------------------------------
def bulk(client, action, *pages, **post):
    return client.post(bulk_address(action, *pages), post)


def bulk_address(action, *pages):
    ids = "&".join(f"id={page.pk}" for page in pages)
    return f"/cms/bulk/wagtailcore/page/{action}/?{ids}&next=/cms/"


def bulk_publish(client, *pages, **answer):
    """Says what the changes mean: the safe meaning, if not another."""
    return client.post(*answer_to(client, bulk_address("publish", *pages), answer))


def answer_to(client, address, answer):
    asked = client.get(address).context["asked"]
    form = {"seen": asked.form["seen"].value(), "change": asked.choices[0], "note": "", "redo_by": ""}
    return address, form | answer


def test_bulk_publish_with_the_pages_below_refuses_in_words(tree, staff, publisher, client_for):
    bad = tree.lessons["pl"][0]
    bad.unpublish()
    bad = LessonPage.objects.get(pk=bad.pk)
    bad.body = []
    bad.save_revision()
    answered = bulk_publish(client_for(publisher), tree.modules["pl"], include_descendants="on")
    assert answered.status_code == 302
    assert bad.title in said(answered)
    assert not LessonPage.objects.get(pk=bad.pk).live


def told_what_was_taken(client, page) -> tuple[str, bool]:
    """(what the history says, whether the home page asks for it)"""
    history = client.get(reverse("publications", args=[page.pk])).content.decode()
    return history, reverse("publications", args=[page.pk]) in client.get("/cms/").content.decode()


@pytest.mark.parametrize("blocks, meaning", [(3, "editorial"), (1, "new")])
def test_a_change_that_nobody_was_asked_about_is_safe_and_says_so(
    tree, staff, enrolment, publisher, client_for, blocks, meaning
):
    page, client = tree.lessons["pl"][0], client_for(publisher)
    enrolment = actions.complete_step(enrolment=enrolment, version=shown_step(enrolment, tree.keys[0], "pl").version)
    plan(page, body("Other words")[:blocks], by=publisher)
    with later():
        list(actions.publish_due())
    row = Publication.objects.filter(step_key=page.translation_key, language="pl").last()
    assert (row.change, row.decision, row.published_by) == (meaning, None, publisher)
    assert not Redo.objects.exists()
    assert outline(enrolment, "pl").progress.done == 1
    history, is_on_home_page = told_what_was_taken(client, page)
    assert history.count("Nobody was asked: the safe meaning was taken.") == 1
    assert is_on_home_page


def test_what_somebody_was_asked_about_is_not_called_unasked(tree, staff, publisher, client_for):
    page, client = tree.lessons["pl"][0], client_for(publisher)
    page.body = body("Other words")
    page.save_revision(user=publisher)
    form = client.get(reverse("publishing", args=[page.pk])).context["asked"].form
    hidden = {"seen": form["seen"].value()}
    client.post(reverse("publishing", args=[page.pk]), hidden | {"change": "editorial", "note": ""})
    history, is_on_home_page = told_what_was_taken(client, page)
    assert "Nobody was asked" not in history
    assert not is_on_home_page


# --- review --------------------------------------------------------------------------------------------------------
def submit(page, user):
    page.get_workflow().start(page, user)
    return page.current_workflow_task_state


def approve_address(page):
    state = type(page).objects.get(pk=page.pk).current_workflow_task_state
    return reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk])


def approve(client, page, **answer):
    """Says what it means where that is asked: the safe meaning, if not another."""
    answered = client.post(approve_address(page))
    address = answered.get("Location", "")
    return client.post(*answer_to(client, address, answer)) if "/publishing/" in address else answered


def test_a_draft_is_reviewed_and_approved_by_a_publisher(tree, staff, ela, publisher, client_for):
    page = tree.lessons["pl"][0]
    page.body = body("Reviewed")
    page.save_revision(user=ela)
    assert isinstance(submit(page, ela).task.specific, ReviewTask)
    assert approve(client_for(publisher), page).status_code == 302
    assert "Reviewed" in str(LessonPage.objects.get(pk=page.pk).body)
    assert Publication.objects.filter(step_key=page.translation_key).last().published_by == publisher


def test_approving_what_is_broken_is_a_message_and_changes_nothing(tree, staff, ela, publisher, client_for):
    page = tree.lessons["pl"][0]
    page.body = []
    page.save_revision(user=ela)
    submit(page, ela)
    answered = approve(client_for(publisher), page)
    assert answered.status_code == 302
    assert said(answered)
    page = LessonPage.objects.get(pk=page.pk)
    assert page.current_workflow_task_state.status == "in_progress"
    assert "First pl" in str(page.body)


# --- four eyes -----------------------------------------------------------------------------------------------------
def rescored(page, user):
    page = type(page).objects.get(pk=page.pk)
    page.nodes[0].value["choices"][0]["score"] = 7
    page.save_revision(user=user)
    return page.get_latest_revision_as_object()


def test_whoever_changed_scores_is_known_and_nobody_else(played, ela, publisher):
    draft = rescored(played, publisher)
    draft.role = "Other words"
    draft.save_revision(user=ela)
    draft = draft.get_latest_revision_as_object()
    assert changed_marks(draft) == {publisher.pk}
    assert is_barred(draft, publisher)
    assert not is_barred(draft, ela)


def test_what_was_saved_by_itself_over_what_is_live_is_not_looked_past(played, publisher):
    """The CMS writes over the newest revision in its place, also when a colleague has made it live meanwhile."""
    draft = ScenarioPage.objects.get(pk=played.pk)
    draft.role = "Other words"
    live = draft.save_revision(user=publisher)
    live.publish()
    draft = ScenarioPage.objects.get(pk=played.pk)
    draft.nodes[0].value["choices"][0]["score"] = 7
    draft.save_revision(user=publisher, overwrite_revision=live)
    draft = ScenarioPage.objects.get(pk=played.pk).get_latest_revision_as_object()
    assert changed_marks(draft) == {publisher.pk}
    assert is_barred(draft, publisher)


def test_a_score_put_back_bars_nobody(played, publisher):
    before = played.nodes[0].value["choices"][0]["score"]
    draft = rescored(played, publisher)
    draft.nodes[0].value["choices"][0]["score"] = before
    draft.save_revision(user=publisher)
    assert not is_barred(draft.get_latest_revision_as_object(), publisher)


def test_words_alone_need_no_second_person(played, publisher, client_for):
    draft = ScenarioPage.objects.get(pk=played.pk)
    draft.role = "Other words"
    draft.save_revision(user=publisher)
    assert not is_barred(draft, publisher)


def test_nobody_approves_their_own_scores(played, publisher, client_for):
    draft = rescored(played, publisher)
    submit(ScenarioPage.objects.get(pk=draft.pk), publisher)
    assert approve(client_for(publisher), draft).status_code in (302, 403)
    assert ScenarioPage.objects.get(pk=played.pk).nodes[0].value["choices"][0]["score"] != 7


def test_somebody_else_approves_them(played, publisher, admin, client_for):
    draft = rescored(played, publisher)
    submit(ScenarioPage.objects.get(pk=draft.pk), publisher)
    approve(client_for(admin), draft)
    assert ScenarioPage.objects.get(pk=played.pk).nodes[0].value["choices"][0]["score"] == 7


def test_nobody_publishes_their_own_scores_in_bulk_or_past_the_question(played, publisher, client_for):
    draft, client = rescored(played, publisher), client_for(publisher)
    assert draft.title in said(bulk_publish(client, played))
    form = client.get(reverse("publishing", args=[played.pk])).context["asked"].form
    hidden = {"seen": form["seen"].value()}
    answered = client.post(reverse("publishing", args=[played.pk]), hidden | {"change": "new", "note": ""})
    assert answered.url == reverse("wagtailadmin_pages:edit", args=[played.pk])
    assert ScenarioPage.objects.get(pk=played.pk).nodes[0].value["choices"][0]["score"] != 7


def test_a_team_of_one_may_switch_it_off(played, publisher, client_for):
    rules = ReviewRules.load()
    rules.four_eyes = False
    rules.save()
    rescored(played, publisher)
    bulk_publish(client_for(publisher), played)
    assert ScenarioPage.objects.get(pk=played.pk).nodes[0].value["choices"][0]["score"] == 7


def test_only_an_admin_may_switch_it_off(staff, publisher, admin, client_for):
    address = reverse("wagtailsettings:edit", args=["courses", "reviewrules"])
    assert client_for(admin).get(address, follow=True).status_code == 200
    assert client_for(publisher).get(address).status_code != 200


def test_an_answer_key_needs_a_second_person_and_its_words_do_not(staff, ela, publisher):
    question = make_question("KEY", language="pl")
    question.stem = "Other words?"
    question.save_revision(user=ela)
    assert changed_marks(question.get_latest_revision_as_object()) == set()
    question.parts[1].value["correct"], question.parts[0].value["correct"] = True, False
    question.save_revision(user=publisher)
    draft = Question.objects.get(pk=question.pk).get_latest_revision_as_object()
    assert changed_marks(draft) == {publisher.pk}


# --- taking away ---------------------------------------------------------------------------------------------------
@pytest.fixture(params=["assigned", "under way"])
def learned(tree, staff, enrolment, request):
    """Nothing of it is finished: to be enrolled is enough."""
    if request.param == "under way":
        actions.start(enrolment=enrolment)
    return tree


@pytest.mark.parametrize("which", ["lesson", "module", "course", "catalogue", "translation"])
def test_pages_with_records_stay_and_the_refusal_offers_to_unpublish(learned, admin, client_for, which):
    page = {
        "lesson": learned.lessons["pl"][0],
        "module": learned.modules["pl"],
        "course": learned.courses["pl"],
        "catalogue": learned.courses["pl"].get_parent(),
        "translation": learned.courses["en"],
    }[which]
    client = client_for(admin)
    answered = client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))
    assert answered.status_code == 302
    if which != "catalogue":
        assert "/unpublish/" in said(answered)
    bulk(client, "delete", page)
    assert type(page).objects.filter(pk=page.pk).exists()


def test_a_quiz_that_was_tried_in_vain_stays(ana):
    page = quiz_course(["single"], lessons=1, languages=["pl"]).steps["pl"][1]
    enrolment = actions.enrol(person=ana, course_key=page.course_key())
    attempt = start_attempt(enrolment=enrolment, version=shown_step(enrolment, page.translation_key, "pl").version)
    assert hand_in(attempt=attempt).passed is False
    with pytest.raises(MayNotBeDeleted):
        page.delete()


def test_a_step_that_left_the_course_stays_with_who_began_with_it(tree, enrolment):
    actions.start(enrolment=enrolment)
    page = tree.lessons["pl"][1]
    page.unpublish()
    actions.refresh_course(course_key=tree.course_key)
    with pytest.raises(MayNotBeDeleted):
        page.delete()


def test_not_even_code_deletes_them(learned):
    with pytest.raises(MayNotBeDeleted):
        learned.courses["pl"].delete()


def test_what_nobody_learned_from_may_go(tree, staff, admin, client_for):
    module = tree.modules["pl"]
    client_for(admin).post(reverse("wagtailadmin_pages:delete", args=[module.pk]))
    assert not ModulePage.objects.filter(pk=module.pk).exists()


# --- the fault this guards against ---------------------------------------------------------------------------------
def test_refusals_are_messages_only_in_the_cms(tree):
    page = tree.lessons["pl"][0]
    page.body = []
    with pytest.raises(MayNotGoLive):
        page.save_revision().publish()
