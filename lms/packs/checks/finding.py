"""What a check says, and the list of checks."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lms.packs.reading import Pack

ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True)
class Finding:
    """severity: an error refuses the pack, a warning explains, info is a measurement.

    Errors are what whoever brings a pack reads, in their language. The rest is for check_content, in English."""

    severity: str
    file: str
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}{': ' + self.key if self.key else ''}: {self.text}"


def error(file: str, key: str, text: str) -> Finding:
    return Finding(ERROR, file, key, text)


def warning(file: str, key: str, text: str) -> Finding:
    return Finding(WARNING, file, key, text)


def info(file: str, key: str, text: str) -> Finding:
    return Finding(INFO, file, key, text)


Check = Callable[[Pack], Iterable[Finding]]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    """Registers a check. It runs on packs of the right form only, so it may trust every type and key."""
    CHECKS.append(function)
    return function


def texts(node: Any, languages: tuple[str, ...], path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """(path, text by language) of every text leaf below."""
    if isinstance(node, dict):
        if node.keys() == set(languages):
            yield path, node
            return
        for name, child in node.items():
            yield from texts(child, languages, f"{path}.{name}")
    elif isinstance(node, list):
        for number, child in enumerate(node, 1):
            yield from texts(child, languages, f"{path}[{number}]")


def documents(pack: Pack) -> Iterator[tuple[str, str, Any]]:
    """(file, key of the part, part): questions one by one, so that a finding names the question."""
    for file, document in pack.documents():
        if file != "questions.yaml":
            yield file, "", document
    for question in pack.bank:
        yield "questions.yaml", question["id"], question
