"""What becomes of its quizzes, questions, answers and sittings here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from assessments.quizzes.formats.django_quiz_app.dump import (
    ANSWER,
    CATEGORY,
    CHOICE,
    ESSAY,
    LINK,
    PACKAGE,
    QUESTION,
    QUIZ,
    SITTING,
    SUB_CATEGORY,
    TRUE_FALSE,
    Dump,
    Row,
)
from courses.keys import pack_key

TRUE_OR_FALSE = {"pl": ("Prawda", "Fałsz"), "lv": ("Patiesi", "Aplami"), "en": ("True", "False")}
CRITERION = {
    "pl": "Odpowiedź jest poprawna",
    "lv": "Atbilde ir pareiza",
    "en": "The answer is right",
}
WITHOUT_CATEGORY = {"pl": "Bez kategorii", "lv": "Bez kategorijas", "en": "Without a category"}
STEM_LENGTH = 240


def key_of(model: str, pk: int, part: str = "") -> str:
    return str(pack_key(PACKAGE, f"{model}:{pk}{part}"))


def module_name(category: int | None) -> str:
    return f"category-{category}" if category else "no-category"


def objective_name(question: int) -> str:
    return f"Q-{question}"


def question_values(dump: Dump, pk: int, language: str) -> dict[str, Any]:
    """Fields of a Question. The explanation, one for all answers there, stands at each right answer here; where none is
    right, at the first."""
    one, kind = dump.found[QUESTION][pk], dump.kind(pk)
    named = dump.found[CATEGORY].get(one["category"], {}), dump.found[SUB_CATEGORY].get(one["sub_category"], {})
    return {
        "code": objective_name(pk),
        "type": {CHOICE: "single", TRUE_FALSE: "truefalse", ESSAY: "essay"}[kind],
        "module": module_name(one["category"]),
        "objective": objective_name(pk),
        "category": named[0].get("category", ""),
        "sub_category": named[1].get("sub_category", ""),
        "stem": one["content"],
        "parts": _parts(dump, pk, kind, one["explanation"], language),
        "model_answer": one["explanation"] if kind == ESSAY else "",
        "keeps_order": kind == CHOICE and not is_shuffled(dump, pk),
    }


def _parts(dump: Dump, pk: int, kind: str, why: str, language: str) -> list[dict[str, Any]]:
    if kind == ESSAY:
        text = CRITERION.get(language, CRITERION["en"])
        criterion = {"text": text, "points": 1, "feedback": ""}
        return [{"type": "criterion", "id": key_of(ESSAY, pk), "value": criterion}]
    if kind == TRUE_FALSE:
        names = TRUE_OR_FALSE.get(language, TRUE_OR_FALSE["en"])
        right = dump.found[TRUE_FALSE][pk]["correct"]
        options = [
            (answer_key(dump, pk, str(value)), name, value is right)
            for value, name in zip((True, False), names, strict=True)
        ]
    else:
        options = [(key_of(ANSWER, at), one["content"], one["correct"]) for at, one in dump.answers(pk).items()]
    explained = [key for key, _text, correct in options if correct] or [key for key, *_rest in options][:1]
    return [
        {
            "type": "option",
            "id": key,
            "value": {"text": text, "correct": correct, "feedback": why if key in explained else ""},
        }
        for key, text, correct in options
    ]


def answer_key(dump: Dump, question: int, answer: str) -> str:
    """The key of the option that the package stored as this text."""
    if dump.kind(question) == TRUE_FALSE:
        return key_of(TRUE_FALSE, question, f".{answer.lower()}")
    return key_of(ANSWER, int(answer))


def response(dump: Dump, question: int, answer: str) -> dict[str, Any]:
    return {"text": answer} if dump.kind(question) == ESSAY else {"chosen": [answer_key(dump, question, answer)]}


def is_shuffled(dump: Dump, question: int) -> bool:
    return dump.found[CHOICE].get(question, {}).get("answer_order") == "random"


def quiz_values(dump: Dump, pk: int) -> dict[str, Any]:
    """Fields of a QuizPage. Each question is an objective of its own, so that a quiz draws exactly its questions."""
    one, questions = dump.found[QUIZ][pk], dump.questions_of(pk)
    draws = one["max_questions"] and one["max_questions"] < len(questions)
    return {
        "title": one["title"] or f"{QUIZ} {pk}",
        "search_description": one["description"],
        "pool_modules": [],
        "pool_objectives": [objective_name(key) for key in questions],
        "draw_count": one["max_questions"] if draws else None,
        "pass_mark": one["pass_mark"],
        "attempts_allowed": 1 if one["single_attempt"] else None,
        "feedback": "after_hand_in" if one["answers_at_end"] else "immediate",
        "shuffle_questions": one["random_order"],
        "shuffle_options": any(is_shuffled(dump, key) for key in questions),  # the others keep theirs
        "text_passed": one["success_text"],
        "text_not_yet": one["fail_text"],
    }


def asked_in(dump: Dump, quiz: int) -> list[int]:
    """The questions of the quiz, and those its sittings asked while they belonged to it."""
    sat = {key for one in dump.whole(SITTING).values() if one["quiz"] == quiz for key in one["question_order"]}
    return sorted({*dump.questions_of(quiz), *sat})


def started_at(dump: Dump) -> dict[int, datetime]:
    """{user: when they sat down for the first time}."""
    starts: dict[int, datetime] = {}
    for one in dump.whole(SITTING).values():
        starts[one["user"]] = min(one["start"], starts.get(one["user"], one["start"]))
    return starts


def ended_at(sitting: Mapping[str, Any]) -> datetime | None:
    return max(sitting["end"] or sitting["start"], sitting["start"]) if sitting["complete"] else None


def compiled_question(values: Mapping[str, Any], key: str, picture: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """As an attempt shows it. What it is about is its category here, so that a result is told by category."""
    names = ("type", "stem", "code", "module", "model_answer")
    return (
        {name: values[name] for name in names}
        | {
            "key": key,
            "parts": [{"key": part["id"], **part["value"]} for part in values["parts"]],
            "objective": values["module"],
            "points": [],
            "rubric": [],
        }
        | ({"picture": dict(picture)} if picture else {})
    )


def compiled_quiz(dump: Dump, pk: int, pool: list[dict[str, Any]], language: str) -> dict[str, Any]:
    """The content of a StepVersion: the quiz as it was there, also where it could not go live here."""
    values, one = quiz_values(dump, pk), dump.found[QUIZ][pk]
    names = {module_name(key): category_title(dump, key, language) for key in [None, *dump.found[CATEGORY]]}
    asked = {question["module"]: names[question["module"]] for question in pool}
    return {
        "schema": 1,
        "kind": "quiz",
        "title": values["title"],
        "minutes": 0,
        "required_of": "nobody",
        "module": {"key": module_key(one["category"]), "title": names[module_name(one["category"])]},
        "objectives": [],
        "sources": [],
        "points": [],
        "body": {
            "pool": pool,
            "draw": {"count": values["draw_count"], "per_objective_min": 0, "per_objective": {}},
            "rules": {
                "pass_mark": values["pass_mark"],
                "must_pass": {},
                "attempts": values["attempts_allowed"],
                "waits": [],
                "minutes": None,
                "feedback": values["feedback"],
                "shuffle_questions": values["shuffle_questions"],
                "shuffle_options": values["shuffle_options"],
                "partial_credit": False,
            },
            "modules": asked,
            "objectives": asked,
            "texts": {"passed": values["text_passed"].strip(), "not_yet": values["text_not_yet"].strip()},
        },
    }


def category_title(dump: Dump, category: int | None, language: str) -> str:
    named = dump.found[CATEGORY].get(category or 0, {}).get("category", "")
    return named or WITHOUT_CATEGORY.get(language, WITHOUT_CATEGORY["en"])


def module_key(category: int | None) -> str:
    return key_of(CATEGORY, category or 0)


def question_of(row: Row) -> Any:
    """The question that this row is part of."""
    return row.fields.get("question") if row.model in (ANSWER, LINK) else row.pk
