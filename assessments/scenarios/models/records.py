"""What people chose. Tables, never pages: a run plays the StepVersion it began with, whatever changes later."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext_lazy as _

from assessments import policy
from assessments.scenarios.rules import engine
from assessments.scenarios.rules.checker import CAP
from assessments.scenarios.rules.exploration import explore
from assessments.scenarios.rules.graph import Scenario, from_content
from courses import versions
from courses.models import Allowance, Enrolment, StepVersion
from courses.models.records import asked_again_since
from people.models import User


class Mode(models.TextChoices):
    GRADED = "graded", _("counts")
    PRACTICE = "practice", _("practice")


class RunState(models.TextChoices):
    IN_PROGRESS = "in_progress", _("in progress")
    FINISHED = "finished", _("finished")
    ABANDONED = "abandoned", _("left for another one")  # practice only: what counts is always taken to its end


class StepKind(models.TextChoices):
    CHOICE = "choice", _("choice")
    REWIND = "rewind", _("back to an earlier turn")


@dataclass(frozen=True)
class Known:
    """What is read of a version, all at once. practises: its skills and objectives, each by a name no other has."""

    scenario: Scenario
    tries: policy.Tries
    practises: frozenset[str]

    @cached_property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """What maps of it draw as lines: explored for the first of them, as far as what goes live is proved."""
        return explore(self.scenario, cap=CAP).ways


def _known(body: dict[str, Any], objectives: list[dict] | None) -> Known:
    practises = [f"skill {one['key']}" for one in body["skills"]]
    practises += [f"objective {one['id']}" for one in objectives or []]
    return Known(from_content(body), policy.Tries(body["attempts"], tuple(body["waits"])), frozenset(practises))


KNOWN = versions.Fact("body", "objectives", made=_known)  # shared between requests, and never changed


def scenario_of(version_id: int) -> Scenario:
    return KNOWN.of([version_id])[version_id].scenario


def ways_of(version_id: int) -> tuple[tuple[str, str], ...]:
    return KNOWN.of([version_id])[version_id].ways


class ScenarioRunQuerySet(models.QuerySet):
    def open_for(self, user: User) -> "ScenarioRunQuerySet":
        """The runs this person may act in and read in full: their own."""
        related = ("enrolment", "enrolment__course_version", "enrolment__person", "version")
        return self.filter(enrolment__person=user).select_related(*related).defer("version__content")

    def visible_to(self, user: User) -> "ScenarioRunQuerySet":
        """Whose runs this person may see: their own, L&D and auditors all. Never a manager's: how somebody practised
        a hard conversation is no business of theirs."""
        if user.is_learning_staff or user.is_auditor:
            return self
        return self.filter(enrolment__person=user)

    def in_progress(self) -> "ScenarioRunQuerySet":
        return self.filter(state=RunState.IN_PROGRESS)

    def finished(self) -> "ScenarioRunQuerySet":
        return self.filter(state=RunState.FINISHED)


class ScenarioRun(models.Model):
    """One attempt. Where it stands is what replaying its steps on its version gives; `check_runs` proves it.

    seed: decides the order in which choices are shown. flags, scored: lists, as in rules.engine.State. wordings:
    {language: id of the StepVersion} it is shown in, kept at the start; None for those of before.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="scenario_runs")
    step_key = models.UUIDField()
    version = models.ForeignKey(StepVersion, models.PROTECT, related_name="scenario_runs")
    number = models.PositiveSmallIntegerField()
    mode = models.CharField(max_length=10, choices=Mode)
    wordings = models.JSONField(null=True)
    seed = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=RunState, default=RunState.IN_PROGRESS)
    node_key = models.CharField(max_length=64)
    tension = models.PositiveSmallIntegerField()
    score = models.IntegerField(default=0)
    flags = models.JSONField(default=list)
    scored = models.JSONField(default=list)
    step_count = models.PositiveIntegerField(default=0)
    ending_key = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    passed = models.BooleanField(null=True)

    objects = ScenarioRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "step_key", "number"], name="scenario_run_number_once"),
            models.UniqueConstraint(
                fields=["enrolment", "step_key"],
                condition=Q(state=RunState.IN_PROGRESS),
                name="scenario_run_one_in_progress",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="scenario_run_number_from_1"),
            models.CheckConstraint(condition=Q(tension__lte=100), name="scenario_run_tension_0_to_100"),
            models.CheckConstraint(
                condition=(
                    Q(state=RunState.FINISHED, finished_at__isnull=False, passed__isnull=False) & ~Q(ending_key="")
                )
                | (~Q(state=RunState.FINISHED) & Q(finished_at=None, passed=None, ending_key="", outcome="")),
                name="scenario_run_finished_or_not",
            ),
        ]
        indexes = [models.Index(fields=["version", "outcome"])]

    def __str__(self) -> str:
        return f"{self.enrolment_id}, {self.step_key}, {self.number}"

    @property
    def is_open(self) -> bool:
        return self.state == RunState.IN_PROGRESS

    @property
    def is_practice(self) -> bool:
        return self.mode == Mode.PRACTICE

    @cached_property
    def scenario(self) -> Scenario:
        """What it plays: the version it began with."""
        return scenario_of(self.version_id)

    def path(self) -> list["ScenarioStep"]:
        """The turns that still stand after every going back, in their order. Reads the steps."""
        steps = list(self.steps.all())
        return [steps[number - 1] for number in engine.standing([step.turn for step in steps])]

    @property
    def position(self) -> engine.State:
        """Where it stands, for the engine."""
        return engine.State(
            node=self.node_key,
            tension=self.tension,
            score=self.score,
            flags=frozenset(self.flags),
            scored=frozenset(self.scored),
        )

    @position.setter
    def position(self, state: engine.State) -> None:
        self.node_key, self.tension, self.score = state.node, state.tension, state.score
        self.flags, self.scored = sorted(state.flags), sorted(state.scored)


def tries(body: dict[str, Any]) -> policy.Tries:
    """How often the scenario may be tried, from the body of its StepVersion."""
    return policy.Tries(body["attempts"], tuple(body["waits"]))


def decision(enrolment: Enrolment, step_key: uuid.UUID, body: dict[str, Any], now: datetime) -> policy.Decision:
    """May this person start another run that counts?"""
    counted = ScenarioRun.objects.filter(~asked_again_since("started_at"), mode=Mode.GRADED)
    counted = counted.filter(enrolment=enrolment, step_key=step_key)
    past = counted.aggregate(taken=Count("pk"), ended_at=Max("finished_at"), passed=Count("pk", filter=Q(passed=True)))
    extra = Allowance.objects.filter(enrolment=enrolment, step_key=step_key).aggregate(sum=Sum("extra_attempts"))
    return policy.decide(
        tries(body),
        taken=past["taken"],
        extra=extra["sum"] or 0,
        last_ended_at=past["ended_at"],
        passed=past["passed"] > 0,
        now=now,
    )


class ScenarioStep(models.Model):
    """One turn. Never changed or removed (a trigger refuses).

    offered: keys of the choices in the order they were shown. version: what stood on the screen, in the language it
    was read in. rewound_to: for a rewind, the seq after which the run goes on; 0 is the start. seconds: since the turn
    before, or since the run began; None where nobody decided anything (going back, turns taken over).
    """

    run = models.ForeignKey(ScenarioRun, models.PROTECT, related_name="steps")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=StepKind, default=StepKind.CHOICE)
    node_key = models.CharField(max_length=64)
    choice_key = models.CharField(max_length=64, blank=True)
    rewound_to = models.PositiveIntegerField(null=True)
    offered = models.JSONField(default=list)
    tension_before = models.PositiveSmallIntegerField()
    tension_after = models.PositiveSmallIntegerField()
    score_after = models.IntegerField()
    decided_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(null=True)
    version = models.ForeignKey(StepVersion, models.PROTECT, related_name="+")
    idem = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "seq"], name="scenario_step_seq_once"),
            models.UniqueConstraint(fields=["run", "idem"], name="scenario_step_taken_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="scenario_step_seq_from_1"),
            models.CheckConstraint(
                condition=Q(tension_before__lte=100, tension_after__lte=100), name="scenario_step_tension_0_to_100"
            ),
            models.CheckConstraint(
                condition=(Q(kind=StepKind.CHOICE, rewound_to=None) & ~Q(choice_key=""))
                | Q(kind=StepKind.REWIND, rewound_to__isnull=False, choice_key=""),
                name="scenario_step_chosen_or_rewound",
            ),
        ]
        indexes = [models.Index(fields=["node_key", "choice_key"])]
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"{self.run_id}, {self.seq}: {self.node_key}.{self.choice_key}"

    @property
    def turn(self) -> engine.Turn:
        return engine.Turn(self.node_key, self.choice_key, back_to=self.rewound_to)


class ReflectionAnswerQuerySet(models.QuerySet):
    def open_for(self, user: User) -> "ReflectionAnswerQuerySet":
        return self.filter(run__enrolment__person=user)


class ReflectionAnswer(models.Model):
    """A private answer to a question of the ending. Only its writer ever reads it: no report or export touches it.

    question: its position among the questions of the run's ending, from 0.
    """

    run = models.ForeignKey(ScenarioRun, models.CASCADE, related_name="reflections")
    question = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=5000, blank=True)
    at = models.DateTimeField()

    objects = ReflectionAnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "question"], name="scenario_reflection_once_a_question"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}, {self.question}"
