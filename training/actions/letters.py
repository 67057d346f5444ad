"""The only writer of mail about training and of the log that keeps it from going out twice."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from people import actions as people
from people.emails import Letter
from people.models import Mail, User
from training import emails
from training.emails import Grant
from training.models import Assignment, Notice, ReportOrder, Requirement, Run, Sending
from training.reminding import EXPIRING, REPORT, TEAM, WEEK, Planned, by_hand, planned
from training.tasks import send_report
from training.texts import TitlesByLanguage

BATCH = 200
LOST_AFTER = timedelta(minutes=50)  # a task that has sent nothing by then died with its worker


def last_run() -> datetime | None:
    return Run.objects.order_by("-at").values_list("at", flat=True).first()


def runs_before(at: datetime) -> list[datetime]:
    """Those of a week and the last of those before it."""
    runs = Run.objects.filter(at__lt=at).order_by("-at").values_list("at", flat=True)
    return [*runs.filter(at__gte=at - WEEK), *runs.filter(at__lt=at - WEEK)[:1]]


def send_due(*, at: datetime) -> int:
    """Everything that is to be written now, in batches; says how many mails."""
    names = TitlesByLanguage()
    letters = planned(now=at, runs=runs_before(at))
    written = [letter for letter in letters if letter.kind != REPORT]
    sent = sum(_send(batch, names, at) for batch in _batches(written))
    return sent + sum(_queue(letter.order, at) for letter in letters if letter.order)


@transaction.atomic
def _queue(order: ReportOrder, at: datetime) -> bool:
    """A report is worked out by a task, which sends it once however often it is asked. False: it is asked already."""
    waiting = ReportOrder.objects.open().filter(Q(queued_at=None) | Q(queued_at__lte=at - LOST_AFTER), pk=order.pk)
    if not waiting.update(queued_at=at):
        return False
    send_report.enqueue(str(order.key))
    return True


def _batches(letters: Sequence[Planned]) -> Iterator[Sequence[Planned]]:
    for start in range(0, len(letters), BATCH):
        yield letters[start : start + BATCH]


@transaction.atomic
def _send(
    batch: Sequence[Planned], names: TitlesByLanguage, at: datetime, by: User | None = None, note: str = ""
) -> int:
    """The mails, their tasks and the log of both: together or not at all. by: who asked for it; None: the plan.
    note: what they add in their own words."""
    _take_turns()
    wanted = [letter for letter in _still_true(batch) if letter.items or letter.figures]
    added = emails.Note(by.name, by.language, note) if by and note else None
    learners = (letter for letter in wanted if letter.kind != TEAM)  # to managers we do not say how long it takes
    names.read_done(item.assignment.enrolment for letter in learners for item in letter.items)
    mails = people.send_mails(mails=[_mail(letter, names, added) for letter in wanted])
    sendings = Sending.objects.bulk_create(
        Sending(
            key=letter.key,
            kind=letter.kind,
            recipient=letter.recipient,
            mail=mail,
            on=letter.on,
            at=at,
            by=by,
            note=note,
        )
        for letter, mail in zip(wanted, mails, strict=True)
    )
    Notice.objects.bulk_create(
        Notice(
            sending=sending,
            assignment=item.assignment,
            recipient=letter.recipient,
            step=item.step,
            about=item.about,
        )
        for letter, sending in zip(wanted, sendings, strict=True)
        for item in letter.items
    )
    return len(wanted)


def _take_turns() -> None:
    """Two schedulers, or two managers: whoever comes second finds the keys of the first."""
    list(Requirement.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


def _still_true(batch: Sequence[Planned]) -> Iterator[Planned]:
    """Without what was sent meanwhile, and without what was finished meanwhile."""
    sent = set(Sending.objects.filter(key__in=[letter.key for letter in batch]).values_list("key", flat=True))
    asked = {item.assignment.pk for letter in batch for item in letter.items}
    still_open = set(Assignment.objects.unsettled().filter(pk__in=asked).values_list("pk", flat=True))
    for letter in batch:
        if letter.key in sent:
            continue
        if letter.kind != EXPIRING:
            letter.items[:] = [item for item in letter.items if item.assignment.pk in still_open]
        yield letter


def _mail(letter: Planned, names: TitlesByLanguage, note: emails.Note | None) -> Mail:
    return _unsaved(letter.recipient, emails.letter(planned=letter, titles=names, note=note))


def _unsaved(person: User, written: Letter) -> Mail:
    return Mail(
        person=person,
        to=person.email,
        language=written.language,
        kind=written.kind,
        subject=written.subject,
        text=written.text,
        html=written.html,
    )


# --- by hand -------------------------------------------------------------------------------------------------------
@transaction.atomic
def remind(*, people: Sequence[User], by: User, at: datetime, note: str = "") -> int:
    """These people of what is open, but never twice a day of the same training; says how many mails.

    people have been fetched with permission. note: one line in the words of who reminds, the same for all of them.
    """
    _take_turns()
    return _send(by_hand(people=people, now=at), TitlesByLanguage(), at, by=by, note=note)


@transaction.atomic
def send_grant(*, grant: Grant, about: str, by: User, at: datetime) -> None:
    """about: the key of what was granted. Part of the transaction of the act."""
    (mail,) = people.send_mails(mails=[_unsaved(grant.person, emails.granted(grant=grant, titles=TitlesByLanguage()))])
    Sending.objects.create(
        key=f"{grant.kind}/{about}/{mail.pk}",
        kind=grant.kind,
        recipient=grant.person,
        mail=mail,
        on=at.astimezone(ZoneInfo(grant.person.time_zone)).date(),
        at=at,
        by=by,
    )
