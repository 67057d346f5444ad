"""A file that somebody wrote elsewhere becomes a draft lesson, and the source that the lesson goes back to."""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from anyascii import anyascii
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page

from courses.checks.rules import WORDS_PER_MINUTE, words
from courses.formats.article import Article, from_html, from_markdown, from_text, lesson_body, sections
from courses.models import CoursePage, LessonPage, ModulePage, SourceArticle, SourcePoint
from courses.models.sources import AS_IS, PRINCIPLE
from lms.packs.docx import docx_to_html
from lms.packs.zips import ZipRefused

TEXT_BYTES = 4_000_000
NAME_LENGTH = 120
MOST_BLOCKS = 500
SLUG_LENGTH = 60
TITLE_LENGTH = 200
SECTION_LENGTH = 200
POINT_CODE = re.compile(r"S(\d{1,9})-")  # as in the sources of the first course: S001-06
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
def new_module(*, course: CoursePage, title: str, by: Any = None) -> ModulePage:
    """A draft, after the other modules of the course."""
    course = CoursePage.objects.select_for_update(of=("self",)).get(pk=course.pk)
    title = title.strip()
    if not title or len(title) > TITLE_LENGTH:
        raise ArticleRefused(_("A title has at most %(count)d characters.") % {"count": TITLE_LENGTH})
    if ModulePage.objects.child_of(course).filter(title=title).exists():
        raise ArticleRefused(_("There is a module “%(title)s” in this course already.") % {"title": title})
    module = ModulePage(
        title=title,
        slug=_slug(title, course, "module"),
        locale=course.locale,
        owner=by,
        live=False,
        has_unpublished_changes=True,
    )
    course.add_child(instance=module)
    _logged(module, by)
    return module


@transaction.atomic
def bring_article(*, module: ModulePage, name: str, data: bytes, by: Any = None) -> Brought:
    """A draft that goes back to a point for each section of its source: what is missing (an objective, a picture) is
    for an editor to add before it goes live."""
    course = CoursePage.objects.select_for_update(of=("self",)).get(pk=module.get_parent().pk)
    module = ModulePage.objects.get(pk=module.pk)
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
    source, is_new = SourceArticle.objects.get_or_create(
        course_key=course.translation_key, file=name, defaults={"title": title, "language": language}
    )
    if not is_new:
        raise ArticleRefused(
            _("“%(name)s” is a source of this course already. Give the file another name if it is another text.")
            % {"name": name}
        )
    lesson = LessonPage(
        title=title,
        slug=_slug(title, module, "lesson"),
        locale=module.locale,
        owner=by,
        live=False,
        has_unpublished_changes=True,
        minutes=_minutes(article, language),
        points=[point.code for point in _pointed_out(source, article)],
        body=body,
    )
    module.add_child(instance=lesson)
    _logged(lesson, by)
    return Brought(lesson, (*article.lost, *left))


def _pointed_out(source: SourceArticle, article: Article) -> list[SourcePoint]:
    """One for each section, in the words of its heading: an editor divides or words them further."""
    codes = SourcePoint.objects.filter(course_key=source.course_key).values_list("code", flat=True)
    number = max((int(match[1]) for code in codes if (match := POINT_CODE.match(code))), default=0) + 1
    points = [
        SourcePoint(
            article=source,
            course_key=source.course_key,
            code=f"S{number:03}-{at:02}",
            lines="-".join(map(str, dict.fromkeys(section.lines))),
            section=section.heading[:SECTION_LENGTH],
            texts={source.language: section.heading},
            kind=PRINCIPLE,
            treatment=AS_IS,
        )
        for at, section in enumerate(sections(article), 1)
    ]
    return SourcePoint.objects.bulk_create(points)


def _logged(page: Any, by: Any) -> None:
    revision = page.save_revision(user=by, clean=False)
    log(instance=page, action="wagtail.create", user=by, revision=revision, content_changed=True)


def _slug(title: str, parent: Page, otherwise: str) -> str:
    wanted = slugify(anyascii(title))[:SLUG_LENGTH].strip("-") or otherwise
    taken = set(parent.get_children().values_list("slug", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in [wanted, *numbered] if slug not in taken)


def _minutes(article: Article, language: str) -> int:
    texts = [" ".join((part.text, part.html, *(cell for row in part.rows for cell in row))) for part in article.parts]
    return max(1, round(sum(len(words(text)) for text in texts) / WORDS_PER_MINUTE.get(language, 150)))
