"""One stacked bar: what share each part takes. No Django."""

from collections.abc import Mapping
from dataclasses import dataclass

THINNEST = 12  # thousandths of the bar: a part that is there is seen


@dataclass(frozen=True)
class Segment:
    """Begins `x` and is `width` thousandths wide."""

    name: str
    count: int
    x: int
    width: int

    @property
    def left(self) -> str:
        return f"{self.x / 10:.1f}%"

    @property
    def length(self) -> str:
        return f"{self.width / 10:.1f}%"


def segments(counts: Mapping[str, int]) -> list[Segment]:
    """The parts in the order given; those without anybody take no room. Together they fill the bar exactly."""
    total, present = sum(counts.values()), sum(count > 0 for count in counts.values())
    room = 1000 - THINNEST * present
    drawn, x, seen, begun = [], 0, 0, 0
    for name, count in counts.items():
        seen, begun = seen + count, begun + (count > 0)
        end = THINNEST * begun + room * seen // total if total else 0
        drawn.append(Segment(name=name, count=count, x=x, width=end - x))
        x = end
    return drawn
