"""What is asked for, which records belong to it, and what of a record an auditor may read. No Django here."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TypeVar
from uuid import UUID

PACK_LIMIT = 20_000  # enrolments in one pack
Item = TypeVar("Item")


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


@dataclass(frozen=True)
class Asked:
    """Whose training, in which course, of which team (and those below it), in which days (both included)."""

    person: UUID | None = None
    course: UUID | None = None
    team: UUID | None = None
    since: date | None = None
    until: date | None = None
    name: str = ""

    @property
    def is_everything(self) -> bool:
        return self == Asked()

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.name.split())

    def facts(self) -> dict[str, str | None]:
        """For the record of a request and the manifest: keys and days, nothing that names a person."""
        return {
            "person": str(self.person) if self.person else None,
            "course": str(self.course) if self.course else None,
            "team": str(self.team) if self.team else None,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
        }


# --- evidence ------------------------------------------------------------------------------------------------------
# Whose payload goes into a pack: names, courses, results, reasons. The others hold what somebody answered, chose or
# was told about an answer; their records are in the pack with the commitment alone, and are checked all the same.
READABLE = frozenset(
    {
        "allowance.granted",
        "certificate.issued",
        "certificate.revoked",
        "course.completed",
        "quiz.handed_in",
        "quiz.marked",
    }
)
# Of nobody in particular: what a course, a rule or a question was said to be.
OF_COURSES = frozenset({"publication.decided", "requirement.saved"})
# Of a person and no training of theirs: a leave moves dates, and what was erased explains payloads that are missing.
OF_PEOPLE = frozenset({"erased", "leave.recorded", "leave.withdrawn"})


@dataclass(frozen=True)
class Known:
    """The keys of what is in a pack, as text; last: the newest record there was when these were read."""

    last: int
    enrolments: frozenset[str]
    assignments: frozenset[str]
    completions: frozenset[str]
    serials: frozenset[str]
    courses: frozenset[str]
    requirements: frozenset[str]
    attempts: frozenset[str]


def belongs(kind: str, facts: Mapping, known: Known) -> bool:
    """Whether a record is about something in the pack; it is of nobody, or of somebody in the pack."""
    if kind in OF_PEOPLE:
        return True
    if kind in OF_COURSES:
        return facts.get("course") in known.courses or facts.get("requirement") in known.requirements
    if "completion" in facts:
        return facts["completion"] in known.completions
    return (
        facts.get("enrolment") in known.enrolments
        or facts.get("assignment") in known.assignments
        or facts.get("serial") in known.serials
        or facts.get("attempt") in known.attempts
    )
