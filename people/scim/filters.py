"""A SCIM filter as a condition of the database. What is not in the map is refused: to pass over it would widen the
answer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from scim2_filter_parser import ast
from scim2_filter_parser.lexer import SCIMLexer
from scim2_filter_parser.parser import SCIMParser, SCIMParserError

from people.rules.scim import Refused

LONGEST = 1000
DEEPEST = 20
# SCIM's path, in lower case: the field, and what kind of value it has.
USERS = {
    "id": ("key", "id"),
    "externalid": ("external_id", "exact"),
    "username": ("scim_user_name", "text"),
    "name.givenname": ("first_name", "text"),
    "name.familyname": ("last_name", "text"),
    "title": ("job_role", "text"),
    "preferredlanguage": ("language", "text"),
    "timezone": ("time_zone", "text"),
    "active": ("is_active", "truth"),
    "emails": ("email", "text"),
    "emails.value": ("email", "text"),
    "groups": ("team__key", "id"),
    "groups.value": ("team__key", "id"),
    "meta.created": ("date_joined", "time"),
}
GROUPS = {
    "id": ("key", "id"),
    "externalid": ("external_id", "exact"),
    "displayname": ("name", "text"),
    "members": ("people__key", "id"),
    "members.value": ("people__key", "id"),
}
TEXT_OPS = {"eq": "iexact", "co": "icontains", "sw": "istartswith", "ew": "iendswith"}
EXACT_OPS = {"eq": "exact", "co": "contains", "sw": "startswith", "ew": "endswith"}
TIME_OPS = {"eq": "exact", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}


def condition(text: str, fields: Mapping[str, tuple[str, str]]) -> Q:
    """Raises Refused."""
    if len(text) > LONGEST or "\x00" in text:
        raise _refused("the filter is too long, or no text")
    try:
        tree = SCIMParser().parse(SCIMLexer().tokenize(text))
    except (SCIMParserError, ValueError, AttributeError, TypeError, EOFError):
        raise _refused("the filter cannot be read") from None
    return _of(tree, fields, "", DEEPEST)


def _refused(why: str) -> Refused:
    return Refused("invalidFilter", why)


def _of(node: Any, fields: Mapping[str, tuple[str, str]], above: str, depth: int) -> Q:
    if depth == 0:
        raise _refused("the filter is too deep")
    if isinstance(node, ast.Filter):
        inside = f"{node.namespace.attr_name.lower()}." if node.namespace else above
        found = _of(node.expr, fields, inside, depth - 1)
        return ~found if node.negated else found
    if isinstance(node, ast.LogExpr):
        one, other = (_of(part, fields, above, depth - 1) for part in (node.expr1, node.expr2))
        return one & other if node.op.lower() == "and" else one | other
    if isinstance(node, ast.AttrExpr) and isinstance(node.attr_path, ast.AttrPath):
        return _comparison(node, fields, above)
    raise _refused("this form of filter is not supported")


def _comparison(node: Any, fields: Mapping[str, tuple[str, str]], above: str) -> Q:
    name = node.attr_path.attr_name
    if not isinstance(name, str):
        raise _refused("this form of filter is not supported")
    part = f".{node.attr_path.sub_attr.value}" if node.attr_path.sub_attr else ""
    known = fields.get(f"{above}{name}{part}".lower())
    if known is None:
        raise _refused(f"{name[:40]} cannot be filtered by")
    field, kind = known
    op = node.value.lower()
    if op == "pr":
        return ~Q(**{field: ""}) & Q(**{f"{field}__isnull": False}) if kind in ("text", "exact") else _is_there(field)
    if op == "ne":
        return ~_compared(field, kind, "eq", node.comp_value.value)
    return _compared(field, kind, op, node.comp_value.value)


def _is_there(field: str) -> Q:
    return Q(**{f"{field}__isnull": False})


def _compared(field: str, kind: str, op: str, value: str) -> Q:
    if kind == "truth" and op == "eq" and value.lower() in ("true", "false"):
        return Q(**{field: value.lower() == "true"})
    if kind == "id" and op == "eq":
        return _of_id(field, value)
    if kind == "time" and op in TIME_OPS:
        return Q(**{f"{field}__{TIME_OPS[op]}": _time(value)})
    ops = {"text": TEXT_OPS, "exact": EXACT_OPS}.get(kind, {})
    if op in ops:
        return Q(**{f"{field}__{ops[op]}": value})
    raise _refused(f"{op} does not fit this attribute")


def _of_id(field: str, value: str) -> Q:
    try:
        return Q(**{field: UUID(value)})
    except ValueError:
        return Q(pk__in=())


def _time(value: str) -> object:
    try:
        found = parse_datetime(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _refused("a time is written like 2026-11-22T12:00:00Z")
    return found
