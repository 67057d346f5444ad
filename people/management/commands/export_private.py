import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from people import private
from people.models import User


class Command(BaseCommand):
    help = "Writes what only this person reads here (practice and the like) as JSON: for a copy they asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", help="the person's e-mail address here")

    def handle(self, *, who: str, **options: Any) -> None:
        person = User.objects.filter(email=who.strip().lower()).first()
        if person is None:
            raise CommandError(f"Nobody has the address {who}.")
        self.stdout.write(json.dumps(private.told(person), ensure_ascii=False, indent=2))
