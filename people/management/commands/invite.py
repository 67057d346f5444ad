"""Invites somebody by mail; who is invited chooses a password and a language. A second call renews the invitation."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from people import actions
from people.models import Team, User


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("first_name")
        parser.add_argument("last_name")
        parser.add_argument("--team", required=True, help="the name of the team; it must be the only one of this name")
        parser.add_argument("--language", choices=User.Language.values, default=User.Language.PL.value)
        parser.add_argument("--job-role", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        teams = list(Team.objects.filter(name=options["team"]))
        if len(teams) != 1:
            raise CommandError(f"{len(teams)} teams are called “{options['team']}”; it must be exactly one.")
        try:
            invitation = actions.invite(
                email=options["email"],
                first_name=options["first_name"],
                last_name=options["last_name"],
                team=teams[0],
                language=options["language"],
                job_role=options["job_role"],
                by=None,
            )
        except actions.AlreadyHere:
            raise CommandError(f"{options['email']} has an account already.") from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(
            f"Invited: {invitation.email}, until {invitation.expires_at:%Y-%m-%d}. The mail is on its way."
        )
