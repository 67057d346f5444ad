"""What a preview shows of a quiz: by example."""

from datetime import UTC, datetime

from assessments.policy import Decision
from assessments.quizzes.rules.beginning import Beginning, First, beginning
from tests.quizzes.samples import items, numbers, units
from tests.quizzes.test_quiz import MIXED, POOL, SECTIONS, asked, quiz

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PICTURE = {"src": "/calm.jpg", "width": 4, "height": 3, "alt": "A calm face"}


def of(*given, **rules) -> Beginning:
    rules = {"shuffle_questions": False, "shuffle_options": False} | rules
    return beginning(quiz(*given, **rules).body, NOW)


def test_a_preview_is_the_first_page_of_somebody_who_never_took_it():
    def option(at: int) -> dict:
        texts = {"text": f"Option {at - 1}", "picture": None}
        return {"id": f"answer-{at}", "value": str(at), **texts, "checked": False}

    seen = of([asked("q0", picture=PICTURE)])
    assert seen.first == First(
        stem="Stem of q0",
        section="",
        kind="single",
        hints=("Choose one answer.",),
        picture=PICTURE,
        shown={"control": "radio", "name": "answer", "options": [option(1), option(2), option(3)]},
    )


def test_the_rules_are_those_before_the_first_attempt():
    seen = of(minutes=20, must_pass={"calm": 80})
    assert seen.decision == Decision("ready", number=1, left=3)
    assert (seen.minutes, seen.must_pass, seen.open_attempt) == (20, [("Keeping calm", 80)], None)
    assert seen.quiz.length == 6


def test_the_first_question_names_the_section_it_stands_in():
    assert of(POOL, SECTIONS).first.section == "Calm"
    assert of(POOL, SECTIONS[1:]).first.section == ""
    assert of(POOL, SECTIONS[::-1]).first.stem == "Stem of q3"


def test_the_hints_say_whether_there_are_part_marks():
    assert of(MIXED).first.hints[1] == "Each item in its right place counts."
    assert of(MIXED, partial_credit=False).first.hints[1] == "It counts when the whole order is right."


def test_the_hints_are_those_of_the_very_question():
    number = asked("q0", "numeric", numbers(("90", "0", "absolute", 100)) + units(min="1"))
    assert of([number]).first.hints[0] == "Write a number and choose its unit. Comma and point both work."


def test_every_look_shows_the_same_page():
    pool = [asked(f"q{at}", "ordering", items(7)) for at in range(9)]
    looks = [of(pool, shuffle_questions=True, shuffle_options=True) for _ in range(3)]
    assert looks[0] == looks[1] == looks[2]


def test_a_draft_without_questions_has_a_beginning_and_asks_nothing():
    assert of([]).first is None
