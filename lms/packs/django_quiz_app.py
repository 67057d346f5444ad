"""A site that ran django-quiz-app moves in. First a plan, then, if it is wanted, the writing in one transaction.

    plan  = plan_move(path, language="pl")   what would become of each row; reads only
    apply(plan)                              makes it so

Pages and questions are for editors to go on with: the course is hidden, its quizzes are drafts. What people did plays
versions compiled from the file itself, so that it stays what it was whatever editors do. A row that was brought over
once is known by its name and hash, and never written again.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from anyascii import anyascii
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from PIL import Image as Picture
from wagtail.images import get_image_model
from wagtail.log_actions import log
from wagtail.models import Locale, Page

from assessments.quizzes import actions as quizzes
from assessments.quizzes.blocks import picture_of
from assessments.quizzes.formats import django_quiz_app as source
from assessments.quizzes.formats.django_quiz_app import (
    CATEGORY,
    LEFT_OUT,
    MODELS,
    PACKAGE,
    PARTS,
    PROGRESS,
    QUESTION,
    QUIZ,
    SITTING,
    SUB_CATEGORY,
    USER,
    Dump,
    Row,
)
from assessments.quizzes.models import Question, QuizPage
from assessments.quizzes.models.questions import GRADED, recompiled_once
from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Question as PublishedQuestion
from courses import actions as courses
from courses import rules
from courses.keys import pack_key
from courses.models import CataloguePage, CoursePage, CourseVersion, ModulePage, StepVersion
from evidence import actions as evidence
from lms.models import ImportedObject
from lms.packs.site import CATALOGUE, set_up_site
from lms.packs.writing import indexed_at_the_end
from people import actions as people
from people.models import User

COURSE = "imported"
COURSE_KEY = pack_key(PACKAGE, COURSE)
SUMMARY = {
    "pl": "Testy i wyniki przeniesione z django-quiz-app.",
    "lv": "Testi un rezultāti, kas pārnesti no django-quiz-app.",
    "en": "Quizzes and results brought over from django-quiz-app.",
}
PICTURES = ("PNG", "JPEG", "GIF", "WEBP")
SLUG_LENGTH = 60


class Fate(StrEnum):
    WRITTEN = "written"
    HERE = "here already"
    LEFT = "left out"


@dataclass(frozen=True)
class Outcome:
    row: Row
    fate: Fate
    reason: str = ""


@dataclass(frozen=True)
class Plan:
    """found: people here who are the users of the file, by their id there."""

    dump: Dump
    language: str
    media: Path | None
    outcomes: tuple[Outcome, ...]
    found: dict[int, User]

    @cached_property
    def writes(self) -> dict[str, dict[int, Row]]:
        rows: dict[str, dict[int, Row]] = {model: {} for model in MODELS}
        for outcome in self.outcomes:
            if outcome.fate == Fate.WRITTEN:
                rows[outcome.row.model][outcome.row.pk] = outcome.row
        return rows

    @property
    def is_empty(self) -> bool:
        return not any(self.writes.values())

    @property
    def broken(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.row.place in self.dump.broken]

    def counts(self) -> dict[str, Counter[str]]:
        """{model: {fate: rows}}, tables that are none of the quizzes' among them."""
        counts: dict[str, Counter[str]] = {}
        for outcome in self.outcomes:
            counts.setdefault(outcome.row.model, Counter())[outcome.fate] += 1
        for name, number in sorted(self.dump.others.items()):
            counts[name] = Counter({Fate.LEFT: number})
        return counts

    def notes(self) -> list[tuple[Row, str]]:
        """What is strange about rows that are written, and what an editor has to look after."""
        written = {row.place for rows in self.writes.values() for row in rows.values()}
        notes = [(row, text) for row, text in self.dump.notes if row.place in written]
        for pk, row in self.writes[QUESTION].items():
            notes += [(row, f"it stays a draft: {text}") for text in _lacks(self.dump, pk)]
        return notes


def why_left(table: str) -> str:
    """Why a table that is none of the quizzes' is left out."""
    return LEFT_OUT.get(table.replace("_", ".", 1), "it is none of the tables of the quizzes")


# --- the plan ------------------------------------------------------------------------------------------------------
def plan_move(path: Path, *, language: str, media: Path | None = None) -> Plan:
    """media: where the pictures lie that questions name. Raises SourceRefused."""
    dump = source.read(path)
    known = {row.object_id: row for row in ImportedObject.objects.filter(pack_id=PACKAGE)}
    new = {pk: one for pk, one in dump.whole(QUESTION).items() if f"{QUESTION}:{pk}" not in known}
    source.refuse(dump, dict(_missing_figures(dump, new, media)))
    found = _people(dump, known)
    planner = _Planner(dump, known, found)
    return Plan(dump, language, media, tuple(planner.outcome(row) for row in dump.rows), found)


def _missing_figures(dump: Dump, questions: dict[int, dict], media: Path | None) -> Iterable[tuple[int, str]]:
    for pk, one in questions.items():
        if one["figure"] and (why := _no_figure(media, one["figure"])):
            yield dump.by_id[QUESTION, pk].place, why


def _no_figure(media: Path | None, name: str) -> str:
    if media is None:
        return f"its figure {name} is no part of the file: say with --media where such files lie"
    path = (media / name).resolve()
    if not (path.is_relative_to(media.resolve()) and path.is_file()):
        return f"its figure {name} is not in {media}"
    try:
        with Picture.open(path, formats=PICTURES) as picture:
            picture.verify()
    except (OSError, ValueError, SyntaxError, Picture.DecompressionBombError):
        return f"its figure {name} is no picture"
    return ""


def _people(dump: Dump, known: dict[str, ImportedObject]) -> dict[int, User]:
    """By what was brought over before, else by e-mail, else by a user name that is somebody's e-mail here."""
    users = dump.whole(USER)
    keys = {pk: known[f"{USER}:{pk}"].key for pk in users if f"{USER}:{pk}" in known}
    names = {word.lower() for one in users.values() for word in (one["email"], one["username"]) if word}
    by_key = {person.key: person for person in User.objects.filter(key__in=keys.values())}
    by_name = {person.email: person for person in User.objects.filter(email__in=names)}
    found = {pk: by_key[key] for pk, key in keys.items() if key in by_key}
    taken = {person.pk for person in found.values()}
    for field in ("email", "username"):
        for pk, one in users.items():
            person = by_name.get(one[field].lower())
            if person and pk not in found and pk not in keys and person.pk not in taken:
                found[pk] = person
                taken.add(person.pk)
    return found


class _Planner:
    def __init__(self, dump: Dump, known: dict[str, ImportedObject], found: dict[int, User]) -> None:
        self.dump, self.known, self.found = dump, known, found
        self.used = {one["sub_category"] for one in dump.whole(QUESTION).values()}

    def outcome(self, row: Row) -> Outcome:
        return Outcome(row, *self._fate(row))

    def _fate(self, row: Row) -> tuple[Fate, str]:
        if row.place in self.dump.broken:
            return Fate.LEFT, self.dump.broken[row.place]
        if row.model in PARTS:
            fate, reason = self._fate(self.dump.by_id[QUESTION, source.question_of(row)])
            return fate, f"it goes with its question: {reason}" if reason else ""
        if before := self.known.get(row.name):
            same = before.pack_sha256 == self.dump.sha256(row)
            return (Fate.HERE, "") if same else (Fate.LEFT, "it was brought over before and has changed since")
        if row.model == USER and row.pk in self.found:
            return Fate.HERE, "an account here has this e-mail or user name"
        if row.model == SUB_CATEGORY and row.pk not in self.used:
            return Fate.LEFT, "no question is in it"
        if row.model in (SITTING, PROGRESS) and self._is_gone(self.dump.found[row.model][row.pk]["user"]):
            return Fate.LEFT, "its person is not here any more"
        return Fate.WRITTEN, ""

    def _is_gone(self, user: int) -> bool:
        return f"{USER}:{user}" in self.known and user not in self.found


def _lacks(dump: Dump, pk: int) -> list[str]:
    """Why a question cannot go live here as it is. In English, as the report is."""
    values = source.question_values(dump, pk, "en")
    question = PublishedQuestion.of(source.compiled_question(values, source.key_of(QUESTION, pk)))
    lacks = [] if question.stem.strip() else ["Write the question."]
    lacks += types.get(question.type).problems(question)
    return [*lacks, "Say in words what the picture shows."] if dump.found[QUESTION][pk]["figure"] else lacks


# --- the writing ---------------------------------------------------------------------------------------------------
def apply(plan: Plan) -> None:
    """All of it or nothing; pictures on the disk too."""
    if plan.is_empty:
        return
    mover = _Mover(plan)
    try:
        with transaction.atomic():
            set_up_site()
            with indexed_at_the_end() as written:
                written.extend(mover.move_content())
            mover.move_people()
            mover.remember()
    except BaseException:
        mover.drop_pictures()
        raise


class _Mover:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.dump, self.writes = plan, plan.dump, plan.writes
        self.now = timezone.now()
        self.people: dict[int, User] = dict(plan.found)
        self.pictures: dict[int, Any] = {}

    # --- for editors
    def move_content(self) -> list[Any]:
        self.locale = Locale.objects.get(language_code=self.plan.language)
        self.course = self._course()
        modules = {category: self._module(category) for category in self._categories()}
        with recompiled_once():
            written: list[Any] = [self._question(pk) for pk in self.writes[QUESTION]]
        pages = [self._quiz(pk, modules) for pk in self.writes[QUIZ]]
        return [self.course, *modules.values(), *written, *pages]

    def _course(self) -> CoursePage:
        found = CoursePage.objects.filter(translation_key=COURSE_KEY, locale=self.locale).first()
        if found:
            return found
        catalogue = CataloguePage.objects.get(translation_key=CATALOGUE, locale=self.locale)
        summary = SUMMARY.get(self.plan.language, SUMMARY["en"])
        course = CoursePage(title=COURSE, code=COURSE, summary=summary, translation_key=COURSE_KEY)
        return self._add(catalogue, course, COURSE)

    def _categories(self) -> list[int | None]:
        """Those that get a module of their own now, and those that a quiz is put below."""
        named = {self.dump.found[QUIZ][pk]["category"] for pk in self.writes[QUIZ]}
        named |= {self.dump.found[QUESTION][pk]["category"] for pk in self.writes[QUESTION]}
        return sorted(named | self.writes[CATEGORY].keys(), key=lambda pk: (pk is None, pk))

    def _module(self, category: int | None) -> ModulePage:
        key = UUID(source.module_key(category))
        found = ModulePage.objects.filter(translation_key=key, locale=self.locale).first()
        if found:
            return found
        title = source.category_title(self.dump, category, self.plan.language)
        objectives = [
            {
                "type": "objective",
                "value": {
                    "id": source.objective_name(pk),
                    "bloom": "apply",
                    "text": one["content"].strip()[: source.STEM_LENGTH] or source.objective_name(pk),
                },
            }
            for pk, one in self.dump.whole(QUESTION).items()
            if one["category"] == category
        ]
        module = ModulePage(title=title, objectives=objectives, translation_key=key)
        return self._add(self.course, module, source.module_name(category))

    def _question(self, pk: int) -> Question:
        one, is_live = self.dump.found[QUESTION][pk], not _lacks(self.dump, pk)
        question = Question(
            translation_key=UUID(source.key_of(QUESTION, pk)),
            locale=self.locale,
            bank=COURSE,
            use=GRADED,
            live=is_live,
            has_unpublished_changes=not is_live,
            first_published_at=self.now if is_live else None,
            last_published_at=self.now if is_live else None,
            picture=self._picture(pk) if one["figure"] else None,
            **source.question_values(self.dump, pk, self.plan.language),
        )
        question.save()
        revision = question.save_revision(clean=False, changed=False)
        if is_live:
            Question.objects.filter(pk=question.pk).update(live_revision=revision)
        return question

    def _picture(self, pk: int) -> Any:
        """Under a name of its own: the name of its file there may give the answer away."""
        assert self.plan.media is not None
        path = self.plan.media / self.dump.found[QUESTION][pk]["figure"]
        with path.open("rb") as opened:
            name = source.objective_name(pk)
            picture = get_image_model()(title=name, file=File(opened, name=f"{name}{path.suffix.lower()}"))
            self.pictures[pk] = picture
            picture.save()
        return picture

    def drop_pictures(self) -> None:
        for picture in self.pictures.values():
            picture.file.delete(save=False)

    def _quiz(self, pk: int, modules: dict[int | None, ModulePage]) -> QuizPage:
        values = source.quiz_values(self.dump, pk)
        quiz = QuizPage(translation_key=UUID(source.key_of(QUIZ, pk)), required_of=rules.NOBODY, **values)
        one = self.dump.found[QUIZ][pk]
        return self._add(modules[one["category"]], quiz, one["url"] or one["title"] or f"quiz-{pk}")

    def _add(self, parent: Any, page: Any, wanted: str) -> Any:
        """As a draft, with a revision to go on with."""
        parent.refresh_from_db(fields=["path", "depth", "numchild", "url_path"])
        page.locale, page.live, page.has_unpublished_changes = self.locale, False, True
        page.slug = _slug(wanted, parent)
        parent.add_child(instance=page)
        log(instance=page, action="wagtail.create", revision=page.save_revision(clean=False), content_changed=True)
        return page

    # --- of people
    def move_people(self) -> None:
        for pk in self.writes[USER]:
            self.people[pk] = self._person(pk)
        if self.writes[SITTING]:
            self._move_sittings()
        for pk, row in self.writes[PROGRESS].items():
            self._move_progress(self.dump.found[PROGRESS][pk], row)

    def _person(self, pk: int) -> User:
        one = self.dump.found[USER][pk]
        taken = one["email"] and User.objects.filter(email=one["email"]).exists()
        return people.bring_in(
            email=f"user-{pk}@{PACKAGE}.invalid" if taken or not one["email"] else one["email"],
            first_name=one["first_name"],
            last_name=one["last_name"],
            language=self.plan.language,
        )

    def _move_sittings(self) -> None:
        versions = self._versions()
        version = self._course_version(versions)
        starts = source.started_at(self.dump)
        for pk, row in self.writes[SITTING].items():
            one = self.dump.found[SITTING][pk]
            person = self.people[one["user"]]
            quizzes.bring_sitting(
                enrolment=courses.bring_enrolment(person=person, version=version, at=starts[one["user"]]),
                version=versions[one["quiz"]],
                there=self._sitting(row),
                file_sha256=self.dump.file_sha256,
                at=self.now,
            )

    def _versions(self) -> dict[int, StepVersion]:
        """{quiz: what its sittings play}: the quiz as the file has it."""
        found = {}
        for pk in sorted({one["quiz"] for one in self.dump.whole(SITTING).values()}):
            pool = [self._compiled(question) for question in source.asked_in(self.dump, pk)]
            content = source.compiled_quiz(self.dump, pk, pool, self.plan.language)
            found[pk] = courses.bring_step(
                step_key=UUID(source.key_of(QUIZ, pk)),
                language=self.plan.language,
                content=content,
                structure=QuizPage.structure_of(content["body"]),
            )
        return found

    def _compiled(self, pk: int) -> dict[str, Any]:
        key = source.key_of(QUESTION, pk)
        shown = None
        if self.dump.found[QUESTION][pk]["figure"]:
            picture = self.pictures.get(pk) or self._picture_here(key)
            shown = picture_of(picture, "") if picture else None
        return source.compiled_question(source.question_values(self.dump, pk, self.plan.language), key, shown)

    def _picture_here(self, key: str) -> Any:
        question = Question.objects.filter(translation_key=key).select_related("picture").first()
        return question.picture if question else None

    def _course_version(self, versions: dict[int, StepVersion]) -> CourseVersion:
        """Its steps ask nothing of anybody, so that nobody completes the course and no certificate comes of it."""
        content = self.course.compile()
        courses.bring_step(step_key=COURSE_KEY, language=self.plan.language, content=content, structure={})
        steps = [
            rules.PinnedStep(
                key=str(version.step_key),
                structure=version.structure_sha256,
                kind=version.kind,
                required_of=rules.NOBODY,
                module=source.module_key(self.dump.found[QUIZ][pk]["category"]),
            )
            for pk, version in versions.items()
        ]
        return courses.bring_version(
            course_key=COURSE_KEY,
            content={"steps": [vars(step) for step in steps], "hours": "0", "valid_months": None},
        )

    def _sitting(self, row: Row) -> quizzes.SittingThere:
        one = self.dump.found[SITTING][row.pk]
        score, count = one["current_score"], len(one["question_order"])
        pass_mark = self.dump.found[QUIZ][one["quiz"]]["pass_mark"]
        return quizzes.SittingThere(
            origin=f"{PACKAGE} {row.name}",
            attempt_key=UUID(source.key_of(SITTING, row.pk)),
            paper=[self._asked(pk, row.name) for pk in one["question_order"]],
            responses={
                source.key_of(QUESTION, pk): source.response(self.dump, pk, answer)
                for pk, answer in one["user_answers"].items()
            },
            wrong=frozenset(source.key_of(QUESTION, pk) for pk in one["incorrect_questions"]),
            score=score,
            percent=source.percent(score, count),
            passed=source.passed(score, count, pass_mark) if one["complete"] else None,
            started_at=one["start"],
            ended_at=source.ended_at(one),
            row=dict(row.fields),
        )

    def _asked(self, pk: int, seed: str) -> dict[str, Any]:
        """One question of a paper. In which order its answers stood there, where that was left to chance, is lost."""
        parts = source.question_values(self.dump, pk, self.plan.language)["parts"]
        order = [part["id"] for part in parts]
        if source.is_shuffled(self.dump, pk):
            random.Random(f"{seed}/{pk}").shuffle(order)
        return {"question": source.key_of(QUESTION, pk), "order": order}

    def _move_progress(self, one: dict[str, Any], row: Row) -> None:
        shown = source.shown_scores(one["score"], source.category_names(self.dump))
        quizzes.bring_progress(
            person=self.people[one["user"]],
            origin=f"{PACKAGE} {row.name}",
            categories=[
                {"category": name, "score": got, "possible": possible, "percent": percent}
                for name, (got, possible, percent) in shown.items()
            ],
            row=dict(row.fields),
            file_sha256=self.dump.file_sha256,
            at=self.now,
        )

    # --- the books
    def remember(self) -> None:
        """What was brought over, so that it is known the next time, and a proof that it was brought and not made."""
        rows = [outcome.row for outcome in self.plan.outcomes if self._is_new(outcome)]
        ImportedObject.objects.bulk_create(
            ImportedObject(
                pack_id=PACKAGE,
                object_id=row.name,
                kind=row.model,
                key=self.people[row.pk].key if row.model == USER else UUID(source.key_of(row.model, row.pk)),
                pack_sha256=self.dump.sha256(row),
                state_sha256="",
                imported_at=self.now,
            )
            for row in rows
        )
        self._prove(rows, self.now)

    def _is_new(self, outcome: Outcome) -> bool:
        """Matched people too: who somebody was there holds whatever their e-mail becomes here."""
        matched = outcome.row.model == USER and outcome.fate == Fate.HERE and bool(outcome.reason)
        return outcome.row.model not in PARTS and (outcome.fate == Fate.WRITTEN or matched)

    def _prove(self, rows: list[Row], at: datetime) -> None:
        hashes = sorted([row.name, self.dump.sha256(row)] for row in rows)
        evidence.append(
            kind="quizzes.imported",
            subject=None,
            at=at,
            facts={
                "package": PACKAGE,
                "file_sha256": self.dump.file_sha256,
                "written": {model: len(found) for model, found in self.writes.items() if found},
                "rows_sha256": rules.sha256(hashes),
            },
            personal={},
        )


def _slug(wanted: str, parent: Page) -> str:
    slug = slugify(anyascii(wanted))[:SLUG_LENGTH].strip("-") or "quiz"
    taken = set(parent.get_children().values_list("slug", flat=True))
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return next(one for one in [slug, *numbered] if one not in taken)
