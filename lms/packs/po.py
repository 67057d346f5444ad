"""The texts of a whole course for translators: a zip of PO files, one a page or question, out and in.

A file names its course, its object and its language in its header; a text carries an opaque mark of its place, and in
a comment what it is (choices, text) and which terms of the glossary it uses. Keys of scenes, answers and blocks stay at
home. Fuzzy are those whose source has changed since they were translated: they
are sent along as they were, and do not come back in until somebody has taken the mark off.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import polib
from anyascii import anyascii
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.models import Locale, Page
from wagtail_localize.models import StringSegment, StringTranslation, Translation, TranslationSource
from wagtail_localize.strings import StringValue, validate_translation_links

from assessments.quizzes.models import Question
from courses.models import CoursePage
from courses.site_facts import placeholders
from lms.packs.dumping import zipped
from lms.packs.glossary import glossary, used
from lms.packs.translating import link, lost_placeholder, stale
from lms.packs.zips import Limits, ZipRefused, unzipped

LIMITS = Limits(file_bytes=10_000_000, entries=2_100, entry_bytes=2_000_000, total_bytes=60_000_000)
TEXT_LENGTH = 20_000
SHOWN = 20  # faults told at once
COURSE, OBJECT = "X-Ostoja-Course", "X-Ostoja-Object"


class PoRefused(Exception):
    """Why nothing of it was taken, in the reader's language; one line a fault."""

    def __init__(self, faults: list[str]) -> None:
        more = len(faults) - SHOWN
        self.faults = faults[:SHOWN] + ([_("And %(count)d more.") % {"count": more}] if more > 0 else [])
        super().__init__("\n".join(self.faults))


@dataclass
class Taken:
    """What an import did, in texts."""

    written: int = 0
    same: int = 0
    fuzzy: int = 0
    empty: int = 0
    changed: list[str] = field(default_factory=list)  # files with texts whose source is another one now


# --- a course ------------------------------------------------------------------------------------------------------
def objects_of(course: CoursePage) -> list[Any]:
    """The live pages of a course in its own language, in the order of the tree, then its live questions."""
    pages = Page.objects.descendant_of(course, inclusive=True).live().order_by("path").specific()
    questions = Question.objects.live().filter(bank=course.code, locale=course.locale_id)
    return [*pages, *questions.order_by("code")]


def source_of(course: CoursePage) -> CoursePage:
    return CoursePage.of_key(course.translation_key) or course


def is_followed(course: CoursePage) -> bool:
    """Whether the memory of translation holds the texts of all that is live in it."""
    source = source_of(course)
    return _are_followed(source, objects_of(source))


def _are_followed(source: CoursePage, objects: list[Any]) -> bool:
    keys = [one.translation_key for one in objects]
    return TranslationSource.objects.filter(object__in=keys, locale=source.locale_id).count() == len(keys)


def begin_following(course: CoursePage) -> list[Any]:
    """The objects of the source; a course that is not followed yet is from now on, in all its languages."""
    source = source_of(course)
    objects = objects_of(source)
    if not _are_followed(source, objects):
        others = CoursePage.objects.filter(translation_key=source.translation_key).exclude(pk=source.pk)
        link([*objects, *(one for other in others for one in objects_of(other))])
    return objects


# --- out -----------------------------------------------------------------------------------------------------------
def export_po(course: CoursePage, language: str) -> dict[str, bytes]:
    """Path in the zip -> PO file. Reads only: of what is not followed there is nothing to say."""
    objects = objects_of(source_of(course))
    locale = Locale.objects.get(language_code=language)
    translations = translations_of([one.translation_key for one in objects], locale)
    width = len(str(len(objects)))
    files = {}
    for number, one in enumerate(objects, 1):
        if translation := translations.get(one.translation_key):
            name = slugify(anyascii(getattr(one, "title", "") or one.code))[:60] or "text"
            files[f"{number:0{width}}-{name}.po"] = str(_po(translation, course.code, language)).encode()
    return files


def export_zip(course: CoursePage, language: str) -> bytes:
    return zipped(export_po(course, language))


def translations_of(keys: list[UUID], locale: Locale) -> dict[UUID, Translation]:
    rows = Translation.objects.filter(source__object__in=keys, target_locale=locale, enabled=True)
    return {row.source.object_id: row for row in rows.select_related("source__locale", "target_locale")}


def _po(translation: Translation, course: str, language: str) -> polib.POFile:
    po = polib.POFile(wrapwidth=100)
    po.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "MIME-Version": "1.0",
        "Language": language,
        COURSE: course,
        OBJECT: str(translation.source.object_id),
    }
    left = stale(translation)
    terms = glossary(translation.source.locale.language_code, language)
    for mark, segment in _segments(translation):
        entry = polib.POEntry(msgctxt=mark, msgid=segment.string.data, msgstr=segment.translation or "")
        words = [f"{term.source} = {term.target}" for term in used(terms, segment.string.data)]
        entry.comment = "\n".join([_place(segment.context.path), *words])
        former = left.get((segment.context_id, segment.string_id))
        if former and not entry.msgstr:
            entry.msgstr, entry.previous_msgid, entry.flags = former.translated, former.former, ["fuzzy"]
        po.append(entry)
    return po


def _segments(translation: Translation) -> Iterator[tuple[str, StringSegment]]:
    """(mark, segment). A text that stands twice at one place is translated once."""
    rows = StringSegment.objects.filter(source=translation.source_id).order_by("order", "pk")
    seen = set()
    for segment in rows.select_related("context", "string").annotate_translation(translation.target_locale):
        if (segment.context_id, segment.string_id) not in seen:
            seen.add((segment.context_id, segment.string_id))
            yield segment.context.path_id.hex[:12], segment


def _place(path: str) -> str:
    """ "nodes.<key>.choices.<key>.text" -> "nodes, choices, text"."""
    return ", ".join(part for part in path.split(".") if not _KEY.fullmatch(part))


_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


# --- in ------------------------------------------------------------------------------------------------------------
def import_po(course: CoursePage, language: str, data: bytes, *, by: Any = None) -> Taken:
    """A zip as exported, or one PO file of it. All of it or nothing: PoRefused with every fault."""
    files = _files(data)
    objects = {one.translation_key: one for one in begin_following(course)}
    locale = Locale.objects.get(language_code=language)
    translations = translations_of(list(objects), locale)
    taken, faults, wanted = Taken(), [], []
    for name, content in files.items():
        try:
            po = _parsed(content)
            translation = translations[_object(po, course.code, language, translations)]
        except PoRefused as refused:
            faults += [f"{name}: {fault}" for fault in refused.faults]
            continue
        wanted += _entries(name, po, translation, taken, faults)
    if faults:
        raise PoRefused(faults)
    _write(wanted, locale, by, taken)
    return taken


def _files(data: bytes) -> dict[str, bytes]:
    if not data.startswith(b"PK"):
        if len(data) > LIMITS.entry_bytes:
            raise PoRefused([_("The file is larger than %(count)d MB.") % {"count": LIMITS.entry_bytes // 1_000_000}])
        return {"PO": data}
    try:
        files = {name: content for name, content in unzipped(data, LIMITS).items() if name.endswith(".po")}
    except ZipRefused as refused:
        raise PoRefused([str(refused)]) from refused
    if not files:
        raise PoRefused([_("There is no PO file in it.")])
    return files


def _parsed(content: bytes) -> polib.POFile:
    damaged = PoRefused([_("This is no PO file, or it is damaged.")])
    try:
        # polib takes a text of one line for the name of a file
        po = polib.pofile("\n" + content.decode("utf-8-sig"), check_for_duplicates=True)
    except (OSError, ValueError, UnicodeDecodeError, IndexError, KeyError, AttributeError) as error:
        raise damaged from error
    if not po.metadata:
        raise damaged
    return po


def _object(po: polib.POFile, course: str, language: str, translations: dict[UUID, Translation]) -> UUID:
    said = po.metadata.get("Language", "")
    if said != language:
        words = {"said": said[:20] or "?", "language": language}
        raise PoRefused([_("The file is for the language “%(said)s”, not for “%(language)s”.") % words])
    try:
        key = UUID(po.metadata.get(OBJECT, ""))
    except ValueError:
        key = None
    if po.metadata.get(COURSE) != course or key not in translations:
        raise PoRefused([_("The file belongs to another course.")])
    return key


def _entries(
    name: str, po: polib.POFile, translation: Translation, taken: Taken, faults: list[str]
) -> list[tuple[StringSegment, str]]:
    known = {(mark, segment.string.data): segment for mark, segment in _segments(translation)}
    wanted, others = [], 0
    for entry in po:
        if entry.obsolete:
            continue
        segment = known.get((entry.msgctxt or "", entry.msgid))
        if segment is None:
            others += 1
        elif entry.fuzzy:
            taken.fuzzy += 1
        elif not entry.msgstr.strip():
            taken.empty += 1
        elif fault := _fault(entry.msgid, entry.msgstr):
            faults.append(f"{name}, “{_short(entry.msgid)}”: {fault}")
        elif segment.translation == entry.msgstr:
            taken.same += 1
        else:
            wanted.append((segment, entry.msgstr))
    if others:
        taken.changed.append(name)
    return wanted


def _fault(words: str, translated: str) -> str:
    if len(translated) > TEXT_LENGTH:
        return _("The text is longer than %(count)d characters.") % {"count": TEXT_LENGTH}
    if any(ord(sign) < 32 and sign not in "\n\t\r" for sign in translated):
        return _("There are control characters in it.")
    if placeholders(words) != placeholders(translated):
        return lost_placeholder(words, translated)
    try:
        StringValue.from_translated_html(translated)
        validate_translation_links(words, translated)
    except ValueError:
        return _("It may hold bold, italic and the links of the source, nothing else.")
    return ""


def _short(words: str) -> str:
    plain = html.unescape(re.sub(r"<[^>]*>", "", words))
    return plain if len(plain) <= 60 else f"{plain[:59]}…"


@transaction.atomic
def _write(wanted: list[tuple[StringSegment, str]], locale: Locale, by: Any, taken: Taken) -> None:
    contexts = {segment.context_id for segment, _text in wanted}
    rows = StringTranslation.objects.filter(locale=locale, context__in=contexts)
    known = {(row.context_id, row.translation_of_id): row for row in rows}
    new, changed = [], []
    for segment, text in wanted:
        row = known.get((segment.context_id, segment.string_id))
        if row is None:
            row = StringTranslation(context_id=segment.context_id, translation_of_id=segment.string_id, locale=locale)
            new.append(row)
        else:
            changed.append(row)
        row.data, row.has_error, row.field_error, row.updated_at = text, False, "", timezone.now()
        row.translation_type, row.tool_name = StringTranslation.TRANSLATION_TYPE_MANUAL, "PO"
        row.last_translated_by = by
    StringTranslation.objects.bulk_create(new, batch_size=500)
    fields = ["data", "has_error", "field_error", "updated_at", "translation_type", "tool_name", "last_translated_by"]
    StringTranslation.objects.bulk_update(changed, fields, batch_size=500)
    taken.written = len(wanted)


# --- one object ----------------------------------------------------------------------------------------------------
def course_of(source: Any) -> CoursePage | None:
    """The course a page or question of the source language belongs to."""
    if isinstance(source, Question):
        return CoursePage.objects.filter(code=source.bank, locale=source.locale_id).first()
    return CoursePage.objects.ancestor_of(source, inclusive=True).first()


def export_one(translation: Translation, course: CoursePage) -> bytes:
    return str(_po(translation, course.code, translation.target_locale.language_code)).encode()
