"""H5P Branching Scenario packages in: structure, texts, feedback and end screens. Pictures, videos and other kinds of
content are named as not carried, and so is the markup of texts; what they say in words is.

A package is a zip, of which only two files are read (assessments/zips.py).
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Any

from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats.document import Choice, Document, Ending, Finding, Imported, Refused, Scene
from assessments.scenarios.formats.json_text import load
from assessments.scenarios.formats.tidying import KEY_MAX, Keys
from assessments.zips import Package, ZipRefused

MANIFEST, CONTENT = "h5p.json", "content/content.json"
MAIN, QUESTION, TEXT = "H5P.BranchingScenario", "H5P.BranchingQuestion", "H5P.AdvancedText"
SCORING = ("scoringOptionGroup", "scoringOption")
PICTURES = ("startScreenImage", "endScreenImage", "image")
STATIC, DYNAMIC = "static-end-score", "dynamic-score"
SCORE = next(spec for spec in doc.CHOICE if spec.name == "score")
DEFAULT_END = -1
SAYS = ("text", "alt", "title", "contentName")  # where other kinds of content have words
EMPTY: tuple = (None, "", False, {}, [], "useBehavioural")  # values that say nothing, or only "as everywhere"
LEFT_MAX, DEEPEST, NAME_MAX = 300, 4, 120  # of the names of what is left
PLACES_NAMED = 10  # in one line of the report
TAG = re.compile(r"<(?:/|!)?([A-Za-z0-9]{1,20}\b|--)[^<>]*>")
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BREAKS = {"p", "br", "div", "li", "tr", *HEADINGS}
MARKUP = {  # tag → kind (formats/words.py has its words); what is no kind of its own, like a span, says nothing itself
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italics"),
    **dict.fromkeys(("u", "ins"), "underlined"),
    **dict.fromkeys(("s", "del", "strike"), "struck"),
    **dict.fromkeys(("sub", "sup"), "raised"),
    **dict.fromkeys(("code", "pre"), "code"),
    **dict.fromkeys(HEADINGS, "heading"),
    **dict.fromkeys(("ul", "ol"), "list"),
    **dict.fromkeys(("video", "audio", "iframe", "embed", "object"), "media"),
    "a": "link",
    "img": "picture",
    "table": "table",
    "blockquote": "quotation",
}


# --- the package ---------------------------------------------------------------------------------------------------
def read(data: bytes, *, go_on: str) -> Imported:
    """go_on: the words of the one choice of a scene that only tells something."""
    manifest, content = _files(data)
    library = manifest.get("mainLibrary") if isinstance(manifest, dict) else None
    if library != MAIN:
        raise Refused(Finding("h5p-other", params={"library": str(library)[:60]}))
    inside = content.get("branchingScenario") if isinstance(content, dict) else None
    if not isinstance(inside, dict) or not isinstance(inside.get("content"), list):
        raise Refused(Finding("h5p-empty"))
    return _Reader(manifest, inside, go_on).imported()


def _files(data: bytes) -> tuple[Any, Any]:
    try:
        package = Package(data)
        return _json(package, MANIFEST), _json(package, CONTENT)
    except ZipRefused as refused:
        raise Refused(Finding(refused.code, params=refused.params)) from refused


def _json(package: Package, name: str) -> Any:
    try:
        return load(package.read(name).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Refused(Finding("encoding", where=name)) from error
    except Refused as refused:
        raise Refused(*(Finding(one.code, one.line, name, one.params) for one in refused.findings)) from refused


# --- the scenario --------------------------------------------------------------------------------------------------
class _Reader:
    def __init__(self, manifest: dict, inside: dict, go_on: str) -> None:
        self.notes: list[Finding] = []
        self.manifest, self.inside, self.go_on = manifest, inside, go_on
        if len(inside["content"]) > doc.PLACES_MAX:
            raise Refused(Finding("places-many", params={"most": doc.PLACES_MAX}))
        self.rows = [row if isinstance(row, dict) else {} for row in inside["content"]]
        scoring = inside.get("scoringOptionGroup") or {"scoringOption": inside.get("scoringOption")}
        self.scoring = scoring.get("scoringOption") if isinstance(scoring, dict) else None
        self.keys = Keys("scene")
        self.scene_keys = [
            self.keys.give(f"{number} {_title(row)}", _title(row)) for number, row in enumerate(self.rows)
        ]
        self.screens = self._screens()
        self.endings: dict[str, Ending] = {}
        self.end_keys: dict[int, str] = {}
        self.left: dict[str, list[str]] = {}  # name of a setting that nothing reads → where it stands
        self.markup: dict[str, dict[str, None]] = {}  # place → kinds of markup in its texts

    def imported(self) -> Imported:
        self._leave(self.manifest, MANIFEST, "title", "mainLibrary")
        self._leave(self.inside, CONTENT, "startScreen", "endScreens", *SCORING, "content", "title")
        self._leave(_object(self.inside.get("scoringOptionGroup")), CONTENT, "scoringOption")
        scenes = tuple(self._scene(row, key) for row, key in zip(self.rows, self.scene_keys, strict=True))
        start = _object(self.inside.get("startScreen"))
        titles = (self.manifest.get("title"), start.get("startScreenTitle"), self.inside.get("title"))
        title = next((text for value in titles if (text := _line(value, 255))), "H5P")
        self._leave(start, "startScreen", "startScreenTitle", "startScreenSubtitle")
        for number, screen in self.screens.items():
            if number not in self.end_keys:
                self._leave(screen, f"endScreens[{number}]", "contentId")
        if self.scoring == DYNAMIC:
            self.notes.append(Finding("h5p-scores"))
        document = Document(
            title=title,
            role=self._plain(start.get("startScreenSubtitle"), "startScreen"),
            start=self.scene_keys[0] if self.scene_keys else "",
            scenes=scenes,
            endings=tuple(self.endings.values()),
        )
        return Imported(doc.checked(document), (*self.notes, *self._told()))

    def _screens(self) -> dict[int, dict]:
        rows = self.inside.get("endScreens")
        found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return {_whole(row.get("contentId"), DEFAULT_END): row for row in found[: doc.PLACES_MAX]}

    def _scene(self, row: dict, key: str) -> Scene:
        kind = _object(row.get("type"))
        library = str(kind.get("library", "")).split(" ")[0]
        params = _object(kind.get("params"))
        feedback = _object(row.get("feedback"))
        self._leave(kind, key, "library", "params", "metadata")
        self._leave(_object(kind.get("metadata")), key, "title")
        if library == QUESTION:
            asked = _object(params.get("branchingQuestion"))
            self._leave(row, key, "type")
            self._leave(params, key, "branchingQuestion")
            self._leave(asked, key, "question", "alternatives")
            return Scene(
                key,
                speaker="narrator",
                scene=self._plain(asked.get("question"), key),
                choices=self._choices(asked, key),
            )
        if library != TEXT:
            self.notes.append(Finding("h5p-content", where=key, params={"name": library[:60]}))
        self._leave(row, key, "type", "nextContentId", "feedback", "proceedButtonText")
        self._leave(params, key, *(["text"] if library == TEXT else SAYS))
        said = [self._plain(params.get(name), key) for name in (("text",) if library == TEXT else SAYS)]
        prose = "\n".join(filter(None, said))[: doc.TEXT_MAX].strip()
        on = self._choice(_label_of(row, self.go_on), row.get("nextContentId"), feedback, "go-on", key)
        return Scene(key, speaker="narrator", scene=prose or _title(row), choices=(on,))

    def _choices(self, asked: dict, key: str) -> tuple[Choice, ...]:
        rows = asked.get("alternatives")
        found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        if len(found) > doc.CHOICES_MAX:
            raise Refused(Finding("choices-many", where=key, params={"most": doc.CHOICES_MAX}))
        keys = Keys("choice", longest=24)
        choices = []
        for row in found:
            text, feedback = self._plain(row.get("text"), key), _object(row.get("feedback"))
            self._leave(row, key, "text", "nextContentId", "feedback")
            choices.append(self._choice(text, row.get("nextContentId"), feedback, keys.give(text), key))
        return tuple(choices)

    def _choice(self, text: str, target: Any, feedback: dict, key: str, scene: str) -> Choice:
        goal = _whole(target, DEFAULT_END)
        parts = (self._plain(feedback.get(name), scene) for name in ("title", "subtitle"))
        says = "\n".join(part for part in parts if part)
        is_last = not 0 <= goal < len(self.scene_keys)
        scores = ("endScreenScore",) if is_last and self.scoring == STATIC else ()
        self._leave(feedback, scene, "title", "subtitle", *scores)
        if not is_last:
            return Choice(key, to=self.scene_keys[goal], text=text, consequence=says[: doc.TEXT_MAX].strip())
        if says:  # feedback on the way out is an end screen of its own
            to = self._ending(f"{scene} {key}", says, f"{scene}-{key}-end"[:KEY_MAX])
            return Choice(key, to=to, text=text, score=self._score(feedback, scene))
        screen = self.screens.get(goal) or self.screens.get(DEFAULT_END, {})
        return Choice(key, to=self._screen(goal, screen), text=text, score=self._score(screen, scene))

    def _screen(self, goal: int, screen: dict) -> str:
        number = goal if goal in self.screens else DEFAULT_END
        if number not in self.end_keys:
            scores, where = ("endScreenScore",) if self.scoring == STATIC else (), f"endScreens[{number}]"
            self._leave(screen, where, "contentId", "endScreenTitle", "endScreenSubtitle", *scores)
            parts = (self._plain(screen.get(name), where) for name in ("endScreenTitle", "endScreenSubtitle"))
            says = "\n".join(part for part in parts if part)
            self.end_keys[number] = self._ending(str(number), says, f"end{number}" if number != DEFAULT_END else "end")
        return self.end_keys[number]

    def _ending(self, name: str, says: str, wish: str) -> str:
        if len(self.rows) + len(self.endings) >= doc.PLACES_MAX:
            raise Refused(Finding("places-many", params={"most": doc.PLACES_MAX}))
        key = self.keys.give(f"end {name}", wish)
        self.endings[key] = Ending(key, outcome="partial", text=says[: doc.TEXT_MAX].strip())
        self.notes.append(Finding("outcome-guessed", where=key))
        return key

    def _plain(self, value: Any, where: str) -> str:
        """Its words. What of its markup has a meaning stands in the report, once a place."""
        if kinds := _kinds(value):
            self.markup.setdefault(where, {}).update(dict.fromkeys(kinds))
        return _plain(value)

    def _score(self, screen: dict, where: str) -> int:
        if self.scoring != STATIC:
            return 0
        given = _whole(screen.get("endScreenScore"), 0)
        score = max(SCORE.low, min(SCORE.high, given))
        if score != given:
            self.notes.append(Finding("value-mended", where=where, params={"name": "score"}))
        return score

    def _leave(self, holder: dict, where: str, *read: str) -> None:
        """What stands in it besides these goes into the report by its name."""
        for name in PICTURES:
            self._media(holder, where, name)
        left = {name: value for name, value in holder.items() if name not in (*read, *PICTURES)}
        for name in islice(_names(left), LEFT_MAX):
            places = self.left.setdefault(name, [])
            places.extend([where] if where not in places else [])

    def _told(self) -> Iterator[Finding]:
        """A line for all that was left in the same places, and one for the markup of each place."""
        by_places: dict[tuple[str, ...], list[str]] = {}
        for name, places in islice(self.left.items(), LEFT_MAX):
            by_places.setdefault(tuple(places), []).append(name)
        for where, names in by_places.items():
            more = ["…"] if len(where) > PLACES_NAMED else []
            told = ", ".join([*where[:PLACES_NAMED], *more])
            yield Finding("h5p-left", where=told, params={"names": ", ".join(names)})
        for place, kinds in self.markup.items():
            yield Finding("markup", where=place, params={"kinds": list(kinds)})
        if len(self.left) > LEFT_MAX:
            yield Finding("more")

    def _media(self, holder: dict, where: str, name: str) -> None:
        if _object(holder.get(name)).get("path") or _object(_object(holder.get(name)).get("params")).get("file"):
            self.notes.append(Finding("media", where=where, params={"name": name}))


# --- values --------------------------------------------------------------------------------------------------------
def _object(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _names(holder: dict, before: str = "") -> Iterator[str]:
    """Of all in it that says something, objects within it included: `behaviour.forceContentFinished`."""
    for name, value in holder.items():
        whole = f"{before}{name}"[:NAME_MAX]
        if isinstance(value, dict) and value and before.count(".") < DEEPEST:
            yield from _names(value, f"{whole}.")
        elif value not in EMPTY:
            yield whole


def _whole(value: Any, otherwise: int) -> int:
    """H5P's editor writes some numbers as text."""
    if isinstance(value, str) and value.removeprefix("-").isascii() and value.removeprefix("-").isdigit():
        value = int(value) if len(value) <= 6 else otherwise
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _title(row: dict) -> str:
    kind = _object(row.get("type"))
    return _line(_object(kind.get("metadata")).get("title"), 160)


def _label_of(row: dict, go_on: str) -> str:
    return _line(row.get("proceedButtonText"), 160) or go_on


def _line(value: Any, longest: int) -> str:
    return doc.on_one_line(_plain(value))[:longest].strip()


def _kinds(value: Any) -> list[str]:
    tags = TAG.finditer(value[: 4 * doc.TEXT_MAX]) if isinstance(value, str) else ()
    return [kind for tag in tags if (kind := MARKUP.get(tag[1].lower()))]


def _plain(value: Any) -> str:
    """The words of HTML, a paragraph a line."""
    if not isinstance(value, str):
        return ""
    words = unescape(TAG.sub(lambda tag: "\n" if tag[1].lower() in BREAKS else "", value[: 4 * doc.TEXT_MAX]))
    lines = (" ".join(line.split()) for line in words.split("\n"))
    return doc.clean("\n".join(line for line in lines if line))[: doc.TEXT_MAX].strip()
