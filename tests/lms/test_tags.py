"""The tags and filters of our templates."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.template import Context, Template
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy, override

from lms.templatetags import ostoja

TODAY = date(2026, 11, 23)  # a Monday


def rendered(source: str, **context) -> str:
    return Template("{% load ostoja %}" + source).render(Context(context))


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


# --- pictures ------------------------------------------------------------------------------------------------------
def test_an_icon_is_drawn_inline_and_hidden_from_readers():
    html = rendered('{% icon "check" %}')
    assert html.startswith('<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><path')
    assert "<!--" not in html


def test_a_wrong_icon_name_fails_where_developers_see_it(settings):
    with pytest.raises(FileNotFoundError):
        ostoja.icon("no-such-icon")
    settings.TESTING = settings.DEBUG = False
    assert ostoja.icon("no-such-icon") == ""


def test_every_status_has_an_icon_that_exists():
    for status in ostoja.STATUSES.values():
        assert "<svg" in ostoja.icon(status.icon)


def test_an_unknown_status_is_an_error():
    with pytest.raises(KeyError):
        ostoja.status("done-ish")


def test_a_course_keeps_its_picture_in_every_language():
    key = UUID(int=7)
    with override("pl"):
        polish = rendered("{% thumb key %}{% cover key %}", key=key)
    assert polish == rendered("{% thumb key %}{% cover key %}", key=str(key))


def test_a_portrait_says_who_and_in_what_mood_unless_it_decorates():
    marta = {"name": "Marta", "gender": "f", "look": ""}
    assert 'aria-label="Marta. Mood: angry"' in rendered('{% portrait marta "angry" %}', marta=marta)
    assert "aria-label" not in rendered('{% portrait marta "angry" decorative=True %}', marta=marta)


def test_no_levels_no_wave():
    assert rendered("{% wave levels %}{% tension_curve levels %}", levels=[]) == ""


# --- days ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "days, text",
    [
        (-21, "2 Nov, 21 days overdue"),
        (-1, "Sun 22 Nov, 1 day overdue"),
        (0, "Mon 23 Nov, today"),
        (1, "Tue 24 Nov, tomorrow"),
        (4, "Fri 27 Nov, in 4 days"),
        (14, "Mon 7 Dec, in 14 days"),
        (15, "8 Dec"),
        (365, "23 Nov 2027"),
    ],
)
def test_a_due_day_says_how_far_it_is(days, text):
    assert ostoja.due(TODAY + timedelta(days=days), TODAY) == text


@pytest.mark.parametrize(
    "days, text",
    [
        (-3, "due Fri 20 November, 3 days overdue"),
        (0, "due Mon 23 November, today"),
        (1, "due Tue 24 November, tomorrow"),
        (4, "due Fri 27 November, in 4 days"),
        (40, "due 2 January 2027"),
    ],
)
def test_a_due_day_in_a_sentence(days, text):
    assert ostoja.due_by(TODAY + timedelta(days=days), TODAY) == text


def test_a_day_far_off_has_no_label():
    assert ostoja.due_label(TODAY + timedelta(days=15), TODAY) == ""


def test_a_moment_is_read_in_the_readers_time_zone():
    late = datetime(2026, 11, 23, 23, 30, tzinfo=timezone.get_fixed_timezone(0))
    with timezone.override("Europe/Riga"):
        assert ostoja.long_day(late) == "24 November 2026"


def test_a_day_after_issued_and_after_until_in_latvian():
    with override("lv"):
        assert ostoja.on_day(date(2026, 3, 12)) == "2026. gada 12. martā"
        assert ostoja.until_day(date(2027, 3, 12)) == "2027. gada 12. martam"


# --- numbers and statuses ------------------------------------------------------------------------------------------
def test_minutes_in_one_and_many():
    assert ostoja.minutes(1) == "1 minute"
    assert ostoja.minutes(25) == "25 minutes"
    assert ostoja.minutes_left(1) == "about 1 minute left"
    assert ostoja.minutes_left(278) == "about 4 h 38 min left"


def test_progress_in_segments():
    assert ostoja.segments(4, 1) == '<i class="done"></i><i class="now"></i><i></i><i></i>'
    assert ostoja.segments(2, 2) == '<i class="done"></i>' * 2
    assert ostoja.segments(2, 3) == '<i class="done"></i>' * 2
    assert ostoja.segments(0, 0) == ""


@pytest.mark.parametrize(
    "levels, text",
    [
        ([55], "high"),
        ([55, 55], "high"),
        ([55, 80], "very high, and rising"),
        ([30, 10], "low, and falling"),
        ([100], "very high"),
    ],
)
def test_the_tension_in_words(levels, text):
    assert ostoja.tension_text(levels) == text


def test_a_module_knows_its_steps():
    module = SimpleNamespace(steps=[SimpleNamespace(key="a")])
    assert ostoja.has_step(module, "a")
    assert not ostoja.has_step(module, "b")


# --- text ----------------------------------------------------------------------------------------------------------
def test_one_letter_words_stay_with_the_next_word():
    assert ostoja.nbsp("Idę z psem i o kota w domu") == "Idę z\xa0psem i\xa0o\xa0kota w\xa0domu"


def test_a_tag_is_not_taken_for_a_word():
    assert ostoja.nbsp('<a href="#">a b</a> <i class="x">') == '<a href="#">a\xa0b</a> <i class="x">'


def test_nbsp_neither_marks_nor_unmarks_text_as_safe():
    assert rendered("{{ text|nbsp }}", text="w <b>") == "w\xa0&lt;b&gt;"
    assert rendered("{{ text|nbsp }}", text=gettext_lazy("Language:")) == translation.gettext("Language:")


def test_paragraphs_are_parted_by_blank_lines_and_escaped():
    html = ostoja.paragraphs("One <script>\n\n\n two\nlines \n\n")
    assert html == "<p>One &lt;script&gt;</p><p>two\nlines</p>"


@pytest.mark.parametrize(
    "html, cleaned",
    [
        ("<p><strong>a</strong> <em>b</em></p>", "<p><strong>a</strong> <em>b</em></p>"),
        ("<script>alert(1)</script>x", "x"),
        ('<p onclick="x" class="y" style="z">t</p>', "<p>t</p>"),
        ('<a href="javascript:x">t</a>', '<a rel="noopener">t</a>'),
        ('<a href="https://example.org/">t</a>', '<a href="https://example.org/" rel="noopener">t</a>'),
        ('<img src="x">t', "t"),
        ("<h1>t</h1><h3>u</h3>", "t<h3>u</h3>"),
        ('<p data-block-key="a1b2c"> </p><p>One</p><p><br/></p><p>&nbsp;</p><p>Two</p>', "<p>One</p><p>Two</p>"),
    ],
)
def test_rich_text_keeps_a_few_tags_and_nothing_else(html, cleaned):
    assert ostoja.rich(html) == cleaned


@pytest.mark.parametrize(
    ("language", "said"), [("en", "66.7% 80% –"), ("pl", "66,7% 80% –"), ("lv", "66,7\u00a0% 80\u00a0% –")]
)
def test_a_share_has_its_sign_as_its_language_sets_it(language, said):
    page = Template("{% load charts %}{{ a|percent:1 }} {{ b|percent }} {{ c|percent }}")
    with translation.override(language):
        assert page.render(Context({"a": 66.666, "b": 80, "c": None})) == said
