"""What a pack becomes: one object for each page and each question in each language, in the order of writing."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models

from assessments.quizzes.formats.pack import question_values, quiz_values, whole_quiz_values, with_images
from assessments.quizzes.models import Question, QuizPage
from assessments.scenarios.formats.pack import scenario_values
from assessments.scenarios.models import ScenarioPage
from courses import rules
from courses.formats.pack import course_values, lesson_values, module_values
from courses.keys import pack_key
from courses.models import CoursePage, LessonPage, ModulePage
from lms.packs.form import FINAL, MODULE_QUIZ
from lms.packs.reading import Pack
from lms.packs.whole import WHOLE_QUIZ, spoken

COURSE, MODULE, LESSON, SCENARIO, QUIZ = "course", "module", "lesson", "scenario", "quiz"
QUESTION, ORDER = "question", "order"
PAGES: dict[str, type[models.Model]] = {
    COURSE: CoursePage,
    MODULE: ModulePage,
    LESSON: LessonPage,
    SCENARIO: ScenarioPage,
    QUIZ: QuizPage,
}
MODELS = PAGES | {QUESTION: Question}


@dataclass(frozen=True)
class PackObject:
    """One object in one language. `values` are the fields as they are to be; of an ORDER the keys of its children.
    `shows` is what its page shows of other objects, so that it is written again when they change."""

    kind: str
    id: str
    key: UUID
    language: str
    file: str
    values: dict[str, Any] = field(repr=False)
    parent: str = ""  # id of the object it stands below
    shows: Any = field(default=None, repr=False)
    slug: str = ""  # the address an export had it at; empty: made of the title

    @property
    def name(self) -> tuple[str, str]:
        return self.id, self.language

    @cached_property
    def sha256(self) -> str:
        return rules.sha256({"values": self.values, "parent": self.parent, "shows": self.shows})


class Keys:
    """name in the pack → key in the database, explicit keys first."""

    def __init__(self, pack: Pack) -> None:
        self.pack_id = pack.id
        parts = [pack.course, *pack.modules, *pack.assessments(FINAL), *pack.assessments(WHOLE_QUIZ), *pack.bank]
        parts += [*pack.lessons.values(), *pack.scenarios.values()]
        named = [(part["id"], part) for part in parts]
        named += [(quiz_id(quiz, quiz["per_module"][0]), quiz) for quiz in pack.assessments(MODULE_QUIZ)]
        self.explicit = {name: UUID(part["key"]) for name, part in named if "key" in part}

    def uuid(self, name: str) -> UUID:
        return self.explicit.get(name) or _as_key(name) or pack_key(self.pack_id, name)

    def __call__(self, name: str) -> str:
        return str(self.uuid(name))


def _as_key(name: str) -> UUID | None:
    """An export names what lies outside its course by its key."""
    try:
        return UUID(name) if len(name) == len(str(UUID(int=0))) else None
    except ValueError:
        return None


def languages(pack: Pack) -> list[str]:
    """The pack's languages, the source language of the site first."""
    source = settings.LANGUAGE_CODE
    return sorted(pack.languages, key=lambda code: (code != source, pack.languages.index(code)))


def quiz_id(assessment: dict, module: str) -> str:
    """One entry of course.yaml makes a quiz in each of its modules: MQ in calm is MQ-calm."""
    return f"{assessment['id']}-{module}"


def pack_objects(pack: Pack) -> list[PackObject]:
    """All questions first: quizzes and lessons are then compiled once, with the questions they show."""
    keys = Keys(pack)
    questions = [one for language in languages(pack) for one in _questions(pack, language, keys)]
    return questions + [one for language in languages(pack) for one in _pages(pack, language, keys)]


def _questions(pack: Pack, language: str, keys: Keys) -> Iterator[PackObject]:
    for question in pack.bank:
        if language not in spoken(question, pack):
            continue
        name, values = question["id"], question_values(question, language, keys, bank=pack.id)
        values = with_images(values, lambda file: pack.media[file].digest)
        yield PackObject(QUESTION, name, keys.uuid(name), language, "questions.yaml", values)


def _pages(pack: Pack, language: str, keys: Keys) -> Iterator[PackObject]:
    def made(
        kind: str, name: str, file: str, values: dict[str, Any], parent: str = "", shows: Any = None
    ) -> PackObject:
        return PackObject(kind, name, keys.uuid(name), language, file, values, parent, shows)

    sources = _sources(pack)
    modules = [module for module in pack.modules if language in spoken(module, pack)]
    names = [
        [module["title"][language], [one["text"][language] for one in module["objectives"] if language in one["text"]]]
        for module in modules
    ]

    course = made(COURSE, pack.id, "course.yaml", course_values(pack.course, language))
    yield replace(course, slug=pack.course.get("slug", {}).get(language, ""))
    for module in modules:
        yield made(MODULE, module["id"], "course.yaml", module_values(module, language, keys), pack.id)
    yield made(ORDER, f"{pack.id}:order", "course.yaml", {"keys": [keys(module["id"]) for module in modules]}, pack.id)
    for module in modules:
        steps = list(_listed_steps(pack, module, language) if "steps" in module else _steps(pack, module))
        for kind, name, file, part in steps:
            values = _step_values(pack, kind, part, language, keys, module)
            cited = sorted({sources[point] for point in values["points"] if point in sources})
            yield made(kind, name, file, values, module["id"], [cited, names if kind == QUIZ else []])
        order = {"keys": [keys(name) for _kind, name, _file, _part in steps]}
        yield made(ORDER, f"{module['id']}:order", "course.yaml", order, module["id"])


def _sources(pack: Pack) -> dict[str, tuple[str, str]]:
    """(article, section) by point: what readers are shown as the source."""
    titles = {row["source_file"]: row["title"] for row in pack.articles}
    return {row["id"]: (titles.get(row["source_file"], ""), row["section"]) for row in pack.points}


def _steps(pack: Pack, module: dict) -> Iterator[tuple[str, str, str, dict]]:
    """(kind, id, file, data) of the steps of a module: lessons, each scenario after the last lesson that names it, the
    scenarios that none names, the quiz; the final ends the course."""
    lessons = {lesson["id"]: (file, lesson) for file, lesson in pack.lessons.items()}
    scenarios = {one["id"]: (file, one) for file, one in pack.scenarios.items() if one["module"] == module["id"]}
    last = {name: lesson["id"] for lesson in module["lessons"] for name in lesson["scenarios"]}
    for planned in module["lessons"]:
        if planned["id"] in lessons:
            yield LESSON, planned["id"], *lessons[planned["id"]]
        for name in planned["scenarios"]:
            if last[name] == planned["id"] and name in scenarios:
                yield SCENARIO, name, *scenarios.pop(name)
    for name, (file, scenario) in scenarios.items():
        yield SCENARIO, name, file, scenario
    for assessment in pack.assessments(MODULE_QUIZ):
        if module["id"] in assessment["per_module"]:
            yield QUIZ, quiz_id(assessment, module["id"]), "course.yaml", assessment
    if module is pack.modules[-1]:
        for assessment in pack.assessments(FINAL):
            yield QUIZ, assessment["id"], "course.yaml", assessment


def _listed_steps(pack: Pack, module: dict, language: str) -> Iterator[tuple[str, str, str, dict]]:
    """The same of an export, which lists them."""
    found = [(LESSON, file, lesson) for file, lesson in pack.lessons.items()]
    found += [(SCENARIO, file, scenario) for file, scenario in pack.scenarios.items()]
    found += [(QUIZ, "course.yaml", quiz) for quiz in pack.assessments(WHOLE_QUIZ)]
    here = {part["id"]: (kind, file, part) for kind, file, part in found if language in spoken(part, pack)}
    for name in module["steps"]:
        if name in here:
            kind, file, part = here[name]
            yield kind, name, file, part


def _step_values(pack: Pack, kind: str, part: dict, language: str, keys: Keys, module: dict) -> dict[str, Any]:
    if kind == LESSON:
        planned = pack.planned[part["id"]][1] if part["id"] in pack.planned else {}
        return lesson_values(part, language, keys, optional_for=planned.get("optional_for", ""))
    if kind == SCENARIO:
        return scenario_values(part, language, key_of=keys.uuid)
    if part["kind"] == WHOLE_QUIZ:
        return whole_quiz_values(part, language)
    return quiz_values(part, language, module=module, bank=pack.bank)
