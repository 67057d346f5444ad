"""Scenarios: whether each can be played, proved by the same checker that guards the page."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from assessments.scenarios import messages
from assessments.scenarios.rules import checker, graph
from assessments.scenarios.rules.problem import ERROR, WARNING
from lms.packs.checks.finding import Finding, check, error, warning
from lms.packs.reading import Pack


@check
def scenarios_can_be_played(pack: Pack) -> Iterator[Finding]:
    for file, scenario in pack.scenarios.items():
        # What decides how it plays is the same in every language, so one is enough.
        for problem in checker.proved(graph.from_content(_body(scenario, pack.languages[0]))):
            key = ".".join(part for part in (problem.node, problem.choice) if part)
            if problem.severity in (ERROR, WARNING):
                say = error if problem.severity == ERROR else warning
                yield say(file, key, messages.words(problem))


def _body(scenario: dict, language: str) -> dict[str, Any]:
    """A scenario of the pack as a page compiles it, as far as the checker looks."""
    body = _in(language, scenario)
    body["skills"] = [{"key": key, "text": text} for key, text in body["skills"].items()]
    body["nodes"] = [
        {"scene": "", "say": ""}
        | node
        | {"choices": [{"set": [], "if": {}, "points": []} | choice for choice in node["choices"]]}
        for node in body["nodes"]
    ]
    return body


def _in(language: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_in(language, part) for part in value]
    if isinstance(value, dict):
        return value[language] if language in value else {name: _in(language, part) for name, part in value.items()}
    return value


@check
def choices_name_known_points(pack: Pack) -> Iterator[Finding]:
    for file, scenario in pack.scenarios.items():
        for node in scenario["nodes"]:
            for choice in node["choices"]:
                for point in choice.get("points", []):
                    if point not in pack.point_ids:
                        yield error(
                            file, f"{node['key']}.{choice['key']}", _("unknown point %(name)s") % {"name": point}
                        )
