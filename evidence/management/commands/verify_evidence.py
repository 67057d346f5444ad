from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from evidence import actions
from evidence.verify import Verification


class Command(BaseCommand):
    help = "Checks that no evidence was changed, removed, inserted, reordered or cut off; names each such place."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help="a copy of the signed head kept elsewhere, to compare with as well; may be repeated",
        )
        parser.add_argument(
            "--seal",
            action="store_true",
            help="when the chain is whole, bring the signed head up to its end, or make it where it is missing",
        )

    def handle(self, *, head: list[Path], seal: bool, **options) -> None:
        verification = Verification(copies=head, may_lack_head=seal)
        found = 0
        for problem in verification.problems():
            found += 1
            self.stdout.write(self.style.ERROR(str(problem)))
        if found:
            problems = "1 problem" if found == 1 else f"{found} problems"
            raise CommandError(f"{problems} found: the evidence cannot be relied on.")
        if seal:
            actions.seal(anew=True)
        records = "1 record" if verification.count == 1 else f"{verification.count} records"
        self.stdout.write(f"{records}, chain whole, head at seq {verification.seq}")
        if verification.behind and not seal:
            self.stdout.write(
                f"Note: the signed head is {verification.behind} behind, as after a stopped process. "
                "The next record brings it up, or --seal."
            )
