"""The texts themselves: complete in each language, plain to read, in their own letters and quotation marks."""

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from courses import site_facts
from courses.checks.rules import ENOUGH_WORDS, LIX_MAX, SENTENCE_MAX, lix, words
from lms.packs.checks.finding import Finding, check, documents, error, info, texts, warning
from lms.packs.reading import Pack

LENGTH_RATIO = (0.55, 1.7)  # characters against English; outside of it a part may be missing
GIVES_AWAY = (  # options that test-wise readers choose without knowing
    r"all of the above",
    r"none of the above",
    r"wszystkie (powyższe|odpowiedzi)",
    r"żadne z powyższych",
    r"visas? (iepriekš minētās|atbildes)",
)
ADVERTISED = (r"witalni", r"biznes\.info")
FOREIGN_LETTERS = {"pl": "āēģīķļņšūž", "lv": "ąćęłńóśźż"}
PLACEHOLDERS = frozenset(f"site.{name}" for name in site_facts.NAMES)
LINKS_TO = ("https://", "http://", "mailto:", "tel:")

_ADVERTISED = re.compile("|".join(ADVERTISED), re.IGNORECASE)
_BANNED = re.compile("|".join(GIVES_AWAY + ADVERTISED), re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LINK = re.compile(r"\]\(\s*<?([^)\s>]*)")
_READ = re.compile(r"body|say|comment|prompt|stem")


def _leaves(pack: Pack) -> Iterator[tuple[str, str, dict[str, str]]]:
    for file, name, part in documents(pack):
        for path, text in texts(part, pack.languages):
            yield file, f"{name}{path}".lstrip("."), text


@check
def texts_are_in_their_language(pack: Pack) -> Iterator[Finding]:
    for file, key, text in _leaves(pack):
        for language, value in text.items():
            letters = set(value.lower()) & set(FOREIGN_LETTERS.get(language, ""))
            if letters:
                yield error(
                    file,
                    f"{key}.{language}",
                    _("letters of another language: %(letters)s") % {"letters": " ".join(sorted(letters))},
                )
            banned = _ADVERTISED if file in pack.scenarios else _BANNED
            if match := banned.search(value):
                yield error(file, f"{key}.{language}", _("“%(text)s” is not used here") % {"text": match[0]})
            if '"' in value:
                yield warning(file, f"{key}.{language}", "a straight quotation mark; use typographic ones")


@check
def texts_are_translated(pack: Pack) -> Iterator[Finding]:
    shortest, longest = LENGTH_RATIO
    for file, key, text in _leaves(pack):
        english = text.get("en", "")
        for language in text.keys() - {"en"}:
            ratio = len(text[language]) / len(english) if english else 1
            if text[language] == english and len(english) > 12:
                yield error(file, f"{key}.{language}", _("identical to English"))
            elif len(english) > 60 and not shortest <= ratio <= longest:
                counts = f"{len(text[language])} against {len(english)} characters in English"
                yield warning(file, f"{key}.{language}", f"{counts}; is a part missing?")


@check
def placeholders_and_links_are_known(pack: Pack) -> Iterator[Finding]:
    for file, key, text in _leaves(pack):
        used = {language: sorted(map(str.strip, _PLACEHOLDER.findall(value))) for language, value in text.items()}
        for language, value in text.items():
            for name in used[language]:
                if name not in PLACEHOLDERS:
                    yield error(
                        file, f"{key}.{language}", _("unknown placeholder %(name)s") % {"name": f"{{{{{name}}}}}"}
                    )
            for target in _LINK.findall(value):
                if not target.startswith(LINKS_TO):
                    yield error(
                        file, f"{key}.{language}", _("a link to “%(target)s” is not allowed") % {"target": target[:60]}
                    )
        if len({tuple(names) for names in used.values()}) > 1:
            yield warning(file, key, "not the same placeholders in each language")


@check
def texts_are_plain(pack: Pack) -> Iterator[Finding]:
    for file, lesson in pack.lessons.items():
        yield from _readability(pack, file, lesson)
    yield from _readability(pack, "questions.yaml", pack.bank)


def _readability(pack: Pack, file: str, part: Any) -> Iterator[Finding]:
    for language in pack.languages:
        read = "\n".join(text[language] for path, text in texts(part, pack.languages) if _READ.search(path))
        count = len(words(read))
        if count < ENOUGH_WORDS:
            continue
        mean, index = lix(read)
        yield info(file, language, f"{count} words, {mean:.1f} words a sentence, LIX {index:.0f}")
        if index > LIX_MAX.get(language, index):
            limit = LIX_MAX[language]
            yield error(
                file,
                language,
                _("LIX %(index)s above %(limit)d; shorten words and sentences")
                % {"index": f"{index:.0f}", "limit": limit},
            )
        if mean > SENTENCE_MAX.get(language, mean):
            yield error(
                file,
                language,
                _("%(mean)s words a sentence, at most %(most)d")
                % {"mean": f"{mean:.1f}", "most": SENTENCE_MAX[language]},
            )
