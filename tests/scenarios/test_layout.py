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
    graph = nx.DiGraph()
    graph.add_nodes_from(scenario.places)
    for node in scenario.nodes:
        graph.add_edges_from((node.key, goal) for choice in node.choices for goal in targets(scenario, choice))
    if not nx.is_directed_acyclic_graph(graph):
        return
    for key, (layer, _row) in positions(scenario).items():
        above = nx.ancestors(graph, key) | {key}
        assert layer == nx.dag_longest_path_length(graph.subgraph(above), weight=None, default_weight=1)


def test_where_only_too_much_tension_leads_stands_below_the_scenes_that_lead_there():
    shout = Choice("shout", "rest", tension=60)
    nodes = (Node("open", (shout,)), Node("rest", (shout, Choice("on", "end"))))
    endings = (Ending("end", "good"), Ending("lost", "bad"))
    found = positions(Scenario("open", nodes, endings, tension_start=30, fail_at=80, fail_to="lost"))
    assert [found[key][0] for key in ("open", "rest", "end", "lost")] == [0, 1, 2, 2]


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
