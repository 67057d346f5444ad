"""A question on a page of its own that is explained as soon as it was answered: practice, and self-checks."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assessments.quizzes.reports.sittings import errors_of, verdict
from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Order, Posted, Question, Refused, Response


@dataclass(frozen=True)
class OneQuestion:
    """As templates/quizzes/one_question.html shows it; explained is None until it was answered. language: of its texts,
    "" where it is the reader's own."""

    stem: str
    kind: str
    hints: Sequence[str]
    picture: Mapping[str, Any] | None
    shown: Mapping[str, Any]
    explained: Mapping[str, Any] | None
    verdict: str
    errors: list[dict[str, str]]
    language: str = ""
    idem: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def wrong_field(self) -> str:
        return self.errors[0]["field"] if self.errors else ""


def one_question(
    question: Question,
    order: Order,
    response: Response | None,
    *,
    language: str = "",
    partial: bool = True,
    posted: Posted | None = None,
    fault: Refused | None = None,
) -> OneQuestion:
    """posted: what was just sent, where it could not be kept. An answer to parts that are gone is none."""
    kind = types.get(question.type)
    if response is not None and not kind.fits(question, response):
        response = None
    marked = kind.scored and not kind.manual and response is not None
    return OneQuestion(
        stem=question.stem,
        kind=question.type,
        hints=kind.hints(question, partial=partial),
        picture=question.picture,
        shown=kind.shown(question, order, posted or {}),
        explained=None if response is None else kind.explained(question, order, response),
        verdict=verdict(kind.mark(question, response, partial=partial) if marked and response else None),
        language=language,
        errors=errors_of(fault),
    )
