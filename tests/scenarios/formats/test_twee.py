"""Reading and writing Twee, beside a second reader of Twee 3, written from its specification alone."""

import json
import re
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings

from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats import twee, twee_in, words
from assessments.scenarios.formats.document import Choice, Document, Ending, Refused, Scene
from assessments.scenarios.rules import layout
from assessments.scenarios.rules.graph import from_content
from tests.scenarios.formats.documents import documents

KEY = UUID("d674c58c-defa-4f70-b7a2-27742230c0fc")
HEADER = re.compile(r"^::[ ]*((?:\\.|[^\\\[\]{}])+?)[ ]*(?:\[((?:\\.|[^\\\]])*)\])?[ ]*(\{.*\})?[ ]*$")


def oracle(text: str) -> dict[str, tuple[list[str], dict, str]]:
    """{passage: (tags, metadata, content)}, a line at a time, as the specification says; nothing is forgiven."""
    found: dict[str, tuple[list[str], dict, str]] = {}
    for chunk in re.split(r"(?m)^(?=::)", text):
        head, _line, content = chunk.partition("\n")
        if not head.startswith("::"):
            assert not chunk.strip()
            continue
        match = HEADER.match(head)
        assert match, head
        name, tags = (re.sub(r"\\(.)", r"\1", part or "") for part in match.groups()[:2])
        assert name not in found
        found[name] = (tags.split(), json.loads(match[3] or "{}"), content.rstrip("\n"))
    return found


def story(*passages: str, **data: str) -> str:
    return "\n\n".join([":: StoryTitle\nThe late parcel", f":: StoryData\n{json.dumps(data)}", *passages]) + "\n"


def read(*passages: str, **data: str) -> Document:
    return twee_in.read(story(*passages, **data)).document


def notes(*passages: str, **data: str) -> list[tuple[str, str, str]]:
    found = twee_in.read(story(*passages, **data)).notes
    return [(note.code, note.where, note.params.get("names", "")) for note in found]


SMALL = Document(
    title="The late parcel",
    start="open",
    scenes=(
        Scene("open", say="Where is it?", choices=(Choice("a", "ask", "“Tell me.”"), Choice("b", "out", "“No.”"))),
        Scene("ask", scene="He waits.", choices=(Choice("c", "out", "Go"), Choice("d", "open", "Back"))),
    ),
    endings=(Ending("out", "bad", "He leaves."),),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(whole=documents())
def test_a_second_reader_finds_each_scene_its_links_and_its_place(whole):
    passages = oracle(twee.write(whole, KEY))
    data = json.loads(passages["StoryData"][2])
    assert data["ifid"] == str(KEY).upper()
    assert data.get("start", "") == (twee.passage_name(twee.begins(whole)) if twee.begins(whole) else "")
    assert passages["StoryTitle"][2].strip() == whole.title
    names = {twee.passage_name(key) for key in whole.keys}
    assert passages.keys() == {"StoryTitle", "StoryData", "Ostoja settings", *names}
    for scene in whole.scenes:
        tags, metadata, content = passages[twee.passage_name(scene.key)]
        assert tags == ["scene"]
        assert re.fullmatch(r"\d+,\d+", metadata["position"])
        links = re.findall(r"\[\[(.*?)\]\]", content)  # as Twine looks for them, in comments too
        assert len(links) == len(scene.choices)
        goals = [link.rpartition("->")[2] for link in links]
        assert [goal for goal in goals if goal in names] == [
            twee.passage_name(choice.to) for choice in scene.choices if choice.to in whole.keys
        ]
    for ending in whole.endings:
        assert passages[twee.passage_name(ending.key)][0] == ["ending", ending.outcome]


def test_the_map_in_twine_is_the_map_as_laid_out():
    passages = oracle(twee.write(SMALL, KEY))
    places = layout.positions(from_content(doc.body_of(SMALL)))
    assert places == {"open": (0, 0), "ask": (1, 0), "out": (2, 0)}
    seen = {key: tuple(map(int, passages[key][1]["position"].split(","))) for key in places}
    assert seen == {"open": (250, 100), "ask": (400, 100), "out": (550, 100)}
    assert passages["Ostoja settings"][1]["position"] == "100,100"


@pytest.mark.parametrize("link", ["[[go on|b]]", "[[go on->b]]", "[[b<-go on]]"])
@pytest.mark.parametrize("setter", ["", "$calm to 1"])
def test_links_are_read_in_every_form(link, setter):
    whole = link.replace("]]", f"][{setter}]]") if setter else link
    choice = read(f":: a\nHi.\n{whole}", ":: b\nBye.").scenes[0].choices[0]
    assert (choice.text, choice.to) == ("go on", "b")
    assert notes(f":: a\nHi.\n{whole}", ":: b\nBye.")[:1] == (
        [("setters", "a", setter)] if setter else [("outcome-guessed", "b", "")]
    )


def test_a_link_of_one_part_says_where_it_leads():
    scene = read(":: The counter\nHi. [[The door]]", ":: The door\nBye.").scenes[0]
    assert (scene.key, scene.speaker, scene.scene) == ("the-counter", "narrator", "Hi. The door")
    assert (scene.choices[0].text, scene.choices[0].to) == ("The door", "the-door")


def test_of_many_arrows_the_last_one_to_the_right_and_the_first_one_to_the_left_count():
    found = read(":: a\n[[x->y->b]]\n[[b<-y<-x]]", ":: b").scenes[0].choices
    assert [(choice.text, choice.to) for choice in found] == [("x->y", "b"), ("y<-x", "b")]


def test_signs_in_names_are_taken_by_their_backslash():
    found = read(r":: a \[1\] \{x\} [scene] {" + '"position":"1,2"}\n[[a [1] {x}]]').scenes[0]
    assert found.key == "a-1-x"
    assert [choice.to for choice in found.choices] == ["a-1-x"]


def test_a_link_to_nothing_is_kept_for_the_checker():
    assert read(":: a\n[[Go->Nowhere land]]").scenes[0].choices[0].to == "nowhere-land"


def test_it_begins_where_the_story_says():
    passages = (":: a\n[[b]]", ":: b\n[[a]]")
    assert read(*passages, start="b").start == "b"
    assert read(*passages).start == ""
    assert read(*passages, ":: Start\n[[a]]").start == "Start"
    assert ("start-unknown", "StoryData", "") in notes(*passages, start="c")


def test_special_passages_are_left_out_by_name():
    dropped = notes(":: a\n[[a]]", ":: StoryInit\n<<set $x>>", ":: Style [stylesheet]\n{}", ":: Code [script]\n1")
    assert dropped == [("passage-dropped", name, "") for name in ("StoryInit", "Style", "Code")]


@pytest.mark.parametrize(
    ("text", "story_format", "named"),
    [
        ("(set: $x to 1)(if: $x)[Hi]", "Harlowe", "if, set"),
        ("<<set $x to 1>><<link [[b]]>><</link>>", "SugarCube", "/link, link, set"),
        ("[if calm]\nHi {embed passage: 'b'} {name}", "Chapbook", "embed passage, if calm, name"),
    ],
)
def test_macros_are_named_by_passage_and_stay_in_the_text(text, story_format, named):
    assert ("macros", "a", named) in notes(f":: a\n{text}\n[[b]]", ":: b", format=story_format)
    first_word = text.split("\n")[0][:6]
    assert first_word in read(f":: a\n{text}\n[[b]]", ":: b", format=story_format).scenes[0].scene


def test_broken_facts_are_told_and_left_out():
    text = ":: StoryTitle\nx\n:: StoryData\n{no\n:: a {bad\n[[a]]"
    assert [note.code for note in twee_in.read(text).notes] == ["story-data-broken", "metadata-broken"]


def test_what_is_changed_in_twine_wins_over_the_comment():
    text = twee.write(SMALL, KEY).replace("“No.”", "“Never.”").replace("Where is it?", "Where was it?")
    changed = twee_in.read(text.replace(":: out [ending bad]", ":: out [ending stopped]")).document
    assert changed.scenes[0].choices[1].text == "“Never.”"
    assert changed.scenes[0].say == "Where was it?"
    assert changed.endings[0].outcome == "stopped"
    assert changed.scenes[1] == SMALL.scenes[1]


def test_a_comment_whose_link_was_deleted_is_not_given_to_another_choice():
    text = twee.write(SMALL, KEY).replace("[[“No.”->out]]", "")
    imported = twee_in.read(text)
    assert [choice.key for choice in imported.document.scenes[0].choices] == ["a"]
    assert [note.code for note in imported.notes] == ["choice-comment-lost"]


def test_two_passages_of_one_name_are_refused():
    with pytest.raises(Refused) as caught:
        read(":: a\nx", ":: a\ny")
    assert "“a”" in words.words(caught.value.findings[0])
