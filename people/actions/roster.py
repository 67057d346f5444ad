"""The only writer of imported lists: keeps one with what it would do, and does exactly that or nothing."""

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from people import actions, witness
from people.actions import teams as tree
from people.models import PersonTag, RosterImport, Team, TeamLead, User
from people.rules import roster, table
from people.rules.roster import Path, Plan

KEPT_FOR = timedelta(days=7)


class Stale(Exception):
    """People or teams changed since the list was shown: what it would do now is something else."""


class HasProblems(Exception):
    """All rows or none: some cannot be read."""


class TooMany(Exception):
    """More than one in ten would be deactivated, and nobody said that this is meant."""


class AppliedAlready(Exception):
    """A second click."""


def read_state(*, lock: bool = False) -> roster.State:
    """Who and what is here. Locked: nobody changes it before this transaction ends."""
    held = Team.objects.select_for_update(no_key=True) if lock else Team.objects.all()
    teams = list(held.order_by("path"))
    people = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
    paths = _paths(teams)
    tags: dict[int, set[str]] = defaultdict(set)
    for tagged, name in PersonTag.objects.values_list("person", "name"):
        tags[tagged].add(name)
    by_pk: dict[int, roster.Person] = {}
    for person in people.order_by("pk"):
        by_pk[person.pk] = roster.Person(
            email=person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            team=paths[person.team_id] if person.team_id else (),
            job_role=person.job_role,
            language=person.language,
            location=person.location,
            tags=roster.tags_text(tags[person.pk]),
            time_zone=person.time_zone,
            is_active=person.is_active,
            is_admin=person.is_superuser,
        )
    managers: dict[Path, set[str]] = defaultdict(set)
    leads: dict[str, list[Path]] = defaultdict(list)
    today = TeamLead.objects.on(timezone.localdate()).filter(kind=TeamLead.Kind.MANAGER).order_by("team__path", "pk")
    for team, person in today.values_list("team", "person"):
        managers[roster.folded(paths[team])].add(by_pk[person].email)
        leads[by_pk[person].email].append(paths[team])
    return roster.State(
        people={person.email: person for person in by_pk.values()},
        teams=Counter(roster.folded(path) for path in paths.values()),
        managers={path: frozenset(emails) for path, emails in managers.items()},
        leads={email: tuple(found) for email, found in leads.items()},
    )


def _paths(teams: list[Team]) -> dict[int, Path]:
    """Of each team by its pk: the names from the top. `teams` come in the order of the tree."""
    named: dict[str, Path] = {}
    for team in teams:
        above = named.get(team.path[: -Team.steplen], ())
        named[team.path] = (*above, team.name)
    return {team.pk: named[team.path] for team in teams}


def plan_of(kept: RosterImport, *, lock: bool = False) -> Plan:
    """Raises table.BadTable."""
    return roster.plan(table_of(kept), read_state(lock=lock), is_complete=kept.is_complete)


def table_of(kept: RosterImport) -> table.Table:
    return table.read(table.decode(bytes(kept.content), kept.encoding), kept.delimiter)


def fingerprint(plan: Plan) -> str:
    return hashlib.sha256(json.dumps(asdict(plan), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def keep(
    *,
    by: User | None,
    file_name: str,
    content: bytes,
    encoding: str = "",
    delimiter: str = "",
    is_complete: bool,
    sends_invitations: bool,
    limits: table.Limits = table.ON_SCREEN,
) -> RosterImport:
    """Keep a list until somebody says yes; encoding and delimiter are guessed where they are not given.

    Raises table.BadTable. What others left behind for a week goes.
    """
    RosterImport.objects.filter(applied_at=None, created_at__lt=timezone.now() - KEPT_FOR).delete()
    encoding = encoding or table.guess_encoding(content)
    text = table.decode(content, encoding, limits)
    delimiter = delimiter or table.guess_delimiter(text)
    table.read(text, delimiter, limits)  # what cannot be read is not kept
    return RosterImport.objects.create(
        by=by,
        file_name=file_name[-120:],
        content=content,
        encoding=encoding,
        delimiter=delimiter,
        is_complete=is_complete,
        sends_invitations=sends_invitations,
    )


@transaction.atomic
def read_again(*, kept: RosterImport, encoding: str, delimiter: str) -> RosterImport:
    """In another encoding, or divided by another sign. Raises table.BadTable and AppliedAlready."""
    kept = RosterImport.objects.select_for_update().get(pk=kept.pk)
    if kept.applied_at is not None:
        raise AppliedAlready
    kept.encoding, kept.delimiter = encoding, delimiter
    plan_of(kept)
    kept.save(update_fields=["encoding", "delimiter"])
    return kept


@transaction.atomic
def apply(*, kept: RosterImport, by: User | None, shown: str, many_are_meant: bool = False) -> RosterImport:
    """Do what was shown (`shown` is its fingerprint), all of it, once.

    Raises AppliedAlready, Stale, HasProblems and TooMany.
    """
    kept = RosterImport.objects.select_for_update().get(pk=kept.pk)
    if kept.applied_at is not None:
        raise AppliedAlready
    plan = plan_of(kept, lock=True)
    if fingerprint(plan) != shown:
        raise Stale
    if plan.problems:
        raise HasProblems
    if plan.deactivates_many and not many_are_meant:
        raise TooMany
    _carry_out(plan, kept, by)
    facts = {"by": str(by.key) if by else None, "sha256": hashlib.sha256(bytes(kept.content)).hexdigest()}
    kept.counts = counts(plan)
    witness.tell(kind="people-imported", subject=None, facts=facts | kept.counts)
    kept.applied_at, kept.content = timezone.now(), b""
    kept.save(update_fields=["applied_at", "content", "counts"])
    return kept


def counts(plan: Plan) -> dict[str, int]:
    return {
        "added": sum(entry.is_new for entry in plan.entries),
        "changed": sum(entry.is_changed for entry in plan.entries),
        "moved": sum(entry.is_moved for entry in plan.entries),
        "returned": sum(entry.returns for entry in plan.entries),
        "unchanged": plan.unchanged,
        "deactivated": len(plan.leaving),
        "teams": len(plan.new_teams),
    }


def _carry_out(plan: Plan, kept: RosterImport, by: User | None) -> None:
    teams = _teams(plan)
    for entry in plan.entries:
        _enter(entry, teams, kept, by)
    today = timezone.localdate()
    for path, email in plan.managers:
        tree.set_manager(team=teams[roster.folded(path)], person=User.objects.get(email=email), today=today)
    for email in plan.leaving:
        actions.deactivate(person=User.objects.get(email=email), by=by)


def _teams(plan: Plan) -> dict[Path, Team]:
    """Every team by its folded path, the new ones made."""
    standing = list(Team.objects.order_by("path"))
    teams = {roster.folded(path): team for team, path in zip(standing, _paths(standing).values(), strict=True)}
    for path in plan.new_teams:
        parent = teams[roster.folded(path[:-1])] if path[1:] else None
        teams[roster.folded(path)] = tree.add_team(name=path[-1], parent=parent)
    return teams


def _enter(entry: roster.Entry, teams: dict[Path, Team], kept: RosterImport, by: User | None) -> None:
    facts: dict[str, object] = {fact: after for fact, _before, after in entry.changes if fact not in ("team", "tags")}
    if entry.team:
        facts["team"] = teams[roster.folded(entry.team)]
    if entry.is_new:
        person = _hire(entry, facts, kept, by)
    else:
        person = User.objects.get(email=entry.email)
    actions.change_person(person=person, **facts)
    for fact, _before, tags in entry.changes:
        if fact == "tags":
            actions.set_tags(person=person, tags=roster.tags_of(tags))
    if entry.returns:
        actions.reactivate(person=person, by=by)


def _hire(entry: roster.Entry, facts: dict[str, object], kept: RosterImport, by: User | None) -> User:
    """With what an account begins with; the other facts are a change of it."""
    blank = {"first_name": "", "last_name": "", "team": None, "job_role": "", "language": settings.LANGUAGE_CODE}
    first = {name: facts.pop(name, nothing) for name, nothing in blank.items()}
    return actions.hire(email=entry.email, **first, by=by, invited=kept.sends_invitations)  # type: ignore[arg-type]
