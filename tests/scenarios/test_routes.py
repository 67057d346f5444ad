"""A scenario with a hole in it goes live by no route there is; as a draft it may stay."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from assessments.scenarios.models import ScenarioPage
from courses import actions
from courses.models import StepVersion
from courses.models.going_live import MayNotGoLive
from lms.packs.site import _review, _roles
from tests.courses.test_routes import answer_to, approve, bulk_publish, said, submit
from tests.factories import make_course
from tests.scenarios.factories import scenario

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(db) -> ScenarioPage:
    _roles()
    _review()
    made = make_course(lessons=0, languages=["pl"], steps=[scenario()]).steps["pl"][0]
    made.save_revision().publish()
    return ScenarioPage.objects.get(pk=made.pk)


@pytest.fixture
def broken(page, ela) -> ScenarioPage:
    """Its newest draft, which an editor saved: a choice leads nowhere."""
    page.nodes[0].value["choices"][0]["to"] = "nowhere"
    page.save_revision(user=ela)
    return page.get_latest_revision_as_object()


def by_code(broken, **others):
    with pytest.raises(MayNotGoLive):
        broken.save()


def by_revision(broken, **others):
    with pytest.raises(MayNotGoLive):
        broken.latest_revision.publish()


def by_form(broken, publisher, client_for, **others):
    client = client_for(publisher)
    address, answer = answer_to(client, reverse("publishing", args=[broken.pk]), {})
    assert "Nothing was published" in said(client.post(address, answer))


def by_bulk(broken, publisher, client_for, **others):
    assert "These pages have problems" in said(bulk_publish(client_for(publisher), broken))


def by_approval(broken, ela, publisher, client_for, **others):
    submit(broken, ela)
    approve(client_for(publisher), broken)


def by_schedule(broken, **others):
    type(broken.latest_revision).objects.filter(pk=broken.latest_revision_id).update(approved_go_live_at=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        assert [bool(done.problem) for done in actions.publish_due()] == [True]


ROUTES = (by_code, by_revision, by_form, by_bulk, by_approval, by_schedule)


@pytest.mark.parametrize("route", ROUTES)
def test_a_broken_scenario_goes_live_by_no_route(route, broken, ela, publisher, client_for):
    versions = StepVersion.objects.count()
    route(broken, ela=ela, publisher=publisher, client_for=client_for)
    live = ScenarioPage.objects.get(pk=broken.pk)
    assert live.nodes[0].value["choices"][0]["to"] != "nowhere"
    assert StepVersion.objects.count() == versions
    draft = live.get_latest_revision_as_object()
    assert draft.nodes[0].value["choices"][0]["to"] == "nowhere"  # and nothing of it is lost


@pytest.mark.parametrize("route", ["revision", "approval"])
def test_the_same_routes_take_a_scenario_that_is_whole(route, page, ela, publisher, client_for):
    """Guards the guard: it is the hole that stops them."""
    page.nodes[0].value["say"] = "Where is it then?"
    revision = page.save_revision(user=ela)
    if route == "revision":
        revision.publish()
    else:
        submit(page, ela)
        approve(client_for(publisher), page)
    assert ScenarioPage.objects.get(pk=page.pk).nodes[0].value["say"] == "Where is it then?"
