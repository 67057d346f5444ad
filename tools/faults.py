"""Kill processes in the middle of an act, again and again: what was acknowledged is there, nothing happened twice.

    make faults      (writes docs/measurements/faults-<date>.md; FAULTS=1000 for a long night)

Four acts on the real course, on a database of its own:
- saving answers over HTTP while the web processes are killed under it; the client repeats a form it got no answer to;
- the last step of a course, killed at a random moment: completion, certificate, evidence and task, all or none;
- making a certificate's file, killed at a random moment: afterwards one file that is what was frozen;
- a day of training by two schedulers at once, both killed at random moments: after a third one's run everybody is
  assigned once and written to once.
A control runs the second act without its transaction: it must find halves, or this harness could not see any.
"""

import http.client
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.serving import Browser, children_of, free_port, make_course, serve  # noqa: E402

FAULTS = int(os.environ.get("FAULTS", "100"))
JOINED = "joined"
A_MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)  # 10:00 in Warsaw: mail goes out
PASSWORD = "calm and long enough to pass"
chance = random.Random(20261122)


@dataclass
class Finding:
    act: str
    faults: int
    checked: str
    wrong: list[str]


# --- people and courses --------------------------------------------------------------------------------------------
def enrolled(number: int):
    """Somebody new, enrolled in the course."""
    from courses import actions
    from courses.models import CoursePage
    from people.models import User

    course = CoursePage.objects.get(locale__language_code="pl")
    names = {"first_name": "Ewa", "last_name": f"N{number}", "language": "pl"}
    person = User.objects.create_user(email=f"fault{number}@example.org", password=PASSWORD, **names)
    return actions.enrol(person=person, course_key=course.translation_key)


# --- killing -------------------------------------------------------------------------------------------------------
def killed_at(moment: float, act: Callable[[], object]) -> bool:
    """Runs the act in a process of its own and kills it after so many seconds. True: it was still at it."""
    child = started(act)
    time.sleep(moment)
    return killed(child)


def started(act: Callable[[], object]) -> int:
    """The act in a process of its own; its number."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        act()
    finally:
        os._exit(0)


def killed(child: int) -> bool:
    """True: it was still at it."""
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def duration(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


# --- the four acts -------------------------------------------------------------------------------------------------
def answers_over_http(port: int, env: dict[str, str]) -> Finding:
    from assessments.quizzes.models import Answer

    enrolment = enrolled(0)
    quiz = next(step for step in enrolment.course_version.steps if step.kind == "quiz")
    acknowledged: list[str] = []
    kills = 0
    with serve("lms.wsgi", port, env, "--workers", "2", "--preload", "--log-level", "critical") as server:
        browser = Browser(port)
        browser.log_in(enrolment.person.email, PASSWORD)
        attempt = browser.post(f"/learn/{enrolment.key}/{quiz.key}/attempt/").location
        question, form = browser.question_with_options(attempt)
        save = partial(send_until_answered, browser, f"{question}answer/")
        save(form | {"idem": str(uuid4())})
        normal = duration(partial(save, form | {"idem": str(uuid4())}))
        done, answered = threading.Event(), threading.Event()

        def killer() -> None:
            """After each answer, somewhere in the next: on a slow machine, too, something gets through in between."""
            nonlocal kills
            while not done.is_set():
                answered.wait()
                answered.clear()
                time.sleep(chance.uniform(0, normal * 1.5))
                for worker in children_of(server.pid):
                    with suppress(ProcessLookupError):  # it went by itself
                        os.kill(worker, signal.SIGKILL)
                kills += 1

        thread = threading.Thread(target=killer)
        thread.start()
        while kills < FAULTS:
            idem = str(uuid4())
            save(form | {"idem": idem})
            acknowledged.append(idem)
            answered.set()
        done.set()
        answered.set()
        thread.join()
    kept = Counter(str(idem) for idem in Answer.objects.values_list("idem", flat=True))
    seqs = list(Answer.objects.order_by("seq").values_list("seq", flat=True))
    wrong = [f"lost: {idem}" for idem in acknowledged if idem not in kept]
    wrong += [f"twice: {idem}" for idem, times in kept.items() if times > 1]
    wrong += [] if seqs == list(range(1, len(seqs) + 1)) else ["the sequence of answers has a hole"]
    return Finding("saving an answer", kills, f"{len(acknowledged)} acknowledged answers", wrong)


def send_until_answered(browser: Browser, path: str, form: dict[str, str]) -> None:
    while True:
        try:
            page = browser.post(path, form)
        except (OSError, http.client.HTTPException):
            browser.connection = None
            continue
        if page.status < 400:
            return


def completions(complete_step: Callable, name: str, first: int) -> Finding:
    """`first`: the number of the first of the people this is tried on."""
    normal = duration(partial(complete_step, **before_the_end(first)))
    hit, wrong = 0, []
    for number in range(first + 1, first + 1 + FAULTS):
        last_step = before_the_end(number)
        hit += killed_at(chance.uniform(0, normal * 1.5), partial(complete_step, **last_step))
        wrong += halves(last_step["enrolment"])
    return Finding(name, hit, f"{FAULTS} people", wrong)


def before_the_end(number: int) -> dict:
    """What complete_step takes for the one step that is left of everything required."""
    from courses import actions
    from courses.reports import shown_step

    enrolment = actions.start(enrolment=enrolled(number))
    *before, last = sorted(enrolment.required)
    for key in before:
        actions.complete_step(enrolment=enrolment, version=shown_step(enrolment, key, "pl").version)
    return {"enrolment": enrolment, "version": shown_step(enrolment, last, "pl").version}


def halves(enrolment) -> list[str]:
    """What there is of a finished course: all of it, or nothing; else a line that says what."""
    from django_tasks_db.models import DBTaskResult

    from certificates.models import Certificate
    from courses.models import Completion
    from evidence.models import Record

    enrolment.refresh_from_db()
    completion = Completion.objects.filter(enrolment=enrolment).first()
    certificate = Certificate.objects.filter(holder=enrolment.person).first()
    proofs = Record.objects.filter(facts__completion=str(completion.key) if completion else "")
    serial = certificate.serial if certificate else ""
    count = {
        "end date": int(enrolment.completed_at is not None),
        "completion": int(completion is not None),
        "certificate": Certificate.objects.filter(holder=enrolment.person).count(),
        "proof of completion": proofs.filter(kind="course.completed").count(),
        "proof of issue": proofs.filter(kind="certificate.issued").count(),
        "task": DBTaskResult.objects.filter(args_kwargs__args=[serial]).count(),
    }
    if set(count.values()) in ({0}, {1}):
        return []
    return [f"{enrolment.person}: " + ", ".join(f"{what} {times}" for what, times in count.items())]


def renderings(first: int) -> Finding:
    """`first`: the number of the first of the people whose certificate this is."""
    from certificates.models import CertificateFile, Rendering
    from certificates.tasks import render

    normal = duration(partial(render.func, issued_to(first).serial))
    wrong, hit = [], 0
    for number in range(first + 1, first + 1 + FAULTS):
        certificate = issued_to(number)
        hit += killed_at(chance.uniform(0, normal * 1.2), partial(render.func, certificate.serial))
        Rendering.objects.filter(certificate=certificate).update(next_try_at=None)  # the pause is over
        render.func(certificate.serial)
        files = CertificateFile.objects.filter(certificate=certificate)
        if len(files) != 1 or not files[0].read():
            wrong.append(f"{certificate.serial} has {len(files)} files")
    return Finding("making a certificate's file", hit, f"{FAULTS} certificates, each then tried once more", wrong)


def issued_to(number: int):
    """The certificate of somebody new, who finished the course; nothing is drawn yet."""
    from certificates.models import Certificate
    from courses import actions

    last_step = before_the_end(number)
    actions.complete_step(**last_step)
    return Certificate.objects.get(holder=last_step["enrolment"].person)


def schedulers(first: int) -> Finding:
    """`first`: the number of the first of the people who are assigned; five join before each try."""
    from courses.models import CoursePage
    from training.models import Requirement

    course = CoursePage.objects.get(locale__language_code="pl")
    Requirement.objects.create(
        name="Faults",
        course_key=course.translation_key,
        audience={"tag": JOINED},
        starts_on=A_MONDAY.date(),
        valid_months=12,
    )
    joined(first)
    normal = duration(a_day_of_training)
    hit, wrong = 0, []
    for number in range(first + 5, first + 5 + 5 * FAULTS, 5):
        people = joined(number)
        children = [started(a_day_of_training) for _scheduler in range(2)]
        for child in children:
            time.sleep(chance.uniform(0, normal * 1.5))
            hit += killed(child)
        a_day_of_training()
        wrong += [line for person in people for line in not_once(person)]
    return Finding("a day of training, by two schedulers", hit, f"{5 * FAULTS} people", wrong)


def a_day_of_training() -> None:
    from training.actions.day import training_day

    list(training_day(at=A_MONDAY))


def joined(first: int) -> list:
    """Five people who are in the audience from now on."""
    from people.actions import set_tags
    from people.models import User

    made = []
    for number in range(first, first + 5):
        person = User.objects.create_user(
            email=f"joined{number}@example.org", first_name="Jan", last_name=f"N{number}", language="pl"
        )
        set_tags(person=person, tags=[JOINED])
        made.append(person)
    return made


def not_once(person) -> list[str]:
    """What there is more or less than once of somebody's assignment and of the mail about it."""
    from django_tasks_db.models import DBTaskResult

    from people.models import Mail
    from training.models import Assignment, AssignmentEvent, Notice, Sending

    mails = list(Mail.objects.filter(person=person).values_list("pk", flat=True))
    tasks = DBTaskResult.objects.filter(task_path="people.tasks.deliver_mails").values_list("args_kwargs", flat=True)
    count = {
        "assignment": Assignment.objects.filter(person=person).count(),
        "event": AssignmentEvent.objects.filter(assignment__person=person).count(),
        "sending": Sending.objects.filter(recipient=person).count(),
        "notice": Notice.objects.filter(recipient=person).count(),
        "mail": len(mails),
        "task": sum(task["args"][0].count(mail) for task in tasks for mail in mails),
    }
    if set(count.values()) == {1}:
        return []
    return [f"{person}: " + ", ".join(f"{what} {times}" for what, times in count.items())]


# --- the report ----------------------------------------------------------------------------------------------------
def report(findings: list[Finding], control: Finding, evidence: str) -> str:
    lines = [
        f"# Fault injection of {date.today().isoformat()}",
        "",
        "`make faults`: SIGKILL at random moments (fixed seed), SQLite, the real course.",
        "",
        "| act | killed in the middle | checked | lost, doubled or half done |",
        "|---|---:|---|---:|",
    ]
    lines += [f"| {one.act} | {one.faults} | {one.checked} | {len(one.wrong)} |" for one in findings]
    lines += [
        f"| control: finishing a course without its transaction | {control.faults} | {control.checked} "
        f"| {len(control.wrong)}, must be more than 0 |",
        "",
        f"Evidence afterwards: {evidence}",
    ]
    lines += [f"- {line}" for one in findings for line in one.wrong]
    return "\n".join(lines) + "\n"


def main(target: Path) -> None:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ostoja-faults-") as folder:
        env = make_course(Path(folder), port)
        os.environ |= env | {"DJANGO_SETTINGS_MODULE": "lms.settings"}
        import django

        django.setup()
        from django.db import transaction

        from courses import actions
        from evidence import actions as proofs
        from evidence.verify import Verification

        findings = [
            answers_over_http(port, env),
            completions(actions.complete_step, "finishing a course", first=1),
            renderings(first=10_000),
            schedulers(first=20_000),
        ]
        verification = Verification(copies=[], may_lack_head=False)
        problems = [str(problem) for problem in verification.problems()]
        evidence = "; ".join(problems) or f"{verification.count} records, chain whole."
        # Evidence refuses to be written outside a transaction: in the control each proof has one of its own.
        with patch.multiple(proofs, append=transaction.atomic(proofs.append), together=nullcontext):
            control = completions(actions.complete_step.__wrapped__, "control", first=100_000)
    text = report(findings, control, evidence)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    print(f"{text}\n→ {target}")
    if problems or any(one.wrong for one in findings) or not control.wrong:
        sys.exit("Faults were found, or the control found none.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
