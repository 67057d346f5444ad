"""What a list of people would change: who is added, changed, moved, opened again, deactivated; which teams are new and
who manages them; and what is wrong with which row. Two ways to say who works where:

- a column `team` with the path from the top, "Company > Customer service > Front desk". A column `manager` beside it
  says who leads the team of that row; of who leads a team, the row does not (their own manager leads the team above);
- no column `team`: each manager has a team of their own name, below the team in which they are themselves.

An empty cell leaves what is there; the tags of a cell are all that somebody has from then on. Teams are only added,
never renamed, moved or removed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from people.rules.table import Row, Table
from people.rules.zones import time_zones

Path = tuple[str, ...]
LANGUAGES = ("pl", "lv", "en")
LONGEST = {"email": 254, "first_name": 150, "last_name": 150, "job_role": 80, "location": 80}
LONGEST_TAG = 80
FACTS = ("first_name", "last_name", "job_role", "location", "tags", "language", "time_zone")
LONGEST_TEAM = 120
DEEPEST = 20
# Deactivating more than one in ten stops and asks.
MANY = 10
ADDRESS = re.compile(r"[^@\s,;<>\"()\[\]\\]+@[^@\s,;<>\"()\[\]\\.]+(\.[^@\s,;<>\"()\[\]\\.]+)+")
NOT_ONE_LINE = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True)
class Person:
    email: str
    first_name: str
    last_name: str
    team: Path
    job_role: str
    language: str
    location: str = ""
    tags: str = ""  # as tags_text writes them
    time_zone: str = ""
    is_active: bool = True
    is_admin: bool = False  # never deactivated by a list

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email


@dataclass(frozen=True)
class State:
    """What stands here before the import."""

    people: Mapping[str, Person]
    teams: Counter  # how many teams have this path, in folded letters
    managers: Mapping[Path, frozenset[str]]  # who manages the team of this (folded) path today
    leads: Mapping[str, tuple[Path, ...]]  # the other way round


@dataclass(frozen=True)
class Problem:
    row: int
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One person of the list. `changes` are (fact, before, after), to be read; for who is new, before is empty."""

    row: int
    email: str
    name: str
    is_new: bool
    returns: bool
    changes: tuple[tuple[str, str, str], ...]
    team: Path  # where they go; empty: they stay

    @property
    def is_moved(self) -> bool:
        return not self.is_new and bool(self.team)

    @property
    def is_changed(self) -> bool:
        return not self.is_new and any(fact != "team" for fact, _before, _after in self.changes)


@dataclass(frozen=True)
class Plan:
    entries: tuple[Entry, ...]  # without those of whom nothing changes
    unchanged: int
    leaving: tuple[str, ...]
    new_teams: tuple[Path, ...]  # parents first
    managers: tuple[tuple[Path, str], ...]  # from the day of the import
    problems: tuple[Problem, ...]
    active: int  # who had an open account before

    @property
    def deactivates_many(self) -> bool:
        return len(self.leaving) * MANY > self.active

    @property
    def is_empty(self) -> bool:
        return not (self.entries or self.leaving or self.new_teams or self.managers)


def path_of(text: str) -> Path:
    return tuple(" ".join(name.split()) for name in text.split(">"))


def path_text(path: Path) -> str:
    return " > ".join(path)


def tags_of(text: str) -> list[str]:
    return sorted({" ".join(tag.split()) for tag in text.split(",")} - {""})


def tags_text(tags: Iterable[str]) -> str:
    return ", ".join(sorted(tags))


def folded(path: Path) -> Path:
    """As paths are compared: neither capitals nor spaces make two teams of one."""
    return tuple(" ".join(name.split()).casefold() for name in path)


def circles_in(above: Mapping[str, str]) -> dict[str, list[str]]:
    """Of everybody who is, some steps up, their own manager: the way round. Walks each chain once."""
    circles: dict[str, list[str]] = {}
    seen: set[str] = set()
    for start in above:
        walked: dict[str, None] = {}  # in the order of the walk
        at = start
        while at in above and at not in seen:
            seen.add(at)
            walked[at] = None
            at = above[at]
        if at in walked:
            way = list(walked)
            circle = way[way.index(at) :]
            circles |= {email: [*circle[n:], *circle[:n], email] for n, email in enumerate(circle)}
    return circles


def plan(table: Table, state: State, *, is_complete: bool) -> Plan:
    return _Planner(table, state, is_complete).plan()


@dataclass
class _Line:
    """A row that has as many cells as there are headings."""

    number: int
    cells: dict[str, str]

    @property
    def email(self) -> str:
        return self.cells["email"].lower()

    @property
    def manager(self) -> str:
        return self.cells.get("manager", "").lower()


class _Planner:
    def __init__(self, table: Table, state: State, is_complete: bool) -> None:
        self.table, self.state, self.is_complete = table, state, is_complete
        self.problems: list[Problem] = []
        self.lines = [line for row in table.rows if (line := self._line(row))]
        self.by_email = {line.email: line for line in reversed(self.lines)}
        self.stays = set(self.by_email) | {
            person.email
            for person in state.people.values()
            if person.is_active and (person.is_admin or not is_complete)
        }
        self.names = self._names_of_managers()
        self.spelling: dict[Path, Path] = {}  # how a team is written where it is first met

    def plan(self) -> Plan:
        self._check_lines()
        self._check_managers()
        bad = {problem.row for problem in self.problems}
        good = [line for line in self.lines if line.number not in bad]
        teams = self._teams(good)
        managers = self._managers(good, teams)
        entries = [self._entry(line, teams.get(line.email, ())) for line in good]
        changed = [entry for entry in entries if entry.is_new or entry.returns or entry.changes]
        return Plan(
            entries=tuple(changed),
            unchanged=len(entries) - len(changed),
            leaving=self._leaving(),
            new_teams=self._new_teams(teams.values()),
            managers=managers,
            problems=tuple(sorted(self.problems, key=lambda problem: problem.row)),
            active=sum(person.is_active for person in self.state.people.values()),
        )

    def _line(self, row: Row) -> _Line | None:
        if len(row.cells) != len(self.table.headings):
            self._problem(row.number, "cells", found=len(row.cells), expected=len(self.table.headings))
            return None
        cells = {column: cell for column, cell in zip(self.table.columns, row.cells, strict=True) if column}
        return _Line(row.number, cells)

    def _problem(self, number: int, code: str, /, **facts: object) -> None:
        self.problems.append(Problem(number, code, facts))

    # --- each row by itself
    def _check_lines(self) -> None:
        first: dict[str, int] = {}
        for line in self.lines:
            if line.email and first.setdefault(line.email, line.number) != line.number:
                self._problem(line.number, "twice", row=first[line.email])
            self._check(line)

    def _check(self, line: _Line) -> None:
        if not line.email:
            return self._problem(line.number, "no-email")
        if not ADDRESS.fullmatch(line.email):
            return self._problem(line.number, "email", email=line.email)
        for column, cell in line.cells.items():
            if NOT_ONE_LINE.search(cell):
                self._problem(line.number, "not-one-line", column=column)
            elif len(cell) > LONGEST.get(column, len(cell)):
                self._problem(line.number, "too-long", column=column, longest=LONGEST[column])
        known = self.state.people.get(line.email)
        for column in ("first_name", "last_name"):
            if not line.cells.get(column) and not (known and getattr(known, column)):
                self._problem(line.number, "no-name", column=column)
        if line.cells.get("language", "").lower() not in ("", *LANGUAGES):
            self._problem(line.number, "language", language=line.cells["language"])
        if any(len(tag) > LONGEST_TAG for tag in tags_of(line.cells.get("tags", ""))):
            self._problem(line.number, "too-long", column="tags", longest=LONGEST_TAG)
        if line.cells.get("time_zone") and line.cells["time_zone"] not in time_zones():
            self._problem(line.number, "time-zone", time_zone=line.cells["time_zone"])
        if line.cells.get("team"):
            self._check_team(line)
        return None

    def _check_team(self, line: _Line) -> None:
        path = path_of(line.cells["team"])
        if all(path):
            self._check_path(line, path)
        else:
            self._problem(line.number, "team-nameless")

    def _check_path(self, line: _Line, path: Path) -> None:
        if len(path) > DEEPEST or max(map(len, path)) > LONGEST_TEAM:
            self._problem(line.number, "team-too-long", levels=DEEPEST, letters=LONGEST_TEAM)
        elif any(self.state.teams[folded(path[:depth])] > 1 for depth in range(1, len(path) + 1)):
            self._problem(line.number, "team-ambiguous", team=path_text(path))

    # --- who leads whom
    def _check_managers(self) -> None:
        above = {email: line.manager for email, line in self.by_email.items() if line.manager}
        circles = circles_in(above)
        for line in self.lines:
            if not line.manager:
                continue
            if line.manager not in self.stays:
                self._problem(line.number, "manager-unknown", manager=line.manager)
            elif line.email in circles:
                self._problem(line.number, "manager-cycle", chain=" > ".join(circles[line.email]))
            elif not self.table.has("team"):
                self._check_chain(line)

    def _check_chain(self, line: _Line) -> None:
        if line.manager not in self.by_email and not self._leads_one(line.manager):
            self._problem(line.number, "manager-without-team", manager=line.manager)
        else:
            self._check_path(line, self._led_by(line.manager))

    def _chain(self, manager: str) -> list[str]:
        """From this manager up, as far as the list goes; no further than would be refused."""
        chain: list[str] = []
        while manager in self.by_email and manager not in chain and len(chain) <= DEEPEST:
            chain.append(manager)
            manager = self.by_email[manager].manager
        return chain

    def _leads_one(self, email: str) -> bool:
        return len(self.state.leads.get(email, ())) == 1

    # --- who works where
    def _teams(self, lines: list[_Line]) -> dict[str, Path]:
        if self.table.has("team"):
            return {line.email: self._spelled(path_of(line.cells["team"])) for line in lines if line.cells["team"]}
        return {line.email: self._spelled(self._led_by(line.manager)) for line in lines if line.manager}

    def _names_of_managers(self) -> dict[str, str]:
        names = {line.manager: self._name(line.manager) for line in self.lines if line.manager}
        count = Counter(name.casefold() for name in names.values())
        return {email: name if count[name.casefold()] == 1 else f"{name} ({email})" for email, name in names.items()}

    def _led_by(self, manager: str) -> Path:
        chain = self._chain(manager)
        top = self.by_email[chain[-1]].manager if chain else manager
        above = self.state.leads[top][0] if self._leads_one(top) else ()
        return (*above, *(self.names[email] for email in reversed(chain)))

    def _name(self, email: str) -> str:
        known = self.state.people.get(email)
        cells = self.by_email[email].cells if email in self.by_email else {}
        first = cells.get("first_name") or (known.first_name if known else "")
        last = cells.get("last_name") or (known.last_name if known else "")
        return " ".join(f"{first} {last}".replace(">", " ").split())[:LONGEST_TEAM].strip() or email

    def _spelled(self, path: Path) -> Path:
        return self.spelling.setdefault(folded(path), path)

    def _managers(self, lines: list[_Line], teams: dict[str, Path]) -> tuple[tuple[Path, str], ...]:
        members: dict[Path, list[_Line]] = defaultdict(list)
        for line in lines:
            if line.manager and line.email in teams:
                members[teams[line.email]].append(line)
            elif line.manager:
                self._problem(line.number, "manager-of-no-team")
        found = [(team, self._manager_of(team_lines)) for team, team_lines in members.items()]
        return tuple(sorted((team, email) for team, email in found if self._is_news(team, email)))

    def _manager_of(self, lines: list[_Line]) -> str:
        named = {line.manager for line in lines}
        below = [line for line in lines if line.email not in named]  # never empty: nobody is on a circle
        for line in below[1:]:
            if line.manager != below[0].manager:
                self._problem(line.number, "manager-differs", row=below[0].number, manager=below[0].manager)
        return below[0].manager

    def _is_news(self, team: Path, email: str) -> bool:
        return self.state.managers.get(folded(team)) != frozenset({email})

    # --- what comes of it
    def _entry(self, line: _Line, team: Path) -> Entry:
        known = self.state.people.get(line.email)
        said = line.cells | {
            "language": line.cells.get("language", "").lower(),
            "tags": tags_text(tags_of(line.cells.get("tags", ""))),
        }
        changes = [
            (fact, getattr(known, fact) if known else "", said[fact])
            for fact in FACTS
            if said.get(fact) and (known is None or getattr(known, fact) != said[fact])
        ]
        goes = team if known is None or folded(known.team) != folded(team) else ()
        if goes:
            changes.append(("team", path_text(known.team) if known else "", path_text(goes)))
        return Entry(
            row=line.number,
            email=line.email,
            name=self._name(line.email),
            is_new=known is None,
            returns=known is not None and not known.is_active,
            changes=tuple(changes),
            team=goes,
        )

    def _leaving(self) -> tuple[str, ...]:
        """Not in the list, in however broken a row."""
        active = (person.email for person in self.state.people.values() if person.is_active)
        return tuple(sorted(email for email in active if email not in self.stays))

    def _new_teams(self, paths: Iterable[Path]) -> tuple[Path, ...]:
        wanted = {folded(path[:depth]): path[:depth] for path in sorted(paths) for depth in range(1, len(path) + 1)}
        new = [path for key, path in wanted.items() if not self.state.teams[key]]
        return tuple(sorted(new, key=lambda path: (len(path), path)))
