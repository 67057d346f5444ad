"""Mail that goes out."""

from typing import Any

from tests.house.asking.session import Answer, Asking, asks, page_of, same, within
from tests.house.asking.staff import refused_staff
from tests.house.oracle import Oracle
from training.reminding import DIGEST, TEAM, Planned


def the_digest(asking: Asking, later: Oracle) -> None:
    """Of one lead, and one more letter of that hour; `later` is the oracle of that Monday."""
    person = asking.reader(lambda one: any(one.pk in told for told in later.told().values()), 0.9)
    asking.asked = f"the digest of {person.email}"
    mine = [letter for letter in asking.monday() if letter.kind == DIGEST and letter.recipient.pk == person.pk]
    figures = later.digest(person)
    is_told = any(person.pk in told for told in later.told().values())
    same("mails", len(mine), int(is_told and any(figures)))
    if mine:
        said = mine[0].figures
        told = (said.overdue, said.expired, said.due_this_week, said.expires_soon, said.people)
        same("figures", told, figures)
    the_letter(asking, later, asking.rng.choice(asking.monday()))


def the_letter(asking: Asking, later: Oracle, letter: Planned) -> None:
    """It is about one's own trainings, or about those of people below who still have to do them."""
    asking.asked = f"the mail {letter.key}"
    current = {duty.row.pk: duty for duty in later.current()}
    for item in letter.items:
        duty = current[item.assignment.pk]
        same("an open account", duty.person.is_active, True)
        same("somebody away", later.is_away(duty.person.pk), False)
        if letter.kind != TEAM:
            same("one's own", duty.person.pk, letter.recipient.pk)
            continue
        teams = {team for team, told in later.told().items() if letter.recipient.pk in told}
        same("of somebody below", bool(teams & set(later.chain(duty.person.team_id))), True)
        same("of somebody else", duty.person.pk != letter.recipient.pk, True)
        same("late", duty.status, "overdue")


@asks("training-mail", often=1)
def mail_of_today(asking: Asking) -> None:
    """Who would be written to has something to do or somebody below; who was, is who was."""
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    answer = asking.get(reader, "training-mail")
    if refused_staff(asking, reader, answer):
        return
    due, _heading, sent = answer.text.rpartition("<h2>Sent</h2>")
    newest = sorted(oracle.sendings, key=lambda row: -row.pk)[:100]
    shown = [asking.traces.of(cells[1]).pop() for cells in Answer(200, sent, b"", None).rows()]
    same("who was written to", shown, [row.recipient_id for row in newest])
    have = {duty.person.pk for duty in oracle.current()}
    lead = {pk for people in oracle.told().values() for pk in people}
    active = {one.pk for one in asking.people if one.is_active}
    named = {pk for cells in Answer(200, due, b"", None).rows() for pk in asking.traces.of(cells[0])}
    meant = {pk for pk in named if oracle.is_meant(oracle.people[pk])}  # whom the next run assigns first
    within("who would be", named, active & (have | lead | meant))


@asks("mail-preview")
def a_mail_as_it_would_read(asking: Asking) -> None:
    reader, person = asking.reader(asking.oracle.is_staff), asking.person()
    kind = asking.rng.choice(["training-new", "reminder", "reminder-expiring", "team-late", "team-digest"])
    asked = {"email": person.email, "kind": kind, "language": asking.rng.choice(["pl", "lv", "en"])}
    answer = asking.get(reader, "mail-preview", asked=asked)
    if not refused_staff(asking, reader, answer):
        below = asking.oracle.managed(person) if kind == "team-late" else set()
        within("whom the mail is about", asking.traces.of(answer.text), {person.pk} | below)


@asks("sent-mail", often=3)
def mail_that_went(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    asked = {"q": asking.typed(0.5), "kind": asking.some(0.4, "reminder", "team-digest"), "p": asking.some(0.3, "2")}
    answer = asking.get(reader, "sent-mail", asked=asked)
    if refused_staff(asking, reader, answer):
        return
    rows = [row for row in sorted(oracle.sendings, key=lambda row: -row.pk) if asked["kind"] in ("", row.kind)]
    rows = [row for row in rows if all(is_in_mail(oracle, row, word) for word in asked["q"].lower().split())]
    found = [asking.traces.of(cells[1]).pop() for cells in answer.rows()]
    same("recipients", found, [row.recipient_id for row in page_of(rows, asked, "p")])


def is_in_mail(oracle: Oracle, row: Any, word: str) -> bool:
    person, mail = oracle.people[row.recipient_id], oracle.mails[row.mail_id]
    return any(word in text.lower() for text in (person.first_name, person.last_name, mail.to, mail.subject))


@asks("wagtailadmin_home")
def mail_that_failed(asking: Asking) -> None:
    """Beside what editors have to do: mail that could not be delivered."""
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    answer = asking.get(reader, "wagtailadmin_home")
    if refused_staff(asking, reader, answer):
        return
    failed = [row for row in oracle.mails.values() if row.failed_at]
    same("mails given up", answer.number(r"(\d+) mails? of the last two weeks"), len(failed) or None)
    within("whom it is about", asking.traces.of(answer.text), {row.person_id for row in failed} | {reader.pk})
