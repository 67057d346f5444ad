"""How far each language of a course is, and the going live of what is complete."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from wagtail.models import Locale, Page
from wagtail_localize.models import StringTranslation, Translation, TranslationSource

from assessments.quizzes.models import Question
from assessments.quizzes.models.questions import recompiled_once
from courses.models import CoursePage
from courses.outline.reports import title_of
from lms.packs.po import objects_of, source_of, translations_of
from lms.packs.translating import NOTHING, Progress, progress, take


@dataclass(frozen=True)
class Row:
    """One object of a course in one language."""

    source: Any
    target: Any  # None: it does not exist in this language yet
    translation: Translation | None  # None: its editors keep it by hand
    progress: Progress
    waits: bool  # complete, but what learners see is older


def rows_of(course: CoursePage, language: str) -> list[Row]:
    """In the order of going live: what is asked before who asks it, above before below."""
    objects = objects_of(source_of(course))
    locale = Locale.objects.get(language_code=language)
    keys = [one.translation_key for one in objects]
    translations, late = translations_of(keys, locale), older(keys)
    kinds: tuple[Any, ...] = (Page, Question)
    targets = {
        row.translation_key: row
        for model in kinds
        for row in model.objects.filter(translation_key__in=keys, locale=locale)
    }
    states = progress(keys)
    rows = []
    for one in sorted(objects, key=lambda one: isinstance(one, Page)):
        key = one.translation_key
        target, translation, state = targets.get(key), translations.get(key), states.get((key, language), NOTHING)
        waits = not state.missing and (key, language) in late
        rows.append(Row(one, target, translation, state, waits))
    return rows


def older(keys: list[UUID] | None = None) -> set[tuple[UUID, str]]:
    """(key, language) where learners see an older version than what the source says now, or its translators: of all
    translations, or of these. Four queries. A changed answer key makes it older without a word to translate."""
    translations = Translation.objects.filter(enabled=True)
    kinds: tuple[Any, ...] = (Page, Question)
    live = [model.objects.filter(live=True) for model in kinds]
    if keys is not None:
        translations = translations.filter(source__object__in=keys)
        live = [rows.filter(translation_key__in=keys) for rows in live]
    names = "translation_key", "locale__language_code", "last_published_at"
    published = {(key, code): at for rows in live for key, code, at in rows.order_by().values_list(*names)}
    said = _last_said(keys)
    changes = translations.values_list("source__object", "target_locale__language_code", "source__last_updated_at")
    found = set()
    for key, code, changed in changes:
        at, spoken = published.get((key, code)), said.get((key, code))
        if at is None or at < (max(changed, spoken) if spoken else changed):
            found.add((key, code))
    return found


def _last_said(keys: list[UUID] | None) -> dict[tuple[UUID, str], datetime]:
    """When somebody last translated something of it, in the editor or in a file: not what was learned from the page."""
    rows = StringTranslation.objects.filter(Q(last_translated_by__isnull=False) | ~Q(tool_name=""))
    if keys is not None:
        rows = rows.filter(context__object__in=keys)
    last = rows.order_by().values_list("context__object", "locale__language_code").annotate(Max("updated_at"))
    return {(key, code): at for key, code, at in last}


@dataclass(frozen=True)
class CourseProgress:
    """older: by language, how many pages and questions are translated, and still read as they did before their source
    changed. titles: by language, what the course is called there."""

    course: CoursePage
    languages: dict[str, Progress]
    older: dict[str, int] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)


def overview(courses: list[CoursePage]) -> list[CourseProgress]:
    """Every course of the source language, in the languages it has: constant queries."""
    by_path = {course.path: course for course in courses}
    by_code = {course.code: course for course in courses}
    titles: dict[UUID, dict[str, str]] = {course.translation_key: {} for course in courses}
    others = CoursePage.objects.filter(translation_key__in=titles).select_related("locale").order_by("locale__pk")
    for page in others:
        titles[page.translation_key][page.locale.language_code] = title_of(page)
    owner: dict[UUID, CoursePage] = {}
    depth = len(courses[0].path) if courses else 0
    sources = Page.objects.live().filter(locale=Locale.get_default(), depth__gte=courses[0].depth if courses else 0)
    for key, path in sources.values_list("translation_key", "path"):
        if course := by_path.get(path[:depth]):
            owner[key] = course
    questions = Question.objects.live().filter(locale=Locale.get_default(), bank__in=by_code)
    owner |= {key: by_code[bank] for key, bank in questions.values_list("translation_key", "bank")}
    sums: dict[tuple[UUID, str], Progress] = {}
    behind: Counter[tuple[UUID, str]] = Counter()
    late = older()
    for (key, language), state in progress().items():
        if key in owner:
            place = owner[key].translation_key, language
            sums[place] = sums.get(place, NOTHING) + state
            behind[place] += not state.missing and (key, language) in late
    return [
        CourseProgress(
            course,
            {
                code: sums[course.translation_key, code]
                for code in titles[course.translation_key]
                if (course.translation_key, code) in sums
            },
            {code: count for (key, code), count in behind.items() if key == course.translation_key and count},
            titles[course.translation_key],
        )
        for course in courses
    ]


# --- writing -------------------------------------------------------------------------------------------------------
def begin(source: Any, language: str, *, by: Any) -> Translation:
    """A draft of this page or question in another language, in the words of the source until they are translated."""
    with transaction.atomic():
        take([source])
        found = TranslationSource.objects.get_for_instance(source)
        locale = Locale.objects.get(language_code=language)
        translation, _made = Translation.objects.get_or_create(source=found, target_locale=locale)
        if not found.object.has_translation(locale):
            translation.save_target(user=by, publish=False)
        return translation


def publish_waiting(course: CoursePage, language: str, *, by: Any) -> tuple[list[Any], dict[Any, str]]:
    """(what went live, what refused and why). One that refuses does not hold back the others."""
    done: list[Any] = []
    refused: dict[Any, str] = {}
    with recompiled_once():
        for row in rows_of(course, language):
            if not row.waits:
                continue
            try:
                with transaction.atomic():
                    _publish(row, by)
            except ValidationError as error:
                refused[row.source] = " ".join(error.messages)
            else:
                done.append(row.source)
    return done, refused


def _publish(row: Row, by: Any) -> None:
    """As wagtail-localize does, but now and not after the commit."""
    translation = row.translation
    assert translation is not None
    is_page = isinstance(row.source, Page)
    target, _made = translation.source.create_or_update_translation(
        translation.target_locale, user=by, publish=not is_page, fallback=True, copy_parent_pages=True
    )
    if is_page:
        target.get_latest_revision().publish(user=by)
