import re
from itertools import pairwise

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


@settings(deadline=None)
@given(scenario=scenarios(max_nodes=8))
def test_no_way_runs_under_a_place_that_it_does_not_lead_to(scenario):
    drawn = plan(scenario)
    for origin, goal in {(node.key, choice.to) for node in scenario.nodes for choice in node.choices}:
        for x, y in points(drawn.line(origin, goal).path):
            under = {key for key in drawn.at if is_inside(drawn.corner(key), x, y)}
            assert not under, (origin, goal, x, y)
            assert 0 < x < drawn.width
            assert 0 < y < drawn.height


def is_inside(corner: tuple[int, int], x: float, y: float) -> bool:
    return corner[0] < x < corner[0] + WIDTH and corner[1] < y < corner[1] + HEIGHT


def points(path: str) -> list[tuple[float, float]]:
    """Many points of an SVG path: straight lines, Bézier curves of two and three, and one relative curve."""
    found: list[tuple[float, float]] = []
    for sign, text in re.findall(r"([MLCQc])([^MLCQc]*)", path):
        numbers = list(map(int, text.split()))
        given = list(zip(numbers[::2], numbers[1::2], strict=True))
        if sign == "c":
            given = [(found[-1][0] + x, found[-1][1] + y) for x, y in given]
        found += [curve([*found[-1:], *given], part / 20) for part in range(21)]
    return found


def curve(given: list[tuple[float, float]], part: float) -> tuple[float, float]:
    """De Casteljau's way to the point of a Bézier curve."""
    while len(given) > 1:
        given = [(a + (c - a) * part, b + (d - b) * part) for (a, b), (c, d) in pairwise(given)]
    return given[0]


def test_a_way_past_a_place_goes_beside_it():
    nodes = (Node("a", (Choice("on", "b"), Choice("past", "c"))), Node("b", (Choice("on", "c"),)))
    drawn = plan(Scenario("a", nodes, (Ending("c", "good"),)))
    (x, y), line = drawn.corner("b"), drawn.line("a", "c")
    assert line.x > x + WIDTH
    assert y < line.y < y + HEIGHT
    assert drawn.line("a", "b").x == x + WIDTH // 2
    assert drawn.line("b", "a").is_back


def test_ways_there_and_back_lie_side_by_side():
    nodes = (
        Node("a", (Choice("on", "b"), Choice("past", "c"))),
        Node("b", (Choice("on", "c"),)),
        Node("c", (Choice("back", "a"), Choice("end", "e"))),
    )
    drawn = plan(Scenario("a", nodes, (Ending("e", "good"),)))
    assert drawn.line("a", "c").x != drawn.line("c", "a").x
