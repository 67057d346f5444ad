"""What was published, who is enrolled, what they finished. Never pages, never rewritten."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from courses import rules
from people.models import User

if TYPE_CHECKING:
    from courses.models.pages import PublishedPage


class Change(models.TextChoices):
    EDITORIAL = "editorial", _("editorial: nobody is affected")
    NEW = "new", _("new version for newcomers")
    MATERIAL = "material", _("material: people redo it")


class StepVersionManager(models.Manager["StepVersion"]):
    def publish(
        self, page: "PublishedPage", *, decision: "Decision | None" = None, by: User | None = None
    ) -> "StepVersion":
        """The version of what the page says now, and a Publication if that is not what is current already."""
        content = page.compile()
        structure = rules.structure_sha256(page.kind, page.structure_of(content["body"]))
        version, _created = self.get_or_create(
            step_key=page.translation_key,
            language=page.locale.language_code,
            sha256=rules.sha256(content),
            defaults={
                "kind": page.kind,
                "title": content["title"],
                "minutes": content["minutes"],
                "required_of": content["required_of"],
                "module_title": (content["module"] or {}).get("title", ""),
                "summary": content["body"].get("summary", "") if page.kind == "course" else "",
                "structure_sha256": structure,
                "content": content,
            },
        )
        Publication.objects.make_current(version, decision=decision, by=by)
        return version


class StepVersion(models.Model):
    """Immutable: one published step (or the course's own page) in one language, compiled to JSON.

    content: {"schema": 1, "kind", "title", "minutes", "required_of", "module": {"key", "title"},
    "objectives": [{"id", "text"}], "sources": [{"article", "section", "language"}], "points": [str], "body": the kind's
    own}. The language of a source came later: a version compiled before has none.
    sha256 is over all of it, structure_sha256 over kind and body without texts: equal in all languages.
    """

    step_key = models.UUIDField()
    kind = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    title = models.CharField(max_length=255)
    minutes = models.PositiveSmallIntegerField(default=0)
    required_of = models.CharField(max_length=10, default=rules.EVERYONE)
    # Copies from content, so that a list of steps never reads whole lessons:
    module_title = models.CharField(max_length=255, blank=True)
    summary = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    structure_sha256 = models.CharField(max_length=64)
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    module_key: str | None = None  # set by who reads the versions of whole courses

    objects = StepVersionManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["step_key", "language", "sha256"], name="step_version_once"),
        ]
        indexes = [models.Index(fields=["step_key", "structure_sha256", "language"])]

    def __str__(self) -> str:
        return f"{self.title} ({self.language}, {self.sha256[:8]})"


class Decision(models.Model):
    """Append-only: what somebody said a change means, and why. Of several for one revision the newest counts.

    revision_id: Wagtail's revision that goes live with it; None where people are asked to redo what is live already.
    steps: keys of the steps to redo. redo_by: until when. new_cycle: who has finished begins a new cycle as well.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    page_key = models.UUIDField()
    course_key = models.UUIDField()
    language = models.CharField(max_length=2)
    revision_id = models.PositiveBigIntegerField(null=True)
    change = models.CharField(max_length=10, choices=Change)
    note = models.CharField(max_length=500, blank=True)
    steps = models.JSONField(default=list)
    redo_by = models.DateField(null=True)
    new_cycle = models.BooleanField(default=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(change=Change.MATERIAL) | Q(redo_by=None, new_cycle=False),
                name="decision_only_material_is_redone",
            ),
        ]
        indexes = [models.Index(fields=["revision_id"]), models.Index(fields=["page_key"])]

    def __str__(self) -> str:
        return f"{self.page_key}: {self.change}"

    def meaning(self, step_key: uuid.UUID, same_structure: bool) -> str:
        """What it means for this step. A changed structure is never editorial, whatever was thought of it before."""
        if self.change == Change.MATERIAL and str(step_key) in self.steps:
            return Change.MATERIAL
        if self.change == Change.NEW and self.page_key == step_key:
            return Change.NEW
        return Change.EDITORIAL if same_structure else Change.NEW


class PublicationQuerySet(models.QuerySet["Publication"]):
    def make_current(
        self, version: StepVersion, *, decision: "Decision | None" = None, by: User | None = None
    ) -> "Publication | None":
        """Append that this version is current; nothing when it already is."""
        last = (
            self.filter(step_key=version.step_key, language=version.language)
            .order_by("-pk")
            .select_related("version")
            .first()
        )
        if last and last.version_id == version.pk:
            return None
        same = last is None or version.structure_sha256 in self.structures_now(version.step_key, version.language)
        change = Change.EDITORIAL if same else Change.NEW
        return self.create(
            step_key=version.step_key,
            language=version.language,
            structure_sha256=version.structure_sha256,
            version=version,
            change=decision.meaning(version.step_key, same) if decision else change,
            decision=decision,
            published_by=by,
        )

    def structures_now(self, step_key: uuid.UUID, language: str) -> set[str]:
        """Of what is current in this language and in the source language: a translation that follows is no change."""
        rows = self.newest([step_key]).filter(language__in={language, settings.LANGUAGE_CODE})
        return set(rows.values_list("structure_sha256", flat=True))

    def newest(self, step_keys: Iterable, structures: Iterable[str] | None = None) -> "PublicationQuerySet":
        """The newest row of each (step, language), or of each (step, language, structure) when structures are given."""
        rows = self.filter(step_key__in=list(step_keys))
        group = ["step_key", "language"]
        if structures is not None:
            rows, group = rows.filter(structure_sha256__in=list(structures)), [*group, "structure_sha256"]
        newest = rows.order_by().values(*group).annotate(newest=Max("pk")).values("newest")
        return self.filter(pk__in=newest).select_related("version").defer("version__content")

    def wording_of(self, version: StepVersion, language: str, at: datetime | None = None) -> StepVersion | None:
        """The newest version of the same structure in this language; as it was at that time, if that is given, or the
        first that came afterwards: once there is one, it stays the same."""
        same = self.filter(
            step_key=version.step_key, structure_sha256=version.structure_sha256, language=language
        ).select_related("version")
        rows = same.defer("version__content")
        by_then = rows.filter(at__lte=at) if at else rows
        found = by_then.order_by("-pk").first() or rows.order_by("pk").first()
        return found.version if found else None

    def wordings(self, version: StepVersion) -> dict[str, int]:
        """{language: the newest version of the same structure}, for whoever is to keep exactly what there is now. No
        time says that: a long import is dated from its beginning, and read by others only at its end."""
        rows = self.newest([version.step_key], [version.structure_sha256])
        return {row.language: row.version_id for row in rows}

    def of_each_structure(self, step_keys: Iterable) -> "PublicationQuerySet":
        """The newest row of each (step, language, structure). since: the row with which the step first had that
        structure, in whatever language. module: the key of the one it says it belongs to."""
        rows = self.filter(step_key__in=list(step_keys)).order_by()
        newest = rows.values("step_key", "language", "structure_sha256").annotate(newest=Max("pk")).values("newest")
        same = Publication.objects.filter(
            step_key=OuterRef("step_key"), structure_sha256=OuterRef("structure_sha256")
        ).order_by("pk")
        found = self.filter(pk__in=newest).select_related("version").defer("version__content")
        module = KeyTextTransform("key", KeyTransform("module", "version__content"))
        return found.annotate(since=Subquery(same.values("pk")[:1]), module=module).order_by("pk")

    def stamp(self) -> tuple:
        """Differs as soon as anything more is published. Rows are only ever added: as many of them, the last one made
        at the same time, are the same. (The last alone would not do: who began to publish earlier may end later.)"""
        return tuple(self.aggregate(count=Count("pk"), last=Max("at")).values())


class Publication(models.Model):
    """Append-only: which StepVersion is current in its language from then on, and what the change meant."""

    step_key = models.UUIDField()
    language = models.CharField(max_length=2)
    structure_sha256 = models.CharField(max_length=64)
    version = models.ForeignKey(StepVersion, models.PROTECT, related_name="publications")
    change = models.CharField(max_length=10, choices=Change)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="publications")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["step_key", "language", "structure_sha256", "id"])]


TRIES = 20  # of giving a version its number, while others give theirs


class CourseVersionManager(models.Manager["CourseVersion"]):
    def of(self, course_key: uuid.UUID, content: dict) -> "CourseVersion":
        """The version with this content: the one there is, else a new one with the next number."""
        sha256 = rules.sha256(content)
        tries = 0
        while True:
            found = self.filter(course_key=course_key, sha256=sha256).first()
            if found:
                return found
            last = self.filter(course_key=course_key).aggregate(last=Max("number"))["last"] or 0
            try:
                with transaction.atomic():
                    return self.create(course_key=course_key, number=last + 1, sha256=sha256, content=content)
            except IntegrityError:  # somebody was quicker: with this very content, or with another under this number
                tries += 1
                if tries == TRIES:
                    raise


class CourseVersion(models.Model):
    """Immutable. content: {"steps": [fields of rules.PinnedStep], "hours": str, "valid_months": int or null}."""

    course_key = models.UUIDField()
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CourseVersionManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course_key", "sha256"], name="course_version_once"),
            models.UniqueConstraint(fields=["course_key", "number"], name="course_version_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.course_key} v{self.number}"

    @cached_property
    def steps(self) -> tuple[rules.PinnedStep, ...]:
        return rules.pinned_steps(self.content)


class Rollout(models.Model):
    """Append-only: a material decision is in force from then on. A task takes people along, one batch at a time.

    course_version: what newcomers get; its steps replace those that the decision names in other people's versions.
    """

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="rollout")
    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class EnrolmentQuerySet(models.QuerySet):
    def open_for(self, user: User) -> "EnrolmentQuerySet":
        """The enrolments this person may learn in: their own, finished ones too (what was finished stays open)."""
        return self.filter(person=user).select_related("course_version", "place")

    def visible_to(self, user: User) -> "EnrolmentQuerySet":
        """Whose standing this person may see; never answers, choices or reflections."""
        return self.filter(person__in=User.objects.visible_to(user).values("pk"))

    def in_progress(self) -> "EnrolmentQuerySet":
        return self.filter(started_at__isnull=False, completed_at=None)

    def finished(self) -> "EnrolmentQuerySet":
        """Each person's newest enrolment in a course, where it is finished."""
        newer = Enrolment.objects.filter(
            person=OuterRef("person"), course_key=OuterRef("course_key"), cycle__gt=OuterRef("cycle")
        )
        return self.filter(~Exists(newer), completed_at__isnull=False)


class Enrolment(models.Model):
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="enrolments")
    course_key = models.UUIDField()
    cycle = models.PositiveSmallIntegerField(default=1)
    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="enrolments")
    as_manager = models.BooleanField(default=False, help_text=_("Leads a team, so the lessons for leaders count."))
    valid_months = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    # The first day by which a change asks for something that is still owed: kept here for lists of thousands.
    redo_by = models.DateField(null=True, blank=True, editable=False)
    opened_by = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, editable=False, related_name="new_cycles"
    )

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "course_key", "cycle"], name="enrolment_once_a_cycle"),
            models.UniqueConstraint(fields=["person", "opened_by"], name="enrolment_once_a_decision"),
            models.CheckConstraint(
                condition=Q(completed_at=None) | Q(started_at__isnull=False), name="enrolment_completed_was_started"
            ),
        ]
        indexes = [
            models.Index(fields=["course_key", "completed_at"]),
            # Of years of enrolments a tenth is open: what people still have to do is found without the others.
            models.Index(fields=["course_key", "person"], condition=Q(completed_at=None), name="enrolment_open"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.course_key}, {self.cycle}"

    @property
    def required(self) -> frozenset[str]:
        return rules.required_keys(self.course_version.steps, of_manager=self.as_manager)

    @property
    def is_in_progress(self) -> bool:
        """As the QuerySet's in_progress()."""
        return self.started_at is not None and self.completed_at is None


class RedoQuerySet(models.QuerySet["Redo"]):
    def owed(self) -> "RedoQuerySet":
        """Those of the last round of a step, by who has not finished it yet, nor the course."""
        later = Redo.objects.filter(
            enrolment=OuterRef("enrolment"), step_key=OuterRef("step_key"), round__gt=OuterRef("round")
        )
        finished = StepCompletion.objects.filter(
            enrolment=OuterRef("enrolment"), step_key=OuterRef("step_key"), round__gte=OuterRef("round")
        )
        return self.filter(~Exists(later), ~Exists(finished), enrolment__completed_at=None)


class Redo(models.Model):
    """Append-only: from then on this enrolment owes the step once more, in this round (2, 3 …), because of a decision.

    What was begun before still finishes, and counts for the round it was begun in.
    """

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="redos")
    step_key = models.UUIDField()
    round = models.PositiveSmallIntegerField()
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="redos")
    due_on = models.DateField(null=True)
    at = models.DateTimeField()

    objects = RedoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "step_key", "round"], name="redo_once_a_round"),
            models.UniqueConstraint(fields=["enrolment", "step_key", "decision"], name="redo_once_a_decision"),
            models.CheckConstraint(condition=Q(round__gte=2), name="redo_round_from_2"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id}, {self.step_key}, {self.round}"


def asked_again_since(moment: str, *, until: datetime | None = None) -> Exists:
    """For attempts and the like: whether the step was to be redone after this field of theirs, up to `until`."""
    later = Redo.objects.filter(enrolment=OuterRef("enrolment"), step_key=OuterRef("step_key"), at__gt=OuterRef(moment))
    return Exists(later.filter(at__lte=until) if until else later)


def round_at(enrolment: Enrolment, step_key: uuid.UUID, moment: datetime) -> int:
    """The round in which somebody was who began this step then."""
    return 1 + Redo.objects.filter(enrolment=enrolment, step_key=step_key, at__lte=moment).count()


class StepCompletionQuerySet(models.QuerySet["StepCompletion"]):
    def current(self) -> "StepCompletionQuerySet":
        """Those that count: without the ones of a round before the last that was asked for."""
        later = Redo.objects.filter(
            enrolment=OuterRef("enrolment"), step_key=OuterRef("step_key"), round__gt=OuterRef("round")
        )
        return self.filter(~Exists(later))


class StepCompletion(models.Model):
    """This enrolment finished this step, on this version of it. A material change opens the next round.

    waived_by: the attempt at a pre-test that showed what the step teaches to be known; the step was not taken then.
    """

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="step_completions")
    step_key = models.UUIDField()
    round = models.PositiveSmallIntegerField(default=1)
    version = models.ForeignKey(StepVersion, models.PROTECT, related_name="completions")
    score = models.DecimalField(max_digits=6, decimal_places=5, null=True, blank=True)
    completed_at = models.DateTimeField()
    waived_by = models.UUIDField(null=True, blank=True)

    objects = StepCompletionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "step_key", "round"], name="step_completed_once_a_round"),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=0, score__lte=1), name="step_score_between_0_and_1"
            ),
        ]


class Place(models.Model):
    """Where somebody stopped: the one row of an enrolment that moves."""

    enrolment = models.OneToOneField(Enrolment, models.CASCADE, related_name="place")
    step_key = models.UUIDField()
    anchor = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()


class Reflection(models.Model):
    """A private note. Only its writer ever reads it: no report, export or staff screen touches this table."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="reflections")
    step_key = models.UUIDField()
    block_key = models.CharField(max_length=64)
    text = models.TextField(max_length=5000, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "step_key", "block_key"], name="reflection_once_a_block")
        ]


class Allowance(models.Model):
    """One more attempt, or more time, for one person in one step: who gave it and why."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="allowances")
    step_key = models.UUIDField()
    extra_attempts = models.PositiveSmallIntegerField(default=0)
    extra_time_percent = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=300)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(extra_attempts__gt=0) | Q(extra_time_percent__gt=0), name="allowance_gives_something"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="allowance_says_why"),
        ]


class CompletionQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "CompletionQuerySet":
        return self.filter(person__in=User.objects.visible_to(user).values("pk"))


class Completion(models.Model):
    """Immutable snapshot: this person finished this course then, on these versions, in this language.

    path: [{"step", "title", "sha256", "language", "at", "score"}] in the order of the course.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="completion")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="completions")
    course_key = models.UUIDField(db_index=True)
    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="completions")
    title = models.CharField(max_length=255)
    language = models.CharField(max_length=2)
    hours = models.DecimalField(max_digits=6, decimal_places=2)
    completed_at = models.DateTimeField()
    valid_until = models.DateField(null=True, blank=True)
    path = models.JSONField()

    objects = CompletionQuerySet.as_manager()


class RefusedAppointment(models.Model):
    """What was planned for a set time and could not be done, and why."""

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.CharField(max_length=255)
    label = models.CharField(max_length=255)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label


class RefusedPublication(RefusedAppointment):
    """A scheduled revision that could not go live: it is a draft again, and this says why. One row a revision."""

    revision_id = models.PositiveBigIntegerField(unique=True)


class RefusedExpiry(RefusedAppointment):
    """What could not be taken down at its time: it stays live, and is not tried again before it gets another time."""

    expire_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "expire_at"], name="one_refused_expiry_an_appointment"
            )
        ]
