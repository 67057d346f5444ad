"""Makes the languages, the catalogues and the roles of the CMS. Run again, it changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand

from lms.packs.site import set_up_site


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        made = set_up_site()
        for line in made:
            self.stdout.write(f"made: {line}")
        if not made:
            self.stdout.write("The site is set up already.")
