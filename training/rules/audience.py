"""Who a requirement is for, as an expression over what is known of a person.

An expression is JSON: {"team": key, "below": bool} · {"job_role": name} · {"person": key} · {"any": […]} ·
{"all": […]} · {"not": …}. A team is named by its key; `Person.teams` are the keys of the
person's team and of all teams above it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    key: str
    team: str
    teams: tuple[str, ...]
    job_role: str = ""


class BadAudience(ValueError):
    """The expression is not one of the forms above."""


def includes(expression: Mapping, person: Person) -> bool:
    if "any" in expression:
        return any(includes(part, person) for part in expression["any"])
    if "all" in expression:
        return all(includes(part, person) for part in expression["all"])
    if "not" in expression:
        return not includes(expression["not"], person)
    if "team" in expression:
        teams = person.teams if expression.get("below", True) else (person.team,)
        return expression["team"] in teams
    if "job_role" in expression:
        return person.job_role == expression["job_role"]
    if "person" in expression:
        return person.key == expression["person"]
    raise BadAudience(f"Not an audience: {dict(expression)!r}")
