"""An organisation's own words for its mail, with placeholders: {course}, {date}, {count}. No Django."""

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def unknown(text: str, known: tuple[str, ...]) -> list[str]:
    """What stands in braces and means nothing; a brace that is alone, too."""
    named = [f"{{{name}}}" for name in PLACEHOLDER.findall(text) if name not in known]
    alone = set(PLACEHOLDER.sub("", text)) & {"{", "}"}
    return named + sorted(alone)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Once: braces in the title of a course are its own."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
