"""Names of compiled fields and kinds of difference, in the reader's words."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses import rules

FIELDS = {
    "title": _("Title"),
    "body": _("Text"),
    "text": _("Text"),
    "minutes": _("Minutes"),
    "required_of": _("Required of"),
    "objectives": _("Objectives"),
    "points": _("Source points"),
    "heading": _("Heading"),
    "items": _("Items"),
    "prompt": _("Question to think about"),
    "role": _("Your part"),
    "debrief": _("What made the difference"),
    "reflection": _("Questions to think about"),
    "stem": _("Question"),
    "correct": _("Right answer"),
    "feedback": _("Explanation"),
    "pass_mark": _("Pass mark"),
    "score": _("Points"),
    "quality": _("Quality"),
    "tension": _("Tension"),
    "to": _("Leads to"),
    "coaching": _("Coaching"),
    "consequence": _("What happens then"),
    "say": _("What is said"),
    "scene": _("Scene"),
    "outcome": _("Outcome"),
    "hours": _("Hours on the certificate"),
    "valid_months": _("Certificate valid for, months"),
    "summary": _("Summary"),
}
SORTS = {
    rules.ADDED: pgettext_lazy("difference", "added"),
    rules.REMOVED: pgettext_lazy("difference", "removed"),
    rules.CHANGED: pgettext_lazy("difference", "changed"),
    rules.MOVED: pgettext_lazy("difference", "in another order"),
}


def field_label(name: str) -> str:
    return str(FIELDS.get(name) or name.replace("_", " "))


def sort_label(sort: str) -> str:
    return str(SORTS[sort])
