"""A map of a scenario in the units of its drawing: where each place stands, how the ways between them run."""

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.scenarios.rules import layout
from assessments.scenarios.rules.graph import Scenario

WIDTH, HEIGHT = 132, 52  # of a place
ACROSS, DOWN = 172, 104  # from one to the next
MARGIN = 32
BEND = (DOWN - HEIGHT) // 2  # half of what lies free between two layers
BESIDE = (ACROSS - WIDTH) // 2  # the middle of what lies free between two places
ONWARD_LANES, BACK_LANES = (-9, -3), (5, 12)  # side by side in there, so that ways do not lie on one another
ROUND = 10  # of a corner


@dataclass(frozen=True)
class Line:
    """path: for an SVG path; x, y: its middle."""

    path: str
    x: int
    y: int
    is_back: bool = False


@dataclass(frozen=True)
class Plan:
    """at: {key: (layer, row)}"""

    at: Mapping[str, tuple[int, int]]

    @property
    def width(self) -> int:
        return 2 * MARGIN + ACROSS * (1 + max((row for _layer, row in self.at.values()), default=0))

    @property
    def height(self) -> int:
        return 2 * MARGIN + DOWN * (1 + max((layer for layer, _row in self.at.values()), default=0))

    def corner(self, key: str) -> tuple[int, int]:
        """Left and top of a place."""
        layer, row = self.at[key]
        return MARGIN + row * ACROSS, MARGIN + layer * DOWN

    def line(self, origin: str, goal: str) -> Line:
        """Down to a later layer, or back on the right side. It bends where no place can be, between two layers or two
        places: a way that runs under a place would seem to lead through it."""
        if origin == goal:
            x, y = self._right(origin)
            return Line(f"M{x} {y - 12}c36 -16 36 40 0 24", x + 27, y, is_back=True)
        layers = self.at[goal][0] - self.at[origin][0]
        if layers <= 0:
            return self._back(origin, goal)
        return self._down(origin, goal) if layers == 1 else self._past(origin, goal)

    def _right(self, key: str) -> tuple[int, int]:
        """The middle of the right side of a place."""
        x, y = self.corner(key)
        return x + WIDTH, y + HEIGHT // 2

    def _lane(self, lanes: tuple[int, ...], origin: str) -> int:
        layer, row = self.at[origin]
        return BESIDE + lanes[(layer + row) % len(lanes)]

    def _down(self, origin: str, goal: str) -> Line:
        (x, y), (to_x, to_y) = self.corner(origin), self.corner(goal)
        x, to_x, y = x + WIDTH // 2, to_x + WIDTH // 2, y + HEIGHT
        return Line(f"M{x} {y}{_bend(x, y, to_x, to_y)}", (x + to_x) // 2, (y + to_y) // 2)

    def _past(self, origin: str, goal: str) -> Line:
        """Down beside the goal's column, on the side it comes from, past the layers between."""
        (x, y), (to_x, to_y) = self.corner(origin), self.corner(goal)
        lane = self._lane(ONWARD_LANES, origin)
        past = to_x - ACROSS + WIDTH + lane if to_x > x else to_x + WIDTH + lane
        x, to_x, y = x + WIDTH // 2, to_x + WIDTH // 2, y + HEIGHT
        top, bottom = y + 2 * BEND, to_y - 2 * BEND
        path = f"M{x} {y}{_bend(x, y, past, top)}L{past} {bottom}{_bend(past, bottom, to_x, to_y)}"
        return Line(path, past, (top + bottom) // 2)

    def _back(self, origin: str, goal: str) -> Line:
        """Out on the right side, along above its own layer to the goal's column, and in on the goal's right side."""
        (x, y), (to_x, to_y) = self._right(origin), self._right(goal)
        lane = self._lane(BACK_LANES, origin)
        past, to_past, above = x + lane, to_x + lane, y - HEIGHT // 2 - BEND
        corners = [(x, y), (past, y), (past, above), (to_past, above), (to_past, to_y), (to_x, to_y)]
        if x == to_x:
            corners[2:4] = []
            return Line(_rounded(corners), past, (y + to_y) // 2, is_back=True)
        return Line(_rounded(corners), (past + to_past) // 2, above, is_back=True)


def _bend(x: int, y: int, to_x: int, to_y: int) -> str:
    """From one layer to the next, between them all the way."""
    return f"C{x} {y + BEND} {to_x} {to_y - BEND} {to_x} {to_y}"


def _rounded(corners: list[tuple[int, int]]) -> str:
    """Straight from corner to corner, none of them sharp."""
    path = "M{} {}".format(*corners[0])
    for before, (x, y), after in zip(corners, corners[1:], corners[2:], strict=False):
        (near_x, near_y), (far_x, far_y) = _towards((x, y), before), _towards((x, y), after)
        path += f"L{near_x} {near_y}Q{x} {y} {far_x} {far_y}"
    return path + "L{} {}".format(*corners[-1])


def _towards(corner: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """A little away from the corner, straight in that direction."""
    (x, y), (to_x, to_y) = corner, other
    return x + max(-ROUND, min(ROUND, to_x - x)), y + max(-ROUND, min(ROUND, to_y - y))


def plan(scenario: Scenario) -> Plan:
    return Plan(layout.positions(scenario))
