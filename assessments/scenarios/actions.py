"""The only writer of runs, and of scenarios that come as a text or a file. Every act is one transaction and may be
repeated without harm."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from assessments import policy
from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats.document import Document, Finding, Imported
from assessments.scenarios.models import ReflectionAnswer, ScenarioPage, ScenarioRun, ScenarioStep, drafts
from assessments.scenarios.models.records import Mode, RunState, decision, scenario_of
from assessments.scenarios.rules import engine
from courses import actions as courses
from courses import versions
from courses.models import Enrolment, ModulePage, StepCompletion, StepVersion
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


# --- starting ------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_run(
    *, enrolment: Enrolment, version: StepVersion, at: datetime | None = None, seed: int | None = None
) -> ScenarioRun:
    """The run to go on with: the open one, else a new one on this version. Raises NotAllowed.

    Once the step is completed every further run is practice: nobody counts those.
    """
    now = at or timezone.now()
    enrolment = courses.locked(courses.start(enrolment=enrolment, at=now))
    runs = ScenarioRun.objects.filter(enrolment=enrolment, step_key=version.step_key)
    if found := runs.in_progress().select_related("enrolment", "version").first():
        return found
    mode = Mode.GRADED
    if StepCompletion.objects.current().filter(enrolment=enrolment, step_key=version.step_key).exists():
        mode = Mode.PRACTICE
    else:
        verdict = decision(enrolment, version.step_key, versions.content(version.pk)["body"], now)
        if not verdict.may_start:
            raise NotAllowed(verdict)
    courses.move_place(enrolment=enrolment, step_key=version.step_key, at=now)
    begin = engine.start(scenario_of(version.pk))
    return ScenarioRun.objects.create(
        enrolment=enrolment,
        step_key=version.step_key,
        version=version,
        number=(runs.aggregate(last=Max("number"))["last"] or 0) + 1,
        mode=mode,
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
    run = _locked(run)
    earlier = run.steps.filter(idem=idem).first()
    if earlier and (earlier.seq, earlier.choice_key) == (seq, choice):
        return run
    if earlier or not run.is_open or seq != run.step_count + 1:
        raise StaleTurn(run)
    scenario = run.scenario
    before = run.position
    try:
        after = engine.take(scenario, before, choice)
    except engine.NotOffered as error:
        raise NotOffered(run) from error
    ScenarioStep.objects.create(
        run=run,
        seq=seq,
        node_key=before.node,
        choice_key=choice,
        offered=[option.key for option in engine.shown(scenario, before, seed=run.seed)],
        tension_before=before.tension,
        tension_after=after.tension,
        score_after=after.score,
        decided_at=now,
        version=version,
        idem=idem,
    )
    run.position, run.step_count = after, seq
    if outcome := engine.outcome(scenario, after):
        run.state, run.finished_at = RunState.FINISHED, max(now, run.started_at)
        run.ending_key, run.outcome = after.node, outcome
        run.passed = engine.passed(scenario, after)
    run.save()
    if not run.is_open and run.mode == Mode.GRADED:
        _finish(run, version, now)
    return run


def _locked(run: ScenarioRun) -> ScenarioRun:
    """The run as it stands now, held until the transaction ends."""
    rows = ScenarioRun.objects.select_for_update(of=("self",)).select_related("enrolment__person", "version")
    return rows.defer("version__content").get(pk=run.pk)


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
