"""QTI 3.0 out: a package, one item a question, with what QTI has no element for in the manifest: keywords, and
the category as a classification."""

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree

from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats import weights
from assessments.quizzes.formats.document import Finding, Item, Refused, TruthWords
from assessments.quizzes.formats.qti import MANIFEST, MODEL
from assessments.quizzes.formats.qti_scoring import SCORE
from assessments.quizzes.rules import matches

Element = ElementTree.Element
SPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
PACKAGE_SPACE = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
LOM_SPACE = "http://ltsc.ieee.org/xsd/LOM"
TEMPLATES = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/"
MATCH, MAP = "match_correct", "map_response"
RESPONSE, FEEDBACK, SHOWN = "RESPONSE", "FEEDBACK", "shown"
CARRIED = (
    *("single", "multiple", "truefalse", "shorttext", "numeric", "matching", "ordering"),
    *("reflection", "essay"),
)
NATIVE = {"reflection": "essay", "truefalse": "single"}
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # so that the same questions make the same file


# --- what QTI can carry ----------------------------------------------------------------------------------------------
def fit(item: Item, truth: TruthWords, findings: list[Finding]) -> Item:
    if item.type not in CARRIED:
        raise Refused("type-not-carried", type=item.type)
    doc.finished(item)
    item = doc.without_rubric_of_others(doc.leaving(item, findings), findings)
    if item.type in ("shorttext", "numeric", "matching", "ordering"):
        item = doc.without_feedback(item, findings)
    if item.type == "shorttext":
        doc.without_patterns(item)
        return doc.without_folding(item, findings)
    return _fit_numeric(item, findings) if item.type == "numeric" else item


def _fit_numeric(item: Item, findings: list[Finding]) -> Item:
    """Accepted numbers are asked one after the other, and the first that is met counts: so the best stand first."""
    if item.of_kind("unit"):
        raise Refused("units")
    if any(row["measure"] == "relative" and Decimal(row["value"]) < 0 for row in item.of_kind("number")):
        item = weights.absolute(item, findings)
    ordered = tuple(sorted(item.parts, key=lambda part: -part.values["credit"]))
    if ordered != item.parts:
        findings.append(Finding("numbers-order"))
    return replace(item, parts=ordered)


# --- the package -----------------------------------------------------------------------------------------------------
def write(items: Iterable[Item], truth: TruthWords) -> bytes:
    root = Element("manifest", {"xmlns": PACKAGE_SPACE, "identifier": "questions"})
    about = _sub(root, "metadata")
    _sub(about, "schema", "QTI Package")
    _sub(about, "schemaversion", "3.0.0")
    _sub(root, "organizations")
    resources = _sub(root, "resources")
    files: dict[str, bytes] = {}
    for at, item in enumerate(items, 1):
        path = f"items/q{at}.xml"
        files[path] = _text(_item(item, f"Q{at}"))
        _resource(resources, item, f"Q{at}", path)
    return _zipped({MANIFEST: _text(root), **files})


def _resource(resources: Element, item: Item, key: str, path: str) -> None:
    node = _sub(resources, "resource", identifier=key, type="imsqti_item_xmlv3p0", href=path)
    tags = doc.tags_of(item, written_as=NATIVE.get(item.type, item.type))
    categories = [name for name in (item.category, item.sub_category) if name]
    if tags or categories:
        lom = _sub(_sub(node, "metadata"), "lom", xmlns=LOM_SPACE)
        _keywords(lom, tags)
        _classification(lom, categories)
    _sub(node, "file", href=path)


def _keywords(lom: Element, tags: Sequence[str]) -> None:
    if not tags:
        return
    general = _sub(lom, "general")
    for tag in tags:
        _sub(_sub(general, "keyword"), "string", tag)


def _classification(lom: Element, categories: Sequence[str]) -> None:
    """IEEE 1484.12.1, 9: one path, from the general to the particular."""
    if not categories:
        return
    node = _sub(lom, "classification")
    purpose = _sub(node, "purpose")
    _sub(purpose, "source", "LOMv1.0")
    _sub(purpose, "value", "discipline")
    path = _sub(node, "taxonPath")
    for category in categories:
        _sub(_sub(_sub(path, "taxon"), "entry"), "string", category)


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, data)
    return buffer.getvalue()


def _text(root: Element) -> bytes:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _sub(parent: Element, tag: str, words: str | None = None, **attributes: str) -> Element:
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    node = ElementTree.SubElement(parent, tag, named)
    node.text = words
    return node


# --- an item ---------------------------------------------------------------------------------------------------------
def _item(item: Item, key: str) -> Element:
    root = Element(
        "qti-assessment-item",
        {
            "xmlns": SPACE,
            "identifier": key,
            "title": item.code or key,
            "adaptive": "false",
            "time-dependent": "false",
        },
    )
    WRITERS[item.type](root, item)
    if item.model_answer:
        modal = _sub(root, "qti-modal-feedback", outcome_identifier=MODEL, identifier=SHOWN, show_hide="show")
        _paragraph(_sub(modal, "qti-content-body"), item.model_answer)
    return root


def _paragraph(parent: Element, words: str) -> None:
    """A line break where the text has one."""
    first, *rest = words.split("\n")
    node = _sub(parent, "p", first)
    for line in rest:
        _sub(node, "br").tail = line


def _said(node: Element, words: str) -> Element:
    """Words that stand in the element itself."""
    first, *rest = words.split("\n")
    node.text = first
    for line in rest:
        _sub(node, "br").tail = line
    return node


def _declare(root: Element, cardinality: str, base: str, correct: Sequence[str] = ()) -> Element:
    node = _sub(root, "qti-response-declaration", identifier=RESPONSE, cardinality=cardinality, base_type=base)
    if correct:
        holder = _sub(node, "qti-correct-response")
        for value in correct:
            _sub(holder, "qti-value", value)
    return node


def _map(declaration: Element, rows: Iterable[tuple[str, str, bool]], **bounds: str) -> None:
    holder = _sub(declaration, "qti-mapping", default_value="0", **bounds)
    for key, worth, is_sensitive in rows:
        _sub(
            holder, "qti-map-entry", map_key=key, mapped_value=worth, case_sensitive="true" if is_sensitive else "false"
        )


def _body(root: Element, item: Item, most: str, *, feedback: str = "") -> Element:
    """The outcomes and the question; feedback: the cardinality of what feedback goes by."""
    score = _sub(
        root, "qti-outcome-declaration", identifier=SCORE, cardinality="single", base_type="float", normal_maximum=most
    )
    _sub(_sub(score, "qti-default-value"), "qti-value", "0")
    if feedback:
        _sub(root, "qti-outcome-declaration", identifier=FEEDBACK, cardinality=feedback, base_type="identifier")
    if item.model_answer:
        model = _sub(root, "qti-outcome-declaration", identifier=MODEL, cardinality="single", base_type="identifier")
        _sub(_sub(model, "qti-default-value"), "qti-value", SHOWN)
    body = _sub(root, "qti-item-body")
    _paragraph(body, item.stem)
    return body


def _processing(root: Element, template: str, *, with_feedback: bool) -> None:
    """The template; written out where feedback is set besides."""
    if not with_feedback:
        _sub(root, "qti-response-processing", template=TEMPLATES + template)
        return
    node = _sub(root, "qti-response-processing")
    if template == MAP:
        _sub(_sub(node, "qti-set-outcome-value", identifier=SCORE), "qti-map-response", identifier=RESPONSE)
    else:
        branch = _sub(_sub(node, "qti-response-condition"), "qti-response-if")
        test = _sub(branch, "qti-match")
        _sub(test, "qti-variable", identifier=RESPONSE)
        _sub(test, "qti-correct", identifier=RESPONSE)
        _score(branch, "1")
    _sub(_sub(node, "qti-set-outcome-value", identifier=FEEDBACK), "qti-variable", identifier=RESPONSE)


def _score(branch: Element, worth: str) -> None:
    _sub(_sub(branch, "qti-set-outcome-value", identifier=SCORE), "qti-base-value", worth, base_type="float")


# --- types -----------------------------------------------------------------------------------------------------------
def _write_choice(root: Element, item: Item) -> None:
    rows = item.of_kind("option")
    right = [f"A{at}" for at, row in enumerate(rows, 1) if row["correct"]]
    is_multiple, count = item.type == "multiple", str(len(right))
    cardinality = "multiple" if is_multiple else "single"
    told = any(row["feedback"] for row in rows)
    declaration = _declare(root, cardinality, "identifier", right)
    if is_multiple:
        values = [(f"A{at}", "1" if row["correct"] else "-1", True) for at, row in enumerate(rows, 1)]
        _map(declaration, values, lower_bound="0", upper_bound=count)
    body = _body(root, item, count, feedback=cardinality if told else "")
    node = _sub(body, "qti-choice-interaction", response_identifier=RESPONSE, max_choices="0" if is_multiple else "1")
    node.set("shuffle", str(not item.keeps_order).lower())
    for at, row in enumerate(rows, 1):
        choice = _said(_sub(node, "qti-simple-choice", identifier=f"A{at}"), row["text"])
        if row["feedback"]:
            shown = _sub(
                choice, "qti-feedback-inline", outcome_identifier=FEEDBACK, identifier=f"A{at}", show_hide="show"
            )
            _said(shown, row["feedback"])
    _processing(root, MAP if is_multiple else MATCH, with_feedback=told)


def _write_order(root: Element, item: Item) -> None:
    """The items stand by their words, so that their places give nothing away."""
    rows = item.of_kind("item")
    _declare(root, "ordered", "identifier", [f"A{at}" for at in range(1, len(rows) + 1)])
    body = _body(root, item, "1")
    node = _sub(body, "qti-order-interaction", response_identifier=RESPONSE, shuffle="true")
    for text, at in sorted((row["text"], at) for at, row in enumerate(rows, 1)):
        _said(_sub(node, "qti-simple-choice", identifier=f"A{at}"), text)
    _processing(root, MATCH, with_feedback=False)


def _write_match(root: Element, item: Item) -> None:
    rows = item.of_kind("pair")
    pairs = [f"L{at} R{at}" for at in range(1, len(rows) + 1)]
    _map(_declare(root, "multiple", "directedPair", pairs), [(pair, "1", True) for pair in pairs])
    body = _body(root, item, str(len(rows)))
    node = _sub(body, "qti-match-interaction", response_identifier=RESPONSE, max_associations=str(len(rows)))
    node.set("shuffle", "true")
    for side, sign in (("left", "L"), ("right", "R")):
        group = _sub(node, "qti-simple-match-set")
        for at, row in enumerate(rows, 1):
            _said(_sub(group, "qti-simple-associable-choice", identifier=f"{sign}{at}", match_max="1"), row[side])
    _processing(root, MAP, with_feedback=False)


def _write_short(root: Element, item: Item) -> None:
    rows = item.of_kind("answer")
    best = next(row["text"] for row in rows if row["credit"] == matches.FULL)
    values = [(row["text"], _worth(row["credit"]), row["how"] == matches.EXACT) for row in rows]
    _map(_declare(root, "single", "string", [best]), values)
    _sub(_sub(_body(root, item, "1"), "p"), "qti-text-entry-interaction", response_identifier=RESPONSE)
    _processing(root, MAP, with_feedback=False)


def _write_numeric(root: Element, item: Item) -> None:
    rows = item.of_kind("number")
    _declare(root, "single", "float", [rows[0]["value"]])
    _sub(_sub(_body(root, item, "1"), "p"), "qti-text-entry-interaction", response_identifier=RESPONSE)
    condition = _sub(_sub(root, "qti-response-processing"), "qti-response-condition")
    for at, row in enumerate(rows):
        branch = _sub(condition, "qti-response-else-if" if at else "qti-response-if")
        room = f"{row['tolerance']} {row['tolerance']}"
        test = _sub(branch, "qti-equal", tolerance_mode=row["measure"], tolerance=room)
        _sub(test, "qti-variable", identifier=RESPONSE)
        _sub(test, "qti-base-value", row["value"], base_type="float")
        _score(branch, _worth(row["credit"]))


def _write_free(root: Element, item: Item) -> None:
    _declare(root, "single", "string")
    body = _body(root, item, "1")
    lines = doc.criteria_lines(item)
    if lines:
        block = _sub(_sub(body, "qti-rubric-block", use="scoring", view="scorer"), "qti-content-body")
        for line in lines:
            _sub(block, "p", line)
    _sub(body, "qti-extended-text-interaction", response_identifier=RESPONSE)


def _worth(credit: int) -> str:
    return doc.plain(Decimal(credit) / 100)


WRITERS: dict[str, Callable[[Element, Item], None]] = {
    **dict.fromkeys(("single", "multiple", "truefalse"), _write_choice),
    **dict.fromkeys(("reflection", "essay"), _write_free),
    "shorttext": _write_short,
    "numeric": _write_numeric,
    "matching": _write_match,
    "ordering": _write_order,
}
