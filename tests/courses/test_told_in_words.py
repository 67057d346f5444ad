"""Where Wagtail itself refuses a page (its address is another page's by now), whoever asked is told in words: by every
route, and never by an error page."""

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from wagtail.models import Locale, Page

from courses import actions
from courses.models import Decision, LessonPage, ModulePage, RefusedPublication
from courses.models.drafts import draft_in
from people.models import Mail
from tests.courses.test_meaning import answer, editing, form_of_lesson, fresh
from tests.courses.test_meaning_by_routes import new_lesson
from tests.courses.test_routes import approve, approve_address, bulk, bulk_publish, said, staff, submit  # noqa: F401
from tests.lessons import add_lesson

TAKEN = "is already in use"
pytestmark = pytest.mark.usefixtures("staff")


def taken(page):
    """A draft, by whose address another page is called meanwhile."""
    page = fresh(page)
    page.title, page.slug = "Better", "wanted"
    page.save_revision()
    add_other(page.get_parent())
    return fresh(page)


def add_other(module):
    other = add_lesson(module.specific, "Other", "00000000-0000-0000-0000-00000000beef")
    other.slug = "wanted"
    other.save()
    return fresh(other)


@pytest.fixture
def changed(tree):
    return taken(tree.lessons["pl"][0])


@pytest.fixture
def new(tree, ela):
    return taken(new_lesson(tree, ela))


def test_it_is_wagtail_that_refuses(changed, publisher):
    with override("en"), pytest.raises(ValidationError, match=TAKEN) as refused:
        actions.publish(drafts=[draft_in(changed.latest_revision)], choice=actions.Choice("editorial"), by=publisher)
    assert type(refused.value) is ValidationError


def test_in_the_form_it_is_an_error_of_its_field(changed, publisher, client_for):
    answered = client_for(publisher).post(editing(changed), form_of_lesson() | {"slug": "wanted"})
    assert answered.status_code == 200
    assert "slug" in answered.context["form"].errors


def test_past_the_question(changed, publisher, client_for):
    answered = answer(client_for(publisher), changed, change="editorial")
    assert answered.url == editing(changed)
    assert TAKEN in said(answered)
    assert not Decision.objects.exists()


def test_many_at_once(changed, tree, publisher, client_for):
    second = fresh(tree.lessons["pl"][1])
    second.title = "Mended"
    second.save_revision()
    answered = bulk_publish(client_for(publisher), changed, second)
    assert answered.status_code == 302
    assert TAKEN in said(answered)
    assert not Decision.objects.exists()
    assert fresh(second).title != "Mended"


def test_new_ones_at_once(new, publisher, client_for):
    answered = bulk(client_for(publisher), "publish", new)
    assert answered.status_code == 302
    assert TAKEN in said(answered)
    assert not fresh(new).live


def test_a_page_that_is_none_of_ours(admin, tree, client_for):
    welcome = Page.objects.get(depth=1).add_child(
        instance=Page(title="Welcome", slug="welcome", locale=Locale.objects.first())
    )
    answered = bulk(client_for(admin), "publish", welcome)
    assert answered.status_code == 302
    assert "You have no permission to do this." in said(answered)


def test_the_approval_of_a_change(changed, ela, publisher, client_for):
    submit(changed, ela)
    answered = approve(client_for(publisher), changed)
    assert answered.url == editing(changed)
    assert TAKEN in said(answered)
    assert fresh(changed).current_workflow_task_state.status == "in_progress"


@pytest.mark.parametrize("headers", [{}, {"x-requested-with": "XMLHttpRequest"}])
def test_the_approval_of_what_is_new(new, ela, publisher, client_for, headers):
    submit(new, ela)
    answered = client_for(publisher).post(approve_address(new), headers=headers)
    assert answered.status_code == (200 if headers else 302)
    assert TAKEN in " ".join(str(message) for message in get_messages(answered.wsgi_request))
    assert not fresh(new).live
    assert fresh(new).current_workflow_task_state.status == "in_progress"


def test_at_its_time_the_author_is_told_and_the_home_page_says_it(changed, ela):
    ela.language = "en"
    ela.save()
    revision = changed.latest_revision
    type(revision).objects.filter(pk=revision.pk).update(approved_go_live_at=timezone.now(), user=ela)
    (done,) = actions.publish_due()
    assert TAKEN in done.problem
    assert TAKEN in RefusedPublication.objects.get().reason
    assert Mail.objects.get(kind="not_published").person == ela
    assert fresh(changed).has_unpublished_changes


def elsewhere(page):
    """A module of the same course with a page of that address in it."""
    module = ModulePage(title="Elsewhere", slug="elsewhere", locale=page.locale)
    page.get_parent().get_parent().add_child(instance=module)
    add_other(module)
    return module


def called_wanted(tree):
    page = fresh(tree.lessons["pl"][0])
    page.slug = "wanted"
    page.save()
    return page


def test_moving_it_there(tree, admin, client_for):
    page, client = called_wanted(tree), client_for(admin)
    module = elsewhere(page)
    answered = client.post(reverse("wagtailadmin_pages:move_confirm", args=[page.pk, module.pk]))
    assert answered.status_code in (200, 302)
    assert "wanted" in " ".join(str(message) for message in get_messages(answered.wsgi_request))
    bulk(client, "move", page, chooser=str(module.pk), move_applicable="")
    assert fresh(page).get_parent().pk == tree.modules["pl"].pk


def test_copying_it_there(tree, admin, client_for):
    page, client = called_wanted(tree), client_for(admin)
    module = elsewhere(page)
    form = {"new_title": "Copy", "new_slug": "wanted", "new_parent_page": str(module.pk), "alias": ""}
    answered = client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), form)
    assert answered.status_code == 200
    assert "new_slug" in answered.context["form"].errors
    assert LessonPage.objects.filter(slug="wanted", locale=page.locale).count() == 2


def test_a_copy_that_would_be_live_and_has_problems_is_no_error_page(tree, admin, client_for):
    page, client = fresh(tree.lessons["pl"][0]), client_for(admin)
    LessonPage.objects.filter(pk=page.pk).update(body="[]")
    form = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": str(tree.modules["pl"].pk)}
    answered = client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), form | {"publish_copies": "on"})
    assert answered.status_code == 302
    assert "no content yet" in said(answered)
    assert not LessonPage.objects.filter(slug="copy").exists()
