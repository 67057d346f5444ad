"""Starting, answering, handing in, practising."""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, Sum
from django.utils import timezone

from assessments import policy
from assessments.quizzes.actions.testing_out import waive_known
from assessments.quizzes.models import Answer, Essay, PracticeAnswer, QuizAttempt
from assessments.quizzes.models.records import HandIn, as_json, decision
from assessments.quizzes.rules import clock, form_keys, one_page, types
from assessments.quizzes.rules.grading import Marked
from assessments.quizzes.rules.question import OVERTAKEN, STALE, Question, Refused, Response
from assessments.quizzes.rules.quiz import Quiz
from courses import actions as courses
from courses import versions
from courses.models import Allowance, Enrolment, Publication, StepVersion
from evidence import actions as evidence
from people.models import User


class NotAllowed(Exception):
    """No attempt can start now; the decision says why and until when."""

    def __init__(self, decision: policy.Decision) -> None:
        super().__init__(decision.state)
        self.decision = decision


class NotSaved(Exception):
    """The answer came too late. state: "checked", "handed_in", "time_over" or "superseded"."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


MANY = 20  # answers to one question
CHECKED, HANDED_IN, TIME_OVER, SUPERSEDED = "checked", "handed_in", "time_over", "superseded"


@dataclass(frozen=True)
class Saved:
    """is_new: False when the same form came a second time."""

    answer: Answer
    is_new: bool


# --- starting ------------------------------------------------------------------------------------------------------


def start_attempt(*, enrolment: Enrolment, version: StepVersion, at: datetime | None = None) -> QuizAttempt:
    """The attempt to go on with: the open one, else a new one on this version. Raises NotAllowed.

    An open attempt whose time is over is handed in first, and stays so when no other may start. If that passes the
    quiz, it is the one that is returned.
    """
    begun = _start(enrolment, version, at or timezone.now())
    if isinstance(begun, policy.Decision):
        raise NotAllowed(begun)
    return begun


@transaction.atomic
def _start(enrolment: Enrolment, version: StepVersion, now: datetime) -> QuizAttempt | policy.Decision:
    enrolment = courses.locked(courses.start(enrolment=enrolment, at=now))
    mine = QuizAttempt.objects.open_for(enrolment.person).filter(enrolment=enrolment, step_key=version.step_key)
    attempt = mine.filter(finished_at=None).first()
    if attempt and not attempt.is_over(now):
        return attempt
    if attempt:
        attempt = hand_in(attempt=attempt, at=now)
        if attempt.passed:
            return attempt
    quiz = Quiz(versions.content(version.pk)["body"])
    verdict = decision(enrolment, version.step_key, quiz, now)
    if not verdict.may_start:
        return verdict
    courses.move_place(enrolment=enrolment, step_key=version.step_key, at=now)
    seed = secrets.token_hex(16)
    return QuizAttempt.objects.create(
        enrolment=enrolment,
        step_key=version.step_key,
        version=version,
        number=_next_number(enrolment, version.step_key),
        seed=seed,
        paper=quiz.new_paper(seed=seed, seen=questions_met(enrolment)),
        wordings=Publication.objects.wordings(version),
        started_at=now,
        deadline_at=clock.deadline(now, quiz.rules["minutes"], extra_time(enrolment, version.step_key)),
    )


def _next_number(enrolment: Enrolment, step_key: UUID) -> int:
    """Counted on through the rounds of a step, which each have all the attempts anew."""
    mine = QuizAttempt.objects.filter(enrolment=enrolment, step_key=step_key)
    return (mine.aggregate(last=Max("number"))["last"] or 0) + 1


def questions_met(enrolment: Enrolment) -> Counter[str]:
    """How often this person has had each question on a paper, in any quiz."""
    papers = QuizAttempt.objects.filter(enrolment__person_id=enrolment.person_id).values_list("paper", flat=True)
    return Counter(entry["question"] for paper in papers for entry in paper)


def extra_time(enrolment: Enrolment, step_key: UUID) -> int:
    granted = Allowance.objects.filter(enrolment=enrolment, step_key=step_key)
    return granted.aggregate(sum=Sum("extra_time_percent"))["sum"] or 0


# --- answering -----------------------------------------------------------------------------------------------------


@transaction.atomic
def save_answer(*, attempt: QuizAttempt, **given: Any) -> Saved:
    """keep_answer() in an attempt that nobody holds yet."""
    hold(attempt)
    return keep_answer(attempt=attempt, **given)


def keep_answer(
    *,
    attempt: QuizAttempt,
    question_key: str,
    response: Response,
    version: StepVersion,
    idem: UUID,
    checked: bool = False,
    chosen_at: datetime | None = None,
    at: datetime | None = None,
) -> Saved:
    """Keep this answer in an attempt that is held; the last one kept is the one that counts. The same idem a second
    time changes nothing, nor does one that was chosen on the same page before what is kept already (`rules.form_keys`).

    checked: its explanation is shown next, so that no other answer follows. chosen_at: when it was chosen, if it waited
    for a network; what was answered elsewhere since then stays, also where only the reply to this one was lost. Raises
    NotSaved, and Refused where the same idem comes with another answer.
    """
    now = at or timezone.now()
    kept = _kept(attempt, question_key, idem, chosen_at)
    if found := next((answer for answer in kept if answer.idem == idem), None):
        if (str(found.question_key), found.response) != (question_key, response):
            raise Refused(STALE, "")
        if not _is_replaced(by=kept[0], idem=idem, response=response):
            return Saved(found, is_new=False)
    if not attempt.is_open:
        raise NotSaved(HANDED_IN)
    given = [answer for answer in kept if str(answer.question_key) == question_key]
    earlier = given[0] if given else None
    if chosen_at and earlier and earlier.response == response:
        return Saved(earlier, is_new=False)  # the form brought it before the network was back
    if earlier and earlier.checked:
        raise NotSaved(CHECKED)
    if earlier and any(form_keys.is_later(answer.idem, than=idem) for answer in given):
        return Saved(earlier, is_new=False)
    if found or (chosen_at and any(_overtakes(answer, idem, chosen_at) for answer in given)):
        raise NotSaved(SUPERSEDED)
    if attempt.is_over(now) and locked(attempt).is_over(now):  # more time may have been granted since it was read
        raise NotSaved(TIME_OVER)
    answer = Answer.objects.create(
        attempt=attempt,
        question_key=question_key,
        seq=earlier.seq + 1 if earlier else 1,
        response=response,
        checked=checked,
        version=version,
        idem=idem,
        at=now,
    )
    return Saved(answer, is_new=True)


def _kept(attempt: QuizAttempt, question_key: str, idem: UUID, chosen_at: datetime | None) -> list[Answer]:
    """What is kept already and says whether this answer counts, the last one first: all answers to this question, and
    the same form's. Who changed their mind very often does not wait for all of them to be read: of many it is the last
    one, later ones of the same page and, for an answer that waited, those since it was chosen."""
    rows = attempt.answers.filter(Q(idem=idem) | Q(question_key=question_key)).order_by("-seq")
    kept = list(rows[:MANY])
    if len(kept) < MANY:
        return kept
    last = next(answer for answer in kept if str(answer.question_key) == question_key)
    counts = Q(pk=last.pk) | Q(idem__gte=idem, idem__lte=form_keys.last_of_page(idem))
    return list(rows.filter(counts | Q(at__gt=chosen_at) if chosen_at else counts))


def _overtakes(answer: Answer, idem: UUID, chosen_at: datetime) -> bool:
    return answer.at > chosen_at and not form_keys.is_of_same_page(answer.idem, idem)


def _is_replaced(*, by: Answer, idem: UUID, response: Response) -> bool:
    """Whether the last answer says something else than this one, and comes from another page."""
    return by.response != response and not form_keys.is_of_same_page(by.idem, idem)


@transaction.atomic
def save_answers(
    *,
    attempt: QuizAttempt,
    responses: Mapping[int, Response],
    version: StepVersion,
    idem: UUID,
    seen: int,
    chosen_at: datetime | None = None,
    at: datetime | None = None,
) -> dict[int, Refused]:
    """The same of a page that shows all questions: of {number: response} what is new is kept (`rules.one_page`), and
    what is out of date is given back, and what was answered elsewhere since it was chosen. seen: how many answers of
    this attempt were kept when the page was opened.

    Raises NotSaved.
    """
    now = at or timezone.now()
    attempt = locked(attempt)
    if not attempt.is_open:
        raise NotSaved(HANDED_IN)
    if attempt.is_over(now):
        raise NotSaved(TIME_OVER)
    kept = list(attempt.answers.order_by("pk"))
    made, stale = [], {}
    for number, response in responses.items():
        key, own = attempt.keys[number - 1], one_page.key_of(idem, number)
        given = [row for row in kept if str(row.question_key) == key]
        mine = [one_page.Kept(row.idem, row.response) for row in given]
        shown = [row.response for row in kept[:seen] if str(row.question_key) == key]
        try:
            if not one_page.is_new(response, own, mine, shown[-1] if shown else None):
                is_repeated = chosen_at and any(row.idem == own for row in given)
                if is_repeated and _is_replaced(by=given[-1], idem=own, response=response):
                    stale[number] = Refused(OVERTAKEN, "")
                continue
        except Refused as fault:
            stale[number] = fault
            continue
        if chosen_at and any(_overtakes(row, own, chosen_at) for row in given):
            if given[-1].response != response:
                stale[number] = Refused(OVERTAKEN, "")
            continue
        made.append(
            Answer(
                attempt=attempt,
                question_key=key,
                seq=len(mine) + 1,
                response=response,
                version=version,
                idem=own,
                at=now,
            )
        )
    Answer.objects.bulk_create(made)
    return stale


def check_answer(**kwargs: Any) -> Saved:
    """Keep this answer for good: its explanation may be shown. Only where the quiz explains at once."""
    if not kwargs["attempt"].quiz.explains_at_once:
        raise ValueError("This quiz explains nothing before it is handed in.")
    return save_answer(**kwargs, checked=True)


@transaction.atomic
def flag(*, attempt: QuizAttempt, question_key: str, on: bool) -> QuizAttempt:
    """Mark a question to come back to, or take the mark away. Nothing happens once the attempt is handed in."""
    attempt = locked(attempt)
    others = [key for key in attempt.flagged if key != question_key]
    if attempt.is_open:
        attempt.flagged = [*others, question_key] if on else others
        attempt.save(update_fields=["flagged"])
    return attempt


def locked(attempt: QuizAttempt) -> QuizAttempt:
    """The attempt as it stands now, held until the transaction ends."""
    rows = QuizAttempt.objects.select_for_update(of=("self",)).with_allowance().select_related("enrolment__person")
    return rows.get(pk=attempt.pk)


@contextmanager
def answering(*, person: User, key: UUID) -> Iterator[QuizAttempt]:
    """The attempt of this person for keep_answer(): read and held in one query, until the block ends.
    Raises QuizAttempt.DoesNotExist."""
    with transaction.atomic():
        yield QuizAttempt.objects.answered_by(person).select_for_update(of=("self",)).get(key=key)


def hold(attempt: QuizAttempt) -> None:
    """Held until the transaction ends, and whether it is open as it stands now; the rest of it never changes before it
    is handed in, or does not matter to an answer."""
    rows = QuizAttempt.objects.select_for_update().filter(pk=attempt.pk)
    attempt.finished_at = rows.values_list("finished_at", flat=True).get()


# --- handing in ----------------------------------------------------------------------------------------------------


@transaction.atomic
def hand_in(*, attempt: QuizAttempt, at: datetime | None = None) -> QuizAttempt:
    """Grade the answers that were saved. A second call gives the same result.

    When it passes, the step is completed in the same transaction, and with the last required step the course. Where an
    essay was written, all of that waits until it is marked.
    """
    now = at or timezone.now()
    courses.locked(attempt.enrolment)
    attempt = locked(attempt)
    if not attempt.is_open:
        return attempt
    given = {key: attempt.asked(answer) for key, answer in attempt.answers_now().items()}
    marked = attempt.quiz.marked(attempt.keys, given)
    attempt.hand_in_kind = HandIn.TIME_OVER if attempt.is_over(now) else HandIn.BY_LEARNER
    attempt.finished_at = max(now, attempt.started_at)  # the server's clock may have been set back
    keep_marks(attempt, marked)
    attempt.save(update_fields=["hand_in_kind", "finished_at", *GRADED])
    queue_essays(attempt, attempt.finished_at)
    with evidence.together():
        _prove(attempt)
        complete_if_passed(attempt, now)
    return attempt


GRADED = ("score", "max", "passed", "marks")


def keep_marks(attempt: QuizAttempt, marked: list[Marked]) -> None:
    """Sets the marks, and the grade once none is missing. What was passed stays passed. The caller saves GRADED."""
    attempt.marks = as_json(marked)
    if any(item.waits for item in marked):
        return
    grade = attempt.quiz.grade(marked)
    attempt.score, attempt.max = decimal(grade.total.points), grade.total.maximum
    attempt.passed = bool(attempt.passed) or grade.passed


def hand_in_overdue(*, at: datetime | None = None) -> int:
    """Hand in whatever is still open although its time is over, with what was saved, each by itself; how many. So
    nobody who closed the browser stays without a result, or a pass without its completion. What goes wrong with one
    is raised once all the others are handed in."""
    now, handed_in, faults = at or timezone.now(), 0, []
    for attempt in QuizAttempt.objects.filter(finished_at=None, deadline_at__lte=now).with_allowance().order_by("pk"):
        if not attempt.is_over(now):  # more time may have been granted
            continue
        try:
            hand_in(attempt=attempt, at=now)
        except Exception as fault:
            fault.add_note(f"attempt {attempt.key}")
            faults.append(fault)
        else:
            handed_in += 1
    if faults:
        raise ExceptionGroup(f"{handed_in} attempts were handed in, {len(faults)} could not be", faults)
    return handed_in


def queue_essays(attempt: QuizAttempt, at: datetime) -> None:
    """What waits for a person to mark it."""
    candidate = Essay.number_of(attempt)
    Essay.objects.bulk_create(
        Essay(attempt=attempt, question_key=item.key, candidate=candidate, handed_in_at=at)
        for item in attempt.marked
        if item.waits
    )


def complete_if_passed(attempt: QuizAttempt, at: datetime) -> None:
    if not attempt.passed:
        return
    score, version = attempt.quiz.grade(attempt.marked).total.value, _last_shown(attempt)
    attempt.enrolment = courses.complete_step(
        enrolment=attempt.enrolment,
        version=version,
        score=score,
        began_at=attempt.started_at,
        at=at,
    )
    # Afterwards, for what is waived may finish the course, and the pre-test belongs to what that is proved by.
    attempt.enrolment = waive_known(attempt, language=version.language, at=at)


def decimal(points: Fraction) -> Decimal:
    """Rounded down, so that a rounded figure never reads as a pass that it is not."""
    exact = Decimal(points.numerator) / Decimal(points.denominator)
    return exact.quantize(Decimal("0.001"), rounding=ROUND_DOWN)


def _last_shown(attempt: QuizAttempt) -> StepVersion:
    """The version that stood on the screen last: whoever changed language finished in the one they ended with."""
    last = attempt.answers.select_related("version").order_by("-pk").first()
    return last.version if last else attempt.version


def _prove(attempt: QuizAttempt) -> None:
    evidence.append(
        kind="quiz.handed_in",
        subject=attempt.enrolment.person.key,
        at=attempt.finished_at,
        facts={
            "attempt": str(attempt.key),
            "enrolment": str(attempt.enrolment.key),
            "step": str(attempt.step_key),
            "version": attempt.version.sha256,
            "number": attempt.number,
            "started_at": attempt.started_at.isoformat(),
            "kind": str(attempt.hand_in_kind),
            "passed": attempt.passed,
        },
        personal={"name": attempt.enrolment.person.name} | score_of(attempt),
    )


def score_of(attempt: QuizAttempt) -> dict[str, Any]:
    return {"score": None if attempt.score is None else str(attempt.score), "max": attempt.max}


# --- practising ----------------------------------------------------------------------------------------------------


@transaction.atomic
def practise(
    *,
    enrolment: Enrolment,
    step_key: UUID,
    block_key: str,
    question: Question,
    response: Response,
    idem: UUID,
    at: datetime | None = None,
) -> PracticeAnswer:
    """Keep a practice answer of a lesson, and that this is where they stopped."""
    courses.move_place(enrolment=enrolment, step_key=step_key, anchor=f"b-{block_key}", at=at)
    return keep_practice(
        person=enrolment.person,
        step_key=step_key,
        block_key=block_key,
        question=question,
        response=response,
        idem=idem,
        at=at,
    )


@transaction.atomic
def keep_practice(
    *,
    person: User,
    step_key: UUID,
    block_key: str,
    question: Question,
    response: Response,
    idem: UUID,
    at: datetime | None = None,
) -> PracticeAnswer:
    """Keep a practice answer, for its writer alone. The same idem a second time changes nothing."""
    kind = types.get(question.type)
    share = decimal(kind.mark(question, response, partial=True)) if kind.scored else None
    fields: Mapping[str, Any] = {
        "step_key": step_key,
        "block_key": block_key,
        "question_key": question.key,
        "response": response,
        "share": share,
        "at": at or timezone.now(),
    }
    answer, _created = PracticeAnswer.objects.get_or_create(person=person, idem=idem, defaults=fields)
    return answer


@transaction.atomic
def forget_practice(*, person: User) -> int:
    """All of one person's practice, for good: they are erased. Says how many answers there were."""
    count, _by_table = PracticeAnswer.objects.open_for(person).delete()
    return count
