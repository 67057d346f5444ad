"""The practice question inside a lesson. Questions live in a package above this one, which registers here how to
compile one and which ones an editor may choose."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PracticeQuestions:
    """compile(question_key, language) -> the question as JSON-able data, or None when there is no such live question;
    choices(language) -> [(question_key, label)] for the editor;
    shown(enrolment, shown step, fault) -> {block id: what templates/quizzes/practice.html needs}, constant queries;
    fault: what the registering package itself found wrong with an answer just sent, or None."""

    compile: Callable[[str, str], dict | None]
    choices: Callable[[str], list[tuple[str, str]]]
    shown: Callable[[Any, Any, Any], dict[str, Any]]


_registered: list[PracticeQuestions] = []


def register(questions: PracticeQuestions) -> None:
    _registered[:] = [questions]


def compile_question(question_key: str, language: str) -> dict | None:
    return _registered[0].compile(question_key, language) if _registered else None


def choices(language: str) -> list[tuple[str, str]]:
    return _registered[0].choices(language) if _registered else []


def shown(enrolment: Any, step: Any, fault: Any = None) -> dict[str, Any]:
    return _registered[0].shown(enrolment, step, fault) if _registered else {}
