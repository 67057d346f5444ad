from dataclasses import replace

import networkx as nx
from hypothesis import given, settings

from assessments.scenarios.rules.exploration import targets
from assessments.scenarios.rules.graph import Choice, Ending, Node, Scenario
from assessments.scenarios.rules.layout import positions
from tests.scenarios.graphs import scenarios


@settings(deadline=None)
@given(scenario=scenarios(max_nodes=8))
def test_every_place_has_a_spot_of_its_own(scenario):
    found = positions(scenario)
    assert found.keys() == scenario.places.keys()
    assert len(set(found.values())) == len(found)


@settings(deadline=None)
@given(scenario=scenarios(max_nodes=8))
def test_without_loops_a_layer_is_the_longest_way_there(scenario):
    scenario = onward(scenario)
    graph = nx.DiGraph()
    graph.add_nodes_from(scenario.places)
    for node in scenario.nodes:
        graph.add_edges_from((node.key, goal) for choice in node.choices for goal in targets(scenario, choice))
    for key, (layer, _row) in positions(scenario).items():
        above = nx.ancestors(graph, key) | {key}
        assert layer == nx.dag_longest_path_length(graph.subgraph(above), weight=None, default_weight=1)


def onward(scenario: Scenario) -> Scenario:
    """Without what leads to the same or an earlier scene: of random choices nearly always one goes round."""
    place = {key: number for number, key in enumerate(scenario.places)}
    nodes = tuple(
        replace(node, choices=tuple(one for one in node.choices if place[one.to] > place[node.key]))
        for node in scenario.nodes
    )
    return replace(scenario, nodes=nodes, fail_to=scenario.endings[0].key)


def test_where_only_too_much_tension_leads_stands_below_the_scenes_that_lead_there():
    shout = Choice("shout", "rest", tension=60)
    nodes = (Node("open", (shout,)), Node("rest", (shout, Choice("on", "end"))))
    endings = (Ending("end", "good"), Ending("lost", "bad"))
    found = positions(Scenario("open", nodes, endings, tension_start=30, fail_at=80, fail_to="lost"))
    assert [found[key][0] for key in ("open", "rest", "end", "lost")] == [0, 1, 2, 2]


def test_a_way_round_leads_back_to_the_start_wherever_that_is_written():
    nodes = (Node("b", (Choice("back", "a"), Choice("on", "end"))), Node("a", (Choice("on", "b"),)))
    found = positions(Scenario("a", nodes, (Ending("end", "good"),)))
    assert [found[key][0] for key in ("a", "b", "end")] == [0, 1, 2]


def test_a_chain_of_any_length_is_laid_out():
    nodes = tuple(Node(f"n{n}", (Choice("on", f"n{n + 1}"),)) for n in range(5_000))
    found = positions(Scenario("n0", nodes, (Ending("n5000", "good"),)))
    assert found["n5000"] == (5_000, 0)


def test_crossing_choices_are_uncrossed():
    goals = {"a": ("d",), "b": ("c",)}
    nodes = (
        Node("s", (Choice("1", "a"), Choice("2", "b"))),
        *(Node(key, tuple(Choice(to, to) for to in found)) for key, found in goals.items()),
    )
    found = positions(Scenario("s", nodes, (Ending("c", "good"), Ending("d", "bad"))))
    assert (found["a"][1] < found["b"][1]) == (found["d"][1] < found["c"][1])


def test_ways_that_only_several_rounds_can_uncross_do_not_cross():
    goals = {"b2": "c0 c2", "a1": "b0", "s": "a0 a1", "b0": "c1", "a0": "b2 b1", "b1": "c0 c1"}
    nodes = tuple(Node(key, tuple(Choice(to, to) for to in found.split())) for key, found in goals.items())
    at = positions(Scenario("s", nodes, tuple(Ending(key, "good") for key in ("c0", "c1", "c2"))))
    ways = [(at[key], at[to]) for key, found in goals.items() for to in found.split()]
    for (layer, row), (_below, to) in ways:
        for (other_layer, other_row), (_other_below, other_to) in ways:
            assert layer != other_layer or row >= other_row or to <= other_to
