"""What courses write to people: one function a mail, in the reader's language."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from people.emails import Letter
from people.models import User


def not_published(*, author: User, label: str, reason: str) -> Letter:
    """To whoever planned it: a scheduled page did not go live, and why."""
    with translation.override(author.language):
        subject = _("Not published: %(title)s") % {"title": label}
        context = {
            "subject": subject,
            "language": author.language,
            "link": settings.BASE_URL + reverse("wagtailadmin_home"),
            "site_name": settings.WAGTAIL_SITE_NAME,
            "support_email": settings.SUPPORT_EMAIL,
            "title": label,
            "reason": reason,
        }
        return Letter(
            kind="not_published",
            language=author.language,
            subject=subject,
            text=render_to_string("mail/not_published.txt", context),
            html=render_to_string("mail/not_published.html", context),
        )
