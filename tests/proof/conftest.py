"""A small course that Ana finished, with a try that failed, a certificate with its PDF, and the pack of it all."""

import io
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from assessments.quizzes import actions as quizzes
from assessments.scenarios import actions as scenarios
from certificates.models import Certificate, private_storage
from certificates.tasks import attach_file
from courses import actions as courses
from courses.models import Enrolment
from courses.reports import shown_step
from lms.proof import actions, tasks
from lms.proof.models import EvidencePack, PackForm
from lms.proof.rules import Asked
from people.models import User
from tests.factories import Course, enrol, make_course
from tests.quizzes.factories import quiz
from tests.scenarios.factories import EXPERT, play, scenario
from training import actions as training
from training.models import Requirement

kept: dict[str, bytes] = {}  # a pack, drawn once for all tests that only change its files


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "private"},
        }
    }


@pytest.fixture
def course(db) -> Course:
    return make_course(languages=("pl", "en"), lessons=1, steps=[quiz(), scenario()])


@pytest.fixture
def finish(course) -> Callable[[User], Enrolment]:
    """finish(ana): a quiz that was handed in empty, a scenario played well, then every step done."""

    def done(person: User) -> Enrolment:
        enrolment = courses.start(enrolment=enrol(person, course))
        lesson_key, quiz_key, scenario_key = course.step_keys
        version = {key: shown_step(enrolment, key, "en").version for key in course.step_keys}
        quizzes.hand_in(attempt=quizzes.start_attempt(enrolment=enrolment, version=version[quiz_key]))
        play(scenarios.start_run(enrolment=enrolment, version=version[scenario_key]), *EXPERT)
        for key in (lesson_key, quiz_key):
            courses.complete_step(enrolment=enrolment, version=version[key])
        certificate = Certificate.objects.get(completion_key=enrolment.completion.key)
        attach_file(certificate=certificate, data=f"%PDF {certificate.serial}".encode(), sealed_with="0" * 64)
        enrolment.refresh_from_db()
        return enrolment

    return done


@pytest.fixture
def finished(finish, ana, course) -> Enrolment:
    rule = Requirement.objects.create(
        name="Front desk",
        course_key=course.key,
        audience={"person": str(ana.key)},
        starts_on="2026-01-01",
    )
    training.assign(requirement=rule, person=ana)
    return finish(ana)


@pytest.fixture
def ask() -> Callable[..., EvidencePack]:
    """ask(auditor, person=ana.key): a pack that was asked for."""

    def request(by: User, *, form: PackForm = PackForm.EVIDENCE, **asked) -> EvidencePack:
        return actions.request_pack(key=uuid.uuid4(), form=form, asked=Asked(**asked), by=by)

    return request


def make(pack: EvidencePack) -> EvidencePack:
    assert tasks.make_pack.func(str(pack.key)) == "made", EvidencePack.objects.get(pk=pack.pk).error
    return EvidencePack.objects.get(pk=pack.pk)


def content_of(pack: EvidencePack) -> bytes:
    with private_storage().open(pack.path) as stored:
        return stored.read()


def unpacked(data: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def folder(request, tmp_path) -> Path:
    """An evidence pack of the course, in a folder with nothing else in it."""
    if "evidence" not in kept:
        given = {name: request.getfixturevalue(name) for name in ("finished", "auditor", "ask", "course")}
        kept["evidence"] = content_of(make(given["ask"](given["auditor"], course=given["course"].key)))
    return unpacked(kept["evidence"], tmp_path / "unpacked")
