"""What SCIM 2.0 says (RFC 7643, 7644): reading a person or a group, PATCH as operations on a representation, and
choosing attributes. A PATCH is worked out on what GET would show, and then treated as a PUT."""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from people.rules.roster import LONGEST_TAG, tags_of
from people.rules.zones import time_zones

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
# Our own extension: what requirements choose people by, beside team and job role (RFC 7643, 3.3).
TRAINING = "urn:ostoja:params:scim:schemas:extension:training:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LANGUAGES = ("pl", "lv", "en")
ALWAYS = ("schemas", "id")
MULTIPLE = ("emails", "members", "groups")
KEPT = {"type": "work", "primary": True}  # what the one address that is kept here is; others are passed over
NAMES = (
    "schemas",
    "id",
    "externalId",
    "meta",
    "userName",
    "name",
    "givenName",
    "familyName",
    "formatted",
    "displayName",
    "title",
    "preferredLanguage",
    "timezone",
    "active",
    "emails",
    "groups",
    "members",
    "value",
    "type",
    "primary",
    "display",
    "$ref",
)
EXTENDED = ("location", "tags")  # of the extension
SPELLING = {name.lower(): name for name in (*NAMES, TRAINING, *EXTENDED)}
PATH = re.compile(
    r"(?:urn:ietf:params:scim:schemas:core:2\.0:(?:User|Group):)?"
    r"(?P<name>[A-Za-z]+)(?:\[(?P<which>[^\[\]]*)\])?(?:\.(?P<part>\$?[A-Za-z]+))?",
    re.IGNORECASE,
)
WHICH = re.compile(
    r"""\s*(?P<name>\$?[A-Za-z]+)\s+eq\s+(?:"(?P<text>[^"]*)"|(?P<truth>true|false))\s*""", re.IGNORECASE
)
LONGEST, LONGEST_TAGS = 254, 2000
Objects = list[Mapping[str, Any]]


class Refused(ValueError):
    """400, with SCIM's own word for why."""

    def __init__(self, scim_type: str, detail: str) -> None:
        super().__init__(detail)
        self.scim_type, self.detail = scim_type, detail


@dataclass(frozen=True)
class UserFacts:
    """None: nothing was said, so it stays."""

    user_name: str
    email: str
    first_name: str
    last_name: str
    job_role: str
    external_id: str
    language: str | None
    time_zone: str | None
    active: bool | None
    location: str | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True)
class GroupFacts:
    name: str
    external_id: str
    members: tuple[str, ...]  # ids


# --- reading -------------------------------------------------------------------------------------------------------
def read_user(body: Mapping[str, Any]) -> UserFacts:
    body = spelled(body)
    user_name = _text(body, "userName", required=True)
    name = _name(body)
    language = _text(body, "preferredLanguage").lower().partition("-")[0] or None
    if language not in (None, *LANGUAGES):
        raise Refused("invalidValue", f"preferredLanguage is one of {', '.join(LANGUAGES)}")
    time_zone = _text(body, "timezone") or None
    if time_zone and time_zone not in time_zones():
        raise Refused("invalidValue", "timezone is a name like Europe/Warsaw")
    return UserFacts(
        user_name=user_name,
        email=_email(body, user_name),
        first_name=_text(name, "givenName", longest=150),
        last_name=_text(name, "familyName", longest=150),
        job_role=_text(body, "title", longest=80),
        external_id=_text(body, "externalId"),
        language=language,
        time_zone=time_zone,
        active=_truth(body.get("active")),
        **_training(body),
    )


def _training(body: Mapping[str, Any]) -> dict[str, Any]:
    """Of a directory that does not know our extension nothing is asked, and nothing is emptied."""
    given = body.get(TRAINING)
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise Refused("invalidValue", f"{TRAINING} is an object")
    return {"location": _text(given, "location", longest=80), "tags": _tags(given)}


def _tags(given: Mapping[str, Any]) -> tuple[str, ...]:
    """One line with commas, as in a list of people: that is what directories can map."""
    tags = tags_of(_text(given, "tags", longest=LONGEST_TAGS))
    if any(len(tag) > LONGEST_TAG for tag in tags):
        raise Refused("invalidValue", f"a tag has at most {LONGEST_TAG} letters")
    return tuple(tags)


def read_group(body: Mapping[str, Any]) -> GroupFacts:
    body = spelled(body)
    return GroupFacts(
        name=_text(body, "displayName", required=True, longest=120),
        external_id=_text(body, "externalId"),
        members=tuple(dict.fromkeys(_text(each, "value", required=True) for each in _objects(body, "members"))),
    )


def _email(body: Mapping[str, Any], user_name: str) -> str:
    """The primary one, else the one at work, else the first; where none is given a user name may be one."""
    emails = _objects(body, "emails")
    if not emails:
        return user_name.lower()
    primary = [email for email in emails if _truth(email.get("primary"))]
    at_work = [email for email in emails if email.get("type") == "work"]
    return _text((primary or at_work or emails)[0], "value", required=True).lower()


def _name(body: Mapping[str, Any]) -> Mapping[str, Any]:
    found = body.get("name") or {}
    if not isinstance(found, Mapping):
        raise Refused("invalidValue", "name is an object")
    return found


def _objects(body: Mapping[str, Any], name: str) -> Objects:
    found = body.get(name) or []
    found = [found] if isinstance(found, Mapping) else found
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise Refused("invalidValue", f"{name} is a list of objects")
    return found


def _text(body: Mapping[str, Any], name: str, *, required: bool = False, longest: int = LONGEST) -> str:
    value = "" if body.get(name) is None else body[name]
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise Refused("invalidValue", f"{name} is a line of at most {longest} letters")
    if required and not value.strip():
        raise Refused("invalidValue", f"{name} is missing")
    return value.strip()


def _truth(value: Any) -> bool | None:
    """Also as text: some directories write "False"."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise Refused("invalidValue", "active and primary are true or false")


def spelled(value: Any) -> Any:
    """Names of attributes come in any case."""
    if isinstance(value, Mapping):
        return {SPELLING.get(str(name).lower(), str(name)): spelled(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [spelled(inner) for inner in value]
    return value


# --- PATCH ---------------------------------------------------------------------------------------------------------
def patched(resource: Mapping[str, Any], operations: Any) -> dict[str, Any]:
    """The resource with the operations done, in order. Raises Refused."""
    if not isinstance(operations, list) or not operations:
        raise Refused("invalidSyntax", "Operations is a list")
    result = deepcopy(dict(resource))
    for operation in operations:
        if not isinstance(operation, Mapping):
            raise Refused("invalidSyntax", "an operation is an object")
        given = {str(name).lower(): value for name, value in operation.items()}
        op, path = str(given.get("op")).lower(), given.get("path")
        if op not in ("add", "replace", "remove"):
            raise Refused("invalidSyntax", "op is add, replace or remove")
        for each, value in _targets(op, path, given.get("value")):
            _do(result, op, each, spelled(value))
    return result


def _targets(op: str, path: Any, value: Any) -> Iterable[tuple[str, Any]]:
    if path:
        return [(str(path), value)]
    if op == "remove":
        raise Refused("noTarget", "remove needs a path")
    if not isinstance(value, Mapping):
        raise Refused("invalidValue", "without a path the value is an object")
    return [(str(name), inner) for name, inner in value.items()]


def _do(result: dict[str, Any], op: str, path: str, value: Any) -> None:
    if path.lower().startswith(TRAINING.lower()):
        _do_in_training(result, op, path[len(TRAINING) :], value)
        return
    found = PATH.fullmatch(path)
    if not found or found["name"].lower() not in SPELLING or found["name"].lower() in EXTENDED:
        if op != "remove" and path.lower().startswith("urn:") and isinstance(value, Mapping):
            return  # an extension we do not know: it is not read, as in a PUT
        raise Refused("invalidPath", f"{path[:80]} is not known")
    name, which, part = SPELLING[found["name"].lower()], found["which"], found["part"]
    part = SPELLING.get(part.lower(), part) if part else None
    if name in ("id", "meta", "groups", "schemas"):
        if op == "remove" or (name in ("id", "meta") and value != result.get(name)):
            raise Refused("mutability", f"{name} is read only")
        return
    if which is not None:
        _do_with_some(result, op, name, which, part, value)
    elif part:
        _do_with_part(result, op, name, part, value)
    elif op == "remove":
        _remove(result, name, value)
    elif op == "add" and name in MULTIPLE:
        result[name] = _joined(_objects(result, name), _objects({name: value}, name))
    elif isinstance(value, Mapping) and isinstance(result.get(name), Mapping):
        result[name] = {**result[name], **value}
    else:
        result[name] = value


def _remove(result: dict[str, Any], name: str, value: Any) -> None:
    """Some directories say in the value which members go, instead of in the path."""
    if name == "active":
        raise Refused("invalidValue", "active cannot be removed")
    if name in MULTIPLE and value:
        result[name] = _without(_objects(result, name), _objects({name: value}, name))
    else:
        result.pop(name, None)


def _do_with_part(result: dict[str, Any], op: str, name: str, part: str, value: Any) -> None:
    if name != "name":
        raise Refused("invalidPath", f"{name} has no single {part}")
    inner = dict(_name(result))
    if op == "remove":
        inner.pop(part, None)
    else:
        inner[part] = value
    result[name] = inner


def _do_with_some(result: dict[str, Any], op: str, name: str, which: str, part: str | None, value: Any) -> None:
    """name[type eq "work"] and name[value eq "…"].part"""
    wanted = WHICH.fullmatch(which)
    if not wanted or name not in MULTIPLE:
        raise Refused("invalidFilter", "a value is chosen by one attribute and eq")
    key = SPELLING.get(wanted["name"].lower(), wanted["name"])
    sought = wanted["text"] if wanted["truth"] is None else _truth(wanted["truth"])
    sought = _truth(sought) if key == "primary" else sought
    only_one = name == "emails" and key in KEPT
    if only_one and sought != KEPT[key]:
        return

    def fits(each: Mapping[str, Any]) -> bool:
        return only_one or each.get(key) == sought

    present = list(_objects(result, name))
    if op == "remove":
        result[name] = [each for each in present if not fits(each)]
        return
    changes = {part: value} if part else value
    if not isinstance(changes, Mapping):
        raise Refused("invalidValue", f"a value of {name} is an object")
    if not any(map(fits, present)):
        if op == "replace" and name != "emails":
            raise Refused("noTarget", f"no value of {name} matches")
        present.append({key: sought})
    result[name] = [{**each, **changes} if fits(each) else each for each in present]


def _do_in_training(result: dict[str, Any], op: str, path: str, value: Any) -> None:
    """path: what follows the name of the extension: nothing, or ":location", ":tags"."""
    name = path.removeprefix(":").lower()
    if path and name not in EXTENDED:
        raise Refused("invalidPath", f"{path[:80]} is not known")
    inner = dict(result.get(TRAINING) or {})
    if op == "remove":
        inner = {each: kept for each, kept in inner.items() if path and each != name}
    elif path:
        inner[name] = value
    elif isinstance(value, Mapping):
        inner |= value  # what else stands there is not read, as in a PUT
    else:
        raise Refused("invalidValue", f"{TRAINING} is an object")
    result[TRAINING] = inner


def _joined(present: Objects, more: Objects) -> Objects:
    """Without doubles; a new primary value takes the place of the old."""
    kept = _without(present, more)
    if any(_truth(each.get("primary")) for each in more):
        kept = [{**each, "primary": False} for each in kept]
    return kept + more


def _without(present: Objects, gone: Objects) -> Objects:
    values = {_text(each, "value") for each in gone}
    return [each for each in present if _text(each, "value") not in values]


# --- choosing attributes -------------------------------------------------------------------------------------------
def chosen(resource: Mapping[str, Any], attributes: Iterable[str], excluded: Iterable[str]) -> dict[str, Any]:
    """The attributes asked for (or all but some), with those that every answer has."""
    wanted = {_first(path) for path in attributes}
    unwanted = {_first(path) for path in excluded}
    return {
        name: value
        for name, value in resource.items()
        if name in ALWAYS or ((not wanted or name.lower() in wanted) and name.lower() not in unwanted)
    }


def _first(path: str) -> str:
    if path.strip().lower().startswith(TRAINING.lower()):
        return TRAINING.lower()
    return path.strip().rpartition(":")[2].partition(".")[0].lower()
