from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from evidence import actions, rules
from evidence.models import Personal
from people import private
from people.models import User


class Command(BaseCommand):
    help = (
        "Erases what is personal from the evidence about one person, what only they could read (practice, notes), and "
        "files with their data that lie ready for download, and records that it was erased. For good."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", help="the person's e-mail address here")
        parser.add_argument("--reason", required=True, choices=[reason.value for reason in rules.ErasureReason])
        parser.add_argument("--by", metavar="EMAIL", help="the admin who decided it")
        parser.add_argument("--dry-run", action="store_true", help="only say how much would be erased")
        parser.add_argument("--no-input", action="store_true", help="do not ask first")

    def handle(self, *, who: str, reason: str, by: str | None, **options: Any) -> None:
        person = _person(who)
        admin = _admin(by) if by else None
        count = Personal.objects.filter(record__subject=person.key).count()
        held = {name: len(rows) for name, rows in private.told(person).items() if rows}
        self.stdout.write(f"{person.name} <{person.email}>: personal payloads: {count}")
        for name, rows in held.items():
            self.stdout.write(f"{name}: {rows}")
        if options["dry_run"] or not (count or held):
            return
        if not options["no_input"] and input("This cannot be undone. Type the address once more: ") != person.email:
            raise CommandError("Nothing was erased.")
        with transaction.atomic():
            forgotten = {name: rows for name, rows in private.forget(person).items() if rows}
            record = actions.erase(
                subject=person.key,
                reason=rules.ErasureReason(reason),
                by=admin,
                private=sum(forgotten.values()),
            )
        for name, rows in forgotten.items():
            self.stdout.write(f"{name} deleted: {rows}")
        self.stdout.write(f"Erased, and recorded as {record.seq}." if record else "There was nothing left to erase.")


def _person(email: str) -> User:
    person = User.objects.filter(email=email.strip().lower()).first()
    if person is None:
        raise CommandError(f"Nobody has the address {email}.")
    return person


def _admin(email: str) -> User:
    person = _person(email)
    if not person.is_superuser:
        raise CommandError(f"{email} is no admin.")
    return person
