"""The only writer of certificates (the task that makes the file keeps the books of its own trying)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from certificates import bundles, preparing, rules
from certificates.models import Bundle, Certificate, Rendering, Revocation, design_for
from certificates.tasks import bundle, render
from evidence import actions as evidence
from people.models import User


class NotPossible(Exception):
    """This certificate is revoked or replaced already."""


class TooMany(Exception):
    """More certificates than one bundle takes."""


def issue(*, completion_key: UUID, holder: User, facts: rules.Facts, at: datetime | None = None) -> Certificate:
    """One certificate a completion, however often and from however many places this is asked for.

    The number and the facts stand from this moment; the PDF follows in a task, which is saved together with them.
    """
    try:
        with transaction.atomic():
            certificate = _create(completion_key, holder, facts, supersedes=None)
            _prove_issue(certificate, at)
    except IntegrityError:
        # There is one. Where there is none, the facts themselves are impossible, and that is the caller's error.
        issued = Certificate.objects.filter(completion_key=completion_key, supersedes=None).first()
        if issued is None:
            raise
        return issued
    return certificate


@transaction.atomic
def reissue(*, certificate: Certificate, by: User, reason: str = "", at: datetime | None = None) -> Certificate:
    """The same facts under the holder's name of today, as a new certificate that replaces this one.

    Neither the day of issue nor the validity moves: what was learnt, and when, has not changed. The paper is one of
    today: today's issuer, today's design.
    """
    certificate = _locked(certificate)
    if certificate.state(timezone.localdate()) in (rules.State.REVOKED, rules.State.SUPERSEDED):
        raise NotPossible(certificate.serial)
    facts = rules.Facts(
        course_title=certificate.course_title,
        course_version=certificate.course_version,
        hours=certificate.hours,
        issued_on=certificate.issued_on,
        valid_until=certificate.valid_until,
        language=certificate.language,
        course_key=certificate.course_key,
    )
    newer = _create(
        certificate.completion_key, certificate.holder, facts, supersedes=certificate, reason=reason.strip()
    )
    _prove_issue(newer, at, by=by)
    return newer


@transaction.atomic
def revoke(
    *,
    certificate: Certificate,
    by: User,
    reason: str,
    reason_class: str = Revocation.Reason.OTHER,
    at: datetime | None = None,
) -> Revocation:
    """Once and for good. The public reads the class of reason in words; `reason` is for the holder and staff."""
    certificate = _locked(certificate)
    if hasattr(certificate, "revocation"):
        raise NotPossible(certificate.serial)
    at = at or timezone.now()
    revocation = Revocation(
        certificate=certificate, at=at, by=by, reason=reason.strip(), reason_class=Revocation.Reason(reason_class)
    )
    revocation.clean_fields()
    revocation.save()
    evidence.append(
        kind="certificate.revoked",
        subject=certificate.holder.key,
        at=at,
        facts={"serial": certificate.serial, "reason_class": revocation.reason_class, "by": str(by.key)},
        personal={"name": certificate.holder_name, "reason": revocation.reason, "revoked_by": by.name},
    )
    return revocation


@transaction.atomic
def try_again(*, certificate: Certificate) -> bool:
    """Take a parked certificate up again, once its cause is mended. False: it has its file, or is not parked."""
    parked = Certificate.objects.parked().filter(pk=certificate.pk)
    if not Rendering.objects.filter(certificate__in=parked).update(tries=0, next_try_at=None, error=""):
        return False
    render.enqueue(certificate.serial)
    return True


@transaction.atomic
def requeue(*, waiting_since: datetime) -> tuple[int, int]:
    """New tasks for certificates and zips whose own task died with a worker before it began. Doing so twice is
    harmless, since only one task gets to claim each. Says how many of either."""
    serials = list(Certificate.objects.lost(waiting_since).order_by("pk").values_list("serial", flat=True))
    for serial in serials:
        render.enqueue(serial)
    return len(serials), preparing.requeue(Bundle.objects.lost(waiting_since), bundle)


@transaction.atomic
def request_bundle(*, key: UUID, serials: Sequence[str], by: User) -> Bundle:
    """Ask for these certificates in one zip; the same key is the same request, however often it is sent.

    Taking the data of many people out of the system is an act of its own, and on record. Raises TooMany.
    """
    once = list(dict.fromkeys(serials))
    if len(once) > rules.BUNDLE_LIMIT:
        raise TooMany(len(once))
    now = timezone.now()
    facts = {"requested_by": by, "requested_at": now, "language": by.language, "serials": once}
    requested, created = Bundle.objects.get_or_create(key=key, defaults=facts)
    if created:
        bundle.enqueue(str(key))
        evidence.append(
            kind="certificates.exported",
            subject=by.key,
            at=now,
            facts={"bundle": str(key), "serials": once},
            personal={},
        )
    return requested


def try_bundle_again(*, requested: Bundle) -> bool:
    """Take up a failed one again. False: it is made, or still being made."""
    return preparing.try_again(Bundle.objects.all(), requested, bundle)


def forget_bundles(*, person: User) -> int:
    """Zips that name somebody who is erased are gone before their time. How many there were."""
    return preparing.expire(bundles.ready_with(person))


def _create(
    completion_key: UUID, holder: User, facts: rules.Facts, *, supersedes: Certificate | None, reason: str = ""
) -> Certificate:
    certificate = Certificate.objects.create(
        serial=rules.new_serial(),
        completion_key=completion_key,
        holder=holder,
        holder_name=holder.name,
        course_key=facts.course_key,
        course_title=facts.course_title,
        course_version=facts.course_version,
        hours=facts.hours,
        issued_on=facts.issued_on,
        valid_until=facts.valid_until,
        language=facts.language,
        issuer=settings.ORGANISATION,
        design=design_for(facts.course_key),
        supersedes=supersedes,
        reissue_reason=reason,
    )
    Rendering.objects.create(certificate=certificate)
    render.enqueue(certificate.serial)
    return certificate


def _prove_issue(certificate: Certificate, at: datetime | None, by: User | None = None) -> None:
    evidence.append(
        kind="certificate.issued",
        subject=certificate.holder.key,
        at=at,
        facts={
            "serial": certificate.serial,
            "completion": str(certificate.completion_key),
            "course": str(certificate.course_key) if certificate.course_key else None,
            "course_version": certificate.course_version,
            "hours": str(certificate.hours),
            "issued_on": certificate.issued_on.isoformat(),
            "valid_until": certificate.valid_until.isoformat() if certificate.valid_until else None,
            "language": certificate.language,
            "supersedes": certificate.supersedes.serial if certificate.supersedes else None,
            "design": certificate.design.sha256 if certificate.design else None,
            "by": str(by.key) if by else None,
        },
        personal={
            "name": certificate.holder_name,
            "course": certificate.course_title,
            "issuer": certificate.issuer,
            **({"reason": certificate.reissue_reason, "issued_by": by.name} if by else {}),
        },
    )


def _locked(certificate: Certificate) -> Certificate:
    """The row as it is now, held until the end of the transaction, so that two acts on it take turns."""
    Certificate.objects.select_for_update().get(pk=certificate.pk)
    return Certificate.objects.with_state().select_related("holder").get(pk=certificate.pk)
