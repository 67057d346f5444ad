"""How much of the source articles the course teaches and tests: counted from live pages, not from the pack."""

from dataclasses import dataclass

from assessments.quizzes.models import Question
from courses.models import CoursePage, LessonPage, SourcePoint


@dataclass(frozen=True)
class Coverage:
    """One article. `points` are the ids of its teaching points; the sets hold those a live lesson or question names."""

    article: str
    points: tuple[str, ...]
    taught: frozenset[str]
    tested: frozenset[str]

    @property
    def untaught(self) -> list[str]:
        return [point for point in self.points if point not in self.taught]

    @property
    def untested(self) -> list[str]:
        return [point for point in self.points if point not in self.tested]


def courses() -> list[CoursePage]:
    """Each course once, in its source language."""
    keys = SourcePoint.objects.values_list("course_key", flat=True).distinct()
    return [page for key in sorted(set(keys)) if (page := CoursePage.of_key(key))]


def coverage(course: CoursePage) -> list[Coverage]:
    """For each article of the course, in the language of that page."""
    steps = [key for key, _module in course.step_pages()]
    lessons = LessonPage.objects.descendant_of(course).filter(live=True, translation_key__in=steps)
    questions = Question.objects.filter(live=True, bank=course.code, locale_id=course.locale_id)
    taught = {point for points in lessons.values_list("points", flat=True) for point in points}
    tested = {point for points in questions.values_list("points", flat=True) for point in points}
    articles: dict[str, list[str]] = {}
    current = SourcePoint.objects.filter(course_key=course.translation_key, is_current=True).select_related("article")
    for point in current.order_by("article__file", "code"):
        articles.setdefault(point.article.title, []).append(point.code)
    return [
        Coverage(title, tuple(points), frozenset(points) & taught, frozenset(points) & tested)
        for title, points in articles.items()
    ]
