"""What a manager, L&D and the person may do about one training: within the rights given, once, told, and proved."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.models import Enrolment
from evidence.models import Record
from lms.dates import long_date
from people.models import Mail, TeamLead
from tests.training.staff import course_of, people, train
from training import actions, proofs, rights
from training.actions import standing
from training.models import (
    Assignment,
    AssignmentEvent,
    Equivalence,
    Leave,
    ManagerRights,
    Requirement,
    Sending,
    Waiver,
)
from training.rules.rights import Act, Asker, Rights, latest, may

DAY = timedelta(days=1)
PDF = b"%PDF-1.4 a paper"


@pytest.fixture
def ela(ela):
    """Who gets into the CMS at all."""
    ela.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return ela


@pytest.fixture
def duty(tree, ana) -> Assignment:
    rule = Requirement.objects.create(
        name="Desks",
        course_key=tree.course_key,
        audience={"person": str(ana.key)},
        due_days=30,
        valid_months=12,
        starts_on=timezone.localdate(),
    )
    return actions.assign(requirement=rule, person=ana)


def team_address(duty: Assignment, act: str) -> str:
    return reverse("team-grant", args=[duty.key, act])


def staff_address(duty: Assignment, act: str) -> str:
    return reverse("training-grant", args=[duty.key, act])


def paper(content: bytes = PDF, name: str = "scan.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def more(duty: Assignment, days: int) -> dict[str, str]:
    return {"until": str(duty.due_on + days * DAY), "reason": "Moved house"}


def kinds() -> list[str]:
    return list(Record.objects.order_by("seq").values_list("kind", flat=True))


def let(**rights_given) -> None:
    ManagerRights.objects.create(**rights_given)


# --- the rule ------------------------------------------------------------------------------------------------------
def test_who_may_what():
    strict = Rights(extend_days=0, may_waive=False, may_record_leave=False)
    lead, staff, self, both = Asker(is_lead=True), Asker(is_staff=True), Asker(is_self=True), Asker(True, False, True)
    assert {act for act in Act if may(act, lead, Rights())} == {Act.EXTEND, Act.OFFER, Act.LEAVE}
    assert {act for act in Act if may(act, lead, strict)} == {Act.OFFER}
    assert {act for act in Act if may(act, lead, Rights(may_waive=True))} == set(Act)
    assert {act for act in Act if may(act, staff, strict)} == set(Act)
    assert {act for act in Act if may(act, self, Rights())} == {Act.OFFER}
    assert {act for act in Act if may(act, both, Rights())} == {Act.OFFER}, "nobody grants anything to themself"
    assert not [act for act in Act if may(act, Asker(), Rights(may_waive=True))]


@given(
    given_on=st.dates(date(2024, 1, 1), date(2040, 1, 1)),
    away=st.integers(0, 400),
    days=st.integers(0, 365),
    steps=st.lists(st.integers(1, 60), max_size=8),
)
def test_small_steps_reach_no_further_than_one(given_on, away, days, steps):
    lead, allowed, holds = Asker(is_lead=True), Rights(extend_days=days), given_on + away * DAY
    for step in steps:
        last = latest(given_on, away * DAY, lead, allowed)
        if holds + step * DAY <= last:
            holds += step * DAY
    assert holds <= given_on + (away + days) * DAY
    assert latest(given_on, away * DAY, Asker(is_staff=True), allowed) is None


# --- more time -----------------------------------------------------------------------------------------------------
def test_a_manager_extends_and_the_person_is_told_in_their_language(duty, ana, marek, client_for):
    ana.language = "pl"
    ana.save()
    response = client_for(marek).post(team_address(duty, "extend"), more(duty, 10))
    assert response.url == reverse("team-person", args=[ana.key])
    until = duty.due_on + 10 * DAY
    assert Assignment.objects.get().due_on == until
    mail, sending = Mail.objects.get(), Sending.objects.get()
    assert (mail.to, mail.language, mail.kind) == (ana.email, "pl", "granted-extended")
    assert "Moved house" in mail.text
    assert (sending.mail, sending.by, sending.recipient) == (mail, marek, ana)
    assert "assignment.extended" in kinds()
    assert "Moved house" in client_for(ana).get("/my/").content.decode()


def test_a_double_click_extends_once(duty, marek, client_for):
    client, said = client_for(marek), more(duty, 10)
    for _click in range(2):
        assert client.post(team_address(duty, "extend"), said).status_code == 302
    assert Mail.objects.count() == AssignmentEvent.objects.filter(what="extended").count() == 1
    assert kinds().count("assignment.extended") == 1


def test_a_manager_extends_so_far_and_no_further_in_however_many_steps(duty, marek, ela, client_for):
    client, address = client_for(marek), team_address(duty, "extend")
    assert client.post(address, more(duty, 15)).status_code == 422
    assert client.post(address, more(duty, 8)).status_code == 302
    refused = client.post(address, more(duty, 15))
    assert refused.status_code == 422
    assert "For more time, ask L&amp;D" in refused.content.decode()
    assert client.post(address, more(duty, 14)).status_code == 302
    assert client_for(ela).post(staff_address(duty, "extend"), more(duty, 100)).status_code == 302
    assert Assignment.objects.get().due_on == duty.due_on + 100 * DAY


def test_a_leave_moves_how_far_a_manager_may_go(duty, ana, marek, ela):
    today = timezone.localdate()
    standing.record_leave(person=ana, starts_on=today, ends_on=today + 4 * DAY, by=ela)
    row = Assignment.objects.get()
    assert row.due_on == duty.due_on + 5 * DAY
    last = rights.latest(row, Asker(is_lead=True), Rights(extend_days=14))
    assert last == row.due_on + 14 * DAY


def test_a_leave_moves_how_far_a_manager_may_go_after_each_step_too(duty, ana, marek, ela, client_for):
    client, address, today = client_for(marek), team_address(duty, "extend"), timezone.localdate()
    standing.record_leave(person=ana, starts_on=today, ends_on=today + 59 * DAY, by=ela)
    for days in (63, 68):
        assert client.post(address, more(duty, days)).status_code == 302
        assert Assignment.objects.get().due_on == duty.due_on + days * DAY
    assert client.post(address, more(duty, 75)).status_code == 422, "60 of leave and 14 of a manager"
    assert client.get(address).context["latest"] == duty.due_on + 74 * DAY
    client_for(ela).post(staff_address(duty, "extend"), more(duty, 100))
    asked = client.get(address, follow=True).content.decode()
    assert "For more time, ask L&amp;D" in asked
    assert "You can extend to" not in asked


def test_what_is_waived_is_not_extended_by_a_form_that_was_open(duty, ana, marek, ela, client_for):
    standing.waive(assignment=duty, reason="Examiner", by=ela)
    for act, said in (("extend", more(duty, 3)), ("proof", offer())):
        answered = client_for(marek).post(team_address(duty, act), said, follow=True)
        assert "Nothing was changed" in answered.content.decode()
    assert Assignment.objects.get().due_on == duty.due_on
    assert not Equivalence.objects.exists()
    assert Mail.objects.count() == 1


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"until": "soon", "reason": "x"},
        {"until": "2020-01-01", "reason": "x"},
        {"until": "9999-12-31", "reason": "x"},
        {"until": "2027-01-01", "reason": ""},
        {"until": "2027-01-01", "reason": "x" * 501},
        {"until": "2027-01-01", "reason": "two\nlines"},
    ],
)
def test_what_cannot_be_read_is_asked_for_again(duty, ela, client_for, said):
    assert client_for(ela).post(staff_address(duty, "extend"), said).status_code == 422
    assert Assignment.objects.get().due_on == duty.due_on


def test_where_managers_may_not_they_read_whom_to_ask(duty, ana, marek, client_for):
    let(extend_days=0, may_record_leave=False)
    client = client_for(marek)
    for address in (team_address(duty, "extend"), team_address(duty, "waive"), reverse("team-leave", args=[ana.key])):
        answered = client.post(address, more(duty, 1) | {"starts_on": "2026-01-01"}, follow=True)
        assert "Ask L&amp;D." in answered.content.decode()
    assert Assignment.objects.get().due_on == duty.due_on
    assert not Waiver.objects.exists()
    assert not Leave.objects.exists()


# --- waived --------------------------------------------------------------------------------------------------------
def test_a_waiver_keeps_its_reason_approver_paper_and_end(duty, ana, marek, client_for):
    let(may_waive=True)
    until = timezone.localdate() + 60 * DAY
    said = {"reason": "Pregnant", "until": str(until)}
    client = client_for(marek)
    for _click in range(2):
        assert client.post(team_address(duty, "waive"), said | {"document": paper()}).status_code == 302
    waiver = Waiver.objects.get()
    assert (waiver.reason, waiver.approved_by, waiver.until) == ("Pregnant", marek, until)
    assert waiver.document.read() == PDF
    assert "scan" not in waiver.document.name, "stored under a name nobody chose"
    assert kinds().count("assignment.waived") == Mail.objects.count() == 1
    mine = client_for(ana).get("/my/").content.decode()
    assert "Waived until" in mine
    assert "Pregnant" in mine
    assert "Nothing is assigned" in mine, "and it is not to do"


def test_a_reason_is_read_by_its_writer_and_learning_staff_not_by_the_next_manager(duty, ana, marek, ela, client_for):
    standing.waive(assignment=duty, reason="Pregnant", by=ela)
    assert "Pregnant" in client_for(ela).get(reverse("training-person", args=[ana.key])).content.decode()
    page = client_for(marek).get(reverse("team-person", args=[ana.key])).content.decode()
    assert "Waived" in page
    assert "Ela Ozola" in page
    assert "Pregnant" not in page


def test_what_is_waived_or_done_leads_back_with_a_word(duty, marek, ela, client_for):
    standing.waive(assignment=duty, reason="Examiner", by=ela)
    for method in ("get", "post"):
        answered = getattr(client_for(ela), method)(staff_address(duty, "waive"), {"reason": "Another"}, follow=True)
        assert "Nothing was changed" in answered.content.decode()
    assert Waiver.objects.count() == 1


# --- another qualification -----------------------------------------------------------------------------------------
def offer(**more_said) -> dict:
    return {"title": "First aid", "obtained_on": str(timezone.localdate() - 30 * DAY), "proof": paper()} | more_said


def test_a_proof_is_handed_in_waits_and_is_accepted(duty, ana, marek, ela, client_for):
    address = reverse("my-proof", args=[duty.key])
    for _click in range(2):
        assert client_for(ana).post(address, offer()).url == "/my/"
    waiting = Equivalence.objects.get()
    assert (waiting.offered_by, waiting.accepted) == (ana, None)
    assert "is being looked at" in client_for(ana).get("/my/").content.decode()
    assert "First aid" in client_for(ela).get(reverse("training-proofs")).content.decode()
    decide = reverse("training-proof", args=[waiting.key])
    for _click in range(2):
        assert client_for(ela).post(decide, {"decision": "accept"}).status_code == 302
    assert Assignment.objects.get().equivalent_on == waiting.obtained_on
    assert Mail.objects.get().kind == "granted-equivalent"
    assert kinds().count("equivalence.offered") == kinds().count("assignment.equivalent") == 1
    assert "Your other qualification counts" in client_for(ana).get("/my/").content.decode()
    page = client_for(marek).get(reverse("team-person", args=[ana.key])).content.decode()
    assert "Another qualification accepted" in page
    assert "First aid" not in page, "a manager sees that, not what"


def test_a_refusal_says_why(duty, ana, ela, client_for):
    made = standing.offer_equivalence(assignment=duty, title="Old", obtained_on=date(2010, 1, 1), proof=PDF, by=ana)
    address = reverse("training-proof", args=[made.key])
    assert client_for(ela).post(address, {"decision": "refuse"}).status_code == 422
    assert client_for(ela).post(address, {"decision": "refuse", "reason": "Too old"}).status_code == 302
    assert "Too old" in Mail.objects.get().text
    assert "equivalence.refused" in kinds()
    again = client_for(ana).post(reverse("my-proof", args=[duty.key]), offer())
    assert again.status_code == 302
    assert Equivalence.objects.waiting().count() == 1, "and another proof may be tried"


def test_a_proof_that_came_to_nothing_is_refused_all_the_same_and_nobody_is_written_to(duty, ana, ela, client_for):
    made = standing.offer_equivalence(assignment=duty, title="Old", obtained_on=date(2010, 1, 1), proof=PDF, by=ana)
    Enrolment.objects.update(started_at=timezone.now(), completed_at=timezone.now())
    client, address = client_for(ela), reverse("training-proof", args=[made.key])
    client.post(address, {"decision": "accept"})
    assert Equivalence.objects.waiting().count() == 1
    answered = client.post(address, {"decision": "refuse", "reason": "Done since"}, follow=True)
    assert "Nobody gets a mail about it" in answered.content.decode()
    assert not Equivalence.objects.waiting().exists()
    assert "equivalence.refused" in kinds()
    assert not Mail.objects.exists()


def test_nobody_decides_about_their_own_proof(tree, ela, client_for):
    rule = Requirement.objects.create(
        name="E", course_key=tree.course_key, audience={"any": []}, starts_on=timezone.localdate()
    )
    own = actions.assign(requirement=rule, person=ela)
    made = standing.offer_equivalence(assignment=own, title="Mine", obtained_on=date(2026, 1, 1), proof=PDF, by=ela)
    client = client_for(ela)
    assert client.post(reverse("training-proof", args=[made.key]), {"decision": "accept"}).status_code == 404
    assert "Accept it" not in client.get(reverse("training-proof", args=[made.key])).content.decode()
    answered = client.post(staff_address(own, "waive"), {"reason": "Me"}, follow=True)
    assert "Nobody grants anything to themself" in answered.content.decode()
    assert not Waiver.objects.exists()


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"<script>alert(1)</script>", "a.pdf"), (b"MZ\x90", "a.png"), (b"", "a.pdf"), (b"<svg/>", "a.svg")],
)
def test_what_is_no_paper_is_refused_by_its_bytes(duty, ana, client_for, content, name):
    response = client_for(ana).post(reverse("my-proof", args=[duty.key]), offer(proof=paper(content, name)))
    assert response.status_code == 422
    assert not Equivalence.objects.exists()


def test_a_paper_has_a_size(duty, ana, client_for, monkeypatch):
    monkeypatch.setattr(proofs, "MAX_BYTES", len(PDF))
    address = reverse("my-proof", args=[duty.key])
    assert client_for(ana).post(address, offer(proof=paper(PDF + b"!"))).status_code == 422
    assert client_for(ana).post(address, offer()).status_code == 302


def test_a_paper_is_fetched_by_its_person_and_learning_staff_alone(
    duty, ana, marek, irena, obcy, ela, auditor, admin, client_for
):
    proof = standing.offer_equivalence(assignment=duty, title="A", obtained_on=date(2026, 1, 1), proof=PDF, by=marek)
    waiver = standing.waive(assignment=duty, reason="Examiner", by=marek, document=PDF)
    for address in (reverse("proof-file", args=[proof.key]), reverse("waiver-file", args=[waiver.key])):
        for reader in (ana, ela, admin):
            response = client_for(reader).get(address)
            assert b"".join(response.streaming_content) == PDF
            assert response["Content-Type"] == "application/pdf"
            assert response["Content-Disposition"].startswith("attachment")
            assert "no-store" in response["Cache-Control"]
            assert response["X-Content-Type-Options"] == "nosniff"
        for stranger in (marek, irena, obcy, auditor):
            assert client_for(stranger).get(address).status_code == 404
        assert client_for(None).get(address).status_code == 302
    waiver.document.storage.delete(waiver.document.name)
    assert client_for(ana).get(reverse("waiver-file", args=[waiver.key])).status_code == 404


# --- a leave -------------------------------------------------------------------------------------------------------
def test_a_manager_records_a_leave_and_the_dates_wait(duty, ana, marek, client_for):
    today = timezone.localdate()
    said = {"starts_on": str(today), "ends_on": str(today + 9 * DAY)}
    address = reverse("team-leave", args=[ana.key])
    for _click in range(2):
        assert client_for(marek).post(address, said).status_code == 302
    assert Leave.objects.get().recorded_by == marek
    assert Assignment.objects.get().due_on == duty.due_on + 10 * DAY
    assert Mail.objects.get().kind == "granted-leave"
    assert kinds().count("leave.recorded") == 1
    for reader, page in ((ana, "/my/"), (marek, reverse("team-person", args=[ana.key]))):
        assert "eave" in client_for(reader).get(page).content.decode()
    assert client_for(marek).post(address, said | {"ends_on": "2020-01-01"}).status_code == 422


# --- a leave that was recorded by mistake ---------------------------------------------------------------------------
@pytest.fixture
def leave(duty, ana, marek) -> Leave:
    """Ten days by mistake: the training is due ten days later."""
    today = timezone.localdate()
    return standing.record_leave(person=ana, starts_on=today, ends_on=today + 9 * DAY, by=marek)


def withdrawing(leave: Leave) -> str:
    return reverse("team-leave-withdraw", args=[leave.key])


def test_a_manager_withdraws_a_leave_and_the_dates_are_as_before(duty, leave, ana, marek, client_for):
    assert Assignment.objects.get().due_on == duty.due_on + 10 * DAY
    client, address = client_for(marek), withdrawing(leave)
    asked = client.get(address).content.decode()
    assert long_date(duty.due_on + 10 * DAY, "en") in asked
    assert long_date(duty.due_on, "en") in asked
    for _click in range(2):
        assert client.post(address, {"reason": "The wrong Ana"}).status_code == 302
    assert Assignment.objects.get().due_on == duty.due_on
    assert Assignment.objects.get().due_at == duty.due_at
    leave.refresh_from_db()
    assert (leave.withdrawn_by, leave.withdrawn_because, bool(leave.withdrawn_at)) == (marek, "The wrong Ana", True)
    assert kinds().count("leave.withdrawn") == 1
    mail = Mail.objects.get(kind="withdrawn-leave")
    with translation.override(ana.language):
        assert "The wrong Ana" in mail.text
        assert date_format(duty.due_on, "DATE_FORMAT") in mail.text, "what is due when, from now on"


def test_a_withdrawn_leave_is_on_the_pages_of_the_person_their_manager_and_staff(
    leave, ana, marek, irena, ela, client_for
):
    standing.withdraw_leave(leave=leave, reason="The wrong Ana", by=marek)
    pages = [
        (ana, reverse("my")),
        (marek, reverse("team-person", args=[ana.key])),
        (ela, reverse("training-person", args=[ana.key])),
    ]
    for reader, page in pages:
        reader.language = "en"
        reader.save()
        text = client_for(reader).get(page).content.decode()
        assert "ithdrawn" in text, page
        assert "The wrong Ana" in text, page
        assert "Withdraw this leave" not in text, "it is withdrawn already"
    irena.language = "en"
    irena.save()
    TeamLead.objects.create(team=ana.team, person=irena, kind="manager", starts_on=timezone.localdate())
    other = client_for(irena).get(pages[1][1]).content.decode()
    assert "Leave withdrawn, due date moved back" in other
    assert "The wrong Ana" not in other, "what somebody wrote may be about an illness"


def test_a_leave_can_be_recorded_again_after_it_was_withdrawn(duty, leave, ana, marek, client_for):
    standing.withdraw_leave(leave=leave, reason="Too long", by=marek)
    again = standing.record_leave(person=ana, starts_on=leave.starts_on, ends_on=leave.starts_on + DAY, by=marek)
    assert again.pk != leave.pk
    assert Assignment.objects.get().due_on == duty.due_on + 2 * DAY
    answer = client_for(marek).get(withdrawing(leave), follow=True)
    assert "withdrawn already" in answer.content.decode(), "the page of an earlier tab takes nothing back"
    assert Assignment.objects.get().due_on == duty.due_on + 2 * DAY


def test_who_withdraws_second_reads_that_somebody_has(leave, marek, ela, client_for):
    standing.withdraw_leave(leave=leave, reason="The wrong Ana", by=ela)
    answer = client_for(marek).post(withdrawing(leave), {"reason": "Mine"}, follow=True)
    assert "withdrawn already" in answer.content.decode()
    assert Mail.objects.filter(kind="withdrawn-leave").count() == 1
    leave.refresh_from_db()
    assert leave.withdrawn_by == ela


def test_other_leaves_of_the_same_days_still_count(duty, leave, ana, marek):
    today = timezone.localdate()
    other = standing.record_leave(person=ana, starts_on=today - DAY, ends_on=today + 4 * DAY, by=marek)
    standing.withdraw_leave(leave=leave, reason="Twice", by=marek)
    assert Assignment.objects.get().due_on == duty.due_on + 5 * DAY
    standing.withdraw_leave(leave=other, reason="None at all", by=marek)
    assert Assignment.objects.get().due_on == duty.due_on


def test_an_extension_given_meanwhile_stays(duty, leave, marek, ela):
    until = duty.due_on + 40 * DAY
    standing.extend(assignment=duty, until=until, reason="Moved house", by=ela)
    standing.withdraw_leave(leave=leave, reason="The wrong Ana", by=marek)
    assert Assignment.objects.get().due_on == until


def test_a_waiver_that_ends_gives_no_days_of_a_withdrawn_leave_and_none_twice(duty, leave, ana, marek, ela):
    Requirement.objects.update(due_days=1)
    standing.record_leave(person=ana, starts_on=leave.starts_on + DAY, ends_on=leave.starts_on + 6 * DAY, by=ela)
    standing.waive(assignment=duty, reason="Examiner", by=ela, until=timezone.localdate())
    later = timezone.now() + 3 * DAY
    standing.withdraw_leave(leave=leave, reason="The wrong Ana", by=marek)
    actions.end_waivers(at=later)
    actions.move_for_leaves(at=later)
    assert Assignment.objects.get().due_on == duty.due_on + 6 * DAY


def test_what_was_waived_for_a_cycle_while_a_mistaken_leave_stood_is_due_next_as_without_it(
    duty, leave, ana, marek, ela, client_for
):
    waived = standing.waive(assignment=duty, reason="Examiner", by=ela).assignment
    waived.refresh_from_db()
    assert waived.due_on == duty.due_on + 10 * DAY
    as_it_was = duty.next_due(duty.due_on)
    asked = client_for(marek).get(withdrawing(leave)).content.decode()
    for day in (waived.good_until_other, as_it_was):
        assert long_date(day, "en") in asked, "nothing moves that was not shown"
    standing.withdraw_leave(leave=leave, reason="The wrong Ana", by=marek)
    waived.refresh_from_db()
    assert (waived.due_on, waived.due_at, waived.good_until_other) == (duty.due_on, duty.due_at, as_it_was)
    assert AssignmentEvent.objects.filter(assignment=duty, what="resumed", due_on=duty.due_on).count() == 1


def test_a_leave_that_was_recorded_after_a_waiver_takes_nothing_with_it(duty, ana, marek, ela):
    standing.waive(assignment=duty, reason="Examiner", by=ela)
    before = Assignment.objects.values().get()
    later = standing.record_leave(
        person=ana, starts_on=timezone.localdate() - 3 * DAY, ends_on=timezone.localdate(), by=marek
    )
    standing.withdraw_leave(leave=later, reason="The wrong Ana", by=marek)
    assert Assignment.objects.values().get() == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kept=st.lists(st.tuples(st.integers(-40, 20), st.integers(0, 30) | st.none()), max_size=3),
    wrong=st.tuples(st.integers(-40, 20), st.integers(0, 30) | st.none()),
)
def test_recording_and_withdrawing_leaves_every_due_date_as_it_was(duty, ana, marek, kept, wrong):
    Assignment.objects.update(clock_from=timezone.localdate() - 60 * DAY)
    today, dates = timezone.localdate(), Assignment.objects.values_list("pk", "due_on", "due_at", "base_due_on")
    with transaction.atomic():

        def record(first: int, length: int | None) -> Leave:
            starts = today + first * DAY
            ends = None if length is None else starts + length * DAY
            return standing.record_leave(person=ana, starts_on=starts, ends_on=ends, by=marek)

        for first, length in kept:
            record(first, length)
        before = list(dates)
        if wrong[0] not in {first for first, _length in kept}:  # the same first day is the same leave
            standing.withdraw_leave(leave=record(*wrong), reason="By mistake", by=marek)
        assert list(dates) == before
        assert actions.move_for_leaves() == 0, "the next run finds nothing to move"
        transaction.set_rollback(True)


def test_withdrawing_is_within_the_rights_given_and_needs_a_reason(leave, ana, marek, irena, obcy, auditor, client_for):
    said = {"reason": "The wrong Ana"}
    for address in (withdrawing(leave), reverse("training-leave-withdraw", args=[leave.key])):
        for stranger in (ana, irena, obcy, auditor):
            assert client_for(stranger).get(address).status_code == 404, (stranger, address)
            assert client_for(stranger).post(address, said).status_code == 404, (stranger, address)
        assert client_for(None).post(address, said).status_code == 302
    assert client_for(marek).post(withdrawing(leave), {"reason": " "}).status_code == 422
    assert client_for(marek).post(withdrawing(leave), {"reason": "a" * 501}).status_code == 422
    let(may_record_leave=False)
    answer = client_for(marek).post(withdrawing(leave), said, follow=True)
    assert "Ask L&amp;D" in answer.content.decode()
    assert not Leave.objects.exclude(withdrawn_at=None).exists()
    assert not Mail.objects.filter(kind="withdrawn-leave").exists()


# --- who ----------------------------------------------------------------------------------------------------------
def test_a_deputy_grants_on_the_days_given_and_two_hats_count_apart(duty, ana, irena, obcy, teams, client_for):
    address, today = team_address(duty, "extend"), timezone.localdate()
    client = client_for(irena)
    assert client.get(address).status_code == 404
    hat = TeamLead.objects.create(
        team=teams.service, person=irena, kind="deputy", starts_on=today - 3 * DAY, ends_on=today
    )
    assert client.post(address, more(duty, 3)).status_code == 302
    assert client.get(reverse("team-leave", args=[obcy.key])).status_code == 200, "her own people too"
    TeamLead.objects.filter(pk=hat.pk).update(ends_on=today - DAY)
    assert client.post(address, more(duty, 5)).status_code == 404
    assert Assignment.objects.get(person=ana).due_on == duty.due_on + 3 * DAY


def test_strangers_get_nowhere(duty, ana, irena, obcy, auditor, client_for):
    said = more(duty, 3) | offer() | {"starts_on": "2026-01-01"}
    addresses = [team_address(duty, act) for act in ("extend", "waive", "proof")]
    addresses += [staff_address(duty, act) for act in ("extend", "waive", "proof")]
    addresses += [reverse("team-leave", args=[ana.key]), reverse("training-leave", args=[ana.key])]
    for address in addresses:
        for stranger in (ana, irena, obcy, auditor):
            assert client_for(stranger).get(address).status_code == 404, (stranger, address)
            assert client_for(stranger).post(address, said).status_code == 404, (stranger, address)
        assert client_for(None).post(address, said).status_code == 302
    for stranger in (irena, obcy, auditor):
        assert client_for(stranger).post(reverse("my-proof", args=[duty.key]), offer()).status_code == 404
    assert not Mail.objects.exists()
    assert not AssignmentEvent.objects.exclude(what="assigned").exists()


def test_who_has_left_is_granted_nothing(duty, ana, marek, ela, client_for):
    ana.is_active = False
    ana.save()
    assert client_for(marek).get(team_address(duty, "extend")).status_code == 404
    assert client_for(ela).get(staff_address(duty, "extend")).status_code == 404
    assert client_for(ela).get(reverse("training-person", args=[ana.key])).status_code == 200, "history stays"


# --- L&D's lists ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["training-people", "training-proofs", "sent-mail"])
def test_a_list_costs_the_same_with_one_row_as_with_thirty(tree, teams, ela, client_for, name):
    def fill(users) -> None:
        for row in train(users, course_of("calm"), kinds=[(40, False, False, None, False)]):
            made = standing.offer_equivalence(
                assignment=row, title="First aid", obtained_on=date(2026, 1, 1), proof=PDF, by=row.person
            )
            standing.record_leave(person=row.person, starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 2), by=ela)
            assert made.assignment_id == row.pk

    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse(name)).content.decode()
        return len(captured), page.count('<th scope="row">')

    client = client_for(ela)
    fill(people(1, teams.desk))
    client.get(reverse(name))
    one, rows = queries()
    assert rows >= 1
    fill(people(30, teams.desk, first=1))
    thirty, many = queries()
    assert many >= 30
    assert thirty == one


def test_lists_are_searched(duty, ana, marek, ela, client_for):
    standing.offer_equivalence(assignment=duty, title="First aid", obtained_on=date(2026, 1, 1), proof=PDF, by=ana)
    standing.extend(assignment=duty, until=duty.due_on + DAY, reason="x", by=marek)
    client = client_for(ela)
    for name, hit in (("training-people", "Ana"), ("training-proofs", "aid"), ("sent-mail", "ana@")):
        assert "Ana Nowak" in client.get(reverse(name), {"q": hit}).content.decode()
        assert "Ana Nowak" not in client.get(reverse(name), {"q": "zzz"}).content.decode().replace("Ela", "")
    assert "Ana Nowak" not in client.get(reverse("sent-mail"), {"kind": "reminder"}).content.decode()
    assert "Marek Lis" in client.get(reverse("sent-mail"), {"kind": "granted-extended"}).content.decode()


def test_the_proof_that_waits_is_refused_to_a_second_of_another_kind(duty, ana, marek):
    standing.offer_equivalence(assignment=duty, title="A", obtained_on=date(2026, 1, 1), proof=PDF, by=ana)
    with pytest.raises(standing.NotPossible):
        standing.offer_equivalence(assignment=duty, title="B", obtained_on=date(2026, 1, 1), proof=PDF, by=marek)
    assert Equivalence.objects.count() == 1


def test_who_hands_in_a_second_proof_reads_that_one_waits(duty, ana, marek, client_for):
    client_for(ana).post(reverse("my-proof", args=[duty.key]), offer())
    second = offer(proof=paper(PDF + b" of another"))
    answered = client_for(marek).post(team_address(duty, "proof"), second, follow=True)
    assert "another proof waits" in answered.content.decode()


@pytest.mark.parametrize("page", ["team-person", "training-person", "my"])
def test_a_page_costs_the_same_after_one_grant_as_after_thirty(duty, ana, marek, ela, client_for, page):
    reader = {"team-person": marek, "training-person": ela, "my": ana}[page]
    client, address = client_for(reader), reverse(page, args=() if page == "my" else (ana.key,))

    def grant(first: int, last: int) -> None:
        for number in range(first, last):
            standing.extend(assignment=duty, until=duty.due_on + number * DAY, reason=f"No. {number}", by=ela)
            day = date(2025, 1, 1) + number * DAY
            standing.record_leave(person=ana, starts_on=day, ends_on=day, by=marek)
            made = standing.offer_equivalence(assignment=duty, title="A", obtained_on=day, proof=PDF, by=ana)
            standing.decide_equivalence(equivalence=made, accepted=False, reason="No", by=ela)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    grant(1, 2)
    queries()
    one = queries()
    grant(2, 32)
    assert queries() == one
