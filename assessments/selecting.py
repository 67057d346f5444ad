"""Which step, version, days and attempts an analysis is about: what both wings ask in the same way."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext

from courses.models import Publication, StepVersion
from courses.reports import in_language

FIRST, ALL = "first", "all"  # of the attempts of a person


@dataclass(frozen=True)
class Selection:
    """Which attempts. structure: of the version. language: in which they began, "" for all."""

    structure: str = ""
    since: date | None = None
    until: date | None = None
    language: str = ""
    attempts: str = FIRST


def language_name(code: str) -> str:
    return str(dict(settings.LANGUAGES)[code])


def published(kind: str, language: str) -> dict[UUID, StepVersion]:
    """{step key: as it reads now}, of all that were ever published, in the reader's language if there is one."""
    keys = StepVersion.objects.filter(kind=kind).values_list("step_key", flat=True).distinct()
    found: dict[UUID, dict[str, StepVersion]] = {}
    for row in Publication.objects.newest(keys):
        found.setdefault(row.step_key, {})[row.language] = row.version
    return {key: in_language(versions, language) for key, versions in found.items()}


def newest(step_key: UUID, language: str, structure: str) -> StepVersion | None:
    """The step of that structure as it reads now, in the reader's language if there is one."""
    found = {row.language: row.version for row in Publication.objects.newest([step_key], [structure])}
    return in_language(found, language) if found else None


def title(step_key: UUID, language: str) -> str:
    """Of a step that was published, whatever its structure."""
    return in_language({row.language: row.version for row in Publication.objects.newest([step_key])}, language).title


@dataclass(frozen=True)
class Structure:
    sha256: str
    since: datetime
    attempts: int

    @property
    def label(self) -> str:
        words = {"day": date_format(timezone.localtime(self.since), "DATE_FORMAT"), "count": self.attempts}
        return (
            ngettext(
                "published on %(day)s, %(count)d attempt", "published on %(day)s, %(count)d attempts", self.attempts
            )
            % words
        )


def structures(attempts: QuerySet) -> list[Structure]:
    """The versions met in these attempts, newest first. Texts and languages do not tell versions apart."""
    counted = (
        attempts.order_by()
        .values("version__structure_sha256")
        .annotate(times=Count("pk"), since=Min("version__created_at"))
        .order_by("-since")
    )
    return [Structure(row["version__structure_sha256"], row["since"], row["times"]) for row in counted]


def within(field: str, since: date | None, until: date | None) -> Q:
    """From the midnight before the first day to the one after the last, by the clock of the site."""
    days = Q()
    if since:
        days &= Q(**{f"{field}__gte": _midnight(since)})
    if until:
        days &= Q(**{f"{field}__lt": _midnight(until + timedelta(days=1))})
    return days


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())
