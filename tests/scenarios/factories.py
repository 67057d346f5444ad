"""Scenarios of the real course as steps of a small one, and people who play them."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import yaml

from assessments.scenarios import actions
from assessments.scenarios.formats.pack import scenario_values
from assessments.scenarios.models import ScenarioPage, ScenarioRun
from courses.models import ModulePage
from tests.factories import key_of

PACK = Path(__file__).resolve().parent.parent.parent / "content" / "calm-clear-safe" / "scenarios"
IDS = sorted(path.stem for path in PACK.glob("*.yaml"))
PARCEL = "SC-CALM-1"
EXPERT = ("breathe", "wait", "restate", "depot", "thank")  # to "good"
LOW = ("scan", "status", "form")  # to "partial", with too few points
WALKOUT = ("excuse", "rules", "louder")  # the tension reaches 100


@cache
def document(name: str) -> dict[str, Any]:
    return yaml.safe_load((PACK / f"{name}.yaml").read_text(encoding="utf-8"))


def values(name: str, language: str) -> dict[str, Any]:
    """The values of a ScenarioPage; without source points, which a small course does not have."""
    return scenario_values(document(name), language, key_of=lambda object_id: key_of(name, object_id)) | {"points": []}


def scenario(name: str = PARCEL, **changes: Any) -> Callable[[ModulePage, str, UUID], ScenarioPage]:
    """A `Step` for tests.factories.make_course."""

    def make(module: ModulePage, language: str, key: UUID) -> ScenarioPage:
        fields = values(name, language) | changes
        page = ScenarioPage(slug=f"scenario-{key.hex[:8]}", locale=module.locale, translation_key=key, **fields)
        module.add_child(instance=page)
        return page

    return make


def storming(name: str = PARCEL) -> Callable[[ModulePage, str, UUID], ScenarioPage]:
    """With "storm" as its only way out of too much tension: an ending that no choice names."""

    def make(module: ModulePage, language: str, key: UUID) -> ScenarioPage:
        fields = values(name, language)
        out = next(place["value"] for place in fields["nodes"] if place["value"]["key"] == fields["fail_to"])
        storm = {"type": "ending", "value": out | {"key": "storm"}}
        return scenario(name, nodes=[*fields["nodes"], storm], fail_to="storm")(module, language, key)

    return make


def play(run: ScenarioRun, *choices: str, **fields: Any) -> ScenarioRun:
    """The run after these choices, each a form of its own."""
    for choice in choices:
        seq = run.step_count + 1
        run = actions.choose(run=run, choice=choice, seq=seq, idem=uuid4(), version=run.version, **fields)
    return run


def thought(run: ScenarioRun) -> ScenarioRun:
    """The questions of its ending were skipped, so that its debrief tells everything."""
    actions.save_reflections(run=run, texts=[""])
    return run
