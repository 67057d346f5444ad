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


# --- setters ---
@pytest.mark.parametrize(
    ("setter", "carried"),
    [
        ("$heard to true", (0, 0, ("heard",))),
        ("$heard = true; $tension += 10", (10, 0, ("heard",))),
        ("$tension to $tension - 15, $score to it + 2", (-15, 2, ())),
        ("$Tension -= 5; $tension -= 5", (-10, 0, ())),
    ],
)
def test_setters_of_links_that_a_choice_can_carry_are_its_own(setter, carried):
    found = twee_in.read(story(f":: a\nHi.\n[[go on->b][{setter}]]", ":: b\nBye.")).document
    choice = found.scenes[0].choices[0]
    assert (choice.tension, choice.score, choice.sets) == carried
    assert found.flags == carried[2]
    assert "setters" not in [code for code, *_rest in notes(f":: a\nHi.\n[[go on->b][{setter}]]", ":: b\nBye.")]


@pytest.mark.parametrize(
    "setter", ["$name to 'Jo'", "$heard to false", "$tension to 40", "$x += 1", "$a to $b", "$tension += random(1, 6)"]
)
def test_setters_of_links_that_no_choice_can_carry_are_named_beside_those_that_it_can(setter):
    link = f":: a\nHi.\n[[go on->b][$heard to true; {setter.replace(', ', '')}]]"
    assert read(link, ":: b\nBye.").scenes[0].choices[0].sets == ("heard",)
    assert ("setters", "a", setter.replace(", ", "")) in notes(link, ":: b\nBye.")


@pytest.mark.parametrize(
    "macro", ["<<set $heard to true, $tension += 10>>", "(set: $heard to true, $tension to it + 10)"]
)
def test_what_a_passage_sets_happens_on_every_way_there(macro):
    passages = (":: a\nHi.\n[[b]]\n[[c]]", f":: b\n{macro}\nHe nods.\n[[c]]", ":: c\n[[b]]")
    found = read(*passages)
    ways = {choice.to: (choice.tension, choice.sets) for scene in found.scenes for choice in scene.choices}
    assert ways == {"b": (10, ("heard",)), "c": (0, ())}
    assert found.scenes[1].scene == "He nods."
    assert found.flags == ("heard",)
    assert "macros" not in [code for code, *_rest in notes(*passages)]


@pytest.mark.parametrize(
    "text",
    [
        "<<if $x>><<set $heard to true>><</if>>",  # it hangs on another macro
        "<<set $heard to true, $name to 'Jo'>>",  # half of it cannot be carried
        "(set: $heard to 3)",
    ],
)
def test_what_a_passage_sets_stays_in_the_text_and_is_named_where_it_cannot_be_carried(text):
    passages = (":: a\nHi.\n[[b]]", f":: b\n{text}\n[[c]]", ":: c\nBye.")
    found = read(*passages)
    assert found.scenes[1].scene == text
    assert found.scenes[0].choices[0].sets == ()
    assert "set" in next(names for code, _where, names in notes(*passages) if code == "macros")


@pytest.mark.parametrize(
    "begin",
    [
        (":: StoryInit\n<<set $tension to 70; $heard to false>>", ":: a\nHi.\n[[b]]"),
        (":: Before [startup]\n(set: $tension to 70)", ":: a\nHi.\n[[b]]"),
        (":: a\n<<set $tension to 70>>\nHi.\n[[b]]",),
    ],
)
def test_what_is_set_at_the_beginning_is_the_tension_it_begins_with(begin):
    found = read(*begin, ":: b\nBye.")
    assert (found.tension_start, found.scenes[0].scene) == (70, "Hi.")
    assert not {"passage-dropped", "macros"} & {code for code, *_rest in notes(*begin, ":: b\nBye.")}


def test_what_the_first_passage_sets_is_not_carried_where_one_comes_back_to_it():
    found = read(":: a\n<<set $tension to 70>>\n[[b]]", ":: b\n[[a]]")
    assert (found.tension_start, found.scenes[0].scene) == (50, "<<set $tension to 70>>")


def test_each_part_of_a_full_story_that_is_not_carried_stands_in_the_report_by_its_name():
    passages = (
        ":: StoryAuthor\nJo",
        ":: StoryInit\n<<set $name to 'Jo'>>",
        ":: Style [stylesheet]\nbody {}",
        ":: Code [script]\n1",
        ":: Parts [widget]\n<<widget x>><</widget>>",
        ':: a [night outdoors] {"position":"1,2","size":"100,100","colour":"red"}\n<<if $x>><<audio "a">><</if>> '
        "[img[door.png]] <video src=x></video> <!-- later -->\n[[Go->b][$x to 3]]",
        ":: b\nBye.",
    )
    data = {"ifid": "X", "format": "SugarCube", "format-version": "2.36", "zoom": "1", "tag-colors": "{}", "start": "a"}
    found = twee_in.read(story(*passages, **data)).notes
    told = {(note.code, note.where, note.params.get("names") or note.params.get("name", "")) for note in found}
    dropped = ("StoryAuthor", "StoryInit", "Style", "Code", "Parts")
    assert told == {
        *(("passage-dropped", name, "") for name in dropped),
        ("story-data-left", "StoryData", "format, format-version, ifid, tag-colors, zoom"),
        ("metadata-left", "", "colour, position, size"),
        ("tags", "a", "night, outdoors"),
        ("macros", "a", "/if, audio, if"),
        ("media", "a", "img"),
        ("media", "a", "video"),
        ("comment-dropped", "a", ""),
        ("setters", "a", "$x to 3"),
        ("outcome-guessed", "b", ""),
    }
    assert all(words.words(note) for note in found)


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


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("calm: true\nplayer.name (calm): 'Jo'\n--\nHi.", "calm, player.name"),
        ("[JavaScript]\nwrite('x');", "JavaScript"),
        ("[if calm && list[0] > 1; align center]  \nHi.", "if calm && list[0] > 1; align center"),
        ("[unless a_very_long_name_of_something_that_is_so_and_another_one_that_is_so]\nHi.", None),
        ("Hi {player.name}, {back link, label: 'x'} and { random.d6 }.", "back link, player.name, random.d6"),
        ("[continue]\nHi.", "continue"),
    ],
)
@pytest.mark.parametrize("story_format", ["Chapbook", ""])
def test_what_chapbook_means_is_named_also_where_the_story_does_not_say_its_format(text, named, story_format):
    told = [
        names for code, _where, names in notes(f":: a\n{text}\n[[b]]", ":: b", format=story_format) if code == "macros"
    ]
    assert told == [named] if named else told[0].startswith("unless a_very_long_name")


@pytest.mark.parametrize("story_format", ["Harlowe", "SugarCube", "Snowman"])
def test_braces_and_brackets_of_other_formats_are_no_chapbook(story_format):
    assert "macros" not in [
        code for code, *_rest in notes(":: a\n[sighs]\nHi {you}.\n[[b]]", ":: b", format=story_format)
    ]


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
