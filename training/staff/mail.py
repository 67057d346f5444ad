"""Mail about training: who would get what today, what was sent, and how a mail reads for one person in one language."""

from collections import Counter
from datetime import date, timedelta
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from people.emails import File
from people.models import User, searched
from training import emails, exports
from training.actions.letters import last_run, runs_before
from training.emails import Grant
from training.models import Assignment, AssignmentQuerySet, ReportOrder, Sending
from training.reminding import (
    ASSIGNED,
    DIGEST,
    EXPIRING,
    REMINDER,
    REPORT,
    REPORT_ENDED,
    TEAM,
    Figures,
    Item,
    Planned,
    digest_figures,
    is_late,
)
from training.rendering import Report
from training.reports.mail_today import Mailing, mail_today
from training.reports.ordered import in_words
from training.staff import learning_staff
from training.texts import TitlesByLanguage
from training.titles import titles

SHOWN = 100
KINDS = {
    ASSIGNED: gettext_lazy("New training"),
    REMINDER: gettext_lazy("Reminder"),
    EXPIRING: gettext_lazy("Expires soon"),
    TEAM: gettext_lazy("To the manager, when reminders have not helped"),
    DIGEST: gettext_lazy("To the manager, on Monday"),
    REPORT: gettext_lazy("To the manager, a report they ordered"),
}
# What was granted to somebody, or refused: nobody plans it.
GRANTED = {
    emails.EXTENDED: gettext_lazy("More time"),
    emails.WAIVED: gettext_lazy("Waived"),
    emails.EQUIVALENT: gettext_lazy("Another qualification accepted"),
    emails.REFUSED: gettext_lazy("Another qualification not accepted"),
    emails.LEAVE: gettext_lazy("Leave of absence"),
    emails.LEAVE_WITHDRAWN: gettext_lazy("Leave of absence withdrawn"),
}
ENDED = {REPORT_ENDED: gettext_lazy("To the manager, that reports end")}
WORDED = KINDS | GRANTED  # whose words an organisation may write, and which can be looked at beforehand
WORDS = WORDED | ENDED
PAGE = 50
IN_PREVIEW = 10  # trainings
EXAMPLE = Figures(overdue=2, due_this_week=1, people=2)
STEPS = {ASSIGNED: "assigned", REMINDER: "before-14", EXPIRING: "expiring", TEAM: "manager"}


class PreviewForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail of the person"))
    kind = forms.ChoiceField(label=gettext_lazy("Mail"), choices=list(WORDED.items()))
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=User.Language)

    def clean_email(self) -> User:
        person = User.objects.filter(email=self.cleaned_data["email"].lower()).first()
        if person is None:
            raise forms.ValidationError(_("Nobody with this address has an account here."))
        return person


@require_safe
def training_mail(request: HttpRequest) -> HttpResponse:
    asker = learning_staff(request)
    now = timezone.now()
    due = mail_today(now=now, runs=runs_before(now))
    sent = Sending.objects.visible_to(asker).select_related("recipient", "mail").order_by("-pk")
    shown = due[:SHOWN]
    named = titles({key for mailing in shown for key in mailing.courses}, get_language() or "")
    context = {
        "due": [
            (mailing, KINDS[mailing.kind], _courses(mailing, named), _asked_of_preview(mailing)) for mailing in shown
        ],
        "due_count": len(due),
        "shown_at_most": SHOWN,
        "sent": [(sending, WORDS[sending.kind]) for sending in sent.defer("mail__text", "mail__html")[:SHOWN]],
        "last_run": last_run(),
        "form": PreviewForm(initial={"email": asker.email, "language": asker.language}),
    }
    return render(request, "training/staff/mail.html", context)


def _courses(mailing: Mailing, named: dict[str, str]) -> str:
    """What the mail is about: each course once, with how often where a manager reads of several people."""
    counts = Counter(named[str(key)] for key in mailing.courses)
    return ", ".join(f"{title} ({count})" if count > 1 else title for title, count in counts.items())


def _asked_of_preview(mailing: Mailing) -> str:
    person = mailing.recipient
    return urlencode({"email": person.email, "kind": mailing.kind, "language": person.language})


@require_safe
def sent_mail(request: HttpRequest) -> HttpResponse:
    """Everything that was ever written about training, the newest first."""
    asker = learning_staff(request)
    query, kind = request.GET.get("q", "").strip()[:100], request.GET.get("kind", "")
    rows = Sending.objects.visible_to(asker).select_related("recipient", "mail", "by")
    rows = searched(rows, query, "recipient__first_name", "recipient__last_name", "mail__to", "mail__subject")
    if kind in WORDS:
        rows = rows.filter(kind=kind)
    page = Paginator(rows.defer("mail__text", "mail__html").order_by("-pk"), PAGE).get_page(request.GET.get("p"))
    context = {
        "rows": [(sending, WORDS.get(sending.kind, sending.kind)) for sending in page],
        "page": page,
        "query": query,
        "kind": kind,
        "kinds": WORDS,
    }
    return render(request, "training/staff/sent_mail.html", context)


@require_safe
def mail_preview(request: HttpRequest) -> HttpResponse:
    """How it would read now. Nothing is sent."""
    asker = learning_staff(request)
    form = PreviewForm(request.GET or None, initial={"email": asker.email, "language": asker.language})
    letter, is_example = _letter(form) if form.is_valid() else (None, False)
    context = {"form": form, "letter": letter, "is_example": is_example}
    return render(request, "training/staff/mail_preview.html", context, status=422 if form.errors else 200)


def _letter(form: PreviewForm) -> tuple[emails.Letter | None, bool]:
    """The mail, None where there is nothing that it would be about; and whether what it says is made up."""
    person, kind, language = (form.cleaned_data[name] for name in ("email", "kind", "language"))
    today = timezone.localdate()
    if kind == REPORT:
        return _report(person, today, language), True
    if kind in (emails.LEAVE, emails.LEAVE_WITHDRAWN):
        leave = Grant(kind, person, starts_on=today, until=today + timedelta(days=14))
        return emails.granted(grant=leave, titles=TitlesByLanguage(), language=language), True
    letter = Planned("", kind, person, today)
    if kind == DIGEST:
        figures = digest_figures(lead=person, now=timezone.now())
        letter.figures = EXAMPLE if figures == Figures() else figures
        return emails.letter(planned=letter, titles=TitlesByLanguage(), language=language), letter.figures is EXAMPLE
    found = _about(kind, person)
    if not found:
        return None, False
    if kind in GRANTED:
        key, until = str(found[0][0].enrolment.course_key), today + timedelta(days=30)
        grant = Grant(kind, person, key, until=until)
        return emails.granted(grant=grant, titles=TitlesByLanguage(), language=language), True
    now = timezone.now()
    letter.items = [Item(row, STEPS[kind], day, is_late(row, now, today)) for row, day in found]
    return emails.letter(planned=letter, titles=TitlesByLanguage(), language=language), False


def _about(kind: str, person: User) -> list[tuple[Assignment, date]]:
    """A few trainings that such a mail could be about, and the day that it would name."""
    rows = Assignment.objects.unsettled().with_first_due().filter(first_due_on__isnull=False)
    day = "first_due_on"
    if kind == TEAM:
        rows = rows.of(User.objects.managed_by(person))
    elif kind == EXPIRING and (done := _running_out(person)).exists():
        rows, day = done, "good_until"
    else:
        rows = rows.filter(person=person)
    found = rows.select_related("requirement", "person", "enrolment").order_by(day, "pk")[:IN_PREVIEW]
    return [(row, getattr(row, day)) for row in found]


def _running_out(person: User) -> AssignmentQuerySet:
    return Assignment.objects.settled().filter(person=person, good_until__isnull=False)


def _report(person: User, today: date, language: str) -> emails.Letter:
    """An order as it could be; with figures that are made up, and no file."""
    order = ReportOrder(person=person, screen="trainings")
    with translation.override(language):
        shows = in_words("trainings", order.selection, "", "")
        file = File(exports.file_name("trainings", ReportOrder.Form.XLSX, today), exports.XLSX_TYPE, b"")
        report = Report(file, rows=3, needing=2, shows=shows)
    return emails.report(order=order, report=report, on=today, titles=TitlesByLanguage(), language=language)
