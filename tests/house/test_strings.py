"""Every text of the interface is translated into Polish and Latvian: all plurals, same placeholders, no guesses.

Ours, and what Wagtail and wagtail-localize say to editors: in what they lack we help out (tools/wagtail_messages.py).
"""

import re
from datetime import timedelta
from functools import cache
from itertools import product

import polib
import pytest
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext, override

from tools import wagtail_messages
from tools.messages import LOCALES, PLURALS, collect

wagtails = cache(wagtail_messages.collect)
FOR_ONE_NUMBER = {"pl": 0, "lv": 2}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}|%%")


@pytest.fixture(scope="module")
def texts() -> polib.POFile:
    return collect()


@pytest.fixture(scope="module", params=product(PLURALS, ("ours", *wagtail_messages.DOMAINS)), ids="-".join)
def both(request, texts) -> tuple[polib.POFile, polib.POFile]:
    """The texts that there are, and their translations."""
    language, kind = request.param
    if kind == "ours":
        return texts, polib.pofile(str(LOCALES / language / "LC_MESSAGES" / "django.po"))
    path = wagtail_messages.LOCALES / language / "LC_MESSAGES" / f"{kind}.po"
    return wagtails(language, kind), polib.pofile(str(path))


@pytest.fixture(scope="module")
def catalogue(both) -> polib.POFile:
    return both[1]


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_the_collector_finds_all_kinds_of_texts(texts):
    """Guards the guard: a collector that finds nothing would make every other test here pass."""
    assert len(texts) > 300
    assert any(entry.msgid_plural for entry in texts)
    assert any(entry.msgctxt for entry in texts)
    places = {place for entry in texts for place, _line in entry.occurrences}
    assert any(place.endswith(".py") for place in places)
    assert any(place.endswith(".html") for place in places)


def test_every_text_is_translated(both):
    (texts, catalogue), untranslated = both, []
    for text in texts:
        entry = catalogue.find(text.msgid, msgctxt=text.msgctxt)
        if entry is None or not entry.translated():
            untranslated.append(f"{text.occurrences[:1]}: {text.msgid!r}")
    assert untranslated == [], f"{len(untranslated)} texts (make messages collects them)"


def test_words_of_several_meanings_say_which_one_is_meant(texts):
    """A person, a team and a unit have names; an answer and a side of a pair are right."""
    plain = {text.msgid: {place for place, _line in text.occurrences} for text in texts if not text.msgctxt}
    assert not plain.keys() & {"Name", "name"}
    assert plain["Right"] == {"assessments/quizzes/rules/types/matching.py"}
    assert not {place for place in plain["Choose"] if not place.startswith("templates/quizzes/")}


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("pl", {1: 0, 2: 1, 22: 1} | dict.fromkeys((0, 5, 11, 21, 101, 111), 2)),
        ("lv", {1: 0, 21: 0, 101: 0} | dict.fromkeys((2, 5, 11, 22, 111), 1) | {0: 2}),
        ("en", {1: 0} | dict.fromkeys((0, 2, 5, 11, 21, 22, 101, 111), 1)),
    ],
)
def test_each_number_takes_the_form_that_its_language_asks_for(language, forms):
    """Through Django, as a page does it: the catalogues are those that are served."""
    one, many = "%(count)d question is retired.", "%(count)d questions are retired."
    words = [one, many]
    if language != "en":
        entry = polib.pofile(str(LOCALES / language / "LC_MESSAGES" / "django.po")).find(one)
        words = [entry.msgstr_plural[form] for form in sorted(entry.msgstr_plural)]
        assert len(set(words)) == 3
    with override(language):
        said = {count: ngettext(one, many, count) for count in forms}
    assert said == {count: words[form] for count, form in forms.items()}


def test_plurals_have_all_three_forms(both):
    """Polish and Latvian have three each: 1 / 2–4 / 5…, and 1, 21, 31… / others / 0."""
    texts, catalogue = both
    for text in (entry for entry in texts if entry.msgid_plural):
        entry = catalogue.find(text.msgid, msgctxt=text.msgctxt)
        if entry is None:
            continue  # the test above tells
        assert entry.msgid_plural == text.msgid_plural
        assert sorted(entry.msgstr_plural) == [0, 1, 2], text.msgid
        assert all(entry.msgstr_plural.values()), text.msgid


def test_no_translation_is_a_guess(catalogue):
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


def test_placeholders_survive_translation(catalogue):
    for entry in catalogue.translated_entries():
        wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        for translated in translations(entry):
            found = set(PLACEHOLDER.findall(translated))
            # A plural form invents nothing; which may leave the number out ("one day"), the next test tells.
            assert found == wanted or (entry.msgid_plural and found <= wanted), (entry.msgid, translated)


def test_only_a_form_for_one_number_alone_may_leave_the_number_out(both, request):
    """In Polish the first of the forms, for 1. In Latvian the last, for 0: its first also says 21 and 101."""
    _texts, catalogue = both
    language = request.node.callspec.params["both"][0]
    for entry in catalogue.translated_entries():
        wanted = set(PLACEHOLDER.findall(entry.msgid_plural or ""))
        for form, translated in entry.msgstr_plural.items():
            if form != FOR_ONE_NUMBER[language]:
                assert set(PLACEHOLDER.findall(translated)) == wanted, (entry.msgid, form, translated)


def test_spaces_and_line_ends_survive_translation(catalogue):
    for entry in catalogue.translated_entries():
        for translated in translations(entry):
            assert translated[:1].isspace() == entry.msgid[:1].isspace(), entry.msgid
            assert translated[-1:].isspace() == entry.msgid[-1:].isspace(), entry.msgid


def test_what_only_an_app_that_is_not_installed_translates_is_asked_for():
    """Else readers of Latvian get the words of the site's first language, which is Polish."""
    assert "Cancel" in {entry.msgid for entry in wagtails("lv", "djangojs")}
    assert "History" in {entry.msgid for entry in wagtails("lv", "django")}


def test_how_long_ago_it_was_is_latvian_for_every_number():
    now = timezone.now()
    said = [(1, "1\xa0minūti"), (3, "3\xa0minūtes"), (20, "20\xa0minūtes"), (33, "33\xa0minūtes")]
    with override("lv"):
        assert [timesince(now - timedelta(minutes=count), now) for count, _words in said] == [one for _n, one in said]


def test_the_search_of_the_home_page_is_spelt_rightly_in_polish():
    with override("pl"):
        assert gettext("Search all pages…") == "Szukaj we wszystkich stronach…"


@pytest.mark.parametrize("language", PLURALS)
def test_what_wagtail_translates_is_left_to_it(language):
    for domain in wagtail_messages.DOMAINS:
        asked = {wagtail_messages.key(entry) for entry in wagtails(language, domain)}
        path = wagtail_messages.LOCALES / language / "LC_MESSAGES" / f"{domain}.po"
        assert {wagtail_messages.key(entry) for entry in polib.pofile(str(path))} == asked


def test_wagtail_speaks_latvian_to_editors(ela, client_for):
    """As served: English words of its menus, buttons and fields would show that a catalogue is not read."""
    type(ela).objects.filter(pk=ela.pk).update(language="lv")
    page = client_for(ela).get("/cms/pages/").content.decode()
    for word in ("Search", "Explore", "Status", "Updated"):
        assert f">{word}<" not in page
