"""A course as its editors see it: every module and step with what it needs, in a constant number of queries."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import get_language

from courses import kinds, practice, translations
from courses.checks import messages, rules
from courses.models import CoursePage, CourseVersion, Enrolment, ModulePage, Publication, StepCompletion, StepPage
from courses.models.pages import Surroundings

LIVE, CHANGED, DRAFT, OLDER, MISSING = "live", "changed", "draft", "older", "missing"
KEPT_SECONDS = 24 * 3600
LOOKED_AT = 50  # drafts, for the home page


@dataclass(frozen=True)
class Name:
    """What a page is called. language: that of its title."""

    title: str
    language: str


@dataclass(frozen=True)
class InLanguage:
    """A page in one language. state: LIVE, CHANGED (live, with a newer draft), DRAFT, MISSING, or OLDER (live, but of
    another structure than the source language, or before its newest words: learners are shown an older version)."""

    code: str
    name: str
    state: str


@dataclass(frozen=True)
class Language:
    """Of a whole course: how many of its steps exist in this language, and are live in it as they are in the source."""

    name: str
    translated: int
    live: int
    total: int

    @property
    def percent_translated(self) -> int:
        return 100 * self.translated // self.total if self.total else 0

    @property
    def percent_live(self) -> int:
        return 100 * self.live // self.total if self.total else 0


@dataclass(frozen=True)
class Row:
    """A module or a step. at: its place among its neighbours; errors keep it from going live, warnings are advice."""

    page: Any
    name: Name
    number: str
    kind: Any
    minutes: int
    state: str
    languages: list[InLanguage]
    errors: list[str]
    warnings: list[str]
    taking: int
    finished: int
    at: int
    is_first: bool
    is_last: bool

    @property
    def edit_url(self) -> str:
        return reverse("wagtailadmin_pages:edit", args=[self.page.pk])


@dataclass(frozen=True)
class Module:
    """problems: its own, beside those of its steps, which its row counts too."""

    row: Row
    steps: list[Row]
    problems: list[str]


@dataclass(frozen=True)
class Addable:
    """A kind of step that may be added to a module."""

    label: Any
    app: str
    model: str


@dataclass(frozen=True)
class CourseOutline:
    course: CoursePage
    name: Name
    state: str
    modules: list[Module]
    languages: list[Language]
    problems: list[str]  # of the course's own page
    warnings: list[str]
    taking: int
    finished: int
    addable: list[Addable]

    @property
    def steps(self) -> list[Row]:
        return [step for module in self.modules for step in module.steps]

    @property
    def rows(self) -> dict[int, Row]:
        """By the id of the page."""
        return {row.page.pk: row for module in self.modules for row in (module.row, *module.steps)}

    @property
    def minutes(self) -> int:
        return sum(step.minutes for step in self.steps)

    @property
    def errors(self) -> int:
        return len(self.problems) + sum(len(module.row.errors) for module in self.modules)

    @property
    def advice(self) -> int:
        return sum(len(step.warnings) for step in self.steps) + len(self.warnings)


def state(page: Any) -> str:
    if not page.live:
        return DRAFT
    return CHANGED if page.has_unpublished_changes else LIVE


def models_by_kind() -> dict[str, type[StepPage]]:
    return {model.kind: model for model in apps.get_models() if issubclass(model, StepPage)}


def addable() -> list[Addable]:
    models = models_by_kind()
    found = [(kind, models[kind.name]._meta) for kind in kinds.all_kinds() if kind.name in models]
    return [Addable(kind.label, meta.app_label, str(meta.model_name)) for kind, meta in found]


def course_outline(course: CoursePage) -> CourseOutline:
    pages = list(course.get_descendants().order_by("path").specific())
    called = names_in(course, [course, *pages])
    modules = [page for page in pages if isinstance(page, ModulePage)]
    steps = [page for page in pages if isinstance(page, StepPage)]
    languages = _languages(course, pages)
    taking, taking_step, finished_step = _people(course)
    drafts = _drafts(course, modules, steps)
    surroundings = course.surroundings()
    checked = _checked([*drafts.values(), *_drafts_of_parts([course, *modules])], surroundings)
    made = []
    for number, module in enumerate(modules, 1):
        own = [step for step in steps if step.path.startswith(module.path)]
        rows = []
        for place, step in enumerate(own):
            draft, key = drafts[step.pk], str(step.translation_key)
            errors, warnings = checked[step.pk]
            rows.append(
                Row(
                    page=draft,
                    name=called[step.translation_key],
                    number=f"{number}.{place + 1}",
                    kind=kinds.get(step.kind).label,
                    minutes=draft.minutes if isinstance(draft.minutes, int) else 0,  # a draft may hold anything
                    state=state(step),
                    languages=languages[key],
                    errors=errors,
                    warnings=warnings,
                    taking=taking_step.get(key, 0),
                    finished=finished_step.get(key, 0),
                    at=place,
                    is_first=place == 0,
                    is_last=place == len(own) - 1,
                )
            )
        problems, _advice = checked[module.pk]
        name = called[module.translation_key]
        row = _module_row(module, name, number, rows, languages, problems, last=len(modules))
        made.append(Module(row, rows, problems))
    return CourseOutline(
        course=course,
        name=called[course.translation_key],
        state=state(course),
        modules=made,
        languages=[
            _whole(code, name, [languages[str(step.translation_key)] for step in steps])
            for code, name in _codes(course)
        ],
        problems=checked[course.pk][0],
        warnings=_points(surroundings, drafts.values()),
        taking=taking,
        finished=Enrolment.objects.filter(course_key=course.translation_key, completed_at__isnull=False).count(),
        addable=addable(),
    )


def _module_row(
    module: Any, name: Name, number: int, rows: list[Row], languages: dict, problems: list[str], *, last: int
) -> Row:
    return Row(
        page=module,
        name=name,
        number=str(number),
        kind=module._meta.verbose_name,
        minutes=sum(row.minutes for row in rows),
        state=state(module),
        languages=languages[str(module.translation_key)],
        errors=[*problems, *(text for row in rows for text in row.errors)],
        warnings=[text for row in rows for text in row.warnings],
        taking=max((row.taking for row in rows), default=0),
        finished=0,
        at=number - 1,
        is_first=number == 1,
        is_last=number == last,
    )


# --- names ----------------------------------------------------------------------------------------------------------
def title_of(page: Any) -> str:
    """As its editor would open it; the title of a draft outlives it where a page was saved by code."""
    return page.title if state(page) == LIVE else page.get_admin_display_title()


def names(pages: Collection[Any]) -> dict[UUID, Name]:
    """{translation key: what the page is called in the reader's language, a draft there too, else its own name}: one
    query, for pages that came with their locale. What is called there as here has most likely not been translated yet,
    and stays in its own language."""
    language = get_language() or settings.LANGUAGE_CODE
    keys = [page.translation_key for page in pages]
    every = CoursePage._meta.get_field("page_ptr").related_model.objects
    there = every.filter(translation_key__in=keys, locale__language_code=language).order_by()
    shown = there.only("translation_key", "title", "draft_title", "live", "has_unpublished_changes")
    own = _own(pages)
    titles = {page.translation_key: title_of(page) for page in shown}
    return own | {key: Name(title, language) for key, title in titles.items() if title != own[key].title}


def names_in(course: CoursePage, pages: Collection[Any]) -> dict[UUID, Name]:
    """The same of a course and what is below it. A course in another language than its source is looked at for that
    language's sake: its pages keep their own names."""
    for page in pages:
        page.locale = course.locale
    return names(pages) if course.locale.language_code == settings.LANGUAGE_CODE else _own(pages)


def _own(pages: Collection[Any]) -> dict[UUID, Name]:
    return {page.translation_key: Name(title_of(page), page.locale.language_code) for page in pages}


# --- languages ------------------------------------------------------------------------------------------------------
def _codes(course: CoursePage) -> list[tuple[str, str]]:
    """The language of this page first."""
    codes = [(code, str(name)) for code, name in settings.LANGUAGES]
    return sorted(codes, key=lambda pair: pair[0] != course.locale.language_code)


def _languages(course: CoursePage, pages: list) -> dict[str, list[InLanguage]]:
    keys = [page.translation_key for page in pages]
    everywhere = course.get_descendants().model.objects.filter(translation_key__in=keys).select_related("locale")
    found = {(str(page.translation_key), page.locale.language_code): state(page) for page in everywhere}
    late = {(str(key), code) for key, code in translations.older(keys)}
    structures = {(str(row.step_key), row.language): row.structure_sha256 for row in Publication.objects.newest(keys)}
    for (key, code), own in structures.items():
        if structures.get((key, settings.LANGUAGE_CODE), own) != own:
            late.add((key, code))
    states = found | {at: OLDER for at in late if found.get(at) in (LIVE, CHANGED)}
    return {
        str(key): [InLanguage(code, str(name), states.get((str(key), code), MISSING)) for code, name in _codes(course)]
        for key in keys
    }


def _whole(code: str, name: str, rows: list[list[InLanguage]]) -> Language:
    states = [one.state for row in rows for one in row if one.code == code]
    return Language(
        name=str(name),
        translated=sum(one != MISSING for one in states),
        live=sum(one in (LIVE, CHANGED) for one in states),
        total=len(states),
    )


# --- people ---------------------------------------------------------------------------------------------------------
def _people(course: CoursePage) -> tuple[int, dict[str, int], dict[str, int]]:
    """(how many are taking the course now, {step: how many of them have it in their version}, {step: how many
    finished it})."""
    mine = Enrolment.objects.filter(course_key=course.translation_key)
    now = mine.filter(started_at__isnull=False, completed_at=None).order_by()
    by_version = dict(now.values_list("course_version").annotate(Count("pk")))
    taking: dict[str, int] = {}
    for version in CourseVersion.objects.filter(pk__in=by_version):
        for step in version.steps:
            taking[step.key] = taking.get(step.key, 0) + by_version[version.pk]
    done = StepCompletion.objects.filter(enrolment__in=mine).order_by().values_list("step_key")
    finished = {str(key): count for key, count in done.annotate(Count("enrolment", distinct=True))}
    return sum(by_version.values()), taking, finished


# --- checks ---------------------------------------------------------------------------------------------------------
def _drafts(course: CoursePage, modules: list, steps: list[Any]) -> dict[int, Any]:
    """{page id: the step as its editor would open it}: the newest draft, without a query for each."""
    revisions = _newest(steps)
    above = {module.path: module for module in modules}
    for module in modules:
        module._cached_parent_obj = course
    return {step.pk: _as_opened(step, revisions, above[step.path[: -step.steplen]], course) for step in steps}


def _drafts_of_parts(pages: list[Any]) -> Iterator[Any]:
    """The course and its modules as their editors would open them."""
    revisions = _newest(pages)
    for page in pages:
        revision = revisions.get(page.latest_revision_id)
        draft = _read(page, revision.content) if revision else page
        draft.locale = pages[0].locale
        yield draft


def _newest(pages: Iterable[Any]) -> dict[int, Any]:
    """{revision id: the newest draft of a page that has one}"""
    changed = [page.latest_revision_id for page in pages if page.has_unpublished_changes]
    return CoursePage._meta.get_field("latest_revision").related_model.objects.in_bulk(changed)


def _as_opened(step: Any, revisions: dict[int, Any], module: Any, course: CoursePage) -> Any:
    revision = revisions.get(step.latest_revision_id)
    draft = _read(step, revision.content) if revision else step
    draft.locale, draft._cached_parent_obj = course.locale, module
    return draft


def _read(page: Any, content: dict) -> Any:
    """with_content_json() of Wagtail, but for what it asks the database for."""
    draft = type(page).from_serializable_data(content, check_fks=False)
    for name in ("pk", "path", "depth", "numchild", "live", "has_unpublished_changes", "latest_revision_id"):
        setattr(draft, name, getattr(page, name))
    return draft


def _checked(pages: Iterable[Any], surroundings: Surroundings) -> dict[int, tuple[list[str], list[str]]]:
    """{page id: (errors, warnings)}. Kept until the draft, the bank or the points change: proving scenarios is slow."""
    bank = [(question.key, question.is_graded, question.version) for question in surroundings.bank]
    around = hashlib.sha256(repr((sorted(surroundings.points), bank)).encode()).hexdigest()
    found = {}
    with practice.prepared(surroundings.bank):
        for page in pages:
            name = f"checked:{page.pk}:{page.latest_revision_id}:{get_language()}:{around}"
            known = cache.get(name) if page.latest_revision_id else None
            if known is None:
                known = _found(page, surroundings)
                if page.latest_revision_id:
                    cache.set(name, known, KEPT_SECONDS)
            found[page.pk] = known
    return found


def _found(page: Any, surroundings: Surroundings) -> tuple[list[str], list[str]]:
    """What the whole course is advised is said once, of its points."""
    if not isinstance(page, StepPage):
        return page.problems(), []
    page.given = surroundings
    return page.problems(), page.warnings()


def _points(surroundings: Surroundings, steps: Iterable[Any]) -> list[str]:
    taught = {point for step in steps if step.kind == "lesson" for point in step.points}
    tested = {point for question in surroundings.bank for point in question.points}
    findings = rules.course(surroundings.points, taught=taught, tested=tested)
    return [messages.words(finding) for finding in findings]


# --- the list of courses --------------------------------------------------------------------------------------------
def minutes_below(parent: Any) -> list[tuple[str, int]]:
    """(path, minutes) of every step below a page."""
    models = models_by_kind().values()
    return [row for model in models for row in model.objects.descendant_of(parent).values_list("path", "minutes")]


def taking() -> dict[str, int]:
    """{course key: how many are taking it now}."""
    now = Enrolment.objects.filter(started_at__isnull=False, completed_at=None).order_by()
    return {str(key): count for key, count in now.values_list("course_key").annotate(Count("pk"))}


# --- the home page --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Health:
    """A course on the home page. percent_finished is of all who have begun it; None where nobody has."""

    course: CoursePage
    name: Name
    taking: int
    finished: int
    languages: list[Language]
    is_review_due: bool

    @property
    def percent_finished(self) -> int | None:
        begun = self.taking + self.finished
        return 100 * self.finished // begun if begun else None


def health(today: date) -> list[Health]:
    """Every course once, in its source language."""
    courses: dict[Any, CoursePage] = {}
    for page in CoursePage.objects.select_related("locale").order_by("path"):
        known = courses.get(page.translation_key)
        if known is None or page.locale.language_code == settings.LANGUAGE_CODE:
            courses[page.translation_key] = page
    begun = Enrolment.objects.filter(course_key__in=courses, started_at__isnull=False).order_by()
    counted = begun.values_list("course_key").annotate(Count("pk"), Count("completed_at"))
    people = {key: (count - finished, finished) for key, count, finished in counted}
    spoken_in, called = spoken(list(courses.values())), names(courses.values())
    return [
        Health(
            course,
            called[key],
            *people.get(key, (0, 0)),
            spoken_in[course.pk],
            bool(course.review_by and course.review_by < today),
        )
        for key, course in courses.items()
    ]


def spoken(courses: list[CoursePage]) -> dict[int, list[Language]]:
    """{course id: its languages}: how much of the steps of its own language there is in each. Constant queries."""
    below: list[tuple[str, str, str, bool]] = []
    for model in models_by_kind().values():
        below += model.objects.values_list("path", "translation_key", "locale__language_code", "live")
    state_of = {(str(key), code): live for _path, key, code, live in below}
    made = {}
    for course in courses:
        keys = [str(key) for path, key, _code, _live in below if path.startswith(course.path)]
        made[course.pk] = [
            Language(
                name=str(name),
                translated=sum((key, code) in state_of for key in keys),
                live=sum(state_of.get((key, code), False) for key in keys),
                total=len(keys),
            )
            for code, name in _codes(course)
        ]
    return made


@dataclass(frozen=True)
class Broken:
    """A draft that could not go live as it is. errors: why, in the reader's language."""

    page: Any
    errors: list[str]


def broken_drafts(pages: Any) -> list[Broken]:
    """Of these pages: drafts of courses, modules and steps with problems, what was changed last first. Only the newest
    drafts are looked at."""
    found: list[Any] = []
    unfinished = Q(has_unpublished_changes=True) | Q(live=False)
    kinds_of_pages: list[Any] = [CoursePage, ModulePage, *models_by_kind().values()]
    for model in kinds_of_pages:
        mine = model.objects.filter(unfinished, pk__in=pages.values("pk"), latest_revision_created_at__isnull=False)
        found += mine.order_by("-latest_revision_created_at")[:LOOKED_AT]
    found = sorted(found, key=lambda page: page.latest_revision_created_at, reverse=True)[:LOOKED_AT]
    revisions = _newest(found)
    steps = [page for page in found if isinstance(page, StepPage)]
    others = [page for page in found if not isinstance(page, StepPage)]
    errors = _errors_of_steps(steps, revisions) | {page.pk: _errors_of(page, revisions) for page in others}
    return [Broken(page, errors[page.pk]) for page in found if errors[page.pk]]


def _errors_of_steps(steps: list[Any], revisions: dict[int, Any]) -> dict[int, list[str]]:
    """By the id of each: they are checked against the bank and the points of their course."""
    below = CoursePage.steplen
    modules = {one.path: one for one in ModulePage.objects.filter(path__in={step.path[:-below] for step in steps})}
    found = CoursePage.objects.filter(path__in={path[:-below] for path in modules}).select_related("locale")
    courses = {course.path: course for course in found}
    drafts: dict[int, dict[int, Any]] = {}  # by course, by step
    for step in steps:
        module = modules[step.path[:-below]]
        course = module._cached_parent_obj = courses[module.path[:-below]]
        drafts.setdefault(course.pk, {})[step.pk] = _as_opened(step, revisions, module, course)
    surroundings = CoursePage.surroundings_of(list(courses.values()))
    checked: dict[int, tuple[list[str], list[str]]] = {}
    for course_id, here in drafts.items():
        checked |= _checked(here.values(), surroundings[course_id])
    return {pk: errors for pk, (errors, _warnings) in checked.items()}


def _errors_of(page: Any, revisions: dict[int, Any]) -> list[str]:
    """Of the newest draft of a course or a module: they say nothing that depends on others."""
    name = f"checked:{page.pk}:{page.latest_revision_id}:{get_language()}"
    known = cache.get(name)
    if known is None:
        revision = revisions.get(page.latest_revision_id)
        known = (_read(page, revision.content) if revision else page).problems()
        cache.set(name, known, KEPT_SECONDS)
    return known


def reviews_due(pages: Any, today: date) -> list[CoursePage]:
    """Courses among these pages whose date of review has passed, each in its source language, the oldest first."""
    due = CoursePage.objects.filter(pk__in=pages.values("pk"), review_by__lt=today).select_related("locale")
    source = settings.LANGUAGE_CODE
    once = {
        page.translation_key: page
        for page in sorted(due, key=lambda page: (page.locale.language_code == source, -page.pk))
    }
    return sorted(once.values(), key=lambda page: (page.review_by, page.pk))
