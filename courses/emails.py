"""What courses write to people: one function a mail, in the reader's language."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.emails import Letter
from people.models import User


def not_published(*, author: User, label: str, reason: str) -> Letter:
    """To whoever planned it: a scheduled page did not go live, and why."""
    return _missed("not_published", _("Not published: %(title)s"), author, label, reason)


def not_taken_down(*, author: User, label: str, reason: str) -> Letter:
    """To whoever published it last: it is still live after its last day, and why."""
    return _missed("not_taken_down", _("Still live: %(title)s"), author, label, reason)


def _missed(kind: str, subject: Promise, author: User, label: str, reason: str) -> Letter:
    with translation.override(author.language):
        context = {
            "subject": subject % {"title": label},
            "language": author.language,
            "link": settings.BASE_URL + reverse("wagtailadmin_home"),
            "site_name": settings.WAGTAIL_SITE_NAME,
            "support_email": settings.SUPPORT_EMAIL,
            "title": label,
            "reason": reason,
        }
        return Letter(
            kind=kind,
            language=author.language,
            subject=context["subject"],
            text=render_to_string(f"mail/{kind}.txt", context),
            html=render_to_string(f"mail/{kind}.html", context),
        )
