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


@pytest.mark.parametrize("text", ["żółć", "Zolc", "żolc", "zażółć", "zazolc"])
def test_a_pattern_with_marked_letters_meets_them_and_those_without_their_marks(text):
    assert mark(text, ("(za)?żółć", "pattern", 100), fold=True) == 1
    assert mark(text, ("(za)?żółć", "pattern", 100)) == (text in ("żółć", "zażółć"))


def test_a_pattern_that_takes_too_long_without_the_marks_of_its_letters_does_not_go_live():
    accepted = ("((a|ą)+)+b", "pattern", 100)
    assert TYPE.problems(question("shorttext", parts=answers(accepted, fold=True), model_answer="ab"))
    assert not TYPE.problems(
        question("shorttext", parts=answers(("[aą]+b", "pattern", 100), fold=True), model_answer="ab")
    )


def test_a_pattern_meets_letters_without_their_marks_only_where_the_editor_says_so():
    assert mark(" Żółty ", ("zolt[yaei]", "pattern", 100), fold=True) == 1
    assert mark("Żółty", ("zolt[yaei]", "pattern", 100)) == 0
    assert mark("żółty", ("żółt[yaei]", "pattern", 100)) == 1


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
    todo, whole = "Write a word or a few.", "It is right or it is not."
    assert TYPE.hints(ASKED, partial=True) == (todo, "An answer that is right in part gets part of the mark.")
    assert TYPE.hints(ASKED, partial=False) == (todo, whole)
    only_whole = question("shorttext", parts=answers(("calm", "exact", 100)))
    assert TYPE.hints(only_whole, partial=True) == (todo, whole)


def test_before_the_answer_there_is_an_empty_field():
    assert TYPE.shown(ASKED, list(ASKED.keys), {}, "q2-") == {
        "id": "q2-text",
        "name": "text",
        "text": "",
        "longest": 200,
    }


def test_what_was_written_is_shown_again():
    assert TYPE.shown(ASKED, list(ASKED.keys), {"text": ["mine"]}) == {
        "id": "text",
        "name": "text",
        "text": "mine",
        "longest": 200,
    }


def test_feedback_is_that_of_what_was_met_and_of_none_the_model_answer():
    model = "Active listening: say back what you heard."
    right = {"accepted": ["active listening"]}
    partly = {"text": "Listening", "credit": 40, "feedback": "Since 1"}
    assert TYPE.explained(ASKED, [], {"text": "Listening"}) == partly | right
    assert (
        TYPE.explained(ASKED, [], {"text": "shouting"}) == {"text": "shouting", "credit": 0, "feedback": model} | right
    )
    assert TYPE.explained(ASKED, [], None) == {"text": "", "credit": 0, "feedback": model} | right


def test_a_pattern_is_never_shown_as_an_answer():
    asked = question("shorttext", parts=answers(("calm(ly)?", "pattern", 100)), model_answer="Calm.")
    assert TYPE.explained(asked, [], None)["accepted"] == []


@pytest.mark.parametrize(
    "text, says",
    [
        *((text, "Write a few words before you go on.") for text in ("", "   ", "\x00")),
        ("x" * 201, "This is longer than 200 characters. Shorten it, then save."),
    ],
)
def test_nothing_and_too_much_are_refused(text, says):
    with pytest.raises(Refused) as refused:
        TYPE.parse({"text": [text]}, ASKED, [])
    assert (refused.value.message, refused.value.field) == (says, "text")


def test_a_form_and_its_answer_are_the_same_text():
    assert TYPE.parse({"text": [" Say back "]}, ASKED, []) == {"text": "Say back"}
    assert TYPE.parse({"text": ["x" * 200]}, ASKED, []) == {"text": "x" * 200}
    assert TYPE.posted(ASKED, [], {"text": "Say back"}) == {"text": ["Say back"]}


def test_any_text_fits_and_nothing_else_does():
    assert TYPE.fits(ASKED, {"text": "whatever"})
    assert not TYPE.fits(ASKED, {"chosen": ["a0"]})


@pytest.mark.parametrize(
    "accepted, problem",
    [
        ([], "Write an accepted answer that is worth 100%."),
        ([("calm", "exact", 99)], "Write an accepted answer that is worth 100%."),
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


def test_a_pattern_of_300_characters_may_go_live():
    asked = question("shorttext", parts=answers(("c" * 300, "pattern", 100)), model_answer="C.")
    assert TYPE.problems(asked) == []


@pytest.mark.parametrize("pattern", ["(a|aa)+(b|a+)+x", "(A|AA)+(B|A+)+X"])
def test_a_pattern_that_could_keep_the_server_busy_does_not_go_live(pattern):
    asked = question("shorttext", parts=answers((pattern, "pattern", 100)), model_answer="A.")
    assert TYPE.problems(asked) == ["This pattern takes too long to compare. Write it without repeats inside repeats."]
