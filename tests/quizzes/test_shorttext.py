from fractions import Fraction

import pytest

from assessments.quizzes.rules import matches
from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.shorttext import TYPE
from tests.quizzes.samples import answers, question

ASKED = question(
    "shorttext",
    parts=answers(("active listening", "normalised", 100), ("listening", "normalised", 40)),
    model_answer="Active listening: say back what you heard.",
)


def mark(text, *accepted, partial=True, fold=False):
    return TYPE.mark(question("shorttext", parts=answers(*accepted, fold=fold)), {"text": text}, partial=partial)


@pytest.mark.parametrize(
    "text", ["active listening", " Active   LISTENING. ", "ACTIVE\u00a0LISTENING", "ａctive listening"]
)
def test_capitals_spaces_and_a_full_stop_do_not_matter_where_it_is_normalised(text):
    assert mark(text, ("active listening", "normalised", 100)) == 1


@pytest.mark.parametrize("text", ["active  listening", "Active listening", "active listening."])
def test_exactly_means_letter_by_letter(text):
    assert mark(text, ("active listening", "exact", 100)) == 0
    assert mark("active listening", ("active listening", "exact", 100)) == 1


def test_the_same_letter_written_in_two_ways_of_unicode_is_the_same_even_exactly():
    assert mark("z\u0307o\u0301ł\u0107", ("żółć", "exact", 100)) == 1


@pytest.mark.parametrize("text", ["actve listening", "active listenin", "active listenings", "listening active"])
def test_nothing_is_measured_by_likeness(text):
    assert mark(text, ("active listening", "normalised", 100), fold=True) == 0


@pytest.mark.parametrize(
    "plain, marked", [("zolc", "żółć"), ("Lodz", "Łódź"), ("sakums", "sākums"), ("kermenis", "ķermeņis"), ("o", "ø")]
)
def test_marks_of_letters_are_folded_both_ways_where_the_editor_says_so(plain, marked):
    assert mark(plain, (marked, "normalised", 100), fold=True) == 1
    assert mark(marked, (plain, "normalised", 100), fold=True) == 1
    assert mark(plain, (marked, "normalised", 100)) == 0


def test_a_pattern_must_meet_the_whole_answer():
    pattern = ("(active|careful) listening", "pattern", 100)
    assert mark("Careful  listening", pattern) == 1
    assert mark("careful listening helps", pattern) == 0
    assert mark("zolty", ("z[oó][lł]ty", "pattern", 100)) == 1


def test_a_pattern_that_runs_out_of_time_is_not_met(monkeypatch):
    def slow(*args, **kwargs):
        assert kwargs["timeout"] == matches.SECONDS
        raise TimeoutError

    monkeypatch.setattr(matches.regex, "fullmatch", slow)
    assert mark("anything", ("x+", "pattern", 100)) == 0


def test_of_several_accepted_answers_the_one_worth_most_counts_in_whatever_order():
    both = [("calm", "normalised", 30), ("CALM", "normalised", 80)]
    assert mark("calm", *both) == mark("calm", *reversed(both)) == Fraction(4, 5)


def test_one_more_accepted_answer_never_lowers_a_mark():
    assert mark("calm", ("calm", "exact", 50), ("calm", "normalised", 10)) == Fraction(1, 2)


def test_without_part_marks_only_a_whole_answer_counts():
    assert TYPE.mark(ASKED, {"text": "listening"}, partial=True) == Fraction(2, 5)
    assert TYPE.mark(ASKED, {"text": "listening"}, partial=False) == 0


def test_the_rule_is_told_and_gives_nothing_away():
    told = TYPE.hints(ASKED, partial=True)
    assert "An answer that is right in part gets part of the mark." in told
    assert TYPE.hints(ASKED, partial=False)[-1] == "It is right or it is not."
    assert "listening" not in str(told)
    assert TYPE.shown(ASKED, list(ASKED.keys), {"text": ["mine"]}) == {
        "id": "text",
        "name": "text",
        "text": "mine",
        "longest": 200,
    }


def test_feedback_is_that_of_what_was_met_and_of_none_the_model_answer():
    assert TYPE.explained(ASKED, [], {"text": "listening"})["feedback"] == "Since 1"
    assert TYPE.explained(ASKED, [], {"text": "shouting"})["feedback"].startswith("Active listening: say back")
    assert TYPE.explained(ASKED, [], None)["accepted"] == ["active listening"]


def test_a_pattern_is_never_shown_as_an_answer():
    asked = question("shorttext", parts=answers(("calm(ly)?", "pattern", 100)), model_answer="Calm.")
    assert TYPE.explained(asked, [], None)["accepted"] == []


@pytest.mark.parametrize("text", ["", "   ", "\x00", "x" * 201])
def test_nothing_and_too_much_are_refused(text):
    with pytest.raises(Refused):
        TYPE.parse({"text": [text]}, ASKED, [])


@pytest.mark.parametrize(
    "accepted, problem",
    [
        ([], "Write an accepted answer that is worth 100 %."),
        ([("calm", "exact", 99)], "Write an accepted answer that is worth 100 %."),
        ([("calm", "exact", 100), (" calm", "exact", 50)], "Two accepted answers are the same."),
        ([("calm(", "pattern", 100)], "This is not a regular expression."),
        ([("(calm)?", "pattern", 100)], "This pattern accepts an answer without a letter."),
        ([("c" * 301, "pattern", 100)], "A pattern has at most 300 characters."),
        (
            [("calm", "pattern", 100)],
            "Write a model answer: nobody can learn from a pattern what would have been right.",
        ),
    ],
)
def test_what_keeps_it_from_going_live(accepted, problem):
    assert problem in TYPE.problems(question("shorttext", parts=answers(*accepted)))
    assert TYPE.problems(ASKED) == []


def test_a_pattern_that_could_keep_the_server_busy_does_not_go_live():
    asked = question("shorttext", parts=answers(("(a|aa)+(b|a+)+x", "pattern", 100)), model_answer="A.")
    assert TYPE.problems(asked) == ["This pattern takes too long to compare. Write it without repeats inside repeats."]
