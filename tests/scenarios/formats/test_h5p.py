import io
import json
import struct
import zipfile
from typing import Any

import pytest

from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats import h5p, words
from assessments.scenarios.formats.document import Choice, Document, Ending, Imported, Refused, Scene
from assessments.zips import Limits

LIMITS = Limits()


def package(
    inside: Any = None,
    *,
    extra: dict[str, bytes] | None = None,
    library: str = "H5P.BranchingScenario",
    manifest: dict | None = None,
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("h5p.json", json.dumps({"title": "At the counter", "mainLibrary": library} | (manifest or {})))
        file.writestr("content/content.json", json.dumps({"branchingScenario": inside}))
        for name, data in (extra or {}).items():
            file.writestr(name, data)
    return out.getvalue()


def question(title: str, text: str, *alternatives: dict) -> dict:
    params = {"branchingQuestion": {"question": text, "alternatives": list(alternatives)}}
    return {"type": {"library": "H5P.BranchingQuestion 1.0", "params": params, "metadata": {"title": title}}}


def content(library: str, params: dict, **more: Any) -> dict:
    return {"type": {"library": library, "params": params, "metadata": {"title": "Told"}}, **more}


def alternative(text: str, to: Any, title: str = "", subtitle: str = "", **feedback: Any) -> dict:
    return {"text": text, "nextContentId": to, "feedback": {"title": title, "subtitle": subtitle, **feedback}}


STORY = {
    "startScreen": {"startScreenTitle": "The late parcel", "startScreenSubtitle": "<p>You work here.</p>"},
    "endScreens": [
        {"endScreenTitle": "The end", "endScreenSubtitle": "Thank you", "contentId": -1, "endScreenScore": 1},
        {"endScreenTitle": "He is gone", "contentId": -2, "endScreenScore": 5, "endScreenImage": {"path": "a.png"}},
    ],
    "scoringOptionGroup": {"scoringOption": "static-end-score"},
    "content": [
        question(
            "The counter",
            "<p>Where <b>is</b> it?</p><p>Say &amp; mean it.</p>",
            alternative("Listen", 1, "He sits down", "<p>Good.</p>"),
            alternative("Argue", "-2"),
            alternative("Shout", -1, "He shouts back", "", endScreenScore=0),
        ),
        content("H5P.AdvancedText 1.1", {"text": "<h2>Later</h2><ul><li>he waits</li></ul>"}, nextContentId=2),
        content("H5P.Image 1.1", {"alt": "A door", "file": {"path": "images/door.png"}}),
    ],
}


def read(inside: Any = STORY, **more: Any) -> Imported:
    return h5p.read(package(inside, **more), go_on="Continue")


def test_structure_texts_feedback_and_end_screens_are_read():
    assert read().document == Document(
        title="At the counter",
        role="You work here.",
        start="the-counter",
        scenes=(
            Scene(
                "the-counter",
                speaker="narrator",
                scene="Where is it?\nSay & mean it.",
                choices=(
                    Choice("Listen", "Told", "Listen", consequence="He sits down\nGood."),
                    Choice("Argue", "end-2", "Argue", score=5),
                    Choice("Shout", "the-counter-Shout-end", "Shout"),
                ),
            ),
            Scene(
                "Told", speaker="narrator", scene="Later\nhe waits", choices=(Choice("go-on", "Told-2", "Continue"),)
            ),
            Scene("Told-2", speaker="narrator", scene="A door", choices=(Choice("go-on", "end", "Continue", score=1),)),
        ),
        endings=(
            Ending("end-2", "partial", "He is gone"),
            Ending("the-counter-Shout-end", "partial", "He shouts back"),
            Ending("end", "partial", "The end\nThank you"),
        ),
    )


def test_what_is_not_carried_is_named():
    found = [(note.code, note.where) for note in read().notes]
    assert ("h5p-content", "Told-2") in found
    assert ("media", "endScreens[-2]") in found
    assert [where for code, where in found if code == "outcome-guessed"] == ["end-2", "the-counter-Shout-end", "end"]


def test_markup_inside_texts_is_named_by_its_kinds_once_a_scene():
    rich = "<p>See <a href='https://example.org'>this</a> and <strong>that</strong> <img src='a.png' alt='x'>.</p>"
    inside = {
        "startScreen": {"startScreenSubtitle": "<p>You are <em>new</em>.</p>"},
        "content": [
            question("Asked", rich, alternative("<b>Go</b>", 1, "", "<a href='/x'>Read</a>")),
            content("H5P.AdvancedText 1.1", {"text": "<p>Plain <span>words</span>, 2 < 3.</p>"}),
        ],
        "endScreens": [
            {"endScreenTitle": "End", "endScreenSubtitle": "<table><tr><td>1</td></tr></table>", "contentId": -1}
        ],
    }
    imported = read(inside)
    named = {note.where: note.params["kinds"] for note in imported.notes if note.code == "markup"}
    assert named == {
        "Asked": ["link", "bold", "picture"],
        "endScreens[-1]": ["table"],
        "startScreen": ["italics"],
    }
    assert imported.document.scenes[0].scene == "See this and that ."
    (note,) = (note for note in imported.notes if note.code == "markup" and note.where == "Asked")
    assert words.words(note) == "From these texts only the words are carried. Left out: links, bold, pictures."


def test_every_kind_of_markup_has_its_words():
    assert set(h5p.MARKUP.values()) == set(words.KINDS)


WHOLE = {
    "title": "Late parcels",
    "startScreen": {
        "startScreenTitle": "The late parcel",
        "startScreenSubtitle": "<p>You work here.</p>",
        "startScreenImage": {"path": "images/shop.png", "mime": "image/png", "width": 800},
        "startScreenAltText": "A shop",
    },
    "endScreens": [
        {"endScreenTitle": "The end", "endScreenSubtitle": "Thank you", "contentId": -1, "endScreenScore": 3},
        {"endScreenTitle": "Nobody comes here", "contentId": -7, "endScreenImage": {"path": "images/empty.png"}},
    ],
    "scoringOptionGroup": {"scoringOption": "dynamic-score", "includeInteractionsScores": True},
    "behaviour": {"enableBackwardsNavigation": True, "forceContentFinished": True, "randomizeBranchingQuestions": True},
    "l10n": {"startScreenButtonText": "Go", "endScreenButtonText": "Again", "replayButtonText": "Replay"},
    "content": [
        {
            "type": {
                "library": "H5P.BranchingQuestion 1.0",
                "params": {
                    "branchingQuestion": {
                        "question": "<p>Where is it?</p>",
                        "alternatives": [
                            {
                                "text": "Listen",
                                "nextContentId": 1,
                                "feedback": {
                                    "title": "He sits",
                                    "image": {"path": "images/sits.png"},
                                    "endScreenScore": 4,
                                },
                            },
                        ],
                        "randomizeAlternatives": True,
                    },
                    "proceedButtonText": "On",
                },
                "subContentId": "a1",
                "metadata": {"title": "The counter", "license": "CC BY", "contentType": "Branching Question"},
            },
            "showContentTitle": True,
            "proceedButtonText": "Proceed",
            "forceContentFinished": "enabled",
            "contentBehaviour": "useBehavioural",
            "feedback": {"subtitle": "Not for a question"},
        },
        {
            "type": {
                "library": "H5P.InteractiveVideo 1.26",
                "params": {
                    "interactiveVideo": {
                        "video": {"files": [{"path": "videos/talk.mp4"}], "startScreenOptions": {"title": "Talk"}},
                        "assets": {"interactions": [{"label": "What now?"}]},
                        "summary": {"task": {"library": "H5P.Summary 1.10"}},
                    },
                    "override": {"autoplay": True, "showSolutionButton": "off"},
                },
                "metadata": {"title": "The talk"},
            },
            "nextContentId": 2,
            "feedback": {"title": "Well", "endScreenScore": 2},
        },
        {
            "type": {
                "library": "H5P.Image 1.1",
                "params": {"alt": "A door", "file": {"path": "images/door.png"}, "decorative": True},
                "metadata": {"title": "The door"},
            },
            "nextContentId": -1,
        },
    ],
}
DROPPED = {
    "behaviour.enableBackwardsNavigation",
    "behaviour.forceContentFinished",
    "behaviour.randomizeBranchingQuestions",
    "l10n.startScreenButtonText",
    "l10n.endScreenButtonText",
    "l10n.replayButtonText",
    "includeInteractionsScores",
    "startScreenAltText",
    "randomizeAlternatives",
    "proceedButtonText",
    "subContentId",
    "license",
    "contentType",
    "showContentTitle",
    "forceContentFinished",
    "feedback.subtitle",
    "endScreenTitle",
    "endScreenScore",
    "interactiveVideo.video.files",
    "interactiveVideo.video.startScreenOptions.title",
    "interactiveVideo.assets.interactions",
    "interactiveVideo.summary.task.library",
    "override.autoplay",
    "override.showSolutionButton",
    "file.path",
    "decorative",
    "preloadedDependencies",
    "language",
}


def leaves(value: Any, name: str = "") -> set[str]:
    """The last names of all that a package holds."""
    if isinstance(value, dict):
        return set().union(*(leaves(inner, key) for key, inner in value.items()))
    if isinstance(value, list):
        return {name} | set().union(*(leaves(inner, name) for inner in value))
    return {name}


def test_each_setting_of_a_full_package_that_is_not_carried_stands_in_the_report_by_its_name():
    manifest = {"language": "en", "preloadedDependencies": [{"machineName": "H5P.Image"}]}
    imported = h5p.read(package(WHOLE, manifest=manifest), go_on="Continue")
    left = {name for note in imported.notes if note.code == "h5p-left" for name in note.params["names"].split(", ")}
    assert left == DROPPED
    media = [note.where for note in imported.notes if note.code == "media"]
    assert media == ["the-counter", "startScreen", "endScreens[-7]"]
    kinds = [note.params["name"] for note in imported.notes if note.code == "h5p-content"]
    assert kinds == ["H5P.InteractiveVideo", "H5P.Image"]
    assert "h5p-scores" in {note.code for note in imported.notes}


def test_nothing_of_a_full_package_is_neither_carried_nor_named():
    imported = h5p.read(package(WHOLE), go_on="Continue")
    told = " ".join(str(note.params) for note in imported.notes)
    carried = {
        *("title", "mainLibrary", "startScreenTitle", "startScreenSubtitle", "question", "text", "nextContentId"),
        *(
            "contentId",
            "endScreenSubtitle",
            "subtitle",
            "scoringOption",
            "alternatives",
            "endScreens",
            "content",
            "alt",
        ),
    }
    beside = {
        "path",
        "mime",
        "width",
        "label",
        "library",
    }  # within a picture, a list or a kind that is named as a whole
    says_nothing = {"contentBehaviour"}
    assert [name for name in leaves(WHOLE) - carried - beside - says_nothing if name not in told] == []


def test_a_package_with_settings_without_end_has_a_short_report():
    inside = STORY | {"behaviour": {f"name{number}": True for number in range(5_000)}}
    notes = read(inside).notes
    assert notes[-1].code == "more"
    assert sum(len(str(note.params)) for note in notes) < 100 * h5p.LEFT_MAX


def test_points_counted_from_answers_are_named_as_not_carried():
    inside = STORY | {"scoringOptionGroup": {"scoringOption": "dynamic-score"}}
    imported = read(inside)
    assert [note.code for note in imported.notes if note.code == "h5p-scores"] == ["h5p-scores"]
    assert {choice.score for scene in imported.document.scenes for choice in scene.choices} == {0}


@pytest.mark.parametrize(
    "inside",
    [
        {"content": [{}]},
        {"content": [None, 3, "x"]},
        {"content": [{"type": {"library": 5, "params": []}, "nextContentId": {}, "feedback": 7}]},
        {"content": [], "endScreens": "no", "startScreen": [], "scoringOptionGroup": 4},
        {"content": [question("x", None, {"text": 4, "nextContentId": 999}, {"nextContentId": True})]},
    ],
)
def test_damaged_content_becomes_a_draft_and_never_an_error(inside):
    assert isinstance(read(inside).document, Document)


def refused(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        h5p.read(data, go_on="Continue")
    return caught.value.findings[0].code


def test_more_scenes_and_end_screens_than_an_editor_can_hold_are_refused():
    assert refused(package({"content": [{}] * (doc.PLACES_MAX + 1)})) == "places-many"
    ways_out = [alternative("Go", -1, "The same end") for _n in range(doc.CHOICES_MAX)]
    assert refused(package({"content": [question("x", "y", *ways_out)] * 50})) == "places-many"


def test_other_kinds_of_package_are_refused():
    assert refused(package(STORY, library="H5P.QuestionSet")) == "h5p-other"
    assert refused(package(None)) == "h5p-empty"


@pytest.mark.parametrize("name", ["../evil.txt", "content/../../evil", "/etc/passwd", "C:\\evil", "content\\..\\x"])
def test_names_that_lead_out_are_refused(name):
    assert refused(package(STORY, extra={name: b"x"})) == "zip-path"


def test_a_bomb_stays_packed(monkeypatch):
    """A member that unpacks to more than the limit is read up to the limit and no further."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("h5p.json", b" " * (LIMITS.entry_bytes * 4))
        file.writestr("content/content.json", "{}")
    taken = []
    whole = zipfile.ZipExtFile.read
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda self, n=-1: taken.append(n) or whole(self, n))
    assert refused(out.getvalue()) == "zip-large"
    assert taken == [LIMITS.entry_bytes + 1]


def test_a_package_of_many_files_is_refused_before_its_table_of_contents_is_read(monkeypatch):
    data = package(STORY, extra={f"content/{n}": b"" for n in range(LIMITS.entries)})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert refused(data) == "zip-many"


def test_an_entry_count_that_lies_does_not_help():
    data = bytearray(package(STORY))
    at = data.rfind(b"PK\x05\x06")
    struct.pack_into("<I", data, at + 12, LIMITS.contents + 1)
    assert refused(bytes(data)) == "zip-many"


@pytest.mark.parametrize("cut", [0, 10, 100, -30, -1])
def test_a_package_cut_short_is_refused(cut):
    assert refused(package(STORY)[:cut]) == "zip-broken"


def test_two_files_of_one_name_are_refused():
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = package(STORY, extra={"h5p.json": b"{}"})
    assert refused(data) == "zip-twice"


def test_a_locked_package_and_rare_packings_are_refused():
    data = bytearray(package(STORY))
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    assert refused(bytes(data)) == "zip-locked"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("h5p.json", "{}")
        file.writestr("content/content.json", "{}")
    assert refused(out.getvalue()) == "zip-broken"


def test_a_package_without_its_content_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("h5p.json", "{}")
    assert refused(out.getvalue()) == "zip-lacks"
