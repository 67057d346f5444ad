"""What is read of a version: everything that is played and proved, without a database."""

import pytest

from assessments.scenarios.rules.graph import (
    ALWAYS,
    IS_KEY,
    QUALITIES,
    Choice,
    Condition,
    Ending,
    Node,
    Scenario,
    best,
    from_content,
    rank,
)
from assessments.scenarios.rules.numbers import Odd

ASK = {
    "key": "ask",
    "text": "Which parcel is it?",
    "to": "end",
    "tension": -10,
    "score": 2,
    "quality": "best",
    "skill": "listen",
    "consequence": "He looks for the number.",
    "coaching": "One question.",
    "points": [],
    "set": ["heard"],
    "if": {"tension_min": 5, "tension_max": 60, "flags": ["greeted"], "not_flags": ["promised"]},
}
NO_NUMBERS = {"key": "shout", "tension": None, "score": "many", "if": {}}
BODY = {
    "start": "open",
    "tension": {"start": 40, "fail_at": 90, "fail_to": "out"},
    "pass": {"outcomes": ["good", "partial"], "min_score": 3},
    "customer": {"name": "Bruno", "look": "in a blue coat"},
    "skills": [{"key": "listen", "text": "Listening"}],
    "flags": ["greeted", "heard", "promised"],
    "expert_path": ["open.ask"],
    "attempts": 2,
    "minutes": 8,
    "nodes": [
        {
            "key": "open",
            "speaker": "colleague",
            "emotion": "sad",
            "scene": "A queue.",
            "say": "Help me.",
            "choices": [ASK, ASK | NO_NUMBERS],
        },
        {"key": "rest", "speaker": "customer", "emotion": "calm", "scene": "", "say": "Well.", "choices": []},
    ],
    "endings": [
        {"key": "end", "outcome": "good", "text": "He thanks you."},
        {"key": "out", "outcome": "bad", "text": "He leaves."},
    ],
}


def test_everything_that_is_played_and_proved_is_read_of_a_version():
    ask = Choice(
        key="ask",
        to="end",
        tension=-10,
        score=2,
        quality="best",
        skill="listen",
        sets=frozenset({"heard"}),
        condition=Condition(5, 60, frozenset({"greeted"}), frozenset({"promised"})),
        text="Which parcel is it?",
        consequence="He looks for the number.",
        coaching="One question.",
    )
    shout = Choice(**vars(ask) | {"key": "shout", "tension": 0, "score": 0, "condition": ALWAYS})
    assert from_content(BODY) == Scenario(
        start="open",
        nodes=(Node("open", (ask, shout), "colleague", "sad", "A queue. Help me."), Node("rest", text="Well.")),
        endings=(Ending("end", "good", "He thanks you."), Ending("out", "bad", "He leaves.")),
        tension_start=40,
        fail_at=90,
        fail_to="out",
        pass_outcomes=frozenset({"good", "partial"}),
        pass_min_score=3,
        skills=frozenset({"listen"}),
        flags=("greeted", "heard", "promised"),
        expert_path=("open.ask",),
        look="in a blue coat",
        odd=(Odd("score", "many", "open", "shout"),),
    )


def test_a_draft_without_numbers_can_be_read():
    body = BODY | {"tension": {"start": None, "fail_at": "soon", "fail_to": ""}}
    read = from_content(body | {"pass": {"outcomes": [], "min_score": None}})
    assert (read.tension_start, read.fail_at, read.pass_min_score) == (0, None, None)


def test_of_two_places_with_one_key_the_first_counts_and_a_scene_before_an_ending():
    first, second = Node("a", text="first"), Node("a", text="second")
    drafted = Scenario("a", (first, second, Node("b")), (Ending("a", "good"), Ending("b", "bad")))
    assert drafted.places == {"a": first, "b": Node("b")}
    assert not drafted.is_ending("b")


def test_an_ending_is_no_scene():
    drafted = Scenario("a", (Node("a"),), (Ending("b", "good"),))
    assert (drafted.is_ending("b"), drafted.is_ending("nowhere")) == (True, False)
    with pytest.raises(KeyError):
        drafted.node("b")


@pytest.mark.parametrize(
    ("tension", "flags", "holds"),
    [
        *((20, "heard", True), (60, "heard", True), (19, "heard", False), (61, "heard", False)),
        *((40, "", False), (40, "heard promised", False), (40, "heard greeted", True)),
    ],
)
def test_all_of_a_condition_must_hold(tension, flags, holds):
    when = Condition(20, 60, frozenset({"heard"}), frozenset({"promised"}))
    assert when.holds(tension, frozenset(flags.split())) is holds


def test_the_flags_of_a_choice_are_those_it_sets_and_those_it_asks_about():
    when = Condition(flags=frozenset({"b"}), not_flags=frozenset({"c"}))
    assert Choice("on", "end", sets=frozenset({"a"}), condition=when).flags == {"a", "b", "c"}


def test_an_unknown_quality_is_the_worst():
    assert [rank(quality) for quality in (*QUALITIES, "superb")] == [0, 1, 2, 3, 4]
    odd, unsafe = Choice("a", "end", quality="superb"), Choice("b", "end", quality="unsafe")
    assert best((odd, unsafe)) == unsafe


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        *(("a", True), ("7-up_B", True), ("a" * 40, True)),
        *(("", False), ("a" * 41, False), ("-a", False), ("_a", False), ("a.b", False), ("początek", False)),
    ],
)
def test_a_key_is_up_to_forty_plain_letters_digits_and_strokes(key, is_one):
    assert bool(IS_KEY.fullmatch(key)) is is_one
