"""Days in words, in the case their sentence needs."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms import dates

TODAY = date(2026, 11, 23)  # a Monday


@pytest.mark.parametrize(
    "number, nominative, locative, dative",
    [
        (1, "janvāris", "janvārī", "janvārim"),
        (2, "februāris", "februārī", "februārim"),
        (3, "marts", "martā", "martam"),
        (4, "aprīlis", "aprīlī", "aprīlim"),
        (5, "maijs", "maijā", "maijam"),
        (6, "jūnijs", "jūnijā", "jūnijam"),
        (7, "jūlijs", "jūlijā", "jūlijam"),
        (8, "augusts", "augustā", "augustam"),
        (9, "septembris", "septembrī", "septembrim"),
        (10, "oktobris", "oktobrī", "oktobrim"),
        (11, "novembris", "novembrī", "novembrim"),
        (12, "decembris", "decembrī", "decembrim"),
    ],
)
def test_latvian_months_in_three_cases(number, nominative, locative, dative):
    assert dates.month(number, "lv") == nominative
    assert dates.month(number, "lv", "locative") == locative
    assert dates.month(number, "lv", "dative") == dative


@pytest.mark.parametrize("language, text", [("en", "Fri 27 Nov"), ("pl", "pt., 27 lis"), ("lv", "piektd., 27. nov.")])
def test_a_near_day_has_its_weekday(language, text):
    assert dates.short_date(date(2026, 11, 27), TODAY, language) == text


@pytest.mark.parametrize("language, text", [("en", "20 Dec"), ("pl", "20 gru"), ("lv", "20. dec.")])
def test_a_day_further_off_has_none(language, text):
    assert dates.short_date(date(2026, 12, 20), TODAY, language) == text


@pytest.mark.parametrize(
    "language, text", [("en", "12 Mar 2027"), ("pl", "12 mar 2027"), ("lv", "2027. gada 12. marts")]
)
def test_a_day_of_another_year_has_its_year(language, text):
    assert dates.short_date(date(2027, 3, 12), TODAY, language) == text


@pytest.mark.parametrize(
    "language, near, far",
    [
        ("en", "Fri 27 November", "12 March 2027"),
        ("pl", "piątku, 27 listopada", "12 marca 2027"),
        ("lv", "piektdienai, 27. novembrim", "2027. gada 12. martam"),
    ],
)
def test_a_day_after_until_stands_in_the_case_it_asks_for(language, near, far):
    assert dates.until_date(date(2026, 11, 27), TODAY, language) == near
    assert dates.until_date(date(2027, 3, 12), TODAY, language) == far


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-400, 400), st.sampled_from(["en", "pl", "lv"]))
def test_every_day_has_words_and_names_its_own_number(today, days, language):
    day = today + timedelta(days=days)
    for text in (
        dates.short_date(day, today, language),
        dates.long_date(day, language),
        dates.until_date(day, today, language),
    ):
        assert str(day.day) in text
