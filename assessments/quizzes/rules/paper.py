"""Which questions somebody gets, in which order. The same seed always gives the same paper."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Question
from assessments.quizzes.rules.sections import Section


@dataclass(frozen=True)
class Draw:
    """count: how many questions in all (None: all there are). per_objective_min: at least so many of each objective.
    per_objective: exactly so many of each objective named, and no others."""

    count: int | None = None
    per_objective_min: int = 0
    per_objective: Mapping[str, int] = field(default_factory=dict)

    def lacking(self, pool: Sequence[Question]) -> dict[str, int]:
        """How many questions each objective is short of; nobody could be given the paper."""
        have = Counter(question.objective for question in pool)
        wanted = self.per_objective or dict.fromkeys(have, self.per_objective_min)
        return {name: number - have[name] for name, number in wanted.items() if number > have[name]}


def draw(
    pool: Sequence[Question], spec: Draw, *, seed: str, seen: Mapping[str, int], shuffled: bool = True
) -> list[str]:
    """Keys of the questions of one paper. seen: how often this person has met a question; the least met come first."""
    rng = random.Random(seed)
    queue = sorted(pool, key=lambda question: question.key)
    rng.shuffle(queue)
    queue.sort(key=lambda question: seen.get(question.key, 0))
    chosen = {question.key for question in _wanted(queue, spec)}
    if not shuffled:
        return [question.key for question in pool if question.key in chosen]
    keys = sorted(chosen)
    rng.shuffle(keys)
    return keys


def surely_asked(pool: Sequence[Question], spec: Draw, sections: Sequence[Section] = ()) -> Counter[str]:
    """{objective: how many questions about it that are scored each paper asks at least}, of the objectives that may be
    asked about. Questions that are not scored may take the places of others."""
    names = dict.fromkeys(question.objective for question in pool)
    if not sections and spec.per_objective:
        names = dict.fromkeys(spec.per_objective)
    return Counter({name: asked_at_least(pool, spec, sections, objective=name) for name in names})


def asked_at_least(pool: Sequence[Question], spec: Draw, sections: Sequence[Section], **filed: str) -> int:
    """How many scored questions (of this module, of this objective) each paper asks, however it is drawn: the least
    lucky one, for somebody who has met just these before."""
    keys = {
        question.key
        for question in pool
        if types.get(question.type).scored and all(getattr(question, name) == value for name, value in filed.items())
    }
    met = dict.fromkeys(keys, 1)
    if sections:
        return len(keys.intersection(draw_sections(pool, sections, seed="", seen=met)))
    return len(keys.intersection(draw(pool, spec, seed="", seen=met)))


def draw_sections(
    pool: Sequence[Question], sections: Sequence[Section], *, seed: str, seen: Mapping[str, int], shuffled: bool = True
) -> list[str]:
    """The same of a paper in sections, one after the other; questions change places within their section only."""
    by_key = {question.key: question for question in pool}
    return [
        key
        for section in sections
        for key in draw(
            [by_key[key] for key in section.keys],
            Draw(section.count),
            seed=f"{seed}/{section.key}",
            seen=seen,
            shuffled=shuffled,
        )
    ]


def _wanted(queue: Sequence[Question], spec: Draw) -> list[Question]:
    """From the front of the queue: what the objectives ask for, then up to the number in all."""
    groups = _by_objective(queue)
    if spec.per_objective:
        return [question for name, number in spec.per_objective.items() for question in groups.get(name, ())[:number]]
    if spec.count is None:
        return list(queue)
    first = [question for group in groups.values() for question in group[: spec.per_objective_min]]
    rest = [question for question in queue if question not in first]
    return first + rest[: max(0, spec.count - len(first))]


def _by_objective(questions: Sequence[Question]) -> dict[str, list[Question]]:
    groups: dict[str, list[Question]] = {}
    for question in questions:
        groups.setdefault(question.objective, []).append(question)
    return groups


def order(question: Question, *, seed: str, shuffled: bool = True) -> list[str]:
    """The parts of a question as one person sees them; their own seed for each question, so that both stay as they are
    whatever else is on the paper."""
    kind = types.get(question.type)
    if not (kind.always_shuffled or (shuffled and not question.keeps_order)):
        return list(question.keys)
    return kind.shuffle(question, random.Random(f"{seed}/{question.key}"))
