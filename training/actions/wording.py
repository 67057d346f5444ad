"""The only writer of the organisation's own words for its mail."""

from django.db import transaction
from django.utils import timezone

from evidence import actions as evidence
from people.models import User
from training.models import Wording


@transaction.atomic
def save_wording(*, kind: str, language: str, subject: str, opening: str, why: str, by: User) -> Wording:
    """From the next mail on. Said again it is the same act; nothing that was sent changes."""
    texts = {"subject": subject, "opening": opening, "why": why}
    known = Wording.objects.select_for_update().filter(kind=kind, language=language).first()
    if known and all(getattr(known, name) == text for name, text in texts.items()):
        return known
    saved, _made = Wording.objects.update_or_create(
        kind=kind, language=language, defaults=texts | {"saved_by": by, "saved_at": timezone.now()}
    )
    evidence.append(
        kind="wording.saved", subject=by.key, facts={"kind": kind, "language": language} | texts, personal={}
    )
    return saved
