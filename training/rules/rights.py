"""Who may grant what to whom, and how much of it. One rule for the manager's screens and for L&D's. No Django."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Act(StrEnum):
    EXTEND = "extend"
    WAIVE = "waive"
    OFFER = "proof"  # another qualification, with a proof; L&D decides
    LEAVE = "leave"


@dataclass(frozen=True)
class Rights:
    """What the organisation lets managers grant. extend_days: how far past the date of the rule; 0 for not at all."""

    extend_days: int = 14
    may_waive: bool = False
    may_record_leave: bool = True


@dataclass(frozen=True)
class Asker:
    """Who asks, as seen from the person it is about."""

    is_self: bool = False
    is_lead: bool = False
    is_staff: bool = False


def may(act: Act, asker: Asker, rights: Rights) -> bool:
    """Nobody grants anything to themself: they may offer a proof, and wait."""
    if act == Act.OFFER:
        return asker.is_self or asker.is_lead or asker.is_staff
    if asker.is_self:
        return False
    if asker.is_staff:
        return True
    allowed = {
        Act.EXTEND: rights.extend_days > 0,
        Act.WAIVE: rights.may_waive,
        Act.LEAVE: rights.may_record_leave,
    }
    return asker.is_lead and allowed[act]


def latest(given: date, away: timedelta, asker: Asker, rights: Rights) -> date | None:
    """The last day to which somebody may extend; None for as late as they like.

    Counted from the date that the rule gave, not from the date that holds: several small steps reach no further than
    one. away: by how much leaves have moved the date, which are no gift of anybody's.
    """
    if asker.is_staff:
        return None
    return given + away + timedelta(days=rights.extend_days)
