"""What a directory does by SCIM: the same acts as an admin's, in its own words. Groups are teams."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from people import actions
from people.actions import teams as tree
from people.models import Team, User
from people.rules.scim import GroupFacts, Refused, UserFacts


class Taken(Exception):
    """Somebody else has this address or user name."""


class NotByDirectory(Exception):
    """Admins are kept here: whoever holds a directory's token must not become one by changing an address."""


@transaction.atomic
def add_user(*, facts: UserFacts) -> User:
    """A person whom the directory deleted before comes back if it gives them the same external id; else the address is
    taken, since a reused address must not inherit somebody's history. Raises Taken and ValidationError."""
    former = User.objects.select_for_update(no_key=True).filter(email=facts.email).exclude(left_scim_at=None).first()
    if former is not None and facts.external_id and former.external_id == facts.external_id:
        User.objects.filter(pk=former.pk).update(left_scim_at=None)
        return change_user(person=former, facts=facts, reopen=facts.active is not False)
    _free(facts)
    try:
        person = actions.hire(
            email=facts.email,
            first_name=facts.first_name,
            last_name=facts.last_name,
            team=None,
            job_role=facts.job_role,
            language=facts.language or settings.LANGUAGE_CODE,
            by=None,
            invited=facts.active is not False,
        )
    except actions.AlreadyHere:
        raise Taken from None
    return change_user(person=person, facts=facts)


def _free(facts: UserFacts, *, but: User | None = None) -> None:
    others = User.objects.exclude(pk=but.pk) if but else User.objects.all()
    named = Q(user_name__iexact=facts.user_name) | Q(user_name=None, email__iexact=facts.user_name)
    if others.filter(named | Q(email=facts.email)).exists():
        raise Taken


@transaction.atomic
def change_user(*, person: User, facts: UserFacts, reopen: bool = False) -> User:
    """Raises Taken, NotByDirectory and ValidationError."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    wanted = {
        "email": facts.email,
        "first_name": facts.first_name,
        "last_name": facts.last_name,
        "job_role": facts.job_role,
        "language": facts.language or person.language,
        "time_zone": facts.time_zone or person.time_zone,
        "external_id": facts.external_id,
        "location": person.location if facts.location is None else facts.location,
    }
    if facts.user_name != (person.user_name or person.email):
        wanted["user_name"] = facts.user_name
    active = True if reopen else facts.active
    present = set(person.tags.values_list("name", flat=True))
    tags = present if facts.tags is None else set(facts.tags)
    changes = tags != present or any(getattr(person, name) != value for name, value in wanted.items())
    closes = active is False and person.is_active
    if person.is_superuser and (changes or closes):
        raise NotByDirectory
    _free(facts, but=person)
    # First: a new address moves an open invitation, and only who may come is invited.
    if closes:
        actions.deactivate(person=person)
    elif active and not person.is_active:
        actions.reactivate(person=person)
    try:
        actions.change_person(person=person, **wanted)
        actions.set_tags(person=person, tags=tags)
    except actions.AlreadyHere:
        raise Taken from None
    return User.objects.select_related("team").get(pk=person.pk)


@transaction.atomic
def remove_user(*, person: User) -> None:
    """Deactivated and hidden from the directory; nothing is deleted. Raises NotByDirectory."""
    if person.is_superuser:
        raise NotByDirectory
    actions.deactivate(person=person)
    User.objects.filter(pk=person.pk).update(left_scim_at=timezone.now())


@transaction.atomic
def add_group(*, facts: GroupFacts) -> Team:
    """At the top of the tree; an admin may move it. Raises Refused and ValidationError."""
    team = tree.add_team(name=facts.name, parent=None, external_id=facts.external_id)
    _set_members(team, facts)
    return team


@transaction.atomic
def change_group(*, team: Team, facts: GroupFacts) -> Team:
    """Where it stands in the tree stays. Raises Refused and ValidationError."""
    team = tree.change_team(team=team, name=facts.name, parent=team.get_parent(), external_id=facts.external_id)
    _set_members(team, facts)
    return team


def _set_members(team: Team, facts: GroupFacts) -> None:
    try:
        keys = {UUID(member) for member in facts.members}
    except ValueError:
        raise Refused("invalidValue", "a member is not known") from None
    visible = User.objects.filter(left_scim_at=None)
    members = list(visible.select_for_update(no_key=True).filter(key__in=keys))
    if len(members) != len(keys):
        raise Refused("invalidValue", "a member is not known")
    visible.filter(team=team).exclude(key__in=keys).update(team=None)
    visible.filter(pk__in=[person.pk for person in members]).exclude(team=team).update(team=team)


@transaction.atomic
def remove_group(*, team: Team) -> None:
    """Its people are in no team then. Raises tree.NotEmpty while there are teams below it, or who led it."""
    if team.get_children_count() or team.leads.exists():
        raise tree.NotEmpty
    User.objects.filter(team=team).update(team=None)
    tree.delete_team(team=team)
