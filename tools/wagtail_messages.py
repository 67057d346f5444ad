"""Collect what Wagtail and wagtail-localize say in English only, into lms/wagtail_locale/<language>/LC_MESSAGES/*.po.

Wagtail 8 comes with a third of its admin in Latvian and most of it in Polish. What it lacks we translate beside our own
texts, never over theirs: once a release brings a text, it leaves these catalogues. tests/house/test_strings.py collects
the same way and asks for a complete translation of each.
"""

import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import polib

from tools.messages import PLURALS, ROOT

LOCALES = ROOT / "lms" / "wagtail_locale"
PACKAGES = ("wagtail", "wagtail_localize")
# Not installed here, so that what they translate is not loaded either.
LEFT_OUT = re.compile(r"wagtail/contrib/(?!settings/)|django/contrib/(?!auth/|contenttypes/)")
DOMAINS = ("django", "djangojs")
# Mistakes of theirs that everybody meets, replaced by ours: Django's Latvian has these plural forms in a wrong order
# ("33 minūte"), in every list of the CMS; Wagtail's Polish has a typing error on its home page.
WRONG = {
    "lv": {f"%(num)d {unit}" for unit in ("year", "month", "week", "day", "hour", "minute")},
    "pl": {"Search all pages…"},
}


def collect(language: str, domain: str) -> polib.POFile:
    """A text that one package translates is translated for all: Django reads them as one catalogue."""
    theirs = catalogues(("django", *PACKAGES), language, domain)
    ours = (ROOT / "lms" / "locale" / language / "LC_MESSAGES").glob(f"{domain}.po")
    known = {key(entry) for path in (*theirs, *ours) for entry in polib.pofile(str(path)).translated_entries()}
    wanted = {
        key(entry): entry
        for path in catalogues(PACKAGES, "en", domain)
        for entry in polib.pofile(str(path))
        if not entry.obsolete and key(entry) not in known
    }
    wanted |= {
        key(entry): entry
        for path in catalogues(("django", *PACKAGES), "en", domain)
        for entry in polib.pofile(str(path))
        if entry.msgid in WRONG.get(language, ())
    }
    found = polib.POFile(wrapwidth=120)
    found.extend(copied(wanted[name]) for name in sorted(wanted))
    return found


def catalogues(packages: Iterable[str], language: str, domain: str) -> Iterator[Path]:
    for package in packages:
        folder = Path(find_spec(package).origin).parent  # type: ignore[union-attr, arg-type]
        for path in sorted(folder.rglob(f"locale/{language}/LC_MESSAGES/{domain}.po")):
            if not LEFT_OUT.match(path.relative_to(folder.parent).as_posix()):
                yield path


def key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgid, entry.msgctxt or ""


def copied(entry: polib.POEntry) -> polib.POEntry:
    kept = ("msgid", "msgid_plural", "msgctxt", "flags", "comment")
    return polib.POEntry(**{name: getattr(entry, name) for name in kept})


def update(language: str, domain: str) -> polib.POFile:
    path = LOCALES / language / "LC_MESSAGES" / f"{domain}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = polib.pofile(str(path)) if path.exists() else polib.POFile()
    after = collect(language, domain)
    after.metadata = {
        "Language": language,
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }
    for entry in after:
        old = before.find(entry.msgid, msgctxt=entry.msgctxt)
        if old is not None:
            entry.msgstr, entry.msgstr_plural = old.msgstr, old.msgstr_plural
        elif entry.msgid_plural:
            entry.msgstr_plural = dict.fromkeys(range(3), "")
    after.save(str(path))
    return after


if __name__ == "__main__":
    for language in PLURALS:
        for domain in DOMAINS:
            catalogue = update(language, domain)
            print(f"{language}, {domain}: {len(catalogue.translated_entries())} of {len(catalogue)} texts translated")
