"""What the policy says about invitations and mail."""

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
