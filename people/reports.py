"""What the login page of a demonstration shows."""

import json
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class DemoPerson:
    role: str
    email: str
    password: str
    about: str


def demo_people() -> list[DemoPerson]:
    """The people `make demo` wrote down. Nobody where this is no demonstration, or none was made."""
    if not settings.DEMO:
        return []
    try:
        people = json.loads((settings.VAR_DIR / "demo.json").read_text())["people"]
        return [DemoPerson(each["role"], each["email"], each["password"], each.get("about", "")) for each in people]
    except (OSError, ValueError, KeyError, TypeError):
        return []
