"""What we write to people: one function a mail, in the reader's language, with one link, to settings.BASE_URL."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from people import rules
from people.models import Invitation, User


@dataclass(frozen=True)
class File:
    """What goes with a letter."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    kind: str
    language: str
    subject: str
    text: str
    html: str


def invitation(*, invitation: Invitation, token: str) -> Letter:
    with translation.override(invitation.language):
        return _letter(
            "invitation",
            _("Your invitation to %(site)s") % {"site": settings.WAGTAIL_SITE_NAME},
            link=reverse("invitation", args=[token]),
            days=rules.INVITATION_LASTS.days,
        )


def password_reset(*, person: User) -> Letter:
    with translation.override(person.language):
        token = default_token_generator.make_token(person)
        return _letter(
            "password_reset",
            _("Set a new password for %(site)s") % {"site": settings.WAGTAIL_SITE_NAME},
            link=reverse("password_reset_confirm", args=[person.key, token]),
            minutes=settings.PASSWORD_RESET_TIMEOUT // 60,
        )


def _letter(kind: str, subject: str, *, link: str, **facts: object) -> Letter:
    language = translation.get_language()
    context = facts | {
        "subject": subject,
        "language": language,
        "link": settings.BASE_URL + link,
        "site_name": settings.WAGTAIL_SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    return Letter(
        kind=kind,
        language=language,
        subject=subject,
        text=render_to_string(f"mail/{kind}.txt", context),
        html=render_to_string(f"mail/{kind}.html", context),
    )
