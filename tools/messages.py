"""Collect every text of the interface, from Python and templates, into lms/locale/<language>/LC_MESSAGES/django.po.

Pure Python (Babel, and Django's own reading of templates), because GNU gettext may be missing. New texts come in
untranslated, texts gone from the code become obsolete, nothing is ever guessed ("fuzzy"). A test of the house
(tests/house/test_strings.py) collects the same way and asks for a complete translation of each.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("lms", "assessments", "training", "courses", "certificates", "evidence", "people")
LOCALES = ROOT / "lms" / "locale"
PLURALS = {
    "pl": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "lv": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2);",
}
KEYWORDS = DEFAULT_KEYWORDS | {
    f"{name}{kind}": DEFAULT_KEYWORDS[name]
    for name in ("gettext", "ngettext", "pgettext", "npgettext")
    for kind in ("_lazy", "_noop")
}
# templatize() leaves calls like ` npgettext(u'task', u'one day', u'%(n)s days', count)` among blanked-out text.
STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(_|n?p?gettext)\(((?:{STRING}(?:\s*,\s*)?)+)(?:count)?\)")


def collect() -> polib.POFile:
    found = polib.POFile(wrapwidth=120)
    for file in source_files():
        messages = from_template(file) if file.suffix != ".py" else from_python(file)
        for context, text, plural in messages:
            add(found, context, text, plural, str(file.relative_to(ROOT)))
    found.sort(key=lambda entry: (entry.occurrences[0], entry.msgid))
    return found


def source_files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (file for file in sorted((ROOT / package).rglob("*.py")) if "migrations" not in file.parts)
    for suffix in ("*.html", "*.txt", "*.svg"):
        yield from sorted((ROOT / "templates").rglob(suffix))


def from_python(file: Path) -> Iterator[tuple[str | None, str, str | None]]:
    for _line, text, _comments, context in extract_from_file("python", file, keywords=KEYWORDS):
        yield (context, *text[:2]) if isinstance(text, tuple) else (context, text, None)


def from_template(file: Path) -> Iterator[tuple[str | None, str, str | None]]:
    for function, arguments in CALL.findall(templatize(file.read_text(), origin=str(file))):
        texts = list(ast.literal_eval(f"[{arguments}]"))
        context = texts.pop(0) if "pgettext" in function else None
        yield context, texts[0], texts[1] if len(texts) > 1 else None


def add(found: polib.POFile, context: str | None, text: str, plural: str | None, where: str) -> None:
    entry = found.find(text, msgctxt=context)
    if entry is None:
        entry = polib.POEntry(
            msgid=text, msgctxt=context, flags=["python-format"] if re.search(r"%\(\w+\)", text) else []
        )
        found.append(entry)
    if plural:
        entry.msgid_plural = plural
    if (where, "") not in entry.occurrences:
        entry.occurrences.append((where, ""))


def update(language: str, template: polib.POFile) -> polib.POFile:
    path = LOCALES / language / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = polib.pofile(str(path), wrapwidth=120) if path.exists() else polib.POFile(wrapwidth=120)
    catalogue.metadata = {
        "Language": language,
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }
    catalogue.merge(template)
    for entry in catalogue:
        if entry.msgid_plural and not entry.msgstr_plural:
            entry.msgstr, entry.msgstr_plural = "", dict.fromkeys(range(3), "")
    catalogue.save(str(path))
    return catalogue


if __name__ == "__main__":
    template = collect()
    for language in PLURALS:
        catalogue = update(language, template)
        print(f"{language}: {len(catalogue.translated_entries())} of {len(template)} texts translated")
