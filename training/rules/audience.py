"""Who a requirement is for, as an expression over what is known of a person.

An expression is JSON: {"team": key, "below": bool} · {"job_role": name} · {"location": name} · {"tag": name} ·
{"person": key} · {"any": […]} · {"all": […]} · {"not": …}. A team is named by its key; `Person.teams` are the keys of
the person's team and of all teams above it. training.models.audience_q says the same in SQL; a test holds the two
together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

LIST_WORDS = ("any", "all")
KEY_WORDS = ("team", "person")
NAME_WORDS = ("job_role", "location", "tag")
MAX_DEPTH = 8
MAX_PARTS = 2000
NAME_LIMIT = 80


@dataclass(frozen=True)
class Person:
    key: str
    team: str
    teams: tuple[str, ...]
    job_role: str = ""
    location: str = ""
    tags: frozenset[str] = frozenset()


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
    if "person" in expression:
        return person.key == expression["person"]
    if "tag" in expression:
        return expression["tag"] in person.tags
    if "job_role" in expression:
        return person.job_role == expression["job_role"]
    if "location" in expression:
        return person.location == expression["location"]
    raise BadAudience(f"Not an audience: {dict(expression)!r}")


def check(expression: object) -> None:
    """Raises BadAudience for whatever is not an expression, is nested deeper than anybody reads, or is endless."""
    if sum(1 for _part in _parts(expression, 1)) > MAX_PARTS:
        raise BadAudience(f"More than {MAX_PARTS} parts")


def _parts(expression: object, depth: int) -> Iterator[Mapping]:
    if not isinstance(expression, Mapping) or not expression:
        raise BadAudience(f"Not an audience: {expression!r:.100}")
    if depth > MAX_DEPTH:
        raise BadAudience(f"Nested deeper than {MAX_DEPTH}")
    word = next(iter(expression))
    value = expression[word]
    if set(expression) - ({word, "below"} if word == "team" else {word}):
        raise BadAudience(f"More than one word: {sorted(map(str, expression))!r:.100}")
    yield expression
    if word in LIST_WORDS:
        if not isinstance(value, list):
            raise BadAudience(f"{word} takes a list")
        for part in value:
            yield from _parts(part, depth + 1)
    elif word == "not":
        yield from _parts(value, depth + 1)
    else:
        _check_leaf(str(word), value, expression.get("below", True))


def _check_leaf(word: str, value: object, below: object) -> None:
    if word not in KEY_WORDS + NAME_WORDS:
        raise BadAudience(f"Not a word of an audience: {word!r:.100}")
    if not isinstance(value, str) or not isinstance(below, bool):
        raise BadAudience(f"{word} takes a text")
    if word in KEY_WORDS:
        _check_key(value)
    elif not 0 < len(value) <= NAME_LIMIT or "\x00" in value:
        raise BadAudience(f"{word} takes a name of 1 to {NAME_LIMIT} characters")


def _check_key(value: str) -> None:
    try:
        written = str(UUID(value))
    except ValueError:
        written = ""
    if written != value:
        raise BadAudience(f"Not a key: {value!r:.100}")


# --- what a form can hold ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Who all of this is true of; within one field any value is enough, but all_tags asks for each. An empty field says
    nothing."""

    teams: tuple[str, ...] = ()
    below: bool = True
    job_roles: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    all_tags: tuple[str, ...] = ()
    not_teams: tuple[str, ...] = ()
    not_job_roles: tuple[str, ...] = ()
    not_locations: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == Group(below=self.below)


@dataclass(frozen=True)
class Groups:
    """Whoever is in one of the groups or named, without who is excepted. `everybody`: no group is needed."""

    groups: tuple[Group, ...] = ()
    people: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()
    everybody: bool = field(default=False)


EVERYBODY: dict = {"all": []}


def written(groups: Groups) -> dict:
    """The expression that a filled form stands for; groups_of reads it back."""
    parts = [EVERYBODY] if groups.everybody else [_group(group) for group in groups.groups if not group.is_empty]
    parts += [{"person": key} for key in groups.people]
    inside = {"any": parts}
    if not groups.excepted:
        return inside
    return {"all": [inside, {"not": {"any": [{"person": key} for key in groups.excepted]}}]}


def _group(group: Group) -> dict:
    asked = [
        _any({"team": key, "below": group.below} for key in group.teams),
        _any({"job_role": name} for name in group.job_roles),
        _any({"location": name} for name in group.locations),
        _any({"tag": name} for name in group.tags),
        {"all": [{"tag": name} for name in group.all_tags]} if group.all_tags else None,
    ]
    refused = [
        _any({"team": key, "below": True} for key in group.not_teams),
        _any({"job_role": name} for name in group.not_job_roles),
        _any({"location": name} for name in group.not_locations),
        _any({"tag": name} for name in group.not_tags),
    ]
    return {"all": [part for part in asked if part] + [{"not": part} for part in refused if part]}


def _any(leaves: Iterable[dict]) -> dict | None:
    parts = list(leaves)
    return {"any": parts} if parts else None


def groups_of(expression: Mapping) -> Groups | None:
    """The form that writes exactly this expression; None where no form does, so that none is shown as if it did."""
    simple = _single(expression)
    if simple is not None:
        return simple
    read = _read(expression)
    return read if read is not None and written(read) == expression else None


def _single(expression: Mapping) -> Groups | None:
    """One team or one person, as older rules say it: the same people as the form's longer words."""
    if "team" in expression:
        return Groups(groups=(Group(teams=(expression["team"],), below=expression.get("below", True)),))
    return Groups(people=(expression["person"],)) if "person" in expression else None


def _read(expression: Mapping) -> Groups | None:
    try:
        if "any" in expression:
            return _inside(expression["any"])
        inside, without = expression["all"]
        read = _inside(inside["any"])
        excepted = tuple(part["person"] for part in without["not"]["any"])
        return Groups(read.groups, read.people, excepted, read.everybody)
    except (KeyError, TypeError, ValueError, StopIteration):
        return None


def _inside(parts: list) -> Groups:
    named = tuple(part["person"] for part in parts if "person" in part)
    others = [part for part in parts if "person" not in part]
    if others == [EVERYBODY]:
        return Groups(people=named, everybody=True)
    return Groups(groups=tuple(_read_group(part["all"]) for part in others), people=named)


def _read_group(parts: list) -> Group:
    fields: dict = {}
    for part in parts:
        if "all" in part:
            fields["all_tags"] = tuple(leaf["tag"] for leaf in part["all"])
            continue
        prefix, leaves = ("not_", part["not"]["any"]) if "not" in part else ("", part["any"])
        word = next(word for word in leaves[0] if word != "below")
        fields[f"{prefix}{word}s"] = tuple(leaf[word] for leaf in leaves)
        if word == "team" and not prefix:
            fields["below"] = leaves[0]["below"]
    return Group(**fields)
