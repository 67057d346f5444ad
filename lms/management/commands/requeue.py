"""Queues again what lost its task with a worker: mail, certificates, zips of them, packs of evidence, courses that are
imported, changes that people redo something for, answers that are marked again. Safe at any time and as often as you
like; run it every hour."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from assessments.quizzes import actions as quizzes
from certificates import actions as certificates
from courses import actions as courses
from lms.packs import sent
from lms.proof import actions as proof
from people import actions as people


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--minutes", type=int, default=60, help="how long it must have waited (default: 60)")

    def handle(self, *args: Any, minutes: int, **options: Any) -> None:
        since = timezone.now() - timedelta(minutes=minutes)
        mails = people.requeue_mail(waiting_since=since)
        papers, zips = certificates.requeue(waiting_since=since)
        changes = courses.requeue_rollouts(waiting_since=since)
        packs = proof.requeue(waiting_since=since)
        imports = sent.requeue(waiting_since=since)
        marked = quizzes.requeue_regradings(waiting_since=since)
        made = f"certificates {papers}, zips {zips}, packs {packs}, imports {imports}"
        self.stdout.write(f"Queued again: mails {mails}, {made}, changes {changes}, marked again {marked}")
