"""A manager sees status, dates and certificates: a search of every byte, and of every query, for anything more."""

import io
import re
import zipfile
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.quizzes import actions as quizzes
from assessments.quizzes.models import Answer, QuizAttempt
from assessments.scenarios import actions as scenarios
from assessments.scenarios.models import ScenarioRun
from certificates.models import Certificate
from courses import actions as courses
from courses.models import Reflection, StepCompletion
from courses.reports import shown_step
from people.models import Attachment, Mail
from tests.factories import enrol, make_course
from tests.quizzes.factories import quiz
from tests.quizzes.samples import best
from tests.scenarios.factories import EXPERT, WALKOUT, play, scenario
from training import actions
from training.actions import letters, standing
from training.actions.ordering import order_report
from training.models import Assignment, ManagerRights, ReportOrder, Requirement
from training.reminding import DIGEST, REPORT, TEAM
from training.rules.rights import Act
from training.tasks import send_report

DAY = timedelta(days=1)
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
    due(ana, course)
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
    for path in (WALKOUT, EXPERT):
        run = scenarios.start_run(enrolment=enrolment, version=shown_step(enrolment, play_it, "en").version)
        run = play(run, *path)
        assert run.passed is (path == EXPERT)
    return enrolment


def due(person, course) -> Assignment:
    rule = Requirement.objects.create(
        name=course.title,
        course_key=course.key,
        audience={"person": str(person.key)},
        due_days=10,
        starts_on=person.date_joined.date(),
    )
    return actions.assign(requirement=rule, person=person)


@pytest.fixture
def opened(enrolment, ana, marek) -> Assignment:
    """Beside what she finished, Ana is in the middle of another course, whose scenario she failed: something to grant
    and to remind of."""
    course = make_course("opened", title="Opened", lessons=1, steps=[scenario()])
    training = due(ana, course)
    lesson, play_it = course.step_keys
    begun = courses.start(enrolment=training.enrolment)
    courses.save_reflection(enrolment=begun, step_key=lesson, block_key="note", text=NOTE)
    read = shown_step(begun, lesson, "en").version
    courses.complete_step(enrolment=begun, version=read, score=Fraction(int(SCORE), 100_000))
    run = scenarios.start_run(enrolment=begun, version=shown_step(begun, play_it, "en").version)
    assert play(run, *WALKOUT).passed is False
    ManagerRights.objects.create(may_waive=True)
    standing.extend(assignment=training, until=training.due_on + DAY, reason="Moved house", by=marek)
    return training


def pages(enrolment) -> list[str]:
    opened = Assignment.objects.filter(person=enrolment.person).exclude(enrolment=enrolment)
    granting = [
        reverse("team-grant", args=[row.key, act]) for row in opened for act in (Act.EXTEND, Act.WAIVE, Act.OFFER)
    ]
    return [
        "/team/",
        "/team/?show=all",
        "/team/?show=all&print=1",
        "/team/courses/",
        "/team/courses/?print=1",
        "/team/forecast/",
        "/team/deputies/",
        "/team/reports/",
        *(f"/team/reports/new/{screen}/?show=all" for screen in ("trainings", "courses")),
        f"/team/remind/?person={enrolment.person.key}",
        reverse("team-person", args=[enrolment.person.key]),
        reverse("team-leave", args=[enrolment.person.key]),
        *granting,
        *(reverse("why", args=[row.enrolment.key]) for row in (*opened, *enrolment.assignments.all())),
        *(reverse("certificate", args=[paper.serial]) for paper in Certificate.objects.all()),
        *(f"/team/export/{screen}/{form}/?show=all" for screen in ("trainings", "courses") for form in ("csv", "xlsx")),
    ]


def secrets() -> list[str]:
    """What Ana was asked, what she said, chose and reached: keys, texts and figures."""
    attempt, runs = QuizAttempt.objects.get(), list(ScenarioRun.objects.select_related("version"))
    questions = [attempt.quiz.question(key) for key in attempt.keys]
    asked = [question.key for question in questions] + [part["key"] for row in questions for part in row.parts]
    nodes = [node for run in runs for node in run.version.content["body"]["nodes"]]
    choices = [choice["text"] for node in nodes for choice in node.get("choices", [])]
    assert Answer.objects.count() == 2
    endings = [ending["text"] for run in runs for ending in run.version.content["body"]["endings"]]
    assert Reflection.objects.count() == 2
    assert sorted(run.outcome for run in runs) == ["bad", "bad", "good"]
    assert len(choices) > 5
    return [
        NOTE,
        SCORE,
        "61.8",
        "61,8",
        "SECRET",
        "S1 option",
        str(attempt.key),
        *(str(run.key) for run in runs),
        *asked,
        *choices,
        *endings,
        WALKOUT[-1],
        "walkout",
    ]


def sent(response) -> str:
    """All bytes, the parts of a packed file unpacked."""
    data = b"".join(response.streaming_content) if response.streaming else response.content
    return str(response.headers) + unpacked(data)


def unpacked(data: bytes) -> str:
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            data = b"".join(packed.read(name) for name in packed.namelist())
    return data.decode()


# Ana's name is on none of these: she needs nobody's attention, figures name nobody, and so do orders.
NAMELESS = ("/team/forecast/", "/team/deputies/", "/team/reports/")


def test_no_page_and_no_export_of_a_manager_holds_an_answer_a_choice_a_score_or_a_note(
    enrolment, opened, marek, client_for
):
    client, hidden = client_for(marek), secrets()
    for address in pages(enrolment):
        response = client.get(address)
        assert response.status_code == 200, address
        text = sent(response)
        assert "Ana Nowak" in text or address.startswith(NAMELESS), address
        assert [secret for secret in hidden if secret in text] == [], address


def test_the_search_finds_what_the_person_herself_may_read(enrolment, opened, ana, client_for):
    """Guards the guard: these marks are real."""
    step = StepCompletion.objects.order_by("pk").first().step_key
    attempt = QuizAttempt.objects.get()
    own = sent(client_for(ana).get(reverse("result", args=[attempt.key])))
    assert NOTE in Reflection.objects.get(step_key=step).text
    assert [secret for secret in secrets() if secret in own]


def test_no_query_of_a_manager_reads_a_score_or_a_private_table(enrolment, opened, marek, client_for):
    client = client_for(marek)
    for address in pages(enrolment):
        with CaptureQueriesContext(connection) as queries:
            sent(client.get(address))
        reads_nothing_private(queries, address)


def reads_nothing_private(queries, where: str) -> None:
    for query in queries:
        assert '"score"' not in query["sql"], where
        assert '"courses_completion"."path"' not in query["sql"], where
        assert not PRIVATE_TABLES.search(query["sql"]), (where, query["sql"])


def test_no_mail_to_a_manager_holds_or_is_made_of_any_of_it(opened, marek):
    """What comes on the Mondays after a due date: who is late, the digest, and lists that were ordered, as files."""
    for screen in ("trainings", "courses"):
        for form in ("csv", "xlsx"):
            order_report(
                person=marek, screen=screen, query="show=all", form=form, every="week", day=0, only_if_needed=False
            )
    opened.refresh_from_db()
    first = opened.due_on + (7 - opened.due_on.weekday()) * DAY
    with CaptureQueriesContext(connection) as queries:
        for week in range(7):
            at = datetime.combine(first + 7 * week * DAY, time(9), UTC)
            with time_machine.travel(at, tick=False):
                letters.send_due(at=at)
                for order in ReportOrder.objects.filter(queued_at=at):
                    send_report.func(str(order.key))
    reads_nothing_private(queries, "mail")
    mails, hidden = Mail.objects.filter(to=marek.email), secrets()
    assert {mail.kind for mail in mails} >= {TEAM, DIGEST, REPORT}
    files = [bytes(file.content) for file in Attachment.objects.filter(mail__in=mails)]
    assert {data.startswith(b"PK") for data in files} == {True, False}
    texts = [f"{mail.subject}{mail.text}{mail.html}" for mail in mails] + [unpacked(data) for data in files]
    assert any("Ana Nowak" in text for text in texts)
    assert [(secret, text) for text in texts for secret in hidden if secret in text] == []
