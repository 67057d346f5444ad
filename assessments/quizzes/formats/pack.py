"""Questions and assessments of a content pack → fields of Question and QuizPage (docs/content-pack.md). Pure: the pack
was checked before, so every key, type and language is there."""

from collections.abc import Callable, Iterable
from typing import Any

from assessments.quizzes.rules.quiz import AFTER_HAND_IN, IMMEDIATE

Keys = Callable[[str], str]  # name in the pack -> key in the database
PARTS = {"options": "option", "items": "item", "pairs": "pair"}  # list in the pack -> block in the editor
FEEDBACK = {"immediate": IMMEDIATE, "after_submit": AFTER_HAND_IN}
MODULE_QUIZ = "module_quiz"
SECONDS_A_QUESTION = 75

# A quiz has no texts in the pack. Languages without their own get the English ones.
TITLES = {
    "pl": ("Test: {module}", "Test końcowy"),
    "lv": ("Tests: {module}", "Noslēguma tests"),
    "en": ("Quiz: {module}", "Final test"),
}
PASSED = {
    "pl": "Ten materiał masz opanowany. Zostaje otwarty, gdy zechcesz do niego wrócić.",
    "lv": "Šī daļa ir apgūta. Tā paliek atvērta, kad vien gribēsiet pie tās atgriezties.",
    "en": "You know this part. It stays open whenever you want to come back to it.",
}
NOT_YET = {
    "pl": "Przeczytaj wyjaśnienia poniżej i lekcje, które są przy nich wskazane. Potem podejdź ponownie.",
    "lv": "Izlasiet skaidrojumus zemāk un pie tiem norādītās nodarbības. Tad kārtojiet vēlreiz.",
    "en": "Read the explanations below and the lessons they name. Then try again.",
}


def question_values(question: dict, language: str, keys: Keys, *, bank: str) -> dict[str, Any]:
    """One entry of questions.yaml in one language. Every part gets the key that its id has in all languages."""
    return {
        "code": question["id"],
        "bank": bank,
        "type": question["type"],
        "use": question["use"],
        "module": question["module"],
        "objective": question["objective"],
        "points": question["points"],
        "difficulty": str(question["difficulty"]),
        "stem": question["stem"][language],
        "parts": [
            {
                "type": block,
                "value": {name: _text(value, language) for name, value in part.items() if name not in ("id", "key")},
                "id": part.get("key") or keys(f"{question['id']}.{part['id']}"),
            }
            for name, block in PARTS.items()
            for part in question.get(name, ())
        ],
        "model_answer": _text(question.get("model_answer", ""), language),
        "rubric": "\n".join(criterion[language] for criterion in question.get("rubric", ())),
    }


def quiz_values(assessment: dict, language: str, *, module: dict, bank: Iterable[dict]) -> dict[str, Any]:
    """One entry of `assessments` in course.yaml as the quiz of one module, in one language.

    bank: all questions of the pack, from which follows what the quiz can ask about.
    """
    of_module = assessment["kind"] == MODULE_QUIZ
    per_objective = assessment.get("draw_per_objective", {})
    objectives = [one["id"] for one in module["objectives"]] if of_module else list(per_objective)
    count = assessment["draw"] if of_module else sum(per_objective.values())
    asked = [one for one in bank if one["use"] == "graded" and one["objective"] in objectives]
    title = TITLES.get(language, TITLES["en"])[0 if of_module else 1]
    return {
        "title": title.format(module=module["title"][language].partition(":")[0]),
        "minutes": max(1, round(count * SECONDS_A_QUESTION / 60)),
        "objectives": objectives,
        "points": sorted({point for one in asked for point in one["points"]}),
        "pool_modules": [module["id"]] if of_module else [],
        "pool_objectives": [] if of_module else objectives,
        "draw_count": count if of_module else None,
        "per_objective_min": assessment.get("per_objective_min", 0),
        "draw_per_objective": per_objective,
        "pass_mark": _percent(assessment["pass_mark"]),
        "must_pass": {name: _percent(share) for name, share in assessment.get("must_pass_module", {}).items()},
        "attempts_allowed": None if assessment["attempts"] == "unlimited" else assessment["attempts"],
        "waits": _waits(assessment["cooldown_minutes"]),
        "time_limit_minutes": assessment.get("time_limit_minutes"),
        "feedback": FEEDBACK[assessment["feedback"]],
        "shuffle_questions": assessment["order"] == "shuffled",
        "shuffle_options": assessment["order"] == "shuffled",
        "partial_credit": of_module,
        "text_passed": PASSED.get(language, PASSED["en"]),
        "text_not_yet": NOT_YET.get(language, NOT_YET["en"]),
    }


def _text(value: Any, language: str) -> Any:
    return value[language] if isinstance(value, dict) else value


def _percent(share: float) -> int:
    return round(share * 100)


def _waits(minutes: int | list[int]) -> list[int]:
    """A single number is the wait before every attempt but the first."""
    if isinstance(minutes, list):
        return minutes
    return [0, minutes] if minutes else []
