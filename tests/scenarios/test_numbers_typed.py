"""A number that cannot be one is told by the checker. The draft keeps it as typed, and goes live by no route."""

import re

import pytest
from django.urls import reverse

from assessments.scenarios.desk import desk
from assessments.scenarios.formats import files
from assessments.scenarios.models import ScenarioPage, drafts
from assessments.scenarios.rules import checker
from assessments.scenarios.rules.numbers import RANGES, typed
from courses.models import StepVersion
from courses.models.going_live import MayNotGoLive
from tests.courses.test_routes import said
from tests.factories import make_course, ready_site
from tests.scenarios.factories import scenario
from tests.scenarios.test_desk import SCENES, choice, errors, shown
from tests.scenarios.test_desk import typed as form

pytestmark = pytest.mark.django_db

BAD = ["500", "9" * 30, "1.5", "1e5", "٣", pytest.param("9" * 5000, id="long")]
PAGE = {  # name of the field → code of the checker
    "minutes": "minutes-odd",
    "tension_start": "tension-out-of-range",
    "fail_at": "fail-at-out-of-range",
    "pass_min_score": "pass-score-odd",
    "attempts_allowed": "attempts-odd",
    "waits": "waits-odd",
}
REST = {
    "title": "The late parcel",
    "slug": "the-late-parcel",
    "role": "You stand at the counter.",
    "setting": "Friday",
    "customer_name": "Bruno",
    "customer_gender": "m",
    "required_of": "everyone",
    "feedback_timing": "debrief",
    "meter_visible": "always",
    **{f"comments-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS")},
    "comments-MAX_NUM_FORMS": "",
}


@pytest.fixture(autouse=True)
def site_with_roles(db):
    ready_site()


@pytest.fixture(params=["live", "draft"])
def page(request) -> ScenarioPage:
    """The CMS writes the draft of a page that was never live into the columns of its table, too."""
    page = make_course(lessons=0, languages=["pl"], steps=[scenario()]).steps["pl"][0]
    if request.param == "draft":
        page.unpublish()
    return page


def draft(page) -> ScenarioPage:
    return ScenarioPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def saved(client, page, data: dict[str, str], **button: str) -> ScenarioPage:
    answer = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), REST | data | button, follow=True)
    assert answer.status_code == 200
    return draft(page)


def codes(page) -> set[str]:
    return {problem.code for problem in checker.errors(page.scenario())}


def in_choice(**fields: str) -> dict[str, str]:
    """The form with these values in its first choice."""
    (key, says, [first, *others]), *scenes = SCENES
    return form([(key, says, [first | fields, *others]), *scenes])


@pytest.mark.parametrize("name", PAGE)
@pytest.mark.parametrize("value", ["-50000", "9" * 30, "1.5", "abc"])
def test_a_number_of_the_page_that_cannot_be_is_kept_and_told_at_its_field(client_for, publisher, page, name, value):
    client = client_for(publisher)
    kept = saved(client, page, form(**{name: value, "fail_to": "sent"}))
    assert str(getattr(kept, name)) == value
    assert PAGE[name] in codes(kept)
    html = shown(client, page, form(**{name: value, "fail_to": "sent"}))
    line = next(line for line in html.split("<li") if f'href="#id_{name}"' in line)
    assert value in line
    assert re.search(r"\d", line.replace(value, ""))  # the range


@pytest.mark.parametrize(("name", "code"), [("tension", "change-odd"), ("score", "score-odd")])
@pytest.mark.parametrize("value", BAD)
def test_a_number_of_a_choice_that_cannot_be_is_kept_and_told_at_its_field(
    client_for, publisher, page, name, code, value
):
    client, data = client_for(publisher), in_choice(**{name: value})
    kept = saved(client, page, data)
    assert kept.nodes[0].value["choices"][0][name] == typed(value)
    assert code in codes(kept)
    assert f'href="#block-b0c0-section" data-scn-go data-field="{name}"' in shown(client, page, data)


@pytest.mark.parametrize("value", ["500", "9" * 30, "calm"])
def test_a_condition_that_cannot_be_is_kept_and_told(client_for, publisher, page, value):
    rules = "nodes-0-value-choices-0-value-rules"
    rule = {f"{rules}-count": "1", f"{rules}-0-type": "tension_at_most", f"{rules}-0-value": value}
    rule |= {f"{rules}-0-deleted": "", f"{rules}-0-order": "0", f"{rules}-0-id": ""}
    kept = saved(client_for(publisher), page, form() | rule)
    assert kept.nodes[0].value["choices"][0]["rules"][0].value == typed(value)
    assert "condition-odd" in codes(kept)


@pytest.mark.parametrize("name", PAGE)
def test_an_emptied_number_stops_no_draft(client_for, publisher, page, name):
    kept = saved(client_for(publisher), page, form(**{name: ""}))
    assert getattr(kept, name) == ("" if name == "waits" else None)
    assert (PAGE[name] in codes(kept)) == (name in ("minutes", "tension_start"))


def test_numbers_that_can_be_are_numbers_again(client_for, publisher, page):
    values = {
        "minutes": "7",
        "tension_start": "+40",
        "fail_at": " 90 ",
        "pass_min_score": "-3",
        "attempts_allowed": "2",
    }
    kept = saved(client_for(publisher), page, form(**values, fail_to="sent"))
    assert [getattr(kept, name) for name in values] == [7, 40, 90, -3, 2]
    kept.save()
    again = ScenarioPage.objects.get(pk=page.pk)
    assert [getattr(again, name) for name in values] == [7, 40, 90, -3, 2]


@pytest.mark.parametrize("data", [form(tension_start="abc"), form(waits="9999999"), in_choice(tension="500")])
def test_it_goes_live_neither_by_the_form_nor_by_code(client_for, publisher, page, data):
    client, versions = client_for(publisher), StepVersion.objects.count()
    kept = saved(client, page, data)
    saved(client, page, data, **{"action-publish": "1"})
    with pytest.raises(MayNotGoLive):
        kept.latest_revision.publish()
    assert StepVersion.objects.count() == versions


@pytest.mark.parametrize("value", BAD)
def test_such_a_draft_is_drawn_tried_and_exported(client_for, publisher, page, value):
    every = dict.fromkeys(PAGE, value) | {"waits": value[:80]}  # its input takes no more
    half = [("open", "Where?", [choice("listen", "plan", tension=value, score=value), choice("go", "sent")])]
    client = client_for(publisher)
    kept = saved(client, page, form(half, **every))
    told = shown(client, page, form(half, **every))
    assert errors(told) > 0
    assert "9" * 41 not in told
    assert desk(kept).errors > 0
    where = [kept.locale.language_code, kept.translation_key]
    for name in ("scenario-play", "scenario-script"):
        assert client.get(reverse(name, args=where)).status_code == 200, name
    for name in files.FORMATS:
        assert client.get(reverse("scenario-file", args=[*where, name])).status_code == 200, name
    assert drafts.document_of(kept).waits == (() if value != "500" else ("500",))
    assert client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).status_code == 200
    assert client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code == 200
    assert client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).status_code == 200
    older = page.revisions.order_by("pk").first() or kept.latest_revision
    compare = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, older.pk, kept.latest_revision_id])
    assert client.get(compare).status_code == 200


def test_the_outline_of_the_course_sums_what_is_a_number(client_for, publisher, page):
    saved(client_for(publisher), page, form(minutes="abc"))
    course = page.get_parent().get_parent().specific
    assert "abc" not in said(client_for(publisher).get(reverse("course-outline", args=[course.pk])))


def test_every_number_has_a_range():
    assert all(low < high for low, high in RANGES.values())
