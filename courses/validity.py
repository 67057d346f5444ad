"""Until when a completion is good. What asks for training stands above courses and may know better than the course:
it registers here from its apps.py."""

from collections.abc import Callable
from datetime import date

from courses.models import Enrolment

# (enrolment, the local day it was finished) -> the last day it is good for, or None where nobody asked for it.
Asked = Callable[[Enrolment, date], date | None]
_registered: list[Asked] = []


def register(asked: Asked) -> None:
    _registered[:] = [asked]


def asked_for(enrolment: Enrolment, completed_on: date) -> date | None:
    return _registered[0](enrolment, completed_on) if _registered else None
