"""A manager sees status, dates and certificates: a search of every byte, and of every query, for anything more."""

import io
import re
import zipfile
from fractions import Fraction
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.quizzes import actions as quizzes
from assessments.quizzes.models import Answer, QuizAttempt
from assessments.scenarios import actions as scenarios
from assessments.scenarios.models import ScenarioRun
from courses import actions as courses
from courses.models import Reflection, StepCompletion
from courses.reports import shown_step
from tests.factories import enrol, make_course
from tests.quizzes.factories import quiz
from tests.quizzes.samples import best
from tests.scenarios.factories import EXPERT, play, scenario
from training import actions
from training.models import Requirement

NOTE = "I cried in the stockroom"
SCORE = "61803"
PRIVATE_TABLES = re.compile(
    r"quizattempt|quizzes_answer|practiceanswer|reflection|scenariorun|scenariostep|allowance|courses_place", re.I
)


@pytest.fixture
def enrolment(ana, marek):
    """Ana has answered, chosen, noted and been given another try; Marek leads her."""
    course = make_course(lessons=1, steps=[quiz(["single", "reflection"]), scenario()])
    lesson, test, play_it = course.step_keys
    enrolment = courses.start(enrolment=enrol(ana, course))
    rule = Requirement.objects.create(
        name="Desks", course_key=course.key, audience={"person": str(ana.key)}, starts_on=ana.date_joined.date()
    )
    actions.assign(requirement=rule, person=ana)
    courses.save_reflection(enrolment=enrolment, step_key=lesson, block_key="note", text=NOTE)
    read = shown_step(enrolment, lesson, "en").version
    courses.complete_step(enrolment=enrolment, version=read, score=Fraction(int(SCORE), 100_000))
    attempt = quizzes.start_attempt(enrolment=enrolment, version=shown_step(enrolment, test, "en").version)
    for key in attempt.keys:
        question = attempt.quiz.question(key)
        response = {"text": NOTE} if question.type == "reflection" else best(question)
        answered = {"question_key": key, "response": response, "version": attempt.version, "idem": uuid4()}
        quizzes.save_answer(attempt=attempt, **answered)
    quizzes.hand_in(attempt=attempt)
    courses.allow(enrolment=enrolment, step_key=test, reason=NOTE, by=marek, extra_attempts=1)
    run = scenarios.start_run(enrolment=enrolment, version=shown_step(enrolment, play_it, "en").version)
    play(run, *EXPERT)
    return enrolment


def pages(enrolment) -> list[str]:
    return [
        "/team/",
        "/team/?show=all",
        "/team/?show=all&print=1",
        "/team/courses/",
        f"/team/remind/?person={enrolment.person.key}",
        reverse("team-person", args=[enrolment.person.key]),
        reverse("why", args=[enrolment.key]),
        *(f"/team/export/{screen}/{form}/?show=all" for screen in ("trainings", "courses") for form in ("csv", "xlsx")),
    ]


def secrets() -> list[str]:
    """What Ana was asked, what she said, chose and reached: keys, texts and figures."""
    attempt, run = QuizAttempt.objects.get(), ScenarioRun.objects.get()
    questions = [attempt.quiz.question(key) for key in attempt.keys]
    asked = [question.key for question in questions] + [part["key"] for row in questions for part in row.parts]
    nodes = run.version.content["body"]["nodes"]
    choices = [choice["text"] for node in nodes for choice in node.get("choices", [])]
    assert Answer.objects.count() == 2
    assert Reflection.objects.count() == 1
    assert len(choices) > 5
    return [NOTE, SCORE, "61.8", "61,8", "SECRET", "S1 option", str(attempt.key), str(run.key), *asked, *choices]


def sent(response) -> str:
    """All bytes, the parts of a packed file unpacked."""
    data = b"".join(response.streaming_content) if response.streaming else response.content
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            data = b"".join(packed.read(name) for name in packed.namelist())
    return str(response.headers) + data.decode()


def test_no_page_and_no_export_of_a_manager_holds_an_answer_a_choice_a_score_or_a_note(enrolment, marek, client_for):
    client, hidden = client_for(marek), secrets()
    for address in pages(enrolment):
        response = client.get(address)
        assert response.status_code == 200, address
        text = sent(response)
        assert "Ana Nowak" in text or address == "/team/", address  # she needs nobody's attention
        assert [secret for secret in hidden if secret in text] == [], address


def test_the_search_finds_what_the_person_herself_may_read(enrolment, ana, client_for):
    """Guards the guard: these marks are real."""
    step = StepCompletion.objects.order_by("pk").first().step_key
    attempt = QuizAttempt.objects.get()
    own = sent(client_for(ana).get(reverse("result", args=[attempt.key])))
    assert NOTE in Reflection.objects.get(step_key=step).text
    assert [secret for secret in secrets() if secret in own]


def test_no_query_of_a_manager_reads_a_score_or_a_private_table(enrolment, marek, client_for):
    client = client_for(marek)
    for address in pages(enrolment):
        with CaptureQueriesContext(connection) as queries:
            sent(client.get(address))
        for query in queries:
            assert '"score"' not in query["sql"], address
            assert '"courses_completion"."path"' not in query["sql"], address
            assert not PRIVATE_TABLES.search(query["sql"]), (address, query["sql"])
