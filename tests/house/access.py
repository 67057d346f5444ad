"""Who gets what at which address: reads access.txt and access_cms.txt, the declared outcomes, one line an address and
verb."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from django.http import HttpResponse

TABLE = Path(__file__).with_name("access.txt")
CMS_TABLE = Path(__file__).with_name("access_cms.txt")
ROLES = ("anonymous", "ana", "obcy", "marek", "irena", "ela", "publisher", "auditor", "admin")
STAFF = ("ela", "publisher", "admin")
VERBS = ("GET", "POST")
REFUSALS = {"login", "missing", "denied", "method"}


@dataclass(frozen=True)
class Row:
    """What everybody gets at one address. `variant` tells two objects behind one address apart: step#quiz."""

    url: str
    variant: str
    verb: str
    outcomes: dict[str, str]  # by role

    @property
    def label(self) -> str:
        return f"{self.url}#{self.variant}" if self.variant else self.url


def declared(table: Path = TABLE, roles: tuple[str, ...] = ROLES) -> Iterator[Row]:
    for line in table.read_text().splitlines():
        words = line.partition("#  ")[0].split()
        if not words or words[0] == "#":
            continue
        label, verb, *outcomes = words
        url, _, variant = label.partition("#")
        if len(outcomes) == 1:
            outcomes *= len(roles)
        yield Row(url, variant, verb, dict(zip(roles, outcomes, strict=True)))


def outcome(response: HttpResponse) -> str:
    """The word for what a response means to the person who asked."""
    status = response.status_code
    if status in (HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.MOVED_PERMANENTLY):
        return "login" if response["Location"].startswith("/login/") else "redirect"
    words = {
        HTTPStatus.OK: "ok",
        HTTPStatus.NO_CONTENT: "ok",
        HTTPStatus.BAD_REQUEST: "invalid",
        HTTPStatus.UNPROCESSABLE_ENTITY: "invalid",
        HTTPStatus.CONFLICT: "conflict",
        HTTPStatus.FORBIDDEN: "denied",
        HTTPStatus.NOT_FOUND: "missing",
        HTTPStatus.GONE: "gone",
        HTTPStatus.METHOD_NOT_ALLOWED: "method",
        HTTPStatus.TOO_MANY_REQUESTS: "throttled",
    }
    return words.get(HTTPStatus(status), str(status))
