"""The opening scene as somebody meets it who never played: what an editor's preview shows. There is no run behind it;
of keys, points, targets and other scenes nothing is in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assessments.scenarios.rules import engine, graph
from assessments.scenarios.script import Script

SEED = 1  # the same order of choices at every look


@dataclass(frozen=True)
class Opening:
    """Read by the templates that show a Scene of a run (`reports/playing.py`)."""

    speaker: str
    has_face: bool
    mood: str
    scene: str
    say: str
    options: list[str]
    levels: list[int]
    shows_meter: bool
    customer: Mapping[str, str]
    setting: str
    number: int = 1
    run: None = None
    last: None = None
    history: Sequence[Any] = ()


def opening(body: Mapping[str, Any], *, shows_meter: bool) -> Opening | None:
    """body: of a draft, however far it has got. None where it has no scene to begin with."""
    script, played = Script(dict(body)), graph.from_content(body)
    node = script.nodes.get(played.start)
    if node is None:
        return None
    state = engine.start(played)
    return Opening(
        speaker=script.speaker(played.start),
        has_face=node["speaker"] == "customer",
        mood=node["emotion"] if node["emotion"] in graph.EMOTIONS else graph.EMOTIONS[0],
        scene=node["scene"],
        say=node["say"],
        options=[choice.text for choice in engine.shown(played, state, seed=SEED)],
        levels=[state.tension],
        shows_meter=shows_meter,
        customer=body["customer"],
        setting=body["setting"],
    )
