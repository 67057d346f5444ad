"""The parts of a paper: what each one draws from, how many questions, and how many points each of them gives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

NAMED, OBJECTIVE, MODULE, CATEGORY, TAG = "questions", "objective", "module", "category", "tag"
BY = (NAMED, OBJECTIVE, MODULE, CATEGORY, TAG)
WEIGHT_MAX = 100
POINTS_MAX = 32_767  # of a paper: what every database keeps in QuizAttempt.max


class Filed(Protocol):
    """What the bank says of a question, live row or compiled."""

    @property
    def code(self) -> str: ...
    @property
    def module(self) -> str: ...
    @property
    def objective(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def sub_category(self) -> str: ...
    @property
    def tags(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Source:
    """Where a section draws from. which: short names, objectives, modules, categories or tags, as `by` says; a
    category with its sub-category is written "keeping calm / breathing"."""

    by: str
    which: tuple[str, ...]

    def takes(self, question: Filed) -> bool:
        return any(name in self.which for name in _names(question, self.by))


def _names(question: Filed, by: str) -> list[str]:
    """What the question is called there; nothing where it is not filed so."""
    if by == NAMED:
        found = [question.code]
    elif by == OBJECTIVE:
        found = [question.objective]
    elif by == MODULE:
        found = [question.module]
    elif by == TAG:
        found = list(question.tags)
    else:
        found = [question.category, f"{question.category} / {question.sub_category}"]
    return [name for name in found if name]


@dataclass(frozen=True)
class Section:
    """keys: the questions it may draw, which no other section may. count: how many of them, None for all. weight:
    points for each."""

    key: str
    title: str
    keys: tuple[str, ...]
    count: int | None = None
    weight: int = 1

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Section":
        """From the compiled JSON of a quiz."""
        return cls(**{**data, "keys": tuple(data["keys"])})

    @property
    def length(self) -> int:
        """How many questions it adds to a paper."""
        return len(self.keys) if self.count is None else self.count

    @property
    def points(self) -> int:
        return self.length * self.weight

    @property
    def short(self) -> int:
        """How many questions it lacks; nobody could be given the paper."""
        return max(0, self.length - len(self.keys))


def divided(sources: Sequence[Source], pool: Iterable[tuple[str, Filed]]) -> list[tuple[str, ...]]:
    """Of each source the keys of the questions that are its own. pool: (key, question).

    A question belongs to one section only: to the first that names it, else to the first that takes it. So what one
    section draws never leaves another one short.
    """
    mine: list[list[str]] = [[] for _source in sources]
    order = {id(source): at for at, source in enumerate(sources)}
    by_name_first = sorted(sources, key=lambda source: (source.by != NAMED, order[id(source)]))
    questions = list(pool)
    for key, question in questions:
        owner = next((source for source in by_name_first if source.takes(question)), None)
        if owner is not None:
            mine[order[id(owner)]].append(key)
    codes = {key: question.code for key, question in questions}
    return [tuple(_as_named(source, keys, codes)) for source, keys in zip(sources, mine, strict=True)]


def _as_named(source: Source, keys: list[str], codes: Mapping[str, str]) -> list[str]:
    """Questions that are named stand in the order of their names."""
    return sorted(keys, key=lambda key: source.which.index(codes[key])) if source.by == NAMED else keys


def missing(source: Source, questions: Iterable[Filed]) -> list[str]:
    """What the source names and no question is filed under."""
    there = {name for question in questions for name in _names(question, source.by)}
    return [name for name in source.which if name not in there]
