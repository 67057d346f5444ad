"""How long a quiz takes, as the practice question of a lesson is counted: somebody who reads slowly reads a question
with its options, decides, and reads about half of the explanations. A paper is drawn, so an average question of what
it draws from stands for each. No Django."""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from assessments.quizzes.rules.paper import Draw
from assessments.quizzes.rules.sections import Section
from courses.checks import rules as checks

DECIDING = checks.WORK_SECONDS["knowledge_check"]
WRITING = {"reflection": checks.WORK_SECONDS["reflection"], "essay": 300}  # seconds, in place of deciding


def seconds(pool: Sequence[Mapping[str, Any]], language: str, *, explained: bool) -> dict[str, float]:
    """By the key of each compiled question. explained: whether people read why their answers were right."""
    share = checks.FEEDBACK_READ if explained else 0
    return {question["key"]: _one(question, 60 / checks.WORDS_PER_MINUTE[language], share) for question in pool}


def of_draw(draw: Draw, pool: Sequence[Mapping[str, Any]], of_question: Mapping[str, float]) -> float:
    if draw.per_objective:
        return sum(number * _mean(of_question, _about(name, pool)) for name, number in draw.per_objective.items())
    length = len(pool) if draw.count is None else draw.count
    return length * _mean(of_question, of_question)


def of_sections(sections: Sequence[Section], of_question: Mapping[str, float]) -> float:
    return sum(section.length * _mean(of_question, section.keys) for section in sections)


def _one(question: Mapping[str, Any], a_word: float, share: float) -> float:
    asked = checks.asked(question)
    read = sum(len(checks.words(text)) for text in (asked.stem, *asked.options))
    explained = sum(len(checks.words(part.get("feedback") or "")) for part in question["parts"])
    return (read + share * explained) * a_word + WRITING.get(question["type"], DECIDING)


def _about(objective: str, pool: Sequence[Mapping[str, Any]]) -> list[str]:
    return [question["key"] for question in pool if question["objective"] == objective]


def _mean(of_question: Mapping[str, float], keys: Any) -> float:
    found = [of_question[key] for key in keys]
    return mean(found) if found else 0.0
