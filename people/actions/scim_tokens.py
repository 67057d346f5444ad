"""The only writer of the tokens that let an identity provider in."""

import secrets

from django.db import transaction
from django.utils import timezone

from people import witness
from people.models import Invitation, ScimToken, User


@transaction.atomic
def make(*, name: str, by: User) -> tuple[ScimToken, str]:
    """The row, and the token itself: it is not stored, and can be shown this once. Raises ValidationError."""
    token = secrets.token_urlsafe(32)
    made = ScimToken(name=name.strip(), token_sha256=Invitation.digest(token), made_by=by)
    made.clean_fields()
    made.save()
    witness.tell(kind="scim-token-made", subject=None, facts={"token": str(made.key), "by": str(by.key)})
    return made, token


@transaction.atomic
def revoke(*, token: ScimToken, by: User) -> None:
    """From the next request on it opens nothing."""
    if ScimToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        witness.tell(kind="scim-token-revoked", subject=None, facts={"token": str(token.key), "by": str(by.key)})
