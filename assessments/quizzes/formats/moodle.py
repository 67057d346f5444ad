"""Moodle XML, in and out. https://docs.moodle.org/en/Moodle_XML_format

Texts leave as plain text, so that Moodle takes nothing in them for HTML. HTML that comes in is cleaned to words and
line breaks, because that is what a question here holds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats import html, weights
from assessments.quizzes.formats.document import Entry, Finding, Imported, Item, Part, Refused, TruthWords
from assessments.quizzes.formats.markup import child, children, name, parse, text
from assessments.quizzes.rules import matches

Element = ElementTree.Element
PLAIN = "plain_text"
CATEGORY = "category"  # a question of this type says where all that follow are filed
NAMES = {
    "single": "multichoice",
    "multiple": "multichoice",
    "truefalse": "truefalse",
    "shorttext": "shortanswer",
    "numeric": "numerical",
    "matching": "matching",
    "ordering": "ordering",
    "reflection": "essay",
    "essay": "essay",
}
NATIVE = {"reflection": "essay", "truefalse": "single"}
KNOWN = {  # what is read below, and what only says how Moodle shows a question
    *("name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden", "idnumber", "tags", "answer"),
    *("single", "answernumbering", "showstandardinstruction", "usecase", "subquestion", "units", "graderinfo"),
    *("unitgradingtype", "unitpenalty", "showunits", "unitsleft", "instructions", "shownumcorrect", "category"),
    *("responseformat", "responserequired", "responsefieldlines", "attachments", "attachmentsrequired", "maxbytes"),
    *("minwordlimit", "maxwordlimit", "filetypeslist", "responsetemplate", "layouttype", "selecttype", "selectcount"),
    *("gradingtype", "showgrading", "numberingstyle", "shuffleanswers", "correctfeedback", "incorrectfeedback"),
    *("partiallycorrectfeedback", "hint"),
}
COMBINED = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
UNIT_TYPED, UNIT_CHOSEN, UNIT_LISTED, UNIT_NONE = "0", "1", "2", "3"


# --- what Moodle XML can carry ---------------------------------------------------------------------------------------
def fit(item: Item, truth: TruthWords, findings: list[Finding]) -> Item:
    if item.type not in NAMES:
        raise Refused("type-not-carried", type=item.type)
    doc.finished(item)
    item = doc.without_rubric_of_others(doc.leaving(item, findings), findings)
    weights.note_unknown(item, findings)
    if item.type == "multiple":
        weights.refuse_odd(item)
    if item.type in ("matching", "ordering"):
        item = doc.without_feedback(item, findings)
    if item.type == "shorttext":
        item = _fit_short(item, findings)
    if item.type == "numeric":
        item = weights.absolute(item, findings)
        _refuse_units(item)
    return item


def _fit_short(item: Item, findings: list[Finding]) -> Item:
    doc.without_patterns(item)
    ways = {row["how"] for row in item.of_kind("answer")}
    if len(ways) > 1:
        findings.append(Finding("exact-lost"))
        item = doc.with_values(item, how=matches.NORMALISED)
    return doc.without_folding(item, findings)


def _refuse_units(item: Item) -> None:
    """Moodle counts how many of a unit one of the first unit is; here it is the other way round."""
    rows = item.of_kind("unit")
    for row in rows:
        multiplier = doc.exactly(Decimal(1), Decimal(row["factor"]))
        if multiplier is None or not doc.IS_NUMBER.fullmatch(doc.plain(multiplier)):
            raise Refused("unit-factor", name=row["text"][:60])
    if any(row["text"] != doc.on_one_line(row["text"]) for row in rows):
        raise Refused("unit-name")


# --- out -------------------------------------------------------------------------------------------------------------
def write(items: Iterable[Item], truth: TruthWords) -> str:
    root, path = Element("quiz"), ""
    for item in doc.without_category_first(items):
        if doc.category_path(item) != path:
            path = doc.category_path(item)
            _said(ElementTree.SubElement(root, "question", type=CATEGORY), CATEGORY, path, form="")
        root.append(_question(item, truth))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _question(item: Item, truth: TruthWords) -> Element:
    is_truth = weights.says_truth(item, truth)
    kind = "multichoice" if item.type == "truefalse" and not is_truth else NAMES[item.type]
    node = Element("question", type=kind)
    _said(node, "name", item.code, form="")
    _said(node, "questiontext", item.stem)
    _said(node, "generalfeedback", item.model_answer)
    for setting, value in (("defaultgrade", "1"), ("penalty", "0"), ("hidden", "0")):
        _set(node, setting, value)
    WRITERS[item.type](node, item, is_truth)
    written_as = item.type if is_truth else NATIVE.get(item.type, item.type)
    tags = doc.tags_of(item, written_as=written_as)
    if tags:
        holder = ElementTree.SubElement(node, "tags")
        for tag in tags:
            _said(holder, "tag", tag, form="")
    return node


def _said(parent: Element, kind: str, words: str, *, form: str = PLAIN) -> Element:
    node = ElementTree.SubElement(parent, kind, {"format": form} if form else {})
    ElementTree.SubElement(node, "text").text = words
    return node


def _set(parent: Element, kind: str, value: str) -> None:
    ElementTree.SubElement(parent, kind).text = value


def _answer(node: Element, fraction: str, words: str, feedback: str = "", *, form: str = PLAIN) -> Element:
    answer = _said(node, "answer", words, form=form)
    answer.set("fraction", fraction)
    _said(answer, "feedback", feedback)
    return answer


def _write_choice(node: Element, item: Item, is_truth: bool) -> None:
    if is_truth:
        for word, row in zip(("true", "false"), item.of_kind("option"), strict=True):
            _answer(node, "100" if row["correct"] else "0", word, row["feedback"], form="moodle_auto_format")
        return
    is_multiple = item.type == "multiple"
    share = weights.share(item) if is_multiple else "100"
    wrong = f"-{share}" if is_multiple else "0"
    for setting, is_on in (("single", not is_multiple), ("shuffleanswers", not item.keeps_order)):
        _set(node, setting, str(is_on).lower())
    _set(node, "answernumbering", "none")
    for row in item.of_kind("option"):
        _answer(node, share if row["correct"] else wrong, row["text"], row["feedback"])


def _write_short(node: Element, item: Item, is_truth: bool) -> None:
    rows = item.of_kind("answer")
    _set(node, "usecase", "1" if rows[0]["how"] == matches.EXACT else "0")
    for row in rows:
        _answer(node, str(row["credit"]), weights.guarded(row["text"]), row["feedback"])


def _write_numeric(node: Element, item: Item, is_truth: bool) -> None:
    for row in item.of_kind("number"):
        answer = _answer(node, str(row["credit"]), row["value"], row["feedback"])
        _set(answer, "tolerance", row["tolerance"])
    units = item.of_kind("unit")
    _set(node, "unitgradingtype", "1" if units else "0")
    _set(node, "unitpenalty", "1.0" if units else "0")
    _set(node, "showunits", UNIT_LISTED if units else UNIT_NONE)
    _set(node, "unitsleft", "0")
    if units:
        holder = ElementTree.SubElement(node, "units")
        for row in units:
            one = ElementTree.SubElement(holder, "unit")
            multiplier = doc.exactly(Decimal(1), Decimal(row["factor"]))
            _set(one, "multiplier", doc.plain(multiplier or Decimal(1)))
            _set(one, "unit_name", row["text"])


def _write_matching(node: Element, item: Item, is_truth: bool) -> None:
    _set(node, "shuffleanswers", "true")
    for row in item.of_kind("pair"):
        one = _said(node, "subquestion", row["left"])
        _said(one, "answer", row["right"], form="")


def _write_ordering(node: Element, item: Item, is_truth: bool) -> None:
    for setting, value in (("layouttype", "VERTICAL"), ("selecttype", "ALL"), ("gradingtype", "ABSOLUTE_POSITION")):
        _set(node, setting, value)
    for at, row in enumerate(item.of_kind("item"), 1):
        answer = _said(node, "answer", row["text"])
        answer.set("fraction", str(at))


def _write_free(node: Element, item: Item, is_truth: bool) -> None:
    _set(node, "responseformat", "plain")
    _set(node, "attachments", "0")
    _said(node, "graderinfo", "\n".join(doc.criteria_lines(item)))


WRITERS: dict[str, Callable[[Element, Item, bool], None]] = {
    **dict.fromkeys(("single", "multiple", "truefalse"), _write_choice),
    "shorttext": _write_short,
    "numeric": _write_numeric,
    "matching": _write_matching,
    "ordering": _write_ordering,
    "reflection": _write_free,
    "essay": _write_free,
}


# --- in --------------------------------------------------------------------------------------------------------------
def read(data: bytes, truth: TruthWords) -> Imported:
    root = parse(data)
    entries: list[Entry] = []
    notes: list[Finding] = []
    category: list[str] = []
    for node in children(root, "question"):
        if node.get("type") == CATEGORY:
            category = doc.category_names(text(_inner(child(node, CATEGORY))))
            if text(_inner(child(node, "info"))).strip() and len(notes) < doc.QUESTIONS_MAX:
                notes.append(Finding("category-info", {"name": " / ".join(category)[:120]}))
            continue
        if len(entries) == doc.QUESTIONS_MAX:
            raise Refused("questions-many", most=doc.QUESTIONS_MAX)
        entries.append(_entry(node, len(entries) + 1, truth, category))
    if not entries:
        raise Refused("questions-none")
    return Imported(tuple(entries), tuple(notes))


def _entry(node: Element, place: int, truth: TruthWords, category: Sequence[str]) -> Entry:
    findings: list[Finding] = []
    reader = _Reader(node, truth, findings)
    code = doc.on_one_line(text(_inner(child(node, "name"))))
    try:
        item = doc.checked(doc.filed(reader.item(code), category, findings), findings)
    except Refused as refused:
        return Entry(place, code[: doc.CODE_MAX], None, (refused.finding, *findings))
    return Entry(place, item.code, item, tuple(findings))


def _inner(node: Element | None) -> Element | None:
    return child(node, "text") if node is not None else None


@dataclass
class _Reader:
    node: Element
    truth: TruthWords
    findings: list[Finding]

    def item(self, code: str) -> Item:
        readers: dict[str, Callable[[], Item]] = {
            "multichoice": self._choice,
            "truefalse": self._truth,
            "shortanswer": self._short,
            "numerical": self._numeric,
            "matching": self._matching,
            "ordering": self._ordering,
            "essay": self._essay,
        }
        doc.refuse_many([one for one in self.node if name(one) in ("answer", "subquestion", "hint", "tags")])
        kind = self.node.get("type", "")
        if kind == "description":
            raise Refused("description")
        if kind not in readers:
            raise Refused("interaction", name=kind[:60])
        item = replace(readers[kind](), code=code or self._id_number())
        item = replace(item, stem=self._said(self.node, "questiontext"))
        item = self._general(item)
        tags = [text(_inner(tag)).strip() for holder in children(self.node, "tags") for tag in children(holder, "tag")]
        item = doc.tagged(item, tags, self.findings)
        self._name_the_rest()
        return self._with_criteria(item) if item.type in doc.FREE else item

    # --- texts ---
    def _said(self, parent: Element, kind: str) -> str:
        node = child(parent, kind)
        return self._words(node) if node is not None else ""

    def _words(self, node: Element) -> str:
        found, form = text(_inner(node)), node.get("format", "html")
        if any(name(one) == "file" for one in node):
            self._tell("media")
        if form == PLAIN:
            return doc.clean(found)
        if form == "markdown":
            self._tell("formatting")
        return html.words(found if form == "html" else found.replace("\n", "<br>"), self.findings)

    def _tell(self, code: str) -> None:
        if all(found.code != code for found in self.findings):
            self.findings.append(Finding(code))

    def _setting(self, kind: str, otherwise: str = "") -> str:
        return text(child(self.node, kind)).strip().lower() or otherwise

    def _id_number(self) -> str:
        return doc.on_one_line(text(child(self.node, "idnumber")))

    def _answers(self) -> list[Element]:
        return list(children(self.node, "answer"))

    # --- types ---
    def _choice(self) -> Item:
        is_single = self._setting("single", "true") in ("true", "1")
        answers = self._answers()
        told = [(self._words(one), self._said(one, "feedback")) for one in answers]
        kind, shares = "single" if is_single else "multiple", [_fraction(one) for one in answers]
        keeps_order = self._setting("shuffleanswers", "true") not in ("true", "1")
        return replace(weights.choice(kind, told, shares, self.findings), keeps_order=keeps_order)

    def _truth(self) -> Item:
        by_word = {text(_inner(one)).strip().lower(): one for one in self._answers()}
        if set(by_word) != {"true", "false"}:
            raise Refused("key-missing")
        right = [word for word, one in by_word.items() if _fraction(one) == weights.FULL]
        if len(right) != 1:
            raise Refused("key-double" if right else "key-missing")
        told = {word: self._said(one, "feedback") for word, one in by_word.items()}
        wrong = "false" if right[0] == "true" else "true"
        return weights.truth(right[0] == "true", self.truth, wrong=told[wrong], right=told[right[0]])

    def _short(self) -> Item:
        how = matches.EXACT if self._setting("usecase") in ("1", "true") else matches.NORMALISED
        parts: list[Part] = []
        for one in self._answers():
            words = doc.clean(text(_inner(one)))  # what is accepted is never HTML
            parts += weights.short(words, _fraction(one), self._said(one, "feedback"), self.findings, how=how)
        return Item("shorttext", "", parts=tuple(parts))

    def _numeric(self) -> Item:
        parts: list[Part] = []
        for one in self._answers():
            tolerance = text(child(one, "tolerance")).strip() or "0"
            feedback = self._said(one, "feedback")
            parts += weights.numeric(text(_inner(one)).strip(), tolerance, _fraction(one), feedback, self.findings)
        return Item("numeric", "", parts=(*parts, *self._units()))

    def _units(self) -> list[Part]:
        nodes = [one for holder in children(self.node, "units") for one in children(holder, "unit")]
        if not nodes or self._setting("showunits") == UNIT_NONE:
            if nodes:
                self._tell("units-hidden")
            return []
        if self._setting("showunits", UNIT_TYPED) == UNIT_TYPED:
            self._tell("units-typed")
        if self._setting("unitgradingtype", "0") == "0":
            self._tell("units-needed")
        return [self._unit(one) for one in nodes]

    def _unit(self, node: Element) -> Part:
        words = doc.on_one_line(text(child(node, "unit_name")))
        factor = doc.exactly(Decimal(1), doc.decimal_of(text(child(node, "multiplier"))))
        if factor is None:
            raise Refused("unit-factor", name=words[:60])
        return doc.unit(words, factor)

    def _matching(self) -> Item:
        parts = []
        for one in children(self.node, "subquestion"):
            left, right = self._words(one), doc.clean(text(_inner(child(one, "answer"))))
            if left:
                parts.append(doc.pair(left, right))
            else:
                self.findings.append(Finding("distractor", {"text": right[:60]}))
        return Item("matching", "", parts=tuple(parts))

    def _ordering(self) -> Item:
        """Moodle numbers the items by their fractions; some programs leave them as they stand."""
        answers = self._answers()
        places = [_fraction(one) for one in answers]
        if len(set(places)) == len(places):
            answers = [one for _place, one in sorted(zip(places, answers, strict=True), key=lambda pair: pair[0])]
        if self._setting("selecttype", "all") not in ("all", "0"):
            self._tell("selection")
        return Item("ordering", "", parts=tuple(doc.item_part(self._words(one)) for one in answers))

    def _essay(self) -> Item:
        if self._setting("attachments", "0") != "0":
            self._tell("attachments")
        if self._said(self.node, "responsetemplate"):
            self._tell("template")
        return Item("essay", "")

    # --- the rest ---
    def _with_criteria(self, item: Item) -> Item:
        lines = self._said(self.node, "graderinfo").split("\n")
        return doc.with_criteria(item, [line for line in lines if line], self.findings)

    def _general(self, item: Item) -> Item:
        said = self._said(self.node, "generalfeedback")
        if said and item.type not in (*doc.TYPED, *doc.FREE):
            self._tell("general-feedback")
        return replace(item, model_answer=said)

    def _name_the_rest(self) -> None:
        unknown = sorted({name(one) for one in self.node if name(one) not in KNOWN})
        if unknown:
            self.findings.append(Finding("elements", {"names": ", ".join(one[:40] for one in unknown[:10])}))
        if any(self._said(self.node, kind) for kind in COMBINED):
            self._tell("combined-feedback")
        if any(self._words(one) for one in children(self.node, "hint")):
            self._tell("hints")
        if self._id_number() and text(_inner(child(self.node, "name"))).strip() not in ("", self._id_number()):
            self.findings.append(Finding("id-number", {"number": self._id_number()[:60]}))
        if any(self._setting(kind, "0") != "0" for kind in ("minwordlimit", "maxwordlimit")):
            self._tell("word-limits")
        if _as_number(self._setting("defaultgrade", "1")) != 1:
            self.findings.append(Finding("grade", {"said": self._setting("defaultgrade")[:20]}))


def _fraction(node: Element) -> Decimal:
    found = _as_number(node.get("fraction", "0"))
    if found is None:
        raise Refused("number-unknown", text=node.get("fraction", "")[:40])
    return found


def _as_number(words: str) -> Decimal | None:
    try:
        found = Decimal(words.strip()[:40])
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**9 else None
