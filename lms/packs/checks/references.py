"""Does everything that is named exist, and is it named once."""

from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.packs.checks.finding import Finding, check, error, warning
from lms.packs.form import MODULE_QUIZ
from lms.packs.reading import Pack

UNKNOWN = {
    "objective": gettext_lazy("unknown objective %(name)s"),
    "scenario": gettext_lazy("unknown scenario %(name)s"),
    "point": gettext_lazy("unknown point %(name)s"),
    "module": gettext_lazy("unknown module %(name)s"),
}


@check
def ids_are_used_once(pack: Pack) -> Iterator[Finding]:
    """One namespace for all objects: the key of an object is made of pack id and object id."""
    named = [("course.yaml", pack.id)]
    named += [("course.yaml", module["id"]) for module in pack.modules]
    named += [("course.yaml", lesson["id"]) for module in pack.modules for lesson in module["lessons"]]
    named += [("course.yaml", scenario["id"]) for scenario in pack.course["scenarios"]]
    named += [("course.yaml", assessment["id"]) for assessment in pack.course["assessments"]]
    named += [("questions.yaml", question["id"]) for question in pack.bank]
    yield from _twice(named)
    yield from _twice([("points.csv", row["id"]) for row in pack.points])
    yield from _twice([("course.yaml", one["id"]) for module in pack.modules for one in module["objectives"]])
    for question in pack.bank:
        parts = question.get("options") or question.get("items") or question.get("pairs") or []
        yield from _twice([("questions.yaml", f"{question['id']}.{part['id']}") for part in parts])
    for files in (pack.lessons, pack.scenarios):
        yield from _twice([(file, document["id"]) for file, document in files.items()])


def _twice(named: list[tuple[str, str]]) -> Iterator[Finding]:
    counts = Counter(name for _file, name in named)
    for file, name in dict.fromkeys(named):
        if counts[name] > 1:
            yield error(file, name, _("the id is used twice"))


@check
def keys_are_used_once(pack: Pack) -> Iterator[Finding]:
    """Explicit keys, as an export writes them for what was made by hand."""
    holders = [("course.yaml", pack.course), *(("course.yaml", module) for module in pack.modules)]
    holders += [("course.yaml", assessment) for assessment in pack.course["assessments"]]
    holders += [*pack.lessons.items(), *pack.scenarios.items()]
    for question in pack.bank:
        holders.append(("questions.yaml", question))
        parts = question.get("options") or question.get("items") or question.get("pairs") or []
        holders += [("questions.yaml", part) for part in parts]
    counts = Counter(holder["key"].lower() for _file, holder in holders if "key" in holder)
    for file, holder in holders:
        if "key" in holder and counts[holder["key"].lower()] > 1:
            yield error(file, holder["id"], _("the key %(key)s is used twice") % {"key": holder["key"]})
    for assessment in pack.assessments(MODULE_QUIZ):
        if "key" in assessment and len(assessment["per_module"]) > 1:
            yield error("course.yaml", assessment["id"], _("only a quiz of one module may have a key"))


@check
def plan_names_what_exists(pack: Pack) -> Iterator[Finding]:
    scenarios = {scenario["id"] for scenario in pack.course["scenarios"]}
    modules = {module["id"] for module in pack.modules}
    for name, (_module, lesson) in pack.planned.items():
        yield from _unknown("course.yaml", name, "objective", lesson["quiz_objectives"], pack.objectives)
        yield from _unknown("course.yaml", name, "scenario", lesson["scenarios"], scenarios)
        yield from _unknown("course.yaml", name, "point", lesson["points"], pack.point_ids)
    for scenario in pack.course["scenarios"]:
        yield from _unknown("course.yaml", scenario["id"], "module", [scenario["module"]], modules)
        yield from _unknown("course.yaml", scenario["id"], "point", scenario["points"], pack.point_ids)
    for row in pack.points:
        yield from _unknown("points.csv", row["id"], "module", [row["module"]], modules)


def _unknown(file: str, key: str, what: str, names, known) -> Iterator[Finding]:
    for name in names:
        if name not in known:
            yield error(file, key, UNKNOWN[what] % {"name": name})


@check
def every_point_is_taught(pack: Pack) -> Iterator[Finding]:
    taught = {point for _module, lesson in pack.planned.values() for point in lesson["points"]}
    for row in pack.points:
        if row["id"] not in taught:
            yield error("points.csv", row["id"], _("in no lesson"))


@check
def every_objective_is_taught(pack: Pack) -> Iterator[Finding]:
    taught = {name for _module, lesson in pack.planned.values() for name in lesson["quiz_objectives"]}
    for name in pack.objectives:
        if name not in taught:
            yield error("course.yaml", name, _("the objective is tested but in no lesson"))


@check
def lessons_match_the_plan(pack: Pack) -> Iterator[Finding]:
    for file, lesson in pack.lessons.items():
        if lesson["id"] not in pack.planned:
            yield error(file, "id", _("lesson %(name)s is not in course.yaml") % {"name": lesson["id"]})
            continue
        module, planned = pack.planned[lesson["id"]]
        if lesson["module"] != module["id"]:
            yield error(
                file,
                "module",
                _("%(here)s, but %(there)s in course.yaml") % {"here": lesson["module"], "there": module["id"]},
            )
        if set(lesson["points"]) != set(planned["points"]):
            yield error(file, "points", _("not those of course.yaml"))
        yield from _differences(file, lesson, planned)
        yield from _unknown(file, "objectives", "objective", lesson["objectives"], pack.objectives)


@check
def scenarios_match_the_plan(pack: Pack) -> Iterator[Finding]:
    listed = {scenario["id"]: scenario for scenario in pack.course["scenarios"]}
    named = {name: module["id"] for module, lesson in pack.planned.values() for name in lesson["scenarios"]}
    for file, scenario in pack.scenarios.items():
        name = scenario["id"]
        if name not in listed:
            yield error(file, "id", _("scenario %(name)s is not in course.yaml") % {"name": name})
            continue
        if scenario["module"] != listed[name]["module"]:
            yield error(
                file,
                "module",
                _("%(here)s, but %(there)s in course.yaml")
                % {"here": scenario["module"], "there": listed[name]["module"]},
            )
        if named.get(name, scenario["module"]) != scenario["module"]:
            yield error(
                file,
                "module",
                _("%(here)s, but lessons of %(there)s name it") % {"here": scenario["module"], "there": named[name]},
            )
        yield from _differences(file, scenario, listed[name])
        yield from _unknown(file, "points", "point", scenario["points"], pack.point_ids)
        yield from _unknown(file, "objectives", "objective", scenario["objectives"], pack.objectives)


def _differences(file: str, written: dict, planned: dict) -> Iterator[Finding]:
    for name in ("title", "minutes"):
        if written[name] != planned[name]:
            yield warning(file, name, "not as in course.yaml; what is written here is used")


@check
def articles_are_named(pack: Pack) -> Iterator[Finding]:
    titles = {row["source_file"] for row in pack.articles}
    for file in sorted({row["source_file"] for row in pack.points} - titles):
        if titles:
            yield warning("articles.csv", file, "no title; the name of the file is shown to readers")
    yield from _twice([("articles.csv", row["source_file"]) for row in pack.articles])
