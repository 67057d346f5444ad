"""One document out of one for each language, as far as the languages say the same things in the same places."""

from typing import Any

from courses.formats.pack import Texts


class Differ(Exception):
    """The languages differ in more than their texts."""


def merged(documents: dict[str, dict[str, Any]], languages: tuple[str, ...]) -> list[dict[str, Any]]:
    """The documents by language, put together; where they differ in structure, several of them. `languages` are those
    of the pack: a document that has fewer names its own."""
    groups: list[tuple[list[str], dict[str, Any]]] = []
    for language in languages:
        if language in documents:
            _join(groups, language, _without_blanks(documents[language]))
    return [_named(spoken, document, languages) for spoken, document in groups]


def _join(groups: list[tuple[list[str], dict[str, Any]]], language: str, document: dict[str, Any]) -> None:
    for number, (spoken, known) in enumerate(groups):
        try:
            groups[number] = ([*spoken, language], _both(known, document, spoken, language))
        except Differ:
            continue
        return
    groups.append(([language], document))


def _named(spoken: list[str], document: dict[str, Any], languages: tuple[str, ...]) -> dict[str, Any]:
    return document if tuple(spoken) == languages else {"languages": spoken, **document}


def _without_blanks(value: Any) -> Any:
    """Without the texts that are empty: what a page leaves empty, a pack leaves out."""
    if isinstance(value, Texts):
        return value
    if isinstance(value, list):
        return [_without_blanks(part) for part in value]
    if isinstance(value, dict):
        return {name: _without_blanks(part) for name, part in value.items() if not _is_blank(part)}
    return value


def _is_blank(value: Any) -> bool:
    return isinstance(value, Texts) and not any(value.values())


def _both(one: Any, other: Any, spoken: list[str], language: str) -> Any:
    """other is in `language`, one in the languages before it."""
    if isinstance(one, Texts) and isinstance(other, Texts):
        return Texts(one | other)
    if isinstance(one, dict) and isinstance(other, dict) and not isinstance(one, Texts) | isinstance(other, Texts):
        absent = Texts(dict.fromkeys(spoken, "")), Texts({language: ""})
        pairs = {name: (one.get(name, absent[0]), other.get(name, absent[1])) for name in [*one, *other]}
        if [name for name in one if name in other] != [name for name in other if name in one]:
            raise Differ  # the order of a mapping is kept: it is that of the skills
        return {name: _both(*pair, spoken, language) for name, pair in pairs.items()}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_both(*pair, spoken, language) for pair in zip(one, other, strict=True)]
    if one != other or type(one) is not type(other):
        raise Differ
    return one
