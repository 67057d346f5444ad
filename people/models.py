"""Who is who: people, teams as a tree, who leads which team from when to when; invitations; mail to people."""

import hashlib
import uuid
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.db.models.functions import Collate, Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from treebeard.mp_tree import MP_Node

from people import roles, rules
from people.rules.zones import time_zones

# The groups of a person, and whether they lead a team that day. Written out, since every page asks it: to build this
# query took Django half a millisecond, 25 times as long as the database needs to answer it.
ROLES = """
SELECT name FROM auth_group JOIN people_user_groups ON people_user_groups.group_id = auth_group.id WHERE user_id = %s
UNION ALL
SELECT %s FROM people_teamlead WHERE person_id = %s AND starts_on <= %s AND (ends_on IS NULL OR ends_on >= %s)
"""

# A name that carries a line break or a NUL is an attack or an accident, never a name.
one_line = RegexValidator(r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*\Z", _("Use plain text on one line."))


def known_time_zone(name: str) -> None:
    if name not in time_zones():
        raise ValidationError(_("This time zone is not known."))


class EmailAddress(models.EmailField):
    """Written and looked up in lower case: one mailbox is one person, and the index finds it."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value.lower() if isinstance(value, str) else value


class Team(MP_Node):
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(pgettext_lazy("team", "name"), max_length=120, validators=[one_line])
    external_id = models.CharField(max_length=254, blank=True)  # what a SCIM client calls it

    node_order_by = ["name"]

    class Meta:
        verbose_name, verbose_name_plural = _("team"), _("teams")

    def __str__(self) -> str:
        return self.name


def _paths_led_by(user: "User", day: date) -> list[str]:
    return list(TeamLead.objects.on(day).filter(person=user).values_list("team__path", flat=True))


def _under(paths: list[str], field: str) -> Q:
    return reduce(or_, (Q(**{f"{field}__startswith": path}) for path in paths))


def alphabetical(field: str, language: str | None) -> Collate:
    """As the reader's alphabet has it, without one as the site's: PostgreSQL brings it along, for SQLite see
    people.apps."""
    return Collate(F(field), f"{language or settings.LANGUAGE_CODE}-x-icu")


def name_order(language: str | None, prefix: str = "") -> list[OrderBy]:
    """By last name, then first."""
    return [alphabetical(f"{prefix}{name}", language).asc() for name in ("last_name", "first_name")]


Rows = TypeVar("Rows", bound=models.QuerySet)


def searched(rows: Rows, query: str, *fields: str) -> Rows:
    """Each word stands in one of the fields, in whatever case."""
    for word in query.split():
        rows = rows.filter(reduce(or_, (Q(**{f"{name}__icontains": each}) for name in fields for each in _cases(word))))
    return rows


def _cases(word: str) -> list[str]:
    """SQLite knows no other case of letters beyond a-z: "łucja" and "ŁUCJA" have to find "Łucja" all the same."""
    return [word] if word.isascii() else sorted({word, word.lower(), word.upper(), word.capitalize(), word.title()})


class UserQuerySet(models.QuerySet["User"]):
    def managed_by(self, user, on: date | None = None) -> "UserQuerySet":
        """Everybody in the teams this person leads that day, and in all teams below those; never the person."""
        return self._below(_paths_led_by(user, on or timezone.localdate()), user)

    def _below(self, paths: list[str], user) -> "UserQuerySet":
        return self.filter(_under(paths, "team__path")).exclude(pk=user.pk) if paths else self.none()

    def reporting_to(self, user, on: date | None = None) -> "UserQuerySet":
        """Those of managed_by who have no other lead in between."""
        day = on or timezone.localdate()
        paths = _paths_led_by(user, day)
        if not paths:
            return self.none()
        leads: dict[str, set[int]] = {}
        below = TeamLead.objects.on(day).filter(_under(paths, "team__path"))
        for path, person in below.values_list("team__path", "person_id"):
            leads.setdefault(path, set()).add(person)
        teams = list(Team.objects.filter(_under(paths, "path")).values_list("path", flat=True))
        direct, others = rules.direct_reports(teams, leads, user.pk, Team.steplen)
        return self._below(paths, user).filter(Q(team__path__in=direct) | Q(pk__in=others))

    def visible_to(self, user) -> "UserQuerySet":
        """Whose name this person may see: L&D, auditors and admins all, a manager those below, anybody themself."""
        if not user.is_active:
            return self.none()
        if user.is_learning_staff or user.is_auditor:
            return self
        if not user.is_manager:
            return self.filter(pk=user.pk)
        return self.filter(Q(pk=user.pk) | Q(pk__in=self.managed_by(user).values("pk")))

    def named(self, query: str) -> "UserQuerySet":
        """Each word is in the first name, the last name or the address."""
        return searched(self, query, "first_name", "last_name", "email")

    def in_state(self, state: str) -> "UserQuerySet":
        waiting = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        known = {
            "active": Q(is_active=True) & ~waiting,
            "waiting": Q(is_active=True) & waiting,
            "deactivated": Q(is_active=False),
        }
        return self.filter(known[state]) if state in known else self

    def with_role(self, role: str) -> "UserQuerySet":
        if role == roles.ADMIN:
            return self.filter(is_superuser=True)
        if role == roles.MANAGER:
            return self.filter(pk__in=TeamLead.objects.on(timezone.localdate()).values("person"))
        return self.filter(groups__name=role)


class PeopleManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def _create(self, email, password, **fields):
        if not email:
            raise ValueError("A person needs an e-mail address: it is the login.")
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email, password=None, **fields):
        return self._create(email, password, **{"is_staff": False, "is_superuser": False} | fields)

    def create_superuser(self, email, password=None, **fields):
        return self._create(email, password, **{"is_staff": True, "is_superuser": True} | fields)

    def get_by_natural_key(self, username):
        return self.get(email=username)


class User(AbstractUser):
    class Language(models.TextChoices):
        PL = "pl", "polski"
        LV = "lv", "latviešu"
        EN = "en", "English"

    class Theme(models.TextChoices):
        SYSTEM = "system", _("as the device")
        LIGHT = "light", _("light")
        DARK = "dark", _("dark")

    username = None  # type: ignore[assignment]
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = EmailAddress(_("e-mail"), unique=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.PL)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Warsaw", validators=[known_time_zone])
    theme = models.CharField(_("colours"), max_length=6, choices=Theme, default=Theme.SYSTEM)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("team"))
    job_role = models.CharField(_("job role"), max_length=80, blank=True)
    location = models.CharField(_("location"), max_length=80, blank=True, validators=[one_line])
    session_round = models.PositiveIntegerField(default=0)  # one more ends every login
    user_name = models.CharField(
        max_length=254, null=True, blank=True, unique=True
    )  # what a SCIM client calls the person
    external_id = models.CharField(max_length=254, blank=True)  # the same, its own number
    left_scim_at = models.DateTimeField(null=True, blank=True)  # deleted there: deactivated here, and hidden from it

    objects: ClassVar[PeopleManager] = PeopleManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name, verbose_name_plural = _("person"), _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.get_full_name() or self.email

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in (self.first_name, self.last_name) if part).upper() or self.email[0].upper()

    @property
    def is_waiting(self) -> bool:
        """Has an account, and has not chosen a password yet."""
        return self.is_active and not self.has_usable_password()

    def _get_session_auth_hash(self, secret=None) -> str:
        """What a login is compared with: a new password ends it, and so does a new round."""
        by_password = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        if not self.session_round:
            return by_password
        return salted_hmac("people.User.session_round", f"{by_password}{self.session_round}", secret=secret).hexdigest()

    def has_role(self, role: str) -> bool:
        """Asked on every page, and once for each copy of a person."""
        if not hasattr(self, "_roles"):
            day = connection.ops.adapt_datefield_value(timezone.localdate())
            with connection.cursor() as cursor:
                cursor.execute(ROLES, [self.pk, roles.MANAGER, self.pk, day, day])
                self._roles = frozenset(role for (role,) in cursor.fetchall())
        return role in self._roles

    @property
    def is_admin(self) -> bool:
        return self.is_superuser

    @property
    def is_editor(self) -> bool:
        return self.has_role(roles.EDITOR)

    @property
    def is_publisher(self) -> bool:
        return self.has_role(roles.PUBLISHER)

    @property
    def is_learning_staff(self) -> bool:
        """L&D and admins: the only people who reach the CMS."""
        return self.is_superuser or self.is_editor or self.is_publisher

    @property
    def is_auditor(self) -> bool:
        return self.has_role(roles.AUDITOR)

    @property
    def is_marker(self) -> bool:
        """For what the pages offer; whether somebody may mark is asked of the permission."""
        return self.has_role(roles.MARKER)

    @property
    def is_manager(self) -> bool:
        return self.has_role(roles.MANAGER)


class PersonTag(models.Model):
    """A word that L&D sorts people by, beside team, job role and location: "drives", "new contract"."""

    person = models.ForeignKey(User, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=80, validators=[one_line])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="person_tag_once")]
        indexes = [models.Index(fields=["name", "person"], name="person_tag_name")]

    def __str__(self) -> str:
        return self.name


class TeamLeadQuerySet(models.QuerySet["TeamLead"]):
    def on(self, day: date) -> "TeamLeadQuerySet":
        return self.filter(Q(starts_on__lte=day), Q(ends_on=None) | Q(ends_on__gte=day))


class TeamLead(models.Model):
    """Somebody leads a team, as its manager or as a deputy, from a day to a day (both included)."""

    class Kind(models.TextChoices):
        MANAGER = "manager", _("manager")
        DEPUTY = "deputy", _("deputy")

    team = models.ForeignKey(Team, models.PROTECT, related_name="leads")
    person = models.ForeignKey(User, models.PROTECT, related_name="leads")
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.MANAGER)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = TeamLeadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "person", "kind", "starts_on"], name="lead_once"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")), name="lead_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.team}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def with_token(self, token: str) -> "Invitation | None":
        return self.filter(token_sha256=Invitation.digest(token)).first()


class Invitation(models.Model):
    """An account offered by mail. The token itself is only in the mail: who reads this table gets in nowhere."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = EmailAddress(_("e-mail"))
    first_name = models.CharField(_("first name"), max_length=150, validators=[one_line])
    last_name = models.CharField(_("last name"), max_length=150, validators=[one_line])
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team"))
    job_role = models.CharField(_("job role"), max_length=80, blank=True, validators=[one_line])
    language = models.CharField(_("language"), max_length=2, choices=User.Language)
    invited_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="invitations_sent")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    token_sha256 = models.CharField(max_length=64, unique=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    person = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="invitation")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=Q(accepted_at=None), name="invitation_open_once"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, person=None) | Q(accepted_at__isnull=False, person__isnull=False),
                name="invitation_accepted_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="invitation_expires_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @staticmethod
    def digest(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    def state(self, now: datetime) -> rules.InvitationState:
        return rules.invitation_state(accepted_at=self.accepted_at, expires_at=self.expires_at, now=now)

    def as_person(self) -> User:
        """The person this invitation would make; not saved."""
        facts = ("email", "first_name", "last_name", "team", "job_role", "language")
        return User(**{fact: getattr(self, fact) for fact in facts})


def new_message_id() -> str:
    return f"<{uuid.uuid4().hex}@{urlsplit(settings.BASE_URL).hostname}>"


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self, now: datetime) -> "MailQuerySet":
        """Waiting, and in nobody's hands."""
        waiting = self.filter(sent_at=None, failed_at=None, withdrawn_at=None)
        return waiting.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now))

    def visible_to(self, user: User) -> "MailQuerySet":
        """That there was mail, to whom and whether it went: for L&D and admins."""
        return self if user.is_active and user.is_learning_staff else self.none()

    def given_up_since(self, moment: datetime) -> "MailQuerySet":
        return self.filter(failed_at__gte=moment)


class Mail(models.Model):
    """Outbox and log in one: written by the act that causes it, sent by the worker."""

    person = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="mails")
    to = EmailAddress()
    language = models.CharField(max_length=2, choices=User.Language)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    is_secret = models.BooleanField(default=False)  # holds a link that lets its reader in: emptied once it is sent
    message_id = models.CharField(max_length=250, unique=True, default=new_message_id)
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)  # no longer true when its turn came
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sent_at=None) | Q(failed_at=None), name="mail_sent_or_failed"),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(sent_at=None, failed_at=None), name="mail_waiting"),
            models.Index(fields=["failed_at"], condition=Q(failed_at__isnull=False), name="mail_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.to}"


class Attachment(models.Model):
    """The file that goes with a mail, in the same transaction as the mail and never changed: whatever dies, the same
    Message-ID carries the same bytes. Emptied with the last word about the mail; its name, size and hash stay."""

    mail = models.OneToOneField(Mail, models.CASCADE, related_name="attachment")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    emptied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class RosterImport(models.Model):
    """A list of people that waits for a yes. What it would do is worked out again before it is done, and compared with
    what was shown."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    file_name = models.CharField(max_length=120)
    content = models.BinaryField()  # the file as it came; emptied once it is done
    encoding = models.CharField(max_length=10)
    delimiter = models.CharField(max_length=1)
    is_complete = models.BooleanField(default=True)  # who is not in the file has left
    sends_invitations = models.BooleanField(default=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)  # what was done

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="roster_age")]

    def __str__(self) -> str:
        return self.file_name


class CalendarLink(models.Model):
    """The secret address of a person's calendar. It is derived from SECRET_KEY and the nonce: who reads this table has
    no address, and the person can see theirs again."""

    person = models.OneToOneField(User, models.CASCADE, related_name="calendar_link")
    nonce = models.CharField(max_length=64)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"calendar of {self.person_id}"

    @property
    def token(self) -> str:
        """Empty where SECRET_KEY has changed since: the address goes on working, and cannot be shown again."""
        token = calendar_token(self.nonce)
        return token if Invitation.digest(token) == self.token_sha256 else ""


def calendar_token(nonce: str) -> str:
    return salted_hmac("people.CalendarLink", nonce, algorithm="sha256").hexdigest()


class ScimTokenQuerySet(models.QuerySet["ScimToken"]):
    def valid(self) -> "ScimTokenQuerySet":
        return self.filter(revoked_at=None)


class ScimToken(models.Model):
    """Lets an identity provider keep people and teams here. The token is shown once and stored as a hash."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(pgettext_lazy("token", "name"), max_length=80, validators=[one_line])
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ScimTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
