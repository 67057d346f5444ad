"""A new course begins with example texts. By no route do they go live: not by the form, nor many at once, nor at a set
time, nor by an approval, nor in code; nor as a whole course (test_starting)."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import override
from wagtail import blocks
from wagtail.models import Revision
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from assessments.quizzes.models import Question
from assessments.scenarios.models import ScenarioPage
from courses import actions
from courses.models import CoursePage, LessonPage, ModulePage, RefusedPublication
from courses.models.going_live import edit_url
from lms.packs.site import _review, _roles
from lms.packs.starting import start_course
from tests.courses.test_routes import approve, bulk, later, said, submit
from tests.factories import ready_site
from tools.own_words import write_over

PAGES = [CoursePage, ModulePage, LessonPage, ScenarioPage]
SAID = "still reads as in the example"


@pytest.fixture
def begun(db) -> CoursePage:
    ready_site()
    _roles()
    _review()
    return start_course(titles={"en": "Course"})


def one(course: CoursePage, model: type) -> Any:
    """The first of this kind, as its editors see it."""
    if model is Question:
        return Question.objects.order_by("code").first().get_latest_revision_as_object()
    return course.get_descendants(inclusive=True).type(model).specific().first().get_latest_revision_as_object()


# --- what a browser sends of an editor's form ------------------------------------------------------------------------
def posted(block: blocks.Block, value: Any) -> Any:
    if isinstance(block, blocks.StreamBlock):
        return streamfield([(child.block_type, posted(child.block, child.value)) for child in value])
    if isinstance(block, blocks.ListBlock):
        rows = [{"value": posted(block.child_block, item), "deleted": "", "id": "", "type": "item"} for item in value]
        return {"count": str(len(rows))} | {str(at): row | {"order": str(at)} for at, row in enumerate(rows)}
    if isinstance(block, blocks.StructBlock):
        return {name: posted(child, value and value[name]) for name, child in block.child_blocks.items()}
    if isinstance(block, blocks.RichTextBlock):
        return rich_text(value.source)
    return "" if value is None else str(value)


def form_of(subject: Any, form_class: type) -> dict:
    fields: dict[str, Any] = {"comments": inline_formset([])}
    form = form_class(instance=subject)
    for name, field in form.fields.items():
        value = form[name].value()
        if isinstance(field, blocks.base.BlockField):
            fields[name] = posted(field.block, value)
        elif value not in (None, "", False):
            fields[name] = form[name].field.prepare_value(value)
    return nested_form_data(fields | {"action-publish": "1"})


def form_class_of(subject: Any) -> type:
    if isinstance(subject, Question):
        return subject.snippet_viewset.get_edit_handler().get_form_class()
    return type(subject).get_edit_handler().get_form_class()


# --- the routes ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", [*PAGES, Question])
def test_not_by_the_form(begun, publisher, client_for, model):
    subject = one(begun, model)
    answered = client_for(publisher).post(edit_url(subject), form_of(subject, form_class_of(subject)))
    errors = [error for error in answered.context["form"].errors.values() if SAID in str(error)]
    assert errors, answered.context["form"].errors
    assert not model.objects.filter(pk=subject.pk, live=True).exists()


@pytest.mark.parametrize("model", PAGES)
def test_not_many_at_once(begun, publisher, client_for, model):
    subject = one(begun, model)
    assert SAID in said(bulk(client_for(publisher), "publish", subject, include_descendants="on"))
    assert not begun.get_descendants(inclusive=True).live().exists()


@pytest.mark.parametrize("model", [*PAGES, Question])
def test_not_at_a_set_time(begun, model):
    subject = one(begun, model)
    revision = subject.save_revision(clean=False)
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=timezone.now() + timedelta(minutes=1))
    with later(), override("en"):
        assert [bool(due.problem) for due in actions.publish_due()] == [True]
    assert RefusedPublication.objects.get().revision_id == revision.pk
    assert not model.objects.filter(pk=subject.pk, live=True).exists()


@pytest.mark.parametrize("model", PAGES)
def test_not_by_an_approval(begun, ela, publisher, client_for, model):
    subject = one(begun, model)
    submit(subject, ela)
    answered = approve(client_for(publisher), subject)
    assert SAID in said(answered)
    assert not model.objects.filter(pk=subject.pk, live=True).exists()


@pytest.mark.parametrize("model", [*PAGES, Question])
def test_not_in_code(begun, model):
    subject = one(begun, model)
    with pytest.raises(ValidationError), override("en"):
        subject.save_revision(clean=False).publish()
    subject.live = True
    with pytest.raises(ValidationError, match=SAID), override("en"):
        subject.save()


@pytest.mark.parametrize("model", [CoursePage, ModulePage, ScenarioPage])
def test_what_was_written_over_goes_live(begun, publisher, client_for, model):
    write_over(begun)
    subject = one(begun, model)
    bulk(client_for(publisher), "publish", subject)
    assert model.objects.get(pk=subject.pk).live
