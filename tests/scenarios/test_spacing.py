"""Two, seven and thirty days after passing, a variant is offered: one at a time, in practice."""

import sys
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.scenarios import actions
from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.reports import debrief
from assessments.scenarios.rules.spacing import DAYS, LAPSES, Offer, Passed, ahead, offer
from courses.models import Decision, Redo, StepCompletion
from courses.reports import shown_step
from evidence.triggers import lifted
from lms.reports import my_training
from tests.factories import Course, enrol, make_course
from tests.scenarios.factories import EXPERT, WALKOUT, document, play, scenario

START = date(2026, 3, 2)


def passed(key: str, *practises: str, on: int = 0, last: int | None = None) -> Passed:
    first = START + timedelta(on)
    return Passed(key, frozenset(practises), first, START + timedelta(on if last is None else last))


def on(day: int, *scenarios: Passed) -> Offer | None:
    return offer(scenarios, START + timedelta(day))


# --- the rule ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "days"), [(0, 0), (1, 0), (2, 2), (6, 2), (7, 7), (29, 7), (30, 30), (60, 30), (61, 0)]
)
def test_a_variant_is_offered_after_2_7_and_30_days_and_then_no_more(day, days):
    found = on(day, passed("parcel", "listen"), passed("line", "listen", on=-100, last=-100))
    assert found == (Offer("line", "parcel", days) if days else None)


def test_a_scenario_without_kin_has_no_variant():
    assert on(2, passed("parcel", "listen"), passed("refund", "disagree")) is None
    assert on(2, passed("parcel", "listen")) is None


@pytest.mark.parametrize("played", ["parcel", "line"])
def test_whoever_played_it_or_its_kin_since_has_practised_until_the_next_time(played):
    last = {name: 3 if name == played else 0 for name in ("parcel", "line")}
    pair = [passed(name, "listen", last=last[name]) for name in last]
    assert on(4, *pair) is None
    assert on(7, *pair).days == 7


def test_the_closest_variant_comes_first_then_what_was_played_longest_ago():
    one = passed("parcel", "listen", "facts")
    near, far = passed("near", "listen", "facts", on=-90), passed("far", "listen", on=-99)
    assert on(2, one, far, near).key == "near"
    assert on(2, one, far, passed("old", "facts", on=-120)).key == "old"
    assert on(2, one, far, passed("again", "facts", on=-120, last=-80)).key == "far"
    assert on(2, one, near, passed("wide", "listen", "calm", "close", on=-120)).key == "near"
    assert on(2, one, near, passed("mate", "listen", "facts", on=-90)).key == "mate"  # of equals, always the same


def test_what_waited_longest_is_offered_first():
    early, late = passed("early", "a", on=-1), passed("late", "b")
    kin = [passed("a-kin", "a", on=-99), passed("b-kin", "b", on=-99)]
    assert on(2, late, early, *kin).like == "early"


def test_how_long_something_waits_is_counted_from_the_last_time_it_was_due():
    twice, once = passed("twice", "a", on=-10), passed("once", "b", on=-6)
    kin = [passed("a-kin", "a", on=-99), passed("b-kin", "b", on=-99)]
    assert on(0, twice, once, *kin) == Offer("b-kin", "once", 2)  # since 4 days; the other one, again, since 3


@pytest.mark.parametrize(("day", "days"), [(0, 2), (1, 1), (2, 0), (3, 0), (7, 0), (60, 0), (61, None)])
def test_a_debrief_says_in_how_many_days_a_variant_is_offered(day, days):
    pair = [passed("parcel", "listen"), passed("line", "listen", on=-100, last=-100)]
    found = ahead(pair, "parcel", START + timedelta(day))
    assert found == (None if days is None else (days, offer(pair, START + timedelta(day + days))))


def test_whoever_has_practised_is_told_of_the_next_time():
    pair = [passed("parcel", "listen", last=3), passed("line", "listen", on=-100, last=-100)]
    assert ahead(pair, "parcel", START + timedelta(3)) == (4, Offer("line", "parcel", 7))


def test_nothing_is_promised_where_nothing_asks_for_the_same_or_something_else_waits_longer():
    assert ahead([passed("parcel", "listen"), passed("refund", "disagree")], "parcel", START) is None
    others = [passed("x", "else", on=-6), passed("x-kin", "else", on=-99)]
    pair = [passed("parcel", "listen"), passed("line", "listen", on=-100, last=-100)]
    assert offer([*others, *pair], START + timedelta(2)).like == "x"
    assert ahead([*others, *pair], "parcel", START) is None


@pytest.mark.parametrize(("longer", "other"), [("refund", "third"), ("third", "refund")])
def test_nothing_is_promised_where_kin_of_kin_comes_first(longer, other):
    """The refund asks for something of both; the parcel and the third call have nothing in common."""
    on_day = {"refund": -99, "third": -99} | {longer: -1}
    rows = [
        passed("parcel", "listen"),
        passed("refund", "listen", "facts", "calm", on=on_day["refund"]),
        passed("third", "facts", "calm", on=on_day["third"]),
    ]
    assert on(2, *rows) == Offer(other, longer, 2)
    assert ahead(rows, "parcel", START) is None


scenarios = st.lists(
    st.builds(
        lambda key, skills, first, more: passed(key, *skills, on=first, last=first + more),
        st.sampled_from("abcdef"),
        st.frozensets(st.sampled_from("xyz"), min_size=1),
        st.integers(0, 40),
        st.integers(0, 40),
    ),
    max_size=6,
    unique_by=lambda one: one.key,
)


@settings(max_examples=200)
@given(scenarios, st.integers(0, 120))
def test_what_is_promised_is_offered_on_its_day(rows, day):
    for one in rows:
        today = START + timedelta(day)
        if told := ahead(rows, one.key, today):
            days, found = told
            assert offer(rows, today + timedelta(days)) == found


@settings(max_examples=200)
@given(scenarios, st.integers(0, 120))
def test_an_offer_is_a_variant_of_something_due_that_nobody_practised_since(rows, day):
    """Against the words of the rule."""
    today, found = START + timedelta(day), offer(rows, START + timedelta(day))
    due = []
    for one in rows:
        passed_for = (today - one.first_on).days
        kin = [other for other in rows if other is not one and one.practises & other.practises]
        times = [days for days in DAYS if days <= passed_for]
        if times and kin and passed_for <= LAPSES:
            since = one.first_on + timedelta(times[-1])
            if not [other for other in (one, *kin) if other.last_on >= since]:
                due.append((since, one.key, times[-1], {other.key for other in kin}))
    if found is None:
        assert not due
        return
    since, like, days, kin_keys = min(due, key=lambda row: row[:2])
    assert (found.like, found.days) == (like, days)
    assert found.key in kin_keys


# --- one's own page ------------------------------------------------------------------------------------------------
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def two(ana, db):
    """The parcel and the third call, which ask for one objective; both passed on one morning."""
    course = make_course("two", lessons=0, steps=[scenario(), scenario("SC-CALM-2")], languages=["en"])
    for page, objectives in zip(course.steps["en"], (["CALM-1", "CALM-2"], ["CALM-2", "CALM-4"]), strict=True):
        page.objectives = objectives
        page.save_revision().publish()
    enrolment = enrol(ana, course)
    experts = (EXPERT, [step.partition(".")[2] for step in document("SC-CALM-2")["expert_path"]])
    for step, choices in zip(enrolment.course_version.steps, experts, strict=True):
        version = shown_step(enrolment, step.key, "en").version
        play(actions.start_run(enrolment=enrolment, version=version, at=MORNING), *choices, at=MORNING)
    return enrolment


def practice_of(person, days: int):
    at = MORNING + timedelta(days)
    person = type(person).objects.get(pk=person.pk)
    return my_training(person=person, now=at, today=at.date(), language="en").practice


@pytest.mark.parametrize("days", DAYS)
def test_ones_own_page_offers_a_variant_and_only_one(days, ana, two):
    """From each of these days on, to whoever did not practise since."""
    assert practice_of(ana, 1) is None
    found = practice_of(ana, days)
    assert {found.step.key, found.like.key} == {step.key for step in two.course_version.steps}


@pytest.mark.parametrize("days", DAYS)
def test_what_is_offered_is_played_in_practice(days, ana, two):
    step = practice_of(ana, days).step
    version = shown_step(two, step.key, "en").version
    assert actions.start_run(enrolment=two, version=version, at=MORNING + timedelta(days)).is_practice


def debrief_of(person, number: int, days: int):
    run = ScenarioRun.objects.open_for(person).order_by("pk")[number]
    actions.save_reflections(run=run, texts=[""])
    run = ScenarioRun.objects.open_for(person).get(pk=run.pk)
    return debrief(run, "en", MORNING + timedelta(days), {})


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("days", [0, 1, 2, 6])
def test_the_debrief_names_what_ones_own_page_will_offer(ana, two, number, days):
    told = debrief_of(ana, number, days).ahead
    assert told.days == max(0, 2 - days)
    assert told.title == practice_of(ana, days + told.days).step.title


@pytest.mark.parametrize("days, words", [(0, "In 2 days you find"), (1, "In 1 day you find"), (2, "Under My training")])
def test_the_debrief_says_it_in_words(ana, two, client_for, days, words):
    run = ScenarioRun.objects.open_for(ana).order_by("pk").first()
    actions.save_reflections(run=run, texts=[""])
    with time_machine.travel(MORNING + timedelta(days)):
        page = " ".join(client_for(ana).get(reverse("debrief", args=[run.key])).content.decode().split())
    section = page.partition('id="ahead"')[2].partition("</section>")[0]
    assert words in section
    assert "it counts for nothing" in section


def test_it_costs_the_debrief_one_query(ana, two, client_for, monkeypatch, assert_queries_at_most):
    client, run = client_for(ana), ScenarioRun.objects.open_for(ana).order_by("pk").first()
    actions.save_reflections(run=run, texts=[""])
    address = reverse("debrief", args=[run.key])
    with time_machine.travel(MORNING):
        client.get(address)
        with assert_queries_at_most(12) as queries:
            client.get(address)
        monkeypatch.setattr(sys.modules[debrief.__module__], "ahead", lambda run, today: None)
        with assert_queries_at_most(len(queries) - 1) as without:
            client.get(address)
    assert len(queries) - len(without) == 1


def test_neither_practice_nor_an_attempt_that_did_not_pass_names_a_variant(ana, two):
    ScenarioRun.objects.filter(pk=ScenarioRun.objects.earliest("pk").pk).update(mode="practice")
    ScenarioRun.objects.filter(pk=ScenarioRun.objects.latest("pk").pk).update(passed=False)
    assert [debrief_of(ana, number, 0).ahead for number in range(2)] == [None, None]


def test_somebody_elses_conversations_are_no_variant(ana, obcy, two):
    ScenarioRun.objects.filter(pk=ScenarioRun.objects.latest("pk").pk).update(passed=False)
    other = enrol(obcy, Course(two.course_key, ""))
    step = two.course_version.steps[1]
    version = shown_step(other, step.key, "en").version
    choices = [step.partition(".")[2] for step in document("SC-CALM-2")["expert_path"]]
    play(actions.start_run(enrolment=other, version=version, at=MORNING), *choices, at=MORNING)
    assert debrief_of(ana, 0, 0).ahead is None


def test_once_practised_it_is_gone_until_the_next_time(ana, two):
    step = two.course_version.steps[0]
    version = shown_step(two, step.key, "en").version
    later = MORNING + timedelta(days=3)
    practice = actions.start_run(enrolment=two, version=version, at=later)
    assert practice.is_practice
    assert practice_of(ana, 3) is None
    play(practice, *WALKOUT, at=later)
    assert practice_of(ana, 6) is None
    assert practice_of(ana, 7) is not None


def test_a_step_that_is_owed_again_is_no_practice(ana, two, publisher):
    key = two.course_version.steps[0].key
    where = {"page_key": key, "course_key": two.course_key, "language": "en"}
    asked = Decision.objects.create(**where, change="material", decided_by=publisher, decided_at=MORNING, steps=[key])
    Redo.objects.create(enrolment=two, step_key=key, round=2, decision=asked, at=MORNING)
    assert practice_of(ana, 2) is None


def test_practice_that_was_passed_is_no_passing(ana, two):
    ScenarioRun.objects.update(mode="practice")
    assert practice_of(ana, 2) is None


def test_the_page_says_that_it_is_optional(ana, two, client_for):
    begun = datetime.now(UTC) - timedelta(days=3)
    ScenarioRun.objects.update(started_at=begun, finished_at=begun)
    with lifted("courses_stepcompletion"):
        StepCompletion.objects.update(completed_at=begun)
    page = client_for(ana).get("/my/").content.decode()
    assert page.count("Worth practising again") == 1
    assert "If you like: it counts for nothing, and nobody sees it." in page
    assert any(f"/{step.key}/" in page for step in two.course_version.steps)
