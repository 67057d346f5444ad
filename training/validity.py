"""Until when a completion is good, by the rules that asked for it: the day the next cycle is due."""

from datetime import date

from courses.models import Enrolment
from training.models import Assignment


def asked_for(enrolment: Enrolment, completed_on: date) -> date | None:
    """Of several rules the strictest; None where none sets an end, and the course's own word counts."""
    rows = Assignment.objects.current().filter(enrolment=enrolment).select_related("requirement", "enrolment")
    ends = [day for row in rows if (day := row.next_due(completed_on))]
    return min(ends, default=None)
