from django.core.management.base import BaseCommand

from training.actions import day


class Command(BaseCommand):
    help = (
        "Assign, release, open new cycles and send what is due: for a scheduler, every hour. Safe at any time, as "
        "often as you like, and twice at once."
    )

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do nothing")

    def handle(self, *, dry_run: bool, **options):
        for done in day.foreseen() if dry_run else day.training_day():
            if done.count or done.problem:
                self.stdout.write(_line(done, dry_run))
        self.stdout.write("Nothing was done: a dry run." if dry_run else "Done.")


def _line(done: day.Done, dry_run: bool) -> str:
    about = f"{done.rule}: " if done.rule else ""
    said = done.problem or f"{'would be ' if dry_run else ''}{done.what}: {done.count}"
    return f"{about}{said}"
