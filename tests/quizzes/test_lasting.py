"""How long a quiz takes: by example, and of the quizzes of the real course."""

import pytest
import yaml
from django.utils.translation import override

from assessments.quizzes.formats.pack import question_values, quiz_values
from assessments.quizzes.rules import lasting
from assessments.quizzes.rules.paper import Draw
from assessments.quizzes.rules.sections import Section
from courses.checks import rules as checks
from tests.packs.conftest import REAL

MINUTE = " ".join(["word"] * 170)


def question(key: str, stem: str = "", kind: str = "single", objective: str = "CALM-1", feedback: str = "") -> dict:
    parts = [{"key": "a", "text": "", "feedback": feedback}]
    return {"key": key, "code": key, "type": kind, "stem": stem, "parts": parts, "objective": objective}


def test_a_question_is_read_decided_and_half_of_its_explanations_read():
    pool = [question("a", MINUTE, feedback=MINUTE)]
    assert lasting.seconds(pool, "en", explained=True) == {"a": 60 + 30 + 40}
    assert lasting.seconds(pool, "en", explained=False) == {"a": 60 + 40}


def test_writing_takes_longer_than_deciding():
    pool = [question("a", kind="single"), question("b", kind="reflection"), question("c", kind="essay")]
    assert list(lasting.seconds(pool, "en", explained=True).values()) == [40, 75, 300]


@pytest.mark.parametrize(
    ("draw", "needed"),
    [
        (Draw(), 40 + 100 + 100),
        (Draw(count=2), 2 * 80),
        (Draw(per_objective={"CALM-1": 1}), 70),
        (Draw(per_objective={"CALM-1": 1, "SAFE-9": 2}), 70),
    ],
    ids=["all", "some of all", "of an objective", "of one that has none"],
)
def test_an_average_question_stands_for_each_that_is_drawn(draw, needed):
    pool = [question("a"), question("b", MINUTE), question("c", MINUTE, objective="CALM-2")]
    assert lasting.of_draw(draw, pool, lasting.seconds(pool, "en", explained=True)) == pytest.approx(needed)


def test_each_section_draws_its_own():
    sections = [Section("1", "", ("a",)), Section("2", "", ("b", "c"), count=1), Section("3", "", ())]
    assert lasting.of_sections(sections, {"a": 10, "b": 20, "c": 40}) == 10 + 30


@pytest.mark.parametrize("language", ["pl", "lv", "en"])
def test_the_minutes_of_each_quiz_of_the_course_are_true(language):
    course = yaml.safe_load((REAL / "course.yaml").read_text(encoding="utf-8"))
    bank = yaml.safe_load((REAL / "questions.yaml").read_text(encoding="utf-8"))["questions"]
    graded = [one for one in bank if one["use"] == "graded"]
    compiled = {}
    for one in graded:
        fields = question_values(one, language, str, bank="calm-clear-safe")
        parts = [part["value"] for part in fields["parts"]]
        compiled[one["id"]] = {"key": one["id"], "code": one["id"], "type": one["type"], "stem": fields["stem"]}
        compiled[one["id"]] |= {"parts": parts, "objective": one["objective"], "module": one["module"]}
    with override("en"):
        quizzes = [
            quiz_values(quiz, language, module=module, bank=bank)
            for quiz in course["assessments"]
            for module in course["modules"]
            if module["id"] in quiz.get("per_module", course["modules"][-1]["id"])
        ]
    assert len(quizzes) == 5
    for quiz in quizzes:
        asked = [one for one in compiled.values() if one["objective"] in quiz["objectives"]]
        seconds = lasting.seconds(asked, language, explained=True)
        draw = Draw(quiz["draw_count"], quiz["per_objective_min"], quiz["draw_per_objective"])
        needed = lasting.of_draw(draw, asked, seconds) / 60
        assert list(checks.time(quiz["minutes"], needed)) == []
        assert [found.code for found in checks.time(2 * quiz["minutes"], needed)] == ["minutes-off"]
