"""From marks to a grade, in whole numbers and fractions: a pass is never decided by a rounded figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType


@dataclass(frozen=True)
class Marked:
    """One question of a paper after marking. mark: 0..1, or None where nothing is to be scored, or not yet: then it
    waits for a person, and counts nothing so far. weight: points for a mark of 1."""

    key: str
    module: str
    objective: str
    mark: Fraction | None
    waits: bool = False
    weight: int = 1

    @property
    def counts(self) -> bool:
        return self.waits or self.mark is not None

    @property
    def points(self) -> Fraction:
        return self.weight * (self.mark or Fraction(0))


@dataclass(frozen=True)
class Share:
    """So many of so many points. needed: percent that must be reached, None where nothing must."""

    points: Fraction
    maximum: int
    needed: int | None = None

    @property
    def value(self) -> Fraction:
        return self.points / self.maximum if self.maximum else Fraction(0)

    @property
    def percent(self) -> int:
        """Whole percent, rounded down: 80 is never shown to somebody who is short of 80."""
        return int(self.value * 100)

    @property
    def rounded(self) -> Decimal:
        """The points to two places, rounded down."""
        return Decimal(int(self.points * 100)) / 100

    @property
    def reached(self) -> bool:
        return self.needed is None or self.points * 100 >= self.needed * self.maximum


@dataclass(frozen=True)
class Grade:
    """total: the whole paper against its pass mark. modules, objectives: those with a mark of their own."""

    total: Share
    modules: Mapping[str, Share]
    objectives: Mapping[str, Share] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        parts = (*self.modules.values(), *self.objectives.values())
        return self.total.reached and all(share.reached for share in parts)


def grade(
    marked: Sequence[Marked],
    *,
    pass_mark: int,
    must_pass: Mapping[str, int],
    must_pass_objective: Mapping[str, int] = MappingProxyType({}),
) -> Grade:
    """pass_mark, must_pass ({module: …}) and must_pass_objective in percent. A module or an objective that the paper
    does not ask about is not judged."""
    modules, objectives = {}, {}
    for name, needed in must_pass.items():
        modules[name] = _share([item for item in marked if item.module == name], needed)
    for name, needed in must_pass_objective.items():
        objectives[name] = _share([item for item in marked if item.objective == name], needed)
    return Grade(_share(marked, pass_mark), modules, objectives)


def by_objective(marked: Sequence[Marked]) -> dict[str, Share]:
    """What waits for a person is in none of them: nobody has said yet that it is worth nothing."""
    settled = [item for item in marked if not item.waits]
    names = dict.fromkeys(item.objective for item in settled)
    return {name: _share([item for item in settled if item.objective == name]) for name in names}


def _share(marked: Sequence[Marked], needed: int | None = None) -> Share:
    counted = [item for item in marked if item.counts]
    right = sum(item.weight for item in counted if item.mark == 1)  # most are: fractions take ten times as long to add
    partly = (item.points for item in counted if item.mark and item.mark != 1)
    return Share(sum(partly, Fraction(right)), sum(item.weight for item in counted), needed)
