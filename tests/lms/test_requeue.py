"""manage.py requeue: what lost its task is taken up again, and nothing else."""

from datetime import date, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certificates import actions as certificates
from certificates.models import MAX_TRIES, Bundle, Certificate, Rendering
from courses import actions as courses
from courses import tasks
from courses.models import Rollout
from courses.models.drafts import draft_of
from courses.reports import shown_step
from lms.models import CourseImport

HOUR = timedelta(hours=1)


def requeue(minutes: int = 0) -> str:
    out = StringIO()
    call_command("requeue", minutes=minutes, stdout=out)
    return out.getvalue().strip()


def queued(task: str) -> int:
    return DBTaskResult.objects.filter(task_path=task).count()


@pytest.fixture
def certificate(tree, enrolment) -> Certificate:
    for key in tree.keys:
        courses.complete_step(enrolment=enrolment, version=shown_step(enrolment, key, "pl").version)
    return Certificate.objects.get()


def lose_all_tasks():
    DBTaskResult.objects.all().delete()


def test_a_certificate_whose_task_died_is_made_after_all(certificate):
    lose_all_tasks()
    assert "certificates 1," in requeue()
    assert queued("certificates.tasks.render") == 1


def test_one_that_was_issued_just_now_or_is_being_made_or_was_given_up_is_left_alone(certificate):
    assert "certificates 0," in requeue(minutes=60)
    row = Rendering.objects.filter(certificate=certificate)
    row.update(tries=1, next_try_at=timezone.now() + HOUR)
    assert "certificates 0," in requeue()
    row.update(tries=MAX_TRIES, next_try_at=timezone.now() - HOUR)
    assert "certificates 0," in requeue()
    row.update(tries=1)
    assert "certificates 1," in requeue()


def test_a_zip_whose_task_died_is_made_after_all(certificate, publisher):
    certificates.request_bundle(key=uuid4(), serials=[certificate.serial], by=publisher)
    lose_all_tasks()
    assert "zips 1," in requeue()
    assert queued("certificates.tasks.bundle") == 1
    Bundle.objects.update(next_try_at=timezone.now() + HOUR)
    assert "zips 0," in requeue()


def test_a_change_whose_task_died_still_reaches_everybody(tree, enrolment, publisher):
    courses.start(enrolment=enrolment)
    page = tree.lessons["pl"][0]
    choice = courses.Choice("material", "", (str(page.translation_key),), date(2999, 1, 31))
    courses.ask_again(draft=draft_of(type(page).objects.get(pk=page.pk)), choice=choice, by=publisher)
    lose_all_tasks()
    assert requeue().endswith("changes 1, marked again 0")
    tasks.follow.call(Rollout.objects.get().pk)
    assert enrolment.redos.count() == 1
    assert requeue().endswith("changes 0, marked again 0")


def test_a_course_that_was_sent_is_imported_although_its_task_died(publisher):
    facts = {"pack_id": "mini", "course_key": uuid4(), "language": "pl", "requested_at": timezone.now()}
    CourseImport.objects.create(requested_by=publisher, **facts)
    assert "imports 1," in requeue()
    assert queued("lms.packs.sent.import_sent") == 1
    assert "imports 0," in requeue(minutes=60)


def test_nothing_is_lost_where_nothing_waits(db):
    assert requeue() == "Queued again: mails 0, certificates 0, zips 0, packs 0, imports 0, changes 0, marked again 0"
