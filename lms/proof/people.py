"""How a person is named to an auditor: by name, or by a pseudonym once their personal data was erased."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from evidence.models import Record
from evidence.rules import ERASED
from people.models import User


def erased(field: str) -> Exists:
    """Whether the evidence forgot the person whose key is in this field."""
    return Exists(Record.objects.filter(subject=OuterRef(field), kind=ERASED))


def shown_name(person: User, is_erased: bool) -> str:
    return _("Erased person %(number)s") % {"number": person.key.hex[:8]} if is_erased else person.name


def with_erasure(people: QuerySet[User]) -> QuerySet[Any]:
    """Each with `is_erased`."""
    return people.annotate(is_erased=erased("key"))
