"""The pictures: valid SVG, small, always the same for the same key, nothing that our policy would refuse."""

from uuid import UUID
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms import drawing

keys = st.uuids()
levels = st.lists(st.integers(0, 100), min_size=1, max_size=30)
KEY = UUID("6f1c2a34-0000-4000-8000-000000000001")


def drawn(svg: str) -> ElementTree.Element:
    """Parses, and refuses what must never be in a picture of ours."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        assert "style" not in element.attrib
        assert element.tag in {"svg", "g", "path", "rect"}
        assert "nan" not in element.get("d", "").lower()
    return root


@given(keys)
def test_a_cover_and_a_thumb_are_small_valid_drawings(key):
    assert drawn(drawing.cover(key)).get("aria-hidden") == "true"
    drawn(drawing.thumb(key))
    assert len(drawing.cover(key)) < 10_000
    assert len(drawing.thumb(key)) < 2_500


def test_a_course_keeps_its_picture_whether_its_key_comes_as_uuid_or_text():
    assert drawing.cover(KEY) == drawing.cover(str(KEY))
    assert drawing.thumb(KEY) == drawing.thumb(str(KEY))


def test_courses_differ_from_each_other():
    pictures = {drawing.thumb(UUID(int=n)) for n in range(50)}
    assert len(pictures) == 50
    grounds = {picture.split('fill="')[1][:7] for picture in pictures}
    assert len(grounds) == len(drawing.PALETTES)


@given(levels)
def test_a_tension_of_any_length_stays_on_its_canvas(tension):
    for svg, height in ((drawing.tension_wave(tension), 90), (drawing.tension_curve(tension), 150)):
        root = drawn(svg)
        assert root.get("viewBox") == f"0 0 900 {height}"
        assert len(svg) < 12_000


@given(st.integers(-50, 150), st.integers(1, 100))
def test_more_tension_swings_wider_and_never_out_of_its_room(level, room):
    reach = drawing._swing(level, room) * 3 / 4  # a bend reaches three quarters of its control points
    assert 0 < reach <= room + 1e-9
    assert drawing._swing(level, room) <= drawing._swing(level + 1, room)


def test_neighbouring_half_waves_meet_smoothly():
    path = drawing._wave(0, 10, 20, [5, 4, 3])
    assert path.count("c") == 1
    assert path.count("s") == 2


@given(st.text(min_size=1, max_size=20), st.sampled_from(["f", "m", "", "x"]), st.sampled_from(sorted(drawing.MOODS)))
def test_a_portrait_is_valid_for_any_name_and_gender(name, gender, mood):
    svg = drawing.portrait(name, gender, mood)
    drawn(svg)
    assert len(drawing._person(name, gender, mood)) < 1_000
    assert len(svg) < 3_500


def test_a_mood_changes_the_face_and_nothing_else():
    faces = {mood: drawing.portrait("Marta", "f", mood) for mood in drawing.MOODS}
    assert len(set(faces.values())) == len(drawing.MOODS)
    starts = {face[: face.index("#2B1C17")].rsplit("<path", 1)[0] for face in faces.values()}
    assert len(starts) == 1


def test_a_portrait_says_its_label_and_cannot_be_broken_by_it():
    root = drawn(drawing.portrait("Marta", "f", "angry", label='Marta "<b>". Mood: angry'))
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'Marta "<b>". Mood: angry'
    assert drawn(drawing.portrait("Marta", "f", "angry")).get("aria-hidden") == "true"


def test_an_unknown_mood_is_an_error_not_a_blank_face():
    with pytest.raises(KeyError):
        drawing.portrait("Marta", "f", "jolly")
