"""The source articles and their teaching points: not pages, nothing an editor changes, so the pack always wins."""

from collections import Counter
from typing import Any
from uuid import UUID

from courses.models import SourceArticle, SourcePoint
from lms.packs.change import Action
from lms.packs.reading import Pack

POINT_FIELDS = ("lines", "section", "texts", "kind", "module", "treatment", "is_current")


def plan_articles(pack: Pack, course_key: UUID) -> Counter[str]:
    """How many articles and points would be created, updated, left as they are, or taken out of use."""
    counts: Counter[str] = Counter()
    articles = _standing(SourceArticle, course_key, "file")
    for file, fields in _articles(pack).items():
        counts[_action(articles.get(file), fields)] += 1
    points = _standing(SourcePoint, course_key, "code")
    wanted = _points(pack)
    for code, (_file, fields) in wanted.items():
        counts[_action(points.get(code), fields)] += 1
    counts[Action.UNPUBLISH] += sum(point.is_current for code, point in points.items() if code not in wanted)
    return +counts


def write_articles(pack: Pack, course_key: UUID) -> None:
    """In the transaction of the import."""
    wanted = [SourceArticle(course_key=course_key, file=file, **fields) for file, fields in _articles(pack).items()]
    _write(SourceArticle, wanted, "file", ["title", "language"])
    articles = _standing(SourceArticle, course_key, "file")
    points = [
        SourcePoint(course_key=course_key, code=code, article=articles[file], **fields)
        for code, (file, fields) in _points(pack).items()
    ]
    _write(SourcePoint, points, "code", ["article", *POINT_FIELDS])
    left = SourcePoint.objects.filter(course_key=course_key, is_current=True)
    left.exclude(code__in=[point.code for point in points]).update(is_current=False)


def _write(model: Any, rows: list[Any], name: str, update: list[str]) -> None:
    unique = ["course_key", name]
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=update)


def _standing(model: Any, course_key: UUID, name: str) -> dict[str, Any]:
    return {getattr(row, name): row for row in model.objects.filter(course_key=course_key)}


def _action(row: Any, fields: dict[str, Any]) -> Action:
    if row is None:
        return Action.CREATE
    return Action.UNCHANGED if all(getattr(row, name) == value for name, value in fields.items()) else Action.UPDATE


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
