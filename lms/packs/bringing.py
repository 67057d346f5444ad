"""A file that somebody wrote elsewhere becomes a draft lesson, and the source that the lesson goes back to."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from anyascii import anyascii
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from courses.checks.rules import WORDS_PER_MINUTE, words
from courses.formats.article import Article, from_html, from_markdown, from_text, lesson_body
from courses.models import LessonPage, ModulePage, SourceArticle
from lms.packs.docx import docx_to_html
from lms.packs.zips import ZipRefused

TEXT_BYTES = 4_000_000
NAME_LENGTH = 120
MOST_BLOCKS = 500
SLUG_LENGTH = 60
ENDS = (".txt", ".md", ".markdown", ".docx")
# Before UTF-8, Polish was written in one table of letters and Latvian in another.
OLD_TABLES = {"pl": "cp1250", "lv": "cp1257"}
LETTERS = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻāčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ„”“’‘«»–—…§°·•€\xa0")


class ArticleRefused(Exception):
    """Why a file does not become a lesson, in the reader's language."""


@dataclass(frozen=True)
class Brought:
    lesson: LessonPage
    lost: tuple[str, ...]  # what the lesson does not hold, for the editor to read


def read_article(*, name: str, data: bytes, language: str) -> Article:
    stem, end = PurePath(name).stem or name, PurePath(name).suffix.lower()
    if end == ".docm":
        raise ArticleRefused(_("The document holds macros. Save it in Word as .docx, which holds none."))
    if end not in ENDS:
        raise ArticleRefused(_("Choose a text, Markdown or Word file: %(ends)s") % {"ends": ", ".join(ENDS)})
    if end == ".docx":
        try:
            html, lost = docx_to_html(data)
        except ZipRefused as error:
            raise ArticleRefused(str(error)) from error
        article = from_html(html, stem)
        return Article(article.title, article.parts, (*article.lost, *lost))
    text = decoded(data, language)
    return from_text(text, stem) if end == ".txt" else from_markdown(text, stem)


def decoded(data: bytes, language: str) -> str:
    if len(data) > TEXT_BYTES:
        raise ArticleRefused(_("The file is larger than %(count)d MB.") % {"count": TEXT_BYTES // 1_000_000})
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _tried(data, "utf-16") or _refuse_bytes()
    if b"\x00" in data:
        _refuse_bytes()
    if (text := _tried(data, "utf-8-sig")) is not None:
        return text
    tables = sorted(OLD_TABLES, key=lambda code: code != language)
    texts = [text for code in tables if (text := _tried(data, OLD_TABLES[code])) is not None]
    return min(texts, key=_strangeness) if texts else _refuse_bytes()


def _tried(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _strangeness(text: str) -> int:
    """How many characters belong to neither language."""
    return sum(not letter.isascii() and letter not in LETTERS for letter in text)


def _refuse_bytes() -> str:
    raise ArticleRefused(_("This is not a text in UTF-8, Windows-1250 or Windows-1257."))


@transaction.atomic
def bring_article(*, module: ModulePage, name: str, data: bytes, by: Any = None) -> Brought:
    """A draft: what is missing (an objective, source points, a picture) is for an editor to add before it goes live."""
    module = ModulePage.objects.select_for_update().get(pk=module.pk)
    language = module.locale.language_code
    name = PurePath(name.replace("\\", "/")).name[-NAME_LENGTH:]
    article = read_article(name=name, data=data, language=language)
    body, left = lesson_body(article)
    if not body:
        raise ArticleRefused(_("There is no text in this file."))
    if len(body) > MOST_BLOCKS:
        raise ArticleRefused(
            _("The file would become %(count)d blocks. Part it into lessons of a few headings each.")
            % {"count": len(body)}
        )
    title = article.title or name
    _source, is_new = SourceArticle.objects.get_or_create(
        course_key=module.get_parent().translation_key, file=name, defaults={"title": title, "language": language}
    )
    if not is_new:
        raise ArticleRefused(
            _("“%(name)s” is a source of this course already. Give the file another name if it is another text.")
            % {"name": name}
        )
    lesson = LessonPage(
        title=title,
        slug=_slug(title, module),
        locale=module.locale,
        owner=by,
        live=False,
        has_unpublished_changes=True,
        minutes=_minutes(article, language),
        body=body,
    )
    module.add_child(instance=lesson)
    revision = lesson.save_revision(user=by, clean=False)
    log(instance=lesson, action="wagtail.create", user=by, revision=revision, content_changed=True)
    return Brought(lesson, (*article.lost, *left))


def _slug(title: str, module: ModulePage) -> str:
    wanted = slugify(anyascii(title))[:SLUG_LENGTH].strip("-") or "lesson"
    taken = set(module.get_children().values_list("slug", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in [wanted, *numbered] if slug not in taken)


def _minutes(article: Article, language: str) -> int:
    texts = [" ".join((part.text, part.html, *(cell for row in part.rows for cell in row))) for part in article.parts]
    return max(1, round(sum(len(words(text)) for text in texts) / WORDS_PER_MINUTE.get(language, 150)))
