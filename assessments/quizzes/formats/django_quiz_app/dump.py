"""What was read of a django-quiz-app, row by row."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from courses.rules import sha256

PACKAGE = "django-quiz-app"
USER, PROGRESS, SITTING = "auth.user", "quiz.progress", "quiz.sitting"
CATEGORY, SUB_CATEGORY, QUIZ, QUESTION = "quiz.category", "quiz.subcategory", "quiz.quiz", "quiz.question"
CHOICE, ANSWER = "multichoice.mcquestion", "multichoice.answer"
TRUE_FALSE, ESSAY = "true_false.tf_question", "essay.essay_question"
LINK = "quiz.question_quiz"  # a row of its own only in SQLite
MODELS = (USER, CATEGORY, SUB_CATEGORY, QUIZ, QUESTION, LINK, CHOICE, ANSWER, TRUE_FALSE, ESSAY, SITTING, PROGRESS)
KINDS = (CHOICE, TRUE_FALSE, ESSAY)
PARTS = (*KINDS, ANSWER, LINK)  # rows that are part of their question here
TABLES = {name.replace(".", "_"): name for name in MODELS}
SQLITE = b"SQLite format 3\x00"
LEFT_OUT = {
    "auth.permission": "what people may do is decided here by roles",
    "auth.group": "what people may do is decided here by roles",
}

Id = tuple[str, int]  # model, primary key


class SourceRefused(Exception):
    """The file as a whole is not what it should be."""


class Wrong(ValueError):
    """What is wrong with one value."""


@dataclass(frozen=True)
class Row:
    """One row as it was read. place: how many rows of the file stand before it."""

    place: int
    model: str
    pk: Any
    fields: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.model}:{self.pk}"


@dataclass
class Dump:
    """found: {model: {pk: its values, checked}}, without rows that are broken in themselves. broken: {place of a row:
    why}, also of rows that need a broken one. notes: what is strange about a row, and was done about it."""

    file_sha256: str
    rows: list[Row]
    others: Counter[str]  # rows of tables that have nothing to do with quizzes
    found: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: {name: {} for name in MODELS})
    broken: dict[int, str] = field(default_factory=dict)
    notes: list[tuple[Row, str]] = field(default_factory=list)
    by_id: dict[Id, Row] = field(default_factory=dict)
    asked_by: dict[int, list[int]] = field(default_factory=dict)  # quiz: its questions
    answers_to: dict[int, list[int]] = field(default_factory=dict)  # question: its answers
    first: dict[tuple, int] = field(default_factory=dict)  # of those that may be only once: the first one's id

    def whole(self, model: str) -> dict[int, dict[str, Any]]:
        """The rows of this model that can be imported, in the order of their ids."""
        rows = sorted(self.found[model].items())
        return {pk: values for pk, values in rows if self.by_id[model, pk].place not in self.broken}

    def sha256(self, row: Row) -> str:
        """Of what it says, whichever file it stands in; of a question with its answers."""
        values: list[Any] = [self.found[row.model][row.pk]]
        if row.model == QUESTION:
            kind = self.kind(row.pk)
            values += [kind, self.found[kind][row.pk], self.answers(row.pk) if kind == CHOICE else {}]
        return sha256(json.loads(json.dumps(values, default=str)))

    def kind(self, question: int) -> str:
        return next(model for model in KINDS if question in self.found[model])

    def answers(self, question: int) -> dict[int, dict[str, Any]]:
        """The answers of a multiple choice question in the order it asks for."""
        mine = {pk: self.found[ANSWER][pk] for pk in sorted(self.answers_to.get(question, ()))}
        if self.found[CHOICE][question]["answer_order"] != "content":
            return mine
        return dict(sorted(mine.items(), key=lambda item: item[1]["content"]))

    def questions_of(self, quiz: int) -> list[int]:
        return sorted(self.asked_by.get(quiz, ()))
