"""When a practice question comes again: boxes opened after 1, 2, 4, 8 and 16 days."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules import leitner
from assessments.quizzes.rules.leitner import Answered, Card, card, todays

FIRST = date(2026, 11, 2)
HISTORY = st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=15).map(
    lambda pairs: [Answered(day(at), right) for at, right in sorted(pairs, key=lambda pair: pair[0])]
)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def box_slowly(history: list[Answered], today: date) -> tuple[int, int] | None:
    """(box, days until it is opened) as a card file has it, moved day by day: a box of 4 days counts 4 days down."""
    held: tuple[int, int] | None = None
    at = FIRST
    while at <= today:
        if held:
            held = held[0], held[1] - 1
        given_today = [answer for answer in history if answer.day == at]
        if given_today and not given_today[0].right:
            held = 1, leitner.DAYS[0]
        elif given_today and held is None:
            held = 2, leitner.DAYS[1]
        elif given_today and held and held[1] <= 0:
            box = min(held[0] + 1, 5)
            held = box, leitner.DAYS[box - 1]
        at += timedelta(days=1)
    return held


@given(HISTORY)
def test_it_moves_as_a_card_file_does(history):
    slowly = box_slowly(history, day(40))
    assert card(history) == (slowly and Card(slowly[0], day(40 + slowly[1])))


def test_right_answers_come_ever_later_and_no_later_than_sixteen_days():
    history, gaps = [Answered(day(0), True)], []
    for _turn in range(6):
        due = card(history).due_on
        gaps.append((due - history[-1].day).days)
        history.append(Answered(due, True))
    assert gaps == [2, 4, 8, 16, 16, 16]


def test_a_wrong_answer_comes_back_tomorrow_from_whatever_box():
    history = [Answered(day(0), True), Answered(day(2), True), Answered(day(6), False)]
    assert card(history) == Card(1, day(7))


def test_the_second_answer_of_a_day_follows_the_explanation_and_counts_nothing():
    assert card([Answered(day(0), False), Answered(day(0), True)]) == Card(1, day(1))


def test_a_right_answer_too_early_moves_nothing_and_a_wrong_one_does():
    early = [Answered(day(0), True), Answered(day(1), True)]
    assert card(early) == Card(2, day(2))
    assert card([*early[:1], Answered(day(1), False)]) == Card(1, day(2))


QUESTIONS = [f"q{number}" for number in range(6)]
PAST = st.dictionaries(st.sampled_from(QUESTIONS), HISTORY, max_size=6)


@given(PAST, st.integers(0, 60))
def test_at_most_three_none_before_its_day_and_never_a_new_one_before_one_that_is_due(past, number):
    chosen = todays(QUESTIONS, past, day(number))
    assert len(chosen) == len(set(chosen)) <= leitner.A_DAY
    cards = {key: card(one for one in past.get(key, ()) if one.day < day(number)) for key in QUESTIONS}
    assert all(cards[key] is None or cards[key].due_on <= day(number) for key in chosen)
    ready = [key for key in QUESTIONS if cards[key] is None or cards[key].due_on <= day(number)]
    assert len(chosen) == min(leitner.A_DAY, len(ready))
    due = [key for key in ready if cards[key]]
    assert set(chosen) <= set(due) if len(due) >= leitner.A_DAY else set(due) <= set(chosen)


@given(PAST, st.integers(0, 40), st.booleans())
def test_the_list_of_today_stays_while_it_is_answered(past, number, right):
    before = todays(QUESTIONS, past, day(number))
    answered = {key: [*past.get(key, []), Answered(day(number), right)] for key in before}
    assert todays(QUESTIONS, {**past, **answered}, day(number)) == before


def test_a_question_is_asked_again_on_the_very_day_it_is_due():
    past = {"q0": [Answered(day(0), True)]}
    assert todays(["q0"], past, day(1)) == []
    assert todays(["q0"], past, day(2)) == ["q0"]


def test_what_was_known_worst_comes_first():
    past = {
        "q0": [Answered(day(0), True)],
        "q1": [Answered(day(1), False)],
        "q2": [Answered(day(0), False)],
    }
    assert todays(QUESTIONS, past, day(9)) == ["q2", "q1", "q0"]
