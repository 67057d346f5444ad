"""Reading Twee 3: anybody's stories, and our own, which come back as they went out (`formats/twee.py`)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats import twee, twee_setters
from assessments.scenarios.formats.document import Choice, Document, Ending, Finding, Imported, Refused, Scene, Skill
from assessments.scenarios.formats.json_text import load
from assessments.scenarios.formats.tidying import Keys, fitting
from assessments.scenarios.formats.twee_setters import Change
from assessments.scenarios.rules.graph import OUTCOMES

PASSAGES_MAX = 300  # with those that are dropped
SETTERS_MAX = 100  # of one passage; more are no story
TOKENS_MAX = 10_000  # beginnings of links and comments in the whole file
HEADER_MAX = 2_000
LINK_MAX = 10_500
SPECIAL_TAGS = {"script", "stylesheet", "widget", "init", "header", "footer", "startup", "debug-header", "debug-footer"}
LINK_MARK = "\0"  # around the words of a link, until it is known whether they stay
AT_START = {"startup", "init"}  # tags of what runs before the first passage
OURS = {"ifid", "format", "format-version"}  # what we write about a story ourselves
LEFT_MAX = 40  # names in one line of the report
PICTURE = re.compile(r"\[(img)\[|(?<!<)<(img|audio|video|iframe)\b", re.IGNORECASE)
OWN_TAGS = {"scene", "ending", *OUTCOMES}
TOKEN = re.compile(r"\[\[|<!--")
MACROS = (
    re.compile(r"<<(/?[A-Za-z=-][\w-]{0,40})"),  # SugarCube
    re.compile(r"\(([A-Za-z][\w-]{0,40}):"),  # Harlowe
)
CHAPBOOK = (
    re.compile(r"^\[([A-Za-z][^\n]{0,300})\][ \t]*$", re.MULTILINE),  # modifiers, alone on their line
    re.compile(r"\{[ \t]{0,4}([A-Za-z_$][\w $.]{0,40}?)[ \t]{0,4}[:,}]"),  # inserts and variables
)
CHAPBOOK_SETS = re.compile(r"\A((?:[^\n:]{1,200}:[^\n]*\n|[ \t]*\n){1,100})--[ \t]*(?:\n|\Z)")  # above a text
CHAPBOOK_NAME = re.compile(r"^[ \t]*([A-Za-z_$][\w.$]{0,40})[^:\n]*:", re.MULTILINE)
OTHERS = ("harlowe", "sugarcube", "snowman")  # in these, braces and brackets mean something else


@dataclass
class Link:
    label: str
    target: str
    setter: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Passage:
    name: str
    tags: tuple[str, ...]
    metadata: str
    line: int
    text: str = ""
    prose: str = ""
    links: list[Link] = field(default_factory=list)
    entering: list[Change] = field(default_factory=list)  # what happens to whoever comes here
    extra: dict[str, Any] | None = None  # of our own comment


def read(text: str) -> Imported:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(LINK_MARK, "")
    if text.count("\n::") + text.startswith("::") > PASSAGES_MAX:
        raise Refused(Finding("passages-many", params={"most": PASSAGES_MAX}))
    reader = _Reader(list(_passages(text)))
    return reader.imported()


def _passages(text: str) -> Iterator[Passage]:
    passage: Passage | None = None
    lines: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("::"):
            if passage:
                passage.text = "\n".join(lines)
                yield passage
            passage, lines = _header(line, number), []
        elif passage:
            lines.append(line)
    if passage is None:
        raise Refused(Finding("passages-none"))
    passage.text = "\n".join(lines)
    yield passage


def _header(line: str, number: int) -> Passage:
    """`:: name [tags] {metadata}`, where a backslash takes the meaning from the sign after it."""
    if len(line) > HEADER_MAX:
        raise Refused(Finding("header-long", number, params={"most": HEADER_MAX}))
    parts: dict[str, list[str]] = {"name": [], "tags": []}
    into, signs, metadata = "name", iter(enumerate(line[2:], 2)), ""
    for at, sign in signs:
        if sign == "\\":
            parts[into].append(next(signs, (0, ""))[1])
        elif sign == "[" and into == "name":
            into = "tags"
        elif sign == "{":
            metadata = line[at:].strip()
            break
        elif sign != "]" or into == "name":
            parts[into].append(sign)
    name = "".join(parts["name"]).strip()
    if not name:
        raise Refused(Finding("passage-nameless", number))
    return Passage(name, tuple("".join(parts["tags"]).split()), metadata, number)


class _Reader:
    def __init__(self, passages: list[Passage]) -> None:
        self.notes: list[Finding] = []
        self.by_name: dict[str, Passage] = {}
        for passage in passages:
            if passage.name in self.by_name:
                raise Refused(Finding("passage-twice", passage.line, params={"name": passage.name[:60]}))
            self.by_name[passage.name] = passage
        self.data = self._data()
        self.settings: dict[str, Any] = {}
        self.tokens = 0
        self.tension_start: int | None = None
        self.flags: dict[str, None] = {}  # set by setters, in their order
        self.keys = Keys("scene")

    def imported(self) -> Imported:
        title = self.by_name.pop(twee.TITLE, None)
        if settings := self.by_name.pop(twee.SETTINGS, None):
            self._scan(settings)
            self.settings = settings.extra or {}
        played = [passage for passage in self.by_name.values() if self._is_played(passage)]
        if len(played) > doc.PLACES_MAX:
            raise Refused(Finding("places-many", params={"most": doc.PLACES_MAX}))
        for passage in played:
            self._scan(passage)
            self.keys.give(passage.name, str((passage.extra or {}).get("key", "")))
        self._take_setters(played)
        places = [self._place(passage) for passage in played]
        values = self._values(doc.SETTINGS, self.settings, twee.SETTINGS)
        values |= {"title": self._title(title), "start": "", "flags": _with("flags", values["flags"], self.flags)}
        if self.tension_start is not None:
            values["tension_start"] = self.tension_start
        self._name_facts(played)
        document = Document(
            **values,
            skills=self._skills(),
            scenes=tuple(place for place in places if isinstance(place, Scene)),
            endings=tuple(place for place in places if isinstance(place, Ending)),
        )
        document = replace(document, start=self._start(document))
        lines = {(self.keys.by_name[passage.name], ""): passage.line for passage in played}
        return Imported(doc.checked(document), tuple(self.notes), lines)

    def _note(self, code: str, passage: Passage, **params: Any) -> None:
        self.notes.append(Finding(code, passage.line, passage.name[:80], params))

    # --- setters ---
    def _take_setters(self, played: list[Passage]) -> None:
        """Out of the prose, to the links that lead there; what no choice can carry stays where it is."""
        led_to = {link.target for passage in played for link in passage.links}
        first = self._first(played)
        for passage in played:
            is_start = passage is first
            if passage.extra is not None or (is_start and passage.name in led_to):
                continue  # our own; or it would happen at the beginning and again each time one comes back
            found, prose = self._setters(passage.prose, at_start=is_start)
            passage.prose = prose
            if is_start:
                self._begin_with(found)
            else:
                passage.entering = found

    def _first(self, played: list[Passage]) -> Passage | None:
        names = [name for name in (self.data.get("start"), "Start") if isinstance(name, str)]
        by_name = {passage.name: passage for passage in played}
        return next((by_name[name] for name in names if name in by_name), played[0] if played else None)

    @staticmethod
    def _setters(prose: str, *, at_start: bool) -> tuple[list[Change], str]:
        """What the setters in a text do, and the text without them. Beside other macros they may hang on these."""
        others = {match[1].lower() for pattern in MACROS for match in pattern.finditer(prose)} - {"set"}
        found: list[Change] = []

        def taken(macro: re.Match) -> str:
            changes = twee_setters.changes(macro[1] or macro[2])
            if not all(change.fits_the_start if at_start else change.fits_a_choice for change in changes):
                return macro[0]
            found.extend(changes)
            return ""

        is_endless = prose.count("<<set ") + prose.count("(set:") > SETTERS_MAX
        left = prose if others or is_endless else twee_setters.MACRO.sub(taken, prose)
        return found, doc.clean(left) if found else prose

    def _begin_with(self, changes: list[Change]) -> None:
        for change in changes:
            if change.name == "tension" and change.to is not None:
                self.tension_start = int(change.to)

    # --- the story ---
    def _data(self) -> dict[str, Any]:
        passage = self.by_name.pop(twee.DATA, None)
        if passage is None:
            return {}
        try:
            data = load(passage.text)
        except Refused:
            data = None
        if not isinstance(data, dict):
            self._note("story-data-broken", passage)
            return {}
        return data

    def _title(self, passage: Passage | None) -> str:
        if passage is None:
            return "Twine"
        whole = doc.on_one_line(passage.text)
        if len(whole) > doc.SETTINGS[0].longest:
            self._note("cut", passage, name="title", most=doc.SETTINGS[0].longest)
        return whole[: doc.SETTINGS[0].longest].strip() or "Twine"

    def _start(self, document: Document) -> str:
        named = self.data.get("start")
        passage = self.by_name.get(named) if isinstance(named, str) else None
        chosen = self.keys.by_name.get(passage.name) if passage else None
        if named and not chosen:
            self.notes.append(Finding("start-unknown", where=twee.DATA, params={"name": str(named)[:60]}))
        ours = self.settings.get("start")
        if isinstance(ours, str) and (not chosen or twee.begins(replace(document, start=ours)) == chosen):
            return ours
        return chosen or self.keys.by_name.get("Start", "")

    def _skills(self) -> tuple[Skill, ...]:
        rows = self.settings.get("skills")
        keys = Keys("skill")
        found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return tuple(
            Skill(**self._values(doc.SKILL, row, twee.SETTINGS) | {"key": keys.give(str(row.get("key", "")))})
            for row in found[: doc.SKILLS_MAX]
        )

    def _is_played(self, passage: Passage) -> bool:
        dropped = SPECIAL_TAGS & set(passage.tags)
        if passage.name in twee.SPECIAL or any(tag.startswith("Twine.") for tag in passage.tags) or dropped:
            left = passage.text
            if passage.name == "StoryInit" or AT_START & set(passage.tags):
                found, left = self._setters(passage.text, at_start=True)
                self._begin_with(found)
            if left.strip() or left == passage.text:
                self._note("passage-dropped", passage)
            return False
        return True

    # --- one passage ---
    def _place(self, passage: Passage) -> Scene | Ending:
        self._name_what_is_lost(passage)
        is_ending = "ending" in passage.tags or ("scene" not in passage.tags and not passage.links)
        return self._ending(passage) if is_ending else self._scene(passage)

    def _scene(self, passage: Passage) -> Scene:
        extra = passage.extra if passage.extra is not None else {"speaker": "narrator"}
        values = self._values(doc.SCENE, extra, passage.name)
        sees, says = values["scene"], values["say"]
        if twee.shown(sees, says) != passage.prose or not (sees or says):
            start = twee.shown(sees) + "\n\n"
            if sees and says and passage.prose.startswith(start):
                says = passage.prose.removeprefix(start)
            else:
                sees, says = twee.told(values["speaker"], passage.prose)
        keys = Keys("choice", longest=24)
        choices = tuple(self._choice(link, keys, passage) for link in passage.links)
        key = self.keys.by_name[passage.name]
        return Scene(
            **values | {"key": key, "scene": self._cut(passage, sees), "say": self._cut(passage, says)}, choices=choices
        )

    def _choice(self, link: Link, keys: Keys, passage: Passage) -> Choice:
        values = self._values(doc.CHOICE, link.extra, passage.name)
        is_as_it_was = "text" in link.extra and twee.label(values["text"]) == link.label
        text = values["text"] if is_as_it_was else link.label
        to = self.keys.by_name.get(link.target) or (
            values["to"] if "to" in link.extra else self.keys.target(link.target)
        )
        key = keys.give(link.label, str(link.extra.get("key", "")))
        values |= self._carried(link, values, passage)
        return Choice(**values | {"key": key, "to": to, "text": self._cut(passage, text)})

    def _carried(self, link: Link, values: dict[str, Any], passage: Passage) -> dict[str, Any]:
        """What the link sets, and what happens to whoever comes where it leads."""
        goal = self.by_name.get(link.target)
        changes = [change for change in twee_setters.changes(link.setter) if change.fits_a_choice]
        changes += goal.entering if goal else []
        sets = twee_setters.flags(changes)
        self.flags |= dict.fromkeys(sets)
        carried: dict[str, Any] = {"sets": _with("sets", values["sets"], sets)}
        for spec in doc.CHOICE:
            if spec.name in twee_setters.COUNTED:
                wanted = values[spec.name] + twee_setters.total(changes, spec.name)
                carried[spec.name] = fitting(spec, wanted)
                if carried[spec.name] != wanted:
                    self._note("value-mended", passage, name=spec.name)
        return carried

    def _ending(self, passage: Passage) -> Ending:
        extra = passage.extra or {}
        values = self._values(doc.ENDING, extra, passage.name)
        outcome = next((tag for tag in passage.tags if tag in OUTCOMES), None)
        if outcome is None:
            self._note("outcome-guessed", passage)
        if passage.links:
            self._note("links-dropped", passage)
        text = values["text"] if values["text"] and twee.shown(values["text"]) == passage.prose else passage.prose
        asked = extra.get("reflection", [])
        questions = [fitting(doc.QUESTION, one) for one in asked] if isinstance(asked, list) else []
        return Ending(
            **values
            | {
                "key": self.keys.by_name[passage.name],
                "outcome": outcome or "partial",
                "text": self._cut(passage, text),
                "reflection": tuple(questions[: doc.QUESTIONS_MAX]),
            }
        )

    def _values(self, specs: tuple[doc.Field, ...], extra: dict[str, Any], where: str) -> dict[str, Any]:
        values = {}
        for spec in specs:
            values[spec.name] = fitting(spec, extra[spec.name]) if spec.name in extra else spec.default
            given = extra.get(spec.name, values[spec.name])
            if (list(values[spec.name]) if isinstance(given, list) else values[spec.name]) != given:
                self.notes.append(Finding("value-mended", where=where[:80], params={"name": spec.name}))
        return values

    def _cut(self, passage: Passage, text: str) -> str:
        if len(text) > doc.TEXT_MAX:
            self._note("cut", passage, name="text", most=doc.TEXT_MAX)
        return text[: doc.TEXT_MAX].strip()

    def _name_what_is_lost(self, passage: Passage) -> None:
        is_other = str(self.data.get("format", "")).lower().startswith(OTHERS)
        patterns = MACROS if is_other else (*MACROS, *CHAPBOOK)
        found = {match[1][:40] for pattern in patterns for match in pattern.finditer(passage.prose)}
        if not is_other and (sets := CHAPBOOK_SETS.match(passage.prose)):
            found |= {match[1] for match in CHAPBOOK_NAME.finditer(sets[1])}
        macros = sorted(found)
        if macros:
            self._note("macros", passage, names=", ".join(macros[:20]))
        all_set = [change for link in passage.links for change in twee_setters.changes(link.setter)]
        setters = [change.text for change in all_set if not change.fits_a_choice]
        if setters:
            self._note("setters", passage, names=", ".join(setter[:60] for setter in setters[:10]))
        tags = [tag for tag in passage.tags if tag not in OWN_TAGS]
        if tags:
            self._note("tags", passage, names=", ".join(tag[:40] for tag in tags[:10]))
        for name in sorted({(match[1] or match[2]).lower() for match in PICTURE.finditer(passage.prose)}):
            self._note("media", passage, name=name)

    def _name_facts(self, played: list[Passage]) -> None:
        """What Twine keeps about a story and its passages, and a scenario has no place for."""
        names = sorted(self.data.keys() - {"start"} - (OURS if self.settings else set()))
        if names:
            named = ", ".join(name[:40] for name in names[:LEFT_MAX])
            self.notes.append(Finding("story-data-left", where=twee.DATA, params={"names": named}))
        kept: set[str] = set()
        for passage in played:
            try:
                facts = load(passage.metadata) if passage.metadata else {}
            except Refused:
                facts = None
            if isinstance(facts, dict):
                kept |= facts.keys()
            else:
                self._note("metadata-broken", passage)
        if kept and not self.settings:
            named = ", ".join(name[:40] for name in sorted(kept)[:LEFT_MAX])
            self.notes.append(Finding("metadata-left", params={"names": named}))

    # --- prose, links and comments ---
    def _scan(self, passage: Passage) -> None:
        text, at, prose = passage.text, 0, []
        last_close = text.rfind(twee.CLOSES)  # an open comment is not searched for its end again and again
        fresh: Link | None = None  # the link that a comment right after it is about
        while match := TOKEN.search(text, at):
            between = text[at : match.start()]
            prose.append(between)
            fresh = None if between.strip() else fresh
            self._count(passage)
            is_link = match[0] == "[["
            closes, window = ("]]", match.end() + LINK_MAX) if is_link else (twee.CLOSES, last_close + len(twee.CLOSES))
            end = text.find(closes, match.end(), window)
            inside = text[match.end() : end] if end > 0 else ""
            if not inside.strip() or (is_link and "\n" in inside):
                prose.append(match[0])  # nothing that a reader of Twee would follow or hide
                at = match.end()
                continue
            at = end + len(closes)
            if is_link:
                fresh = _link(inside)
                passage.links.append(fresh)
                if len(passage.links) > doc.CHOICES_MAX:
                    raise Refused(Finding("choices-many", passage.line, passage.name[:80], {"most": doc.CHOICES_MAX}))
                prose.append(f"{LINK_MARK}{fresh.label}{LINK_MARK}")
            else:
                self._comment(passage, inside, fresh)
        prose.append(text[at:])
        passage.prose = doc.clean("\n".join(_without_links(line) for line in "".join(prose).split("\n")))

    def _count(self, passage: Passage) -> None:
        self.tokens += 1
        if self.tokens > TOKENS_MAX:
            raise Refused(Finding("links-many", passage.line, passage.name[:80], {"most": TOKENS_MAX}))

    def _comment(self, passage: Passage, inside: str, link: Link | None) -> None:
        kind, _blank, text = inside.strip().partition(" ")
        if not kind.startswith(twee.MARK):
            self._note("comment-dropped", passage)
            return
        try:
            values = load(text)
        except Refused:
            values = None
        if not isinstance(values, dict):
            self._note("own-comment-broken", passage)
        elif kind != f"{twee.MARK}choice":
            passage.extra = values
        elif link is not None and not link.extra:
            link.extra = values
        else:
            self._note("choice-comment-lost", passage)


def _with(name: str, keys: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    """Raises Refused where they are more than a list may hold."""
    both = (*keys, *(key for key in more if key not in keys))
    if len(both) > doc.WORDS_MAX:
        raise Refused(Finding("words-many", params={"name": name, "most": doc.WORDS_MAX}))
    return both


def _link(inside: str) -> Link:
    """`text|target`, `text->target`, `target<-text`, `target`; each may have `][setter` behind it."""
    shown, _brackets, setter = inside.partition("][")
    if "->" in shown:
        label, _arrow, target = shown.rpartition("->")
    elif "<-" in shown:
        target, _arrow, label = shown.partition("<-")
    elif "|" in shown:
        label, _bar, target = shown.rpartition("|")
    else:
        label = target = shown
    return Link(doc.on_one_line(label) or doc.on_one_line(target), target.strip(), setter.strip())


def _without_links(line: str) -> str:
    """A line of nothing but links goes; within a sentence the words of a link stay."""
    parts = line.split(LINK_MARK)
    if len(parts) == 1:
        return line
    around = "".join(parts[::2])
    return "".join(parts) if re.search(r"\w", around) else ""
