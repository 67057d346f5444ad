"""Export, import, export is the same bytes: for any course, not only for those we have."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.utils.translation import override
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from wagtail.fields import StreamField
from wagtail.models import Locale

from assessments.quizzes.models import Question, QuizPage
from courses.models import CoursePage, LessonPage, SourceArticle, SourcePoint
from lms.packs.dumping import Files, write_folder, zipped
from lms.packs.exporting import SAID
from lms.packs.importing import apply, plan_import
from lms.packs.objects import MODELS
from lms.packs.reading import read_pack
from tests.packs.any_course import any_course
from tests.packs.test_exporting import contents, exported


def imported(files: Files) -> None:
    with tempfile.TemporaryDirectory() as folder, override("en"):
        write_folder(files, Path(folder) / "pack")
        apply(plan_import(read_pack(Path(folder) / "pack")))


def typed(value: Any) -> Any:
    """As a browser posts what stands in a large field."""
    if isinstance(value, str):
        return value.replace("\n", "\r\n")
    if isinstance(value, list):
        return [typed(part) for part in value]
    return {name: typed(part) for name, part in value.items()} if isinstance(value, dict) else value


def type_over() -> None:
    """Every text as if it had been saved in the CMS; past the guards, which are not at stake here."""
    fields: dict[Any, set[str]] = {model: set(SAID[kind]) | {"title"} for kind, model in MODELS.items()}
    for model, names in (fields | {SourcePoint: {"section", "texts"}, SourceArticle: {"title"}}).items():
        for row in model._default_manager.all():
            values = {}
            for field in model._meta.concrete_fields:
                if field.name in names and not field.is_relation:
                    value = getattr(row, field.name)
                    raw = field.stream_block.get_prep_value(value) if isinstance(field, StreamField) else value
                    new = typed(raw)
                    values[field.name] = json.dumps(new) if isinstance(field, StreamField) else new
            model._default_manager.filter(pk=row.pk).update(**values)


def part_ways() -> None:
    """The last language says other things than the first, as editors of one language may."""
    last = Locale.objects.filter(pk__in=CoursePage.objects.values("locale")).order_by("language_code").last()
    LessonPage.objects.filter(locale=last).update(minutes=F("minutes") + 1, objectives=["O-1"])
    QuizPage.objects.filter(locale=last).update(pass_mark=99)
    Question.objects.filter(locale=last).update(picture=None, picture_alt="", difficulty="0.31")


def nothing() -> None:
    pass


def shown(value: Any) -> Any:
    """What learners get, without what an export may drop: the ends of lines, blanks around, the names of files."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, list | tuple):
        return [shown(part) for part in value]
    if isinstance(value, dict):
        return {name: shown(part) for name, part in value.items() if name != "src"}
    return value


COURSES = {
    "one language": (any_course(["pl"], pictured=False), nothing),
    "two languages": (any_course(["lv", "en"], pictured=True), part_ways),
    "three languages": (any_course(["en", "pl", "lv"], pictured=True), nothing),
    "typed in the CMS": (any_course(["en", "lv", "pl"], pictured=True), type_over),
}


@pytest.mark.parametrize("courses, edit", COURSES.values(), ids=COURSES)
@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to make a whole course smaller takes many minutes
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_any_course_comes_back_the_same(db, courses, edit, data):
    files = data.draw(courses)
    with transaction.atomic():
        imported(files)
        edit()
        first, before = exported(), shown(contents())
        transaction.set_rollback(True)
    cache.clear()  # an empty site
    with transaction.atomic():
        imported(first.files)
        again, after = exported(), shown(contents())
        transaction.set_rollback(True)
    cache.clear()
    assert first.lost == ()
    assert again.lost == ()
    assert again.files == first.files
    assert zipped(again.files) == zipped(first.files)
    if edit is nothing:  # what is compiled is compiled when a page is saved
        assert after == before
