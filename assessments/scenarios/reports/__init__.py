"""What the screens of a scenario show, as plain data."""

from assessments.scenarios.reports.debrief import Debrief, debrief, notes_told, questions
from assessments.scenarios.reports.playing import chosen_key, intro, scene, shown_keys, transcript
from assessments.scenarios.reports.proof import differing_runs
from assessments.scenarios.reports.spacing import variant
from assessments.scenarios.reports.standings import standing
from assessments.words import decision_text

__all__ = [
    "Debrief",
    "chosen_key",
    "debrief",
    "decision_text",
    "differing_runs",
    "intro",
    "notes_told",
    "questions",
    "scene",
    "shown_keys",
    "standing",
    "transcript",
    "variant",
]
