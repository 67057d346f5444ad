"""Twee 3, the text form of Twine. Out: one passage a scene or ending, at its place on the map. In: anybody's stories.

What Twee has no word for (tension, quality, coaching, …) is written into the passages as comments, which Twine keeps
when it opens and saves a story, and which players never see:

    [[“Please tell me.”->story]]
    <!--ostoja-choice {"key": "listen", "tension": -15, "consequence": "Her shoulders drop."}-->

What can be seen in Twine wins over the comment: who changes the text of a link there has changed the choice.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats.document import Choice, Document, Ending, Field, Scene
from assessments.scenarios.formats.json_text import plain
from assessments.scenarios.rules import layout
from assessments.scenarios.rules.graph import from_content

TITLE, DATA, SETTINGS = "StoryTitle", "StoryData", "Ostoja settings"
SPECIAL = {
    *(TITLE, DATA, "StoryAuthor", "StorySubtitle", "StoryMenu", "StorySettings", "StoryIncludes", "StoryInit"),
    *("StoryBanner", "StoryCaption", "StoryInterface", "StoryDisplayTitle", "StoryShare"),
    *("PassageHeader", "PassageFooter", "PassageReady", "PassageDone"),
}
OPENS, CLOSES, MARK = "<!--", "-->", "ostoja-"
NOWHERE = "(nowhere)"
STEP, TILE, EDGE = 150, 100, 100  # pixels on Twine's map
MEANING = re.compile(r"(\[(?=\[)|<(?=<|!--)|\((?=[A-Za-z][\w-]{0,40}:))")  # links, macros, comments


def write(document: Document, key: UUID | None = None) -> str:
    """key: of the scenario; the same scenario has the same IFID every time."""
    names = {key: passage_name(key) for key in document.keys}
    data = {"ifid": str(key or uuid5(NAMESPACE_URL, document.title)).upper(), "format": "Harlowe"}
    data |= {"format-version": "3.3.9"}
    if start := begins(document):
        data["start"] = names[start]
    settings = {name: value for name, value in plain(document).items() if name not in ("title", "scenes", "endings")}
    passages = [
        f":: {TITLE}\n{line_start_safe(document.title)}",
        f":: {DATA}\n{json.dumps(data, ensure_ascii=False, indent=1)}",
        f":: {SETTINGS} [ostoja] {_at(-1, 0)}\n{_comment('settings', settings)}",
        *_places(document, names),
    ]
    return "\n\n".join(passages) + "\n"


def begins(document: Document) -> str:
    """The key of the scene or ending that it begins with in truth; empty where there is nothing."""
    if document.start in document.keys:
        return document.start
    return document.scenes[0].key if document.scenes else ""


def passage_name(key: str) -> str:
    return f"{key} (scene)" if key in SPECIAL else key


def _places(document: Document, names: dict[str, str]) -> Iterator[str]:
    map_of = layout.positions(from_content(doc.body_of(document)))
    for scene in document.scenes:
        head = f":: {names[scene.key]} [scene] {_at(*map_of[scene.key])}"
        extra = _extra(doc.SCENE, scene)
        if told(scene.speaker, shown(scene.scene, scene.say)) == (scene.scene, scene.say):
            extra = {name: value for name, value in extra.items() if name not in ("scene", "say")}
        links = [_link(choice, names) for choice in scene.choices]
        yield _passage(head, shown(scene.scene, scene.say), _comment("scene", extra), *links)
    for ending in document.endings:
        head = f":: {names[ending.key]} [ending {ending.outcome}] {_at(*map_of[ending.key])}"
        extra = _extra(doc.ENDING, ending) | {"reflection": list(ending.reflection)}
        if shown(ending.text) == ending.text:
            extra.pop("text", None)
        yield _passage(head, shown(ending.text), _comment("ending", extra))


def _passage(head: str, *parts: str) -> str:
    body = "\n\n".join(line_start_safe(part) for part in parts if part)
    return f"{head}\n{body}"


def _link(choice: Choice, names: dict[str, str]) -> str:
    extra = _extra(doc.CHOICE, choice)
    if choice.to in names:
        del extra["to"]
    extra["text"] = choice.text
    if label(choice.text) == choice.text:
        del extra["text"]
    target = names.get(choice.to) or choice.to or NOWHERE
    return f"[[{label(choice.text)}->{target}]]\n{_comment('choice', extra)}"


def _extra(specs: tuple[Field, ...], part: Scene | Choice | Ending) -> dict[str, Any]:
    """All that differs from the default, and always the key; where a choice leads, also when that is nowhere."""
    values = plain(part)
    always = ("key", "to")
    return {s.name: values[s.name] for s in specs if s.name in always or getattr(part, s.name) != s.default}


def _comment(kind: str, values: dict[str, Any]) -> str:
    """Two hyphens would end the comment and two brackets make a link. In JSON a sign may be written by its number."""
    text = json.dumps(values, ensure_ascii=False).replace("--", "-\\u002d").replace("[[", "[\\u005b")
    return f"{OPENS}{MARK}{kind} {text}{CLOSES}"


def _at(layer: int, row: int) -> str:
    position = {"position": f"{EDGE + STEP * (layer + 1)},{EDGE + STEP * row}", "size": f"{TILE},{TILE}"}
    return json.dumps(position, separators=(",", ":"))


# --- texts as they stand in a passage ------------------------------------------------------------------------------
def line_start_safe(text: str) -> str:
    """A line that begins with two colons would begin a passage."""
    return "\n".join(f" {line}" if line.startswith("::") else line for line in text.split("\n"))


def shown(*texts: str) -> str:
    """Prose that Twine takes for nothing but prose."""
    prose = "\n\n".join(text for text in texts if text)
    return doc.clean(line_start_safe(MEANING.sub(r"\1 ", prose)))


def told(speaker: str, prose: str) -> tuple[str, str]:
    """(what one sees, what is said) where a passage only has prose."""
    return (prose, "") if speaker == "narrator" else ("", prose)


def label(text: str) -> str:
    """A text that can stand in a link."""
    found = doc.on_one_line(text)
    for sign, harmless in (("[", "("), ("]", ")"), ("->", "→"), ("<-", "←"), ("|", "/"), (OPENS, "<!–")):
        found = found.replace(sign, harmless)
    return found or "…"
