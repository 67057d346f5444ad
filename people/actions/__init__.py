"""The only writer of people, invitations and mail (deliver_mail keeps the books of its own sending); beside it, in
modules of their own, of teams, imported lists, calendar links and what SCIM sends."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from people import emails, roles, rules, witness
from people.emails import File
from people.models import Attachment, Invitation, Mail, PersonTag, Team, User, known_time_zone
from people.tasks import deliver_mail, deliver_mails

MAILS_A_TASK = 50


class AlreadyHere(Exception):
    """Somebody has an account with this address."""


class InvitationClosed(Exception):
    """The invitation was used or has expired."""


class LastAdmin(Exception):
    """Without this admin nobody could give roles any more."""


class OwnAccount(Exception):
    """Nobody closes their own account, nor gives or takes roles of their own."""


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
    file: File | None = None,
) -> Mail:
    """Put a mail in the outbox, with the task that sends it: both or neither, and only if the act around it stands.

    `to` and `language` are for somebody who is no person here yet. A secret mail is emptied once it is sent, and so is
    the file of any.
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
    if file:
        Attachment.objects.create(
            mail=mail,
            name=file.name,
            content_type=file.content_type,
            sha256=hashlib.sha256(file.content).hexdigest(),
            size=len(file.content),
            content=file.content,
        )
    deliver_mail.enqueue(mail.pk)
    return mail


@transaction.atomic
def send_mails(*, mails: Sequence[Mail]) -> list[Mail]:
    """The same for many, in a few statements. Unsaved rows in; a task for every fifty of them goes with them."""
    for mail in mails:
        mail.subject = " ".join(mail.subject.split())[:250]
    saved = Mail.objects.bulk_create(mails, batch_size=500)
    for start in range(0, len(saved), MAILS_A_TASK):
        deliver_mails.enqueue([mail.pk for mail in saved[start : start + MAILS_A_TASK]])
    return saved


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
    return _offer(
        email=email,
        first_name=first_name,
        last_name=last_name,
        team=team,
        job_role=job_role,
        language=language,
        by=by,
    )


def _offer(
    *, email: str, first_name: str, last_name: str, team: Team | None, language: str, job_role: str, by: User | None
) -> Invitation:
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
        if invitation.state(timezone.now()) != "open":
            raise InvitationClosed
        person = _waiting_for(invitation) or invitation.as_person()
        person.password, person.language = hashed, language
        person.save()
        invitation.person, invitation.accepted_at = person, timezone.now()
        invitation.save(update_fields=["person", "accepted_at"])
        return person


def _waiting_for(invitation: Invitation) -> User | None:
    """The account that was made with the invitation. Raises InvitationClosed where it is closed, or has a password."""
    person = User.objects.select_for_update(no_key=True).filter(email=invitation.email).first()
    if person is not None and not person.is_waiting:
        raise InvitationClosed
    return person


def _same_person(person: User, password: str) -> User:
    if not person.is_active or not person.check_password(password):
        raise InvitationClosed
    return person


def bring_in(*, email: str, first_name: str, last_name: str, language: str) -> User:
    """Somebody known from elsewhere, whose account is closed until an admin opens it. Raises ValidationError."""
    known_language(language)
    person = User(email=email, first_name=first_name, last_name=last_name, language=language, is_active=False)
    person.set_unusable_password()
    person.clean_fields()
    person.save()
    return person


def set_password(*, person: User, password: str) -> User:
    """Every login with the old password ends, on every device."""
    person.set_password(password)
    person.save(update_fields=["password"])
    return person


@transaction.atomic
def hire(
    *,
    email: str,
    first_name: str,
    last_name: str,
    team: Team | None,
    language: str,
    job_role: str = "",
    by: User | None,
    invited: bool = True,
) -> User:
    """Make an account without a password, and offer it by mail: training can be assigned before the person comes.

    Raises AlreadyHere, and ValidationError for a broken address or name.
    """
    person = User(
        email=email.strip().lower(),
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        team=team,
        language=language,
        job_role=job_role.strip(),
    )
    person.set_unusable_password()
    person.clean_fields()
    create_once(person)
    if invited:
        invite_again(person=person, by=by)
    return person


def create_once(person: User) -> None:
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise AlreadyHere(person.email) from None


@transaction.atomic
def invite_again(*, person: User, by: User | None) -> Invitation:
    """Mail a new link to who has not chosen a password yet; the earlier one stops working. Raises AlreadyHere."""
    person = User.objects.select_for_update(of=("self",), no_key=True).select_related("team").get(pk=person.pk)
    if not person.is_waiting:
        raise AlreadyHere(person.email)
    return _offer(
        email=person.email,
        first_name=person.first_name or person.name,
        last_name=person.last_name or person.name,
        team=person.team,
        language=person.language,
        job_role=person.job_role,
        by=by,
    )


@transaction.atomic
def change_person(*, person: User, **facts: object) -> list[str]:
    """Change what is known of somebody; says which facts changed. An open invitation goes with a new address.

    Raises AlreadyHere, and ValidationError.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    changed = [name for name, value in facts.items() if getattr(person, name) != value]
    if not changed:
        return []
    former_email = person.email
    for name in changed:
        setattr(person, name, facts[name])
    person.clean_fields(exclude=[field.name for field in User._meta.fields if field.name not in changed])
    try:
        with transaction.atomic():
            person.save(update_fields=changed)
    except IntegrityError:
        raise AlreadyHere(person.email) from None
    if person.email != former_email:
        _move_invitation(person, former_email)
    return changed


def _move_invitation(person: User, former_email: str) -> None:
    """Whoever reads mail at the address that was wrong must not get an account by the link that went there."""
    open_one = Invitation.objects.filter(email=former_email, accepted_at=None).select_related("invited_by").first()
    if open_one is None:
        return
    open_one.delete()
    if person.is_waiting:
        invite_again(person=person, by=open_one.invited_by)


@transaction.atomic
def set_tags(*, person: User, tags: Iterable[str]) -> bool:
    """These and no others. Says whether anything changed. Raises ValidationError."""
    wanted = {tag.strip() for tag in tags if tag.strip()}
    for name in wanted:
        PersonTag(person=person, name=name).clean_fields()
    present = set(person.tags.values_list("name", flat=True))
    person.tags.exclude(name__in=wanted).delete()
    missing = [PersonTag(person=person, name=name) for name in sorted(wanted - present)]
    PersonTag.objects.bulk_create(missing, ignore_conflicts=True)
    return wanted != present


@transaction.atomic
def deactivate(*, person: User, by: User | None = None) -> User:
    """Close the account. Whoever is logged in with it is nobody at the next request; history stays.

    Raises OwnAccount and LastAdmin.
    """
    if by is not None and by.pk == person.pk:
        raise OwnAccount
    if person.is_superuser:
        _another_admin_than(person)
    ended = User.objects.filter(pk=person.pk, is_active=True)
    if ended.update(is_active=False, session_round=F("session_round") + 1):
        witness.tell(kind="account-closed", subject=person.key, facts={"by": _key(by)})
    person.refresh_from_db()
    return person


@transaction.atomic
def reactivate(*, person: User, by: User | None = None) -> User:
    """Open the account again, with its history; logins from before stay ended."""
    if User.objects.filter(pk=person.pk, is_active=False).update(is_active=True, left_scim_at=None):
        witness.tell(kind="account-opened", subject=person.key, facts={"by": _key(by)})
    person.refresh_from_db()
    return person


def _key(person: User | None) -> str | None:
    return str(person.key) if person else None


def _another_admin_than(person: User) -> None:
    """Locks them all, so that two admins cannot close each other out at once."""
    admins = User.objects.select_for_update(no_key=True).filter(is_superuser=True, is_active=True)
    if not [admin for admin in admins if admin.pk != person.pk]:
        raise LastAdmin


@transaction.atomic
def set_roles(*, person: User, roles_given: set[str], by: User) -> User:
    """These roles and no others. A change ends the person's logins. Raises OwnAccount, LastAdmin and ValueError."""
    unknown = roles_given - {*roles.ALL, roles.ADMIN}
    if unknown:
        raise ValueError(f"No such role: {', '.join(sorted(unknown))}")
    if person.pk == by.pk:
        raise OwnAccount
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    present = roles_of(person)
    if present == roles_given:
        return person
    if roles.ADMIN in present - roles_given:
        _another_admin_than(person)
    person.groups.remove(*Group.objects.filter(name__in=set(roles.ALL) - roles_given))
    person.groups.add(*[Group.objects.get_or_create(name=role)[0] for role in roles_given - {roles.ADMIN}])
    person.is_staff = person.is_superuser = roles.ADMIN in roles_given
    person.session_round += 1
    person.save(update_fields=["is_staff", "is_superuser", "session_round"])
    facts = {"given": sorted(roles_given - present), "taken": sorted(present - roles_given), "by": _key(by)}
    witness.tell(kind="roles-changed", subject=person.key, facts=facts)
    return User.objects.get(pk=person.pk)  # a fresh one: roles are remembered on the object


def roles_of(person: User) -> set[str]:
    groups = set(person.groups.filter(name__in=roles.ALL).values_list("name", flat=True))
    return groups | {roles.ADMIN} if person.is_superuser else groups


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
