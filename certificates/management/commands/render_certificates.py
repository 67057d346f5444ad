"""manage.py render_certificates"""

from django.core.management.base import BaseCommand

from certificates import actions
from certificates.models import Certificate


class Command(BaseCommand):
    help = "Lists the certificates whose PDF was given up after five tries, and why; --again queues them once more."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--again", action="store_true", help="queue them again, now that the cause is mended")

    def handle(self, *args, again: bool, **options) -> None:
        parked = Certificate.objects.parked().select_related("rendering").order_by("pk")
        for certificate in parked:
            self.stdout.write(f"{certificate.serial}  {certificate.rendering.error}")
            if again:
                actions.try_again(certificate=certificate)
        waiting = Certificate.objects.waiting().count()
        self.stdout.write(f"given up: {len(parked)}, still being made: {waiting}")
