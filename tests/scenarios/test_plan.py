from hypothesis import given, settings

from assessments.scenarios.rules.graph import Choice, Ending, Node, Scenario
from assessments.scenarios.rules.plan import HEIGHT, WIDTH, plan
from tests.scenarios.graphs import scenarios


@settings(deadline=None)
@given(scenario=scenarios(max_nodes=8))
def test_every_way_stays_on_the_sheet_and_every_place_is_on_it(scenario):
    drawn = plan(scenario)
    for key in drawn.at:
        x, y = drawn.corner(key)
        assert 0 < x < x + WIDTH < drawn.width
        assert 0 < y < y + HEIGHT < drawn.height
    for node in scenario.nodes:
        for choice in node.choices:
            if choice.to in drawn.at:
                line = drawn.line(node.key, choice.to)
                assert 0 <= line.x <= drawn.width
                assert 0 <= line.y <= drawn.height


def test_a_way_past_a_place_goes_beside_it():
    nodes = (Node("a", (Choice("on", "b"), Choice("past", "c"))), Node("b", (Choice("on", "c"),)))
    drawn = plan(Scenario("a", nodes, (Ending("c", "good"),)))
    (x, y), line = drawn.corner("b"), drawn.line("a", "c")
    assert line.x < x
    assert y < line.y < y + HEIGHT
    assert drawn.line("a", "b").x == x + WIDTH // 2
    assert drawn.line("b", "a").is_back
