"""What a content pack must look like, as a table: docs/content-pack.md in code. Whoever reads a pack in which
`faults()` found nothing may trust every type, every key and every language."""

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from lms.packs import whole
from lms.packs.reading import FORMAT, Pack
from lms.packs.shapes import (
    ID,
    Day,
    Either,
    Exact,
    Id,
    Key,
    Many,
    Mapped,
    Number,
    OneOf,
    PictureFile,
    Record,
    Shape,
    Text,
    Variant,
    Words,
)

LANGUAGE = re.compile(r"[a-z]{2}")
MODULE_QUIZ, FINAL = "module_quiz", "final"

FORMAT_LINE = OneOf((FORMAT,))
IDS = Many(Id())
TITLE, HEADING, LINE, TEXT = Text(200), Text(160), Text(500), Text()
KIND: dict[str, Shape] = {"kind": Words()}
POINTS: dict[str, Shape] = {"points": IDS}
KEY: dict[str, Shape] = {"key": Key()}
MINUTES = Number(1, 240)
SHARE = Number(0, 1, is_whole=False)


def _block(needs: dict[str, Shape], may: dict[str, Shape] | None = None) -> Record:
    return Record(KIND | needs, POINTS | KEY | (may or {}))


BLOCKS = {
    "hook": _block({"body": TEXT}),
    "concept": _block({"heading": HEADING, "body": TEXT}),
    "dialogue": _block(
        {
            "variant": OneOf(("good", "bad")),
            "turns": Many(Record({"who": OneOf(("customer", "agent")), "say": TEXT}), 2),
            "comment": TEXT,
        },
        {"setting": TITLE},
    ),
    "checklist": _block({"title": HEADING, "items": Many(TEXT, 1)}),
    "comparison": _block({"columns": Many(LINE, 2, 5), "rows": Many(Many(TEXT, 2, 5), 1)}),
    "flashcards": _block({"cards": Many(Record({"front": TEXT, "back": TEXT}), 1)}),
    "breathing": _block(
        {
            "pattern": Record(
                {
                    "in_seconds": Number(1, 15),
                    "hold_seconds": Number(0, 15),
                    "out_seconds": Number(1, 15),
                    "rounds": Number(1, 20),
                }
            ),
            "body": TEXT,
        }
    ),
    "reflection": _block({"prompt": TEXT}),
    "knowledge_check": _block({"question": Id()}),
    "job_aid": _block({"title": HEADING, "items": Many(TEXT, 1)}),
    "scenario": _block({"scenario": Id()}),
}

LESSON = Record(
    {
        "format": FORMAT_LINE,
        "id": Id(),
        "module": Id(),
        "title": TITLE,
        "minutes": MINUTES,
        "objectives": IDS,
        "points": IDS,
        "blocks": Many(Variant("kind", BLOCKS), 1, 100),
    },
    KEY,
)

_QUESTION: dict[str, Shape] = {
    "id": Id(),
    "module": Id(),
    "type": Words(),
    "objective": Id(),
    "points": IDS,
    "difficulty": SHARE,
    "use": OneOf(("graded", "practice")),
    "stem": TEXT,
}


_MAY = KEY | {"order": OneOf(("fixed",)), "picture": Record({"file": PictureFile(), "alt": Text(300)})}
# One that says nothing is decorative; `checks.pictures` asks packs written by hand for one of the two.
_PICTURE: dict[str, Shape] = {
    "picture": Record(
        {"file": PictureFile()}, {"alt": Text(whole.LONGEST, may_be_blank=True), "decorative": OneOf((True,))}
    )
}


def _parts(may: dict[str, Shape] | None = None, **more: Shape) -> Shape:
    """The options, items or pairs of a question: each explains itself."""
    return Many(Record({"id": Id(), "feedback": TEXT} | more, KEY | (may or {})), 2, 12)


def _accepted(needs: dict[str, Shape], may: dict[str, Shape]) -> Shape:
    """Answers that are accepted where people write one themselves."""
    return Many(Record({"id": Id(), "feedback": TEXT} | needs, KEY | {"credit": Number(1, 100)} | may), 1, 20)


_WEIGHTED = Record(_QUESTION | {"responses": _parts(_PICTURE, text=TEXT, weight=Number(0, 100))}, _MAY)
_ANSWERS = _accepted({"text": TEXT, "how": OneOf(("exact", "normalised", "pattern"))}, {"fold": OneOf((True, False))})
_NUMBERS = _accepted({"value": Exact()}, {"tolerance": Exact(signed=False), "measure": OneOf(("absolute", "relative"))})
_UNITS = Many(Record({"id": Id(), "text": TEXT}, KEY | {"factor": Exact(signed=False)}), 1, 20)
_CRITERIA = Many(Record({"id": Id(), "text": TEXT, "points": Number(1, 100)}, KEY | {"feedback": TEXT}), 1, 20)


_OPTIONS = Record(_QUESTION | {"options": _parts(_PICTURE, correct=OneOf((True, False)), text=TEXT)}, _MAY)
QUESTIONS = Record(
    {
        "format": FORMAT_LINE,
        "questions": Many(
            Variant(
                "type",
                {
                    "single": _OPTIONS,
                    "multiple": _OPTIONS,
                    "truefalse": _OPTIONS,
                    "ordering": Record(_QUESTION | {"items": _parts(_PICTURE, text=TEXT)}, _MAY),
                    "matching": Record(_QUESTION | {"pairs": _parts(_PICTURE, left=TEXT, right=TEXT)}, _MAY),
                    "shorttext": Record(_QUESTION | {"answers": _ANSWERS}, _MAY | {"model_answer": TEXT}),
                    "numeric": Record(
                        _QUESTION | {"numbers": _NUMBERS}, _MAY | {"units": _UNITS, "model_answer": TEXT}
                    ),
                    "judgement": _WEIGHTED,
                    "rating": _WEIGHTED,
                    "essay": Record(_QUESTION | {"criteria": _CRITERIA}, _MAY | {"model_answer": TEXT}),
                    "reflection": Record(
                        _QUESTION | {"graded": OneOf(("self",)), "model_answer": TEXT, "rubric": Many(TEXT, 1)}, _MAY
                    ),
                },
            ),
            at_most=5_000,
        ),
    }
)

TENSION = Number(0, 100)
_CHOICE = Record(
    {
        "key": Id(),
        "text": TEXT,
        "to": Id(),
        "tension": Number(-100, 100),
        "score": Number(-100, 100),
        "quality": OneOf(("best", "ok", "poor", "unsafe")),
        "skill": Id(),
        "consequence": TEXT,
        "coaching": TEXT,
    },
    POINTS
    | {
        "set": IDS,
        "if": Record({}, {"tension_max": TENSION, "tension_min": TENSION, "flags": IDS, "not_flags": IDS}),
    },
)
_NODE = Record(
    {
        "key": Id(),
        "speaker": OneOf(("customer", "colleague", "manager", "narrator")),
        "emotion": OneOf(("calm", "irritated", "angry", "threatening", "sad", "relieved")),
        "choices": Many(_CHOICE, 1, 12),
    },
    {"scene": TEXT, "say": TEXT},
)
OUTCOMES = ("good", "partial", "bad", "stopped")
SCENARIO = Record(
    {
        "format": FORMAT_LINE,
        "id": Id(),
        "module": Id(),
        "minutes": MINUTES,
        "points": IDS,
        "objectives": IDS,
        "title": TITLE,
        "role": TEXT,
        "setting": Text(255),
        "customer": Record({"name": Words(80), "gender": OneOf(("f", "m", "n")), "look": Text(255)}),
        "start": Id(),
        "tension": Record({"start": TENSION, "fail_at": TENSION, "fail_to": Id()}),
        "pass": Record({"outcomes": Many(OneOf(OUTCOMES), 1, 4), "min_score": Number(-1000, 1000)}),
        "skills": Mapped(HEADING),
        "flags": IDS,
        "expert_path": Many(Words()),
        "nodes": Many(_NODE, 1, 500),
        "endings": Many(
            Record(
                {"key": Id(), "outcome": OneOf(OUTCOMES), "text": TEXT, "debrief": TEXT, "reflection": Many(TEXT)},
            ),
            1,
            100,
        ),
    },
    KEY,
)

_PLANNED_LESSON = Record(
    {
        "id": Id(),
        "minutes": MINUTES,
        "title": TITLE,
        "kinds": Many(OneOf(tuple(BLOCKS))),
        "scenarios": IDS,
        "quiz_objectives": IDS,
        "points": IDS,
    },
    {"optional_for": OneOf(("employees", "everyone"))},
)
_ASSESSMENT: dict[str, Shape] = {
    "id": Id(),
    "kind": Words(),
    "pass_mark": SHARE,
    "attempts": Either((Number(1, 100), OneOf(("unlimited",)))),
    "cooldown_minutes": Either((Number(0, 100_000), Many(Number(0, 100_000), 1, 100))),
    "feedback": OneOf(("immediate", "after_submit")),
    "order": OneOf(("shuffled", "fixed")),
}
_RULES: dict[str, Shape] = {"time_limit_minutes": Number(1, 600), "must_pass_module": Mapped(SHARE)} | KEY
DRAWN = Number(1, 200)
COURSE = Record(
    {
        "format": FORMAT_LINE,
        "id": Id(),
        "version": Words(40),
        "languages": Many(Words(2), 1, 10),
        "title": TITLE,
        "summary": LINE,
        "audience": LINE,
        "modules": Many(
            Record(
                {
                    "id": Id(),
                    "title": TITLE,
                    "objectives": Many(
                        Record(
                            {
                                "id": Id(),
                                "bloom": OneOf(("remember", "understand", "apply", "analyse", "evaluate", "create")),
                                "text": Text(240),
                            }
                        )
                    ),
                    "lessons": Many(_PLANNED_LESSON),
                },
                KEY,
            ),
            1,
            100,
        ),
        "scenarios": Many(Record({"id": Id(), "module": Id(), "minutes": MINUTES, "title": TITLE, "points": IDS})),
        "assessments": Many(
            Variant(
                "kind",
                {
                    MODULE_QUIZ: Record(
                        _ASSESSMENT | {"per_module": Many(Id(), 1), "draw": DRAWN, "per_objective_min": Number(0, 50)},
                        _RULES,
                    ),
                    FINAL: Record(_ASSESSMENT | {"draw_per_objective": Mapped(DRAWN)}, _RULES),
                },
            )
        ),
    },
    KEY,
)

# --- what an export may say (lms/packs/whole.py) -------------------------------------------------------------------
_ADDED: dict[str, Shape] = {"required_of": OneOf(tuple(whole.REQUIRED_OF))}
WHOLE_LESSON = whole.spoken_record(LESSON, **_ADDED)
WHOLE_SCENARIO = whole.spoken_record(
    SCENARIO,
    **_ADDED,
    attempts_allowed=Number(1, 32_767),
    waits=Words(80),
    feedback_timing=OneOf(("debrief", "immediate")),
    meter_visible=OneOf(("always", "debrief")),
)
_BANK = QUESTIONS.needs["questions"]
assert isinstance(_BANK, Many)
assert isinstance(_BANK.of, Variant)
WHOLE_QUESTIONS = Record(
    {
        **QUESTIONS.needs,
        "questions": Many(
            Variant(
                "type",
                {
                    name: whole.spoken_record(
                        record,
                        code=Words(40),
                        bank=Words(80),
                        category=Words(250),
                        sub_category=Words(250),
                        tags=Many(Id()),
                        review_by=Day(),
                    )
                    for name, record in _BANK.of.shapes.items()
                },
            ),
            at_most=_BANK.at_most,
        ),
    }
)
_NAMES = Many(whole.FREE_NAME)
_COUNT = Number(0, 32_767)
_SECTION = Record(
    {
        "key": Key(),
        "by": OneOf(("questions", "objective", "module", "category", "tag")),
        "which": Many(Words(520), 1),
    },
    {"title": TITLE, "draw": Number(1, 200), "weight": Number(1, 100)},
)
_QUIZ = Record(
    {
        "id": Id(),
        "kind": Words(),
        "title": TITLE,
        "minutes": MINUTES,
        "objectives": IDS,
        "points": IDS,
        "pool_modules": _NAMES,
        "pool_objectives": _NAMES,
        "per_objective_min": _COUNT,
        "draw_per_objective": whole.Named(_COUNT),
        "pass_mark": SHARE,
        "must_pass_module": whole.Named(SHARE),
        "cooldown_minutes": Many(Number(0, 1_000_000)),
        "feedback": OneOf(("immediate", "after_submit", "after_last")),
        "shuffle_questions": OneOf((True, False)),
        "shuffle_options": OneOf((True, False)),
        "partial_credit": OneOf((True, False)),
    }
    | _ADDED,
    KEY
    | {
        "draw": _COUNT,
        "attempts": _COUNT,
        "time_limit_minutes": _COUNT,
        "text_passed": TEXT,
        "text_not_yet": TEXT,
        "must_pass_objective": whole.Named(SHARE),
        "review": OneOf(("verdicts", "score")),
        "one_page": OneOf((True,)),
        "tests_out": OneOf((True,)),
        "known_from": Number(1, 32_767),
        "open_to_guests": OneOf((True,)),
        "sections": Many(_SECTION),
    },
)
_MODULES = COURSE.needs["modules"]
assert isinstance(_MODULES, Many)
assert isinstance(_MODULES.of, Record)
_WHOLE_MODULE = whole.spoken_record(_MODULES.of, steps=Many(Id()))
_WHOLE_OBJECTIVE = Record({"id": whole.FREE_NAME, "bloom": Words(), "text": whole.SomeText()})
_WHOLE_COURSE = whole.lenient_record(
    COURSE,
    made_by=OneOf((whole.EXPORT,)),
    slug=Text(255),
    hours=Words(8),
    valid_months=_COUNT,
    review_by=Day(),
    open=OneOf((True,)),
)
WHOLE_COURSE = Record(
    {
        **_WHOLE_COURSE.needs,
        "modules": Many(
            whole.Spoken({**_WHOLE_MODULE.needs, "objectives": Many(_WHOLE_OBJECTIVE)}, _WHOLE_MODULE.may), 0, 1_000
        ),
        "assessments": Many(Variant("kind", {whole.WHOLE_QUIZ: whole.spoken_record(_QUIZ)})),
    },
    _WHOLE_COURSE.may,
)


def shapes_of(pack: Pack) -> tuple[Shape, Shape, Shape, Shape]:
    """Of course.yaml, questions.yaml, a lesson and a scenario."""
    if whole.is_export(pack):
        return WHOLE_COURSE, WHOLE_QUESTIONS, WHOLE_LESSON, WHOLE_SCENARIO
    return COURSE, QUESTIONS, LESSON, SCENARIO


POINT_KINDS = (
    "principle",
    "behaviour",
    "phrase",
    "procedure",
    "warning",
    "organisational-measure",
    "client-type-trait",
)
TREATMENTS = ("as-is", "reframed", "corrected", "manager-note")


# --- a whole pack --------------------------------------------------------------------------------------------------
def languages_of(course: Any) -> tuple[str, ...]:
    """The languages a pack lists, or none if they are not a list of different two-letter codes."""
    listed = course.get("languages") if isinstance(course, dict) else None
    if not isinstance(listed, list) or not all(isinstance(code, str) and LANGUAGE.fullmatch(code) for code in listed):
        return ()
    return tuple(listed) if len(set(listed)) == len(listed) else ()


def faults(pack: Pack) -> Iterator[tuple[str, str, str]]:
    """(file, key, reason) wherever the pack is not of the shape above."""
    languages = languages_of(pack.course)
    if not languages:
        yield "course.yaml", "languages", _("a list of different two-letter language codes is expected")
        return
    course, questions, lesson, scenario = shapes_of(pack)
    shapes = {"course.yaml": course, "questions.yaml": questions}
    for file, document in pack.documents():
        shape = shapes.get(file) or (lesson if file in pack.lessons else scenario)
        for key, reason in shape.faults(document, "", languages):
            yield file, key, reason
    yield from _row_faults(pack, languages)


def _row_faults(pack: Pack, languages: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for row in pack.points:
        where = row["id"] or "?"
        if not ID.fullmatch(row["id"]):
            yield "points.csv", where, _("id: a short name is expected")
        if row["kind"] not in POINT_KINDS:
            yield "points.csv", where, _("unknown kind “%(name)s”") % {"name": row["kind"]}
        if row["treatment"] not in TREATMENTS:
            yield "points.csv", where, _("unknown treatment “%(name)s”") % {"name": row["treatment"]}
        for name, longest in (("section", 200), ("source_file", 120), ("source_lines", 60)):
            if not row[name].strip() or len(row[name]) > longest:
                yield (
                    "points.csv",
                    where,
                    _("%(name)s: a text of at most %(most)d characters is expected") % {"name": name, "most": longest},
                )
        for language in languages:
            if not row.get(language, "").strip():
                yield "points.csv", where, _("no %(language)s text") % {"language": language}
    for file, rows in (("points.csv", pack.points), ("excluded.csv", pack.excluded)):
        for row in rows:
            if lines_of(row["source_lines"]) is None:
                yield file, row.get("id") or row["source_file"], _("source_lines: numbers such as 3, 5-7 are expected")
    for row in pack.articles:
        if not row["title"].strip() or len(row["title"]) > 200 or not LANGUAGE.fullmatch(row["language"]):
            yield "articles.csv", row["source_file"], _("a title and a two-letter language are expected")


def lines_of(text: str) -> set[int] | None:
    """{3, 5, 6, 7} for "3, 5-7"; None for anything else."""
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", part)
        if not match:
            return None
        found |= set(range(int(match[1]), int(match[2] or match[1]) + 1))
    return found
