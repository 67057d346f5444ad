"""A bank of questions in three languages and a quiz on it, as a step of the small course of tests/factories.py.

Feedback, codes and model answers carry the word SECRET, so that a search of any page finds a leak.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from assessments.quizzes.models import Question, QuizPage
from assessments.quizzes.rules import types
from courses.models import Enrolment, ModulePage, StepVersion
from courses.reports import shown_step
from people.models import User
from tests.factories import Course, Step, enrol, key_of, locale, make_course
from tests.quizzes.samples import best

BANK = "calm-first"
WRITTEN = ("reflection", "essay", "shorttext", "numeric")
TYPES = ("single", "multiple", "truefalse", "ordering", "matching")


def part_values(kind: str, name: str, language: str) -> list[dict[str, Any]]:
    """The parts of a sample question. The first option is right (of multiple the first two), items are in order."""

    def block(block_type: str, at: int, **texts: Any) -> dict[str, Any]:
        why = f"SECRET why {name} {at} ({language})"
        return {"type": block_type, "id": str(key_of(BANK, name, at)), "value": {**texts, "feedback": why}}

    if kind == "ordering":
        return [block("item", at, text=f"{name} step {at} ({language})") for at in range(4)]
    if kind == "matching":
        return [block("pair", at, left=f"{name} left {at}", right=f"{name} right {at} ({language})") for at in range(3)]
    if kind == "reflection":
        return []
    if kind == "essay":
        return [block("criterion", at, text=f"SECRET criterion {name} {at}", points=2) for at in range(2)]
    if kind == "shorttext":
        credits = {"keep calm": 100, "SECRET quiet": 50}
        return [
            block("answer", at, text=text, how="normalised", fold=False, credit=credit)
            for at, (text, credit) in enumerate(credits.items())
        ]
    if kind == "numeric":
        unit = {"type": "unit", "id": str(key_of(BANK, name, "unit")), "value": {"text": "minutes", "factor": "1"}}
        near = {"tolerance": "0.25", "measure": "absolute"}
        accepted = {"12.5": 100, "8731.59": 50}
        return [
            *(
                block("number", at, value=value, credit=part, **near)
                for at, (value, part) in enumerate(accepted.items())
            ),
            unit,
        ]
    if kind in ("judgement", "rating"):
        return [block("response", at, text=f"{name} response {at} ({language})", weight=5 - at) for at in range(4)]
    right = 2 if kind == "multiple" else 1
    count = 2 if kind == "truefalse" else 4
    return [block("option", at, text=f"{name} option {at} ({language})", correct=at < right) for at in range(count)]


def make_question(name: str, kind: str = "single", language: str = "en", **fields: Any) -> Question:
    values = {
        "code": f"SECRET-{name}",
        "bank": BANK,
        "type": kind,
        "module": "calm",
        "objective": "CALM-1",
        "difficulty": "0.73",
        "stem": f"What do you do, {name}? ({language})",
        "parts": part_values(kind, name, language),
        "model_answer": f"SECRET model {name}" if kind in WRITTEN else "",
        "rubric": f"SECRET criterion {name}" if kind == "reflection" else "",
    }
    question = Question(translation_key=key_of(BANK, name), locale=locale(language), **{**values, **fields})
    question.save()
    return question


def quiz(kinds: Sequence[str] = TYPES, **fields: Any) -> Step:
    """A step: a quiz on one question of each of these types, named S1, S2 … in this order."""

    def add(module: ModulePage, language: str, key: UUID) -> QuizPage:
        for number, kind in enumerate(kinds, 1):
            if not Question.objects.filter(translation_key=key_of(BANK, f"S{number}"), locale=module.locale).exists():
                make_question(f"S{number}", kind, language)
        values = {"pool_modules": ["calm"], "pass_mark": 80, "feedback": "after_hand_in"}
        page = QuizPage(
            title=f"Quiz on calm ({language})",
            slug="quiz",
            locale=module.locale,
            translation_key=key,
            objectives=["CALM-1"],
            **{**values, **fields},
        )
        module.add_child(instance=page)
        return page

    return add


def quiz_course(
    kinds: Sequence[str] = TYPES, *, lessons: int = 0, languages: Sequence[str] = ("en",), **fields: Any
) -> Course:
    return make_course(BANK, lessons=lessons, languages=languages, steps=[quiz(kinds, **fields)])


def quiz_version(enrolment: Enrolment, language: str = "en") -> StepVersion:
    """What the person is shown as the quiz, the last step of the course."""
    return shown_step(enrolment, UUID(enrolment.course_version.steps[-1].key), language).version


def enrolled(person: User, kinds: Sequence[str] = TYPES, **fields: Any) -> Enrolment:
    """This person, enrolled in a new course that ends with such a quiz."""
    return enrol(person, quiz_course(kinds, **fields))


def right_fields(attempt: Any, number: int) -> dict[str, str | list[str]]:
    """The form fields that answer this question of the paper rightly."""
    return fields_for(attempt, number, best)


def wrong_fields(attempt: Any, number: int) -> dict[str, str | list[str]]:
    return fields_for(attempt, number, worst_response)


def fields_for(attempt: Any, number: int, respond: Callable) -> dict[str, str | list[str]]:
    key = attempt.keys[number - 1]
    question = attempt.quiz.question(key)
    posted = types.get(question.type).posted(question, attempt.order(key), respond(question))
    return {name: values[0] if len(values) == 1 else values for name, values in posted.items()}


def worst_response(question: Any) -> dict[str, Any]:
    keys = list(question.keys)
    if question.type == "ordering":
        return {"order": keys[1:] + keys[:1]}
    if question.type == "matching":
        return {"pairs": dict(zip(keys, keys[1:] + keys[:1], strict=True))}
    if question.type in ("reflection", "essay", "shorttext"):
        return {"text": "Mine."}
    if question.type == "numeric":
        return {"number": "-1", "unit": question.of_kind("unit")[0]["key"]}
    if question.type == "judgement":
        return {"best": keys[-1], "worst": keys[0]}
    if question.type == "rating":
        return {"rated": {part["key"]: 5 if part["weight"] < 4 else 1 for part in question.parts}}
    return {"chosen": [part["key"] for part in question.parts if not part["correct"]][:1]}
