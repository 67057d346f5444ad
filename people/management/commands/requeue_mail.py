from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from people import actions


class Command(BaseCommand):
    help = "Queue mail again whose task was lost with a worker. Safe at any time and as often as you like."

    def add_arguments(self, parser):
        parser.add_argument("--minutes", type=int, default=60, help="how long a mail must have waited (default: 60)")

    def handle(self, *, minutes: int, **options):
        count = actions.requeue_mail(waiting_since=timezone.now() - timedelta(minutes=minutes))
        self.stdout.write(f"Queued again: {count}")
