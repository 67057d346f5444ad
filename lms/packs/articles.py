"""The source articles and their teaching points. As with everything a pack brings, what was changed here since is left
alone."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from courses.models import SourceArticle, SourcePoint
from lms.packs.change import Action, Change
from lms.packs.reading import Pack

ARTICLE, POINT = "source article", "source point"
POINT_FIELDS = ("lines", "section", "texts", "kind", "module", "treatment", "is_current")


def plan_sources(pack: Pack, course_key: UUID, *, force: bool = False) -> tuple[Change, ...]:
    """What an import would do to articles and points."""
    articles, points = _articles(pack), {code: fields for code, (_file, fields) in _points(pack).items()}
    here = _standing(SourcePoint, course_key, "code")
    changes = [
        *_planned(ARTICLE, articles, _standing(SourceArticle, course_key, "file"), course_key, force),
        *_planned(POINT, points, here, course_key, force),
    ]
    gone = [row for code, row in here.items() if code not in points and row.is_current and row.from_pack]
    return (*changes, *(_farewell(row, course_key, force) for row in gone))


def _planned(kind: str, wanted: dict, here: dict, course_key: UUID, force: bool) -> Iterator[Change]:
    for name, fields in wanted.items():
        action, reason = _action(here.get(name), fields)
        if action == Action.LEAVE and force:
            action, reason = Action.UPDATE, ""
        yield Change(action, kind, name, "", course_key, reason)


def _action(row: Any, fields: dict[str, Any]) -> tuple[Action, str]:
    if row is None:
        return Action.CREATE, ""
    if _reads(row, fields):
        return Action.UNCHANGED, ""
    if not row.from_pack:
        return Action.LEAVE, _("it was here before the first import")
    return (Action.UPDATE, "") if _reads(row, row.from_pack) else (Action.LEAVE, _("it was changed here"))


def _reads(row: Any, fields: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in fields.items())


def _farewell(row: SourcePoint, course_key: UUID, force: bool) -> Change:
    if force or _reads(row, row.from_pack):
        return Change(Action.UNPUBLISH, POINT, row.code, "", course_key, _("it left the pack"))
    reason = _("it left the pack, but %(reason)s") % {"reason": _("it was changed here")}
    return Change(Action.LEAVE, POINT, row.code, "", course_key, reason)


def write_sources(pack: Pack, course_key: UUID, changes: tuple[Change, ...]) -> None:
    """What was planned, in the transaction of the import."""
    left = {(change.kind, change.id) for change in changes if change.action == Action.LEAVE}
    wanted = [
        SourceArticle(course_key=course_key, file=file, from_pack=fields, **fields)
        for file, fields in _articles(pack).items()
        if (ARTICLE, file) not in left
    ]
    _write(SourceArticle, wanted, "file", ["title", "language", "from_pack"])
    articles = _standing(SourceArticle, course_key, "file")
    points = [
        SourcePoint(course_key=course_key, code=code, article=articles[file], from_pack=fields, **fields)
        for code, (file, fields) in _points(pack).items()
        if (POINT, code) not in left
    ]
    _write(SourcePoint, points, "code", ["article", "from_pack", *POINT_FIELDS])
    gone = [change.id for change in changes if change.action == Action.UNPUBLISH]
    for point in SourcePoint.objects.filter(course_key=course_key, code__in=gone):
        point.is_current = point.from_pack["is_current"] = False
        point.save(update_fields=["is_current", "from_pack"])


def _write(model: Any, rows: list[Any], name: str, update: list[str]) -> None:
    unique = ["course_key", name]
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=update)


def _standing(model: Any, course_key: UUID, name: str) -> dict[str, Any]:
    return {getattr(row, name): row for row in model.objects.filter(course_key=course_key)}


def _articles(pack: Pack) -> dict[str, dict[str, Any]]:
    named = {row["source_file"]: {"title": row["title"], "language": row["language"]} for row in pack.articles}
    cited = dict.fromkeys([*(row["source_file"] for row in pack.points), *named])
    return {file: named.get(file, {"title": file, "language": pack.languages[0]}) for file in cited}


def _points(pack: Pack) -> dict[str, tuple[str, dict[str, Any]]]:
    return {
        row["id"]: (
            row["source_file"],
            {
                "lines": row["source_lines"],
                "section": row["section"],
                "texts": {language: row[language] for language in pack.languages},
                "kind": row["kind"],
                "module": row["module"],
                "treatment": row["treatment"],
                "is_current": True,
            },
        )
        for row in pack.points
    }
