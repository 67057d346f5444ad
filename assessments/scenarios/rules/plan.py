"""A map of a scenario in the units of its drawing: where each place stands, how the ways between them run."""

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.scenarios.rules import layout
from assessments.scenarios.rules.graph import Scenario

WIDTH, HEIGHT = 132, 52  # of a place
ACROSS, DOWN = 160, 104  # from one to the next
MARGIN = 24
BESIDE = 20  # a way that passes by other places


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
        """Down to a later layer, past the left side of what stands straight between; else back, on the right side."""
        (x, y), (to_x, to_y) = self.corner(origin), self.corner(goal)
        if x == to_x and self.at[goal][0] - self.at[origin][0] > 1:
            at_y, to_at_y = y + HEIGHT // 2, to_y + HEIGHT // 2
            path = f"M{x} {at_y}C{x - BESIDE} {at_y} {x - BESIDE} {to_at_y} {x} {to_at_y}"
            return Line(path, x - BESIDE * 3 // 4, (at_y + to_at_y) // 2)
        if self.at[goal][0] > self.at[origin][0]:
            middle, to_middle, bend = x + WIDTH // 2, to_x + WIDTH // 2, DOWN // 2
            path = f"M{middle} {y + HEIGHT}C{middle} {y + HEIGHT + bend} {to_middle} {to_y - bend} {to_middle} {to_y}"
            return Line(path, (middle + to_middle) // 2, (y + HEIGHT + to_y) // 2)
        right, to_right, at_y, to_at_y = x + WIDTH, to_x + WIDTH, y + HEIGHT // 2, to_y + HEIGHT // 2
        if origin == goal:
            return Line(f"M{right} {at_y - 12}c36 -16 36 40 0 24", right + 27, at_y, is_back=True)
        path = f"M{right} {at_y}C{right + 48} {at_y} {to_right + 48} {to_at_y} {to_right} {to_at_y}"
        return Line(path, (right + to_right) // 2 + 36, (at_y + to_at_y) // 2, is_back=True)


def plan(scenario: Scenario) -> Plan:
    return Plan(layout.positions(scenario))
