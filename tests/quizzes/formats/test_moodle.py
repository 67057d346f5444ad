"""Moodle XML by its documentation, and its fractions against our own marking."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from assessments.quizzes.formats import files, moodle
from assessments.quizzes.rules import types
from tests.quizzes.formats.items import TRUTH, items

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
NAMED = "<name><text>Q1</text></name><questiontext format='html'><text>&lt;p&gt;What?&lt;/p&gt;</text></questiontext>"


def one(inside: str, kind: str = "multichoice", head: str = NAMED):
    text = f'<?xml version="1.0"?><quiz><question type="{kind}">{head}{inside}</question></quiz>'
    (entry,) = moodle.read(text.encode(), TRUTH).entries
    return entry


def answer(fraction: str, text: str, feedback: str = "", more: str = "") -> str:
    told = f"<feedback format='html'><text>{feedback}</text></feedback>"
    return f'<answer fraction="{fraction}" format="html"><text>{text}</text>{told}{more}</answer>'


def codes(entry) -> list[str]:
    return [finding.code for finding in entry.findings]


def values(entry, *names: str) -> list[tuple]:
    return [tuple(part.values[name] for name in names) for part in entry.item.parts]


def test_a_single_choice():
    entry = one("<single>true</single>" + answer("100", "a", "yes") + answer("0", "b"))
    assert (entry.item.type, entry.item.code, entry.item.stem) == ("single", "Q1", "What?")
    assert values(entry, "text", "correct", "feedback") == [("a", True, "yes"), ("b", False, "")]
    assert codes(entry) == []


@pytest.mark.parametrize("said, keeps", [("true", False), ("1", False), ("false", True), ("0", True), (None, False)])
def test_options_that_moodle_does_not_shuffle_keep_their_order(said, keeps):
    setting = f"<shuffleanswers>{said}</shuffleanswers>" if said else ""
    assert one(setting + answer("100", "a") + answer("0", "b")).item.keeps_order is keeps


def test_a_multiple_choice_has_its_key_from_the_fractions():
    third = "33.33333"
    rows = [answer(third, text) for text in "abc"] + [answer(f"-{third}", "d")]
    entry = one("<single>false</single>" + "".join(rows))
    assert values(entry, "correct") == [(True,), (True,), (True,), (False,)]
    assert codes(entry) == []


def test_true_or_false():
    entry = one(answer("0", "true", "no") + answer("100", "false", "yes"), "truefalse")
    assert values(entry, "text", "correct", "feedback") == [("True", False, "no"), ("False", True, "yes")]


def test_short_answers_follow_usecase():
    exact = one("<usecase>1</usecase>" + answer("100", "a < b".replace("<", "&lt;")), "shortanswer")
    assert values(exact, "text", "how") == [("a < b", "exact")]
    starred = one("<usecase>1</usecase>" + answer("100", "be*") + answer("50", r"2 \* 2"), "shortanswer")
    assert values(starred, "text", "how") == [("be.*", "pattern"), ("2 * 2", "exact")]
    assert codes(starred) == ["capitals"]


def test_numbers_with_units_turn_the_multiplier_round():
    units = "".join(
        f"<unit><multiplier>{by}</multiplier><unit_name>{name}</unit_name></unit>"
        for by, name in (("1", "m"), ("100", "cm"), ("0.001", "km"))
    )
    entry = one(
        answer("100", "2.50", more="<tolerance>0.1</tolerance>")
        + f"<units>{units}</units><showunits>2</showunits><unitgradingtype>1</unitgradingtype>",
        "numerical",
    )
    assert [part.values.get("factor") for part in entry.item.parts] == [None, "1", "0.01", "1000"]
    assert entry.item.parts[0].values["value"] == "2.5"
    assert codes(entry) == []


def test_a_unit_that_cannot_be_turned_round_is_refused():
    unit = "<units><unit><multiplier>3</multiplier><unit_name>x</unit_name></unit></units><showunits>2</showunits>"
    assert codes(one(answer("100", "1") + unit, "numerical"))[0] == "unit-factor"


def test_pairs_and_extra_right_sides():
    rows = "".join(
        f"<subquestion format='html'><text>{left}</text><answer><text>{right}</text></answer></subquestion>"
        for left, right in (("a", "1"), ("b", "2"), ("", "3"))
    )
    entry = one(rows, "matching")
    assert values(entry, "left", "right") == [("a", "1"), ("b", "2")]
    assert codes(entry) == ["distractor"]


def test_an_ordering_stands_by_its_fractions():
    entry = one(answer("2", "b") + answer("1", "a") + answer("3", "c"), "ordering")
    assert values(entry, "text") == [("a",), ("b",), ("c",)]


def test_an_essay_keeps_the_notes_for_markers_and_says_where():
    entry = one("<graderinfo format='html'><text>Look for calm.</text></graderinfo>", "essay")
    assert entry.item.rubric == ("Look for calm.",)
    assert codes(entry) == ["grader-notes"]


def test_what_is_not_carried_is_named():
    head = NAMED.replace("What?", "What? &lt;b&gt;Now&lt;/b&gt; &lt;img src='@@PLUGINFILE@@/a.png'&gt;")
    more = "<defaultgrade>2.0</defaultgrade><hint format='html'><text>Think</text></hint><weather>fine</weather>"
    more += "<generalfeedback format='html'><text>All</text></generalfeedback>"
    more += "<tags><tag><text>mine alone</text></tag></tags>"
    more += "<idnumber>17</idnumber><maxwordlimit>20</maxwordlimit>"
    entry = one(answer("100", "a") + answer("0", "b") + more, head=head)
    told = {"media", "formatting", "grade", "hints", "elements", "general-feedback", "tags"}
    told |= {"id-number", "word-limits"}
    assert set(codes(entry)) == told
    assert entry.item.stem == "What? Now"


def test_an_id_number_names_what_has_no_name():
    head = NAMED.replace("<name><text>Q1</text></name>", "<idnumber>Q-17</idnumber>")
    assert one(answer("100", "a") + answer("0", "b"), head=head).item.code == "Q-17"


def test_a_category_is_a_question_of_its_own_and_holds_for_what_follows():
    kind = "<question type='category'><category><text>$course$/top/a/b</text></category><info><text>Of a</text></info>"
    question = "<question type='truefalse'><questiontext format='plain_text'><text>So?</text></questiontext>"
    question += answer("100", "true") + answer("0", "false") + "</question>"
    found = moodle.read(f"<quiz>{question}{kind}</question>{question}</quiz>".encode(), TRUTH)
    filed = [(entry.item.category, entry.item.sub_category) for entry in found.entries]
    assert filed == [("", ""), ("a", "b")]
    assert [note.code for note in found.notes] == ["category-info"]


@pytest.mark.parametrize("kind", ["cloze", "calculated", "ddwtos", "gapselect", "multianswer", ""])
def test_other_types_are_refused_by_name(kind):
    entry = one("", kind)
    assert entry.item is None
    assert entry.findings[0].code == "interaction"
    assert entry.findings[0].params == {"name": kind}


@pytest.mark.parametrize(
    ("inside", "kind", "code"),
    [
        (answer("50", "a") + answer("50", "b"), "multichoice", "key-missing"),
        (answer("100", "a") + answer("100", "b"), "multichoice", "key-double"),
        (answer("lots", "a") + answer("0", "b"), "multichoice", "number-unknown"),
        (answer("100", "true"), "truefalse", "key-missing"),
        (answer("100", "*"), "numerical", "number-unknown"),
        (answer("100", "1", more="<tolerance>-1</tolerance>"), "numerical", "number-unknown"),
        ("", "description", "description"),
    ],
)
def test_a_key_that_is_not_clear_is_refused(inside, kind, code):
    entry = one(inside, kind)
    assert entry.item is None
    assert codes(entry)[0] == code


@MANY
@given(items(("single", "multiple", "truefalse")))
def test_moodle_counts_every_set_of_options_as_we_do(question):
    """Moodle adds the fractions of what is chosen, never below nothing."""
    entry = files.fitted(files.FORMATS["moodle"], [question], TRUTH)[0]
    if entry.item is None:
        return
    root = ElementTree.fromstring(files.write(files.FORMATS["moodle"], [question], TRUTH).data)
    fractions = [Decimal(node.get("fraction")) for node in root.iter("answer")]
    published = question.published()
    sizes = range(1, 3) if question.type == "multiple" else (1,)
    for size in sizes:
        for chosen in combinations(range(len(fractions)), size):
            theirs = max(Fraction(0), sum(Fraction(fractions[at]) for at in chosen) / 100)
            ours = types.get(question.type).mark(
                published, {"chosen": [published.keys[at] for at in chosen]}, partial=True
            )
            assert abs(theirs - ours) < Fraction(1, 10_000)
