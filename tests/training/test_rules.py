"""The rules of mandatory training by example: who is meant, when who is written to, who may grant what."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from training.rules import audience, reminders, rights, status, trend, wording
from training.rules.audience import BadAudience, Group, Groups, Person
from training.rules.reminders import Plan, Step
from training.rules.rights import Act, Asker, Rights

COMPANY, SHOP, OTHER = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
EWA = Person("ewa", SHOP, (SHOP, COMPANY), "cashier", "Riga", frozenset({"drives"}))


# --- who a rule is for -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "expression, meant",
    [
        ({"team": SHOP, "below": False}, True),
        ({"team": COMPANY}, True),
        ({"team": COMPANY, "below": False}, False),
        ({"team": OTHER}, False),
        ({"person": "ewa"}, True),
        ({"person": "jan"}, False),
        ({"job_role": "cashier"}, True),
        ({"job_role": "driver"}, False),
        ({"location": "Riga"}, True),
        ({"location": "riga"}, False),
        ({"tag": "drives"}, True),
        ({"tag": "drive"}, False),
        ({"any": []}, False),
        ({"all": []}, True),
        ({"any": [{"tag": "x"}, {"location": "Riga"}]}, True),
        ({"all": [{"tag": "drives"}, {"location": "Gdynia"}]}, False),
        ({"not": {"tag": "drives"}}, False),
    ],
)
def test_a_person_is_meant_or_not(expression, meant):
    assert audience.includes(expression, EWA) is meant


def test_what_is_no_audience_includes_nobody_but_says_so():
    with pytest.raises(BadAudience, match=r"^Not an audience: \{'shoe_size': 42\}$"):
        audience.includes({"shoe_size": 42}, EWA)


def nested(depth: int) -> dict:
    """So many words deep."""
    return {"tag": "x"} if depth == 1 else {"not": nested(depth - 1)}


def listed(parts: int) -> dict:
    """So many parts, the list itself among them."""
    return {"any": [{"tag": "x"}] * (parts - 1)}


@pytest.mark.parametrize(
    "expression",
    [
        nested(audience.MAX_DEPTH),
        {"any": [nested(audience.MAX_DEPTH - 1)]},
        listed(audience.MAX_PARTS),
        {"tag": "x"},
        {"location": "x" * audience.NAME_LIMIT},
        {"team": SHOP},
        {"team": SHOP, "below": False},
    ],
)
def test_what_is_just_within_the_limits_is_an_audience(expression):
    audience.check(expression)


@pytest.mark.parametrize(
    "expression, said",
    [
        (nested(audience.MAX_DEPTH + 1), "Nested deeper than 8"),
        ({"any": [nested(audience.MAX_DEPTH)]}, "Nested deeper than 8"),
        (listed(audience.MAX_PARTS + 1), "More than 2000 parts"),
        ([], r"Not an audience: \[\]"),
        ({}, r"Not an audience: \{\}"),
        ({"any": [None]}, "Not an audience: None"),
        ({"tag": "x", "below": True}, r"More than one word: \['below', 'tag'\]"),
        ({"person": SHOP, "below": True}, r"More than one word: \['below', 'person'\]"),
        ({"any": {"tag": "x"}}, "any takes a list"),
        ({"shoe_size": "42"}, "Not a word of an audience: 'shoe_size'"),
        ({"tag": 42}, "tag takes a text"),
        ({"team": SHOP, "below": "yes"}, "team takes a text"),
        ({"tag": ""}, "tag takes a name of 1 to 80 characters"),
        ({"tag": "x" * 81}, "tag takes a name of 1 to 80 characters"),
        ({"tag": "a\0b"}, "tag takes a name of 1 to 80 characters"),
        ({"person": "ewa"}, "Not a key: 'ewa'"),
        ({"team": SHOP.upper().replace("-", "")}, "Not a key: '00000000000040008000000000000002'"),
    ],
)
def test_what_is_beyond_them_or_no_audience_is_refused_with_the_reason(expression, said):
    with pytest.raises(BadAudience, match=rf"^{said}$"):
        audience.check(expression)


def test_teams_left_out_are_left_out_with_those_below():
    form = Groups(groups=(Group(tags=("x",), not_teams=(COMPANY,)),))
    assert audience.written(form) == {
        "any": [{"all": [{"any": [{"tag": "x"}]}, {"not": {"any": [{"team": COMPANY, "below": True}]}}]}]
    }


@pytest.mark.parametrize(
    "expression, form",
    [
        ({"team": SHOP}, Groups(groups=(Group(teams=(SHOP,), below=True),))),
        ({"team": SHOP, "below": False}, Groups(groups=(Group(teams=(SHOP,), below=False),))),
        ({"person": "ewa"}, Groups(people=("ewa",))),
        ({"any": [{"all": []}, {"person": "ewa"}]}, Groups(people=("ewa",), everybody=True)),
        (
            {"any": [{"all": [{"any": [{"team": SHOP, "below": False}]}]}]},
            Groups(groups=(Group(teams=(SHOP,), below=False),)),
        ),
        ({"any": [{"all": [{"any": [{"below": False, "team": SHOP}, {"team": COMPANY, "below": True}]}]}]}, None),
        ({"any": [{"all": [{"any": [{"tag": "x", "more": 1}]}]}]}, None),
        ({"not": {"tag": "x"}}, None),
    ],
)
def test_a_form_shows_a_rule_only_where_it_can_say_exactly_that(expression, form):
    assert audience.groups_of(expression) == form


# --- when who is written to ------------------------------------------------------------------------------------------
def test_what_a_rule_does_not_say_of_its_reminders_is_as_usual():
    assert reminders.parse({}) == Plan(True, (14, 3), 1, 4, True, None, 30)


@pytest.mark.parametrize(
    "said, plan",
    [
        ({"assigned": 0}, Plan(assigned=False)),
        ({"before": [3, 30, 3, 7]}, Plan(before=(30, 7, 3))),
        ({"after": None}, Plan(after=None)),
        ({"after": 5}, Plan(after=5)),
        ({"weekly": 0}, Plan(weekly=0)),
        ({"manager": False}, Plan(manager=False)),
        ({"next_level": 7}, Plan(next_level=7)),
        ({"expiring": None}, Plan(expiring=None)),
        ({"expiring": 60}, Plan(expiring=60)),
    ],
)
def test_what_it_says_counts(said, plan):
    assert reminders.parse(said) == plan


def test_what_is_said_before_the_date_is_not_sent_after_it():
    assert reminders.steps(Plan(before=(3, 0), after=4, weekly=0)) == (
        Step("before-3", -3, 0),
        Step("before-0", 0, 1),
        Step("after", 4, 11),
    )
    assert reminders.steps(Plan(before=(3,), after=None)) == (Step("before-3", -3, 1),)
    assert reminders.steps(Plan(before=(), after=None)) == ()


def test_after_the_last_reminder_the_learner_is_left_alone_and_the_managers_are_told():
    assert reminders.last_day(Plan()) == 36
    assert reminders.last_day(Plan(after=None)) == 7
    assert reminders.manager_steps(Plan()) == (Step("manager", 36, None),)
    assert reminders.manager_steps(Plan(manager=False, next_level=7)) == ()


RIGA = ZoneInfo("Europe/Riga")


@pytest.mark.parametrize(
    "runs, now, is_due",
    [
        ([(23, 7)], (23, 8), True),
        ([(23, 7), (23, 8)], (23, 9), False),
        ([(23, 8), (23, 18)], (24, 9), False),
        ([(20, 12)], (23, 12), True),  # the server stood still
        ([(23, 6)], (23, 7), False),  # nobody is written to at night
        ([(16, 9), (20, 12)], (22, 12), False),  # nor on a Sunday, and the Monday before is done with
        ([(22, 23)], (24, 9), True),
        ([(23, 7), (23, 18), (23, 23), (24, 7)], (24, 8), True),  # it stood still until nobody is written to
        ([(23, 17)], (24, 8), False),
        ([], (23, 9), True),
        ([], (24, 9), False),  # a first run owes nothing for the past
    ],
)
def test_the_digest_is_due_once_from_monday_at_eight(runs, now, is_due):
    before = [datetime(2026, 11, *run, tzinfo=RIGA) for run in runs]
    assert reminders.digest_is_due(before, datetime(2026, 11, *now, tzinfo=RIGA)) is is_due


def test_eight_is_eight_where_the_reader_is():
    now = datetime(2026, 11, 23, 8, tzinfo=RIGA)
    assert reminders.digest_is_due([datetime(2026, 11, 23, 5, 59, tzinfo=UTC).astimezone(RIGA)], now)
    assert not reminders.digest_is_due([datetime(2026, 11, 23, 6, tzinfo=UTC).astimezone(RIGA)], now)


# --- who may grant what ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("days, allowed", [(0, False), (1, True), (14, True)])
def test_a_lead_extends_where_there_is_a_day_to_give(days, allowed):
    assert rights.may(Act.EXTEND, Asker(is_lead=True), Rights(extend_days=days)) is allowed


def test_how_far_a_lead_extends_counts_from_the_rules_date_and_leaves_come_on_top():
    day = date(2027, 3, 1)
    assert rights.latest(day, timedelta(0), Asker(is_lead=True), Rights()) == date(2027, 3, 15)
    assert rights.latest(day, timedelta(10), Asker(is_lead=True), Rights(extend_days=5)) == date(2027, 3, 16)
    assert rights.latest(day, timedelta(10), Asker(is_lead=True, is_staff=True), Rights()) is None


# --- the rest --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "due_on, redo_by, first",
    [
        (date(2027, 3, 1), None, date(2027, 3, 1)),
        (None, date(2027, 3, 2), date(2027, 3, 2)),
        (date(2027, 3, 1), date(2027, 2, 1), date(2027, 2, 1)),
        (date(2027, 1, 1), date(2027, 2, 1), date(2027, 1, 1)),
        (None, None, None),
    ],
)
def test_what_is_due_first_is_the_earlier_of_the_rule_and_of_a_change(due_on, redo_by, first):
    assert status.first_due(due_on, redo_by) == first


def test_bars_stand_side_by_side_as_high_as_what_is_settled():
    ends = date(2027, 3, 31)
    months = [trend.Month(ends, 0, 0), trend.Month(ends, 3, 1), trend.Month(ends, 4, 4)]
    assert [month.percent for month in months] == [None, 33, 100]
    assert [(bar.x, bar.y, bar.height) for bar in trend.bars(months)] == [(0, 120, 0), (52, 81, 39), (104, 0, 120)]
    assert all(isinstance(bar.height, int) for bar in trend.bars(months))
    assert trend.bars(months)[1].middle == 74


def test_words_in_braces_are_filled_once_and_unknown_ones_stay():
    values = {"course": "{date}", "date": "1 March"}
    assert wording.filled("{course} by {date}, {colour}", values) == "{date} by 1 March, {colour}"
    assert wording.unknown("{course} {colour} } {", ("course", "date")) == ["{colour}", "{", "}"]
    assert wording.unknown("{X{course}X}", ("course",)) == ["{", "}"]
    assert wording.unknown("by {date}", ("date",)) == []
