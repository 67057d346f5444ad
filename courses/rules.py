"""What the course policy says: what counts as done, how far somebody is, when a completion runs out. No Django."""

import calendar
import difflib
import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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


def next_step(
    steps: Sequence[PinnedStep],
    required: frozenset[str],
    done: frozenset[str],
    stopped_at: str = "",
    closed: frozenset[str] = frozenset(),
) -> str:
    """Where the one button leads: to the step somebody stopped in if it is unfinished, else to the first required
    one that is unfinished, else nowhere (""). closed: what cannot be taken now comes last."""
    left = [step.key for step in steps if step.key in required and step.key not in done]
    known = {step.key for step in steps}
    if left and stopped_at in known and stopped_at not in done | closed:
        return stopped_at
    return next((key for key in left if key not in closed), left[0] if left else "")


def minutes_left(minutes: Mapping[str, int], required: frozenset[str], done: frozenset[str]) -> int:
    return sum(minutes.get(key, 0) for key in required - done)


def sittings(minutes: int) -> int:
    """How many sittings of about a quarter of an hour; a rest of up to a third of one is not counted apart."""
    return max(1, -(-(minutes - SITTING_MINUTES // 3) // SITTING_MINUTES)) if minutes else 0


def hours(minutes: int) -> Decimal:
    """Hours as printed on a certificate: to the nearest quarter, at least one quarter."""
    return Decimal(max(round(minutes / 15), 1)) / 4


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


# --- publishing a change -------------------------------------------------------------------------------------------

EDITORIAL, NEW, MATERIAL = "editorial", "new", "material"


def safe(*, changes_structure: bool) -> str:
    """What a change means while nobody says more: nobody redoes anything."""
    return NEW if changes_structure else EDITORIAL


def offered(*, changes_structure: bool, concerns_anybody: bool) -> tuple[str, ...]:
    """What a change may be said to mean; the first is the safe one. Material only where somebody would redo it."""
    known = safe(changes_structure=changes_structure)
    return (known, MATERIAL) if concerns_anybody else (known,)


def taken_along(pinned: Sequence[PinnedStep], target: Sequence[PinnedStep], keys: Set[str]) -> tuple[PinnedStep, ...]:
    """A version with these steps as the target has them, and all the others as they were.

    A step it does not have yet comes after the one that precedes it in the target; one the target lacks stays.
    """
    newer = {step.key: step for step in target if step.key in keys}
    steps = [newer.get(step.key, step) for step in pinned]
    before: list[str] = []
    for step in target:
        if step.key in newer and step.key not in {one.key for one in steps}:
            places = [index for index, one in enumerate(steps) if one.key in before]
            steps.insert(max(places, default=-1) + 1, step)
        before.append(step.key)
    return tuple(steps)


# --- what changed, for people to read ------------------------------------------------------------------------------

TAG = re.compile(r"<[^>]*>")
NAMES = ("id", "key")  # of an item in a list: how it is met again in another version
UNREAD = {"schema", "kind", *NAMES}
ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"


@dataclass(frozen=True)
class Piece:
    """Some words of one side; is_new where the other side has them not."""

    text: str
    is_new: bool


@dataclass(frozen=True)
class Difference:
    """One place that differs. field: the name of what stands there ("text", "correct")."""

    field: str
    sort: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def differences(before: Mapping, after: Mapping) -> list[Difference]:
    """Every text, number and mark that differs between two contents, place by place, in the order of the newer one.

    Items of lists are met again by their key, so that one put in between makes no others differ.
    """
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    places = [*new, *(place for place in old if place not in new)]
    found = [_difference(place, old.get(place), new.get(place)) for place in places if old.get(place) != new.get(place)]
    return [*found, *_moves(before, after, "")]


def _leaves(value: object, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in UNREAD:
                yield from _leaves(inner, (*place, str(name)))
    elif isinstance(value, (list, tuple)):
        for name, inner in _named(value):
            yield from _leaves(inner, (*place, name))
    elif value is not None and value != "":
        yield place, readable(value)


def _named(items: Sequence) -> Iterator[tuple[str, object]]:
    """Each item by its own key, else by its place."""
    for place, item in enumerate(items):
        own = next((item[name] for name in NAMES if item.get(name)), place) if isinstance(item, Mapping) else place
        yield str(own), item


def readable(value: object) -> str:
    """Text without its tags; a yes or no as a mark that needs no language."""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return " ".join(html.unescape(TAG.sub(" ", str(value))).split())


def _difference(place: tuple[str, ...], before: str | None, after: str | None) -> Difference:
    field = [name for name in place if not name.isdigit()][-1]
    sort = ADDED if before is None else REMOVED if after is None else CHANGED
    left, right = _pieces((before or "").split(), (after or "").split())
    return Difference(field, sort, left, right)


def _pieces(before: list[str], after: list[str]) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    left, right = [], []
    for sort, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if before[i:j]:
            left.append(Piece(" ".join(before[i:j]), sort != "equal"))
        if after[k:m]:
            right.append(Piece(" ".join(after[k:m]), sort != "equal"))
    return tuple(left), tuple(right)


def _moves(before: object, after: object, name: str) -> Iterator[Difference]:
    """Lists whose items stand in another order than before."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for inner in after:
            if inner in before:
                yield from _moves(before[inner], after[inner], str(inner))
    elif isinstance(before, list) and isinstance(after, list):
        old, new = dict(_named(before)), dict(_named(after))
        was, now = [item for item in old if item in new], [item for item in new if item in old]
        if was != now:
            left, right = (Piece(_in_order(side, order), True) for side, order in ((old, was), (new, now)))
            yield Difference(name, MOVED, (left,), (right,))
        for item in now:
            yield from _moves(old[item], new[item], name)


def _in_order(items: Mapping[str, object], names: list[str]) -> str:
    """The items by their first words, in their order."""
    firsts = {name: next((text for _place, text in _leaves(item, ())), name) for name, item in items.items()}
    return "; ".join(firsts[name][:40] for name in names)
