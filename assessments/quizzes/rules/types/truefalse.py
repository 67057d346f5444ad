import random

from assessments.quizzes.rules.question import Question, _
from assessments.quizzes.rules.types.single import Single


class TrueFalse(Single):
    """A statement that holds or does not. True and false keep the editor's order."""

    name, label = "truefalse", _("true or false")

    def shuffle(self, question: Question, rng: random.Random) -> list[str]:
        return list(question.keys)

    def problems(self, question: Question) -> list[str]:
        count = [] if len(question.parts) == 2 else [_("Write exactly two options: true and false.")]
        return super().problems(question) + count


TYPE = TrueFalse()
