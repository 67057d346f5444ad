"""The values of one row, each read as what it has to be."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from assessments.quizzes.formats.django_quiz_app.dump import (
    ANSWER,
    CATEGORY,
    CHOICE,
    ESSAY,
    LINK,
    PROGRESS,
    QUESTION,
    QUIZ,
    SITTING,
    SUB_CATEGORY,
    TRUE_FALSE,
    USER,
    Row,
    Wrong,
)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Wrong("is no text")
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Wrong("holds what is no character")
    return value


def whole_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong("is no whole number")
    if abs(value) >= 2**31:
        raise Wrong("is larger than any number there can be")
    return value


def _flag(value: Any) -> bool:
    if value not in (0, 1):
        raise Wrong("is neither true nor false")
    return bool(value)


def _time(value: Any) -> datetime:
    """Without a zone it is UTC: so Django writes to SQLite."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Wrong("is no time") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _percent(value: Any) -> int:
    if not 0 <= whole_number(value) <= 100:
        raise Wrong("is not between 0 and 100")
    return int(value)


def _ids(value: Any) -> list[int]:
    """ "12,,11,,13," or "2": the package leaves commas behind."""
    words = [word.strip() for word in _text(value).split(",") if word.strip()]
    if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        raise Wrong("is no list of ids")
    return [int(word) for word in words]


def _links(value: Any) -> list[int]:
    if not isinstance(value, list):
        raise Wrong("is no list of ids")
    return sorted({whole_number(one) for one in value})


def _given(value: Any) -> dict[int, str]:
    """{question: what was answered}."""
    try:
        answers = json.loads("{}" if value in (None, "") else value)
    except (TypeError, ValueError, RecursionError) as error:
        raise Wrong("is no JSON") from error
    if not isinstance(answers, dict):
        raise Wrong("is JSON, but no table of answers")
    if not all(name.isascii() and name.isdigit() and len(name) < 10 for name in answers):
        raise Wrong("holds an answer to what is no question")
    return {int(name): _text(answer) for name, answer in answers.items()}


def _email(value: Any) -> str:
    address = _text(value).strip().lower()
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            raise Wrong("is no e-mail address") from error
    return address


def _name(longest: int) -> Callable[[Any], str]:
    def read_name(value: Any) -> str:
        name = _text(value).strip()
        if len(name.splitlines()) > 1 or any(letter < " " or letter == "\x7f" for letter in name):
            raise Wrong("is no plain text on one line")
        if len(name) > longest:
            raise Wrong(f"is longer than {longest} characters")
        return name

    return read_name


def _or_none(read_value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read_value(value)


VALUES: dict[str, dict[str, Callable[[Any], Any]]] = {
    USER: {"username": _name(254), "first_name": _name(150), "last_name": _name(150), "email": _email},
    CATEGORY: {"category": _name(250)},
    SUB_CATEGORY: {"sub_category": _name(250), "category": _or_none(whole_number)},
    QUIZ: {
        "title": _name(250),
        "description": _text,
        "url": _text,
        "category": _or_none(whole_number),
        "random_order": _flag,
        "max_questions": _or_none(whole_number),
        "answers_at_end": _flag,
        "exam_paper": _flag,
        "single_attempt": _flag,
        "pass_mark": _percent,
        "success_text": _text,
        "fail_text": _text,
        "draft": _flag,
    },
    QUESTION: {
        "category": _or_none(whole_number),
        "sub_category": _or_none(whole_number),
        "figure": _text,
        "content": _text,
        "explanation": _text,
        "quiz": _links,
    },
    LINK: {"question": whole_number, "quiz": whole_number},
    CHOICE: {"answer_order": _text},
    ANSWER: {"question": whole_number, "content": _text, "correct": _flag},
    TRUE_FALSE: {"correct": _flag},
    ESSAY: {},
    SITTING: {
        "user": whole_number,
        "quiz": whole_number,
        "question_order": _ids,
        "question_list": _ids,
        "incorrect_questions": _ids,
        "current_score": whole_number,
        "complete": _flag,
        "user_answers": _given,
        "start": _time,
        "end": _or_none(_time),
    },
    PROGRESS: {"user": whole_number, "score": _text},
}


def values_of(row: Row) -> dict[str, Any]:
    """Raises Wrong with the name of the field."""
    values = {}
    for name, read_value in VALUES[row.model].items():
        if name not in row.fields:
            raise Wrong(f"{name} is missing")
        try:
            values[name] = read_value(row.fields[name])
        except Wrong as error:
            raise Wrong(f"{name} {error}") from error
    return values
