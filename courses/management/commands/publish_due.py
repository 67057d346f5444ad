"""Publishes what is due and takes down what has expired, one by one. Run it every few minutes."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from courses import actions
from courses.models.drafts import due_revisions, expired


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--dry-run", "--dryrun", action="store_true", dest="dry_run", help="Only list them.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            return self._list()
        for done in actions.publish_due():
            if done.problem:
                self.stderr.write(f"refused: {done.label}: {done.problem}")
            else:
                self.stdout.write(f"{'unpublished' if done.is_expiry else 'published'}: {done.label}")
        return None

    def _list(self) -> None:
        now = timezone.now()
        for row in expired(now):
            self.stdout.write(f"would be unpublished: {row}")
        for revision in due_revisions(now):
            self.stdout.write(f"would be published: {revision.object_str}")
