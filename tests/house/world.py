"""Ana's world for the access matrix: everything that can belong to somebody, once, and all of it hers."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.urls import reverse

from assessments.quizzes import actions as quizzes
from assessments.scenarios import actions as scenarios
from certificates import actions as certificates
from certificates.rules import Facts
from courses import actions as courses
from courses.reports import shown_step
from lms.packs.site import set_up_site
from people import actions as people
from people.models import User
from tests.cast import CAST, hire, make_teams
from tests.factories import enrol, key_of, make_course
from tests.quizzes.factories import quiz
from tests.scenarios.factories import scenario


@dataclass
class World:
    people: dict[str, User | None]
    values: dict[str, Any] = field(default_factory=dict)  # of a URL's parameters, by their name
    special: dict[str, dict[str, Any]] = field(default_factory=dict)  # those of one address: url or url#variant
    paths: dict[str, str] = field(default_factory=dict)  # addresses that `reverse` cannot make

    def path(self, url: str, variant: str = "") -> str:
        label = f"{url}#{variant}" if variant else url
        if label in self.paths:
            return self.paths[label]
        values = {**self.values, **self.special.get(url, {}), **self.special.get(label, {})}
        return reverse(url, kwargs={name: values[name] for name in parameters(url)})


def parameters(url: str) -> list[str]:
    from tests.house.urls import all_urls

    return next(list(known.converters) for known in all_urls() if known.name == url)
