"""Item analysis against a slow oracle that follows the definitions attempt by attempt, and against worked examples."""

import math
import statistics as std
from fractions import Fraction
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.quizzes.rules import advice, statistics, types
from assessments.quizzes.rules.advice import Chosen
from assessments.quizzes.rules.choices import Choice, letter
from assessments.quizzes.rules.question import QuestionType
from assessments.quizzes.rules.statistics import ItemFigures, Sample
from tests.quizzes.samples import answered as any_answer
from tests.quizzes.samples import answers, best, criteria, items, numbers, pairs, question, responses_of

EXAMPLES = 3 * settings.default.max_examples // 2
MARKS = st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(3, 4)])


@st.composite
def papers(draw, least=1):
    """Attempts as rows of marks, all of one length."""
    positions = draw(st.integers(1, 5))
    row = st.lists(MARKS, min_size=positions, max_size=positions)
    return draw(st.lists(row, min_size=least, max_size=25))


def sample_of(rows) -> Sample:
    sample = Sample()
    for row in rows:
        total = sum(row)
        sample.add_total(total)
        for position, mark in enumerate(row):
            sample.add_mark(position, f"q{position}", mark, total)
    return sample


# --- the oracle: two passes over all attempts, as the document writes it -------------------------------------------
def slow_variance(values):
    centre = sum(values) / len(values)
    return sum((value - centre) ** 2 for value in values) / (len(values) - 1)


def slow_covariance(xs, ys):
    centre_x, centre_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - centre_x) * (y - centre_y) for x, y in zip(xs, ys, strict=True)) / (len(xs) - 1)


def slow_moment(values, power):
    centre = sum(values) / len(values)
    return sum((value - centre) ** power for value in values) / len(values)


def near(value, expected):
    if value is None or expected is None:
        return value is None and expected is None
    return math.isclose(value, float(expected), rel_tol=1e-9, abs_tol=1e-9)


@given(papers())
@settings(max_examples=EXAMPLES)
def test_the_figures_of_a_quiz_are_those_of_the_definitions(rows):
    figures, totals = statistics.quiz_figures(sample_of(rows)), [sum(row) for row in rows]
    size, positions = len(rows), list(zip(*rows, strict=True))
    assert figures.size == size
    assert near(figures.mean, std.fmean(totals))
    assert near(figures.median, std.median(totals))
    spread = slow_variance(totals) if size > 1 else None
    assert near(figures.deviation, None if spread is None else math.sqrt(spread))
    assert near(figures.skewness, slow_skewness(totals) if size > 2 and spread else None)
    assert near(figures.kurtosis, slow_kurtosis(totals) if size > 3 and spread else None)
    alpha = None
    if spread and len(positions) > 1:
        inner = sum(slow_variance(marks) for marks in positions)
        alpha = 100 * Fraction(len(positions), len(positions) - 1) * (1 - inner / spread)
    assert near(figures.consistency, alpha)
    ratio = None if alpha is None else 100 * math.sqrt(1 - alpha / 100)
    assert near(figures.error_ratio, ratio)
    assert near(figures.standard_error, None if ratio is None else ratio * math.sqrt(spread) / 100)


def slow_skewness(totals):
    size = len(totals)
    k2 = size * slow_moment(totals, 2) / (size - 1)
    k3 = size**2 * slow_moment(totals, 3) / ((size - 1) * (size - 2))
    return float(k3) / float(k2) ** 1.5


def slow_kurtosis(totals):
    size, m2, m4 = len(totals), slow_moment(totals, 2), slow_moment(totals, 4)
    k2 = size * m2 / (size - 1)
    k4 = size**2 * ((size + 1) * m4 - 3 * (size - 1) * m2**2) / ((size - 1) * (size - 2) * (size - 3))
    return float(k4 / k2**2)


@given(papers(least=2))
@settings(max_examples=EXAMPLES)
def test_the_figures_of_each_question_are_those_of_the_definitions(rows):
    sample, totals, positions = sample_of(rows), [sum(row) for row in rows], list(zip(*rows, strict=True))
    paper = Fraction(len(positions))
    weights = statistics.effective_weights(sample.positions)
    with_total = [slow_covariance(marks, totals) for marks in positions]
    whole = math.fsum(math.sqrt(value) for value in with_total if value >= 0)
    for at, marks in enumerate(positions):
        found = statistics.item_figures(sample.questions[f"q{at}"], paper=paper, effective_weight=weights[at])
        rests = [total - mark for total, mark in zip(totals, marks, strict=True)]
        common, spread, rest_spread = slow_covariance(marks, rests), slow_variance(marks), slow_variance(rests)
        most = slow_covariance(sorted(marks), sorted(rests))
        both = math.sqrt(spread * rest_spread)
        assert near(found.facility, 100 * std.fmean(marks))
        assert near(found.deviation, 100 * math.sqrt(spread))
        assert near(found.intended_weight, 100 / len(positions))
        assert near(found.discrimination, 100 * common / both if both else None)
        assert near(found.efficiency, 100 * common / most if most else None)
        has_weight = whole and with_total[at] >= 0
        assert near(found.effective_weight, 100 * math.sqrt(with_total[at]) / whole if has_weight else None)


@given(papers(), st.randoms(use_true_random=False))
def test_samples_merge_in_any_parts_and_order(rows, rng):
    whole, parts = sample_of(rows), Sample()
    shuffled = rng.sample(rows, len(rows))
    cut = rng.randint(0, len(rows))
    parts.merge(sample_of(shuffled[:cut]))
    parts.merge(sample_of(shuffled[cut:]))
    assert parts == whole


def test_memory_does_not_grow_with_the_attempts():
    sample = Sample()
    for _ in range(5000):
        for row in ([1, 0], [1, 1], [0, 0]):
            sample.merge(sample_of([[Fraction(mark) for mark in row]]))
    assert sample.size == 15000
    assert len(sample.totals) == 3
    assert sum(map(len, sample.positions.values())) == 6


def test_a_hundred_thousand_attempts_far_from_nought_lose_no_digit():
    """Where sums of squares as floats cancel to nothing: totals near a million that differ by a thousandth."""
    low, high = Fraction(1_000_000), Fraction(1_000_000_001, 1000)
    spread = statistics.variance({low: 50_000, high: 50_000})
    assert spread == Fraction(1, 4_000_000) * Fraction(100_000, 99_999)


def test_worked_example():
    """Five people, three questions, by hand. T: 3 2 2 1 0, mean 8/5, sum of squares 5.2, so V(T) = 1.3.

    V of the marks: 0.2 (4 of 5 right), 0.3 (3 of 5), 0.2 (1 of 5); alpha = 3/2 (1 - 0.7/1.3) = 69.23 %.
    Question 2 (1 1 0 1 0) with the rest (2 1 2 0 0): C = 0.5, V(X) = 1; sorted as well (0 0 1 1 1, 0 0 1 2 2): C = 0.5.
    """
    rows = [[1, 1, 1], [1, 1, 0], [1, 0, 1], [0, 1, 0], [0, 0, 0]]
    sample = sample_of([[Fraction(mark) for mark in row] for row in rows])
    figures = statistics.quiz_figures(sample)
    assert (figures.mean, figures.median) == (1.6, 2)
    assert figures.deviation == pytest.approx(math.sqrt(1.3))
    second = statistics.item_figures(sample.questions["q1"], paper=Fraction(3))
    rests = [2, 1, 2, 0, 0]
    marks = [1, 1, 0, 1, 0]
    assert second.facility == 60
    assert second.discrimination == pytest.approx(100 * std.correlation(marks, rests))
    assert sum(weight for weight in statistics.effective_weights(sample.positions).values()) == pytest.approx(100)


def test_undefined_figures_are_none_not_errors():
    nobody = Sample()
    assert statistics.quiz_figures(nobody) is None
    same = sample_of([[Fraction(1), Fraction(1)]] * 40)
    figures = statistics.quiz_figures(same)
    assert (figures.deviation, figures.skewness, figures.kurtosis, figures.consistency) == (0, None, None, None)
    item = statistics.item_figures(same.questions["q0"], paper=Fraction(2))
    assert (item.facility, item.discrimination, item.efficiency) == (100, None, None)


def test_there_is_no_consistency_where_some_had_no_mark_at_a_position():
    sample = sample_of([[Fraction(1), Fraction(0)], [Fraction(0), Fraction(0)], [Fraction(1), Fraction(1)]])
    assert statistics.consistency(sample) is not None
    sample.add_total(Fraction(1))
    sample.add_mark(0, "q0", Fraction(1), Fraction(1))
    assert statistics.consistency(sample) is None


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 8)), min_size=1, max_size=12))
def test_the_exact_total_comes_back_from_its_rounded_score(shares):
    marks = [Fraction(min(part, whole), whole) for part, whole in shares]
    total, unit = sum(marks), math.lcm(*(mark.denominator for mark in marks))
    stored = Fraction(int(total * 1000), 1000)
    assert statistics.exact_total(stored, unit) == total


def test_beyond_a_thousand_parts_the_score_stands_for_the_total():
    assert statistics.exact_total(Fraction(333, 1000), 1001) == Fraction(333, 1000)


def test_the_histogram_counts_everybody_once():
    totals = {Fraction(0): 1, Fraction(1, 2): 2, Fraction(10): 4, Fraction(999, 100): 3}
    assert statistics.histogram(totals, 10) == [3, 0, 0, 0, 0, 0, 0, 0, 0, 7]


# --- a question that is worth more than one point ------------------------------------------------------------------
def test_figures_in_percent_are_the_same_whatever_a_question_is_worth():
    once = sampled(3, 1)
    found = statistics.item_figures(worth(2, once), most=Fraction(2), paper=Fraction(8), guess=Fraction(1, 4))
    assert found == statistics.item_figures(once, paper=Fraction(4), guess=Fraction(1, 4))
    assert (found.size, found.facility, found.deviation, found.guess, found.intended_weight) == (4, 75, 50, 25, 25)


def test_of_one_answer_there_is_no_spread():
    assert statistics.item_figures(sampled(1, 0), paper=Fraction(4)).deviation is None


@pytest.mark.parametrize(
    "mark, weight, total, paper, rest",
    [
        (Fraction(1), 1, Fraction(4), 7, Fraction(1, 2)),
        (Fraction(1, 2), 2, Fraction(4), 6, Fraction(3, 4)),
        (Fraction(0), 3, Fraction(5), 8, Fraction(1)),
        (Fraction(1), 3, Fraction(3), 3, Fraction(0)),  # nothing else is on the paper
    ],
)
def test_the_rest_of_the_paper_is_a_share_whatever_the_paper_was_worth(mark, weight, total, paper, rest):
    assert statistics.beside_the_rest(mark, weight, total, paper) == (mark, mark + rest)


# --- languages -----------------------------------------------------------------------------------------------------
def by_marks(right: int, wrong: int, rest: Fraction):
    return {(Fraction(1), 1 + rest): right, (Fraction(0), rest): wrong}


def test_a_question_that_is_harder_for_equally_able_people_stands_out():
    polish, latvian = sampled(80, 20), sampled(40, 60)
    found = statistics.gap(latvian, polish, paper=Fraction(5))
    assert found.points == pytest.approx(40)
    assert found.surely
    assert statistics.gap(polish, latvian, paper=Fraction(5)).points == pytest.approx(-40)


def test_people_who_are_weaker_everywhere_make_no_translation_fault():
    strong, weak = sampled(80, 20, Fraction(4)), sampled(40, 60, Fraction(12, 5))
    assert statistics.gap(weak, strong, paper=Fraction(5)).points == pytest.approx(0)


def test_that_holds_on_a_paper_of_two_questions_too():
    strong, weak = sampled(80, 20, Fraction(4, 5)), sampled(40, 60, Fraction(2, 5))
    assert statistics.gap(weak, strong, paper=Fraction(2)).points == pytest.approx(0)


@pytest.mark.parametrize("right, surely", [(59, False), (60, True)])
def test_a_gap_is_sure_where_chance_gives_it_less_than_once_in_a_hundred(right, surely):
    """100 answers each: a standard error of 7 percent points, so 18 of them are not enough."""
    easier, harder = sampled(right, 100 - right), sampled(100 - right, right)
    assert statistics.gap(harder, easier, paper=Fraction(5)).surely is surely


@pytest.mark.parametrize("points", [1, 2])
def test_where_a_question_is_the_whole_paper_there_is_no_rest_to_compare_with(points):
    polish, latvian = (worth(points, sampled(*given, Fraction(0))) for given in ((80, 20), (40, 60)))
    found = statistics.gap(latvian, polish, paper=Fraction(points), most=Fraction(points))
    assert found.points == pytest.approx(40)


def test_what_a_question_is_worth_makes_no_gap():
    polish, latvian = worth(2, sampled(80, 20)), worth(2, sampled(40, 60))
    found = statistics.gap(latvian, polish, paper=Fraction(10), most=Fraction(2))
    assert found.points == pytest.approx(40)


def test_a_gap_of_a_few_answers_is_chance():
    assert not statistics.gap(sampled(2, 3), sampled(3, 2), paper=Fraction(5)).surely
    assert statistics.gap(sampled(1, 0), sampled(3, 2), paper=Fraction(5)) is None


def sampled(right, wrong, rest=Fraction(3)):
    from collections import Counter

    return Counter(by_marks(right, wrong, rest))


def worth(points, pairs):
    """The same answers where each question gives so many points."""
    return {(points * mark, points * total): times for (mark, total), times in pairs.items()}


# --- answers -------------------------------------------------------------------------------------------------------
def offered(asked):
    return types.get(asked.type).offered(asked)


def random_guess(asked, *, partial):
    return types.get(asked.type).random_guess(asked, partial=partial)


def test_answers_are_told_apart_part_by_part():
    assert list(types.get("multiple").choices({"chosen": ["a", "c"]})) == [Choice("a"), Choice("c")]
    assert list(types.get("matching").choices({"pairs": {"p0": "p1"}})) == [Choice("p0", "p1")]
    assert list(types.get("ordering").choices({"order": ["i1", "i0"]})) == [Choice("i1", "1"), Choice("i0", "2")]
    assert list(types.get("judgement").choices({"best": "r1", "worst": "r0"})) == [
        Choice("r1", "best"),
        Choice("r0", "worst"),
    ]
    assert list(types.get("rating").choices({"rated": {"r0": 5}})) == [Choice("r0", "5")]


def test_words_somebody_wrote_are_never_counted():
    assert list(types.get("shorttext").choices({"text": "my own words"})) == []
    assert offered(question("reflection")) == []


def test_what_was_offered_says_what_is_right():
    single = offered(question("single", False, True))
    assert [(one.name, one.is_right) for one in single] == [("A", False), ("B", True)]
    matching = offered(question("matching", parts=pairs(2)))
    assert [(one.choice.given, one.choice.taken) for one in matching if one.is_right] == [("p0", "p0"), ("p1", "p1")]
    ordering = offered(question("ordering", parts=items(3)))
    assert [one.text for one in ordering if one.is_right] == ["1. Item 0", "2. Item 1", "3. Item 2"]
    judged = offered(SAMPLES["judgement"])
    right = [(one.choice.given, one.choice.taken, one.said) for one in judged if one.is_right]
    assert right == [("r0", "best", "Works best"), ("r1", "worst", "Works worst")]
    rated = offered(SAMPLES["rating"])
    assert [(one.choice.given, one.choice.taken) for one in rated if one.is_right] == [
        ("r0", "5"),
        ("r1", "1"),
        ("r2", "3"),
    ]
    assert letter(26) == "27"


@pytest.mark.parametrize(
    "asked, partial, expected",
    [
        (question("single", True, False, False, False), True, Fraction(1, 4)),
        (question("truefalse", True, False), True, Fraction(1, 2)),
        (question("matching", parts=pairs(3)), True, Fraction(1, 3)),
        (question("matching", parts=pairs(3)), False, Fraction(1, 27)),
        (question("ordering", parts=items(4)), True, Fraction(1, 4)),
        (question("ordering", parts=items(4)), False, Fraction(1, 24)),
        (question("multiple", True, True, False), True, None),
        (question("reflection"), True, None),
    ],
)
def test_the_random_guess_score(asked, partial, expected):
    assert random_guess(asked, partial=partial) == expected


JUDGED = {"parts": responses_of(5, 1, 3)}
SAMPLES = {
    "single": question("single", True, False),
    "truefalse": question("truefalse", True, False),
    "multiple": question("multiple", True, True, False),
    "matching": question("matching", parts=pairs(3)),
    "ordering": question("ordering", parts=items(3)),
    "judgement": question("judgement", **JUDGED),
    "rating": question("rating", **JUDGED),
    "shorttext": question("shorttext", parts=answers(("calm", "normalised", 100))),
    "numeric": question("numeric", parts=numbers(("1", "0", "absolute", 100))),
    "essay": question("essay", parts=criteria(2)),
    "reflection": question("reflection"),
}


@pytest.mark.parametrize("partial", [True, False])
@given(st.data())
@settings(max_examples=EXAMPLES)
def test_a_guess_at_a_judgement_is_the_mean_of_all_answers_there_could_be(partial, data):
    kind = data.draw(st.sampled_from(["judgement", "rating"]))
    weights = data.draw(st.lists(st.integers(1, 5), min_size=3, max_size=4).filter(lambda some: len(set(some)) > 1))
    asked = question(kind, parts=responses_of(*weights))
    if kind == "judgement":
        given = [{"best": best, "worst": worst} for best, worst in permutations(asked.keys, 2)]
    else:
        steps = product(range(1, 6), repeat=len(weights))
        given = [{"rated": dict(zip(asked.keys, row, strict=True))} for row in steps]
    marks = [types.get(kind).mark(asked, answer, partial=partial) for answer in given]
    assert random_guess(asked, partial=partial) == sum(marks) / len(marks)


ENDS = [("best", "Works best"), ("worst", "Works worst")]
STEPS = list(enumerate(("makes it worse", "hardly helps", "helps a little", "works well", "works best"), 1))
OFFERED = {
    "single": [("A", "Option 0", "a", "", ""), ("B", "Option 1", "b", "", "")],
    "truefalse": [("A", "Option 0", "a", "", ""), ("B", "Option 1", "b", "", "")],
    "multiple": [("A", "Option 0", "a", "", ""), ("B", "Option 1", "b", "", ""), ("C", "Option 2", "c", "", "")],
    "matching": [
        ("", f"Left {left} → Right {right}", f"p{left}", f"p{right}", "") for left in range(3) for right in range(3)
    ],
    "ordering": [("", f"{at}. Item {item}", f"i{item}", str(at), "") for item in range(3) for at in (1, 2, 3)],
    "judgement": [("ABC"[at], f"Response {at}", f"r{at}", end, words) for at in range(3) for end, words in ENDS],
    "rating": [
        ("", f"Response {at}", f"r{at}", str(step), f"{step}: {words}") for at in range(3) for step, words in STEPS
    ],
}


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_each_choice_of_each_type_is_offered_once_by_its_name_and_words(kind):
    found = offered(SAMPLES[kind])
    assert [(one.name, one.text, one.choice.given, one.choice.taken, one.said) for one in found] == OFFERED.get(
        kind, []
    )
    assert {one.is_option for one in found} <= {kind in ("single", "truefalse", "multiple")}


@given(any_answer())
@settings(max_examples=EXAMPLES)
def test_what_somebody_answered_is_among_what_was_offered(pair):
    """Of any type, one that comes later too: or its answers would be in no analysis."""
    asked, response = pair
    kind = types.get(asked.type)
    there = [one.choice for one in kind.offered(asked)]
    assert len(there) == len(set(there))
    assert set(kind.choices(response)) <= set(there)
    assert bool(there) == bool(list(kind.choices(response)))


@given(any_answer())
@settings(max_examples=EXAMPLES)
def test_the_best_answer_is_made_of_what_is_right(pair):
    asked = pair[0]
    kind = types.get(asked.type)
    right = {one.choice for one in kind.offered(asked) if one.is_right}
    assert set(kind.choices(best(asked))) <= right


def test_every_type_has_a_random_guess_score_or_a_reason_why_not():
    without = {kind for kind in SAMPLES if random_guess(SAMPLES[kind], partial=True) is None}
    assert without == {"multiple", "shorttext", "numeric", "essay", "reflection"}
    reasons = {kind: types.get(kind).no_guess for kind in without}
    assert reasons.pop("multiple") == "No random guess score: how many options a guesser ticks is not known."
    assert set(reasons.values()) == {
        "No random guess score: words and numbers that people write are not chosen from anything."
    }


def test_each_formula_names_its_source():
    of_quiz = ("mean", "median", "deviation", "skewness", "kurtosis", "consistency", "error_ratio", "standard_error")
    of_item = ("facility", "deviation", "intended_weight", "effective_weights", "discrimination", "efficiency")
    named = {getattr(statistics, name) for name in of_quiz + of_item} | {QuestionType.random_guess}
    assert [one.__name__ for one in named if "Moodle, Quiz statistics calculations" not in one.__doc__] == []


def test_a_guess_at_an_ordering_is_right_by_the_mean_of_all_orders():
    asked = question("ordering", parts=items(4))
    for partial in (True, False):
        marks = [
            types.get("ordering").mark(asked, {"order": list(o)}, partial=partial) for o in permutations(asked.keys)
        ]
        assert sum(marks) / len(marks) == random_guess(asked, partial=partial)


# --- words ---------------------------------------------------------------------------------------------------------
def figures(**given):
    fields = {"size": 100, "facility": 60.0, "deviation": 49.0, "guess": 25.0, "intended_weight": 10.0}
    return ItemFigures(**fields | {"effective_weight": 9.0, "discrimination": 40.0, "efficiency": 50.0} | given)


def said(item, chosen=()):
    return " ".join(one.text % one.values for one in advice.on_question(item, chosen))


MISSED_BY_THE_ABLE = "People who do well elsewhere miss this: is the key right?"
MISSED_BY_ALL_ALIKE = "Those who know the subject miss it nearly as often as those who do not: look at the wording."


@pytest.mark.parametrize(
    "given, words",
    [
        ({}, ""),
        ({"facility": 95.0}, "Too easy: nearly everybody gets it right."),
        ({"facility": 95.0, "discrimination": -1.0}, "Too easy: nearly everybody gets it right."),
        ({"facility": 94.9}, ""),
        ({"facility": 25.0}, "Too hard: people do no better than by guessing."),
        ({"facility": 20.0, "guess": None}, "Too hard: hardly anybody gets it right."),
        ({"facility": 20.1, "guess": None}, ""),
        ({"discrimination": -0.1}, MISSED_BY_THE_ABLE),
        ({"discrimination": 0.0}, MISSED_BY_ALL_ALIKE),
        ({"discrimination": 20.0}, ""),
        ({"discrimination": None}, ""),
        ({"discrimination": -30.0, "size": 29}, ""),
        ({"discrimination": -30.0, "size": 30}, MISSED_BY_THE_ABLE),
    ],
)
def test_what_is_said_of_a_question(given, words):
    assert said(figures(**given)) == words


def test_an_easy_question_is_not_also_told_that_it_hardly_tells_people_apart():
    assert said(figures(facility=98.0, discrimination=3.0)) == "Too easy: nearly everybody gets it right."


def test_an_option_nobody_takes_is_named():
    chosen = [Chosen("A", True, 60, 70.0), Chosen("B", False, 40, 50.0), Chosen("C", False, 0, None)]
    assert said(figures(), chosen) == "Option C is never chosen."


def test_a_right_option_nobody_takes_is_no_bad_distractor():
    assert "Option A" not in said(figures(), [Chosen("A", True, 0, None), Chosen("B", False, 100, 50.0)])


def test_a_wrong_option_of_the_best_people_is_named():
    right, wrong = Chosen("A", True, 60, 60.0), Chosen("B", False, 40, 60.1)
    assert said(figures(), [right, wrong]) == (
        "Those who choose option B do better on the whole than those who are right: is the key right?"
    )
    assert said(figures(), [right, Chosen("B", False, 40, 60.0)]) == ""
    assert said(figures(), [right, Chosen("B", False, 9, 90.0)]) == ""
    assert said(figures(), [right, Chosen("B", False, 10, 90.0)]) != ""


POORLY = "The questions hang together poorly: the same people could reach quite another score next time."
FAIRLY = "The questions hang together fairly well. Better ones would make the score surer."
WELL = "The questions hang together well: the score can be relied on."


@pytest.mark.parametrize("alpha, words", [(63.9, POORLY), (64.0, FAIRLY), (74.9, FAIRLY), (75.0, WELL)])
def test_what_is_said_of_the_quiz(alpha, words):
    of_quiz = statistics.QuizFigures(size=30, mean=5, median=5, consistency=alpha)
    assert advice.on_quiz(of_quiz) == [advice.Advice(words)]


def test_nothing_is_said_of_a_quiz_with_few_answers():
    assert advice.on_quiz(statistics.QuizFigures(size=29, mean=5, median=5, consistency=10)) == []
    assert advice.on_quiz(statistics.QuizFigures(size=30, mean=5, median=5)) == []


@pytest.mark.parametrize(
    "expected, facility, size, words",
    [
        (80.0, 49.6, 30, "50% get it right, 80% were expected."),
        (74.9, 95.2, 30, "95% get it right, 75% were expected."),
        (80.0, 80.4, 30, ""),
        (80.0, 60.0, 30, ""),  # 20 percent points are no surprise yet
        (80.0, 10.0, 29, ""),
    ],
)
def test_what_is_said_where_people_do_otherwise_than_the_author_thought(expected, facility, size, words):
    found = advice.on_expectation(expected, figures(facility=facility, size=size))
    assert [one.text % one.values for one in found] == ([words] if words else [])


def test_what_is_said_of_a_question_that_is_harder_in_one_language():
    values = {"harder": "Latvian", "low": 40, "easier": "Polish", "high": 70}
    one = advice.in_one_language(values, with_figures=True)
    assert one.text % one.values == "Much harder in one language (Latvian: 40%, Polish: 70%): check the translation."
    bare = advice.in_one_language(values, with_figures=False)
    assert bare.text % bare.values == (
        "Much harder in one language (Latvian) than in another (Polish): check the translation."
    )
