"""Three practice questions a day, from lessons that were finished on an earlier day. Private to whoever answers."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from assessments.quizzes.models import PracticeAnswer
from assessments.quizzes.reports.one_question import OneQuestion, one_question
from assessments.quizzes.rules import leitner, paper, types
from assessments.quizzes.rules.question import Posted, Question, Refused
from courses import versions
from courses.models import CourseVersion, StepCompletion, StepVersion
from courses.reports import filled, in_language
from people.models import User


@dataclass(frozen=True)
class Known:
    """What was read of a person's courses. lessons: (when it was taken, id of the course version, key) of each that was
    not waived; courses and texts by the id of the course version."""

    lessons: Collection[tuple[datetime, int, str]]
    courses: Mapping[int, CourseVersion]
    texts: Mapping[int, versions.Texts]


@dataclass(frozen=True)
class Source:
    """Where a practice question stands: a block of a lesson, in the reader's language as far as there is one."""

    block_key: str
    version: StepVersion

    def question(self) -> Question:
        blocks = filled(self.version)["body"]["blocks"]
        return Question.of(next(block["question"] for block in blocks if block["id"] == self.block_key))


@dataclass(frozen=True)
class Day:
    """Today's questions of one person. seen: {question: how often it was answered before today}; answered: the first
    answer of today to each."""

    person: User
    today: date
    language: str
    sources: Mapping[str, Source]
    seen: Mapping[str, int]
    answered: Mapping[str, dict[str, Any]]

    @property
    def left(self) -> list[str]:
        return [key for key in self.sources if key not in self.answered]

    @property
    def total(self) -> int:
        return len(self.sources)

    def number(self, key: str) -> int:
        return list(self.sources).index(key) + 1

    def order(self, key: str, question: Question) -> list[str]:
        """The same all day, another one the next time."""
        return paper.order(question, seed=f"{self.person.key}/{self.seen.get(key, 0)}")

    def page(self, key: str, posted: Posted | None = None, fault: Refused | None = None) -> OneQuestion:
        source = self.sources[key]
        question = source.question()
        language = source.version.language if source.version.language != self.language else ""
        return one_question(
            question,
            self.order(key, question),
            self.answered.get(key),
            language=language,
            posted=posted,
            fault=fault,
        )


def day(person: User, today: date, language: str, known: Known | None = None) -> Day:
    """In a constant number of queries, however much was finished and answered. known: where it was read already."""
    sources = _sources(known or _known(person), today, language)
    past: dict[str, list[leitner.Answered]] = {}
    answered: dict[str, dict[str, Any]] = {}
    rows = PracticeAnswer.objects.open_for(person).filter(question_key__in=sources, share__isnull=False)
    for key, share, response, at in rows.order_by("pk").values_list("question_key", "share", "response", "at"):
        when = timezone.localtime(at).date()
        past.setdefault(str(key), []).append(leitner.Answered(when, share == 1))
        if when == today:
            answered.setdefault(str(key), response)
    chosen = leitner.todays(list(sources), past, today)
    return Day(
        person=person,
        today=today,
        language=language,
        sources={key: sources[key] for key in chosen},
        seen={key: sum(one.day < today for one in past.get(key, ())) for key in chosen},
        answered={key: answered[key] for key in chosen if key in answered},
    )


def _sources(known: Known, today: date, language: str) -> dict[str, Source]:
    """{question: where it stands}, of what was finished first at first. Nothing of a lesson that was waived."""
    midnight = timezone.make_aware(datetime.combine(today, time.min))
    lessons = {}
    for _at, pk, key in sorted(one for one in known.lessons if one[0] < midnight):
        places = [(step.key, step.structure) for step in known.courses[pk].steps if step.key == key]
        lessons.update({place: in_language(known.texts[pk][place], language) for place in places})
    asked = ASKED.of({version.pk for version in lessons.values()})
    found: dict[str, Source] = {}
    for version in lessons.values():
        for block_key, question_key in asked[version.pk]:
            found.setdefault(question_key, Source(block_key, version))
    return found


def _known(person: User) -> Known:
    taken = StepCompletion.objects.filter(enrolment__person=person, waived_by=None, version__kind="lesson")
    rows = taken.values_list("completed_at", "enrolment__course_version", "step_key")
    lessons = [(at, pk, str(key)) for at, pk, key in rows]
    courses = CourseVersion.objects.in_bulk({pk for _at, pk, _key in lessons})
    return Known(lessons, courses, versions.texts(courses.values()))


def _markable(blocks: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """(block, question) of each practice question that can be marked."""
    for block in blocks:
        question = block.get("question") if block["kind"] == "knowledge_check" else None
        if question and types.get(question["type"]).scored and not types.get(question["type"]).manual:
            yield block["id"], question["key"]


ASKED = versions.Fact("body__blocks", made=lambda blocks: tuple(_markable(blocks)))
