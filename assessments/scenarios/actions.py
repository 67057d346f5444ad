"""The only writer of runs, and of scenarios that come as a text or a file. Every act is one transaction and may be
repeated without harm."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Subquery
from django.utils import timezone

from assessments import policy
from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats.document import Document, Finding, Imported
from assessments.scenarios.models import ReflectionAnswer, ScenarioPage, ScenarioRun, ScenarioStep, drafts
from assessments.scenarios.models.records import Mode, RunState, StepKind, decision, scenario_of
from assessments.scenarios.rules import engine
from courses import actions as courses
from courses import versions
from courses.models import Enrolment, ModulePage, Publication, StepCompletion, StepVersion
from evidence import actions as evidence
from people.models import User

SEEDS = 2**31
NOTES_MAX = 300  # of one import, kept


class NotAllowed(Exception):
    """No run can start now; the decision says why and until when."""

    def __init__(self, decision: policy.Decision) -> None:
        super().__init__(decision.state)
        self.decision = decision


class Refused(Exception):
    """The choice was not taken; `run` is as it stands now."""

    def __init__(self, run: ScenarioRun) -> None:
        super().__init__(f"{run.key} after turn {run.step_count}")
        self.run = run


class StaleTurn(Refused):
    """This turn was decided already, here or in another window."""


class NotOffered(Refused):
    """There is no such choice here, or not now."""


class Underway(Refused):
    """An attempt that counts is open: practice waits until it has come to its end."""


# --- starting ------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_run(
    *, enrolment: Enrolment, version: StepVersion, at: datetime | None = None, seed: int | None = None
) -> ScenarioRun:
    """The run to go on with: the open one, else a new one on this version. Raises NotAllowed.

    Once the step is completed every further run is practice: nobody counts those. Before that, practice that is open is
    left for the attempt that counts.
    """
    now = at or timezone.now()
    enrolment = courses.locked(courses.start(enrolment=enrolment, at=now))
    found = _open_run(enrolment, version.step_key)
    if found and not found.is_practice:
        return found
    mode = Mode.GRADED
    if StepCompletion.objects.current().filter(enrolment=enrolment, step_key=version.step_key).exists():
        if found:
            return found
        mode = Mode.PRACTICE
    else:
        verdict = decision(enrolment, version.step_key, versions.content(version.pk)["body"], now)
        if not verdict.may_start:
            raise NotAllowed(verdict)
        _leave(found)
    return _begin(enrolment, version, mode, now, seed)


@transaction.atomic
def practise(*, run: ScenarioRun, turn: int, at: datetime | None = None, seed: int | None = None) -> ScenarioRun:
    """Practice that takes over the turns of a finished run before this one, and goes on from there.

    The finished run stays as it is. Twice the same is the same practice. Raises NotOffered, Underway.
    """
    now = at or timezone.now()
    enrolment = courses.locked(run.enrolment)
    path = run.path()
    if run.state != RunState.FINISHED or not 1 <= turn <= len(path):
        raise NotOffered(run)
    taken = path[: turn - 1]
    if found := _open_run(enrolment, run.step_key):
        if not found.is_practice:
            raise Underway(found)
        if found.version_id == run.version_id and [s.turn for s in found.steps.all()] == [s.turn for s in taken]:
            return found
        _leave(found)
    new = _begin(enrolment, run.version, Mode.PRACTICE, now, seed)
    for seq, step in enumerate(taken, start=1):
        before, new.position = new.position, engine.take(new.scenario, new.position, step.choice_key)
        _keep(new, before, choice=step.choice_key, seq=seq, idem=uuid4(), version=run.version, now=now, seconds=None)
    new.step_count = len(taken)
    new.save()
    return new


def _open_run(enrolment: Enrolment, step_key: UUID) -> ScenarioRun | None:
    runs = ScenarioRun.objects.filter(enrolment=enrolment, step_key=step_key).in_progress()
    return runs.select_related("enrolment", "version").first()


def _leave(practice: ScenarioRun | None) -> None:
    if practice:
        practice.state = RunState.ABANDONED
        practice.save(update_fields=["state"])


def _begin(enrolment: Enrolment, version: StepVersion, mode: Mode, now: datetime, seed: int | None) -> ScenarioRun:
    courses.move_place(enrolment=enrolment, step_key=version.step_key, at=now)
    runs = ScenarioRun.objects.filter(enrolment=enrolment, step_key=version.step_key)
    begin = engine.start(scenario_of(version.pk))
    return ScenarioRun.objects.create(
        enrolment=enrolment,
        step_key=version.step_key,
        version=version,
        number=(runs.aggregate(last=Max("number"))["last"] or 0) + 1,
        mode=mode,
        wordings=Publication.objects.wordings(version),
        seed=secrets.randbelow(SEEDS) if seed is None else seed,
        started_at=now,
        node_key=begin.node,
        tension=begin.tension,
    )


# --- choosing ------------------------------------------------------------------------------------------------------


@transaction.atomic
def choose(
    *, run: ScenarioRun, choice: str, seq: int, idem: UUID, version: StepVersion, at: datetime | None = None
) -> ScenarioRun:
    """Take this choice as turn `seq`; at an ending the run is decided, and passing it completes the step.

    The same form a second time changes nothing. version: what stood on the screen. Raises StaleTurn, NotOffered.
    """
    now = at or timezone.now()
    courses.locked(run.enrolment)  # everybody takes the enrolment first: an ending completes the step
    steps = ScenarioStep.objects.filter(run=OuterRef("pk"))
    sent = steps.filter(idem=idem)
    run = _locked(
        run,
        is_known=Exists(sent),
        is_the_same=Exists(sent.filter(seq=seq, choice_key=choice)),
        last_at=Subquery(steps.order_by("-seq").values("decided_at")[:1]),
    )
    if run.is_the_same:  # type: ignore[attr-defined]
        return run
    if run.is_known or not run.is_open or seq != run.step_count + 1:  # type: ignore[attr-defined]
        raise StaleTurn(run)
    scenario = run.scenario
    before = run.position
    try:
        after = engine.take(scenario, before, choice)
    except engine.NotOffered as error:
        raise NotOffered(run) from error
    seconds = _seconds(run.last_at or run.started_at, now)  # type: ignore[attr-defined]
    run.position, run.step_count = after, seq
    _keep(run, before, choice=choice, seq=seq, idem=idem, version=version, now=now, seconds=seconds)
    if outcome := engine.outcome(scenario, after):
        run.state, run.finished_at = RunState.FINISHED, max(now, run.started_at)
        run.ending_key, run.outcome = after.node, outcome
        run.passed = engine.passed(scenario, after)
    run.save()
    if not run.is_open and run.mode == Mode.GRADED:
        with evidence.together():
            _finish(run, version, now)
    return run


def _seconds(since: datetime, now: datetime) -> int:
    return max(0, int((now - since).total_seconds()))


def _keep(
    run: ScenarioRun,
    before: engine.State,
    *,
    choice: str,
    seq: int,
    idem: UUID,
    version: StepVersion,
    now: datetime,
    seconds: int | None,
) -> None:
    """The turn that led this run from `before` to where it stands now."""
    ScenarioStep.objects.create(
        run=run,
        seq=seq,
        node_key=before.node,
        choice_key=choice,
        offered=[option.key for option in engine.shown(run.scenario, before, seed=run.seed)],
        tension_before=before.tension,
        tension_after=run.tension,
        score_after=run.score,
        decided_at=now,
        seconds=seconds,
        version=version,
        idem=idem,
    )


@transaction.atomic
def rewind(
    *, run: ScenarioRun, to: int, seq: int, idem: UUID, version: StepVersion, at: datetime | None = None
) -> ScenarioRun:
    """Go back in practice, as turn `seq`: the run goes on after turn `to` of those that stand, 0 for the start.

    Nothing is forgotten: going back is a step like any other. Raises StaleTurn; NotOffered for an attempt that counts.
    """
    now = at or timezone.now()
    courses.locked(run.enrolment)
    run = _locked(run)
    steps = list(run.steps.all())
    if any((step.idem, step.seq, step.rewound_to) == (idem, seq, to) for step in steps):
        return run
    if not run.is_open or seq != run.step_count + 1 or any(step.idem == idem for step in steps):
        raise StaleTurn(run)
    turns = [step.turn for step in steps]
    earlier = [0, *engine.standing(turns)][:-1]
    if not run.is_practice or to not in earlier:
        raise NotOffered(run)
    before, back = run.position, engine.Turn(run.node_key, back_to=to)
    run.position, run.step_count = engine.replay(run.scenario, engine.kept([*turns, back])), seq
    ScenarioStep.objects.create(
        run=run,
        seq=seq,
        kind=StepKind.REWIND,
        node_key=before.node,
        rewound_to=to,
        tension_before=before.tension,
        tension_after=run.tension,
        score_after=run.score,
        decided_at=now,
        version=version,
        idem=idem,
    )
    run.save()
    return run


def _locked(run: ScenarioRun, **besides: Any) -> ScenarioRun:
    """The run as it stands now, held until the transaction ends. besides: what else is asked in the same query."""
    rows = ScenarioRun.objects.select_for_update(of=("self",)).select_related("enrolment__person", "version")
    return rows.defer("version__content").annotate(**besides).get(pk=run.pk)


def _finish(run: ScenarioRun, shown: StepVersion, now: datetime) -> None:
    """Prove the run; if it passed, the step is completed in the same transaction, and with the last step the course.

    How it ended is personal: that it was finished is all that others are told.
    """
    person = run.enrolment.person
    evidence.append(
        kind="scenario.finished",
        subject=person.key,
        at=run.finished_at,
        facts={
            "run": str(run.key),
            "enrolment": str(run.enrolment.key),
            "step": str(run.step_key),
            "version": run.version.sha256,
            "number": run.number,
            "turns": run.step_count,
            "started_at": run.started_at.isoformat(),
            "passed": run.passed,
        },
        personal={"name": person.name, "ending": run.ending_key, "outcome": run.outcome, "score": run.score},
    )
    if run.passed:
        courses.complete_step(enrolment=run.enrolment, version=shown, began_at=run.started_at, at=now)


# --- thinking about it ---------------------------------------------------------------------------------------------


@transaction.atomic
def save_reflections(*, run: ScenarioRun, texts: Sequence[str], at: datetime | None = None) -> None:
    """Keep what the learner wrote under the questions of the ending, for their eyes only."""
    for question, text in enumerate(texts):
        ReflectionAnswer.objects.update_or_create(
            run=run, question=question, defaults={"text": text, "at": at or timezone.now()}
        )


@transaction.atomic
def forget_reflections(*, person: User) -> int:
    """All that one person wrote under endings, for good: they are erased. Says how many notes there were."""
    count, _by_table = ReflectionAnswer.objects.open_for(person).delete()
    return count


# --- writing scenarios ---------------------------------------------------------------------------------------------


class ChangedMeanwhile(Exception):
    """Somebody else saved this scenario since the text was shown."""


class StructureChanged(Exception):
    """A translation may differ in texts only; `places` says what else differs, as `formats.document.differences`."""

    def __init__(self, places: list[tuple[str, str, str]]) -> None:
        super().__init__(str(places))
        self.places = places


@transaction.atomic
def import_scenario(*, module: ModulePage, imported: Imported, file_name: str, key: UUID, by: User) -> ScenarioPage:
    """A new draft below the module, with the report of what was not carried. The same key twice makes one page."""
    module = ModulePage.objects.select_for_update().get(pk=module.pk)
    if found := ScenarioPage.objects.child_of(module).filter(translation_key=key).first():
        return found
    page = ScenarioPage(locale=module.locale, translation_key=key, live=False)
    said, language = imported.document.language, module.locale.language_code
    if said not in ("", language):
        different = Finding("language-differs", params={"said": said, "language": language})
        imported = replace(imported, notes=(different, *imported.notes))
    drafts.take(page, replace(imported.document, language=language))
    module.add_child(instance=page)
    page.save_revision(user=by, log_action=True, clean=False)
    notes = [
        {"code": note.code, "line": note.line, "where": note.where, "params": dict(note.params)}
        for note in imported.notes[:NOTES_MAX]
    ]
    is_more = len(imported.notes) > NOTES_MAX
    page.keep_import_report({"file": file_name[:200], "notes": notes, "is_more": is_more}, by)
    return page


@transaction.atomic
def save_draft(*, page: ScenarioPage, document: Document, shown: str, by: User) -> ScenarioPage:
    """A new draft with this content; `shown` is the digest of what its writer began with. What is there already is not
    saved again. Raises ChangedMeanwhile, StructureChanged.
    """
    page = ScenarioPage.objects.select_for_update().get(pk=page.pk)
    draft = page.get_latest_revision_as_object()
    standing = drafts.document_of(draft)
    if document == standing:
        return draft
    if drafts.digest(standing) != shown:
        raise ChangedMeanwhile
    if page.is_translation() and (places := list(doc.differences(standing, document))):
        raise StructureChanged(places)
    drafts.take(draft, document)
    draft.save_revision(user=by, log_action=True, clean=False)
    return draft


@transaction.atomic
def bring_structure(*, page: ScenarioPage, by: User) -> ScenarioPage:
    """A new draft of a translation with the scenes, choices and rules of the source language; texts stay where what
    they belong to is still there. Where nothing differs, nothing is saved."""
    page = ScenarioPage.objects.select_for_update().get(pk=page.pk)
    draft, source = page.get_latest_revision_as_object(), page.source(draft=True)
    if source is None or source.structure() == draft.structure():
        return draft
    if page.is_kept_by_translators():
        page.renew_translation(by)
        return page
    drafts.take(draft, doc.in_other_words(drafts.document_of(source), drafts.document_of(draft)))
    draft.save_revision(user=by, log_action=True, clean=False)
    return draft
