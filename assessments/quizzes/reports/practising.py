"""Practice questions inside a lesson, each with its explanation once it was answered."""

from dataclasses import dataclass
from typing import Any

from assessments.quizzes.models import PracticeAnswer
from assessments.quizzes.reports.one_question import OneQuestion
from assessments.quizzes.reports.sittings import errors_of, verdict
from assessments.quizzes.rules import paper, types
from assessments.quizzes.rules.question import Posted, Question, Refused
from courses.models import Enrolment
from courses.reports import Shown
from people.models import User


@dataclass(frozen=True)
class Practice(OneQuestion):
    """As templates/quizzes/practice.html shows it. version: of the lesson that it stands in."""

    version: str = ""


@dataclass(frozen=True)
class PracticeFault:
    """What was sent for one block of a lesson and could not be kept."""

    block: str
    posted: Posted
    refused: Refused


def practice(enrolment: Enrolment, shown: Shown, fault: PracticeFault | None = None) -> dict[str, Practice]:
    """{block id: the practice question there}, in one query."""
    step_key = shown.version.step_key
    rows = PracticeAnswer.objects.open_for(enrolment.person).filter(step_key=step_key).order_by("pk")
    answers = {row.block_key: row for row in rows}
    return {
        block["id"]: _practice(enrolment, shown, block, answers.get(block["id"]), fault)
        for block in shown.content["body"].get("blocks", [])
        if block["kind"] == "knowledge_check" and block["question"]
    }


def practice_preview(blocks: list[dict]) -> dict[str, Practice]:
    """{block id: the practice question there} for an editor's preview: nothing was answered, nothing is kept."""
    questions = {
        block["id"]: Question.of(block["question"])
        for block in blocks
        if block["kind"] == "knowledge_check" and block["question"]
    }
    return {block: _previewed(block, question) for block, question in questions.items()}


def _previewed(block: str, question: Question) -> Practice:
    kind = types.get(question.type)
    return Practice(
        stem=question.stem,
        kind=question.type,
        hints=kind.hints(question, partial=True),
        picture=question.picture,
        shown=kind.shown(question, paper.order(question, seed="preview"), {}, f"{block}-"),
        explained=None,
        verdict="",
        errors=[],
    )


def _practice(
    enrolment: Enrolment, shown: Shown, block: dict, answer: PracticeAnswer | None, fault: PracticeFault | None
) -> Practice:
    question = Question.of(block["question"])
    kind, order = types.get(question.type), practice_order(enrolment, question)
    response = answer.response if answer and kind.fits(question, answer.response) else None
    posted = kind.posted(question, order, response) if response else {}
    mine = fault if fault and fault.block == block["id"] else None
    prefix = f"{block['id']}-"
    return Practice(
        stem=question.stem,
        kind=question.type,
        hints=kind.hints(question, partial=True),
        picture=question.picture,
        shown=kind.shown(question, order, mine.posted if mine else posted, prefix),
        explained=kind.explained(question, order, response) if response else None,
        verdict=verdict(kind.mark(question, response, partial=True) if response and kind.scored else None),
        version=shown.version.sha256,
        errors=errors_of(mine.refused if mine else None, prefix),
    )


def practice_order(enrolment: Enrolment, question: Question) -> list[str]:
    """The same for one person every time."""
    return paper.order(question, seed=str(enrolment.key))


def practice_told(person: User) -> list[dict[str, Any]]:
    """All of one's own practice answers, for a copy of one's data."""
    names = ("question_key", "step_key", "response", "share", "at")
    rows = PracticeAnswer.objects.open_for(person).order_by("pk").values(*names)
    return [
        row
        | {
            "question_key": str(row["question_key"]),
            "step_key": str(row["step_key"]),
            "share": None if row["share"] is None else str(row["share"]),
            "at": row["at"].isoformat(),
        }
        for row in rows
    ]
