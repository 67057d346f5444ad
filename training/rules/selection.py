"""What a manager asked to see: which trainings, of whom, in which order, which page. Read from an address and written
into one. No Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode
from uuid import UUID

from training.rules.status import NEEDS_ATTENTION, Status

PAGE = 50
PRINTED = 2_000  # rows on paper; who needs more takes the export
NAME_LIMIT = 100


@dataclass(frozen=True)
class Shown:
    """Which trainings a word of SHOWN stands for: those of these statuses, and those due soon where due_soon."""

    statuses: frozenset[Status] = frozenset()
    due_soon: bool = False

    def holds(self, status: Status, is_due_soon: bool) -> bool:
        return status in self.statuses or (self.due_soon and is_due_soon)

    @property
    def is_near(self) -> bool:
        """Only what is to be done, or runs out, within EXPIRES_SOON at the latest."""
        return self.statuses <= set(NEEDS_ATTENTION)


ATTENTION, EVERYTHING = "attention", "all"
SHOWN = {
    ATTENTION: Shown(frozenset(NEEDS_ATTENTION), due_soon=True),
    "due_soon": Shown(due_soon=True),
    "late": Shown(frozenset({Status.OVERDUE, Status.EXPIRED})),
    "settled": Shown(frozenset({Status.FINISHED, Status.EXPIRES_SOON, Status.WAIVED})),
    **{status.value: Shown(frozenset({status})) for status in Status},
    EVERYTHING: Shown(frozenset(Status)),
}
# What lies ahead: (falls due, or runs out; within so many days). Each narrows whatever else is shown.
AHEAD = {f"{what}-{days}": (what, days) for what in ("due", "expires") for days in (30, 60, 90)}
# Who needs somebody first, comes first.
URGENCY = ("overdue", "expired", "due_soon", "expires_soon", "not_started", "in_progress", "finished", "waived")
SORTS = ("urgency", "person", "team", "course", "due", "valid_until")


def urgency(status: Status, is_due_soon: bool) -> int:
    """0 for what comes first. AssignmentQuerySet.with_urgency says the same in SQL."""
    return next(rank for rank, show in enumerate(URGENCY) if SHOWN[show].holds(status, is_due_soon))


@dataclass(frozen=True)
class Selection:
    """`unknown` names the parameters that said something we do not have: nothing is shown as if they had been kept."""

    show: str = ATTENTION
    course: str = ""
    team: str = ""
    ahead: str = ""
    only_direct: bool = False
    name: str = ""
    sort: str = "urgency"
    is_descending: bool = False
    page: int = 1
    is_printed: bool = False
    unknown: tuple[str, ...] = field(default=(), compare=False)

    def but(self, **changes) -> "Selection":
        """The same list seen otherwise: it begins again at its first page."""
        return replace(self, **{"page": 1, **changes})

    def sorted_by(self, sort: str) -> "Selection":
        """A second time the same order: turned round."""
        return self.but(sort=sort, is_descending=sort == self.sort and not self.is_descending)


@dataclass(frozen=True)
class Screen:
    """What a screen shows when its address says nothing."""

    show: str
    sort: str
    sorts: tuple[str, ...]

    @property
    def default(self) -> Selection:
        return Selection(show=self.show, sort=self.sort)


TRAININGS = Screen(show=ATTENTION, sort="urgency", sorts=SORTS)
FORECAST = Screen(show=EVERYTHING, sort="team", sorts=("team",))
COURSES = Screen(show=EVERYTHING, sort="person", sorts=("person", "team"))


def parse(asked: Mapping[str, str], screen: Screen) -> Selection:
    """Never raises: what it cannot read is left out and named in `unknown`."""
    sort = asked.get("sort") or screen.sort
    read = {
        "show": _one_of(asked.get("show") or screen.show, SHOWN),
        "course": _key(asked.get("course", "")),
        "team": _key(asked.get("team", "")),
        "ahead": _one_of(asked.get("ahead", ""), ("", *AHEAD)),
        "reports": _one_of(asked.get("reports", ""), ("", "all", "direct")),
        "name": _name(asked.get("name", "")),
        "sort": _one_of(sort.removeprefix("-"), screen.sorts),
        "page": _page(asked.get("page", "")),
        "print": _one_of(asked.get("print", ""), ("", "1")),
    }
    return Selection(
        show=read["show"] or screen.show,
        course=read["course"] or "",
        team=read["team"] or "",
        ahead=read["ahead"] or "",
        only_direct=read["reports"] == "direct",
        name=read["name"] or "",
        sort=read["sort"] or screen.sort,
        is_descending=bool(read["sort"]) and sort.startswith("-"),
        page=int(read["page"] or 1),
        is_printed=read["print"] == "1",
        unknown=tuple(name for name, value in read.items() if value is None),
    )


def query(selection: Selection, screen: Screen) -> str:
    """The shortest address that `parse` reads as this selection: "" for what the screen shows anyway."""
    default = screen.default
    said = {
        "show": selection.show if selection.show != default.show else "",
        "course": selection.course,
        "team": selection.team,
        "ahead": selection.ahead,
        "reports": "direct" if selection.only_direct else "",
        "name": selection.name,
        "sort": _sort(selection) if _sort(selection) != default.sort else "",
        "page": str(selection.page) if selection.page > 1 else "",
        "print": "1" if selection.is_printed else "",
    }
    written = urlencode({name: value for name, value in said.items() if value})
    return f"?{written}" if written else ""


def _sort(selection: Selection) -> str:
    return f"-{selection.sort}" if selection.is_descending else selection.sort


def _one_of(value: str, known) -> str | None:
    return value if value in known else None


def _key(value: str) -> str | None:
    try:
        return str(UUID(value)) if value else ""
    except ValueError:
        return None


def _name(value: str) -> str | None:
    name = " ".join(value.split())
    return name if len(name) <= NAME_LIMIT and "\x00" not in name else None


def _page(value: str) -> str | None:
    if not value:
        return "1"
    return value if value.isascii() and value.isdigit() and 0 < len(value) <= 7 and int(value) > 0 else None


@dataclass(frozen=True)
class Page:
    number: int
    pages: int
    total: int
    size: int

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        return min(self.start + self.size, self.total)

    @property
    def first(self) -> int:
        """The place of its first row, as people count."""
        return self.start + 1

    @property
    def before(self) -> int:
        return self.number - 1

    @property
    def after(self) -> int:
        """0 when this is the last."""
        return self.number + 1 if self.number < self.pages else 0


def page_of(total: int, selection: Selection) -> Page:
    """The page asked for; the last one where the list has become shorter."""
    size = PRINTED if selection.is_printed else PAGE
    pages = max(1, -(-total // size))
    return Page(number=1 if selection.is_printed else min(selection.page, pages), pages=pages, total=total, size=size)
