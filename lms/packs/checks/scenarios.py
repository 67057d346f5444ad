"""Scenarios: every name inside a graph leads somewhere."""

from collections.abc import Iterator

from lms.packs.checks.finding import Finding, check, error
from lms.packs.reading import Pack


@check
def scenario_names_lead_somewhere(pack: Pack) -> Iterator[Finding]:
    for file, scenario in pack.scenarios.items():
        nodes = [node["key"] for node in scenario["nodes"]]
        endings = [ending["key"] for ending in scenario["endings"]]
        for name in sorted({name for name in [*nodes, *endings] if [*nodes, *endings].count(name) > 1}):
            yield error(file, name, "the key is used twice")
        if scenario["start"] not in nodes:
            yield error(file, "start", f"unknown scene {scenario['start']}")
        if scenario["tension"]["fail_to"] not in endings:
            yield error(file, "tension.fail_to", f"unknown ending {scenario['tension']['fail_to']}")
        for node in scenario["nodes"]:
            if not {"scene", "say"} & node.keys():
                yield error(file, node["key"], "neither scene nor say")
            yield from _choices(file, scenario, node, {*nodes, *endings}, pack.point_ids)
        yield from _expert_path(file, scenario)


def _choices(file: str, scenario: dict, node: dict, targets: set[str], points: frozenset[str]) -> Iterator[Finding]:
    names = [choice["key"] for choice in node["choices"]]
    for choice in node["choices"]:
        key = f"{node['key']}.{choice['key']}"
        condition = choice.get("if", {})
        flags = [*choice.get("set", []), *condition.get("flags", []), *condition.get("not_flags", [])]
        if names.count(choice["key"]) > 1:
            yield error(file, key, "the key is used twice")
        if choice["to"] not in targets:
            yield error(file, key, f"leads to unknown {choice['to']}")
        if choice["skill"] not in scenario["skills"]:
            yield error(file, key, f"unknown skill {choice['skill']}")
        for flag in flags:
            if flag not in scenario["flags"]:
                yield error(file, key, f"unknown flag {flag}")
        for point in choice.get("points", []):
            if point not in points:
                yield error(file, key, f"unknown point {point}")


def _expert_path(file: str, scenario: dict) -> Iterator[Finding]:
    """The path of somebody who does it well: from the start, choice by choice, to an ending."""
    leads = {f"{node['key']}.{choice['key']}": choice["to"] for node in scenario["nodes"] for choice in node["choices"]}
    at = scenario["start"]
    for step in scenario["expert_path"]:
        if step not in leads or not step.startswith(f"{at}."):
            yield error(file, "expert_path", f"{step} is not a choice at {at}")
            return
        at = leads[step]
    if at not in {ending["key"] for ending in scenario["endings"]}:
        yield error(file, "expert_path", f"it stops at {at}, before an ending")
