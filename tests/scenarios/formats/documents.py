"""Random whole documents: every field may hold whatever it may hold, hostile texts among them."""

import string
from typing import Any

from hypothesis import strategies as st

from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats.document import Choice, Document, Ending, Field, Scene, Skill

NASTY = (
    ":: scene",
    "a\n:: b",
    "[[go->there]]",
    "[[[x]]]",
    "<!-- hidden -->",
    "-->",
    "->",
    "<<set $x>>",
    "(set: $x to 1)",
    "| not the first line",
    "# no comment",
    "a\n| b\n\n  c",
    "scene open",
    "choice a -> b",
    "text: no",
    "=1+1",
    "'=1",
    "-15",
    "'",
    '"quoted", and; more\tthan that',
    "{a} \\u0041 \\ \\\\",
    "…",
    "żółć ģērbšanās",
    "\u2028 \u00a0x",
)
texts = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=30), st.lists(st.sampled_from(NASTY), max_size=3).map("\n".join)
)
keys = st.one_of(
    st.sampled_from(("open", "StoryData", "Start", "not", "tension", "if", "scene", "-".join("ab"), "A_1")),
    st.from_regex(doc.IS_KEY, fullmatch=True),
)
names = st.text(string.ascii_letters + string.digits + ".:-='@#|ż", min_size=1, max_size=8)


def values(spec: Field) -> st.SearchStrategy[Any]:
    made: dict[str, st.SearchStrategy[Any]] = {
        doc.TEXT: texts.map(doc.clean),
        doc.LINE: texts.map(doc.on_one_line).map(lambda text: text[: spec.longest].strip()),
        doc.KEY: st.one_of(st.just(""), keys),
        doc.KEYS: st.lists(keys, max_size=3).map(tuple),
        doc.NAMES: st.lists(names, max_size=3).map(tuple),
        doc.MINUTES: st.lists(st.integers(0, 99_999).map(str), max_size=3).map(tuple),
        doc.NUMBER: st.integers(spec.low, spec.high),
        doc.WORD: st.sampled_from(spec.words or ("",)),
    }
    found = made[spec.kind]
    return st.one_of(st.none(), found) if spec.kind == doc.NUMBER and spec.default is None else found


def parts(specs: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({spec.name: values(spec) for spec in specs if spec.name != "key"})


@st.composite
def documents(draw: Any) -> Document:
    def some(most: int) -> list[str]:
        return draw(st.lists(keys, max_size=most, unique=True))

    def targets(values: dict[str, Any]) -> dict[str, Any]:
        return values | {"to": draw(st.sampled_from((*place_keys, values["to"])))}

    place_keys = some(5)
    cut = draw(st.integers(0, len(place_keys)))
    scenes = tuple(
        Scene(
            key,
            **draw(parts(doc.SCENE)),
            choices=tuple(Choice(name, **targets(draw(parts(doc.CHOICE)))) for name in some(3)),
        )
        for key in place_keys[:cut]
    )
    endings = tuple(
        Ending(key, **draw(parts(doc.ENDING)), reflection=tuple(map(doc.clean, draw(st.lists(texts, max_size=2)))))
        for key in place_keys[cut:]
    )
    skills = tuple(Skill(key, **draw(parts(doc.SKILL))) for key in some(2))
    settings = draw(parts(doc.SETTINGS))
    settings |= {
        "title": settings["title"] or "The late parcel",
        "start": draw(st.sampled_from((*place_keys, "", "gone"))),
    }
    return Document(**settings, skills=skills, scenes=scenes, endings=endings)
