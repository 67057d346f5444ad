"""What both wings say about trying again."""

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from assessments import policy


def decision_text(verdict: policy.Decision) -> str:
    """What happens next and who can help, in words; "" where a new attempt may simply start."""
    if verdict.until:
        words = {"when": date_format(timezone.localtime(verdict.until), "SHORT_DATETIME_FORMAT")}
        return gettext("You can try again from %(when)s.") % words
    if verdict.state != policy.USED_UP:
        return ""
    if settings.SUPPORT_EMAIL:
        words = {"email": settings.SUPPORT_EMAIL}
        return gettext("All attempts are used. Write to %(email)s: they can give you one more.") % words
    return gettext("All attempts are used. Whoever looks after training where you work can give you one more.")
