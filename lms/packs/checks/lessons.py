"""Lessons: what their blocks refer to, and whether they take the time they say."""

from collections.abc import Iterator

from courses.checks.rules import FEEDBACK_READ, TIME_TOLERANCE, WORDS_PER_MINUTE, WORK_SECONDS, words
from lms.packs.checks.finding import Finding, check, error, info, texts, warning
from lms.packs.reading import Pack

MINUTES = (5, 9)
NOT_WRITTEN = "the lesson is planned but not written"


@check
def blocks_refer_to_what_exists(pack: Pack) -> Iterator[Finding]:
    use = {question["id"]: question["use"] for question in pack.bank}
    scenarios = {scenario["id"] for scenario in pack.course["scenarios"]}
    for file, lesson in pack.lessons.items():
        for number, block in enumerate(lesson["blocks"], 1):
            key = f"blocks[{number}]"
            if block["kind"] == "knowledge_check" and block["question"] not in use:
                yield error(file, key, f"unknown question {block['question']}")
            elif block["kind"] == "knowledge_check" and use[block["question"]] != "practice":
                yield error(file, key, f"{block['question']} is graded; lessons show only practice questions")
            if block["kind"] == "scenario" and block["scenario"] not in scenarios:
                yield error(file, key, f"unknown scenario {block['scenario']}")
            if block["kind"] == "comparison":
                for row in block["rows"]:
                    if len(row) != len(block["columns"]):
                        yield error(file, key, f"a row with {len(row)} of {len(block['columns'])} cells")


@check
def blocks_teach_the_points(pack: Pack) -> Iterator[Finding]:
    for file, lesson in pack.lessons.items():
        used = {point for block in lesson["blocks"] for point in block.get("points", [])}
        for point in sorted(set(lesson["points"]) - used):
            yield error(file, "points", f"no block teaches {point}")
        for point in sorted(used - set(lesson["points"])):
            yield error(file, "blocks", f"a block cites {point}, which the lesson does not list")


@check
def lessons_are_short(pack: Pack) -> Iterator[Finding]:
    shortest, longest = MINUTES
    for name, (_module, lesson) in pack.planned.items():
        if not shortest <= lesson["minutes"] <= longest:
            yield error("course.yaml", name, f"{lesson['minutes']} minutes, expected {shortest} to {longest}")


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
                yield error(file, "minutes", f"declared {declared}, estimated {value:.1f} in {language}")


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
            yield warning("course.yaml", name, NOT_WRITTEN)
