"""What else a quiz may be for: a pre-test that waives lessons, a self-check for people without an account."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Question as PublishedQuestion

USES = ("tests_out", "known_from", "open_to_guests")  # fields of a QuizPage, the same in every language


@dataclass(frozen=True)
class Uses:
    """What an editor chose of it, and what that adds to the compiled body."""

    tests_out: bool
    known_from: int | None
    open_to_guests: bool
    is_optional: bool

    def rules(self) -> dict[str, Any]:
        """A pre-test can be tried once and cannot be failed, whatever the other rules say. Nothing for other quizzes,
        so that those of before stay what they are."""
        if not self.tests_out:
            return {}
        no_failing: dict[str, Any] = {"pass_mark": 0, "must_pass": {}, "must_pass_objective": {}}
        return {"test_out": {"right": self.known_from}, "attempts": 1, "waits": []} | no_failing

    def body(self) -> dict[str, Any]:
        """No part of the structure: who has begun is not concerned."""
        return {"open_to_guests": True} if self.open_to_guests else {}

    def problems(self, pool: Sequence[PublishedQuestion], surely_asked: Mapping[str, int]) -> list[str]:
        """surely_asked: {objective: how many scored questions about it each paper has at least}."""
        found = []
        if self.tests_out and not self.is_optional:
            found.append(gettext("A pre-test is optional: say that it is required of nobody."))
        if self.open_to_guests and (self.tests_out or not self.is_optional):
            found.append(
                gettext("Guests read all its answers: neither a pre-test nor a required quiz may be open to them.")
            )
        if (self.tests_out or self.open_to_guests) and any(types.get(question.type).manual for question in pool):
            found.append(gettext("A pre-test and a quiz that is open to guests are marked at once: ask no essays."))
        if not self.tests_out or not self.known_from:
            return found
        asked = Counter(question.objective for question in pool if types.get(question.type).scored)
        for name, count in sorted(asked.items()):
            if count < self.known_from:
                words = {"objective": name, "short": self.known_from - count}
                found.append(gettext("Questions missing for %(objective)s: %(short)d.") % words)
        for name, least in sorted(surely_asked.items()):
            if least < self.known_from <= asked[name]:
                told = gettext(
                    "%(objective)s: a paper may ask fewer than %(right)d questions about it. Draw more of them."
                )
                found.append(told % {"objective": name, "right": self.known_from})
        return found
