"""Issue, reissue, revoke: once, in one transaction, and provable."""

import threading
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certificates import actions, rules
from certificates.models import Certificate, Rendering, Revocation
from evidence import actions as evidence
from evidence.models import Record
from tests.certificates.conftest import TODAY, facts, reread

pytestmark = pytest.mark.django_db


def queued() -> list[str]:
    return [row.args_kwargs["args"][0] for row in DBTaskResult.objects.filter(task_path="certificates.tasks.render")]


def kinds() -> list[str]:
    return list(Record.objects.order_by("seq").values_list("kind", flat=True))


# --- issue ---------------------------------------------------------------------------------------------------------
def test_a_certificate_is_a_snapshot_of_the_day_of_issue(issue, ana, settings):
    settings.ORGANISATION = "Riverside Services"
    certificate = issue(ana, valid_until=date(2027, 3, 12))
    ana.last_name = "Lis"
    ana.save()
    settings.ORGANISATION = "Another name"
    certificate = reread(certificate)
    assert certificate.holder_name == "Ana Nowak"
    assert certificate.issuer == "Riverside Services"
    assert (certificate.course_title, certificate.course_version) == ("Calm, clear, safe", "3")
    assert (certificate.hours, certificate.hours_shown) == (Decimal("2.50"), Decimal("2.5"))
    assert rules.is_well_formed(certificate.serial)


def test_issuing_again_gives_the_same_certificate(issue, ana):
    key = uuid.uuid4()
    first = issue(ana, key=key)
    assert issue(ana, key=key, course_title="Something else") == first
    assert Certificate.objects.count() == 1
    assert queued() == [first.serial]
    assert kinds() == ["certificate.issued"]


def test_within_an_act_that_proves_more_a_second_one_proves_nothing_either(issue, ana):
    key = uuid.uuid4()
    first = issue(ana, key=key)
    with evidence.together():
        assert issue(ana, key=key) == first
    assert Certificate.objects.count() == Rendering.objects.count() == 1
    assert kinds() == ["certificate.issued"]


def test_impossible_facts_are_the_callers_error(issue, ana):
    with pytest.raises(IntegrityError):
        issue(ana, valid_until=date(2026, 3, 11))
    with pytest.raises(IntegrityError):
        issue(ana, hours=Decimal("-1"))
    assert not Certificate.objects.exists()
    assert kinds() == []


def test_an_act_undone_leaves_no_certificate_no_task_and_no_evidence(issue, ana):
    with transaction.atomic():
        issue(ana)
        transaction.set_rollback(True)
    assert not Certificate.objects.exists()
    assert queued() == []
    assert kinds() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_sixteen_at_once_get_one_certificate(ana):
    key, start, results = uuid.uuid4(), threading.Barrier(16), []

    def ask() -> None:
        start.wait()
        try:
            results.append(actions.issue(completion_key=key, holder=ana, facts=facts()).serial)
        except DatabaseError as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    certificate = Certificate.objects.get()
    assert results == [certificate.serial] * 16
    assert queued() == [certificate.serial]
    assert kinds() == ["certificate.issued"]


def test_the_database_refuses_a_second_certificate_for_a_completion(issue, ana):
    certificate = issue(ana)
    twin = Certificate(
        **{
            field.attname: getattr(certificate, field.attname)
            for field in Certificate._meta.concrete_fields
            if field.attname not in ("id", "serial")
        },
        serial=rules.new_serial(),
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_a_certificate_is_never_changed_nor_deleted(issue, ana, with_file):
    certificate = issue(ana)
    certificate.holder_name = "Somebody Else"
    for row in (certificate, with_file(certificate)):
        with pytest.raises(TypeError, match="never changed"):
            row.save()
        with pytest.raises(TypeError, match="never deleted"):
            row.delete()
    assert reread(certificate).holder_name == "Ana Nowak"


def test_what_was_issued_is_in_the_evidence_without_the_name_in_its_facts(issue, ana):
    certificate = issue(ana, course_key=uuid.UUID(int=7))
    record = Record.objects.get()
    assert record.subject == ana.key
    assert record.facts["serial"] == certificate.serial
    assert record.facts["course"] == str(uuid.UUID(int=7))
    assert "Nowak" not in str(record.facts)
    assert record.personal.payload["name"] == "Ana Nowak"


# --- reissue -------------------------------------------------------------------------------------------------------
def test_a_new_name_makes_a_new_certificate_that_names_the_old(issue, ana, publisher):
    old = issue(ana, valid_until=date(2027, 3, 12))
    ana.last_name = "Nowak-Lis"
    ana.save()
    new = actions.reissue(certificate=old, by=publisher)
    assert new.holder_name == "Ana Nowak-Lis"
    assert new.supersedes == old
    assert new.serial != old.serial
    assert (new.issued_on, new.valid_until, new.completion_key) == (old.issued_on, old.valid_until, old.completion_key)
    assert reread(old).holder_name == "Ana Nowak"
    assert (reread(old).state(TODAY), reread(new).state(TODAY)) == ("superseded", "valid")
    assert queued() == [old.serial, new.serial]
    assert Record.objects.order_by("seq").last().facts["supersedes"] == old.serial


def test_only_the_newest_that_still_stands_is_reissued(issue, ana, publisher):
    old = issue(ana)
    new = actions.reissue(certificate=old, by=publisher)
    with pytest.raises(actions.NotPossible):
        actions.reissue(certificate=old, by=publisher)
    actions.revoke(certificate=new, by=publisher, reason="Wrong person")
    with pytest.raises(actions.NotPossible):
        actions.reissue(certificate=new, by=publisher)
    assert Certificate.objects.count() == 2


def test_issuing_again_after_a_reissue_makes_no_third(issue, ana, publisher):
    key = uuid.uuid4()
    old = issue(ana, key=key)
    actions.reissue(certificate=old, by=publisher)
    assert issue(ana, key=key) == old
    assert Certificate.objects.count() == 2


# --- revoke --------------------------------------------------------------------------------------------------------
def test_a_revocation_says_when_who_and_why(issue, ana, publisher):
    certificate = issue(ana)
    before = timezone.now()
    revocation = actions.revoke(
        certificate=certificate,
        by=publisher,
        reason=" Sat by a colleague ",
        reason_class=Revocation.Reason.RULES_BROKEN,
    )
    assert revocation.at >= before
    assert (revocation.by, revocation.reason) == (publisher, "Sat by a colleague")
    assert reread(certificate).state(TODAY) == "revoked"
    record = Record.objects.order_by("seq").last()
    assert (record.kind, record.facts["reason_class"]) == ("certificate.revoked", "rules-broken")
    assert "colleague" not in str(record.facts)


def test_a_certificate_is_revoked_once(issue, ana, publisher):
    certificate = issue(ana)
    actions.revoke(certificate=certificate, by=publisher, reason="First")
    with pytest.raises(actions.NotPossible):
        actions.revoke(certificate=certificate, by=publisher, reason="Second")
    assert Revocation.objects.get().reason == "First"


@pytest.mark.parametrize(
    "wrong", [{"reason": "  "}, {"reason": "x" * 501}, {"reason": "Fine", "reason_class": "because"}]
)
def test_a_revocation_without_a_proper_reason_is_refused(issue, ana, publisher, wrong):
    certificate = issue(ana)
    with pytest.raises(ValueError if "reason_class" in wrong else Exception):
        actions.revoke(certificate=certificate, by=publisher, **wrong)
    assert not Revocation.objects.exists()
    assert kinds() == ["certificate.issued"]


# --- who sees what, and what stands --------------------------------------------------------------------------------
def test_one_sees_ones_own_those_below_one_and_staff_see_all(issue, request):
    people = {
        name: request.getfixturevalue(name)
        for name in ("ana", "marek", "obcy", "irena", "ela", "publisher", "auditor", "admin")
    }
    for person in people.values():
        issue(person)
    seen = {
        name: set(Certificate.objects.visible_to(person).values_list("holder__first_name", flat=True))
        for name, person in people.items()
    }
    everybody = {person.first_name for person in people.values()}
    assert seen["ana"] == {"Ana"}
    assert seen["obcy"] == {"Olaf"}
    assert seen["marek"] == {"Ana", "Marek"}
    assert seen["irena"] == {"Olaf", "Irena"}
    assert seen["ela"] == seen["publisher"] == seen["auditor"] == seen["admin"] == everybody


def test_the_query_for_valid_ones_agrees_with_the_rule(issue, ana, publisher):
    for days in (None, -1, 0, 1):
        issue(ana, valid_until=None if days is None else TODAY + timedelta(days=days))
    replaced = issue(ana)
    actions.reissue(certificate=replaced, by=publisher)
    actions.revoke(certificate=issue(ana), by=publisher, reason="A test")
    by_rule = {row.pk for row in Certificate.objects.with_state() if row.state(TODAY) == "valid"}
    assert set(Certificate.objects.valid_on(TODAY).values_list("pk", flat=True)) == by_rule
    assert len(by_rule) == 4


def test_the_state_of_many_costs_one_query(issue, ana, django_assert_num_queries):
    for _ in range(3):
        issue(ana)
    with django_assert_num_queries(1):
        assert [row.state(TODAY) for row in Certificate.objects.with_state()] == ["valid"] * 3
        assert not any(row.has_file or row.is_parked for row in Certificate.objects.none())
