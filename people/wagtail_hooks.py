"""What people add to the CMS: mail that could not be delivered, for those who can do something about it."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from wagtail import hooks
from wagtail.admin.ui.components import Component

from people.models import Mail, MailQuerySet

RECENT = timedelta(days=14)
SHOWN = 5


class FailedMail(Component):
    """To whom, about what and when: never the text, which may hold a link that lets its reader in."""

    order = 70

    def __init__(self, failed: MailQuerySet, count: int) -> None:
        self.failed, self.count = failed, count

    def render_html(self, parent_context: Any = None) -> str:
        newest = self.failed.defer("text", "html").order_by("-failed_at", "-pk")[:SHOWN]
        return render_to_string("people/staff/failed_mail.html", {"mails": newest, "count": self.count})


@hooks.register("construct_homepage_panels")
def warn_of_failed_mail(request: HttpRequest, panels: list) -> None:
    failed = Mail.objects.visible_to(request.user).given_up_since(timezone.now() - RECENT)  # type: ignore[arg-type]
    if count := failed.count():
        panels.append(FailedMail(failed, count))
