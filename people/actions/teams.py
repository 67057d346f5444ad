"""The only writer of teams and of who leads them."""

from datetime import date, timedelta

from django.db import transaction

from people import witness
from people.models import Invitation, Team, TeamLead, User


class NotEmpty(Exception):
    """The team has people, teams below it, or somebody who leads it."""


class BelowItself(Exception):
    """A team cannot be moved below itself."""


class LeadsAlready(Exception):
    """The person leads this team in the same way from the same day already."""


def _locked() -> None:
    """Every change of the tree takes turns: paths of many rows move at once."""
    list(Team.objects.select_for_update(no_key=True).filter(depth=1).values_list("pk", flat=True))


@transaction.atomic
def add_team(*, name: str, parent: Team | None, external_id: str = "") -> Team:
    """Raises ValidationError for a broken name."""
    _locked()
    facts = {"name": name.strip(), "external_id": external_id}
    Team(**facts).clean_fields(exclude=["path", "depth", "numchild"])
    if parent is None:
        made = Team.add_root(**facts)
    else:
        made = Team.objects.get(pk=parent.pk).add_child(**facts)
    return Team.objects.get(pk=made.pk)


@transaction.atomic
def change_team(*, team: Team, name: str, parent: Team | None, external_id: str | None = None) -> Team:
    """Rename and move; everything below it moves along. Raises BelowItself, and ValidationError for a broken name."""
    _locked()
    team = Team.objects.get(pk=team.pk)
    team.name = name.strip()
    if external_id is not None:
        team.external_id = external_id
    team.clean_fields(exclude=["path", "depth", "numchild"])
    team.save(update_fields=["name", "external_id"])
    _put_below(team, parent)
    return Team.objects.get(pk=team.pk)


def _put_below(team: Team, parent: Team | None) -> None:
    """Also for a team that stays: the tree is sorted by name, which may have changed."""
    if parent is None:
        first = Team.get_first_root_node()
        if first.pk != team.pk or not team.is_root():
            team.move(first, "sorted-sibling")
        return
    parent = Team.objects.get(pk=parent.pk)
    if parent.pk == team.pk or parent.is_descendant_of(team):
        raise BelowItself
    team.move(parent, "sorted-child")


@transaction.atomic
def delete_team(*, team: Team) -> None:
    """Only an empty one; invitations that named it stay, without a team. Raises NotEmpty."""
    _locked()
    team = Team.objects.get(pk=team.pk)
    if team.numchild or team.people.exists() or team.leads.exists():
        raise NotEmpty
    Invitation.objects.filter(team=team).update(team=None)
    team.delete()


@transaction.atomic
def add_lead(*, team: Team, person: User, kind: str, starts_on: date, ends_on: date | None) -> TeamLead:
    """Raises LeadsAlready."""
    lead, created = TeamLead.objects.get_or_create(
        team=team, person=person, kind=TeamLead.Kind(kind), starts_on=starts_on, defaults={"ends_on": ends_on}
    )
    if not created and lead.ends_on != ends_on:
        raise LeadsAlready
    return lead


@transaction.atomic
def end_lead(*, lead: TeamLead, last_day: date) -> TeamLead:
    """The row stays, as history. Who was to begin later leads for no day but the first: a span has at least one."""
    lead = TeamLead.objects.select_for_update(no_key=True).get(pk=lead.pk)
    if lead.ends_on is None or last_day < lead.ends_on:
        lead.ends_on = max(last_day, lead.starts_on)
        lead.save(update_fields=["ends_on"])
    return lead


@transaction.atomic
def name_deputy(*, team: Team, person: User, starts_on: date, ends_on: date, by: User) -> TeamLead:
    """A manager is away, and somebody stands in. Said again, it is the same act. Raises LeadsAlready."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    kind = TeamLead.Kind.DEPUTY
    known = TeamLead.objects.filter(team=team, person=person, kind=kind, starts_on=starts_on).first()
    lead = add_lead(team=team, person=person, kind=kind, starts_on=starts_on, ends_on=ends_on)
    if known is None:
        days = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
        facts = {"team": str(team.key), "by": str(by.key)} | days
        witness.tell(kind="deputy-named", subject=person.key, facts=facts)
    return lead


@transaction.atomic
def end_deputy(*, lead: TeamLead, today: date, by: User) -> None:
    """Today is the last day; who has not begun never will. Said again, nothing happens."""
    held = TeamLead.objects.select_for_update(of=("self",), no_key=True).select_related("team", "person")
    found = held.filter(pk=lead.pk).first()
    if found is None or (found.ends_on and found.ends_on <= today):
        return
    if found.starts_on > today:
        found.delete()
    else:
        end_lead(lead=found, last_day=today)
    facts = {"team": str(found.team.key), "by": str(by.key), "starts_on": found.starts_on.isoformat()}
    witness.tell(kind="deputy-ended", subject=found.person.key, facts=facts)


@transaction.atomic
def set_manager(*, team: Team, person: User, today: date) -> bool:
    """From today this person, and nobody else, manages the team; deputies stay. Says whether anything changed."""
    present = list(TeamLead.objects.on(today).filter(team=team, kind=TeamLead.Kind.MANAGER))
    for lead in present:
        if lead.person_id != person.pk:
            _hand_over(lead, today)
    if any(lead.person_id == person.pk for lead in present):
        return any(lead.person_id != person.pk for lead in present)
    TeamLead.objects.update_or_create(
        team=team, person=person, kind=TeamLead.Kind.MANAGER, starts_on=today, defaults={"ends_on": None}
    )
    return True


def _hand_over(lead: TeamLead, today: date) -> None:
    """Yesterday was the last day; who only began today never led."""
    if lead.starts_on == today:
        lead.delete()
    else:
        end_lead(lead=lead, last_day=today - timedelta(days=1))
