"""Who asks, what comes back, and how it is compared with what the oracle says."""

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from people.models import User
from tests.house.oracle import AHEAD, SHOWS, Oracle, Traces
from tests.house.organisation import Organisation
from training.reminding import Planned, planned

PAGE = 50
FEWEST = 5  # people of whom figures are shown
WORDS_TYPED = ("an", "Nowak", "nowak ann", "q01", "q0", "p11", "example.org", "ow", "kal", "%", "_", "zzz", "ja lis")
NONSENSE = (
    {"show": "everything"},
    {"course": "?"},
    {"page": "0"},
    {"sort": "pay"},
    {"reports": "x"},
    {"ahead": "due-1"},
)
WRONG_PAGES = [wrong["page"] for wrong in NONSENSE if "page" in wrong]
MONDAY = datetime(2026, 3, 23, 14, 30, tzinfo=UTC)  # after eight and before six on every clock there is here
SECTION = re.compile(r"<tbody>(.*?)</tbody>", re.DOTALL)
ROW = re.compile(r"<tr[ >].*?</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd][ >].*?</t[hd]>", re.DOTALL)
Question = Callable[["Asking"], None]
ASKS: dict[str, Question] = {}
OFTEN: dict[Question, int] = {}


def asks(*addresses: str, often: int = 2) -> Callable[[Question], Question]:
    def keep(question: Question) -> Question:
        ASKS.update(dict.fromkeys(addresses, question))
        OFTEN[question] = often
        return question

    return keep


@dataclass(frozen=True)
class Answer:
    status: int
    text: str  # without what every page says of its own reader
    content: bytes
    context: Any

    def rows(self, table: int = 0) -> list[list[str]]:
        """HTML of the cells of each row of a table."""
        bodies = SECTION.findall(self.text)
        return [CELL.findall(row) for row in ROW.findall(bodies[table])] if table < len(bodies) else []

    def number(self, pattern: str) -> int | None:
        found = re.search(pattern, plain(self.text))
        return int(found[1]) if found else None


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ").split())


def inner(text: str) -> str:
    """Of a page without what is the reader's own: its frame, the answers that wait in the browser, the field in which a
    search stands."""
    start, end = text.find("<main"), text.rfind("</main>")
    title = re.search(r"<title>.*?</title>", text, re.DOTALL)
    found = text[start:end] if start >= 0 else text
    found = re.sub(r'<(?:answer-queue|input[^>]*name="(?:q|name)")[^>]*>', "", found)
    return (title[0] if title and start >= 0 else "") + found


class Asking:
    """One session of questions. `asked` is what was asked last, for the message of a failure."""

    def __init__(self, organisation: Organisation, oracle: Oracle, seed: int) -> None:
        self.organisation, self.oracle, self.rng = organisation, oracle, random.Random(seed)
        self.traces = Traces(oracle)
        self.asked = ""
        self.people = list(oracle.people.values())
        self._clients: dict[int, Client] = {}
        self._monday: list[Planned] = []
        self.packs: dict[UUID, int] = {}

    # --- who asks ---
    def reader(self, fits: Callable[[User], bool], chance: float = 0.8) -> User:
        """Mostly somebody whom the screen is for; else anybody."""
        fitting = [one for one in self.people if one.is_active and fits(one)]
        return self.rng.choice(fitting if fitting and self.rng.random() < chance else self.people)

    def client(self, reader: User) -> Client:
        if reader.pk not in self._clients:
            client = self._clients[reader.pk] = Client()
            client.force_login(User.objects.get(pk=reader.pk), backend="django.contrib.auth.backends.ModelBackend")
        return self._clients[reader.pk]

    def get(self, reader: User, name: str, *args: Any, asked: Mapping[str, Any] | None = None) -> Answer | None:
        """None where an account is closed: then there was no way in, which is checked."""
        query = f"?{urlencode(asked, doseq=True)}" if asked else ""
        address = reverse(name, args=args) + query
        self.asked = f"{reader.email} asks {address}"
        response = self.client(reader).get(address)
        if not reader.is_active:
            same("the way in", (response.status_code, response["Location"][:7]), (302, "/login/"))
            return None
        return self._answer(response, asked or {})

    def _answer(self, response: HttpResponse, asked: Mapping[str, Any]) -> Answer:
        content = b"".join(response) if response.streaming else response.content
        text = inner(content.decode(errors="replace"))
        for value in asked.values():
            for said in value if isinstance(value, list) else [value]:
                text = text.replace(said, "") if said in self.traces.owners else text
        return Answer(response.status_code, text, content, getattr(response, "context", None))

    # --- what is asked ---
    def some(self, chance: float, *choices: Any) -> Any:
        """One of them, or "" for not at all."""
        return self.rng.choice(choices) if self.rng.random() < chance else ""

    def team_key(self) -> str:
        return str(self.rng.choice(list(self.oracle.teams.values())).key)

    def course_key(self) -> str:
        return self.rng.choice(list(self.oracle.titles))

    def person(self) -> User:
        return self.rng.choice(self.people)

    def below_or_anybody(self, reader: User) -> User:
        below = sorted(self.oracle.managed(reader))
        return self.oracle.people[self.rng.choice(below)] if below and self.rng.random() < 0.6 else self.person()

    def typed(self, chance: float = 0.3) -> str:
        return self.some(chance, *WORDS_TYPED)

    def selection(self, *sorts: str) -> tuple[dict[str, str], dict[str, str], bool]:
        """(what the oracle is told, what the address says, whether it says something nobody can read)"""
        asked = {
            "show": self.some(0.7, *SHOWS),
            "course": self.some(0.2, self.course_key()),
            "team": self.some(0.15, self.team_key()),
            "ahead": self.some(0.15, *AHEAD),
            "reports": self.some(0.3, "direct", "all"),
            "name": self.typed(0.25),
            "sort": self.some(0.6, *sorts, *(f"-{sort}" for sort in sorts)),
            "page": self.some(0.3, "2", "3", "9"),
        }
        asked = {name: value for name, value in asked.items() if value}
        wrong = self.rng.choice(NONSENSE) if self.rng.random() < 0.05 else {}
        return {name: value for name, value in asked.items() if name not in wrong}, asked | wrong, bool(wrong)

    def monday(self) -> list[Planned]:
        """What goes out in an hour in which everybody's digest is due."""
        if not self._monday:
            self._monday = planned(now=MONDAY, runs=[MONDAY.replace(hour=0, minute=0)])
        return self._monday


# --- comparing -----------------------------------------------------------------------------------------------------
class Differs(AssertionError):
    """What was shown is not what the oracle says."""


def same(what: str, got: Any, expected: Any) -> None:
    if got == expected:
        return
    if isinstance(got, set) and isinstance(expected, set):
        raise Differs(f"{what}: too many {sorted(got - expected)}, missing {sorted(expected - got)}")
    raise Differs(f"{what}: {got!r}, and the oracle says {expected!r}")


def within(what: str, got: set[int], allowed: set[int]) -> None:
    same(f"{what}, of nobody else", got - allowed, set())


def same_rows(what: str, got: list, expected: list, *, in_order: bool = True) -> None:
    """PostgreSQL sorts names by the reader's alphabet, which the oracle does not know: there the order is not asked."""
    shown, known = Counter(map(repr, got)), Counter(map(repr, expected))
    same(what, (shown - known, known - shown), (Counter(), Counter()))
    if in_order and connection.vendor == "sqlite":
        same(f"{what}, in their order", got, expected)


def page_of(rows: list, asked: Mapping[str, Any], name: str = "page") -> list:
    pages = max(1, -(-len(rows) // PAGE))
    number = min(int(asked.get(name) or 1), pages)
    return rows[PAGE * (number - 1) : PAGE * number]


def is_paging_known(rows: list) -> bool:
    """Who is on which page: there is but one, or the database sorts names as Python does."""
    return len(rows) <= PAGE or connection.vendor == "sqlite"


# --- addresses that show nobody ------------------------------------------------------------------------------------
# Those that libraries bring, by where their views are written.
LIBRARIES = {
    "wagtail": "pages, pictures and documents as editors see them; its list of accounts and its home are asked",
    "wagtail_localize": "translations of pages",
    "django": "pages, uploads, and the words of scripts",
    "django_scim": "what the SCIM server can do",
}


def nobody() -> dict[str, str]:
    """{address: why it shows nobody}"""
    reason, found = "", {}
    for line in (Path(__file__).parents[1] / "nobody.txt").read_text().splitlines():
        if line.startswith("because "):
            reason = line.removeprefix("because ")
        elif line.startswith(" "):
            found |= dict.fromkeys(line.split(), reason)
    return found
