"""Small courses as people write them: with quotes and colons, blanks before and after, lines, signs of many kinds; in
one language or three, with pictures or without. Each is the files of an exported pack, the form that may say anything
a page holds."""

import io
from functools import cache
from typing import Any

import yaml
from hypothesis import strategies as st
from PIL import Image

from lms.packs import dumping
from tests.packs.conftest import MINI

Draw = Any  # what hypothesis gives a composite strategy

STRANGE = [
    *('"Quoted": yes', "it's: a #comment", "- a list", "* star", "1. one", "> more", "# head", "a: b", "---", "..."),
    *("null", "yes", "2026-01-01", "1_000", "8:02", "=", "<b>&amp;</b>", "back\\slash", "%YAML", "| pipe", "`code`"),
    *(
        "  leading",
        "trailing  ",
        "\n\nlines around\n",
        "two\nlines",
        "para\n\n\npara",
        "  two\n    indented\n",
        "tab\tin",
    ),
    *("emoji 🙂👩‍👩‍👧", "„cytat” «x»", "\u00a0nbsp\u00a0", "a\u2028b", "a\u0085b", "\ufeffmark", "a\u200bb", "e\u0301"),
    *(
        "{{site.alarm}}",
        "[link](https://example.org)",
        "**bold** *it*",
        "a_b_c",
        "!important",
        "&anchor",
        "@at",
        "x" * 130,
    ),
]
ANY = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(" \n"), min_size=1, max_size=20)
TEXT = (st.sampled_from(STRANGE) | ANY).filter(str.strip)
MARKDOWN = TEXT | st.sampled_from(
    ["### Head\n\nText", "- one\n- **two**", "1. one\n2. two", "a  \nb", "*a* [b](tel:112)"]
)
KEYS = st.none() | st.uuids().map(str)
POINTS = ["P-1", "P-2"]
OBJECTIVES = ["O-1", "O.2"]  # the second as only the CMS takes it


class Author:
    """Draws texts in the languages that a part has."""

    def __init__(self, draw: Draw, languages: list[str]) -> None:
        self.draw, self.languages = draw, languages

    def text(self, texts: st.SearchStrategy[str] = TEXT, end: str = "") -> dict[str, str]:
        """end: what tells it from others that must not be the same."""
        return {language: self.draw(texts) + end for language in self.languages}

    def some(self, texts: st.SearchStrategy[str] = TEXT) -> dict[str, dict[str, str]]:
        """A text that may be absent, or empty in a language."""
        if not self.draw(st.booleans()):
            return {}
        return {"text": {language: self.draw(texts | st.just("")) for language in self.languages}}

    def of(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def key(self) -> dict[str, str]:
        """Of what was made by hand."""
        key = self.draw(KEYS)
        return {"key": key} if key else {}

    def subset(self, names: list[str]) -> list[str]:
        return [name for name in names if self.draw(st.booleans())]

    def may(self, **values: Any) -> dict[str, Any]:
        return {name: value for name, value in values.items() if self.draw(st.booleans())}


# --- lessons -------------------------------------------------------------------------------------------------------
def blocks(a: Author) -> dict[str, Any]:
    """One of each kind."""
    return {
        "hook": {"body": a.text(MARKDOWN)},
        "concept": {"heading": a.text(), "body": a.text(MARKDOWN)},
        "dialogue": {
            "variant": a.of("good", "bad"),
            "turns": [{"who": who, "say": a.text()} for who in ("customer", "agent")],
            "comment": a.text(),
            **a.may(setting=a.text()),
        },
        "checklist": {"title": a.text(), "items": [a.text(), a.text()]},
        "job_aid": {"title": a.text(), "items": [a.text()]},
        "comparison": {"columns": [a.text(), a.text()], "rows": [[a.text(), a.text()]]},
        "flashcards": {"cards": [{"front": a.text(), "back": a.text()}]},
        "breathing": {
            "pattern": {"in_seconds": 4, "hold_seconds": 0, "out_seconds": 6, "rounds": 3},
            "body": a.text(MARKDOWN),
        },
        "reflection": {"prompt": a.text()},
        "knowledge_check": {"question": "Q-PRACTICE"},
        "scenario": {"scenario": "SC-1"},
    }


def lesson(a: Author, name: str) -> dict[str, Any]:
    known = blocks(a)
    kinds = a.draw(st.lists(st.sampled_from(list(known)), min_size=1, max_size=5))
    own = {} if a.of(True, True, False) else {"languages": a.languages[:1]}
    said = {
        "format": "lms-content/1",
        "id": name,
        **a.key(),
        **own,
        "module": "m",
        "title": a.text(),
        "minutes": a.of(0, 5, 300),
        **a.may(required_of=a.of("everyone", "managers", "nobody")),
        "objectives": a.subset(OBJECTIVES),
        "points": a.subset(POINTS),
        "blocks": [{"kind": kind, **a.key(), **a.may(points=["P-1"]), **known[kind]} for kind in kinds],
    }
    return in_languages(said, a.languages, own.get("languages", a.languages))


# --- questions -------------------------------------------------------------------------------------------------------
def picture(a: Author, pictures: list[str], *, decorative: bool) -> dict[str, Any]:
    if not pictures or not a.of(True, True, False):
        return {}
    if decorative and a.of(True, False):
        return {"picture": {"file": a.of(*pictures), "decorative": True}}
    return {"picture": {"file": a.of(*pictures), "alt": a.text()}}


def parts(a: Author, kind: str, pictures: list[str]) -> dict[str, Any]:
    def part(number: int, **more: Any) -> dict[str, Any]:
        return {"id": "abc"[number], **a.key(), **more, "feedback": a.text()}

    def worded(number: int, **more: Any) -> dict[str, Any]:
        return part(number, text=a.text(end=str(number)), **more)

    def drawn(number: int, **more: Any) -> dict[str, Any]:
        return worded(number, **picture(a, pictures, decorative=True), **more)

    answers: dict[str, Any] = {"how": "normalised", **a.may(fold=True, credit=50)}
    return {
        "single": {"options": [drawn(n, correct=n == 1) for n in range(3)]},
        "multiple": {"options": [drawn(n, correct=n != 1) for n in range(3)]},
        "truefalse": {"options": [drawn(n, correct=n == 0) for n in range(2)]},
        "ordering": {"items": [worded(n) for n in range(3)]},
        "matching": {"pairs": [part(n, left=a.text(end=str(n)), right=a.text(end=str(n))) for n in range(2)]},
        "shorttext": {"answers": [worded(0, how="exact"), worded(1, **answers)], **a.may(model_answer=a.text())},
        "numeric": {
            "numbers": [part(0, value="2.50", **a.may(tolerance="0.1", measure="relative"))],
            **a.may(units=[{"id": "d", "text": a.text(), "factor": "1"}]),
        },
        "judgement": {"responses": [drawn(n, weight=n * 10) for n in range(3)]},
        "rating": {"responses": [drawn(n, weight=n + 1) for n in range(3)]},
        "essay": {"criteria": [worded(n, points=n + 1) for n in range(2)], **a.may(model_answer=a.text())},
        "reflection": {"graded": "self", "model_answer": a.text(), "rubric": [a.text(st.just("one: line"))]},
    }[kind]


TYPES = [
    "single",
    "multiple",
    "truefalse",
    "ordering",
    "matching",
    "shorttext",
    "numeric",
    "judgement",
    "rating",
    "essay",
]


def question(a: Author, name: str, kind: str, use: str, pictures: list[str]) -> dict[str, Any]:
    return {
        "id": name,
        **a.key(),
        "type": kind,
        "use": use,
        "points": a.subset(POINTS),
        **a.may(
            code=f"my {name}", difficulty=0.55, category="a: b", tags=["t-1"], order="fixed", review_by="2027-03-01"
        ),
        "module": "m",
        "objective": "O-1",
        "stem": a.text(end=f" {name}"),
        **picture(a, pictures, decorative=False),
        **parts(a, kind, pictures),
    }


# --- the rest ------------------------------------------------------------------------------------------------------
def quiz(a: Author) -> dict[str, Any]:
    return {
        "id": "QZ-1",
        **a.key(),
        "kind": "quiz",
        "title": a.text(),
        "minutes": 5,
        "required_of": "everyone",
        "objectives": a.subset(OBJECTIVES),
        "points": [],
        "pool_modules": ["m"],
        "pool_objectives": [],
        **drawn_by(a),
        **a.may(attempts=3, time_limit_minutes=20, text_passed=a.text(), text_not_yet=a.text()),
        "per_objective_min": 0,
        "draw_per_objective": {},
        "pass_mark": a.of(0.57, 0.29, 1, 0.7),
        "must_pass_module": a.of({}, {"m": 0.58}),
        "cooldown_minutes": a.of([], [0, 30]),
        "feedback": a.of("immediate", "after_submit", "after_last"),
        "shuffle_questions": a.of(True, False),
        "shuffle_options": a.of(True, False),
        "partial_credit": a.of(True, False),
        **a.may(review="score", one_page=True),
    }


def drawn_by(a: Author) -> dict[str, Any]:
    section = {"key": str(a.draw(st.uuids())), "title": a.text(), "by": "objective", "which": ["O-1"], "weight": 3}
    return a.of({"draw": 1}, {}, {"sections": [section | a.may(draw=1)]})


def scenario(a: Author) -> dict[str, Any]:
    """The one of the small pack, in other words."""
    document = yaml.safe_load((MINI / "scenarios" / "SC-START.yaml").read_text(encoding="utf-8"))
    said = document | {"id": "SC-1", **a.key(), "module": "m", "points": [], "objectives": []}
    for choice in (choice for node in said["nodes"] for choice in node["choices"]):
        choice.pop("points", None)
        choice |= a.may(coaching={language: a.draw(TEXT) for language in ("en", "pl", "lv")})
    return reworded(said, a) | a.may(attempts_allowed=2, waits="0 30", meter_visible="debrief")


def reworded(node: Any, a: Author) -> Any:
    if isinstance(node, dict):
        if node.keys() == {"en", "pl", "lv"}:
            return a.text()
        return {name: reworded(part, a) for name, part in node.items()}
    return [reworded(part, a) for part in node] if isinstance(node, list) else node


def in_languages(node: Any, all_of_them: list[str], languages: list[str]) -> Any:
    if isinstance(node, dict):
        if node and node.keys() == set(all_of_them):
            return {language: node[language] for language in languages}
        return {name: in_languages(part, all_of_them, languages) for name, part in node.items()}
    return [in_languages(part, all_of_them, languages) for part in node] if isinstance(node, list) else node


def course(a: Author, steps: list[str], assessments: list[dict]) -> dict[str, Any]:
    objectives = [{"id": name, "bloom": "apply", "text": a.text()} for name in OBJECTIVES]
    return {
        "format": "lms-content/1",
        "made_by": "export",
        "id": "any",
        **a.key(),
        "version": "exported",
        "languages": a.languages,
        "title": a.text(),
        "summary": a.text(),
        **a.may(audience=a.text(), hours="2.5", valid_months=12, review_by="2027-03-01", open=True),
        "modules": [
            {"id": "m", **a.key(), "title": a.text(), "objectives": objectives, "lessons": [], "steps": steps},
            *(
                [{"id": "n", "title": a.text(), "objectives": [], "lessons": [], "steps": []}]
                if a.of(True, False)
                else []
            ),
        ],
        "scenarios": [],
        "assessments": assessments,
    }


def sources(a: Author) -> dumping.Files:
    rows = [
        {
            "id": name,
            "source_file": "one.txt",
            "source_lines": "1",
            "section": a.draw(TEXT),
            "kind": "principle",
            "module": "m",
            "treatment": "as-is",
            **a.text(),
        }
        for name in POINTS
    ]
    articles = [{"source_file": "one.txt", "language": "en", "title": a.draw(TEXT)}]
    return {
        "points.csv": dumping.points_file(rows, tuple(a.languages)),
        "articles.csv": dumping.articles_file(articles),
    }


@cache
def drawing(colour: str, kind: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (4, 3), colour).save(data, kind)
    return data.getvalue()


@st.composite
def any_course(draw: Draw, languages: list[str], *, pictured: bool) -> dumping.Files:
    """The files of a pack."""
    a = Author(draw, languages)
    media = {"media/a.png": drawing("navy", "PNG"), "media/b.jpeg": drawing("red", "JPEG")} if pictured else {}
    kinds = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=3))
    bank = [question(a, f"Q-{number}", kind, "graded", list(media)) for number, kind in enumerate(kinds)]
    bank.append(question(a, "Q-PRACTICE", a.of("single", "reflection", "matching"), "practice", list(media)))
    lessons = [lesson(a, f"L-{number}") for number in range(draw(st.integers(1, 2)))]
    steps = draw(st.permutations([*(one["id"] for one in lessons), "SC-1", "QZ-1"]))
    documents = {
        "course.yaml": course(a, steps, [quiz(a)]),
        "questions.yaml": {"format": "lms-content/1", "questions": bank},
        "scenarios/SC-1.yaml": scenario(a),
        **{f"lessons/{one['id']}.yaml": one for one in lessons},
    }
    return {name: dumping.yaml_file(one) for name, one in documents.items()} | sources(a) | media
