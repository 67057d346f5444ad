"""What may stand in a cell of a spreadsheet, how a language parts cells and writes numbers. No Django."""

import re

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # no CSV reader takes them
DECIMAL_COMMA = ("pl", "lv")


def safe(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it: an apostrophe makes text of what would begin a formula."""
    cleaned = CONTROL.sub("", text)
    return f"'{cleaned}" if cleaned.lstrip(" ").startswith(FORMULA) else cleaned


def separator(language: str) -> str:
    return ";" if language in DECIMAL_COMMA else ","


def number(value: float | None, language: str) -> str:
    """A figure with two places, empty where it is undefined. A negative one is a number, never a formula."""
    if value is None:
        return ""
    return exact(f"{value:.2f}", language)


def exact(figure: object, language: str) -> str:
    """A decimal with all its places. Where one writes 4,50 a spreadsheet takes 4.50 for a month."""
    text = str(figure)
    return text.replace(".", ",") if language in DECIMAL_COMMA else text
