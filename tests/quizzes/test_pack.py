"""Questions and assessments of the content pack as fields of their models."""

from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest
import yaml

from assessments.quizzes.formats.pack import question_values, quiz_values
from assessments.quizzes.models import Question, QuizPage
from assessments.quizzes.rules import types
from assessments.quizzes.rules.paper import Draw, draw
from assessments.quizzes.rules.question import Question as Published
from lms.packs.form import QUESTIONS
from lms.packs.reading import FORMAT
from lms.packs.shapes import Exact
from tests.factories import key_of, locale

PACK = Path(__file__).resolve().parents[2] / "content" / "calm-clear-safe"
LANGUAGES = ("pl", "lv", "en")


def keys(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


@pytest.fixture(scope="module")
def bank() -> list[dict]:
    return yaml.safe_load((PACK / "questions.yaml").read_text())["questions"]


@pytest.fixture(scope="module")
def course() -> dict:
    return yaml.safe_load((PACK / "course.yaml").read_text())


def compiled(values: dict, name: str) -> Published:
    parts = [{"key": part["id"], **part["value"]} for part in values["parts"]]
    rubric = values["rubric"].splitlines()
    plain = {name: values[name] for name in ("type", "stem", "code", "module", "objective", "points", "model_answer")}
    return Published.of({**plain, "key": keys(name), "parts": parts, "rubric": rubric})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_of_the_pack_may_go_live(bank, language):
    for question in bank:
        published = compiled(question_values(question, language, keys, bank="b"), question["id"])
        assert types.get(published.type).problems(published) == [], question["id"]


def test_parts_have_the_same_keys_in_every_language(bank):
    for question in bank:
        ids = [[part["id"] for part in question_values(question, code, keys, bank="b")["parts"]] for code in LANGUAGES]
        assert ids[0] == ids[1] == ids[2]


def test_a_key_given_in_the_pack_wins():
    question = {
        "id": "Q-1",
        "type": "truefalse",
        "use": "graded",
        "module": "calm",
        "objective": "CALM-1",
        "points": [],
        "difficulty": 0.5,
        "stem": {"en": "Is it?"},
        "options": [
            {"id": "a", "key": keys("own"), "correct": True, "text": {"en": "True"}, "feedback": {"en": "Yes."}},
            {"id": "b", "correct": False, "text": {"en": "False"}, "feedback": {"en": "No."}},
        ],
    }
    parts = question_values(question, "en", keys, bank="b")["parts"]
    assert [part["id"] for part in parts] == [keys("own"), keys("Q-1.b")]
    assert parts[0]["value"] == {"correct": True, "text": "True", "feedback": "Yes."}


@pytest.mark.parametrize("name", ["Q-CALM-06", "Q-CALM-10", "Q-CALM-05", "Q-INTRO-03", "Q-INTRO-04"])
def test_values_are_fields_of_a_question_that_compiles_to_the_same(db, bank, name):
    values = question_values(next(one for one in bank if one["id"] == name), "pl", keys, bank="b")
    row = Question(locale=locale("pl"), translation_key=key_of(name), **values)
    row.save()
    fresh = Question.objects.get(pk=row.pk).compiled()
    assert Published.of(fresh).parts == compiled(values, name).parts
    assert fresh["rubric"] == values["rubric"].splitlines()


def quizzes(course: dict, bank: list[dict], language: str) -> dict[str, dict]:
    found = {}
    for assessment in course["assessments"]:
        for module in course["modules"]:
            if module["id"] in assessment.get("per_module", ["final"]):
                found[module["id"]] = quiz_values(assessment, language, module=module, bank=bank)
    return found


def test_the_blueprint_of_the_module_quizzes(course, bank):
    calm = quizzes(course, bank, "pl")["calm"]
    assert calm["title"] == "Test: Spokój"
    assert (calm["draw_count"], calm["per_objective_min"], calm["pass_mark"]) == (6, 1, 70)
    assert (calm["attempts_allowed"], calm["waits"], calm["time_limit_minutes"]) == (None, [], None)
    assert (calm["feedback"], calm["partial_credit"]) == ("immediate", True)
    assert calm["objectives"] == [f"CALM-{number}" for number in range(1, 6)]


def test_the_blueprint_of_the_final(course, bank):
    final = quizzes(course, bank, "lv")["final"]
    assert final["title"] == "Noslēguma tests"
    assert sum(final["draw_per_objective"].values()) == 20
    assert (final["pass_mark"], final["must_pass"]) == (80, {"safety": 80})
    assert (final["attempts_allowed"], final["waits"], final["time_limit_minutes"]) == (3, [0, 30, 1440], 30)
    assert (final["feedback"], final["partial_credit"]) == ("after_hand_in", False)


@pytest.mark.parametrize("language, titles", [("pl", "Test"), ("lv", "Tests"), ("en", "Quiz")])
def test_every_language_has_its_own_titles_and_texts(course, bank, language, titles):
    made = quizzes(course, bank, language)
    assert made["safety"]["title"].startswith(f"{titles}: ")
    assert len(
        {quiz["text_passed"] for quiz in quizzes(course, bank, "en").values()} | {made["calm"]["text_passed"]}
    ) == (1 if language == "en" else 2)


def test_every_quiz_of_the_pack_can_be_drawn(course, bank):
    pool = [compiled(question_values(one, "pl", keys, bank="b"), one["id"]) for one in bank if one["use"] == "graded"]
    lengths = {}
    for module, quiz in quizzes(course, bank, "pl").items():
        spec = Draw(quiz["draw_count"], quiz["per_objective_min"], quiz["draw_per_objective"])
        mine = [one for one in pool if one.module in quiz["pool_modules"] or one.objective in quiz["pool_objectives"]]
        assert spec.lacking(mine) == {}
        lengths[module] = len(draw(mine, spec, seed="s", seen={}))
    assert lengths == {"calm": 6, "assertiveness": 6, "client-types": 6, "safety": 6, "final": 20}


def test_values_are_fields_of_a_quiz_page(db, course, bank):
    for values in quizzes(course, bank, "en").values():
        assert QuizPage(**values).pass_mark == values["pass_mark"]


@pytest.mark.parametrize("minutes, waits", [(0, []), (30, [0, 30]), ([0, 5], [0, 5])])
def test_a_single_cooldown_is_the_wait_before_every_attempt_but_the_first(course, bank, minutes, waits):
    assessment = {**course["assessments"][0], "cooldown_minutes": minutes}
    assert quiz_values(assessment, "en", module=course["modules"][1], bank=bank)["waits"] == waits


TYPED = {
    "shorttext": {"answers": [{"id": "a", "text": {"en": "calm"}, "how": "normalised", "feedback": {"en": "Yes."}}]},
    "numeric": {
        "numbers": [{"id": "a", "value": "1.50", "feedback": {"en": "Half past one."}}],
        "units": [{"id": "h", "text": {"en": "hours"}}],
    },
    "judgement": {
        "responses": [
            {"id": str(at), "text": {"en": f"Do {at}"}, "weight": at, "feedback": {"en": "So."}} for at in (1, 3, 5)
        ]
    },
    "essay": {"criteria": [{"id": "a", "text": {"en": "Names the feeling"}, "points": 2}]},
}
TYPED["rating"] = TYPED["judgement"]


@pytest.mark.parametrize("kind", sorted(TYPED))
def test_types_that_came_later_are_carried_and_what_may_be_left_out_has_its_default(db, kind):
    facts = {"id": "Q-1", "type": kind, "use": "graded", "module": "calm", "objective": "CALM-1", "points": []}
    entry = facts | {"difficulty": 0.5, "stem": {"en": "What?"}} | TYPED[kind]
    assert list(QUESTIONS.faults({"format": FORMAT, "questions": [entry]}, "", ("en",))) == []
    row = Question(locale=locale("en"), translation_key=key_of("Q-1"), **question_values(entry, "en", keys, bank="b"))
    row.save()
    published = Published.of(Question.objects.get().compiled())
    assert types.get(kind).problems(published) == []
    if kind == "numeric":
        assert [part["kind"] for part in published.parts] == ["number", "unit"]
        assert (published.parts[0]["value"], published.parts[1]["factor"]) == ("1.5", "1")
    if kind == "shorttext":
        assert (published.parts[0]["credit"], published.parts[0]["fold"]) == (100, False)


@pytest.mark.parametrize("value", [1.5, True, "1,5", "1e3", "", None])
def test_a_number_that_something_might_round_is_refused(value):
    found = list(Exact().faults(value, "value", ("en",)))
    assert found == [("value", 'a number is expected, whole or in quotes with a point: "2.5"')]
