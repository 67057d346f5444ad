"""Questions and assessments of a content pack → fields of Question and QuizPage (docs/content-pack.md). Pure: the pack
was checked before, so every key, type and language is there."""

from collections.abc import Callable, Iterable, Iterator
from string import ascii_lowercase
from typing import Any

from assessments.quizzes.rules.quiz import AFTER_HAND_IN, AFTER_LAST, EXPLANATIONS, IMMEDIATE
from courses.formats.pack import Texts

Keys = Callable[[str], str]  # name in the pack -> key in the database
PARTS = {  # list in the pack -> block in the editor
    "options": "option",
    "items": "item",
    "pairs": "pair",
    "answers": "answer",
    "numbers": "number",
    "units": "unit",
    "responses": "response",
    "criteria": "criterion",
}
MAY_BE_LEFT_OUT: dict[str, dict[str, Any]] = {
    "answer": {"fold": False, "credit": 100},
    "number": {"tolerance": "0", "measure": "absolute", "credit": 100},
    "unit": {"factor": "1"},
    "criterion": {"feedback": ""},
}
SAME_EVERYWHERE = frozenset({"how", "value", "tolerance", "measure", "factor"})  # of a part, in every language
OWN_TEXTS = {  # what types of question say beside their parts
    "reflection": ("model_answer", "rubric"),
    "shorttext": ("model_answer",),
    "numeric": ("model_answer",),
    "essay": ("model_answer",),
}
FEEDBACK = {"immediate": IMMEDIATE, "after_submit": AFTER_HAND_IN, "after_last": AFTER_LAST}
# Where an editor finds it, and when somebody is to read it again; a pack that says nothing leaves it alone.
FILED = ("category", "sub_category", "tags", "review_by")
MODULE_QUIZ = "module_quiz"
SECONDS_A_QUESTION = 75
LETTERS = (*ascii_lowercase, *(f"p{number}" for number in range(1, 75)))  # names for the parts of a question

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
    told = {name: question[name] for name in FILED if name in question}
    told |= {"keeps_order": question["order"] == "fixed"} if "order" in question else {}
    if picture := question.get("picture"):
        told |= {"picture": picture["file"], "picture_alt": picture["alt"][language]}
    return told | {
        "code": question.get("code", question["id"]),
        "bank": question.get("bank", bank),
        "type": question["type"],
        "use": question["use"],
        "module": question.get("module", ""),
        "objective": question.get("objective", ""),
        "points": question["points"],
        "difficulty": str(question["difficulty"]) if "difficulty" in question else None,
        "stem": question["stem"][language],
        "parts": [
            {
                "type": block,
                "value": MAY_BE_LEFT_OUT.get(block, {})
                | {name: _text(value, language) for name, value in part.items() if name not in ("id", "key")},
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
    if isinstance(value, dict) and "file" in value:
        alt = value.get("alt", {}).get(language, "")
        return {"image": value["file"], "alt_text": alt, "decorative": value.get("decorative", False)}
    return value[language] if isinstance(value, dict) else value


# --- pictures: in the pack a file, in a question an image ------------------------------------------------------------
def pictures_of(question: dict) -> Iterator[tuple[str, dict]]:
    """(key, picture) of one entry of questions.yaml."""
    if "picture" in question:
        yield f"{question['id']}.picture", question["picture"]
    for part in (part for name in PARTS for part in question.get(name, ())):
        if "picture" in part:
            yield f"{question['id']}.{part['id']}.picture", part["picture"]


def with_images(values: dict[str, Any], image: Callable[[Any], Any]) -> dict[str, Any]:
    """The values of a question with something else in the place of each image. What becomes nothing goes."""
    turned = {**values, "parts": [part | {"value": _turned(part["value"], image)} for part in values["parts"]]}
    return turned | {"picture": image(values["picture"])} if values.get("picture") else turned


def _turned(value: dict[str, Any], image: Callable[[Any], Any]) -> dict[str, Any]:
    turned = {
        name: part | {"image": part["image"] and image(part["image"])} if is_picture(part) else part
        for name, part in value.items()
    }
    return {name: part for name, part in turned.items() if not is_picture(part) or part["image"]}


def is_picture(value: Any) -> bool:
    return isinstance(value, dict) and "image" in value


def _percent(share: float) -> int:
    return round(share * 100)


def _waits(minutes: int | list[int]) -> list[int]:
    """A single number is the wait before every attempt but the first."""
    if isinstance(minutes, list):
        return minutes
    return [0, minutes] if minutes else []


# --- an exported quiz says all of itself -----------------------------------------------------------------------------
def whole_quiz_values(quiz: dict, language: str) -> dict[str, Any]:
    """A quiz of an exported pack, where nothing is left to be concluded from module and bank."""
    return {
        "title": quiz["title"][language],
        "minutes": quiz["minutes"],
        "required_of": quiz["required_of"],
        "objectives": quiz["objectives"],
        "points": quiz["points"],
        "pool_modules": quiz["pool_modules"],
        "pool_objectives": quiz["pool_objectives"],
        "draw_count": quiz.get("draw"),
        "per_objective_min": quiz["per_objective_min"],
        "draw_per_objective": quiz["draw_per_objective"],
        "pass_mark": _percent(quiz["pass_mark"]),
        "must_pass": {name: _percent(share) for name, share in quiz["must_pass_module"].items()},
        "attempts_allowed": quiz.get("attempts"),
        "waits": quiz["cooldown_minutes"],
        "time_limit_minutes": quiz.get("time_limit_minutes"),
        "feedback": FEEDBACK[quiz["feedback"]],
        "shuffle_questions": quiz["shuffle_questions"],
        "shuffle_options": quiz["shuffle_options"],
        "partial_credit": quiz["partial_credit"],
        "text_passed": quiz.get("text_passed", {}).get(language, ""),
        "text_not_yet": quiz.get("text_not_yet", {}).get(language, ""),
        "must_pass_objective": {name: _percent(share) for name, share in quiz.get("must_pass_objective", {}).items()},
        "review": quiz.get("review", EXPLANATIONS),
        "one_page": quiz.get("one_page", False),
        "tests_out": quiz.get("tests_out", False),
        "known_from": quiz.get("known_from"),
        "open_to_guests": quiz.get("open_to_guests", False),
        "sections": [_section(section, language) for section in quiz.get("sections", ())],
    }


def _section(section: dict, language: str) -> dict[str, Any]:
    return {
        "type": "section",
        "value": {
            "title": section.get("title", {}).get(language, ""),
            "by": section["by"],
            "which": ", ".join(section["which"]),
            "count": section.get("draw"),
            "weight": section.get("weight", 1),
        },
        "id": section["key"],
    }


# --- and back --------------------------------------------------------------------------------------------------------
def quiz_to_pack(values: dict[str, Any], language: str) -> dict[str, Any]:
    """The fields of a QuizPage in one language, as whole_quiz_values() reads them."""
    words = {word: name for name, word in FEEDBACK.items()}
    limits = {"draw": "draw_count", "attempts": "attempts_allowed", "time_limit_minutes": "time_limit_minutes"}
    return {
        "title": Texts({language: values["title"]}),
        **{name: values[name] for name in ("minutes", "required_of", "objectives", "points")},
        **{name: values[name] for name in ("pool_modules", "pool_objectives", "per_objective_min")},
        "draw_per_objective": values["draw_per_objective"],
        "pass_mark": values["pass_mark"] / 100,
        "must_pass_module": {name: percent / 100 for name, percent in values["must_pass"].items()},
        "cooldown_minutes": values["waits"],
        "feedback": words[values["feedback"]],
        **{name: values[name] for name in ("shuffle_questions", "shuffle_options", "partial_credit")},
        **{word: values[name] for word, name in limits.items() if values[name] is not None},
        "text_passed": Texts({language: values["text_passed"]}),
        "text_not_yet": Texts({language: values["text_not_yet"]}),
    } | _later_to_pack(values, language)


def _later_to_pack(values: dict[str, Any], language: str) -> dict[str, Any]:
    """What came later is said only where it is chosen, so that packs of before stay what they are."""
    must_pass = {name: percent / 100 for name, percent in values["must_pass_objective"].items()}
    chosen = {
        "must_pass_objective": must_pass,
        "review": "" if values["review"] == EXPLANATIONS else values["review"],
        "one_page": values["one_page"],
        **{name: values[name] for name in ("tests_out", "known_from", "open_to_guests")},
        "sections": [_section_to_pack(section, language) for section in values["sections"]],
    }
    return {name: value for name, value in chosen.items() if value}


def _section_to_pack(section: dict[str, Any], language: str) -> dict[str, Any]:
    value = section["value"]
    names = [name.strip() for name in value["which"].split(",")]
    return {
        "key": section["id"],
        "title": Texts({language: value["title"]}),
        "by": value["by"],
        "which": [name for name in names if name],
        **({"draw": value["count"]} if value["count"] else {}),
        "weight": value["weight"],
    }


def question_to_pack(question: str, values: dict[str, Any], language: str, keys: Keys, *, bank: str) -> dict[str, Any]:
    """The fields of a Question in one language. keys: names to keys, as the import will make them; a part that has
    another key says so."""
    told = {name: values[name] for name in ("module", "objective", *FILED) if values[name]}
    told |= {"order": "fixed"} if values["keeps_order"] else {}
    told |= {"code": values["code"]} if values["code"] != question else {}
    told |= {"bank": values["bank"]} if values["bank"] != bank else {}
    told |= {"difficulty": float(values["difficulty"])} if values["difficulty"] is not None else {}
    document: dict[str, Any] = {
        **{name: values[name] for name in ("type", "use", "points")},
        **told,
        "stem": Texts({language: values["stem"]}),
    }
    if values["picture"]:
        document["picture"] = {"file": values["picture"], "alt": Texts({language: values["picture_alt"]})}
    for name, block in PARTS.items():
        parts = [part for part in values["parts"] if part["type"] == block]
        if parts:
            document[name] = _parts_to_pack(question, parts, language, keys)
    told_after = OWN_TEXTS.get(values["type"], ())
    if "rubric" in told_after:
        document["graded"] = "self"
    if "model_answer" in told_after:
        document["model_answer"] = Texts({language: values["model_answer"]})
    if "rubric" in told_after:
        criteria = [line.strip() for line in values["rubric"].splitlines() if line.strip()]
        document["rubric"] = [Texts({language: criterion}) for criterion in criteria]
    return document


def _parts_to_pack(question: str, parts: list[dict], language: str, keys: Keys) -> list[dict[str, Any]]:
    """A part keeps the name its key was made of; one that was made by hand gets the next free letter and its key."""
    names = {keys(f"{question}.{letter}"): letter for letter in LETTERS}
    kept = {names[part["id"]] for part in parts if part["id"] in names}
    free = iter([letter for letter in LETTERS if letter not in kept])
    told = []
    for part in parts:
        own = {"id": names[part["id"]]} if part["id"] in names else {"id": next(free), "key": part["id"]}
        told.append(own | {name: _told(name, value, language) for name, value in part["value"].items()})
    return told


def _told(name: str, value: Any, language: str) -> Any:
    if is_picture(value):
        words = {"decorative": True} if value.get("decorative") else {"alt": Texts({language: value["alt_text"] or ""})}
        return {"file": value["image"], **words}
    return Texts({language: value}) if isinstance(value, str) and name not in SAME_EVERYWHERE else value
