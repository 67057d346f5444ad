from typing import Any

from django.core.management.base import BaseCommand

from assessments.quizzes import actions


class Command(BaseCommand):
    help = "Hands in the attempts whose time is over, with what was saved: for a scheduler, every few minutes."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"Handed in: {actions.hand_in_overdue()}")
