"""Lessons: what their blocks refer to, and whether they take the time they say."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from courses.checks.rules import FEEDBACK_READ, TIME_TOLERANCE, WORDS_PER_MINUTE, WORK_SECONDS, words
from lms.packs.checks.finding import Finding, check, error, info, texts, warning
from lms.packs.reading import Pack

MINUTES = (5, 9)
NOT_WRITTEN = gettext_noop("the lesson is planned but not written")


@check
def blocks_refer_to_what_exists(pack: Pack) -> Iterator[Finding]:
    use = {question["id"]: question["use"] for question in pack.bank}
    scenarios = {scenario["id"] for scenario in pack.course["scenarios"]}
    for file, lesson in pack.lessons.items():
        for number, block in enumerate(lesson["blocks"], 1):
            key = f"blocks[{number}]"
            if block["kind"] == "knowledge_check" and block["question"] not in use:
                yield error(file, key, _("unknown question %(name)s") % {"name": block["question"]})
            elif block["kind"] == "knowledge_check" and use[block["question"]] != "practice":
                yield error(
                    file,
                    key,
                    _("%(name)s is graded; lessons show only practice questions") % {"name": block["question"]},
                )
            if block["kind"] == "scenario" and block["scenario"] not in scenarios:
                yield error(file, key, _("unknown scenario %(name)s") % {"name": block["scenario"]})
            if block["kind"] == "comparison":
                for row in block["rows"]:
                    if len(row) != len(block["columns"]):
                        yield error(
                            file,
                            key,
                            _("a row with %(count)d cells, where there are %(all)d columns")
                            % {"count": len(row), "all": len(block["columns"])},
                        )


@check
def blocks_teach_the_points(pack: Pack) -> Iterator[Finding]:
    for file, lesson in pack.lessons.items():
        used = {point for block in lesson["blocks"] for point in block.get("points", [])}
        for point in sorted(set(lesson["points"]) - used):
            yield error(file, "points", _("no block teaches %(point)s") % {"point": point})
        for point in sorted(used - set(lesson["points"])):
            yield error(file, "blocks", _("a block cites %(point)s, which the lesson does not list") % {"point": point})


@check
def lessons_are_short(pack: Pack) -> Iterator[Finding]:
    shortest, longest = MINUTES
    for name, (_module, lesson) in pack.planned.items():
        if not shortest <= lesson["minutes"] <= longest:
            yield error(
                "course.yaml",
                name,
                _("%(count)d minutes, expected %(least)d to %(most)d")
                % {"count": lesson["minutes"], "least": shortest, "most": longest},
            )


@check
def minutes_are_true(pack: Pack) -> Iterator[Finding]:
    bank = {question["id"]: question for question in pack.bank}
    for file, lesson in pack.lessons.items():
        declared = lesson["minutes"]
        spoken = [language for language in pack.languages if language in WORDS_PER_MINUTE]
        estimates = {language: minutes(lesson["blocks"], language, bank, pack.languages) for language in spoken}
        listed = ", ".join(f"{language} {value:.1f}" for language, value in estimates.items())
        yield info(file, "minutes", f"declared {declared}, estimated {listed}")
        for language, value in estimates.items():
            if abs(value - declared) > TIME_TOLERANCE * declared:
                yield error(
                    file,
                    "minutes",
                    _("declared %(declared)d, estimated %(estimated)s in %(language)s")
                    % {"declared": declared, "estimated": f"{value:.1f}", "language": language},
                )


def minutes(blocks: list[dict], language: str, bank: dict[str, dict], languages: tuple[str, ...]) -> float:
    """How long a slow reader takes, reading and working."""
    seconds = 0.0
    for block in blocks:
        read: float = sum(len(words(text[language])) for _path, text in texts(block, languages))
        if block["kind"] == "knowledge_check":
            for path, text in texts(bank.get(block["question"], {}), languages):
                read += len(words(text[language])) * (FEEDBACK_READ if "feedback" in path else 1)
        seconds += read * 60 / WORDS_PER_MINUTE[language]
        if block["kind"] == "breathing":
            pattern = block["pattern"]
            breath = pattern["in_seconds"] + pattern["hold_seconds"] + pattern["out_seconds"]
            seconds += breath * pattern["rounds"]
        else:
            seconds += WORK_SECONDS.get(block["kind"], 0)
    return seconds / 60


@check
def planned_lessons_are_written(pack: Pack) -> Iterator[Finding]:
    written = {lesson["id"] for lesson in pack.lessons.values()}
    for name in pack.planned:
        if name not in written:
            yield warning("course.yaml", name, _(NOT_WRITTEN))
