from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.reports import differing_runs


class Command(BaseCommand):
    help = "Replays every stored scenario run on the version it was played on and names those that stand elsewhere."

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for run, reason in differing_runs():
            wrong += 1
            self.stdout.write(self.style.ERROR(f"run {run.key}: {reason}"))
        total = ScenarioRun.objects.count()
        if wrong:
            raise CommandError(f"Runs that do not follow from their steps: {wrong} of {total}.")
        self.stdout.write(f"Runs that follow from their steps: {total} of {total}.")
