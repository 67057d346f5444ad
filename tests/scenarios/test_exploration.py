"""The exploration by example, where random scenarios meet something too seldom: `test_checker` has them."""

from itertools import accumulate

import networkx as nx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assessments.scenarios.rules.exploration import explore, repeatable, strong_components, targets
from assessments.scenarios.rules.graph import Choice, Condition, Ending, Node, Scenario

CAP = 1_000


def scenario(*nodes: Node, start: str = "a", **fields) -> Scenario:
    return Scenario(start, nodes, (Ending("end", "good"), Ending("out", "bad")), **fields)


def keys(explored) -> list[str]:
    return [explored.key_of(state) for state in range(len(explored))]


@pytest.mark.parametrize(
    ("tension_start", "fail_to", "tension", "leads_to"),
    [
        (40, "out", 0, ("b",)),  # tension never grows by it, and was below when the ending was not reached yet
        (40, "out", -5, ("b",)),
        (40, "out", 1, ("b", "out")),
        (100, "out", 0, ("b", "out")),  # too much from the start
        (40, "c", 0, ("b", "c")),  # after a scene for too much tension it may stand as high as it did
    ],
)
def test_a_choice_leads_on_paper_to_its_target_and_to_where_too_much_tension_can_lead(
    tension_start, fail_to, tension, leads_to
):
    step = Choice("go", "b", tension=tension)
    nodes = (Node("a", (step,)), Node("b", (Choice("on", "end"),)), Node("c", (Choice("on", "end"),)))
    assert targets(scenario(*nodes, tension_start=tension_start, fail_at=100, fail_to=fail_to), step) == leads_to


def test_it_begins_at_the_start_wherever_that_stands_in_the_list():
    nodes = [Node(key, (Choice("on", "end"),)) for key in ("x", "y", "a")]
    assert keys(explore(scenario(*nodes), cap=CAP)) == ["a", "end"]


def test_a_choice_that_leads_nowhere_is_passed_over_and_those_after_it_are_not():
    explored = explore(scenario(Node("a", (Choice("lost", "no such scene"), Choice("on", "end")))), cap=CAP)
    assert keys(explored) == ["a", "end"]
    assert explored.used == {("a", "lost"), ("a", "on")}
    assert explored.path_to(1) == (("a", "on"),)


@pytest.mark.parametrize("asks", [{"flags": frozenset({"heard"})}, {"not_flags": frozenset({"heard"})}])
def test_a_scene_offers_what_its_flags_say_each_time_it_is_come_to(asks):
    nodes = (
        Node("a", (Choice("listen", "b", sets=frozenset({"heard"})), Choice("argue", "b"))),
        Node("b", (Choice("ask", "end", condition=Condition(**asks)), Choice("go", "out"))),
    )
    explored = explore(scenario(*nodes, flags=("heard",)), cap=CAP)
    offered = [len(explored.following(state)) for state in range(len(explored)) if explored.key_of(state) == "b"]
    assert sorted(offered) == [1, 2]


def test_only_what_scores_and_stays_within_a_loop_can_score_twice():
    nodes = (
        Node("a", (Choice("in", "b", score=1),)),
        Node("b", (Choice("round", "c", score=1), Choice("free", "c"), Choice("leave", "end", score=1))),
        Node("c", (Choice("back", "b", score=-1), Choice("self", "c", score=2), Choice("leave", "d", score=1))),
        Node("d", (Choice("on", "end", score=1),)),
    )
    assert repeatable(scenario(*nodes)) == [("b", "round"), ("c", "back"), ("c", "self")]


def test_a_way_out_is_found_through_scenes_that_lead_back():
    """From c it goes back to b, which leads out only over a scene that was found later still."""
    nodes = (
        Node("a", (Choice("c", "c"), Choice("b", "b"))),
        Node("c", (Choice("back", "b"),)),
        Node("b", (Choice("on", "e"),)),
        Node("e", (Choice("d", "d"), Choice("round", "c"))),
        Node("d", (Choice("stay", "d"), Choice("to", "f"))),
        Node("f", (Choice("back", "g"), Choice("again", "d"))),
        Node("g", (Choice("trapped", "h"),)),
        Node("h", (Choice("trapped", "g"),)),
    )
    explored = explore(scenario(*nodes), cap=CAP)
    assert explored.lost == list(range(len(explored)))
    freed = (*nodes[:5], Node("f", (Choice("back", "c"), Choice("leave", "end"))), *nodes[6:])
    assert explore(scenario(*freed), cap=CAP).lost == []


def test_of_states_that_lead_back_to_one_another_all_find_the_way_out_of_one():
    """Only the first found leads out; the last leads to the middle one, and that one to the first."""
    nodes = (
        Node("a", (Choice("go", "b"), Choice("stay", "c"))),
        Node("b", (Choice("back", "a"),)),
        Node("c", (Choice("back", "b"),)),
    )
    assert explore(scenario(*nodes), cap=CAP).lost == [0, 1, 2]
    out = (Node("a", (*nodes[0].choices, Choice("leave", "end"))), *nodes[1:])
    assert explore(scenario(*out), cap=CAP).lost == []


@given(
    st.integers(1, 8).flatmap(
        lambda count: st.lists(st.lists(st.integers(0, count - 1)), min_size=count, max_size=count)
    )
)
@example([[1, 2], [], [1]])  # the third leads to what is whole already: it is one by itself
@example([[1, 2], [0], [0]])
def test_the_components_are_those_of_networkx_and_each_comes_after_all_it_leads_to(moves):
    first = [0, *accumulate(map(len, moves))]
    found = list(strong_components(first, [goal for goals in moves for goal in goals]))
    graph = nx.DiGraph([(state, goal) for state, goals in enumerate(moves) for goal in goals])
    graph.add_nodes_from(range(len(moves)))
    assert sorted(map(sorted, found)) == sorted(map(sorted, nx.strongly_connected_components(graph)))
    place = {state: number for number, component in enumerate(found) for state in component}
    assert all(place[goal] <= place[state] for state, goal in graph.edges)
