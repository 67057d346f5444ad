"""What is published, read once a process: a StepVersion never changes, and which one is current changes rarely."""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from courses import rules
from courses.models import CourseVersion, Publication, StepVersion

# A course's own page has texts only, so that its structure is always the same.
COURSE_STRUCTURE = rules.structure_sha256("course", {})
AT_MOST = 256  # course versions kept
FACTS_AT_MOST = 2048  # step versions of which a fact is kept

T = TypeVar("T")

Languages = dict[str, StepVersion]
Texts = dict[tuple[str, str], Languages]  # by (key of a step or of the course, its structure)

_kept: dict[int, tuple[tuple, Texts]] = {}


@lru_cache(maxsize=512)
def content(version_id: int) -> dict:
    """The content of a StepVersion. Shared between requests: read it, never change it."""
    return StepVersion.objects.values_list("content", flat=True).get(pk=version_id)


@lru_cache(maxsize=512)
def numbered(version_id: int) -> StepVersion:
    """The version without its content; shared between requests."""
    return StepVersion.objects.defer("content").get(pk=version_id)


@lru_cache(maxsize=512)
def named(step_key: UUID, structure: str, sha256: str) -> StepVersion:
    """The version of that name, without its content; shared between requests. Raises StepVersion.DoesNotExist."""
    same = StepVersion.objects.filter(step_key=step_key, structure_sha256=structure)
    return same.defer("content").get(sha256=sha256)


class Fact(Generic[T]):
    """What follows from a part of a version's content: as a version never changes, worked out once a process. names:
    where it stands in the content ("body__blocks"); made takes what stands there."""

    _all: list["Fact"] = []

    def __init__(self, *names: str, made: Callable[..., T]) -> None:
        self.names, self.made = names, made
        self._known: dict[int, T] = {}
        self._all.append(self)

    def of(self, version_ids: Collection[int]) -> dict[int, T]:
        """{version id: what follows}. One query for all that are new, none where there are none."""
        wanted, known = set(version_ids), self._known  # another thread may forget it meanwhile
        found = {pk: known[pk] for pk in wanted if pk in known}
        if missing := wanted - found.keys():
            read = StepVersion.objects.filter(pk__in=missing).order_by()
            rows: Iterable[Any] = read.values_list("pk", *(f"content__{name}" for name in self.names))
            new = {pk: self.made(*parts) for pk, *parts in rows}
            self._known = new if len(known) + len(new) > FACTS_AT_MOST else known | new
            found |= new
        return found

    @classmethod
    def forget(cls) -> None:
        for fact in cls._all:
            fact._known = {}


def texts(course_versions: Iterable[CourseVersion]) -> dict[int, Texts]:
    """{course version id: the newest version in each language of each step it pins, and of the course's own page}.

    A language that does not have the pinned structure yet gives its own older version, whole: never a mixture.
    One query that asks whether anything was published since, and a second one only then. Shared between requests, the
    versions come without their content."""
    wanted = {version.pk: version for version in course_versions}
    stamp = Publication.objects.stamp()
    found = {pk: kept[1] for pk in wanted if (kept := _kept.get(pk)) and kept[0] == stamp}
    missing = [version for pk, version in wanted.items() if pk not in found]
    if missing:
        read = _read(missing)
        if len(_kept) + len(read) > AT_MOST:
            _kept.clear()
        _kept.update({pk: (stamp, texts) for pk, texts in read.items()})
        found |= read
    return found


def forget() -> None:
    content.cache_clear()
    numbered.cache_clear()
    named.cache_clear()
    _kept.clear()
    Fact.forget()


def _read(course_versions: list[CourseVersion]) -> dict[int, Texts]:
    places = {version.pk: _places(version) for version in course_versions}
    published: dict[str, list[Publication]] = {}
    for row in Publication.objects.of_each_structure({key for of_one in places.values() for key, _structure in of_one}):
        row.version.module_key = row.module  # type: ignore[attr-defined]
        published.setdefault(str(row.step_key), []).append(row)
    return {
        pk: {
            (key, structure): found
            for key, structure in of_one
            if (found := _spoken(published.get(key, []), structure))
        }
        for pk, of_one in places.items()
    }


def _spoken(published: list[Publication], structure: str) -> Languages:
    """The newest version of this structure in each language; of a language that lags behind it, its newest version of
    an older one. What is newer than the structure is for those who began later. published: in the order of time."""
    pinned = {row.language: row.version for row in published if row.structure_sha256 == structure}
    since = min((row.since for row in published if row.structure_sha256 == structure), default=0)  # type: ignore[attr-defined]
    older = {row.language: row.version for row in published if row.since < since}  # type: ignore[attr-defined]
    return pinned | {language: version for language, version in older.items() if language not in pinned}


def _places(version: CourseVersion) -> list[tuple[str, str]]:
    return [(step.key, step.structure) for step in version.steps] + [(str(version.course_key), COURSE_STRUCTURE)]
