"""A quiz as somebody meets it who never took it: what an editor's preview shows. It stands for no attempt, and nothing
in it says which answer is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assessments.policy import Decision, decide
from assessments.quizzes.rules import types
from assessments.quizzes.rules.quiz import Quiz

SEED = "preview"  # the same paper at every look


@dataclass(frozen=True)
class First:
    """The first question of a paper, before it is answered. section: title of the part it stands in, if it has one."""

    stem: str
    section: str
    kind: str
    hints: Sequence[str]
    picture: Mapping[str, Any] | None
    shown: Mapping[str, Any]
    errors: Sequence[Mapping[str, str]] = ()
    wrong_field: str = ""


@dataclass(frozen=True)
class Beginning:
    """The rules as they are told before the first attempt, and its first question; None where there is none to ask."""

    quiz: Quiz
    decision: Decision
    must_pass: list[tuple[str, int]]
    first: First | None
    open_attempt: None = None

    @property
    def minutes(self) -> int | None:
        return self.quiz.rules["minutes"]


def beginning(body: Mapping[str, Any], now: datetime) -> Beginning:
    """body: as it is published, or a draft of it, however far it has got."""
    quiz = Quiz(body)
    return Beginning(quiz, decide(quiz.tries, taken=0, now=now), quiz.must_pass, _first(quiz))


def _first(quiz: Quiz) -> First | None:
    paper = quiz.new_paper(seed=SEED, seen={})
    if not paper:
        return None
    question = quiz.question(paper[0]["question"])
    kind = types.get(question.type)
    return First(
        stem=question.stem,
        section=next((section.title for section in quiz.sections if question.key in section.keys), ""),
        kind=question.type,
        hints=kind.hints(question, partial=quiz.rules["partial_credit"]),
        picture=question.picture,
        shown=kind.shown(question, paper[0]["order"], {}),
    )
