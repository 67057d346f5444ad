"""What the course policy says: what counts as done, how far somebody is, when a completion runs out. No Django."""

import calendar
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

EVERYONE, MANAGERS, NOBODY = "everyone", "managers", "nobody"
SITTING_MINUTES = 15


def canonical(value: object) -> bytes:
    """The one way JSON is written before it is hashed: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def structure_sha256(kind: str, structure: object) -> str:
    return sha256({"kind": kind, "body": structure})


@dataclass(frozen=True)
class PinnedStep:
    """One step as a CourseVersion pins it. `structure` is the structure_sha256 of its StepVersion."""

    key: str
    structure: str
    kind: str
    required_of: str
    module: str

    def is_required(self, *, of_manager: bool) -> bool:
        return self.required_of == EVERYONE or (self.required_of == MANAGERS and of_manager)


def pinned_steps(content: Mapping) -> tuple[PinnedStep, ...]:
    return tuple(PinnedStep(**step) for step in content["steps"])


def required_keys(steps: Sequence[PinnedStep], *, of_manager: bool) -> frozenset[str]:
    return frozenset(step.key for step in steps if step.is_required(of_manager=of_manager))


@dataclass(frozen=True)
class Progress:
    done: int
    total: int

    @property
    def is_complete(self) -> bool:
        return 0 < self.total == self.done

    @property
    def percent(self) -> int:
        """Whole percent, rounded down, so that 100 is said only when nothing is left."""
        return 100 * self.done // self.total if self.total else 0


def progress(required: frozenset[str], done: frozenset[str]) -> Progress:
    return Progress(done=len(required & done), total=len(required))


def next_step(steps: Sequence[PinnedStep], required: frozenset[str], done: frozenset[str], stopped_at: str = "") -> str:
    """Where the one button leads: to the step somebody stopped in if it is unfinished, else to the first required
    one that is unfinished, else nowhere ("")."""
    open_keys = [step.key for step in steps if step.key in required and step.key not in done]
    known = {step.key for step in steps}
    if open_keys and stopped_at in known and stopped_at not in done:
        return stopped_at
    return open_keys[0] if open_keys else ""


def minutes_left(minutes: Mapping[str, int], required: frozenset[str], done: frozenset[str]) -> int:
    return sum(minutes.get(key, 0) for key in required - done)


def sittings(minutes: int) -> int:
    """How many sittings of about a quarter of an hour; a rest of up to a third of one is not counted apart."""
    return max(1, -(-(minutes - SITTING_MINUTES // 3) // SITTING_MINUTES)) if minutes else 0


def hours(minutes: int) -> Decimal:
    """Hours as printed on a certificate: to the nearest quarter, at least one quarter."""
    quarters = (Decimal(minutes) / 15).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return max(quarters, Decimal(1)) / 4


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where that day is missing (31 January → 28 February)."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))


def valid_until(completed_on: date, valid_months: int | None) -> date | None:
    return add_months(completed_on, valid_months) if valid_months else None


def lesson_parts(blocks: list[dict], notes: Mapping[str, str] | None = None) -> list[dict]:
    """The blocks of a lesson as they stand on the page: each dialogue with its opposite beside it where one follows,
    each reflection with the reader's own note."""
    parts: list[dict] = []
    for block in blocks:
        last = parts[-1] if parts else {}
        if block["kind"] == "reflection":
            parts.append({**block, "note": (notes or {}).get(block["id"], "")})
        elif block["kind"] != "dialogue":
            parts.append(block)
        elif (
            last.get("kind") == "dialogues"
            and len(last["dialogues"]) == 1
            and last["dialogues"][0]["variant"] != block["variant"]
        ):
            last["dialogues"].append(block)
        else:
            parts.append({"kind": "dialogues", "id": block["id"], "dialogues": [block]})
    return parts
