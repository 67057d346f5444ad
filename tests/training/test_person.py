"""One person's page, and why a course is not complete: status, dates, certificates and records, for who may know."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates import actions as certificates
from certificates.models import Certificate
from courses import actions as courses
from courses.models import Completion, StepCompletion
from courses.reports import shown_step
from people.models import Mail
from tests.factories import make_course
from training import actions
from training.models import Assignment, Requirement
from training.reports.person import Happened, person_record

AT = datetime(2026, 1, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def course(db):
    return make_course(lessons=2)


@pytest.fixture
def assigned(course, ana):
    rule = Requirement.objects.create(
        name="Desks", course_key=course.key, audience={"person": str(ana.key)}, due_days=30, starts_on=AT.date()
    )
    return actions.assign(requirement=rule, person=ana, at=AT)


def finish(assigned, course, *, steps: int, score=None):
    """The first lessons of the course, one a day."""
    for number, key in enumerate(course.step_keys[:steps], 1):
        version = shown_step(assigned.enrolment, key, "en").version
        courses.complete_step(enrolment=assigned.enrolment, version=version, score=score, at=AT + number * 24 * HOUR)
    assigned.enrolment.refresh_from_db()


def record(person):
    return person_record(person=person, now=timezone.now(), today=timezone.localdate(), language="en", reader=person)


def test_the_timeline_tells_what_happened_the_newest_first(assigned, course, ana, marek, client_for):
    finish(assigned, course, steps=2)
    Mail.objects.create(
        person=ana, to=ana.email, language="en", kind="reminder.due", subject="Due Friday", text="", sent_at=AT + HOUR
    )
    Mail.objects.create(person=ana, to=ana.email, language="en", kind="reminder.due", subject="Not sent", text="")
    Mail.objects.create(
        person=ana, to=ana.email, language="en", kind="password_reset", subject="New password", text="", sent_at=AT
    )
    events = record(ana).timeline
    assert [event.what for event in events] == [
        Happened.MAIL_WAITS,
        Happened.CERTIFIED,
        Happened.COMPLETED,
        Happened.STEP,
        Happened.STEP,
        Happened.STARTED,
        Happened.REMINDED,
        Happened.ASSIGNED,
    ]
    assert [event.on.day for event in events[1:]] == [3, 3, 3, 2, 2, 1, 1]
    page = client_for(marek).get(reverse("team-person", args=[ana.key])).content.decode()
    for words in (
        "Assigned",
        "Reminder sent",
        "Due Friday",
        "Mail on its way",
        "Not sent",
        "Started",
        "Step finished",
        "Course finished",
    ):
        assert words in page
    assert Certificate.objects.get().serial in page
    assert "New password" not in page


def test_a_course_begun_on_ones_own_is_there_without_a_due_date(course, ana):
    courses.start(enrolment=courses.enrol(person=ana, course_key=course.key))
    (training,) = record(ana).trainings
    assert (training.is_assigned, training.due_on, training.status) == (False, None, "in_progress")


def test_a_revoked_certificate_is_named_beside_what_was_finished(assigned, course, ana, marek, publisher, client_for):
    finish(assigned, course, steps=2)
    pages = [reverse("team-person", args=[ana.key]), reverse("why", args=[assigned.enrolment.key])]
    marek.language = "en"
    marek.save()
    client = client_for(marek)
    assert not any("Revoked" in client.get(page).content.decode() for page in pages)
    certificates.revoke(certificate=Certificate.objects.get(), by=publisher, reason="Sat by a colleague")
    assert all('<span class="tag bad">' in client.get(page).content.decode() for page in pages)
    assert all("Revoked" in client.get(page).content.decode() for page in pages)


def test_a_replaced_certificate_is_history_and_a_withdrawn_course_keeps_its_name(assigned, course, ana):
    finish(assigned, course, steps=2)
    for page in course.pages.values():
        page.unpublish()
    assert record(ana).trainings[0].course == "Calm first (en)"
    assert record(ana).trainings[0].serial == Certificate.objects.get().serial


def test_somebody_without_training_has_a_page(ana, marek, client_for):
    assert "has no training" in client_for(marek).get(reverse("team-person", args=[ana.key])).content.decode()


def test_a_person_costs_the_same_with_one_course_as_with_three(
    assigned, course, ana, marek, client_for, assert_queries_at_most
):
    client, address = client_for(marek), reverse("team-person", args=[ana.key])
    with assert_queries_at_most(12) as one:
        assert client.get(address).status_code == 200
    finish(assigned, course, steps=2)
    for code in ("more", "most"):
        courses.start(enrolment=courses.enrol(person=ana, course_key=make_course(code).key))
    with assert_queries_at_most(len(one)):
        assert client.get(address).status_code == 200


def test_nobody_but_the_managers_above_sees_a_persons_page(ana, marek, irena, obcy, ela, auditor, admin, client_for):
    address = reverse("team-person", args=[ana.key])
    assert client_for(marek).get(address).status_code == 200
    for stranger in (ana, irena, obcy, ela, auditor, admin):
        assert client_for(stranger).get(address).status_code == 404
    assert client_for(None).get(address).status_code == 302
    assert client_for(marek).post(address).status_code == 405
    assert client_for(marek).get(reverse("team-person", args=[obcy.key])).status_code == 404
    ana.is_active = False
    ana.save()
    assert client_for(marek).get(address).status_code == 404


# --- why is this not complete? -------------------------------------------------------------------------------------
def why(client, assigned) -> str:
    return client.get(reverse("why", args=[assigned.enrolment.key])).content.decode()


def test_each_requirement_is_met_or_not_since_when_and_by_which_record(assigned, course, marek, client_for):
    finish(assigned, course, steps=1)
    page = why(client_for(marek), assigned)
    met = StepCompletion.objects.get()
    assert "1 requirement is not met yet." in page
    assert page.count("Not met") == 1
    assert f"Completion record {met.pk}, on text {met.version.sha256[:12]}" in page
    assert "2 January 2026" in page


def test_a_complete_course_names_its_completion_and_certificate(assigned, course, ana, client_for):
    finish(assigned, course, steps=2)
    page = why(client_for(ana), assigned)
    assert "Why is this complete?" in page
    assert str(Completion.objects.get().key) in page
    assert Certificate.objects.get().serial in page


def test_it_speaks_of_the_version_the_person_is_on_and_not_of_todays(assigned, course, ana, client_for):
    finish(assigned, course, steps=1)
    for language in course.pages:
        course.steps[language][1].unpublish()
    courses.refresh_course(course_key=course.key)
    assert "1 requirement is not met yet." in why(client_for(ana), assigned)
    assert assigned.enrolment.course_version.number == 1


def test_a_waived_course_need_not_be_complete(assigned, marek, client_for):
    Assignment.objects.update(waived_at=AT)
    assert "this course was waived" in why(client_for(marek), assigned)


def test_only_the_person_gets_links_into_the_steps(assigned, course, ana, marek, client_for):
    link = reverse("step", args=[assigned.enrolment.key, course.step_keys[0]])
    assert link in why(client_for(ana), assigned)
    assert link not in why(client_for(marek), assigned)


def test_the_answer_never_holds_a_score(assigned, course, ana, marek, client_for):
    finish(assigned, course, steps=1, score=Fraction(61803, 100_000))
    assert str(StepCompletion.objects.get().score) == "0.61803"
    for who in (ana, marek):
        assert not any(score in why(client_for(who), assigned) for score in ("61803", "61.8", "61,8", "62%", "62 %"))


def test_why_is_for_the_person_the_managers_above_learning_staff_and_auditors(
    assigned, ana, marek, irena, obcy, ela, publisher, auditor, admin, client_for
):
    address = reverse("why", args=[assigned.enrolment.key])
    for reader in (ana, marek, ela, publisher, auditor, admin):
        assert client_for(reader).get(address).status_code == 200
    for stranger in (irena, obcy):
        assert client_for(stranger).get(address).status_code == 404
    assert client_for(None).get(address).status_code == 302
    assert client_for(ana).post(address).status_code == 405


def test_why_costs_the_same_with_one_step_as_with_thirty(ana, marek, client_for, assert_queries_at_most):
    short, long = make_course("short", lessons=1), make_course("long", lessons=30, languages=["en"])
    one, thirty = (courses.enrol(person=ana, course_key=made.key) for made in (short, long))
    client = client_for(marek)
    with assert_queries_at_most(12) as few:
        client.get(reverse("why", args=[one.key]))
    with assert_queries_at_most(len(few)):
        client.get(reverse("why", args=[thirty.key]))
