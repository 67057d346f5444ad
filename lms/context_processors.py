"""What every page needs to know about the place it is shown in."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

LANGUAGES = (("pl", "polski"), ("lv", "latviešu"), ("en", "English"))
LATIN = "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"
LATIN_EXTENDED = "fonts/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2"


def site(request: HttpRequest) -> dict:
    def theme() -> str:
        """Asked for only by pages that know a user: an error page must not need the database."""
        user = getattr(request, "user", None)
        return user.theme if user is not None and user.is_authenticated and user.theme != "system" else ""

    return {
        "site_name": settings.WAGTAIL_SITE_NAME,
        "languages": LANGUAGES,
        "demo": settings.DEMO,
        "support_email": settings.SUPPORT_EMAIL,
        "theme": theme,
        "section": request.path_info.split("/")[1],
        "fonts": [LATIN] if get_language() == "en" else [LATIN, LATIN_EXTENDED],
    }
