"""QTI 3.0, 2.2 and 2.1 in: single items, and packages with their manifest. https://www.1edtech.org/standards/qti

An item is taken where it has one interaction of a kind that there is here, and counts it in a way that means the same
here (qti_scoring). Everything else is refused by name.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats import html, weights
from assessments.quizzes.formats import qti_scoring as scoring
from assessments.quizzes.formats.document import Entry, Finding, Imported, Item, Part, Refused
from assessments.quizzes.formats.markup import child, children, name, parse, text
from assessments.quizzes.rules import matches
from assessments.zips import Package, ZipRefused

NAMESPACES = ("imsqtiasi_v3p0", "imsqti_v2p2", "imsqti_v2p1")
MANIFEST = "imsmanifest.xml"
ITEM = "assessment-item"
ITEM_TYPE = re.compile(r"imsqti_item_xmlv[0-9]p[0-9]+|imsqti_apipitem.*")
TEST_TYPE = re.compile(r"imsqti_(?:test|assessment|section|outcomes).*")
CAPITAL = re.compile(r"(?<!^)([A-Z])")
GAP = re.compile("[ \t\r\n\f]+")
BLOCKS = {
    "p",
    "div",
    "li",
    "tr",
    "prompt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "ul",
    "ol",
    "table",
}
MEDIA = {"img", "object", "audio", "video", "picture", "math", "svg", "media-interaction", "include"}
LOOKS = {"b", "strong", "i", "em", "code", "sub", "sup", "a", "pre", "table", "ul", "ol", "ruby", "tt", "small", "big"}
FEEDBACK = ("feedback-inline", "feedback-block")
MODEL = "MODEL"
BLANK = "_____"
OF_NUMBERS = ("float", "integer")


# --- files -----------------------------------------------------------------------------------------------------------
def read(data: bytes) -> Imported:
    """A file that is one item."""
    return Imported((_entry(data, 1, ""),))


def read_package(data: bytes) -> Imported:
    try:
        package = Package(data)
        return _package(package)
    except ZipRefused as refused:
        raise Refused(refused.code, **refused.params) from refused


def _package(package: Package) -> Imported:
    manifest = _normal(parse(package.read(MANIFEST)))
    resources = list(manifest.iter("resource"))
    items = [one for one in resources if ITEM_TYPE.fullmatch(one.get("type", ""))]
    notes = [Finding("test-structure")] if any(TEST_TYPE.fullmatch(one.get("type", "")) for one in resources) else []
    if len(items) > doc.QUESTIONS_MAX:
        raise Refused("questions-many", most=doc.QUESTIONS_MAX)
    if not items:
        raise Refused("questions-none")
    entries = [_of_package(package, one, place) for place, one in enumerate(items, 1)]
    return Imported(tuple(entries), tuple(notes))


def _of_package(package: Package, resource: Element, place: int) -> Entry:
    path = posixpath.normpath(unquote(resource.get("base", "") + resource.get("href", "")))
    try:
        data = package.read(path)
    except ZipRefused as refused:
        if refused.code == "zip-lacks":
            return Entry(place, path[: doc.CODE_MAX], None, (Finding(refused.code, refused.params),))
        raise
    entry = _entry(data, place, path, tuple(_keywords(resource)), _categories(resource))
    return replace(entry, findings=(*entry.findings, *_unread(resource)))


def _keywords(resource: Element) -> Iterator[str]:
    for keyword in resource.iter("keyword"):
        yield from (words for one in keyword if (words := doc.on_one_line(text(one))))


def _categories(resource: Element) -> list[str]:
    """Of the first classification: from the general to the particular."""
    path = next(resource.iter("taxon-path"), None)
    taxa = children(path, "taxon") if path is not None else ()
    return [text(next(taxon.iter("string"), None)) for taxon in taxa]


def _unread(resource: Element) -> Iterator[Finding]:
    """What else the manifest says of the item."""
    lom = [one for node in resource.iter("lom") for one in node]
    names = {name(one) for one in lom if name(one) not in ("general", "classification")}
    names |= {name(one) for node in resource.iter("general") for one in node if name(one) != "keyword"}
    if names:
        yield Finding("elements", {"names": ", ".join(one[:40] for one in sorted(names)[:10])})
    for path in list(resource.iter("taxon-path"))[1:]:
        words = [doc.on_one_line(text(one)) for one in path.iter("string")]
        yield Finding("category-lost", {"name": " / ".join(words)[:120]})


def _entry(data: bytes, place: int, path: str, tags: Iterable[str] = (), categories: Sequence[str] = ()) -> Entry:
    findings: list[Finding] = []
    called = path
    try:
        root = parse(data)
        _check_version(root)
        node = _normal(root)
        called = node.get("title") or node.get("identifier") or path
        item = doc.tagged(doc.filed(_Reader(node, findings).item(), categories, findings), tags, findings)
        item = doc.checked(_with_criteria(item, node, findings), findings)
    except Refused as refused:
        return Entry(place, called[: doc.CODE_MAX], None, (refused.finding, *findings))
    return Entry(place, item.code, item, tuple(findings))


def _check_version(root: Element) -> None:
    space, _brace, local = str(root.tag).removeprefix("{").rpartition("}")
    if _local(local) != ITEM:
        raise Refused("qti-no-item", name=local[:60])
    if not space.endswith(NAMESPACES):
        raise Refused("qti-version", name=space[:80])


def _local(tag: str) -> str:
    """One spelling for QTI 2 and 3: "choice-interaction"."""
    short = tag.rpartition("}")[2]
    return CAPITAL.sub(r"-\1", short.removeprefix("qti-")).lower()


def _normal(root: Element) -> Element:
    for node in root.iter():
        node.tag = _local(str(node.tag))
        attributes = {_local(key): value for key, value in node.attrib.items()}
        node.attrib.clear()
        node.attrib.update(attributes)
    return root


# --- words -----------------------------------------------------------------------------------------------------------
class _Words:
    """The words of a piece of HTML, a block a line. What it leaves out is for others to read."""

    def __init__(self, findings: list[Finding], without: Iterable[str] = ()) -> None:
        self.findings, self.without = findings, set(without)
        self.pieces: list[str] = []
        self.is_fresh = True  # nothing but blanks stands on this line yet

    def of(self, node: Element | None) -> str:
        if node is not None:
            self._walk(node)
        return doc.clean("".join(self.pieces))

    def _walk(self, node: Element) -> None:
        kind = name(node)
        if kind in self.without:
            return
        if kind in MEDIA:
            self._tell("media")
            return
        if kind in LOOKS:
            self._tell("formatting")
        if kind.endswith("-interaction"):
            self._add(BLANK if kind == "text-entry-interaction" else "")
            return
        if kind in BLOCKS:
            self._break()
        self._add(html.raised(kind, node.text or "") or node.text if kind in html.SIGNS else node.text)
        for one in node:
            self._walk(one)
            self._add(one.tail)
        if kind == "br":
            self.pieces.append("\n")
            self.is_fresh = True
        if kind in BLOCKS:
            self._break()

    def _add(self, words: str | None) -> None:
        found = GAP.sub(" ", words or "")
        self.pieces.append(found)
        self.is_fresh = self.is_fresh and found in ("", " ")

    def _break(self) -> None:
        if not self.is_fresh:
            self.pieces.append("\n")
            self.is_fresh = True

    def _tell(self, code: str) -> None:
        if all(found.code != code for found in self.findings):
            self.findings.append(Finding(code))


# --- an item ---------------------------------------------------------------------------------------------------------
@dataclass
class _Reader:
    node: Element
    findings: list[Finding]

    def item(self) -> Item:
        if self.node.get("adaptive", "false") in ("true", "1") or child(self.node, "template-processing") is not None:
            raise Refused("adaptive")
        body = child(self.node, "item-body")
        if body is None:
            raise Refused("stem-missing")
        shown = self._interaction(body)
        for group in (shown, *children(shown, "simple-match-set")):
            doc.refuse_many(list(group))
        self.shown, self.response = shown, shown.get("response-identifier", "")
        self.declaration = self._declaration()
        self.scoring = scoring.of(self.node, self.response)
        readers: dict[str, Callable[[], Item]] = {
            "choice-interaction": self._choice,
            "order-interaction": self._order,
            "match-interaction": self._match,
            "text-entry-interaction": self._entry,
            "extended-text-interaction": self._free,
        }
        item = readers[name(shown)]()
        code = doc.on_one_line(self.node.get("title") or self.node.get("identifier") or "")
        item = replace(item, stem=self._stem(body), code=code)
        return self._with_modal(item)

    def _interaction(self, body: Element) -> Element:
        found = [one for one in body.iter() if name(one).endswith("-interaction") and name(one) != "media-interaction"]
        if not found:
            raise Refused("description")
        known = ("choice", "order", "match", "text-entry", "extended-text")
        unknown = [one for one in found if name(one).removesuffix("-interaction") not in known]
        if unknown:
            raise Refused("interaction", name=name(unknown[0])[:60])
        if len(found) > 1:
            raise Refused("interactions-many", count=len(found))
        return found[0]

    def _declaration(self) -> Element:
        declared = list(children(self.node, "response-declaration"))
        mine = [one for one in declared if one.get("identifier") == self.response]
        if len(mine) != 1 or len(declared) > 1:
            raise Refused("key-missing")
        return mine[0]

    def _stem(self, body: Element) -> str:
        """The words around the interaction, and those it begins with."""
        around = _Words(self.findings, without=("rubric-block", *FEEDBACK)).of(body)
        if name(self.shown) == "text-entry-interaction" and ("\n" + around).endswith("\n" + BLANK):
            around = around.removesuffix(BLANK).strip()  # on a line of its own it is the field, not a gap in a sentence
        prompt = _Words(self.findings).of(child(self.shown, "prompt"))
        own = set(map(id, self.shown.iter()))
        if any(name(one) in FEEDBACK and id(one) not in own for one in body.iter()):
            self.findings.append(Finding("feedback-elsewhere"))
        return "\n".join(part for part in (around, prompt) if part)

    # --- types ---
    def _choice(self) -> Item:
        choices = list(children(self.shown, "simple-choice"))
        kind = {"single": "single", "multiple": "multiple"}.get(self.declaration.get("cardinality", ""))
        if kind is None:
            raise Refused("key-missing")
        keys = self._keys(choices)
        told = [(self._text(one), self._feedback(one)) for one in choices]
        item = weights.choice(kind, told, self._shares(kind, keys), self.findings)
        return replace(item, keeps_order=self.shown.get("shuffle", "false").strip() != "true")

    def _shares(self, kind: str, keys: list[str]) -> list[Decimal]:
        """What each option is worth, in percent, as Moodle would say it."""
        right = set(scoring.correct(self.declaration))
        if right - set(keys):
            raise Refused("key-missing")
        if self.scoring.kind != scoring.MAP:
            if self.scoring.kind == scoring.NUMBERS:
                raise Refused("processing")
            if kind == "multiple":
                self.findings.append(Finding("all-or-nothing"))
                share = 100 / Decimal(len(right) or 1)
                return [share if key in right else -share for key in keys]
            return [Decimal(100 if key in right else 0) for key in keys]
        worth = {key: value for key, value, _sensitive in scoring.mapping(self.declaration)}
        values = [worth.get(key, Decimal(0)) for key in keys]
        best = max(values, default=Decimal(0))
        whole = best if kind == "single" else sum((value for value in values if value > 0), Decimal(0))
        if whole <= 0:
            raise Refused("key-missing")
        meant = {key for key, value in zip(keys, values, strict=True) if value > 0 and kind == "multiple"}
        meant = meant or {key for key, value in zip(keys, values, strict=True) if value == best}
        if right and right != meant:
            raise Refused("key-contradicts")
        return [value * 100 / whole for value in values]

    def _keys(self, choices: list[Element]) -> list[str]:
        keys = [one.get("identifier", "") for one in choices]
        if len(set(keys)) < len(keys) or "" in keys:
            raise Refused("key-missing")
        return keys

    def _text(self, choice: Element) -> str:
        return _Words(self.findings, without=FEEDBACK).of(choice)

    def _feedback(self, choice: Element) -> str:
        """Shown beside the option to those who chose it, or after handing in."""
        key, outcomes = choice.get("identifier", ""), scoring.outcomes_set_to(self.node, self.response)
        inside = [one for kind in FEEDBACK for one in choice.iter(kind)]
        modal = list(children(self.node, "modal-feedback"))
        for one in inside + modal:
            is_mine = one.get("identifier") == key and one.get("show-hide", "show") == "show"
            if is_mine and one.get("outcome-identifier") in outcomes:
                return _Words(self.findings).of(one)
        if inside:
            self.findings.append(Finding("feedback-elsewhere"))
        return ""

    def _order(self) -> Item:
        choices = {one.get("identifier", ""): one for one in children(self.shown, "simple-choice")}
        order = scoring.correct(self.declaration)
        if self.scoring.kind not in (scoring.MATCH, scoring.NOTHING):
            raise Refused("processing")
        if sorted(order) != sorted(choices) or not order:
            raise Refused("key-missing")
        return Item("ordering", "", parts=tuple(doc.item_part(self._text(choices[key])) for key in order))

    def _match(self) -> Item:
        sets = [
            {one.get("identifier", ""): self._text(one) for one in children(group, "simple-associable-choice")}
            for group in children(self.shown, "simple-match-set")
        ]
        pairs = [tuple(value.split()) for value in scoring.correct(self.declaration)]
        mapped = {tuple(key.split()) for key, worth, _sensitive in scoring.mapping(self.declaration) if worth > 0}
        if self.scoring.kind == scoring.NUMBERS or len(sets) != 2:
            raise Refused("processing")
        pairs = pairs or sorted(mapped)
        if self.scoring.kind == scoring.MAP and set(pairs) != mapped:
            raise Refused("key-contradicts")
        left, right = sets
        found = dict(pair for pair in pairs if len(pair) == 2)
        if set(found) != set(left) or len(set(found.values())) < len(pairs) or not set(found.values()) <= set(right):
            raise Refused("pairs")
        for key in right.keys() - set(found.values()):
            self.findings.append(Finding("distractor", {"text": right[key][:60]}))
        return Item("matching", "", parts=tuple(doc.pair(words, right[found[key]]) for key, words in left.items()))

    def _entry(self) -> Item:
        if self.shown.get("pattern-mask"):
            self.findings.append(Finding("pattern-mask"))
        if self.declaration.get("base-type") in OF_NUMBERS:
            return self._numeric()
        if self.declaration.get("base-type") != "string" or self.scoring.kind == scoring.NUMBERS:
            raise Refused("processing")
        if self.scoring.kind != scoring.MAP:
            texts = scoring.correct(self.declaration)
            self._refuse_empty(texts)
            return Item("shorttext", "", parts=(doc.answer(texts[0], how=matches.EXACT),))
        parts = [
            doc.answer(key, credit, how=matches.EXACT if sensitive else matches.NORMALISED)
            for key, credit, sensitive in self._credits()
        ]
        return Item("shorttext", "", parts=tuple(parts))

    def _credits(self) -> list[tuple[str, int, bool]]:
        """The best answer is worth 100 %; what is worth nothing is no accepted answer."""
        rows = [row for row in scoring.mapping(self.declaration) if row[1] > 0]
        self._refuse_empty(rows)
        best = max(worth for _key, worth, _sensitive in rows)
        return [(key, self._credit(worth, best), sensitive) for key, worth, sensitive in rows]

    def _credit(self, worth: Decimal, best: Decimal) -> int:
        credit = doc.percent(worth * 100 / best, self.findings)
        if credit < 1:
            raise Refused("processing")
        return credit

    def _refuse_empty(self, rows: object) -> None:
        if not rows:
            raise Refused("key-missing")

    def _numeric(self) -> Item:
        parts: list[Part] = []
        if self.scoring.kind == scoring.MAP:
            parts = [doc.number(doc.number_of(key), Decimal(0), credit) for key, credit, _sensitive in self._credits()]
        elif self.scoring.kind == scoring.NUMBERS:
            parts = self._near()
        else:
            texts = scoring.correct(self.declaration)
            self._refuse_empty(texts)
            parts = [doc.number(doc.number_of(texts[0]), Decimal(0))]
        return Item("numeric", "", parts=tuple(parts))

    def _near(self) -> list[Part]:
        """The first that is met counts: where a later one is worth more, that is another key."""
        scores = [near.score for near in self.scoring.numbers]
        if scores != sorted(scores, reverse=True) or min(scores) <= 0:
            raise Refused("processing")
        parts = []
        for near in self.scoring.numbers:
            value = near.value
            if value is None:
                texts = scoring.correct(self.declaration)
                self._refuse_empty(texts)
                value = doc.number_of(texts[0])
            credit = self._credit(near.score, scores[0])
            parts.append(doc.number(value, near.tolerance, credit, measure=near.measure))
        return parts

    def _free(self) -> Item:
        if self.scoring.kind != scoring.NOTHING:
            raise Refused("processing")
        if scoring.correct(self.declaration):
            self.findings.append(Finding("general-feedback-dropped"))
        return Item("essay", "")

    def _with_modal(self, item: Item) -> Item:
        """One text that everybody reads afterwards is the model answer; what speaks of one option is its own."""
        outcomes = scoring.outcomes_set_to(self.node, self.response)
        keys = {one.get("identifier", "") for one in children(self.shown, "simple-choice")}
        for one in children(self.node, "modal-feedback"):
            if one.get("outcome-identifier") == MODEL:
                item = replace(item, model_answer=_Words(self.findings).of(one))
            elif one.get("identifier") not in keys or one.get("outcome-identifier") not in outcomes:
                self.findings.append(Finding("general-feedback-dropped"))
        if item.model_answer and item.type not in (*doc.TYPED, *doc.FREE):
            self.findings.append(Finding("general-feedback"))
        return item


def _with_criteria(item: Item, node: Element, findings: list[Finding]) -> Item:
    lines: list[str] = []
    for block in node.iter("rubric-block"):
        if "scorer" in block.get("view", "").split() and item.type in doc.FREE:
            lines += _Words(findings).of(block).split("\n")
        else:
            findings.append(Finding("rubric-block"))
    return doc.with_criteria(item, [line for line in lines if line], findings) if lines else item
