"""manage.py verify_certificate 7KQ4M-2XT9R-DA5VJ-3C8PZ | paper.pdf"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from certificates import check, limited, rules
from certificates.models import Certificate, Damaged


class Command(BaseCommand):
    help = "Checks a certificate by its number or its PDF. Ends with 0 only where it is genuine, whole and valid today."

    def add_arguments(self, parser) -> None:
        parser.add_argument("what", help="a certificate number, or the path of a PDF")

    def handle(self, *args, what: str, **options) -> None:
        path = Path(what)
        data = path.read_bytes() if path.is_file() else self._stored(what)
        try:
            verdict = check.check(data)
        except limited.TooSlow as error:
            raise CommandError(f"not checked: {error}; try again") from error
        if verdict.certificate is None:
            raise CommandError(f"not genuine: {verdict.finding} {verdict.sealed_by}".strip())
        self._report(verdict.certificate, verdict)

    def _stored(self, typed: str) -> bytes:
        certificate = Certificate.objects.with_state().by_serial(typed).first()
        if certificate is None:
            is_number = rules.is_well_formed(rules.normalise(typed))
            raise CommandError("no certificate has this number" if is_number else "neither a file nor a number of ours")
        if not certificate.has_file:
            raise CommandError(f"{certificate.serial}: its PDF is not made yet ({certificate.rendering.tries} tries)")
        try:
            return certificate.file.read()
        except Damaged as error:
            raise CommandError(f"damaged: {error}") from error

    def _report(self, certificate: Certificate, verdict: check.Verdict) -> None:
        state = certificate.state(timezone.localdate())
        for name, value in (
            ("number", certificate.serial),
            ("name", certificate.holder_name),
            ("course", f"{certificate.course_title}, version {certificate.course_version}"),
            ("hours", certificate.hours_shown),
            ("issued", certificate.issued_on),
            ("valid until", certificate.valid_until or "no end date"),
            ("sealed by", verdict.sealed_by),
            ("sealed at", verdict.sealed_at),
            ("state", state),
        ):
            self.stdout.write(f"{name:12} {value}")
        if state != rules.State.VALID:
            raise CommandError(f"genuine, but {state}")
