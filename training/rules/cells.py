"""What may stand in a cell of a spreadsheet. No Django."""

import re

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# What neither CSV readers nor XML can carry; tabs and line ends stay.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def safe(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it: an apostrophe before what would begin a formula."""
    cleaned = CONTROL.sub("", text)
    return f"'{cleaned}" if cleaned.startswith(FORMULA) else cleaned


def separator(language: str) -> str:
    """What the Excel of that language parts columns by: where the comma is in numbers, the semicolon."""
    return ";" if language in ("pl", "lv") else ","
