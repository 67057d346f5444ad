"""The practice question inside a lesson. Questions live in a package above this one, which registers here how to
compile one and which ones an editor may choose."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from courses.checks.rules import Asked


@dataclass(frozen=True)
class BankQuestion:
    """A question of a course's bank in one language; compiled() gives the whole of it, version changes with it."""

    key: str
    is_graded: bool
    points: tuple[str, ...]
    asked: Asked
    version: str
    compiled: Callable[[], dict]


@dataclass(frozen=True)
class PracticeQuestions:
    """compile(question_key, language) -> the question as JSON-able data, or None when there is no such live question;
    choices(language) -> [(question_key, label)] for the editor;
    shown(enrolment, shown step, fault) -> {block id: what templates/quizzes/practice.html needs}, constant queries;
    fault: what the registering package itself found wrong with an answer just sent, or None;
    previewed(blocks) -> the same as shown(), for a lesson nobody takes;
    banks([(course code, language)], drafts) -> the live questions of each of these, in one query; drafts: with those
    that were never published, as their editors see them."""

    compile: Callable[[str, str], dict | None]
    choices: Callable[[str], list[tuple[str, str]]]
    shown: Callable[[Any, Any, Any], dict[str, Any]]
    previewed: Callable[[list[dict]], dict[str, Any]]
    banks: Callable[[Collection[tuple[str, str]], bool], dict[tuple[str, str], list[BankQuestion]]]


_registered: list[PracticeQuestions] = []
_prepared: ContextVar[dict[str, BankQuestion] | None] = ContextVar("courses_practice_prepared", default=None)


def register(questions: PracticeQuestions) -> None:
    _registered[:] = [questions]


@contextmanager
def prepared(bank: Iterable[BankQuestion]) -> Iterator[None]:
    """Inside, practice questions come from this bank: many lessons of one language cost no query each."""
    token = _prepared.set({question.key: question for question in bank if not question.is_graded})
    try:
        yield
    finally:
        _prepared.reset(token)


def compile_question(question_key: str, language: str) -> dict | None:
    held = _prepared.get() or {}
    if question_key in held:
        return held[question_key].compiled()
    return _registered[0].compile(question_key, language) if _registered else None


def choices(language: str) -> list[tuple[str, str]]:
    return _registered[0].choices(language) if _registered else []


def shown(enrolment: Any, step: Any, fault: Any = None) -> dict[str, Any]:
    return _registered[0].shown(enrolment, step, fault) if _registered else {}


def previewed(blocks: list[dict]) -> dict[str, Any]:
    return _registered[0].previewed(blocks) if _registered else {}


def banks(wanted: Collection[tuple[str, str]], drafts: bool = False) -> dict[tuple[str, str], list[BankQuestion]]:
    found = _registered[0].banks(wanted, drafts) if _registered and wanted else {}
    return {name: found.get(name, []) for name in wanted}


def bank(course_code: str, language: str) -> list[BankQuestion]:
    return banks([(course_code, language)])[course_code, language]
