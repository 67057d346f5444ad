import pytest
from django.utils import translation

from assessments.scenarios import actions
from assessments.scenarios.models import ScenarioRun
from courses import reports
from courses.models import Enrolment
from courses.reports import shown_step
from tests.factories import Course, enrol, make_course
from tests.scenarios.factories import scenario


@pytest.fixture(autouse=True)
def in_english():
    """So that tests can quote what is said outside a request as well."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def forget_which_versions_name_facts():
    """A process remembers it by the version's number, and each test numbers its own versions from 1."""
    reports.names_facts.cache_clear()


@pytest.fixture
def course(db) -> Course:
    """One lesson, then the parcel that was never there."""
    return make_course(lessons=1, steps=[scenario()])


@pytest.fixture
def enrolment(ana, course) -> Enrolment:
    return enrol(ana, course)


@pytest.fixture
def run(enrolment, course) -> ScenarioRun:
    """Ana's first run, in English, at its first scene."""
    version = shown_step(enrolment, course.step_keys[1], "en").version
    return actions.start_run(enrolment=enrolment, version=version, seed=1)
