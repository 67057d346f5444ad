"""What the course's own files say: which answers are right, what an expert says. In any language."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

COURSE = Path(__file__).resolve().parents[2] / "content" / "calm-clear-safe"
FACT = re.compile(r"\{\{.*?\}\}")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), LOADER)


def plain(text: str) -> str:
    return " ".join(text.split())


def pattern(text: str) -> re.Pattern[str]:
    """The whole text, whatever stands in place of the facts of the organisation."""
    parts = FACT.split(plain(text))
    return re.compile("^" + ".+".join(re.escape(part) for part in parts) + "$")


@cache
def title() -> dict[str, str]:
    return read(COURSE / "course.yaml")["title"]


@cache
def _questions() -> dict[tuple[str, str], dict]:
    questions = read(COURSE / "questions.yaml")["questions"]
    return {(language, plain(text)): question for question in questions for language, text in question["stem"].items()}


def question(stem: str, language: str) -> dict:
    return _questions()[language, plain(stem)]


@cache
def _scenarios() -> dict[tuple[str, str], dict]:
    scenarios = [read(file) for file in sorted((COURSE / "scenarios").glob("*.yaml"))]
    return {(language, plain(text)): scenario for scenario in scenarios for language, text in scenario["title"].items()}


def scenario(title: str, language: str) -> dict:
    return _scenarios()[language, plain(title)]


def expert_choices(scenario: dict) -> list[dict]:
    choices = {
        f"{node['key']}.{choice['key']}": choice for node in scenario["nodes"] for choice in node.get("choices", [])
    }
    return [choices[step] for step in scenario["expert_path"]]
