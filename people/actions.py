"""The only writer of people, invitations and mail (deliver_mail keeps the books of its own sending)."""

import secrets
from dataclasses import asdict
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from people import emails, roles, rules
from people.models import Invitation, Mail, Team, User, known_time_zone
from people.tasks import deliver_mail


class AlreadyHere(Exception):
    """Somebody has an account with this address."""


class InvitationClosed(Exception):
    """The invitation was used or has expired."""


# --- mail ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def send_mail(
    *,
    person: User | None,
    kind: str,
    subject: str,
    text: str,
    html: str = "",
    to: str = "",
    language: str = "",
    secret: bool = False,
) -> Mail:
    """Put a mail in the outbox, with the task that sends it: both or neither, and only if the act around it stands.

    `to` and `language` are for somebody who is no person here yet. A secret mail is emptied once it is sent.
    """
    address = person.email if person else to
    validate_email(address)
    mail = Mail.objects.create(
        person=person,
        to=address,
        language=person.language if person else language,
        kind=kind,
        subject=" ".join(subject.split())[:250],  # a header is one line, whatever the title of a course may be
        text=text,
        html=html,
        is_secret=secret,
    )
    deliver_mail.enqueue(mail.pk)
    return mail


@transaction.atomic
def requeue_mail(*, waiting_since: datetime) -> int:
    """New tasks for mail that has waited too long: its own task died with a worker before it began. Doing so twice is
    harmless, since only one task gets to claim a mail. Says how many."""
    waiting = list(Mail.objects.due(waiting_since).filter(created_at__lte=waiting_since).values_list("pk", flat=True))
    for mail_id in waiting:
        deliver_mail.enqueue(mail_id)
    return len(waiting)


@transaction.atomic
def send_password_reset(*, person: User) -> Mail:
    return send_mail(person=person, secret=True, **asdict(emails.password_reset(person=person)))


# --- coming and going ----------------------------------------------------------------------------------------------
@transaction.atomic
def invite(
    *, email: str, first_name: str, last_name: str, team: Team | None, language: str, job_role: str, by: User | None
) -> Invitation:
    """Offer somebody an account, by mail. Done again it renews the offer, and the earlier link stops working.

    Raises AlreadyHere, and ValidationError for a broken address or name.
    """
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise AlreadyHere(email)
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    offer = {
        "first_name": first_name.strip(),
        "last_name": last_name.strip(),
        "team": team,
        "job_role": job_role.strip(),
        "language": language,
        "invited_by": by,
        "created_at": now,
        "expires_at": now + rules.INVITATION_LASTS,
        "token_sha256": Invitation.digest(token),
    }
    Invitation(email=email, **offer).clean_fields()
    invitation, _ = Invitation.objects.update_or_create(email=email, accepted_at=None, defaults=offer)
    letter = emails.invitation(invitation=invitation, token=token)
    send_mail(person=None, to=invitation.email, secret=True, **asdict(letter))
    return invitation


def accept_invitation(*, invitation: Invitation, password: str, language: str) -> User:
    """Make the account that was offered; once. A double click is the same act: same link, same password, same person.

    Raises InvitationClosed.
    """
    known_language(language)
    hashed = make_password(password)  # slow on purpose, so outside the transaction
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if invitation.person is not None:
            return _same_person(invitation.person, password)
        if invitation.state(timezone.now()) != "open" or User.objects.filter(email=invitation.email).exists():
            raise InvitationClosed
        person = invitation.as_person()
        person.password, person.language = hashed, language
        person.save()
        invitation.person, invitation.accepted_at = person, timezone.now()
        invitation.save(update_fields=["person", "accepted_at"])
        return person


def _same_person(person: User, password: str) -> User:
    if not person.is_active or not person.check_password(password):
        raise InvitationClosed
    return person


def set_password(*, person: User, password: str) -> User:
    """Every login with the old password ends, on every device."""
    person.set_password(password)
    person.save(update_fields=["password"])
    return person


def deactivate(*, person: User) -> User:
    """Close the account. Whoever is logged in with it is nobody at the next request; history stays."""
    person.is_active = False
    person.save(update_fields=["is_active"])
    return person


def give_role(*, person: User, role: str) -> User:
    if role not in roles.ALL:
        raise ValueError(f"No such role: {role}")
    group, _ = Group.objects.get_or_create(name=role)
    person.groups.add(group)
    return User.objects.get(pk=person.pk)  # a fresh one: roles are remembered on the object


# --- preferences ---------------------------------------------------------------------------------------------------
def known_language(language: str) -> None:
    if language not in User.Language.values:
        raise ValueError(f"No such language: {language}")


def set_language(*, person: User, language: str) -> User:
    known_language(language)
    person.language = language
    person.save(update_fields=["language"])
    return person


def save_preferences(*, person: User, language: str, time_zone: str, theme: str) -> User:
    known_language(language)
    known_time_zone(time_zone)
    if theme not in User.Theme.values:
        raise ValueError(f"No such theme: {theme}")
    person.language, person.time_zone, person.theme = language, time_zone, theme
    person.save(update_fields=["language", "time_zone", "theme"])
    return person
