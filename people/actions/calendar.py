"""The only writer of calendar links."""

import secrets

from django.db import transaction
from django.utils import timezone

from people.models import CalendarLink, Invitation, User, calendar_token


@transaction.atomic
def renew(*, person: User) -> CalendarLink:
    """A new secret address; an earlier one stops working."""
    nonce = secrets.token_hex(32)
    facts = {"nonce": nonce, "token_sha256": Invitation.digest(calendar_token(nonce)), "created_at": timezone.now()}
    link, _created = CalendarLink.objects.update_or_create(person=person, defaults=facts)
    return link


@transaction.atomic
def switch_off(*, person: User) -> None:
    CalendarLink.objects.filter(person=person).delete()
