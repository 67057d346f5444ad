from typing import Any

from django.core.management.base import BaseCommand

from assessments.quizzes import actions


class Command(BaseCommand):
    help = "Deletes the self-checks of guests that were begun three days ago or earlier: for a scheduler, every day."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"Self-checks deleted: {actions.forget_guests()}")
