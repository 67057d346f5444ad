"""An exported pack: everything that is named is there, and is named once. What makes a good course was for its editors
to judge, and is not judged again."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from lms.packs.checks.finding import Finding, error
from lms.packs.checks.pictures import pictures_are_there
from lms.packs.reading import Pack
from lms.packs.whole import spoken


def check_whole(pack: Pack) -> Iterator[Finding]:
    parts = list(_parts(pack))
    yield from _ids_are_used_once(pack, parts)
    yield from _keys_are_used_once(pack, parts)
    yield from _steps_are_there(pack)
    yield from pictures_are_there(pack)


def _parts(pack: Pack) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(file, kind, data) of everything that has an id in the one namespace of the pack."""
    yield "course.yaml", "course", pack.course
    for module in pack.modules:
        yield "course.yaml", "module", module
    for quiz in pack.course["assessments"]:
        yield "course.yaml", "quiz", quiz
    for question in pack.bank:
        yield "questions.yaml", "question", question
    for file, lesson in pack.lessons.items():
        yield file, "lesson", lesson
    for file, scenario in pack.scenarios.items():
        yield file, "scenario", scenario


def _ids_are_used_once(pack: Pack, parts: list[tuple[str, str, dict]]) -> Iterator[Finding]:
    """A module is there once; other things may stand in several parts, each in languages of its own."""
    said: set[tuple[str, str]] = set()
    kinds: dict[str, str] = {}
    for file, kind, part in parts:
        names = {(part["id"], language) for language in spoken(part, pack)}
        again = kind == "module" and part["id"] in kinds
        if names & said or again or kinds.setdefault(part["id"], kind) != kind:
            yield error(file, part["id"], _("the id is used twice"))
        said |= names
    for question in pack.bank:
        counts = Counter(part["id"] for name in ("options", "items", "pairs") for part in question.get(name, ()))
        for name in (name for name, count in counts.items() if count > 1):
            yield error("questions.yaml", f"{question['id']}.{name}", _("the id is used twice"))
    codes = Counter(row["id"] for row in pack.points)
    for name in (name for name, count in codes.items() if count > 1):
        yield error("points.csv", name, _("the id is used twice"))


def _keys_are_used_once(pack: Pack, parts: list[tuple[str, str, dict]]) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    keys: dict[str, str] = {}
    for file, _kind, part in parts:
        key = part.get("key", "").lower()
        if keys.setdefault(part["id"], key) != key:
            yield error(file, part["id"], _("not the same key in all languages"))
        if key and owners.setdefault(key, part["id"]) != part["id"]:
            yield error(file, part["id"], _("the key %(key)s is used twice") % {"key": key})


def _steps_are_there(pack: Pack) -> Iterator[Finding]:
    steps = [*pack.lessons.items(), *pack.scenarios.items()]
    steps += [("course.yaml", quiz) for quiz in pack.course["assessments"]]
    listed = {name: module["id"] for module in pack.modules for name in module.get("steps", ())}
    known = {part["id"] for _file, part in steps}
    for file, part in steps:
        if part["id"] not in listed:
            yield error(file, part["id"], _("it is among the steps of no module"))
        elif part.get("module", listed[part["id"]]) != listed[part["id"]]:
            yield error(file, part["id"], _("it is among the steps of %(module)s") % {"module": listed[part["id"]]})
    counts = Counter(name for module in pack.modules for name in module.get("steps", ()))
    for name, count in counts.items():
        if name not in known or count > 1:
            yield error("course.yaml", name, _("a step that is not there, or is listed twice"))
