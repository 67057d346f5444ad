"""What publishing costs: a scenario is explored once and a pool compiled once in one act, and what many drafts have in
common is read once."""

from collections import Counter
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.quizzes.models import QuizPage
from assessments.scenarios.models import ScenarioPage
from assessments.scenarios.models import pages as scenario_pages
from assessments.scenarios.rules import checker
from courses import actions
from courses.checks import rules as checks
from courses.models.drafts import draft_in
from lms.packs.site import _review, _roles
from tests.courses.test_meaning import fresh
from tests.courses.test_routes import approve, bulk_address, bulk_publish, submit
from tests.factories import make_course
from tests.lessons import add_lesson
from tests.quizzes.factories import quiz
from tests.scenarios.factories import scenario

OF_A_NEW_DRAFT, OF_A_CHANGED_DRAFT = 6, 8  # queries


@pytest.fixture
def counted(monkeypatch) -> Counter:
    """How often a scenario was explored and the questions of a quiz were read."""
    seen, explore, questions = Counter(), checker.explore, QuizPage.questions

    def explored(*given, **how):
        seen["explored"] += not how.get("count_scores")  # where a score decides, the proof asks once more for them
        return explore(*given, **how)

    def read(page):
        seen["pool"] += 1
        return questions(page)

    monkeypatch.setattr(checker, "explore", explored)
    monkeypatch.setattr(scenario_pages, "explore", explored)
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
    return [fresh(page) for page in made]


def test_one_act_works_everything_out_once(steps, publisher, counted):
    drafts = [draft_in(page.latest_revision) for page in steps]
    counted.clear()
    actions.publish(drafts=drafts, choice=actions.Choice("editorial"), by=publisher)
    assert counted == {"explored": 1, "pool": 1}
    assert all("better" in fresh(page).title for page in steps)


@pytest.mark.parametrize("at", [0, 1])
def test_past_the_question(steps, publisher, client_for, counted, at):
    client = client_for(publisher)
    page = client.get(reverse("publishing", args=[steps[at].pk]))
    assert counted == [{"pool": 1}, {"explored": 1}][at]  # what differs, and advice, before the click
    form = page.context["asked"].form
    counted.clear()
    post = {"seen": form["seen"].value(), "change": "editorial", "note": "", "redo_by": ""}
    client.post(reverse("publishing", args=[steps[at].pk]), post)
    assert "better" in fresh(steps[at]).title
    assert counted == [{"pool": 2}, {"explored": 1}][at]  # read to compare with what was seen, then under the lock


def test_many_at_once(steps, publisher, client_for, counted):
    bulk_publish(client_for(publisher), *steps)
    assert all("better" in fresh(page).title for page in steps)
    assert counted == {"pool": 3, "explored": 1}  # to show what differs; to compare; under the lock


def test_an_approval(steps, ela, publisher, client_for, counted):
    submit(steps[1], ela)
    approve(client_for(publisher), steps[1])
    assert "better" in fresh(steps[1]).title
    # Pressing the button in the review, then advice beside the question, then the approval itself.
    assert counted["explored"] == 3


def test_a_page_that_is_saved_in_code_is_proved_once(steps, counted):
    for page in steps:
        page.save_revision().publish()
    assert counted == {"explored": 1, "pool": 1}


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
        page = add_lesson(fresh(tree.modules["pl"]), f"Lesson {uuid4().hex}", uuid4(), live=was_live)
        if was_live:
            page.unpublish()
        page = fresh(page)
        page.title = "Better"
        page.save_revision()


@pytest.mark.parametrize("was_live, most", [(False, OF_A_NEW_DRAFT), (True, OF_A_CHANGED_DRAFT)])
def test_each_draft_below_costs_a_few_queries(tree, publisher, client_for, was_live, most):
    _roles()
    _review()
    client, counts = client_for(publisher), []
    address = bulk_address("publish", tree.modules["pl"])
    for more in (3, 27):
        drafts_below(tree, more, was_live=was_live)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        counts.append(len(queries))
    assert len(page.context["asked"].drafts) == (30 if was_live else 0)
    assert counts[1] - counts[0] <= 27 * most
