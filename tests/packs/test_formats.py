"""Markdown and lesson blocks, from the pack to a page and back."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter

from courses.blocks import TEXT_FEATURES
from courses.formats.markdown import to_html, to_markdown
from courses.formats.pack import blocks_to_pack, blocks_to_page
from courses.keys import pack_key
from courses.models import LessonPage
from lms.packs.reading import read_pack
from lms.packs.state import settled
from tests.packs.conftest import MINI, REAL

EXAMPLES = {
    "one\n\ntwo": "<p>one</p><p>two</p>",
    "one\ntwo": "<p>one two</p>",
    "a **b** *c*": "<p>a <b>b</b> <i>c</i></p>",
    "- a\n- b": "<ul><li>a</li><li>b</li></ul>",
    "- a\n\n- b": "<ul><li>a</li><li>b</li></ul>",
    "1. a\n2. b": "<ol><li>a</li><li>b</li></ol>",
    "- a\n   - b": "<ul><li>a<ul><li>b</li></ul></li></ul>",
    "see [here](https://example.org/?a=1&b=2)": '<p>see <a href="https://example.org/?a=1&amp;b=2">here</a></p>',
    "5 < 6 & <b>": "<p>5 &lt; 6 &amp; &lt;b&gt;</p>",
    "maks_78 * 2": "<p>maks_78 * 2</p>",
    "[x](javascript:alert)": "<p>[x](javascript:alert)</p>",
    "\\# no heading": "<p># no heading</p>",
    "no # heading": "<p>no # heading</p>",
    "### In short\n\na": "<h3>In short</h3><p>a</p>",
    "## C\\# **b**\n\n- a": "<h2>C# <b>b</b></h2><ul><li>a</li></ul>",
    "1\\. no list": "<p>1. no list</p>",
    "a\\\nb": "<p>a<br/>b</p>",
}


@pytest.mark.parametrize("text, html", EXAMPLES.items())
def test_markdown_becomes_the_rich_text_of_the_editor(text, html):
    assert to_html(text) == html
    assert to_html(to_markdown(html)) == html


WORDS = st.text("ab żē", min_size=1, max_size=8).map(str.strip).filter(bool)
PHRASES = st.builds(lambda mark, text: f"{mark}{text}{mark}", st.sampled_from(["", "*", "**"]), WORDS)
LINES = st.lists(PHRASES, min_size=1, max_size=3).map(" ".join)
LISTS = st.lists(LINES, min_size=1, max_size=3).map(lambda items: "\n".join(f"- {item}" for item in items))


@given(st.lists(LINES, min_size=1), LISTS, LINES)
def test_there_and_back_gives_the_same_text(before, items, after):
    text = "\n\n".join([*before, items, after])
    assert to_markdown(to_html(text)) == text


@given(
    st.text("ab *_[]()`\\-+1.#<&>“”!", min_size=1, max_size=12).map(lambda text: " ".join(text.split())).filter(bool)
)
def test_no_text_of_an_editor_turns_into_a_mark(text):
    html = f"<p>{escape(text, quote=False)}</p>"
    assert to_html(to_markdown(html)) == html


@pytest.mark.parametrize("folder", [MINI, REAL], ids=["mini", "real"])
def test_every_lesson_comes_back_as_it_was(folder):
    pack = read_pack(folder)
    names: dict[str, str] = {}

    def keys(name: str) -> str:
        key = str(pack_key(pack.id, name))
        assert names.setdefault(key, name) == name
        return key

    for lesson in pack.lessons.values():
        streams = {code: blocks_to_page(lesson["id"], lesson["blocks"], code, keys) for code in pack.languages}
        assert blocks_to_pack(streams, names.__getitem__) == lesson["blocks"]


def test_languages_of_different_structure_are_refused():
    one, two = ([{"type": kind, "value": {"points": ""}, "id": "x"}] for kind in ("hook", "reflection"))
    with pytest.raises(ValueError, match="different blocks in the same place"):
        blocks_to_pack({"en": one, "pl": two}, str)


def test_every_block_of_the_course_passes_the_editors_own_validation(db, monkeypatch):
    """The import writes fields without the editor's form: what it writes must be what the form would let through."""
    body = LessonPage._meta.get_field("body").stream_block
    pack = read_pack(REAL)
    questions = [(str(pack_key(pack.id, question["id"])), question["id"]) for question in pack.bank]
    monkeypatch.setattr("courses.practice.choices", lambda language: questions)
    for lesson in pack.lessons.values():
        for code in pack.languages:
            stream = blocks_to_page(lesson["id"], lesson["blocks"], code, lambda name: str(pack_key(pack.id, name)))
            body.clean(body.to_python(stream))


def test_what_the_rich_text_editor_rewrites_is_no_edit():
    editor = ContentstateConverter(features=TEXT_FEATURES)
    for lesson in read_pack(REAL).lessons.values():
        for block in lesson["blocks"]:
            for text in block.get("body", {}).values():
                html = to_html(text)
                rewritten = editor.to_database_format(editor.from_database_format(html))
                assert rewritten != html  # keys of its own, at least
                assert settled(rewritten) == settled(html)
