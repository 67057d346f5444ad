"""QTI by its specification: what is read of 2.2 and 3.0, what is refused, and a response processor of its own that
must come to the same marks as ours."""

import io
import zipfile
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.quizzes.formats import files, qti
from assessments.quizzes.rules import types
from tests.quizzes.formats.items import TRUTH, items
from tests.quizzes.samples import responses

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
V2 = "http://www.imsglobal.org/xsd/imsqti_v2p2"
V3 = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
MATCH = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct"/>'
MAPPED = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p2/rptemplates/map_response"/>'
CHOICES = '<simpleChoice identifier="A">One</simpleChoice><simpleChoice identifier="B">Two</simpleChoice>'
ASKED = f"<prompt>Which?</prompt>{CHOICES}"
CHOICE = f'<choiceInteraction responseIdentifier="RESPONSE" maxChoices="1">{ASKED}</choiceInteraction>'


def declared(cardinality="single", base="identifier", values=("A",), mapping="") -> str:
    right = "".join(f"<value>{value}</value>" for value in values)
    right = f"<correctResponse>{right}</correctResponse>" if values else ""
    head = f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base}">'
    return f"{head}{right}{mapping}</responseDeclaration>"


def item(declaration: str, body: str, processing: str = MATCH, *, space: str = V2, attributes: str = "") -> bytes:
    head = f'<assessmentItem xmlns="{space}" identifier="i1" title="Q1" {attributes}>'
    return f"{head}{declaration}<itemBody>{body}</itemBody>{processing}</assessmentItem>".encode()


def one(*args, **named):
    (entry,) = qti.read(item(*args, **named)).entries
    return entry


def codes(entry) -> list[str]:
    return [finding.code for finding in entry.findings]


def values(entry, *names: str) -> list[tuple]:
    return [tuple(part.values[name] for name in names) for part in entry.item.parts]


def test_a_choice_of_2_2():
    entry = one(declared(), f"<p>Look.</p>{CHOICE}")
    assert (entry.item.type, entry.item.code, entry.item.stem) == ("single", "Q1", "Look.\nWhich?")
    assert values(entry, "text", "correct") == [("One", True), ("Two", False)]
    assert codes(entry) == []


@pytest.mark.parametrize("said, keeps", [(' shuffle="true"', False), (' shuffle="false"', True), ("", True)])
def test_options_keep_their_order_unless_the_item_says_shuffle(said, keeps):
    """QTI 2.2 and 3.0: shuffle is false where nothing is said."""
    assert one(declared(), CHOICE.replace(" maxChoices", f"{said} maxChoices")).item.keeps_order is keeps


def test_a_power_stays_a_power_and_is_told():
    body = CHOICE.replace("Which?", "10<sup>2</sup> m, 1<sup>st</sup>")
    entry = one(declared(), body)
    assert (entry.item.stem, codes(entry)) == ("10² m, 1st", ["formatting"])


def test_a_choice_of_3_0_with_feedback_beside_the_option():
    text = f"""<qti-assessment-item xmlns="{V3}" identifier="i" title="Q3" adaptive="false" time-dependent="false">
    <qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier">
      <qti-correct-response><qti-value>B</qti-value></qti-correct-response></qti-response-declaration>
    <qti-outcome-declaration identifier="FEEDBACK" cardinality="single" base-type="identifier"/>
    <qti-item-body><qti-choice-interaction response-identifier="RESPONSE" max-choices="1">
      <qti-prompt>Which <i>one</i>?</qti-prompt>
      <qti-simple-choice identifier="A">One</qti-simple-choice>
      <qti-simple-choice identifier="B">Two
        <qti-feedback-inline outcome-identifier="FEEDBACK" identifier="B" show-hide="show">Yes.</qti-feedback-inline>
      </qti-simple-choice></qti-choice-interaction></qti-item-body>
    <qti-response-processing>
      <qti-response-condition>
        <qti-response-if>
          <qti-match><qti-variable identifier="RESPONSE"/><qti-correct identifier="RESPONSE"/></qti-match>
          <qti-set-outcome-value identifier="SCORE"><qti-base-value base-type="float">1</qti-base-value>
          </qti-set-outcome-value></qti-response-if>
        <qti-response-else>
          <qti-set-outcome-value identifier="SCORE"><qti-base-value base-type="float">0</qti-base-value>
          </qti-set-outcome-value></qti-response-else>
      </qti-response-condition>
      <qti-set-outcome-value identifier="FEEDBACK"><qti-variable identifier="RESPONSE"/></qti-set-outcome-value>
    </qti-response-processing></qti-assessment-item>"""
    (entry,) = qti.read(text.encode()).entries
    assert values(entry, "text", "correct", "feedback") == [("One", False, ""), ("Two", True, "Yes.")]
    assert codes(entry) == ["formatting"]


def test_an_ordering():
    body = f'<orderInteraction responseIdentifier="RESPONSE">{CHOICES}</orderInteraction>'
    entry = one(declared("ordered", values=("B", "A")), f"<p>Sort.</p>{body}")
    assert values(entry, "text") == [("Two",), ("One",)]


def pairs(correct: tuple[str, ...]):
    sets = "".join(
        "<simpleMatchSet>"
        + "".join(
            f'<simpleAssociableChoice identifier="{key}" matchMax="1">{key}!</simpleAssociableChoice>' for key in keys
        )
        + "</simpleMatchSet>"
        for keys in (("L1", "L2"), ("R1", "R2", "R3"))
    )
    body = f'<p>Match.</p><matchInteraction responseIdentifier="RESPONSE">{sets}</matchInteraction>'
    return one(declared("multiple", "directedPair", correct), body)


def test_pairs_are_one_to_one_or_refused():
    entry = pairs(("L1 R2", "L2 R1"))
    assert values(entry, "left", "right") == [("L1!", "R2!"), ("L2!", "R1!")]
    assert codes(entry) == ["distractor"]
    for wrong in (("L1 R1", "L2 R1"), ("L1 R1",), ("L1 R1", "R2 L2"), ("L1 R1", "L1 R2", "L2 R3")):
        assert codes(pairs(wrong)) == ["pairs"]


def test_a_word_in_a_sentence_leaves_its_gap():
    mapping = '<mapping defaultValue="0"><mapEntry mapKey="York" mappedValue="1"/>'
    mapping += '<mapEntry mapKey="york" mappedValue="0.5" caseSensitive="false"/></mapping>'
    body = '<p>The city of <textEntryInteraction responseIdentifier="RESPONSE"/> shines.</p>'
    entry = one(declared(base="string", values=("York",), mapping=mapping), body, MAPPED)
    assert entry.item.stem == "The city of _____ shines."
    assert values(entry, "text", "how", "credit") == [("York", "exact", 100), ("york", "normalised", 50)]


@pytest.mark.parametrize(
    "name",
    ["hotspotInteraction", "gapMatchInteraction", "inlineChoiceInteraction", "sliderInteraction", "customInteraction"],
)
def test_other_interactions_are_refused_by_name(name):
    entry = one(declared(), f'<{name} responseIdentifier="RESPONSE"/>')
    assert entry.item is None
    assert entry.findings[0].code == "interaction"
    assert entry.findings[0].params["name"].replace("-", "") == name.lower()


def inline(inside: str) -> str:
    return f"<responseProcessing>{inside}</responseProcessing>"


SET = '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">{}</baseValue></setOutcomeValue>'
IS_RIGHT = '<match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>'
TURNED = inline(
    f"<responseCondition><responseIf>{IS_RIGHT}{SET.format(0)}</responseIf>"
    f"<responseElse>{SET.format(1)}</responseElse></responseCondition>"
)
NOT = inline(f"<responseCondition><responseIf><not>{IS_RIGHT}</not>{SET.format(1)}</responseIf></responseCondition>")
TWICE = inline(f"<responseCondition><responseIf>{IS_RIGHT}{SET.format(1)}</responseIf></responseCondition>" * 2)
LOOSE = inline(SET.format(1))


@pytest.mark.parametrize(
    "processing", [TURNED, NOT, TWICE, LOOSE, '<responseProcessing template="x/map_response_point"/>']
)
def test_counting_that_would_come_out_as_another_key_is_refused(processing):
    entry = one(declared(), CHOICE, processing)
    assert entry.item is None
    assert codes(entry)[0] == "processing"


@pytest.mark.parametrize(
    ("declaration", "processing", "code"),
    [
        (declared(values=()), MATCH, "key-missing"),
        (declared(values=("C",)), MATCH, "key-missing"),
        (declared(mapping='<mapping><mapEntry mapKey="B" mappedValue="1"/></mapping>'), MAPPED, "key-contradicts"),
        (declared(), MAPPED, "key-missing"),
        (declared("ordered"), MATCH, "key-missing"),
        ("", MATCH, "key-missing"),
    ],
)
def test_a_key_that_is_not_clear_is_refused(declaration, processing, code):
    entry = one(declaration, CHOICE, processing)
    assert entry.item is None
    assert codes(entry)[0] == code


def test_several_interactions_and_adaptive_items_are_refused():
    assert codes(one(declared(), CHOICE + CHOICE))[0] == "interactions-many"
    assert codes(one(declared(), CHOICE, attributes='adaptive="true"'))[0] == "adaptive"
    assert codes(one(declared(), "<p>Only words</p>"))[0] == "description"
    assert codes(one(declared(), CHOICE, space="http://example.org/other"))[0] == "qti-version"


def package(items_in_it: dict[str, bytes], listed: list[str] | None = None, said: str = "") -> bytes:
    rows = "".join(
        f'<resource identifier="r{at}" type="imsqti_item_xmlv2p2" href="{name}">{said}</resource>'
        for at, name in enumerate(listed or items_in_it)
    )
    rows += '<resource identifier="t" type="imsqti_test_xmlv2p2" href="test.xml"/>'
    manifest = f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>{rows}</resources></manifest>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in {"imsmanifest.xml": manifest.encode(), **items_in_it}.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_package_of_2_2_is_its_items():
    good = item(declared(), CHOICE)
    found = qti.read_package(package({"a.xml": good, "b b.xml": good}, ["a.xml", "b%20b.xml", "gone.xml"]))
    assert [entry.item is not None for entry in found.entries] == [True, True, False]
    assert codes(found.entries[2]) == ["zip-lacks"]
    assert [note.code for note in found.notes] == ["test-structure"]


def taxon_path(*names: str) -> str:
    taxa = "".join(f"<taxon><id>7</id><entry><string>{name}</string></entry></taxon>" for name in names)
    return f"<classification><taxonPath>{taxa}</taxonPath></classification>"


def test_the_manifest_says_where_an_item_is_filed_and_what_of_it_is_not_read():
    words = ("phone", "objective:CALM-1", "two words")
    keywords = "".join(f"<keyword><string>{word}</string></keyword>" for word in words)
    about = "<general><title><string>Q1</string></title>" + keywords + "</general><rights/>"
    about += taxon_path("keeping calm", "breathing") + taxon_path("other", "words")
    said = f'<metadata><lom xmlns="http://ltsc.ieee.org/xsd/LOM">{about}</lom></metadata>'
    (entry,) = qti.read_package(package({"a.xml": item(declared(), CHOICE)}, said=said)).entries
    assert (entry.item.category, entry.item.sub_category) == ("keeping calm", "breathing")
    assert (entry.item.tags, entry.item.objective) == (("phone",), "CALM-1")
    assert [(found.code, *found.params.values()) for found in entry.findings] == [
        ("tags", "two words"),
        ("elements", "rights, title"),
        ("category-lost", "other / words"),
    ]


# --- a response processor that knows nothing of ours -----------------------------------------------------------------
def bare(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def first(root: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return next((node for node in root.iter() if bare(node) == name), None)


def score(root: ElementTree.Element, given: list[str]) -> Fraction:
    """SCORE over its normal maximum, for the item as it stands in the file."""
    outcomes = {node.get("identifier"): node for node in root.iter() if bare(node) == "qti-outcome-declaration"}
    most = Fraction(outcomes["SCORE"].get("normal-maximum"))
    processing = first(root, "qti-response-processing")
    template = processing.get("template", "")
    branches = [node for node in processing.iter() if bare(node) in ("qti-response-if", "qti-response-else-if")]
    tests = [node for branch in branches for node in branch if bare(node) == "qti-equal"]
    if tests:
        return near(branches, Fraction(given[0])) / most
    if template.endswith("match_correct") or any(bare(node) == "qti-match" for node in processing.iter()):
        holder = first(root, "qti-correct-response")
        return Fraction([node.text for node in holder] == given) / most
    return mapped(root, given) / most


def mapped(root: ElementTree.Element, given: list[str]) -> Fraction:
    mapping = first(root, "qti-mapping")
    worth = {node.get("map-key"): Fraction(node.get("mapped-value")) for node in mapping}
    total = sum((worth.get(key, Fraction(0)) for key in set(given)), Fraction(0))
    total = max(total, Fraction(mapping.get("lower-bound", "-1000")))
    return min(total, Fraction(mapping.get("upper-bound", "1000")))


def near(branches: list[ElementTree.Element], given: Fraction) -> Fraction:
    for branch in branches:
        test, act = branch
        value = Fraction(next(node.text for node in test if bare(node) == "qti-base-value"))
        room = Fraction(test.get("tolerance").split()[0])
        room = value * room / 100 if test.get("tolerance-mode") == "relative" else room
        if value - room <= given <= value + room:
            return Fraction(act[0].text)
    return Fraction(0)


def written(question) -> ElementTree.Element | None:
    data = files.write(files.FORMATS["qti"], [question], TRUTH).data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = "items/q1.xml"
        return ElementTree.fromstring(archive.read(name)) if name in archive.namelist() else None


def as_qti(question, response) -> list[str]:
    published = question.published()
    at = {key: place for place, key in enumerate(published.keys, 1)}
    match question.type:
        case "matching":
            return [f"L{at[left]} R{at[right]}" for left, right in response["pairs"].items()]
        case "ordering":
            return [f"A{at[key]}" for key in response["order"]]
        case "numeric":
            return [response["number"]]
    return [f"A{at[key]}" for key in response["chosen"]]


@MANY
@given(st.data())
def test_a_processor_of_its_own_comes_to_the_same_marks(data):
    kinds = ("single", "truefalse", "multiple", "matching", "ordering", "numeric")
    question = data.draw(items(kinds).filter(lambda one: not one.of_kind("unit")))
    root = written(question)
    if root is None:
        return
    published = question.published()
    response = data.draw(responses(published))
    if question.type == "numeric":
        numbers = [row["value"] for row in question.of_kind("number")]
        response = {"number": data.draw(st.sampled_from(numbers) | st.just(response["number"])), "unit": ""}
    partial = question.type != "ordering"
    mark = types.get(question.type).mark(published, response, partial=partial)
    assert score(root, as_qti(question, response)) == mark
