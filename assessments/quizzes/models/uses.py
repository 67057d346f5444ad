"""What else a quiz may be for: a pre-test that waives lessons, a self-check for people without an account."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Question as PublishedQuestion
from courses import rules as courses

USES = ("tests_out", "known_from", "open_to_guests")  # the same in every language


class OtherUses(models.Model):
    """Fields of a QuizPage, and what they add to its compiled body."""

    tests_out = models.BooleanField(
        _("pre-test"),
        default=False,
        help_text=_(
            "Taken once, by whoever likes. Whoever shows that they know all objectives of a lesson need not read it. "
            "There is no pass mark."
        ),
    )
    known_from = models.PositiveSmallIntegerField(
        _("an objective is known from so many right answers"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: all that were asked about it."),
    )
    open_to_guests = models.BooleanField(
        _("open to guests"),
        default=False,
        help_text=_(
            "Anybody may take it as a self-check, without an account. Its questions and explanations are public then."
        ),
    )

    class Meta:
        abstract = True

    def rules_of_use(self) -> dict[str, Any]:
        """A pre-test can be tried once and cannot be failed, whatever the other rules say. Nothing for other quizzes,
        so that those of before stay what they are."""
        if not self.tests_out:
            return {}
        no_failing: dict[str, Any] = {"pass_mark": 0, "must_pass": {}, "must_pass_objective": {}}
        return {"test_out": {"right": self.known_from}, "attempts": 1, "waits": []} | no_failing

    def body_of_use(self) -> dict[str, Any]:
        """No part of the structure: who has begun is not concerned."""
        return {"open_to_guests": True} if self.open_to_guests else {}

    def problems_of_use(self, pool: Sequence[PublishedQuestion]) -> list[str]:
        found = []
        if self.tests_out and self.required_of != courses.NOBODY:
            found.append(gettext("A pre-test is optional: say that it is required of nobody."))
        if (self.tests_out or self.open_to_guests) and any(types.get(question.type).manual for question in pool):
            found.append(gettext("A pre-test and a quiz that is open to guests are marked at once: ask no essays."))
        if not self.tests_out or not self.known_from:
            return found
        asked = Counter(question.objective for question in pool if types.get(question.type).scored)
        for name, count in sorted(asked.items()):
            if count < self.known_from:
                words = {"objective": name, "short": self.known_from - count}
                found.append(gettext("Questions missing for %(objective)s: %(short)d.") % words)
        return found
