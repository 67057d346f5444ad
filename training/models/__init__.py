"""Who must do what by when: the rules, what they ask of each person, and what was written to whom about it."""

from training.models.assignments import (
    Assignment,
    AssignmentEvent,
    AssignmentQuerySet,
    Equivalence,
    EquivalenceQuerySet,
    Happening,
    Leave,
    Waiver,
    WaiverQuerySet,
    departed,
    facts_of,
    newcomers,
    renewals,
    reopened,
    shown_as,
)
from training.models.ordered import SCREENS, ReportOrder, ReportOrderQuerySet
from training.models.reminders import Notice, Run, Sending, SendingQuerySet, Wording
from training.models.requirements import (
    MAY_CHANGE,
    Requirement,
    RequirementQuerySet,
    RequirementVersion,
    audience_q,
)
from training.models.site import ManagerRights

__all__ = [
    "MAY_CHANGE",
    "SCREENS",
    "Assignment",
    "AssignmentEvent",
    "AssignmentQuerySet",
    "Equivalence",
    "EquivalenceQuerySet",
    "Happening",
    "Leave",
    "ManagerRights",
    "Notice",
    "ReportOrder",
    "ReportOrderQuerySet",
    "Requirement",
    "RequirementQuerySet",
    "RequirementVersion",
    "Run",
    "Sending",
    "SendingQuerySet",
    "Waiver",
    "WaiverQuerySet",
    "Wording",
    "audience_q",
    "departed",
    "facts_of",
    "newcomers",
    "renewals",
    "reopened",
    "shown_as",
]
