import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.scenarios.rules import engine
from assessments.scenarios.rules.graph import Choice, Condition, Ending, Node, Scenario, best
from tests.scenarios import graphs

LISTEN = Choice("listen", to="story", tension=-15, score=2, quality="best", sets=frozenset({"heard"}))
ARGUE = Choice("argue", to="open", tension=30, score=-1, quality="poor")
LEAVE = Choice("leave", to="end", tension=60, quality="unsafe")
SECRET = Choice("name", to="end", quality="ok", condition=Condition(tension_max=40, flags=frozenset({"heard"})))


@pytest.fixture
def parcel() -> Scenario:
    return Scenario(
        start="open",
        nodes=(Node("open", (LISTEN, ARGUE, LEAVE)), Node("story", (SECRET, ARGUE))),
        endings=(Ending("end", "good"), Ending("walkout", "bad")),
        tension_start=50,
        fail_at=100,
        fail_to="walkout",
        pass_min_score=2,
        flags=("heard",),
    )


def test_a_choice_moves_tension_score_and_flags_and_leads_on(parcel):
    state = engine.take(parcel, engine.start(parcel), "listen")
    assert (state.node, state.tension, state.score, state.flags) == ("story", 35, 2, {"heard"})


def test_tension_never_leaves_0_to_100(parcel):
    assert engine.replay(parcel, [("open", "leave")]).tension == 100
    assert engine.clamp(-5) == 0


def test_reaching_the_limit_leads_to_the_failing_place(parcel):
    state = engine.replay(parcel, [("open", "argue"), ("open", "argue")])
    assert (state.node, state.tension) == ("walkout", 100)
    assert engine.offered(parcel, state) == ()


def test_a_choice_that_ends_the_scenario_stands_even_at_the_limit(parcel):
    assert engine.replay(parcel, [("open", "leave")]).node == "end"


def test_a_choice_scores_only_the_first_time(parcel):
    twice = engine.replay(parcel, [("open", "listen"), ("story", "argue"), ("open", "listen")])
    assert twice.score == 2 - 1
    assert twice.tension == 50 - 15 + 30 - 15


def test_one_key_in_two_scenes_scores_in_each(parcel):
    state = engine.replay(parcel, [("open", "argue"), ("open", "listen"), ("story", "argue")])
    assert state.score == -1 + 2 - 1


def test_all_conditions_must_hold(parcel):
    open_now = engine.offered(parcel, engine.State("story", 40, flags=frozenset({"heard"})))
    assert [choice.key for choice in open_now] == ["name", "argue"]
    for state in (engine.State("story", 41, flags=frozenset({"heard"})), engine.State("story", 40)):
        assert [choice.key for choice in engine.offered(parcel, state)] == ["argue"]
        with pytest.raises(engine.NotOffered):
            engine.take(parcel, state, "name")


def test_a_step_from_another_scene_cannot_be_replayed(parcel):
    with pytest.raises(engine.NotOffered):
        engine.replay(parcel, [("story", "argue")])


def test_going_back_leaves_the_turns_before_it():
    turns = [engine.Turn("open", "argue"), engine.Turn("open", "listen"), engine.Turn("story", back_to=1)]
    assert engine.kept(turns) == [("open", "argue")]
    on = [*turns, engine.Turn("open", "leave")]
    assert engine.kept(on) == [("open", "argue"), ("open", "leave")]
    assert engine.kept([*on, engine.Turn("end", back_to=0)]) == []
    assert (engine.standing(turns), engine.standing(on)) == ([1], [1, 4])
    assert engine.standing([*on, engine.Turn("end", back_to=4)]) == [1, 4]


def test_a_way_is_every_place_from_the_start_on(parcel):
    assert engine.way(parcel, []) == ["open"]
    assert engine.way(parcel, [("open", "listen"), ("story", "argue")])[:2] == ["open", "story"]
    assert len(engine.way(parcel, [("open", "listen"), ("story", "argue")])) == 3
    with pytest.raises(engine.NotOffered):
        engine.way(parcel, [("open", "nothing")])


def test_passing_takes_the_outcome_and_the_score(parcel):
    enough = engine.State("end", 20, score=2)
    assert engine.passed(parcel, enough)
    assert not engine.passed(parcel, engine.State("end", 20, score=1))
    assert not engine.passed(parcel, engine.State("walkout", 100, score=9))
    assert not engine.passed(parcel, engine.State("open", 20, score=9))


def test_what_would_have_helped_is_the_best_quality_then_the_calmest():
    assert best((LEAVE, ARGUE, LISTEN)) == LISTEN
    calmer = Choice("wait", to="story", tension=-20, quality="best")
    assert best((LISTEN, calmer)) == calmer
    assert best(()) is None


def test_an_attempt_shows_choices_in_one_order_and_attempts_differ(parcel):
    state = engine.start(parcel)
    orders = {tuple(c.key for c in engine.shown(parcel, state, seed=seed)) for seed in range(60)}
    assert len(orders) == 6
    assert all(engine.shown(parcel, state, seed=n) == engine.shown(parcel, state, seed=n) for n in range(20))


def test_an_ending_has_an_outcome_and_shows_no_choices_a_scene_has_none(parcel):
    ended = engine.replay(parcel, [("open", "leave")])
    assert engine.outcome(parcel, ended) == "good"
    assert engine.shown(parcel, ended, seed=7) == ()
    assert engine.outcome(parcel, engine.start(parcel)) == ""


def test_a_hidden_choice_does_not_move_the_others(parcel):
    hidden, seen = engine.State("story", 90), engine.State("story", 20, flags=frozenset({"heard"}))
    for seed in range(20):
        wide = [choice for choice in engine.shown(parcel, seen, seed=seed) if choice.key != "name"]
        assert wide == list(engine.shown(parcel, hidden, seed=seed))


@given(graphs.scenarios(), st.integers())
def test_the_engine_agrees_with_the_format_at_every_step(scenario, seed):
    state, situation, walk = engine.start(scenario), graphs.first(scenario), random.Random(seed)
    taken = []
    for _turn in range(12):
        expected = dict(graphs.moves(scenario, situation))
        assert [choice.key for choice in engine.offered(scenario, state)] == list(expected)
        if not expected:
            break
        key = walk.choice(list(expected))
        taken.append((state.node, key))
        state, situation = engine.take(scenario, state, key), expected[key]
        assert (state.node, state.tension, state.flags, state.score, state.scored) == situation
    assert engine.replay(scenario, taken) == state
