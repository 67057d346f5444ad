"""Whom `manage.py demo` promises, made once on a small course: the course of the demo takes ten times as long."""

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import pytest
import yaml
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from assessments.quizzes.models import Answer, QuizAttempt
from assessments.scenarios.models import ScenarioStep
from certificates.models import Certificate, Revocation
from courses.keys import pack_key
from courses.models import Enrolment, Place, StepCompletion
from lms import demo as organisation
from lms.management.commands import demo
from people.models import Team, TeamLead, User
from training import actions as training
from training.actions import local_day
from training.models import Assignment, Requirement
from training.staff.forms import group_choices

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(folder, edit, settings, tmp_path, monkeypatch):
    """The small pack with enough lessons to stop in the third, in place of the real course."""
    lesson = yaml.safe_load((folder / "lessons" / "START-L1.yaml").read_text(encoding="utf-8"))
    more = ("START-L3", "START-L4")

    def plan(course: dict) -> None:
        lessons = course["modules"][0]["lessons"]
        lessons[1].pop("optional_for")
        lessons[1:1] = [lessons[0] | {"id": name} for name in more]

    edit("course.yaml", plan)
    for name in more:
        text = yaml.dump(lesson | {"id": name}, allow_unicode=True, sort_keys=False)
        (folder / "lessons" / f"{name}.yaml").write_text(text, encoding="utf-8")
    settings.VAR_DIR, settings.PRIVATE_ROOT = tmp_path, tmp_path / "private"
    monkeypatch.setattr(demo, "PACK", folder)
    monkeypatch.setattr(organisation, "COURSE", pack_key("mini", "mini"))
    return tmp_path / "demo.json"


def rows() -> dict[str, list]:
    """Everything in the database."""
    models = chain(*(config.get_models() for config in apps.get_app_configs()))
    return {model._meta.db_table: list(model._base_manager.order_by("pk").values()) for model in models}


def test_everybody_whom_the_demo_promises_is_there_and_a_second_run_changes_nothing(small, capsys):
    call_command("demo")
    told = json.loads(small.read_text())
    people = {row["email"].partition("@")[0].partition(".")[2]: row for row in told["people"]}
    users = {last: User.objects.get(email=row["email"]) for last, row in people.items()}
    assert {row["role"] for row in told["people"]} == {"employee", "manager", "editor", "publisher", "auditor", "admin"}
    assert all(users[last].check_password(row["password"]) for last, row in people.items())
    assert len({row["password"] for row in told["people"]}) == len(told["people"])
    printed = capsys.readouterr().out
    assert all(row["email"] in printed and row["password"] in printed for row in told["people"])
    assert User.objects.count() == pytest.approx(40, abs=2)
    assert max(team.depth for team in Team.objects.all()) == 3
    choices = group_choices()
    assert all(len(choices[name]) > 1 for name in ("teams", "job_roles", "locations", "tags")), "to try an audience"

    at = {last: Enrolment.objects.filter(person=user).first() for last, user in users.items()}
    held = {last: Certificate.objects.filter(holder=user).first() for last, user in users.items()}
    today = timezone.localdate()
    assert at["wojcik"].started_at is None
    assert Place.objects.get(enrolment=at["zurawski"]).anchor
    assert at["zurawski"].completed_at is None
    assert QuizAttempt.objects.get(enrolment=at["kedzierska"], finished_at=None).answers.exists()
    assert held["swiecicki"].valid_until > today + timedelta(days=30)
    assert today <= held["golebiowska"].valid_until <= today + timedelta(30)
    assert held["brzeczek"].revocation
    assert Team.objects.filter(leads__person=users["zielinski"]).get().get_children().exists()

    late = Assignment.objects.get(person=users["kalnins"])
    there = timezone.localdate(timezone=ZoneInfo(users["kalnins"].time_zone))
    assert (there - late.due_on).days == 3
    assert late.enrolment.completed_at is None
    assert today - Requirement.objects.get().starts_on >= timedelta(days=89)

    before = rows()
    call_command("demo")
    assert rows() == before
    assert json.loads(small.read_text()) == told


def test_what_happened_in_the_demo_could_have_happened_in_that_order(small, monkeypatch):
    monkeypatch.setattr(organisation, "EACH", timedelta(minutes=4))  # its quizzes are short
    call_command("demo")
    now = timezone.now()
    rule = Requirement.objects.get()
    assert training.assign_audience(requirement=rule, at=now) == 0, "the rule finds somebody left out"
    for duty in Assignment.objects.select_related("requirement", "person", "enrolment"):
        assert duty.requirement.starts_on <= duty.joined_on
        assert local_day(duty.person.date_joined, duty.time_zone) == duty.joined_on
        assert in_order(duty.person.date_joined, duty.assigned_at, *learned(duty.enrolment), now), duty.person
    for lead in TeamLead.objects.select_related("person"):
        assert lead.starts_on >= local_day(lead.person.date_joined, lead.person.time_zone)
    taken_back = Revocation.objects.select_related("certificate", "by").get()
    assert taken_back.by.date_joined < taken_back.at
    assert taken_back.certificate.issued_on < taken_back.at.date()
    assert timedelta(weeks=2) < now - taken_back.at < timedelta(weeks=6)


def learned(enrolment: Enrolment) -> list[datetime]:
    """When it was begun, every act of learning by the clock, and when the whole of it was finished."""
    acts = [
        *StepCompletion.objects.filter(enrolment=enrolment).values_list("completed_at", flat=True),
        *Answer.objects.filter(attempt__enrolment=enrolment).values_list("at", flat=True),
        *ScenarioStep.objects.filter(run__enrolment=enrolment).values_list("decided_at", flat=True),
        *Place.objects.filter(enrolment=enrolment).values_list("at", flat=True),
    ]
    return [at for at in (enrolment.started_at, *sorted(acts), enrolment.completed_at) if at]


def in_order(*times: datetime) -> bool:
    return list(times) == sorted(times)


def test_people_of_the_demo_joined_on_many_days_of_the_last_ninety_and_one_a_year_ago(small):
    call_command("demo")
    days = Counter((timezone.localdate() - day).days for day in Assignment.objects.values_list("joined_on", flat=True))
    assert [ago for ago in days if ago > 90] == [pytest.approx(355, abs=5)]
    assert len(days) >= 18
    assert max(days.values()) <= 4


def test_the_same_seed_gives_the_same_people_dates_states_and_completions(small, monkeypatch):
    """Of everybody who is named; the crowd around them lives by the same functions."""
    named = {*organisation.ABOUT, *organisation.LEADS, *organisation.DEPUTIES}
    monkeypatch.setattr(organisation, "PEOPLE", [row for row in organisation.PEOPLE if row[1] in named])
    call_command("set_up_site")
    call_command("import_course", str(demo.PACK))
    now, built = timezone.now(), []
    for _time in range(2):
        with transaction.atomic():
            organisation.Demo(now, lambda _what: None).make()
            built.append(what_is_seen())
            transaction.set_rollback(True)
    first, second = built
    assert all(first.values())
    assert first == second


def what_is_seen() -> dict[str, list]:
    """Without keys, serials and passwords, which are new each time, and without what questions were drawn."""
    person = "person__email"
    return {
        "people": sorted(User.objects.values_list("email", "last_name", "language", "team__name", "date_joined")),
        "assigned": sorted(Assignment.objects.values_list(person, "due_on", "assigned_at")),
        "enrolled": sorted(Enrolment.objects.values_list(person, "started_at", "completed_at", "valid_until"), key=str),
        "finished": sorted(StepCompletion.objects.values_list("enrolment__person__email", "step_key", "completed_at")),
        "stopped": sorted(Place.objects.values_list("enrolment__person__email", "step_key", "anchor")),
        "attempts": sorted(
            QuizAttempt.objects.values_list("enrolment__person__email", "started_at", "passed"), key=str
        ),
        "certificates": sorted(
            Certificate.objects.values_list("holder__email", "issued_on", "valid_until", "revocation__reason"), key=str
        ),
    }
