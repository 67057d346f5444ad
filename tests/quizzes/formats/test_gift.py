"""GIFT by its documentation, and against a small reader of its own that goes letter by letter."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from assessments.quizzes.formats import aiken, files, gift
from assessments.quizzes.formats.document import Refused
from tests.quizzes.formats.items import TRUTH, items


def one(text: str):
    (entry,) = gift.read(text, TRUTH).entries
    return entry


def codes(entry) -> list[str]:
    return [finding.code for finding in entry.findings]


def values(entry, *names: str) -> list[tuple]:
    return [tuple(part.values[name] for name in names) for part in entry.item.parts]


def test_a_single_choice_with_feedback():
    entry = one("::Q1:: What is between orange and green?\n{ =yellow # right; good! ~red # wrong\n~blue }")
    assert (entry.item.type, entry.item.code, entry.item.stem) == ("single", "Q1", "What is between orange and green?")
    assert values(entry, "text", "correct", "feedback") == [
        ("yellow", True, "right; good!"),
        ("red", False, "wrong"),
        ("blue", False, ""),
    ]
    assert codes(entry) == []


def test_the_gap_of_a_missing_word_stays_where_it_was():
    assert one("Grant is {~buried =entombed ~living} in the tomb.").item.stem == "Grant is _____ in the tomb."


def test_several_right_options_are_those_worth_something():
    entry = one("Who? {~%-50%No one ~%50%Grant ~%50%his wife ~%-50%his father}")
    assert entry.item.type == "multiple"
    assert values(entry, "correct") == [(False,), (True,), (True,), (False,)]
    assert codes(entry) == []


def test_other_shares_are_told():
    assert codes(one("Who? {~%-100%No one ~%50%Grant ~%50%wife ~%0%father}")) == ["weights"]
    assert codes(one("Who? {=Grant ~%50%his wife ~father}")) == ["part-credit"]


@pytest.mark.parametrize(("sign", "right"), [("T", True), ("TRUE", True), ("F", False), ("FALSE", False)])
def test_true_and_false_say_the_wrong_ones_feedback_first(sign, right):
    entry = one(f"Is it so?{{{sign}#for the wrong#for the right}}")
    told = ("for the right", "for the wrong") if right else ("for the wrong", "for the right")
    assert values(entry, "text", "correct", "feedback") == [
        (TRUTH.true, right, told[0]),
        (TRUTH.false, not right, told[1]),
    ]


def test_short_answers_have_shares_and_stars():
    entry = one("Two plus two?{=%100%four =%50%4#in words =f*r}")
    assert values(entry, "text", "how", "credit") == [
        ("four", "normalised", 100),
        ("4", "normalised", 50),
        ("f.*r", "pattern", 100),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{#1822:5}", [("1822", "5", 100)]),
        ("{#3.141..3.142}", [("3.1415", "0.0005", 100)]),
        ("{#=1822:0 =%50%1822:2.50}", [("1822", "0", 100), ("1822", "2.5", 50)]),
        ("{#-1e2}", [("-100", "0", 100)]),
    ],
)
def test_numbers_are_exact(text, expected):
    assert values(one("When?" + text), "value", "tolerance", "credit") == expected


def test_pairs_and_what_has_no_left_side():
    entry = one("Match.{=cat -> cat food =dog -> dog -> food = -> nothing}")
    assert values(entry, "left", "right") == [("cat", "cat food"), ("dog", "dog -> food")]
    assert codes(entry) == ["distractor"]


def test_signs_behind_a_backslash_are_letters():
    entry = one(r"[plain]a\{b\}\: 1 \= 1 \# \~ \\n and \n new {=\=\~ ~\#}")
    assert entry.item.stem == "a{b}: 1 = 1 # ~ \\n and\nnew"
    assert values(entry, "text") == [("=~",), ("#",)]


def test_html_comes_as_words_and_what_is_lost_is_told():
    entry = one('[html]<p>One <b>bold</b></p><p>two<br>three<img src\\="x"></p><script>evil()</script> {=a ~b}')
    assert entry.item.stem == "One bold\ntwo\nthree"
    assert codes(entry) == ["media", "formatting"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("10<sup>2</sup>", "10²"),
        ("10<SUP class='x'> &minus;12 </SUP>m", "10⁻¹²m"),
        ("CO<sub>2</sub>", "CO₂"),
        ("x<sup>n</sup> + y<sub>i</sub>", "x^n + y_i"),
        ("1<sup>st</sup>", "1st"),
        ("a<sup><b>2</b></sup>", "a2"),
    ],
)
def test_a_power_stays_a_power_and_is_told(written, read):
    entry = one(f"[html]{written.replace('=', chr(92) + '=')} {{=a ~b}}")
    assert (entry.item.stem, codes(entry)) == (read, ["formatting"])


@pytest.mark.parametrize("formula", [r"\(x^2\)", r"\[x^2\]", "$$x^2$$"])
def test_a_formula_stays_as_it_is_written_and_that_is_what_is_told(formula):
    entry = one(f"[html]So {formula}? " + "{=a ~b}")
    assert (entry.item.stem, codes(entry)) == (f"So {formula}?", ["formula"])


def test_a_formula_in_mathml_is_never_run_together():
    entry = one("[html]Half is <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> {=a ~b}")
    assert (entry.item.stem, codes(entry)) == ("Half is", ["media"])


def test_tags_say_what_gift_has_no_sign_for():
    tags = "[id:Q-9] [tag:objective:CALM-1] [tag:other] [tag:two words] [tag:review:2027-02-30]"
    entry = one(f"// {tags}\n// by hand\nSo? {{T}}")
    assert (entry.item.code, entry.item.objective, entry.item.tags) == ("Q-9", "CALM-1", ("other",))
    assert codes(entry) == ["comment", "tags"]
    assert entry.findings[1].params == {"names": "two words, review:2027-02-30"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Only a text.", "description"),
        ("Open { =a ~b", "braces"),
        ("Two {=a} and {=b ~c}", "braces"),
        ("Which? {~a ~b}", "key-missing"),
        ("Which? {=a =b ~c}", "key-double"),
        ("When? {#soon}", "number-unknown"),
        ("When? {#5..1}", "range"),
        ("When? {#0.12345678901}", "number-out"),
        ("{=a ~b}", "stem-missing"),
        ("Which? {=a ~}", "part-empty"),
        ("Order {>a b}", "interaction"),
        ("Word? {=" + "*a" * 120 + "}", "star"),
    ],
)
def test_what_cannot_be_read_as_it_is_meant_is_refused(text, code):
    entry = one(text)
    assert entry.item is None
    assert codes(entry)[0] == code


def test_a_category_holds_for_all_that_follows_it():
    text = "No. {F}\n\n$CATEGORY: a/b//c\n\nSo? {T}\n\nNow? {T}\n\n"
    text += "$CATEGORY: $course$/top/x\nNo? {F}\n\n$CATEGORY: a/b/c\n\nDeep? {T}"
    found = gift.read(text, TRUTH)
    filed = [(entry.item.category, entry.item.sub_category) for entry in found.entries]
    assert filed == [("", ""), ("a", "b/c"), ("a", "b/c"), ("x", ""), ("a", "b")]
    assert [codes(entry) for entry in found.entries] == [[], [], [], [], ["category-deep"]]


def test_a_category_too_long_for_the_bank_is_named():
    entry = one(f"$CATEGORY: {'a' * 251}\n\nSo? {{T}}")
    assert entry.item.category == ""
    assert codes(entry) == ["category-lost"]


# --- against a reader that knows nothing of ours ---------------------------------------------------------------------
def slow_parts(text: str) -> list[tuple[str, str]]:
    """[(sign, words)] of what stands between the braces, letter by letter."""
    found, escaped, inside = [["", ""]], False, False
    for letter in text:
        if escaped:
            found[-1][1] += "\n" if letter == "n" else letter
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == "{":
            inside = True
        elif letter == "}":
            inside = False
        elif inside and letter in "=~#":
            found.append([letter, ""])
        else:
            found[-1][1] += letter
    return [(sign, words.strip()) for sign, words in found]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(items(("single",)))
def test_a_reader_of_its_own_finds_the_same_key(question):
    text = files.write(files.FORMATS["gift"], [question], TRUTH).data.decode()
    if not text.strip():
        return
    body = text[text.index("::") :]  # behind the comments
    signs = [(sign, words.removeprefix("%0%").removeprefix("[plain]").strip()) for sign, words in slow_parts(body)]
    options = [(sign, words) for sign, words in signs if sign in ("=", "~")]
    assert options == [("=" if row["correct"] else "~", row["text"].strip()) for row in question.of_kind("option")]


# --- Aiken -----------------------------------------------------------------------------------------------------------
AIKEN = "What calms?\nA. Being heard\nB) Being told\nANSWER: A\n\nWhat else?\nA. Time\nB. Noise\nC. Haste\nANSWER: A\n"


def test_aiken_is_a_stem_options_and_a_letter():
    entries = files.read("some.txt", AIKEN.encode(), TRUTH).entries
    assert [entry.item.stem for entry in entries] == ["What calms?", "What else?"]
    assert values(entries[0], "text", "correct") == [("Being heard", True), ("Being told", False)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Q?\nA. a\nB. b\nANSWER: C", "aiken-answer"),
        ("Q?\nA. a\nB. b\nANSWER: AB", "aiken-answer"),
        ("Q?\nA. a\nB. b", "aiken-answer"),
        ("Q?\nA. a\nANSWER: A", "aiken-options"),
        ("Q?\nA. a\nC. c\nANSWER: A", "aiken-line"),
        ("Q?\nA. a\nB. b\nmore\nANSWER: A", "aiken-line"),
    ],
)
def test_aiken_that_says_it_otherwise_is_refused(text, code):
    (entry,) = aiken.read(text, TRUTH).entries
    assert entry.item is None
    assert codes(entry) == [code]


def test_an_empty_file_has_no_questions():
    for text in ("", "// only a word\n", "\n\n"):
        with pytest.raises(Refused, match="questions-none"):
            gift.read(text, TRUTH)


def test_a_share_that_is_no_whole_percent_is_rounded_and_told():
    entry = one("Word? {=%33.33333%third =all}")
    assert values(entry, "credit") == [(33,), (100,)]
    assert codes(entry) == ["credit-rounded"]
    assert entry.findings[0].params == {"said": str(Decimal("33.33333")), "taken": 33}
