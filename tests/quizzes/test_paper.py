from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assessments.quizzes.rules.paper import Draw, asked_at_least, draw, order, surely_asked
from assessments.quizzes.rules.question import Question
from assessments.quizzes.rules.sections import Section

OBJECTIVES = ["CALM-1", "CALM-2", "CALM-3"]
POOLS = st.lists(st.sampled_from(OBJECTIVES), min_size=1, max_size=25).map(
    lambda names: [Question(key=f"q{at:02}", type="single", stem="", objective=name) for at, name in enumerate(names)]
)
SEEDS = st.text(max_size=8)


@given(POOLS, st.integers(1, 12), st.integers(0, 2), SEEDS)
def test_a_module_quiz_draws_n_with_at_least_so_many_of_each_objective(pool, count, least, seed):
    spec = Draw(count=count, per_objective_min=least)
    assume(count <= len(pool) and not spec.lacking(pool))
    assume(least * len({question.objective for question in pool}) <= count)
    keys = draw(pool, spec, seed=seed, seen={})
    chosen = Counter(question.objective for question in pool if question.key in keys)
    assert len(keys) == len(set(keys)) == count
    assert all(chosen[name] >= least for name in {question.objective for question in pool})


@given(POOLS, st.dictionaries(st.sampled_from(OBJECTIVES), st.integers(1, 3), min_size=1), SEEDS)
def test_a_final_draws_exactly_n_of_each_objective_it_names(pool, wanted, seed):
    spec = Draw(per_objective=wanted)
    assume(not spec.lacking(pool))
    keys = draw(pool, spec, seed=seed, seen={})
    assert Counter(question.objective for question in pool if question.key in keys) == wanted


@given(POOLS, SEEDS, st.integers(1, 5))
def test_the_same_seed_gives_the_same_paper_however_the_pool_is_sorted(pool, seed, count):
    spec = Draw(count=count)
    assert draw(pool, spec, seed=seed, seen={}) == draw(pool[::-1], spec, seed=seed, seen={})


@given(POOLS, SEEDS, st.integers(1, 10), st.data())
def test_questions_not_met_yet_come_before_those_met(pool, seed, count, data):
    seen = Counter(data.draw(st.lists(st.sampled_from([question.key for question in pool]))))
    keys = draw(pool, Draw(count=count), seed=seed, seen=seen)
    left = [question.key for question in pool if question.key not in keys]
    assert all(seen[drawn] <= seen[other] for drawn in keys for other in left)


@given(POOLS, SEEDS)
def test_without_a_number_all_questions_are_asked(pool, seed):
    assert sorted(draw(pool, Draw(), seed=seed, seen={})) == [question.key for question in pool]


@given(POOLS, SEEDS)
def test_unshuffled_questions_keep_the_order_of_the_pool(pool, seed):
    keys = draw(pool, Draw(count=5), seed=seed, seen={}, shuffled=False)
    assert keys == sorted(keys)


def test_other_seeds_give_other_papers():
    pool = [Question(key=f"q{at:02}", type="single", stem="", objective="CALM-1") for at in range(20)]
    assert len({tuple(draw(pool, Draw(count=5), seed=str(seed), seen={})) for seed in range(30)}) > 20


def test_what_a_pool_lacks_is_named_by_objective():
    pool = [Question(key="a", type="single", stem="", objective="CALM-1")]
    assert Draw(per_objective={"CALM-1": 2, "SAFE-3": 1}).lacking(pool) == {"CALM-1": 1, "SAFE-3": 1}
    assert Draw(count=1, per_objective_min=2).lacking(pool) == {"CALM-1": 1}
    assert Draw(count=1, per_objective_min=1).lacking(pool) == {}


MIXED = st.lists(
    st.tuples(st.sampled_from(OBJECTIVES), st.sampled_from(["single", "reflection"])), min_size=1, max_size=12
).map(
    lambda rows: [Question(key=f"q{at:02}", type=kind, stem="", objective=name) for at, (name, kind) in enumerate(rows)]
)
DRAWS = st.one_of(
    st.just(Draw()),
    st.builds(Draw, count=st.integers(1, 12), per_objective_min=st.integers(0, 2)),
    st.builds(Draw, per_objective=st.dictionaries(st.sampled_from(OBJECTIVES), st.integers(1, 3), min_size=1)),
)


@given(MIXED, DRAWS, SEEDS)
def test_each_paper_asks_what_is_surely_asked_and_the_least_lucky_one_no_more(pool, spec, seed):
    asked = {question.objective for question in pool}
    assume(not spec.lacking(pool))
    assume(spec.count is None or spec.per_objective_min * len(asked) <= spec.count <= len(pool))
    for name, least in surely_asked(pool, spec).items():
        scored = {question.key for question in pool if question.objective == name and question.type == "single"}
        assert len(scored & set(draw(pool, spec, seed=seed, seen={}))) >= least
        assert len(scored & set(draw(pool, spec, seed=seed, seen=dict.fromkeys(scored, 1)))) == least


ASKED = [
    ("CALM-1", "single"),
    ("CALM-1", "single"),
    ("CALM-1", "reflection"),
    ("CALM-2", "single"),
    ("CALM-2", "single"),
]
FIVE = [Question(key=f"q{at}", type=kind, stem="", objective=name) for at, (name, kind) in enumerate(ASKED)]


@pytest.mark.parametrize(
    "spec, least",
    [
        (Draw(), {"CALM-1": 2, "CALM-2": 2}),  # all of them: a reflection is not scored
        (Draw(count=5), {"CALM-1": 2, "CALM-2": 2}),
        (Draw(count=4), {"CALM-1": 1, "CALM-2": 1}),
        (Draw(count=2), {"CALM-1": 0, "CALM-2": 0}),  # both could be of the other objective
        (Draw(count=2, per_objective_min=1), {"CALM-1": 0, "CALM-2": 1}),
        (Draw(per_objective={"CALM-1": 3}), {"CALM-1": 2}),
        (Draw(per_objective={"CALM-1": 1, "CALM-2": 1}), {"CALM-1": 0, "CALM-2": 1}),
    ],
)
def test_the_least_that_is_surely_asked_leaves_out_what_could_be_another_question(spec, least):
    assert surely_asked(FIVE, spec) == least


def test_what_sections_surely_ask_adds_up():
    parts = [Section("s1", "", ("q0", "q1", "q3"), 2), Section("s2", "", ("q2", "q4"))]
    assert surely_asked(FIVE, Draw(), parts) == {"CALM-1": 1, "CALM-2": 1}


def test_a_paper_of_two_may_ask_nothing_that_counts_where_two_are_not_scored():
    pool = [Question(key=f"q{at}", type=kind, stem="") for at, kind in enumerate(["single"] * 3 + ["reflection"] * 2)]
    found = {count: asked_at_least(pool, Draw(count=count), ()) for count in (1, 2, 3, 5)}
    assert found == {1: 0, 2: 0, 3: 1, 5: 3}


def test_an_objective_that_the_pool_has_nothing_of_gives_no_question():
    assert draw(FIVE[3:4], Draw(per_objective={"GONE": 1, "CALM-2": 1}), seed="", seen={}) == ["q3"]


# --- the parts of a question ---------------------------------------------------------------------------------------
def question_of(kind: str, **more) -> Question:
    parts = tuple({"key": key, "text": key, "left": key, "right": key} for key in "abcd")
    return Question("q", kind, "", parts, **more)


@given(st.sampled_from(["single", "multiple", "truefalse", "judgement", "rating"]), SEEDS)
def test_options_keep_their_order_where_the_question_or_the_quiz_says_so(kind, seed):
    assert order(question_of(kind, keeps_order=True), seed=seed) == list("abcd")
    assert order(question_of(kind), seed=seed, shuffled=False) == list("abcd")


@given(st.sampled_from(["ordering", "matching"]), st.booleans(), st.booleans())
def test_what_would_give_the_answer_away_is_shuffled_whatever_anybody_says(kind, keeps_order, shuffled):
    question = question_of(kind, keeps_order=keeps_order)
    seen = {tuple(order(question, seed=str(seed), shuffled=shuffled)) for seed in range(20)}
    assert len(seen) > 1


def test_each_person_has_an_order_of_options_of_their_own():
    assert len({tuple(order(question_of("single"), seed=str(seed))) for seed in range(20)}) > 5
