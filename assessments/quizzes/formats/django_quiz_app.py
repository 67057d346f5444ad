"""Reads the data of django-quiz-app 0.5: its `dumpdata` JSON or its SQLite file, as one and the same Dump. Pure: no
database of ours is asked. What is wrong is told by row, and so is whatever cannot be whole without that row."""

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from courses.keys import pack_key
from courses.rules import sha256

PACKAGE = "django-quiz-app"
USER, PROGRESS, SITTING = "auth.user", "quiz.progress", "quiz.sitting"
CATEGORY, SUB_CATEGORY, QUIZ, QUESTION = "quiz.category", "quiz.subcategory", "quiz.quiz", "quiz.question"
CHOICE, ANSWER = "multichoice.mcquestion", "multichoice.answer"
TRUE_FALSE, ESSAY = "true_false.tf_question", "essay.essay_question"
LINK = "quiz.question_quiz"  # a row of its own only in SQLite
MODELS = (USER, CATEGORY, SUB_CATEGORY, QUIZ, QUESTION, LINK, CHOICE, ANSWER, TRUE_FALSE, ESSAY, SITTING, PROGRESS)
KINDS = (CHOICE, TRUE_FALSE, ESSAY)
PARTS = (*KINDS, ANSWER, LINK)  # rows that are part of their question here
TABLES = {name.replace(".", "_"): name for name in MODELS}
SQLITE = b"SQLite format 3\x00"
LEFT_OUT = {
    "auth.permission": "what people may do is decided here by roles",
    "auth.group": "what people may do is decided here by roles",
}

Id = tuple[str, int]  # model, primary key


class SourceRefused(Exception):
    """The file as a whole is not what it should be."""


class _Wrong(ValueError):
    """What is wrong with one value."""


@dataclass(frozen=True)
class Row:
    """One row as it was read. place: how many rows of the file stand before it."""

    place: int
    model: str
    pk: Any
    fields: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.model}:{self.pk}"


@dataclass
class Dump:
    """found: {model: {pk: its values, checked}}, without rows that are broken in themselves. broken: {place of a row:
    why}, also of rows that need a broken one. notes: what is strange about a row, and was done about it."""

    file_sha256: str
    rows: list[Row]
    others: Counter[str]  # rows of tables that have nothing to do with quizzes
    found: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: {name: {} for name in MODELS})
    broken: dict[int, str] = field(default_factory=dict)
    notes: list[tuple[Row, str]] = field(default_factory=list)
    by_id: dict[Id, Row] = field(default_factory=dict)
    asked_by: dict[int, list[int]] = field(default_factory=dict)  # quiz: its questions
    answers_to: dict[int, list[int]] = field(default_factory=dict)  # question: its answers
    first: dict[tuple, int] = field(default_factory=dict)  # of those that may be only once: the first one's id

    def whole(self, model: str) -> dict[int, dict[str, Any]]:
        """The rows of this model that can be imported, in the order of their ids."""
        rows = sorted(self.found[model].items())
        return {pk: values for pk, values in rows if self.by_id[model, pk].place not in self.broken}

    def sha256(self, row: Row) -> str:
        """Of what it says, whichever file it stands in; of a question with its answers."""
        values: list[Any] = [self.found[row.model][row.pk]]
        if row.model == QUESTION:
            kind = self.kind(row.pk)
            values += [kind, self.found[kind][row.pk], self.answers(row.pk) if kind == CHOICE else {}]
        return sha256(json.loads(json.dumps(values, default=str)))

    def kind(self, question: int) -> str:
        return next(model for model in KINDS if question in self.found[model])

    def answers(self, question: int) -> dict[int, dict[str, Any]]:
        """The answers of a multiple choice question in the order it asks for."""
        mine = {pk: self.found[ANSWER][pk] for pk in sorted(self.answers_to.get(question, ()))}
        if self.found[CHOICE][question]["answer_order"] != "content":
            return mine
        return dict(sorted(mine.items(), key=lambda item: item[1]["content"]))

    def questions_of(self, quiz: int) -> list[int]:
        return sorted(self.asked_by.get(quiz, ()))


# --- reading -------------------------------------------------------------------------------------------------------
def read(path: Path) -> Dump:
    """The dump, checked row by row. Raises SourceRefused."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceRefused(f"{path}: {error.strerror}") from error
    rows, others = _from_sqlite(path) if data.startswith(SQLITE) else _from_json(data)
    dump = Dump(hashlib.sha256(data).hexdigest(), rows, others)
    _check(dump)
    return dump


def _from_json(data: bytes) -> tuple[list[Row], Counter[str]]:
    try:
        listed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SourceRefused(f"This is neither JSON nor an SQLite file: {error}") from error
    if not isinstance(listed, list):
        raise SourceRefused("This JSON was not made by dumpdata: it is no list of rows.")
    rows, others = [], Counter[str]()
    for place, item in enumerate(listed):
        if not (isinstance(item, dict) and isinstance(item.get("model"), str) and isinstance(item.get("fields"), dict)):
            raise SourceRefused(f"Entry {place + 1} was not made by dumpdata: it has no model and fields.")
        if item["model"] in MODELS:
            rows.append(Row(place, item["model"], item.get("pk"), item["fields"]))
        else:
            others[item["model"]] += 1
    return _some(rows), others


def _from_sqlite(path: Path) -> tuple[list[Row], Counter[str]]:
    """Opened so that nothing can be written to it."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as base:
            base.row_factory = sqlite3.Row
            names = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            tables = {name: _table(base, name) for name in names if name in TABLES}
            others = Counter({name: _count(base, name) for name in names if name not in TABLES})
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise SourceRefused(f"The SQLite file cannot be read: {error}") from error
    links: dict[Any, list[Any]] = {}
    for link in tables.get("quiz_question_quiz", ()):
        links.setdefault(link["question"], []).append(link["quiz"])
    rows: list[Row] = []
    for table, values in tables.items():
        for fields in values:
            pk = fields.pop("id") if "id" in fields else fields.pop("question_ptr")
            if TABLES[table] == QUESTION:
                fields["quiz"] = links.get(pk, [])
            rows.append(Row(len(rows), TABLES[table], pk, fields))
    return _some(rows), +others


def _some(rows: list[Row]) -> list[Row]:
    if not rows:
        raise SourceRefused(f"There is no row of {PACKAGE} in this file.")
    return rows


def _table(base: sqlite3.Connection, name: str) -> list[dict[str, Any]]:
    rows = [dict(row) for row in base.execute(f"SELECT * FROM {_quoted(name)}")]  # nosec B608  a name cannot be a parameter
    return [{column.removesuffix("_id"): value for column, value in row.items()} for row in rows]


def _count(base: sqlite3.Connection, name: str) -> int:
    found = base.execute(f"SELECT count(*) FROM {_quoted(name)}")  # nosec B608  a name cannot be a parameter
    return int(found.fetchone()[0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --- the values of one row -----------------------------------------------------------------------------------------
def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Wrong("is no text")
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _Wrong("holds what is no character")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Wrong("is no whole number")
    if abs(value) >= 2**31:
        raise _Wrong("is larger than any number there can be")
    return value


def _flag(value: Any) -> bool:
    if value not in (0, 1):
        raise _Wrong("is neither true nor false")
    return bool(value)


def _time(value: Any) -> datetime:
    """Without a zone it is UTC: so Django writes to SQLite."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _Wrong("is no time") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _percent(value: Any) -> int:
    if not 0 <= _whole(value) <= 100:
        raise _Wrong("is not between 0 and 100")
    return int(value)


def _ids(value: Any) -> list[int]:
    """ "12,,11,,13," or "2": the package leaves commas behind."""
    words = [word.strip() for word in _text(value).split(",") if word.strip()]
    if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        raise _Wrong("is no list of ids")
    return [int(word) for word in words]


def _links(value: Any) -> list[int]:
    if not isinstance(value, list):
        raise _Wrong("is no list of ids")
    return sorted({_whole(one) for one in value})


def _given(value: Any) -> dict[int, str]:
    """{question: what was answered}."""
    try:
        answers = json.loads("{}" if value in (None, "") else value)
    except (TypeError, ValueError, RecursionError) as error:
        raise _Wrong("is no JSON") from error
    if not isinstance(answers, dict):
        raise _Wrong("is JSON, but no table of answers")
    if not all(name.isascii() and name.isdigit() and len(name) < 10 for name in answers):
        raise _Wrong("holds an answer to what is no question")
    return {int(name): _text(answer) for name, answer in answers.items()}


def _email(value: Any) -> str:
    address = _text(value).strip().lower()
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            raise _Wrong("is no e-mail address") from error
    return address


def _name(longest: int) -> Callable[[Any], str]:
    def read_name(value: Any) -> str:
        name = _text(value).strip()
        if len(name.splitlines()) > 1 or any(letter < " " or letter == "\x7f" for letter in name):
            raise _Wrong("is no plain text on one line")
        if len(name) > longest:
            raise _Wrong(f"is longer than {longest} characters")
        return name

    return read_name


def _or_none(read_value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read_value(value)


VALUES: dict[str, dict[str, Callable[[Any], Any]]] = {
    USER: {"username": _name(254), "first_name": _name(150), "last_name": _name(150), "email": _email},
    CATEGORY: {"category": _name(250)},
    SUB_CATEGORY: {"sub_category": _name(250), "category": _or_none(_whole)},
    QUIZ: {
        "title": _name(250),
        "description": _text,
        "url": _text,
        "category": _or_none(_whole),
        "random_order": _flag,
        "max_questions": _or_none(_whole),
        "answers_at_end": _flag,
        "exam_paper": _flag,
        "single_attempt": _flag,
        "pass_mark": _percent,
        "success_text": _text,
        "fail_text": _text,
        "draft": _flag,
    },
    QUESTION: {
        "category": _or_none(_whole),
        "sub_category": _or_none(_whole),
        "figure": _text,
        "content": _text,
        "explanation": _text,
        "quiz": _links,
    },
    LINK: {"question": _whole, "quiz": _whole},
    CHOICE: {"answer_order": _text},
    ANSWER: {"question": _whole, "content": _text, "correct": _flag},
    TRUE_FALSE: {"correct": _flag},
    ESSAY: {},
    SITTING: {
        "user": _whole,
        "quiz": _whole,
        "question_order": _ids,
        "question_list": _ids,
        "incorrect_questions": _ids,
        "current_score": _whole,
        "complete": _flag,
        "user_answers": _given,
        "start": _time,
        "end": _or_none(_time),
    },
    PROGRESS: {"user": _whole, "score": _text},
}


def _values(row: Row) -> dict[str, Any]:
    """Raises _Wrong with the name of the field."""
    values = {}
    for name, read_value in VALUES[row.model].items():
        if name not in row.fields:
            raise _Wrong(f"{name} is missing")
        try:
            values[name] = read_value(row.fields[name])
        except _Wrong as error:
            raise _Wrong(f"{name} {error}") from error
    return values


# --- how rows hang together ----------------------------------------------------------------------------------------
def _check(dump: Dump) -> None:
    for row in dump.rows:
        try:
            pk = _whole(row.pk)
            if (row.model, pk) in dump.by_id:
                raise _Wrong("its id stands there twice")
            dump.by_id[row.model, pk] = row
            dump.found[row.model][pk] = _values(row)
        except _Wrong as error:
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


# --- what the package showed ---------------------------------------------------------------------------------------
def percent(score: int, questions: int) -> int:
    """Of one sitting. Its arithmetic is in floats, and halves are rounded up as in the Python 2 it ran on."""
    if questions < 1:
        return 0
    return 100 if score > questions else max(0, _rounded(score / questions * 100))


def passed(score: int, questions: int, pass_mark: int) -> bool:
    """By the rounded figure: 2 of 3 passed where 67% was asked."""
    return percent(score, questions) >= pass_mark


def _rounded(number: float) -> int:
    return int(Decimal(number).quantize(Decimal(1), ROUND_HALF_UP))


def category_names(dump: Dump) -> list[str]:
    return [one["category"] for _pk, one in sorted(dump.found[CATEGORY].items())]


def shown_scores(score: str, categories: list[str]) -> dict[str, tuple[int, int, int]]:
    """{category: (score, possible, percent)}. It took the first place where the name was found, in capitals or not, so
    that a category could get the counts of another whose name ends with its own."""
    shown = {}
    for name in categories:
        found = re.search(re.escape(name) + r",([0-9]+),([0-9]+),", score, re.IGNORECASE)
        got, possible = (int(found[1]), int(found[2])) if found else (0, 0)
        shown[name] = got, possible, _rounded(got / possible * 100) if possible else 0
    return shown


def own_scores(score: str) -> dict[str, tuple[int, int]]:
    """{category: (score, possible)} as they stand in the string."""
    words = score.split(",")[:-1]
    return {words[at]: (int(words[at + 1]), int(words[at + 2])) for at in range(0, len(words), 3)}


# --- what becomes of it --------------------------------------------------------------------------------------------
TRUE_OR_FALSE = {"pl": ("Prawda", "Fałsz"), "lv": ("Patiesi", "Aplami"), "en": ("True", "False")}
CRITERION = {
    "pl": "Odpowiedź jest poprawna",
    "lv": "Atbilde ir pareiza",
    "en": "The answer is right",
}
WITHOUT_CATEGORY = {"pl": "Bez kategorii", "lv": "Bez kategorijas", "en": "Without a category"}
STEM_LENGTH = 240


def key_of(model: str, pk: int, part: str = "") -> str:
    return str(pack_key(PACKAGE, f"{model}:{pk}{part}"))


def module_name(category: int | None) -> str:
    return f"category-{category}" if category else "no-category"


def objective_name(question: int) -> str:
    return f"Q-{question}"


def question_values(dump: Dump, pk: int, language: str) -> dict[str, Any]:
    """Fields of a Question. The explanation, one for all answers there, stands at each right answer here; where none is
    right, at the first."""
    one, kind = dump.found[QUESTION][pk], dump.kind(pk)
    named = dump.found[CATEGORY].get(one["category"], {}), dump.found[SUB_CATEGORY].get(one["sub_category"], {})
    return {
        "code": objective_name(pk),
        "type": {CHOICE: "single", TRUE_FALSE: "truefalse", ESSAY: "essay"}[kind],
        "module": module_name(one["category"]),
        "objective": objective_name(pk),
        "category": named[0].get("category", ""),
        "sub_category": named[1].get("sub_category", ""),
        "stem": one["content"],
        "parts": _parts(dump, pk, kind, one["explanation"], language),
        "model_answer": one["explanation"] if kind == ESSAY else "",
        "keeps_order": kind == CHOICE and not is_shuffled(dump, pk),
    }


def _parts(dump: Dump, pk: int, kind: str, why: str, language: str) -> list[dict[str, Any]]:
    if kind == ESSAY:
        text = CRITERION.get(language, CRITERION["en"])
        criterion = {"text": text, "points": 1, "feedback": ""}
        return [{"type": "criterion", "id": key_of(ESSAY, pk), "value": criterion}]
    if kind == TRUE_FALSE:
        names = TRUE_OR_FALSE.get(language, TRUE_OR_FALSE["en"])
        right = dump.found[TRUE_FALSE][pk]["correct"]
        options = [
            (answer_key(dump, pk, str(value)), name, value is right)
            for value, name in zip((True, False), names, strict=True)
        ]
    else:
        options = [(key_of(ANSWER, at), one["content"], one["correct"]) for at, one in dump.answers(pk).items()]
    explained = [key for key, _text, correct in options if correct] or [key for key, *_rest in options][:1]
    return [
        {
            "type": "option",
            "id": key,
            "value": {"text": text, "correct": correct, "feedback": why if key in explained else ""},
        }
        for key, text, correct in options
    ]


def answer_key(dump: Dump, question: int, answer: str) -> str:
    """The key of the option that the package stored as this text."""
    if dump.kind(question) == TRUE_FALSE:
        return key_of(TRUE_FALSE, question, f".{answer.lower()}")
    return key_of(ANSWER, int(answer))


def response(dump: Dump, question: int, answer: str) -> dict[str, Any]:
    return {"text": answer} if dump.kind(question) == ESSAY else {"chosen": [answer_key(dump, question, answer)]}


def is_shuffled(dump: Dump, question: int) -> bool:
    return dump.found[CHOICE].get(question, {}).get("answer_order") == "random"


def quiz_values(dump: Dump, pk: int) -> dict[str, Any]:
    """Fields of a QuizPage. Each question is an objective of its own, so that a quiz draws exactly its questions."""
    one, questions = dump.found[QUIZ][pk], dump.questions_of(pk)
    draws = one["max_questions"] and one["max_questions"] < len(questions)
    return {
        "title": one["title"] or f"{QUIZ} {pk}",
        "search_description": one["description"],
        "pool_modules": [],
        "pool_objectives": [objective_name(key) for key in questions],
        "draw_count": one["max_questions"] if draws else None,
        "pass_mark": one["pass_mark"],
        "attempts_allowed": 1 if one["single_attempt"] else None,
        "feedback": "after_hand_in" if one["answers_at_end"] else "immediate",
        "shuffle_questions": one["random_order"],
        "shuffle_options": any(is_shuffled(dump, key) for key in questions),  # the others keep theirs
        "text_passed": one["success_text"],
        "text_not_yet": one["fail_text"],
    }


def asked_in(dump: Dump, quiz: int) -> list[int]:
    """The questions of the quiz, and those its sittings asked while they belonged to it."""
    sat = {key for one in dump.whole(SITTING).values() if one["quiz"] == quiz for key in one["question_order"]}
    return sorted({*dump.questions_of(quiz), *sat})


def started_at(dump: Dump) -> dict[int, datetime]:
    """{user: when they sat down for the first time}."""
    starts: dict[int, datetime] = {}
    for one in dump.whole(SITTING).values():
        starts[one["user"]] = min(one["start"], starts.get(one["user"], one["start"]))
    return starts


def ended_at(sitting: Mapping[str, Any]) -> datetime | None:
    return max(sitting["end"] or sitting["start"], sitting["start"]) if sitting["complete"] else None


def compiled_question(values: Mapping[str, Any], key: str, picture: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """As an attempt shows it. What it is about is its category here, so that a result is told by category."""
    names = ("type", "stem", "code", "module", "model_answer")
    return (
        {name: values[name] for name in names}
        | {
            "key": key,
            "parts": [{"key": part["id"], **part["value"]} for part in values["parts"]],
            "objective": values["module"],
            "points": [],
            "rubric": [],
        }
        | ({"picture": dict(picture)} if picture else {})
    )


def compiled_quiz(dump: Dump, pk: int, pool: list[dict[str, Any]], language: str) -> dict[str, Any]:
    """The content of a StepVersion: the quiz as it was there, also where it could not go live here."""
    values, one = quiz_values(dump, pk), dump.found[QUIZ][pk]
    names = {module_name(key): category_title(dump, key, language) for key in [None, *dump.found[CATEGORY]]}
    asked = {question["module"]: names[question["module"]] for question in pool}
    return {
        "schema": 1,
        "kind": "quiz",
        "title": values["title"],
        "minutes": 0,
        "required_of": "nobody",
        "module": {"key": module_key(one["category"]), "title": names[module_name(one["category"])]},
        "objectives": [],
        "sources": [],
        "points": [],
        "body": {
            "pool": pool,
            "draw": {"count": values["draw_count"], "per_objective_min": 0, "per_objective": {}},
            "rules": {
                "pass_mark": values["pass_mark"],
                "must_pass": {},
                "attempts": values["attempts_allowed"],
                "waits": [],
                "minutes": None,
                "feedback": values["feedback"],
                "shuffle_questions": values["shuffle_questions"],
                "shuffle_options": values["shuffle_options"],
                "partial_credit": False,
            },
            "modules": asked,
            "objectives": asked,
            "texts": {"passed": values["text_passed"].strip(), "not_yet": values["text_not_yet"].strip()},
        },
    }


def category_title(dump: Dump, category: int | None, language: str) -> str:
    named = dump.found[CATEGORY].get(category or 0, {}).get("category", "")
    return named or WITHOUT_CATEGORY.get(language, WITHOUT_CATEGORY["en"])


def module_key(category: int | None) -> str:
    return key_of(CATEGORY, category or 0)


def question_of(row: Row) -> Any:
    """The question that this row is part of."""
    return row.fields.get("question") if row.model in (ANSWER, LINK) else row.pk
