"""Whole screens of a course as plain data, each in a constant number of queries."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    prefetch_related_objects,
)
from django.urls import reverse

from certificates.models import Certificate
from courses import kinds, rules, site_facts, versions
from courses.models import (
    Allowance,
    CoursePage,
    CourseVersion,
    Decision,
    Enrolment,
    Place,
    Publication,
    Redo,
    Reflection,
    SiteFacts,
    StepCompletion,
    StepVersion,
)
from courses.models.records import Change
from people.models import User

SOME_STEP = str(UUID(int=0))


@dataclass(frozen=True)
class Shown:
    """A step as this reader gets it. language is that of the text; is_fallback when the reader's own is missing."""

    version: StepVersion
    content: dict
    language: str
    is_fallback: bool
    is_required: bool = True
    number: int = 0
    total: int = 0
    texts: versions.Texts = field(default_factory=dict, repr=False)  # of the whole course, as it was read for this


class NotInCourse(LookupError):
    """The enrolment's version of the course has no such step."""


@dataclass(frozen=True)
class Owed:
    """A step that changed so much that it is to be done as it is now, also by those who had finished it."""

    due_on: date | None


@dataclass(frozen=True)
class OutlineStep:
    key: str
    kind: kinds.StepKind
    title: str
    minutes: int
    language: str
    is_required: bool
    is_done: bool
    is_next: bool
    url: str
    standing: kinds.Standing
    redo: Owed | None = None
    is_waived: bool = False  # by a pre-test: it is done, and was not taken
    taken_at: datetime | None = None  # when it was first finished by taking it, in whichever round

    @property
    def icon(self) -> str:
        if self.is_done:
            return "circle-check"
        if self.is_next:
            return "circle-dot"
        return "circle" if self.kind.name == "lesson" else self.kind.icon


@dataclass(frozen=True)
class OutlineModule:
    title: str
    language: str
    steps: list[OutlineStep]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps if step.is_required)

    @property
    def total(self) -> int:
        return sum(step.is_required for step in self.steps)


@dataclass(frozen=True)
class Outline:
    """A person's course. continue_url leads exactly to where they stopped, "" when nothing required is left."""

    enrolment: Enrolment
    title: str
    summary: str
    language: str
    modules: list[OutlineModule]
    progress: rules.Progress
    minutes: int
    minutes_left: int
    next_step: OutlineStep | None
    continue_url: str
    cycle_due_on: date | None = None  # by when the cycle that a change opened is to be finished

    @property
    def steps(self) -> list[OutlineStep]:
        return [step for module in self.modules for step in module.steps]

    @property
    def to_redo(self) -> list[OutlineStep]:
        return [step for step in self.steps if step.redo and not step.is_done]

    @property
    def held_up(self) -> list[OutlineStep]:
        """What is required, and cannot be taken now; beside the next step, which says so itself."""
        return [
            step
            for step in self.steps
            if step.is_required and step.standing.is_closed and not (step.is_done or step.is_next)
        ]

    @property
    def redo_by(self) -> date | None:
        """The first day by which a change asks something of this person."""
        days = [step.redo.due_on for step in self.to_redo if step.redo] + [self.cycle_due_on]
        return min((day for day in days if day), default=None)

    @property
    def sittings_left(self) -> int:
        return rules.sittings(self.minutes_left)

    def after(self, step_key: str) -> OutlineStep | None:
        """The step that follows this one in the course."""
        keys = [step.key for step in self.steps]
        position = keys.index(step_key) + 1 if step_key in keys else len(keys)
        return self.steps[position] if position < len(keys) else None

    def before(self, step_key: str) -> OutlineStep | None:
        keys = [step.key for step in self.steps]
        position = keys.index(step_key) - 1 if step_key in keys else -1
        return self.steps[position] if position >= 0 else None


def in_language(found: dict[str, StepVersion], language: str) -> StepVersion:
    """The reader's language, else the source language, else whatever there is."""
    return found.get(language) or found.get(settings.LANGUAGE_CODE) or next(iter(found.values()))


def outlines(
    enrolments: list[Enrolment],
    language: str,
    *,
    next_only: bool = False,
    texts: dict[int, versions.Texts] | None = None,
) -> dict[int, Outline]:
    """{enrolment id: its Outline}, in the same number of queries for one as for thirty. next_only: how quizzes and
    scenarios stand is asked only of the kinds that the next steps are of. texts: where they were read."""
    past = _past(enrolments)
    prefetch_related_objects(enrolments, "place")  # asks only for those that did not bring it along
    standings = _standings(enrolments, past, next_only=next_only)
    if texts is None:
        texts = versions.texts(enrolment.course_version for enrolment in enrolments)
    return _drawn(enrolments, language, texts, past, standings)


def _standings(enrolments: list[Enrolment], past: "_Past", *, next_only: bool) -> dict[kinds.Place, kinds.Standing]:
    """Each kind is asked once. A step that is closed is passed over, so the one after it may be of another kind."""
    found: dict[kinds.Place, kinds.Standing] = {}
    concerned = [one for one in enrolments if not next_only or _next_key(one, past, found)]
    left = list(kinds.all_kinds())
    while concerned:
        names = {_next_kind(one, past, found) for one in concerned}
        wanted = [kind for kind in left if not next_only or kind.name in names]
        if not wanted:
            break
        for kind in wanted:
            found |= kind.standing(concerned, past.extra_attempts, past.asked_again)
            left.remove(kind)
    return found


def outline(enrolment: Enrolment, language: str) -> Outline:
    return outlines([enrolment], language)[enrolment.pk]


def beside(enrolment: Enrolment, language: str, shown: Shown) -> Outline:
    """The outline beside the step that is shown: without how each quiz and scenario stands, which it does not say.
    What was read for the step is not read again."""
    texts = {enrolment.course_version_id: shown.texts}
    prefetch_related_objects([enrolment], "place")
    return _drawn([enrolment], language, texts, _past([enrolment]), {})[enrolment.pk]


def _drawn(
    enrolments: list[Enrolment],
    language: str,
    texts: dict[int, versions.Texts],
    past: "_Past",
    standings: dict[kinds.Place, kinds.Standing],
) -> dict[int, Outline]:
    return {one.pk: _outline(one, texts[one.course_version_id], past, standings, language) for one in enrolments}


@dataclass(frozen=True)
class _Past:
    """What was finished, asked for once more, and granted, by (enrolment id, step key)."""

    done: frozenset[kinds.Place]
    owed: dict[kinds.Place, Owed]
    asked_again: dict[kinds.Place, datetime]
    extra_attempts: dict[kinds.Place, int]
    waived: frozenset[kinds.Place]
    taken_at: dict[kinds.Place, datetime]
    cycles_due: dict[int, date]  # of the cycles that a material change opened and nobody has finished yet


@cache
def _of_the_past() -> tuple[QuerySet, ...]:
    """Of everybody, not asked yet: making the columns takes longer than asking for the rows of one person."""
    no_day = Value(None, output_field=DateField())
    what = ("enrolment_id", "step_key")
    finished = Case(When(waived_by=None, then=Value("finished")), default=Value("waived"))
    return (
        StepCompletion.objects.order_by().values_list(*what, finished, "round", no_day, "completed_at"),
        Redo.objects.order_by().values_list(*what, Value("asked"), "round", "due_on", "at"),
        Allowance.objects.order_by().values_list(*what, Value("granted"), "extra_attempts", no_day, "created_at"),
    )


def _past(enrolments: list[Enrolment]) -> _Past:
    """A step that was asked for in a later round than it was finished in is owed, else it is done. One query."""
    first, *others = (rows.filter(enrolment__in=enrolments) for rows in _of_the_past())
    if opened := [one.pk for one in enrolments if one.opened_by_id and not one.completed_at]:
        cycles = Enrolment.objects.filter(pk__in=opened, opened_by__redo_by__isnull=False).order_by()
        others.append(
            cycles.values_list("pk", "key", Value("cycle"), "cycle", "opened_by__redo_by", "opened_by__decided_at")
        )
    finished_in: dict[kinds.Place, int] = {}
    waived_in: set[tuple[kinds.Place, int]] = set()
    last_asked: dict[kinds.Place, tuple[int, date | None]] = {}
    asked_again: dict[kinds.Place, datetime] = {}
    extra_attempts: Counter[kinds.Place] = Counter()
    taken_at: dict[kinds.Place, datetime] = {}
    cycles_due: dict[int, date] = {}
    for enrolment_id, key, what, number, until, moment in first.union(*others, all=True):
        place = enrolment_id, str(key)
        if what in ("finished", "waived"):
            finished_in[place] = max(number, finished_in.get(place, 0))
            if what == "waived":
                waived_in.add((place, number))
            else:
                taken_at[place] = min(moment, taken_at.get(place, moment))
        elif what == "granted":
            extra_attempts[place] += number
        elif what == "cycle":
            cycles_due[enrolment_id] = until
        else:
            asked_again[place] = max(moment, asked_again.get(place, moment))
            if number >= last_asked.get(place, (0, None))[0]:
                last_asked[place] = number, until
    owed = {place: Owed(day) for place, (number, day) in last_asked.items() if number > finished_in.get(place, 0)}
    done = frozenset(finished_in.keys() - owed.keys())
    waived = frozenset(place for place in done if (place, finished_in[place]) in waived_in)
    return _Past(done, owed, asked_again, dict(extra_attempts), waived, taken_at, cycles_due)


def _place(enrolment: Enrolment) -> Place | None:
    return getattr(enrolment, "place", None)


def _done(enrolment: Enrolment, past: _Past) -> frozenset[str]:
    steps = enrolment.course_version.steps
    return frozenset(step.key for step in steps if (enrolment.pk, step.key) in past.done)


def _next_key(enrolment: Enrolment, past: _Past, standings: Mapping[kinds.Place, kinds.Standing]) -> str:
    place, steps = _place(enrolment), enrolment.course_version.steps
    stopped_at = str(place.step_key) if place else ""
    closed = frozenset(key for (pk, key), found in standings.items() if pk == enrolment.pk and found.is_closed)
    return rules.next_step(steps, enrolment.required, _done(enrolment, past), stopped_at, closed)


def _next_kind(enrolment: Enrolment, past: _Past, standings: Mapping[kinds.Place, kinds.Standing]) -> str:
    key = _next_key(enrolment, past, standings)
    return next((step.kind for step in enrolment.course_version.steps if step.key == key), "")


def _outline(
    enrolment: Enrolment,
    texts: versions.Texts,
    past: _Past,
    standings: dict[kinds.Place, kinds.Standing],
    language: str,
) -> Outline:
    pinned, required = enrolment.course_version.steps, enrolment.required
    done, place = _done(enrolment, past), _place(enrolment)
    next_key = _next_key(enrolment, past, standings)
    modules: dict[str, list[OutlineStep]] = {}
    named: dict[str, list[StepVersion]] = {}
    minutes: dict[str, int] = {}
    address = step_address(enrolment)
    for step in pinned:
        version = in_language(texts[step.key, step.structure], language)
        minutes[step.key] = version.minutes
        shown = OutlineStep(
            key=step.key,
            kind=kinds.get(step.kind),
            title=version.title,
            minutes=version.minutes,
            language=version.language,
            is_required=step.key in required,
            is_done=step.key in done,
            is_next=step.key == next_key,
            url=address(step.key),
            standing=standings.get((enrolment.pk, step.key), kinds.READY),
            redo=past.owed.get((enrolment.pk, step.key)),
            is_waived=(enrolment.pk, step.key) in past.waived,
            taken_at=past.taken_at.get((enrolment.pk, step.key)),
        )
        modules.setdefault(step.module, []).append(shown)
        named.setdefault(step.module, []).append(version)
    course = in_language(texts[str(enrolment.course_key), versions.COURSE_STRUCTURE], language)
    following = next((step for steps in modules.values() for step in steps if step.is_next), None)
    return Outline(
        enrolment=enrolment,
        title=course.title,
        summary=course.summary,
        language=course.language,
        modules=[OutlineModule(*_called(key, named[key]), steps) for key, steps in modules.items()],
        progress=rules.progress(required, done),
        minutes=sum(minutes[key] for key in required),
        minutes_left=rules.minutes_left(minutes, required, done),
        next_step=following,
        continue_url=_continue_url(following, place),
        cycle_due_on=past.cycles_due.get(enrolment.pk),
    )


def step_address(enrolment: Enrolment) -> Callable[[str], str]:
    """From the key of a step to its address, reversed once for all of them: reversing takes its time."""
    address = reverse("step", args=[enrolment.key, SOME_STEP])
    return lambda key: address.replace(SOME_STEP, key)


def _called(module: str, steps: list[StepVersion]) -> tuple[str, str]:
    """(its name, the language of that), as its steps say. One that was moved to another module says that one's."""
    own = next((step for step in steps if step.module_key == module), steps[0])
    return own.module_title, own.language


def _continue_url(step: OutlineStep | None, place: Place | None) -> str:
    if step is None:
        return ""
    if step.standing.url:
        return step.standing.url
    anchor = place.anchor if place and str(place.step_key) == step.key else ""
    return f"{step.url}#{anchor}" if anchor else step.url


# --- for whoever publishes -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heads:
    """How many people courses hold: under way, finished, and with a certificate that is valid today."""

    in_progress: int
    finished: int
    certificates: int

    @property
    def concerns_anybody(self) -> bool:
        return bool(self.in_progress or self.finished)


def heads(course_keys: Collection[UUID], today: date) -> Heads:
    """Of several courses together; whoever takes two of them is one person."""
    enrolments = Enrolment.objects.filter(course_key__in=course_keys)
    people = Count("person", distinct=True)
    return Heads(
        in_progress=enrolments.in_progress().aggregate(people=people)["people"],
        finished=enrolments.finished().filter(person__is_active=True).aggregate(people=people)["people"],
        certificates=Certificate.objects.filter(course_key__in=course_keys).valid_on(today).count(),
    )


@dataclass(frozen=True)
class Past:
    """One publication, or one decision that asked people to redo what was live already.

    is_unasked: a change that went live by a route that asks nobody (a time that was set, an import)."""

    language: str
    at: datetime
    by: User | None
    change: str
    decision: Decision | None
    publication: Publication | None
    redos: int
    new_cycles: int
    is_unasked: bool = False


def history(page_key: UUID) -> list[Past]:
    """What became current when, what it meant and by whom it was made so; the newest first."""
    rows = Publication.objects.filter(step_key=page_key).select_related("version", "published_by", "decision")
    publications = list(rows.defer("version__content").order_by("-pk"))
    named = [row.decision_id for row in publications if row.decision_id]
    found = Decision.objects.filter(Q(page_key=page_key) | Q(pk__in=named)).select_related("decided_by")
    decisions = {row.pk: row for row in found}
    redos = _counted(Redo.objects.filter(decision__in=decisions).values_list("decision"), "enrolment")
    cycles = _counted(Enrolment.objects.filter(opened_by__in=decisions).values_list("opened_by"), "pk")

    first = {row.language: row.pk for row in publications}  # the newest come first: the oldest stays

    def past(language: str, at: datetime, by: User | None, row: Any, publication: Publication | None) -> Past:
        decision = row if publication is None else decisions.get(publication.decision_id or 0)
        key = decision.pk if decision else 0
        change = str(Change((publication or row).change).label)
        unasked = decision is None and publication is not None and first[language] != publication.pk
        return Past(language, at, by, change, decision, publication, redos.get(key, 0), cycles.get(key, 0), unasked)

    shown = [past(row.language, row.at, row.published_by, row, row) for row in publications]
    shown += [
        past(row.language, row.decided_at, row.decided_by, row, None)
        for row in decisions.values()
        if row.page_key == page_key and row.revision_id is None
    ]
    return sorted(shown, key=lambda row: row.at, reverse=True)


def unasked(since: datetime) -> list[Publication]:
    """The newest change of each page in each language, where nobody was asked what it means, by hand or at a set time
    since then; until somebody says what it means, or the page is published again."""
    same = {"step_key": OuterRef("step_key"), "language": OuterRef("language")}
    earlier, later = (Publication.objects.filter(**same, **{name: OuterRef("pk")}) for name in ("pk__lt", "pk__gt"))
    said = Decision.objects.filter(page_key=OuterRef("step_key"), decided_at__gt=OuterRef("at"))
    rows = Publication.objects.filter(Exists(earlier), ~Exists(later), ~Exists(said), decision=None, at__gte=since)
    return list(rows.filter(published_by__isnull=False).order_by("-pk"))


def _counted(rows: Any, of: str) -> dict[int, int]:
    return dict(rows.annotate(people=Count(of, distinct=True)).order_by())


def before(publication: Publication) -> StepVersion | None:
    """What was current in this language before."""
    rows = Publication.objects.filter(
        step_key=publication.step_key, language=publication.language, pk__lt=publication.pk
    )
    last = rows.order_by("-pk").select_related("version").first()
    return last.version if last else None


# --- what learners read --------------------------------------------------------------------------------------------


def site_texts() -> dict:
    """The organisation's own facts, {fact: {language: text}}."""
    facts = SiteFacts.objects.only("texts").first()
    return facts.texts if facts else {}


def filled(version: StepVersion) -> dict:
    """The content of a version with the organisation's facts in their places."""
    content = versions.content(version.pk)
    return site_facts.fill_all(content, site_texts(), version.language) if names_facts(version.pk) else content


@lru_cache(maxsize=512)
def names_facts(version_id: int) -> bool:
    return "{{" in str(versions.content(version_id))


def shown_step(enrolment: Enrolment, step_key: UUID, language: str) -> Shown:
    """The step as this reader gets it now. Raises NotInCourse."""
    pinned = enrolment.course_version.steps
    position = next((index for index, step in enumerate(pinned) if step.key == str(step_key)), None)
    if position is None:
        raise NotInCourse(str(step_key))
    step = pinned[position]
    texts = versions.texts([enrolment.course_version])[enrolment.course_version_id]
    version = in_language(texts[step.key, step.structure], language)
    return Shown(
        version=version,
        content=filled(version),
        language=version.language,
        is_fallback=version.language != language,
        is_required=step.key in enrolment.required,
        number=position + 1,
        total=len(pinned),
        texts=texts,
    )


def is_of_course(course_key: UUID, step_key: UUID) -> bool:
    """Whether any version of the course has, or had, such a step."""
    known = CourseVersion.objects.filter(course_key=course_key)
    return any(step.key == str(step_key) for version in known.iterator() for step in version.steps)


def shown_in(
    version: StepVersion, language: str, at: datetime | None = None, wordings: Mapping[str, int] | None = None
) -> Shown:
    """What an attempt pinned: in this language if the same structure is published in it, else as it was pinned. at:
    when it began, where later wordings are none of its business. wordings: of each language the version there was then
    (`Publication.objects.wordings`), where that was kept."""
    chosen = version
    if version.language != language and wordings and language in wordings:
        chosen = versions.numbered(wordings[language])
    elif version.language != language:
        chosen = Publication.objects.wording_of(version, language, at) or version
    return Shown(
        version=chosen, content=filled(chosen), language=chosen.language, is_fallback=chosen.language != language
    )


def notes_told(person: User) -> list[dict[str, str]]:
    """All of somebody's own notes in lessons, for a copy of their data."""
    names = ("step_key", "block_key", "text", "at")
    rows = Reflection.objects.filter(enrolment__person=person).order_by("pk").values(*names)
    return [row | {"step_key": str(row["step_key"]), "at": row["at"].isoformat()} for row in rows]


def course_titles(language: str) -> list[tuple[UUID, str]]:
    """Every course, drafts too, by its title in this language, else in any it has."""
    titles: dict[UUID, str] = {}
    pages = CoursePage.objects.values_list("translation_key", "locale__language_code", "title").order_by("pk")
    for key, code, title in pages:
        if code == language or key not in titles:
            titles[key] = title
    return sorted(titles.items(), key=lambda pair: pair[1].casefold())
