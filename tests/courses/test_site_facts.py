"""What course texts say of the organisation: its own words, or an honest sentence where it has given none."""

import pytest

from courses import site_facts

HONEST = {
    "pl": "(organizacja jeszcze tego nie uzupełniła; zapytaj przełożonego)",
    "lv": "(jūsu organizācija to vēl nav norādījusi; jautājiet vadītājam)",
    "en": "(your organisation has not filled this in yet; ask your supervisor)",
}


@pytest.mark.parametrize("language", HONEST)
@pytest.mark.parametrize("given", [{}, {"alarm": {}}, {"alarm": {"pl": " ", "lv": "", "en": "\n"}}, {"safe_room": {}}])
def test_what_nobody_filled_in_says_so_in_the_readers_language(language, given):
    assert site_facts.fill("{{site.alarm}}", given, language) == HONEST[language]


def test_a_fact_filled_in_for_one_language_is_given_to_its_readers_only():
    given = {"alarm": {"pl": " guzik pod ladą "}}
    text = "1. {{ site.alarm }} 2. {{site.alarm}} 3. {{site.unheard_of}}"
    assert site_facts.fill(text, given, "pl") == f"1. guzik pod ladą 2. guzik pod ladą 3. {HONEST['pl']}"
    assert site_facts.fill(text, given, "lv") == f"1. {HONEST['lv']} 2. {HONEST['lv']} 3. {HONEST['lv']}"


def test_every_text_of_a_content_is_filled_and_the_content_stays_as_it_was():
    content = {"say": "{{site.alarm}}", "parts": [{"n": 3}, "plain", None], "odd": "{{other}} {site.alarm}"}
    filled = site_facts.fill_all(content, {"alarm": {"en": "the red button"}}, "en")
    assert filled == content | {"say": "the red button"}
    assert content["say"] == "{{site.alarm}}"


def test_what_is_unfilled_in_any_language_is_named():
    complete = {name: {"pl": "a", "lv": "b", "en": "c"} for name in site_facts.NAMES}
    assert site_facts.unfilled(complete, ["pl", "lv", "en"]) == []
    partly = complete | {"alarm": {"pl": "a", "lv": " ", "en": "c"}} | {"safe_room": {}}
    assert site_facts.unfilled(partly, ["pl", "lv", "en"]) == ["alarm", "safe_room"]
    assert site_facts.unfilled(partly, ["pl"]) == ["safe_room"]
    assert site_facts.unfilled({}, ["pl"]) == list(site_facts.NAMES)


def test_everything_in_double_braces_is_a_placeholder_known_or_not():
    assert site_facts.placeholders("{{site.alarm}} {{ other\n}} {one}") == {"{{site.alarm}}", "{{other}}"}
