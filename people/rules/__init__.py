"""What the policy says about invitations, mail and who reports to whom."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal

InvitationState = Literal["open", "used", "expired"]

INVITATION_LASTS = timedelta(days=14)

# The pause after each attempt to send a mail. The first is longer than the longest talk with a mail server can take:
# until it is over the mail counts as being sent, and no other worker touches it.
MAIL_PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)
MAIL_ATTEMPTS = len(MAIL_PAUSES) + 1


def invitation_state(*, accepted_at: datetime | None, expires_at: datetime, now: datetime) -> InvitationState:
    if accepted_at is not None:
        return "used"
    return "open" if now < expires_at else "expired"


def pause_after(attempt: int) -> timedelta:
    """The pause after this attempt (counted from 1). After the last one nobody tries again."""
    return MAIL_PAUSES[min(attempt, len(MAIL_PAUSES)) - 1]


def is_last(attempt: int) -> bool:
    return attempt >= MAIL_ATTEMPTS


def is_refusal(codes: list[int]) -> bool:
    """A mail server that answers 5xx means it; 4xx, silence and a broken connection may pass."""
    return bool(codes) and all(500 <= code < 600 for code in codes)


def direct_reports(
    teams: Collection[str], leads: Mapping[str, Collection[int]], person: int, step: int
) -> tuple[set[str], set[int]]:
    """Of the teams below somebody: those whose people report to them directly, and the leads of other teams who do.

    Teams are paths, `step` characters a level; leads are {path: people}. One reports to the leads of the nearest team
    above that has any; the lead of a team reports to those of the nearest such team above it. So nobody is lost where
    a team has no lead of its own.
    """

    def nearest(path: str) -> str:
        while path and not leads.get(path):
            path = path[:-step]
        return path

    own = {path for path, people in leads.items() if person in people}
    direct = {path for path in teams if nearest(path) in own}
    below = (people for path, people in leads.items() if path not in own and nearest(path[:-step]) in own)
    return direct, {lead for people in below for lead in people}
