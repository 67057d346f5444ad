"""How rows hang together, and what is strange about one. Whatever needs a broken row is broken too."""

from collections.abc import Iterator, Mapping
from typing import Any

from assessments.quizzes.formats.django_quiz_app.dump import (
    ANSWER,
    CATEGORY,
    CHOICE,
    KINDS,
    LINK,
    PARTS,
    PROGRESS,
    QUESTION,
    QUIZ,
    SITTING,
    SUB_CATEGORY,
    TRUE_FALSE,
    USER,
    Dump,
    Id,
    Row,
    Wrong,
)
from assessments.quizzes.formats.django_quiz_app.shown import category_names, own_scores, percent, shown_scores
from assessments.quizzes.formats.django_quiz_app.values import values_of, whole_number


def check(dump: Dump) -> None:
    for row in dump.rows:
        try:
            pk = whole_number(row.pk)
            if (row.model, pk) in dump.by_id:
                raise Wrong("its id stands there twice")
            dump.by_id[row.model, pk] = row
            dump.found[row.model][pk] = values_of(row)
        except Wrong as error:
            dump.broken[row.place] = str(error)
    _join(dump)
    for row in dump.rows:
        if row.place not in dump.broken and (why := next(_faults(dump, row), "")):
            dump.broken[row.place] = why
    _spread(dump)
    for pk, one in dump.whole(SITTING).items():
        if not one["complete"]:
            dump.first.setdefault((SITTING, one["user"], one["quiz"]), pk)
    for row in dump.rows:
        if row.place not in dump.broken:
            dump.notes += [(row, text) for text in _notes(dump, row)]


def _join(dump: Dump) -> None:
    """Also by rows that are broken: what they belong to is not whole then."""
    for (model, pk), row in sorted(dump.by_id.items()):
        links, question = row.fields.get("quiz"), row.fields.get("question")
        if model == QUESTION and isinstance(links, list):
            for quiz in {link for link in links if isinstance(link, int)}:
                dump.asked_by.setdefault(quiz, []).append(pk)
        if model == ANSWER and isinstance(question, int):
            dump.answers_to.setdefault(question, []).append(pk)
        if model == USER and (email := dump.found[USER].get(pk, {}).get("email")):
            dump.first.setdefault((USER, email), pk)
        if model == PROGRESS and pk in dump.found[PROGRESS]:
            dump.first.setdefault((PROGRESS, dump.found[PROGRESS][pk]["user"]), pk)


def _faults(dump: Dump, row: Row) -> Iterator[str]:
    """What is wrong with a row whose values are sound."""
    values = dump.found[row.model][row.pk]
    for model, pk in _names(row.model, row.pk, values):
        if (model, pk) not in dump.by_id:
            yield f"it names {model} {pk}, which is not there"
    more = {USER: _user_faults, QUESTION: _question_faults, SITTING: _sitting_faults, PROGRESS: _progress_faults}
    if row.model in more:
        yield from more[row.model](dump, row.pk, values)


def _names(model: str, pk: int, values: Mapping[str, Any]) -> Iterator[Id]:
    """The rows that this row names."""
    named = {"category": CATEGORY, "sub_category": SUB_CATEGORY, "user": USER}
    for name, target in named.items():
        if isinstance(values.get(name), int):
            yield target, values[name]
    if model == SITTING:
        asked = {*values["question_order"], *values["question_list"], *values["incorrect_questions"]}
        yield QUIZ, values["quiz"]
        yield from ((QUESTION, key) for key in sorted(asked | values["user_answers"].keys()))
    if model == QUESTION:
        yield from ((QUIZ, key) for key in values["quiz"])
    if model == LINK:
        yield QUIZ, values["quiz"]
    if model == ANSWER:
        yield CHOICE, values["question"]
    elif model in PARTS:
        yield QUESTION, values.get("question", pk)


def _user_faults(dump: Dump, pk: int, values: Mapping[str, Any]) -> Iterator[str]:
    if values["email"] and (first := dump.first[USER, values["email"]]) != pk:
        yield f"it has the e-mail of {USER} {first}"


def _question_faults(dump: Dump, pk: int, values: Mapping[str, Any]) -> Iterator[str]:
    kinds = [model for model in KINDS if (model, pk) in dump.by_id]
    if len(kinds) != 1:
        yield "it is of more than one type" if kinds else "it is of none of the three types"


def _sitting_faults(dump: Dump, pk: int, values: Mapping[str, Any]) -> Iterator[str]:
    order = values["question_order"]
    if len(set(order)) < len(order):
        yield "question_order asks one question twice"
    asked = set(order)
    for name in ("question_list", "incorrect_questions", "user_answers"):
        if strange := sorted(set(values[name]) - asked):
            yield f"{name} has question {strange[0]}, which the sitting does not ask"
    for question, answer in values["user_answers"].items():
        if not _fits(dump, question, answer):
            yield f"user_answers has no such answer to question {question}"


def _fits(dump: Dump, question: int, answer: str) -> bool:
    if question in dump.found[CHOICE]:
        known = answer.isascii() and answer.isdigit() and len(answer) < 10
        return known and dump.found[ANSWER].get(int(answer), {}).get("question") == question
    return question not in dump.found[TRUE_FALSE] or answer in ("True", "False")


def _progress_faults(dump: Dump, pk: int, values: Mapping[str, Any]) -> Iterator[str]:
    if dump.first[PROGRESS, values["user"]] != pk:
        yield f"{USER} {values['user']} has two of it"
    commas = [one["category"] for one in dump.found[CATEGORY].values() if "," in one["category"]]
    if split := [name for name in commas if name.lower() in values["score"].lower()]:
        yield f"score cannot hold the category “{split[0]}”: its name has a comma"
    words = values["score"].split(",")
    numbers = [word for at, word in enumerate(words[:-1]) if at % 3]
    if len(words) % 3 != 1 or words[-1] or not all(word.isascii() and word.isdigit() for word in numbers):
        yield "score is not “category,score,possible,” repeated"


def _spread(dump: Dump) -> None:
    """Whatever needs a broken row is not whole either."""
    needs = {row.place: list(_needs(dump, row)) for row in dump.rows if row.place not in dump.broken}
    while True:
        lame = {
            place: f"it needs {model} {pk}, which is broken"
            for place, ids in needs.items()
            if place not in dump.broken
            for model, pk in ids
            if (model, pk) in dump.by_id and dump.by_id[model, pk].place in dump.broken
        }
        if not lame:
            return
        dump.broken |= lame


def refuse(dump: Dump, faults: Mapping[int, str]) -> None:
    """More rows are broken than the file itself shows."""
    dump.broken |= faults
    _spread(dump)
    dump.notes = [(row, text) for row, text in dump.notes if row.place not in dump.broken]


def _needs(dump: Dump, row: Row) -> Iterator[Id]:
    """A question needs its answers and a quiz its questions, besides what they name. No question needs its quizzes."""
    values = dump.found[row.model][row.pk]
    yield from (one for one in _names(row.model, row.pk, values) if row.model != QUESTION or one[0] != QUIZ)
    if row.model == QUIZ:
        yield from ((QUESTION, pk) for pk in dump.asked_by.get(row.pk, ()))
    if row.model == QUESTION:
        yield from ((model, row.pk) for model in KINDS)
        yield from ((ANSWER, pk) for pk in dump.answers_to.get(row.pk, ()))


# --- what is strange ------------------------------------------------------------------------------------------------
def _notes(dump: Dump, row: Row) -> Iterator[str]:
    values = dump.found[row.model][row.pk]
    if row.model == CATEGORY and "," in values["category"]:
        yield "its name has a comma, which progress by category cannot hold"
    if row.model == QUIZ and not values["exam_paper"]:
        yield "results were not kept there; here they always are"
    if row.model == QUIZ and values["draft"]:
        yield "it was a draft there, which only editors saw; publish it only when others are to see it"
    if row.model == SITTING:
        yield from _sitting_notes(dump, row.pk, values)
    if row.model == PROGRESS:
        own = own_scores(values["score"])
        for name, shown in shown_scores(values["score"], category_names(dump)).items():
            if name in own and shown[:2] != own[name]:
                yield f"“{name}” is {own[name][0]} of {own[name][1]}, but it showed {shown[0]} of {shown[1]}"


def _sitting_notes(dump: Dump, pk: int, values: Mapping[str, Any]) -> Iterator[str]:
    order, score = values["question_order"], values["current_score"]
    if not 0 <= score <= len(order):
        yield f"its score {score} of {len(order)} is impossible; it was shown as {percent(score, len(order))}%"
    elif values["complete"] and score != len(order) - len(set(values["incorrect_questions"])):
        yield "its score is not the number of its right answers; the score counts"
    if values["complete"] and values["end"] is None:
        yield "it has no end; its start stands for it"
    if values["end"] and values["end"] < values["start"]:
        yield "it ends before its start; the start stands for the end"
    if is_second_open(dump, pk):
        yield "it is a second open sitting of one person and quiz; the package went on with the first. Kept to be read"


def is_second_open(dump: Dump, pk: int) -> bool:
    mine = dump.found[SITTING][pk]
    return not mine["complete"] and dump.first[SITTING, mine["user"], mine["quiz"]] != pk
