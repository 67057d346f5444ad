"""The draft of a ScenarioPage as a Document, and a Document as the draft: blocks keep their ids by the keys in them, so
that translations, comments and links into the editor still find them."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from assessments.scenarios.formats import script, tidying
from assessments.scenarios.formats.document import Document, pack_of
from assessments.scenarios.formats.pack import scenario_values
from assessments.scenarios.models.pages import ScenarioPage

RULES = ("tension_at_most", "tension_at_least", "needs_flag", "needs_no_flag", "sets_flag")  # as formats/pack.py orders


def document_of(page: ScenarioPage) -> Document:
    """Half-typed keys and values are mended: this is what goes out, and what a script begins with."""
    settings = {
        "title": page.title,
        "language": page.locale.language_code,
        "minutes": page.minutes,
        "required_of": page.required_of,
        "objectives": list(page.objectives),
        "points": list(page.points),
        "start": page.start_key,
    }
    return tidying.draft(settings, page.compile_body())


def digest(document: Document) -> str:
    """Tells whether a draft is still what somebody was shown."""
    return sha256(script.write(document).encode()).hexdigest()


def take(page: ScenarioPage, document: Document) -> None:
    """Sets the fields; saves nothing. The slug, the parent and the language of the page stay what they are."""
    known = dict(_ids(page))

    def key_of(name: str) -> UUID:
        return UUID(known.get(name.partition(".")[2]) or str(uuid4()))

    values = scenario_values(pack_of(document), document.language, key_of=key_of)
    rest = {
        "required_of": document.required_of,
        "feedback_timing": document.feedback,
        "meter_visible": document.meter,
        "attempts_allowed": document.attempts,
        "waits": " ".join(document.waits),
        "objectives": list(document.objectives),
        "points": list(document.points),
    }
    for name, value in (values | rest).items():
        setattr(page, name, value)
    page.draft_title = document.title


def _ids(page: ScenarioPage) -> Iterator[tuple[str, str]]:
    """(name as in formats/pack.py, id) of every block that has a key; of two with one key the last."""
    for skill in page.skills:
        yield f"skill.{skill.value['key']}", skill.id
    for place in page.nodes:
        name = f"{place.block_type}.{place.value['key']}"
        yield name, place.id
        if place.block_type == "scene":
            yield from _choice_ids(name, place.value["choices"])
        else:
            questions = place.value["reflection"].bound_blocks
            yield from ((f"{name}.reflection.{number}", one.id) for number, one in enumerate(questions))


def _choice_ids(scene: str, choices: Any) -> Iterator[tuple[str, str]]:
    for choice in choices.bound_blocks:
        name = f"{scene}.choice.{choice.value['key']}"
        yield name, choice.id
        rules = sorted(choice.value["rules"] or (), key=lambda rule: RULES.index(rule.block_type))
        yield from ((f"{name}.{rule.block_type}.{number}", rule.id) for number, rule in enumerate(rules))
