"""What lies ahead of the people below a manager, team by team; and how the months before were."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from people.models import User
from people.rules import alphabet
from training import words
from training.models import Assignment
from training.models.assignments import GOOD_UNTIL
from training.reports.links import Link, Links
from training.reports.scope import Scope, ahead_q, scope_of
from training.rules import trend
from training.rules.selection import AHEAD, EVERYTHING, FORECAST, TRAININGS, Page, Selection, page_of


def _name(ahead: str) -> str:
    return ahead.replace("-", "_")


NAMES = [_name(ahead) for ahead in AHEAD]


@dataclass(frozen=True)
class TeamAhead:
    """counts: a link to each list that is not empty, in the order of AHEAD."""

    team: str
    counts: list[Link]


@dataclass(frozen=True)
class Forecast:
    selection: Selection
    links: Links
    page: Page
    headings: list[str]
    teams: list[TeamAhead]
    totals: list[Link]
    months: list[trend.Month]
    bars: list[trend.Bar]

    @property
    def has_any(self) -> bool:
        return any(link.count for link in self.totals)

    @property
    def has_past(self) -> bool:
        return any(month.total for month in self.months)


def forecast(*, manager: User, selection: Selection, now: datetime, today: date, language: str) -> Forecast:
    selection = replace(selection, ahead="")  # the page shows them all; it narrows the lists that its figures lead to
    scope = scope_of(manager=manager, selection=selection, now=now, today=today, language=language)
    groups = all_rows(scope, today)
    totals = {name: sum(row[name] for row in groups) for name in NAMES}
    page = page_of(len(groups), selection)
    past = months(scope, selection.course, today)
    return Forecast(
        selection=selection,
        links=Links(selection, FORECAST, page, scope.courses, scope.team),
        page=page,
        headings=[str(words.AHEAD[ahead]) for ahead in AHEAD],
        teams=[
            TeamAhead(row["person__team__name"], _links(selection, str(row["person__team__key"]), row))
            for row in groups[page.start : page.end]
        ],
        totals=_links(selection, selection.team, totals),
        months=past,
        bars=trend.bars(past),
    )


def _links(selection: Selection, team: str, counts: dict) -> list[Link]:
    found = []
    for ahead, word in words.AHEAD.items():
        asked = Selection(
            show=EVERYTHING,
            course=selection.course,
            team=team,
            ahead=ahead,
            only_direct=selection.only_direct,
            name=selection.name,
        )
        links = Links(asked, TRAININGS, Page(1, 1, 0, 1), {})
        found.append(Link(name=ahead, label=word, query=links.to(asked), count=counts[_name(ahead)]))
    return found


def all_rows(scope: Scope, today: date) -> list[dict]:
    """Teams for which anything lies ahead, by name: {"person__team__name", and a count for each of NAMES}."""
    counts = {_name(ahead): Count("pk", filter=ahead_q(ahead, today)) for ahead in AHEAD}
    last = today + timedelta(days=max(days for _what, days in AHEAD.values()))
    rows = scope.assignments.filter(ends_on__lte=last).values("person__team__key", "person__team__name")
    groups = rows.annotate(**counts).order_by("person__team__key")
    found = groups.values("person__team__key", "person__team__name", *counts)
    return sorted(
        (row for row in found if any(map(row.get, counts))),
        key=lambda row: alphabet.key(row["person__team__name"] or ""),
    )


def months(scope: Scope, course: str, today: date) -> list[trend.Month]:
    """From the records as they stand: who was asked for what at the end of a month, and what was good then. Months end
    by the organisation's clock, so that every manager reads the same."""
    rows = Assignment.objects.of(scope.people).annotate(good=GOOD_UNTIL).order_by()
    if course:
        rows = rows.filter(enrolment__course_key=course)
    ends = trend.month_ends(today)
    counts = {}
    for place, day in enumerate(ends):
        moment = datetime.combine(day + timedelta(days=1), time.min, timezone.get_default_timezone())
        there = Q(assigned_at__lt=moment) & (Q(released_at=None) | Q(released_at__gte=moment))
        there &= Q(replaced_at=None) | Q(replaced_at__gte=moment)
        done = Q(enrolment_completed_at__lt=moment) | Q(equivalent_on__lte=day)
        settled = Q(waived_at__lt=moment) | done & (Q(good=None) | Q(good__gte=day))
        counts[f"total_{place}"] = Count("pk", filter=there)
        counts[f"settled_{place}"] = Count("pk", filter=there & settled)
    found = rows.aggregate(**counts)
    return [trend.Month(day, found[f"total_{place}"], found[f"settled_{place}"]) for place, day in enumerate(ends)]
