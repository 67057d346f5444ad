"""What managers and L&D read: the words for what a list shows, what each status means, and why something happened."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from training.rules.status import Status

# The same words as in lms/templatetags/ostoja.py; a test holds the two together.
STATUSES: dict[str, Promise] = {
    Status.OVERDUE: pgettext_lazy("course status", "Overdue"),
    Status.EXPIRED: pgettext_lazy("certificate status", "Expired"),
    Status.EXPIRES_SOON: pgettext_lazy("certificate status", "Expires soon"),
    Status.NOT_STARTED: pgettext_lazy("course status", "Not started"),
    Status.IN_PROGRESS: pgettext_lazy("course status", "In progress"),
    Status.FINISHED: pgettext_lazy("course status", "Finished"),
    Status.WAIVED: pgettext_lazy("course status", "Waived"),
}
# What a list shows (rules.selection.SHOWN), in the order they are offered.
SHOWN: dict[str, Promise] = {
    "attention": _("Needs attention"),
    "all": _("All trainings"),
    "overdue": STATUSES[Status.OVERDUE],
    "due_soon": _("Due in 14 days"),
    "expires_soon": _("Expiring in 30 days"),
    "expired": STATUSES[Status.EXPIRED],
    "late": _("Overdue or expired"),
    "not_started": STATUSES[Status.NOT_STARTED],
    "in_progress": STATUSES[Status.IN_PROGRESS],
    "finished": STATUSES[Status.FINISHED],
    "waived": STATUSES[Status.WAIVED],
    "settled": _("Finished or waived"),
}
# What lies ahead (rules.selection.AHEAD).
AHEAD: dict[str, Promise] = {
    "due-30": _("Due within 30 days"),
    "due-60": _("Due within 60 days"),
    "due-90": _("Due within 90 days"),
    "expires-30": _("Runs out within 30 days"),
    "expires-60": _("Runs out within 60 days"),
    "expires-90": _("Runs out within 90 days"),
}
MEANINGS: dict[str, Promise] = {
    Status.OVERDUE: _("The due date has passed and the course is not finished."),
    Status.EXPIRED: _("Finished, but the validity has run out."),
    Status.EXPIRES_SOON: _("Still valid, and runs out within 30 days."),
    Status.NOT_STARTED: _("Not begun, and the due date lies ahead."),
    Status.IN_PROGRESS: _("Begun, not finished, and the due date lies ahead."),
    Status.FINISHED: _("Finished and valid."),
    Status.WAIVED: _("This person does not have to take it."),
}
DUE_SOON_MEANS = _("Not finished yet, and due within 14 days.")
COLUMNS: dict[str, Promise] = {
    "person": _("Person"),
    "team": _("Team"),
    "course": _("Course"),
    "due": pgettext_lazy("column", "Due"),
    "status": _("Status"),
    "finished": pgettext_lazy("column", "Finished"),
    "valid_until": pgettext_lazy("column", "Valid until"),
}
# The lists of a team (models.SCREENS).
SCREENS: dict[str, Promise] = {"trainings": _("Trainings"), "courses": _("People by course")}
SORTS: dict[str, Promise] = {
    "urgency": _("What needs attention first"),
    "person": COLUMNS["person"],
    "team": COLUMNS["team"],
    "course": COLUMNS["course"],
    "due": COLUMNS["due"],
    "valid_until": COLUMNS["valid_until"],
}

# --- why something happened to an assignment, where a rule did it -------------------------------------------------
JOINED, RETURNED, LEFT, CLOSED, SET_ASIDE = "joined", "returned", "left", "closed", "set-aside"
CYCLE, CHANGED, ON_LEAVE, WAIVER_ENDED = "cycle", "changed", "on-leave", "waiver-ended"
REASONS: dict[str, Promise] = {
    JOINED: _("Joined the people it is for."),
    RETURNED: _("Is among the people it is for again."),
    LEFT: _("Is no longer among the people it is for."),
    CLOSED: _("The account was closed."),
    SET_ASIDE: _("The requirement was set aside."),
    CYCLE: _("The renewal window has opened."),
    CHANGED: _("The course has changed and is to be taken again."),
    ON_LEAVE: _("The clock stands still during a leave."),
    WAIVER_ENDED: _("The waiver has ended."),
}

# --- what happened to a person's training: (icon, word) --------------------------------------------------------------
TIMELINE: dict[str, tuple[str, Promise]] = {
    "assigned": ("clipboard-list", pgettext_lazy("timeline", "Assigned")),
    "returned": ("clipboard-list", pgettext_lazy("timeline", "Assigned again")),
    "released": ("circle-x", pgettext_lazy("timeline", "No longer required")),
    "mailed": ("mail", pgettext_lazy("timeline", "Mail sent")),
    "reminded": ("mail", pgettext_lazy("timeline", "Reminder sent")),
    "mail-waits": ("mail", pgettext_lazy("timeline", "Mail on its way")),
    "mail-failed": ("triangle-alert", pgettext_lazy("timeline", "Mail could not be delivered")),
    "mail-withdrawn": ("mail", pgettext_lazy("timeline", "Mail withdrawn, the training was done")),
    "extended": ("calendar", pgettext_lazy("timeline", "Due date extended")),
    "paused": ("hourglass", pgettext_lazy("timeline", "Due date moved by a leave")),
    "resumed": ("calendar", pgettext_lazy("timeline", "Leave withdrawn, due date moved back")),
    "waived": ("circle-check", pgettext_lazy("timeline", "Waived")),
    "waiver-ended": ("clock", pgettext_lazy("timeline", "Waiver ended")),
    "equivalent": ("badge-check", pgettext_lazy("timeline", "Another qualification accepted")),
    "started": ("circle-dot", pgettext_lazy("timeline", "Started")),
    "step": ("check", pgettext_lazy("timeline", "Step finished")),
    "completed": ("circle-check", pgettext_lazy("timeline", "Course finished")),
    "certified": ("award", pgettext_lazy("timeline", "Certificate issued")),
    "revoked": ("badge-x", pgettext_lazy("timeline", "Certificate revoked")),
}
