import re
from pathlib import Path

import pytest

from assessments import zips
from assessments.scenarios.formats import script, words
from assessments.scenarios.formats.document import Choice, Document, Ending, Refused, Scene, Skill

WRITTEN = """\
# The counter on a Friday
scenario: The late parcel
language: en
tension: 50
too much: 100
leads to: out
flags: heard
skill breath: One breath first

scene open
  speaker: customer
  mood: angry
  says: Where is my parcel?
  | I was told Thursday.
  |
  |   Thursday!

  choice listen -> done
    text: “Please tell me from the start.”
    then: He puts the phone down.
    tension: -20
    score: 2
    quality: best
    skill: breath
    sets: heard
  choice promise -> out
    if: tension <= 80, heard, not promised
    text: “Tomorrow.”

ending done good
  text: At six his phone rings.
  think about: What will you try tomorrow?
ending out bad
"""


def refusal(text: str) -> list[tuple[int, str]]:
    with pytest.raises(Refused) as caught:
        script.read(text)
    return [(finding.line, finding.code) for finding in caught.value.findings]


def test_a_script_written_by_hand_is_understood():
    listen = Choice(
        "listen",
        "done",
        "“Please tell me from the start.”",
        tension=-20,
        score=2,
        quality="best",
        skill="breath",
        sets=("heard",),
        consequence="He puts the phone down.",
    )
    promise = Choice("promise", "out", "“Tomorrow.”", tension_max=80, flags=("heard",), not_flags=("promised",))
    said = "Where is my parcel?\nI was told Thursday.\n\n  Thursday!"
    assert script.read(WRITTEN).document == Document(
        title="The late parcel",
        language="en",
        fail_at=100,
        fail_to="out",
        flags=("heard",),
        skills=(Skill("breath", "One breath first"),),
        scenes=(Scene("open", emotion="angry", say=said, choices=(listen, promise)),),
        endings=(
            Ending("done", "good", "At six his phone rings.", reflection=("What will you try tomorrow?",)),
            Ending("out", "bad"),
        ),
    )


def test_indentation_and_the_line_ends_of_windows_mean_nothing():
    flat = "\r\n".join(line.strip() for line in WRITTEN.replace("|   T", "| T").split("\n"))
    assert script.read(flat).document == script.read(WRITTEN.replace("|   T", "| T")).document


def test_it_is_known_on_which_line_each_scene_and_choice_begins():
    lines = script.read(WRITTEN).lines
    assert lines["open", ""] == 10
    assert lines["open", "promise"] == 26
    assert lines["out", ""] == 33


@pytest.mark.parametrize(
    ("line", "instead", "code"),
    [
        (4, "tension: 500", "number-expected"),
        (4, "tension: some", "number-expected"),
        (6, "leads to: no where", "key-invalid"),
        (9, "and then he left", "line-unknown"),
        (9, "tension: 40", "said-twice"),
        (10, "scene the parcel here", "line-unknown"),
        (11, "speaker: dog", "word-unknown"),
        (12, "colour: red", "word-not-here"),
        (19, "says: nobody", "word-not-here"),
        (23, "quality: great", "word-unknown"),
        (27, "if: tension = 3", "condition-unknown"),
        (27, "if: tension <= 300", "number-expected"),
        (30, "ending done lovely", "word-unknown"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line, instead, code):
    lines = WRITTEN.split("\n")
    lines[line - 1] = instead
    assert (line, code) in refusal("\n".join(lines))


def test_everything_wrong_is_told_at_once_in_the_order_of_the_lines():
    broken = WRITTEN.replace("tension: 50", "tension: x").replace("quality: best", "quality: x") + "what\n"
    assert refusal(broken) == [(4, "number-expected"), (23, "word-unknown"), (34, "line-unknown")]


def test_a_key_given_twice_is_told_where_it_is_given_again():
    assert (34, "key-twice") in refusal(WRITTEN + "ending open bad")
    twice = WRITTEN.replace("choice promise", "choice listen")
    assert (26, "choice-twice") in refusal(twice)


def test_a_line_that_goes_on_needs_a_text_above_it():
    assert refusal("scenario: x\nscene a\n| more") == [(3, "nothing-to-go-on")]


def test_a_choice_needs_a_scene_and_a_scenario_a_title():
    assert {code for _line, code in refusal("choice a -> b\ntext: x")} == {"title-missing", "choice-outside"}


def test_the_example_of_the_handbook_is_a_script_and_every_word_is_described():
    page = (Path(script.__file__).parents[3] / "docs" / "scenario-script.md").read_text()
    example = page.split("```")[1]
    assert [scene.key for scene in script.read(example.lstrip("\n")).document.scenes] == ["open"]
    described = page.split("```")[2]
    for words_here in script.WORDS.values():
        assert [word for word in words_here if f"`{word}`" not in described] == []


def test_only_the_first_fifty_faults_are_told():
    assert len(refusal("scenario: x\n" + "what\n" * 500)) == 50


def test_every_code_that_is_told_has_its_sentence_and_no_sentence_is_left_over():
    folder = Path(script.__file__).parent.parent
    files = [*folder.glob("formats/*.py"), *folder.glob("*.py"), Path(zips.__file__)]
    sources = "".join(file.read_text() for file in files if file.name != "words.py")
    told = set(
        re.findall(r'(?:Finding|_note|_fault)\((?:passage\.line, |number, |part\.line, )?"([a-z0-9-]+)"', sources)
    )
    assert told <= set(words.WORDS)
    assert {code for code in words.WORDS if f'"{code}"' not in sources} == set()
