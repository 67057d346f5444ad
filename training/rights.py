"""Who asks, what they may grant to this person, and until when: rules.rights, asked of the rows."""

from datetime import date, timedelta

from people.models import User
from training.models import Assignment, Happening, ManagerRights
from training.rules import rights
from training.rules.rights import Act, Asker

GIVES_A_DATE = (Happening.ASSIGNED, Happening.CYCLE, Happening.RETURNED, Happening.WAIVER_ENDED)


def asker(user: User, person: User) -> Asker:
    """In one query at most."""
    leads = not user.is_learning_staff and User.objects.managed_by(user).filter(pk=person.pk, is_active=True).exists()
    return Asker(is_self=user.pk == person.pk, is_lead=leads, is_staff=user.is_learning_staff)


def granted_by_managers() -> rights.Rights:
    """As nobody has saved anything yet: what the organisation would find filled in."""
    return (ManagerRights.objects.first() or ManagerRights()).rights


def acts(asked: Asker, allowed: rights.Rights) -> frozenset[Act]:
    return frozenset(act for act in Act if rights.may(act, asked, allowed))


def latest(row: Assignment, asked: Asker, allowed: rights.Rights) -> date | None:
    """The last day to which they may extend it; None for as late as they like."""
    base = row.base_due_on or row.due_on
    if base is None or row.due_on is None:
        return None
    # A row from before events were kept: of a first cycle the first date is known all the same.
    given = (row.series_on if row.cycle == 1 else None) or base
    away, holds = timedelta(0), given
    for what, due_on in row.events.order_by("pk").values_list("what", "due_on"):
        if due_on is None:
            continue
        if what in GIVES_A_DATE:
            given, away = due_on, timedelta(0)
        elif what in (Happening.PAUSED, Happening.RESUMED):
            away += due_on - holds
        holds = due_on
    return rights.latest(given, max(away, timedelta(0)), asked, allowed)
