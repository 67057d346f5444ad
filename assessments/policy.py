"""How often somebody may try, and from when: the one rule that quizzes and scenarios share. No Django."""

from dataclasses import dataclass
from datetime import datetime, timedelta

READY, WAITING, USED_UP, PASSED = "ready", "waiting", "used_up", "passed"


@dataclass(frozen=True)
class Tries:
    """allowed: None for no limit. waits: minutes before try 1, 2, 3 …; the last one also counts for all later tries.

    >>> Tries(3, (0, 30, 1440)).wait_before(3)
    datetime.timedelta(days=1)
    """

    allowed: int | None = None
    waits: tuple[int, ...] = ()

    def wait_before(self, number: int) -> timedelta:
        """No wait before a try beyond those allowed: somebody granted it to one person and wants it to happen."""
        if not self.waits or (self.allowed is not None and number > self.allowed):
            return timedelta()
        return timedelta(minutes=self.waits[min(number, len(self.waits)) - 1])


@dataclass(frozen=True)
class Decision:
    """What may happen now. number: of the try that would come next. left: tries still to come, None for no limit.
    until: when the wait is over."""

    state: str
    number: int
    left: int | None
    until: datetime | None = None

    @property
    def may_start(self) -> bool:
        return self.state == READY


def decide(
    tries: Tries,
    *,
    taken: int,
    now: datetime,
    extra: int = 0,
    last_ended_at: datetime | None = None,
    passed: bool = False,
) -> Decision:
    """May somebody who took `taken` tries and was granted `extra` ones start another one now?

    Where tries are counted, whoever has passed needs no other; where they are not, trying again is practice.
    """
    number = taken + 1
    left = None if tries.allowed is None else max(0, tries.allowed + extra - taken)
    if passed and left is not None:
        return Decision(PASSED, number, left)
    if left == 0:
        return Decision(USED_UP, number, left)
    until = last_ended_at + tries.wait_before(number) if last_ended_at else now
    if until > now:
        return Decision(WAITING, number, left, until)
    return Decision(READY, number, left)
