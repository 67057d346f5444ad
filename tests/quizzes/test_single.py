import pytest

from assessments.quizzes.rules.question import NOT_OFFERED, Refused
from assessments.quizzes.rules.types.single import TYPE
from tests.quizzes.samples import options, question

ASKED = question("single", False, True, False)
ORDER = ["c", "a", "b"]


def test_the_right_option_gets_the_mark_and_any_other_none():
    assert TYPE.mark(ASKED, {"chosen": ["b"]}, partial=True) == 1
    assert TYPE.mark(ASKED, {"chosen": ["a"]}, partial=True) == 0


def test_a_form_names_places_on_the_screen_not_keys():
    assert TYPE.parse({"answer": ["3"]}, ASKED, ORDER) == {"chosen": ["b"]}
    assert TYPE.posted(ASKED, ORDER, {"chosen": ["b"]}) == {"answer": ["3"]}


def test_nothing_is_chosen_for_the_reader():
    def option(at: int, text: str) -> dict:
        return {"id": f"answer-{at}", "value": str(at), "text": text, "picture": None, "checked": False}

    assert TYPE.shown(ASKED, ORDER, {}) == {
        "control": "radio",
        "name": "answer",
        "options": [option(1, "Option 2"), option(2, "Option 0"), option(3, "Option 1")],
    }


def test_on_a_page_of_several_questions_only_the_ids_change():
    shown = TYPE.shown(ASKED, ORDER, {}, "q2-")
    assert (shown["name"], [option["id"] for option in shown["options"]]) == (
        "answer",
        ["q2-answer-1", "q2-answer-2", "q2-answer-3"],
    )


def test_an_option_is_shown_and_explained_with_its_picture():
    picture = {"src": "/calm.jpg", "width": 4, "height": 3, "alt": "A calm face"}
    asked = question("single", parts=({**ASKED.parts[0], "picture": picture}, *ASKED.parts[1:]))
    for page in (TYPE.shown(asked, ORDER, {}), TYPE.explained(asked, ORDER, None)):
        assert [option["picture"] for option in page["options"]] == [None, picture, None]


def test_the_hint_tells_what_to_do():
    assert TYPE.hints(ASKED, partial=True) == TYPE.hints(ASKED, partial=False) == ("Choose one answer.",)


@pytest.mark.parametrize(
    "response, fits", [({"chosen": ["a"]}, True), ({"chosen": ["gone"]}, False), ({"text": "a"}, False)]
)
def test_an_earlier_answer_fits_while_its_option_is_there(response, fits):
    assert TYPE.fits(ASKED, response) is fits


def test_what_was_chosen_is_shown_again():
    checked = [option["checked"] for option in TYPE.shown(ASKED, ORDER, {"answer": ["3"]})["options"]]
    assert checked == [False, False, True]


def test_nothing_chosen_is_refused_with_what_to_do():
    with pytest.raises(Refused, match="Choose an answer before you go on") as refused:
        TYPE.parse({}, ASKED, ORDER)
    assert refused.value.field == "answer-1"


@pytest.mark.parametrize("values", [["4"], ["0"], ["-1"], ["b"], [""], ["1", "2"], ["²"], ["1" * 50]])
def test_what_is_not_on_the_page_is_refused(values):
    with pytest.raises(Refused) as refused:
        TYPE.parse({"answer": values}, ASKED, ORDER)
    assert (refused.value.message, refused.value.field) == (NOT_OFFERED, "answer-1")


def test_every_option_is_explained():
    def option(at: int, mark: str, *, chosen: bool = False) -> dict:
        texts = {"text": f"Option {at}", "picture": None, "feedback": f"Because {at}"}
        return texts | {"chosen": chosen, "mark": mark}

    assert TYPE.explained(ASKED, ORDER, {"chosen": ["a"]}) == {
        "options": [option(2, "plain"), option(0, "wrong", chosen=True), option(1, "right")]
    }
    assert TYPE.explained(ASKED, ORDER, None) == {
        "options": [option(2, "plain"), option(0, "plain"), option(1, "right")]
    }


def test_exactly_one_option_is_right_or_it_does_not_go_live():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("single", False, False)) == ["Mark exactly one option as right."]
    assert TYPE.problems(question("single", True, True, False)) == ["Mark exactly one option as right."]


def test_a_single_option_is_no_choice():
    assert "Write at least two options." in TYPE.problems(question("single", True))


def test_two_options_must_not_read_the_same():
    twice = tuple({**part, "text": "Same"} for part in options(True, False))
    assert "Two options have the same text." in TYPE.problems(question("single", parts=twice))
