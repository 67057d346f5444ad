"""The organisation's own words for its mail: placeholders checked, for who makes rules, from the next mail on."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from hypothesis import given
from hypothesis import strategies as st

from evidence.models import Record
from people.models import Mail
from tests.factories import make_course
from tests.training.staff import KINDS, course_of, train
from training import actions
from training.actions import letters, standing
from training.actions.wording import save_wording
from training.models import Requirement, Wording
from training.rules import wording as rules

KNOWN = ("course", "date", "count")


@pytest.fixture
def maker(publisher):
    publisher.user_permissions.add(*Permission.objects.filter(codename__in=("change_requirement", "access_admin")))
    return publisher


@pytest.fixture
def reminded(ana, marek):
    """What Ana gets when she is reminded now."""
    train([ana], course_of("calm"), kinds=KINDS[4:5])

    def remind() -> Mail:
        assert letters.remind(people=[ana], by=marek, at=timezone.now()) == 1
        return Mail.objects.latest("pk")

    return remind


def address(kind: str = "reminder", language: str = "en") -> str:
    return reverse("wording", args=[kind, language])


# --- placeholders --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Soon: {course} by {date}", []),
        ("{course.__class__}", ["{course.__class__}"]),
        ("{name}", ["{name}"]),
        ("{}", ["{}"]),
        ("{course", ["{"]),
        ("a } b", ["}"]),
        ("%(course)s", []),
    ],
)
def test_what_means_nothing_is_named(text, found):
    assert rules.unknown(text, KNOWN) == found


@given(text=st.text(max_size=60), course=st.text(max_size=30))
def test_it_is_filled_once_and_the_title_of_a_course_is_its_own(text, course):
    values = {"course": course, "date": "{course}", "count": "2"}
    assert rules.filled("{course}|{date}", values) == f"{course}|{{course}}"
    if "{" not in text:
        assert rules.filled(text, values) == text


# --- mail ----------------------------------------------------------------------------------------------------------
def test_own_words_stand_in_the_next_mail_and_ours_where_there_are_none(reminded, maker, client_for):
    typed = {"subject": "Please finish {course}", "opening": "Still open: {count} <b>", "why": ""}
    assert client_for(maker).post(address(), typed).status_code == 302
    mail = reminded()
    assert mail.subject == "Please finish Unnamed"
    assert "Still open: 1 <b>" in mail.text
    assert "Still open: 1 &lt;b&gt;" in mail.html
    assert "Reminders end when it is done." in mail.text


def test_own_words_may_say_how_long_it_takes_and_older_ones_stay_valid(ana, marek, maker, client_for):
    course = make_course("quarter", lessons=5)
    rule = Requirement.objects.create(
        name="Calm", course_key=course.key, audience={"person": str(ana.key)}, starts_on=timezone.localdate()
    )
    actions.assign(requirement=rule, person=ana)
    for days, subject, reads in (
        (0, "{minutes} min: {course}", "25 min: Calm first (en)"),
        (1, "{course}", "Calm first (en)"),
    ):
        assert client_for(maker).post(address(), {"subject": subject}).status_code == 302
        letters.remind(people=[ana], by=marek, at=timezone.now() + timedelta(days=days))
        assert Mail.objects.latest("pk").subject == reads
    page = client_for(maker).get(address()).content.decode()
    assert "{minutes}" in page
    assert "{figures}" in client_for(maker).get(address("team-digest")).content.decode()


def test_another_language_and_another_kind_are_as_delivered(reminded, maker, client_for):
    for other in (address(language="pl"), address("training-new")):
        assert client_for(maker).post(other, {"subject": "Mine"}).status_code == 302
    assert reminded().subject.startswith("Due on")


GRANTED = [
    "granted-extended",
    "granted-waived",
    "granted-equivalent",
    "refused-equivalent",
    "granted-leave",
    "withdrawn-leave",
]


def test_a_mail_about_a_grant_has_them_too(ana, ela, maker, client_for):
    (duty,) = train([ana], course_of("calm"), kinds=KINDS[4:5])
    typed = {"subject": "{course} until {date}", "opening": "We agreed:", "why": "{course}"}
    assert client_for(maker).post(address("granted-extended"), typed).status_code == 302
    assert client_for(maker).post(address("granted-leave"), {"opening": "Away from {date}"}).status_code == 302
    until = timezone.localdate() + timedelta(days=90)
    standing.extend(assignment=duty, until=until, reason="{count}", by=ela)
    standing.record_leave(person=ana, starts_on=until, ends_on=None, by=ela)
    more, leave = Mail.objects.order_by("pk")
    with translation.override("en"):
        day = date_format(until, "DATE_FORMAT")
    assert more.subject == f"Unnamed until {day}"
    assert "We agreed:" in more.text
    assert "{count}" in more.text, "a reason is the reader's to read, not ours to fill"
    assert f"Away from {day}" in leave.text


@pytest.mark.parametrize("kind", GRANTED)
def test_each_kind_of_grant_can_be_worded_and_looked_at(ana, maker, client_for, kind):
    train([ana], course_of("calm"), kinds=KINDS[4:5])
    client = client_for(maker)
    assert client.post(address(kind), {"opening": "In our own words."}).status_code == 302
    page = client.get(reverse("mail-preview"), {"email": ana.email, "kind": kind, "language": "en"})
    assert "In our own words." in page.content.decode()


@pytest.mark.parametrize("kind", GRANTED[1:4])
def test_what_a_grant_may_lack_is_no_placeholder_of_it(maker, client_for, kind):
    """A waiver without a last day would have a hole in its sentence."""
    assert client_for(maker).post(address(kind), {"opening": "Until {date}"}).status_code == 422
    assert client_for(maker).post(address(kind), {"opening": "About {course}"}).status_code == 302


def test_the_preview_shows_them(reminded, ana, maker, client_for):
    client = client_for(maker)
    client.post(address(), {"subject": "Please finish {course}"})
    page = client.get(reverse("mail-preview"), {"email": ana.email, "kind": "reminder", "language": "en"})
    assert "Please finish Unnamed" in page.content.decode()


def test_a_double_click_saves_once_and_emptied_it_is_as_delivered_again(reminded, maker, client_for):
    for _click in range(2):
        client_for(maker).post(address(), {"subject": "Mine"})
    assert Record.objects.filter(kind="wording.saved").count() == 1
    client_for(maker).post(address(), {"subject": " "})
    assert Wording.objects.get().subject == ""
    assert reminded().subject.startswith("Due on")


@pytest.mark.parametrize("subject", ["{name}", "{course", "x" * 151, "two\nlines"])
def test_what_cannot_be_sent_is_not_saved(maker, client_for, subject):
    assert client_for(maker).post(address(), {"subject": subject}).status_code == 422
    assert client_for(maker).post(address("team-digest"), {"opening": "{course}"}).status_code == 422
    assert not Wording.objects.exists()


def test_the_plan_asks_for_all_words_in_one_query(ana, obcy, marek, maker, django_assert_max_num_queries):
    train([ana, obcy], course_of("calm"), kinds=KINDS[4:5])
    save_wording(kind="reminder", language="en", subject="A", opening="", why="", by=maker)
    names = letters.TitlesByLanguage()
    with django_assert_max_num_queries(1):
        assert [names.said(kind, "en").subject for kind in ("reminder", "training-new", "reminder")] == ["A", "", "A"]


def test_only_who_makes_rules_changes_them(maker, ana, marek, ela, auditor, client_for):
    ela.user_permissions.add(Permission.objects.get(codename="access_admin"))
    assert address() not in client_for(ela).get(reverse("wordings")).content.decode()
    assert address() in client_for(maker).get(reverse("wordings")).content.decode()
    assert client_for(ela).post(address(), {"subject": "Mine"}).status_code == 404
    for stranger in (ana, marek, auditor):
        assert client_for(stranger).post(address(), {"subject": "Mine"}).status_code in (302, 404)
    for nothing in (address("password_reset"), address(language="de")):
        assert client_for(maker).get(nothing).status_code == 404
    assert not Wording.objects.exists()
