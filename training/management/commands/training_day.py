from django.core.management.base import BaseCommand
from django.utils import timezone

from training.actions import day, letters
from training.reports.mail_today import mail_today


class Command(BaseCommand):
    help = (
        "Assign, release, open new cycles and send what is due: for a scheduler, every hour. Safe at any time, as "
        "often as you like, and twice at once."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--dry-run", action="store_true", help="say what it would do and who would get which mail today; do nothing"
        )

    def handle(self, *, dry_run: bool, **options):
        for done in day.foreseen() if dry_run else day.training_day():
            if done.count or done.problem:
                self.stdout.write(_line(done, dry_run))
        if dry_run:
            self._mail_today()
        self.stdout.write("Nothing was done: a dry run." if dry_run else "Done.")

    def _mail_today(self) -> None:
        now = timezone.now()
        mailings = mail_today(now=now, runs=letters.runs_before(now))
        self.stdout.write(f"would be mails today: {len(mailings)}")
        for mailing in mailings:
            about = f" ({mailing.trainings})" if mailing.trainings else ""
            self.stdout.write(f"  {mailing.recipient.email}: {mailing.kind}{about}")


def _line(done: day.Done, dry_run: bool) -> str:
    about = f"{done.rule}: " if done.rule else ""
    said = done.problem or f"{'would be ' if dry_run else ''}{done.what}: {done.count}"
    return f"{about}{said}"
