from fractions import Fraction

from assessments.quizzes.rules.choosing import Choosing, right_keys
from assessments.quizzes.rules.question import Question, Response, _


class Single(Choosing):
    """One right option among several."""

    name, label = "single", _("single choice")

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        return (_("Choose one answer."),)

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        """Where two are right (no such question goes live here, but some are brought over), either of them is."""
        chosen = frozenset(response["chosen"])
        return Fraction(int(len(chosen) == 1 and chosen <= right_keys(question)))

    def problems(self, question: Question) -> list[str]:
        wrong = [] if len(right_keys(question)) == 1 else [_("Mark exactly one option as right.")]
        return super().problems(question) + wrong


TYPE = Single()
