"""What publishing costs: a scenario is proved once and a pool compiled once in one act, and what many drafts have in
common is read once."""

from collections import Counter
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.quizzes.models import QuizPage
from assessments.scenarios.models import ScenarioPage
from assessments.scenarios.rules import checker
from courses import actions
from courses.checks import rules as checks
from courses.models import CoursePage, ReviewRules, SourceArticle, SourcePoint
from courses.models.drafts import draft_in, draft_of, newest_drafts
from lms.packs.site import _review, _roles
from tests.courses.test_meaning import fresh
from tests.courses.test_routes import approve, bulk_address, bulk_publish, submit
from tests.factories import make_course
from tests.lessons import add_lesson
from tests.quizzes.factories import quiz
from tests.scenarios.factories import scenario
from tests.scenarios.test_desk import typed

PART = {"type": "section", "value": {"title": "All", "by": "module", "which": "calm", "count": None, "weight": 1}}
OF_EACH_TICKED = 2  # Wagtail's own: what it is, and how many drafts are below it


@pytest.fixture
def counted(monkeypatch) -> Counter:
    """How often a scenario was proved and the questions of a quiz were read."""
    seen, explore, questions = Counter(), checker.explore, QuizPage.questions

    def explored(*given, **how):
        seen["proved"] += not how.get("count_scores")  # where a score decides, the proof asks once more for them
        return explore(*given, **how)

    def read(page):
        seen["pool"] += 1
        return questions(page)

    monkeypatch.setattr(checker, "explore", explored)
    monkeypatch.setattr(QuizPage, "questions", read)
    return seen


@pytest.fixture
def steps(db):
    """A quiz and a scenario that are live, each with a draft of other words."""
    _roles()
    _review()
    made = make_course(lessons=0, languages=["pl"], steps=[quiz(), scenario()]).steps["pl"]
    for page in made:
        page.title += ", better"
        page.save_revision()
    checker.proved.cache_clear()  # another process did that
    return [fresh(page) for page in made]


def test_one_act_works_everything_out_once(steps, publisher, counted):
    drafts = [draft_in(page.latest_revision) for page in steps]
    counted.clear()
    actions.publish(drafts=drafts, choice=actions.Choice("editorial"), by=publisher)
    assert counted == {"proved": 1, "pool": 1}
    assert all("better" in fresh(page).title for page in steps)


@pytest.mark.parametrize("at", [0, 1])
def test_past_the_question(steps, publisher, client_for, counted, at):
    client = client_for(publisher)
    page = client.get(reverse("publishing", args=[steps[at].pk]))
    assert counted == [{"pool": 1}, {"proved": 1}][at]  # what differs, and advice, before the click
    form = page.context["asked"].form
    counted.clear()
    post = {"seen": form["seen"].value(), "change": "editorial", "note": "", "redo_by": ""}
    client.post(reverse("publishing", args=[steps[at].pk]), post)
    assert "better" in fresh(steps[at]).title
    assert counted == [{"pool": 2}, {}][at]  # read to compare with what was seen, then under the lock


def test_many_at_once(steps, publisher, client_for, counted):
    bulk_publish(client_for(publisher), *steps)
    assert all("better" in fresh(page).title for page in steps)
    assert counted == {"pool": 1, "proved": 1}  # under the lock; to show and to compare, all pools are read at once


def test_an_approval_proves_once_over_its_three_requests(steps, ela, publisher, client_for, counted):
    submit(steps[1], ela)
    approve(client_for(publisher), steps[1])
    assert "better" in fresh(steps[1]).title
    assert counted["proved"] == 1


def new_scenario(client, module):
    """Typed into the editor and published from there."""
    fields = {"title": "New one", "slug": "new-one", "minutes": "5", "required_of": "everyone", "role": "You listen."}
    fields |= {"setting": "Counter", "customer_name": "Bruno", "customer_gender": "m", "feedback_timing": "debrief"}
    fields |= {"meter_visible": "always", "action-publish": "1"}
    for name in ("comments-TOTAL_FORMS", "comments-INITIAL_FORMS"):
        fields[name] = "0"
    address = reverse("wagtailadmin_pages:add", args=["scenarios", "scenariopage", module.pk])
    return client.post(address, typed() | fields)


@pytest.mark.parametrize("is_remembered, times", [(True, 1), (False, 3)])
def test_a_new_scenario_is_proved_once_when_it_is_published_from_the_editor(
    tree, publisher, client_for, counted, monkeypatch, is_remembered, times
):
    _roles()
    ReviewRules.objects.update_or_create(defaults={"four_eyes": False})
    if not is_remembered:
        monkeypatch.setattr(checker, "proved", checker.proved.__wrapped__)
    new_scenario(client_for(publisher), tree.modules["pl"])
    assert ScenarioPage.objects.get().live
    assert counted["proved"] == times


def test_a_verdict_is_that_of_the_same_words_and_numbers(steps, counted):
    page = steps[1]
    assert not page.problems()
    page.start_key = "nowhere"
    assert page.problems()
    page.start_key = ""
    assert not page.problems()
    assert counted["proved"] == 1  # where nothing can be begun, nothing is explored


def test_only_so_many_verdicts_are_remembered():
    assert checker.proved.cache_info().maxsize == checker.REMEMBERED


def test_a_page_that_is_saved_in_code_is_proved_once(steps, counted):
    for page in steps:
        page.save_revision().publish()
    assert counted == {"proved": 1, "pool": 1}


def test_without_fixing_it_the_pool_would_be_compiled_again_and_again(steps, publisher, counted, monkeypatch):
    monkeypatch.setattr(QuizPage, "known", property(lambda page: None, lambda page, value: None))
    draft = draft_in(steps[0].latest_revision)
    counted.clear()
    actions.publish(drafts=[draft], choice=actions.Choice("editorial"), by=publisher)
    assert counted["pool"] > 2


def test_what_is_fixed_is_not_what_is_changed_later(steps):
    page = steps[1]
    page.save_revision().publish()
    page.role = "Somebody else"
    assert page.compile_body()["role"] == "Somebody else"


def test_nothing_that_blocks_is_left_out_with_the_dear_advice(steps):
    page = ScenarioPage.objects.get(pk=steps[1].pk)
    page.role, page.minutes = " ".join(["word"] * 200), 1
    found = page.findings()
    assert {one.severity for one in found} == {checks.WARNING}
    errors = [one for one in found if one.severity == checks.ERROR]
    assert set(errors) <= set(page.errors())


# --- the drafts below ----------------------------------------------------------------------------------------------
def drafts_below(tree, count: int, *, was_live: bool) -> None:
    for _number in range(count):
        points = [SourcePoint.objects.first().code]
        page = add_lesson(fresh(tree.modules["pl"]), f"Lesson {uuid4().hex}", uuid4(), live=was_live, points=points)
        if was_live:
            page.unpublish()
        page = fresh(page)
        page.title = "Better"
        page.save_revision()


@pytest.mark.parametrize("was_live", [False, True])
@pytest.mark.parametrize("are_ticked", [False, True])
def test_ten_drafts_are_shown_for_the_price_of_one(tree, publisher, client_for, was_live, are_ticked):
    _roles()
    _review()
    article = SourceArticle.objects.create(course_key=tree.course_key, file="a.md", title="Calm", language="en")
    article.points.create(course_key=tree.course_key, code="S001-06", section="Breathing", texts={})
    client, counts = client_for(publisher), []
    for more in (1, 9):
        drafts_below(tree, more, was_live=was_live)
        below = fresh(tree.modules["pl"]).get_children().not_live()
        address = bulk_address("publish", *(below if are_ticked else [tree.modules["pl"]]))
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        counts.append(len(queries))
    assert len(page.context["asked"].drafts) == (10 if was_live else 0)
    assert counts[1] - counts[0] == (9 * OF_EACH_TICKED if are_ticked else 0)


@pytest.mark.parametrize("step", [quiz(), quiz(sections=[PART]), scenario()], ids=["quiz", "sections", "scenario"])
def test_ten_of_other_kinds_are_shown_for_the_price_of_one(publisher, client_for, step):
    _roles()
    _review()
    client, counts = client_for(publisher), []
    made = make_course(lessons=0, languages=["pl"], steps=[step])
    address = bulk_address("publish", made.modules["pl"])
    for count in (1, 9):
        for number in range(count):
            page = fresh(made.steps["pl"][0]).copy(
                update_attrs={"slug": f"copy-{count}-{number}"}, copy_revisions=False
            )
            page.unpublish()
            page.title = "Better"
            page.save_revision()
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        counts.append(len(queries))
    assert len(page.context["asked"].drafts) == 10
    assert counts[0] == counts[1]


def more_drafts(page, count: int) -> list:
    """Beside it, each live with a draft of other words."""
    made = []
    for _number in range(count):
        name = uuid4().hex
        own = {"slug": name} | ({"code": name} if isinstance(page, CoursePage) else {})
        copy = fresh(page).copy(update_attrs=own, copy_revisions=False)
        copy.save_revision().publish()
        copy = fresh(copy)
        copy.title = "Better"
        copy.save_revision()
        made.append(copy)
    return made


@pytest.mark.parametrize("what", ["modules", "pages"])
def test_ten_modules_and_ten_courses_are_read_for_the_price_of_one(db, what):
    made = make_course(lessons=0, languages=["pl"], steps=[scenario()])
    original, pages, counts = getattr(made, what)["pl"], [], []
    for more in (1, 9):
        pages += more_drafts(original, more)
        with CaptureQueriesContext(connection) as queries:
            found = newest_drafts(pages)
        counts.append(len(queries))
    assert [draft.is_change for draft in found.values()] == [True] * 10
    assert counts[0] == counts[1]


def test_what_is_read_for_many_is_what_each_reads_for_itself(steps):
    module = steps[0].get_parent().specific
    course = module.get_parent().specific
    pages = [*steps, module, course]
    found = newest_drafts(pages)
    for page in pages:
        alone = draft_in(page.latest_revision) if page.latest_revision else draft_of(fresh(page))
        for name in ("before", "after", "changes_structure", "standing", "course_key"):
            assert getattr(found[page.pk], name) == getattr(alone, name), name
        assert [step.pk for step in found[page.pk].steps] == [step.pk for step in alone.steps]
