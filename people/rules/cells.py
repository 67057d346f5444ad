"""What may stand in a cell of a spreadsheet, how a language parts cells and writes numbers. No Django."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # no CSV reader takes them
BOM = "\ufeff"  # without it Excel takes UTF-8 for its own code page
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


def sheet(rows: Iterable[Sequence[object]], language: str) -> str:
    """A small table, or some one below the other, as CSV: texts made safe, figures with two places, None empty."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator(language))
    for row in rows:
        writer.writerow([_cell(value, language) for value in row])
    return BOM + out.getvalue()


def _cell(value: object, language: str) -> str:
    if value is None or isinstance(value, float):
        return number(value, language)
    return str(value) if isinstance(value, int) else safe(str(value))
