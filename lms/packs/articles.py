"""The source articles and their teaching points: not pages, nothing an editor changes, so the pack always wins."""

from collections import Counter
from typing import Any
from uuid import UUID

from courses.models import SourceArticle, SourcePoint
from lms.packs.change import Action
from lms.packs.reading import Pack


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
    articles = _standing(SourceArticle, course_key, "file")
    for file, fields in _articles(pack).items():
        if _action(articles.get(file), fields) != Action.UNCHANGED:
            row, _created = SourceArticle.objects.update_or_create(course_key=course_key, file=file, defaults=fields)
            articles[file] = row
    points = _standing(SourcePoint, course_key, "code")
    wanted = _points(pack)
    for code, (file, fields) in wanted.items():
        point = points.get(code)
        if _action(point, fields) != Action.UNCHANGED or point.article_id != articles[file].pk:
            defaults = fields | {"article": articles[file]}
            SourcePoint.objects.update_or_create(course_key=course_key, code=code, defaults=defaults)
    SourcePoint.objects.filter(course_key=course_key, is_current=True).exclude(code__in=wanted).update(is_current=False)


def _standing(model: Any, course_key: UUID, name: str) -> dict[str, Any]:
    return {getattr(row, name): row for row in model.objects.filter(course_key=course_key)}


def _action(row: Any, fields: dict[str, Any]) -> Action:
    if row is None:
        return Action.CREATE
    return Action.UNCHANGED if all(getattr(row, name) == value for name, value in fields.items()) else Action.UPDATE


def _articles(pack: Pack) -> dict[str, dict[str, Any]]:
    named = {row["source_file"]: {"title": row["title"], "language": row["language"]} for row in pack.articles}
    cited = dict.fromkeys(row["source_file"] for row in pack.points)
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
