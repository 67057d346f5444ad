"""Days in words, in the case a sentence needs. Django declines no Latvian month and no weekday at all."""

from datetime import date

names = str.split
MONTHS = {
    "en": names("January February March April May June July August September October November December"),
    "pl": names("stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"),
    "lv": names("janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris"),
}
SHORT_MONTHS = {
    "en": names("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
    "pl": names("sty lut mar kwi maj cze lip sie wrz paź lis gru"),
    "lv": names("janv. febr. marts apr. maijs jūn. jūl. aug. sept. okt. nov. dec."),
}
SHORT_WEEKDAYS = {
    "en": names("Mon Tue Wed Thu Fri Sat Sun"),
    "pl": names("pon. wt. śr. czw. pt. sob. niedz."),
    "lv": names("pirmd. otrd. trešd. ceturtd. piektd. sestd. svētd."),
}
# What stands after "due", "do" (genitive) and "līdz" (dative).
WEEKDAYS_UNTIL = {
    "en": SHORT_WEEKDAYS["en"],
    "pl": names("poniedziałku wtorku środy czwartku piątku soboty niedzieli"),
    "lv": names("pirmdienai otrdienai trešdienai ceturtdienai piektdienai sestdienai svētdienai"),
}
# marts, maijs and augusts are of the first declension, the other months of the second.
LATVIAN_ENDINGS = {
    "s": {"nominative": "s", "locative": "ā", "dative": "am"},
    "is": {"nominative": "is", "locative": "ī", "dative": "im"},
}
NEAR = 14  # days within which the weekday helps more than it costs


def month(number: int, language: str, case: str = "nominative") -> str:
    """The month's name. Only Latvian has cases here; Polish months follow the day, so they are always genitive."""
    name = MONTHS[language][number - 1]
    if language != "lv":
        return name
    ending = "is" if name.endswith("is") else "s"
    return name.removesuffix(ending) + LATVIAN_ENDINGS[ending][case]


def long_date(day: date, language: str, case: str = "nominative") -> str:
    name = month(day.month, language, case)
    if language == "lv":
        return f"{day.year}. gada {day.day}. {name}"
    return f"{day.day} {name} {day.year}"


def short_date(day: date, today: date, language: str) -> str:
    """As short as the day allows: with its weekday when near, with its year when not this year's."""
    name = SHORT_MONTHS[language][day.month - 1]
    text = f"{day.day}. {name}" if language == "lv" else f"{day.day} {name}"
    if abs((day - today).days) <= NEAR:
        separator = " " if language == "en" else ", "
        return SHORT_WEEKDAYS[language][day.weekday()] + separator + text
    if day.year == today.year:
        return text
    return f"{day.year}. gada {text}" if language == "lv" else f"{text} {day.year}"


def until_date(day: date, today: date, language: str) -> str:
    """The day in full, in the case that follows "due", "do" and "līdz"."""
    if abs((day - today).days) > NEAR:
        return long_date(day, language, "dative")
    name = month(day.month, language, "dative")
    weekday = WEEKDAYS_UNTIL[language][day.weekday()]
    if language == "lv":
        return f"{weekday}, {day.day}. {name}"
    return f"{weekday} {day.day} {name}" if language == "en" else f"{weekday}, {day.day} {name}"
