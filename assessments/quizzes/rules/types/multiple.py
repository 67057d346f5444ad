from fractions import Fraction

from assessments.quizzes.rules.choosing import Choosing, right_keys
from assessments.quizzes.rules.question import Order, Posted, Question, Response, _


class Multiple(Choosing):
    """Several right options. Right minus wrong, never below nothing: who ticks everything never gets it all.

    That rule also holds where other types are all or nothing (docs/content-pack.md).
    """

    name, label = "multiple", _("multiple choice")
    control = "checkbox"
    no_guess = _("No random guess score: how many options a guesser ticks is not known.")

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        return (
            _("Choose all the answers that are right."),
            _("Each right one counts, each wrong one takes the same away."),
        )

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        return {"chosen": self.chosen(posted, question, order)}

    def option_mark(self, *, is_right: bool, is_chosen: bool) -> str:
        """Also "missed": right, but not ticked."""
        return "missed" if is_right and not is_chosen else super().option_mark(is_right=is_right, is_chosen=is_chosen)

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        right, chosen = right_keys(question), frozenset(response["chosen"])
        return max(Fraction(0), Fraction(len(chosen & right) - len(chosen - right), len(right)))

    def guess(self, question: Question, *, partial: bool) -> Fraction | None:
        return None

    def problems(self, question: Question) -> list[str]:
        right = len(right_keys(question))
        found = super().problems(question)
        if right < 2:
            found.append(_("Mark at least two options as right."))
        if right == len(question.parts):
            found.append(_("Add an option that is wrong."))
        return found


TYPE = Multiple()
