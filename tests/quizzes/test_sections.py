"""Papers in sections, and points that weigh: by example, and against slow oracles."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules.grading import Marked, by_objective, grade
from assessments.quizzes.rules.paper import draw_sections
from assessments.quizzes.rules.question import Question
from assessments.quizzes.rules.quiz import Given, Quiz, Review
from assessments.quizzes.rules.sections import BY, Section, Source, divided, missing
from tests.quizzes.samples import options

NAMES = {
    "code": st.sampled_from(["Q1", "Q2", "Q3", "Q4"]),
    "module": st.sampled_from(["calm", "safety"]),
    "objective": st.sampled_from(["CALM-1", "SAFE-1", ""]),
    "category": st.sampled_from(["calm", "talk", ""]),
    "sub_category": st.sampled_from(["breath", ""]),
}
TAGS = st.lists(st.sampled_from(["phone", "new"]), max_size=2).map(tuple)


@st.composite
def pools(draw):
    fields = st.fixed_dictionaries(NAMES | {"tags": TAGS})
    rows = draw(st.lists(fields, max_size=12, unique_by=lambda row: row["code"]))
    return [Question(key=f"q{at:02}", type="single", stem="", **row) for at, row in enumerate(rows)]


WORDS = ["Q1", "Q2", "Q4", "calm", "safety", "CALM-1", "SAFE-1", "talk / breath", "calm / ", "phone", ""]
SOURCES = st.lists(
    st.builds(
        Source, st.sampled_from(BY), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(tuple)
    ),
    min_size=1,
    max_size=4,
)


def filed_under(question: Question, source: Source) -> bool:
    """The same as Source.takes, word by word."""
    category, sub = question.category, question.sub_category
    match source.by:
        case "questions":
            return question.code in source.which
        case "objective":
            return question.objective != "" and question.objective in source.which
        case "module":
            return question.module in source.which
        case "tag":
            return any(tag in source.which for tag in question.tags)
        case "category":
            return (category != "" and category in source.which) or f"{category} / {sub}" in source.which
    raise AssertionError(source.by)


def keyed(pool):
    return [(question.key, question) for question in pool]


@given(pools(), SOURCES)
def test_every_question_that_a_section_takes_is_in_exactly_one(pool, sources):
    found = divided(sources, keyed(pool))
    counted = Counter(key for keys in found for key in keys)
    taken = {question.key for question in pool if any(filed_under(question, source) for source in sources)}
    assert counted == dict.fromkeys(taken, 1)


@given(pools(), SOURCES)
def test_it_is_in_the_first_that_names_it_else_in_the_first_that_takes_it(pool, sources):
    found = divided(sources, keyed(pool))
    for question in pool:
        takers = [at for at, source in enumerate(sources) if filed_under(question, source)]
        naming = [at for at in takers if sources[at].by == "questions"]
        here = [at for at, keys in enumerate(found) if question.key in keys]
        assert here == (naming or takers)[:1]


def test_a_question_goes_where_it_is_named_even_if_an_earlier_section_takes_its_objective():
    pool = [Question(key=code.lower(), type="single", stem="", code=code, objective="CALM-1") for code in ("Q1", "Q2")]
    assert divided([Source("objective", ("CALM-1",)), Source("questions", ("Q2",))], keyed(pool)) == [("q1",), ("q2",)]


def test_questions_that_are_named_stand_in_the_order_of_their_names():
    pool = [Question(key=code.lower(), type="single", stem="", code=code) for code in ("Q1", "Q2", "Q3")]
    assert divided([Source("questions", ("Q3", "Q1"))], keyed(pool)) == [("q3", "q1")]


def test_what_nothing_is_filed_under_is_named():
    pool = [Question(key="a", type="single", stem="", code="Q1", category="calm", sub_category="breath", tags=("new",))]
    assert missing(Source("questions", ("Q1", "Q2")), pool) == ["Q2"]
    assert missing(Source("category", ("calm", "calm / breath", "talk")), pool) == ["talk"]
    assert missing(Source("tag", ("old", "new")), pool) == ["old"]


def test_a_question_that_is_filed_nowhere_is_under_no_empty_name():
    nowhere = Question(key="a", type="single", stem="")
    assert not any(Source(by, ("",)).takes(nowhere) for by in BY)


@pytest.mark.parametrize("count, length, short", [(None, 2, 0), (1, 1, 0), (2, 2, 0), (5, 5, 3)])
def test_a_section_knows_its_length_and_what_it_lacks(count, length, short):
    section = Section("s", "", ("a", "b"), count)
    assert (section.length, section.short) == (length, short)


# --- drawing -------------------------------------------------------------------------------------------------------
POOL = [Question(key=f"q{at}", type="single", stem="", parts=options(True, False)) for at in range(8)]


@st.composite
def sections(draw):
    keys = draw(st.permutations([question.key for question in POOL]))
    cut = draw(st.integers(1, 7))
    found = []
    for at, own in enumerate((keys[:cut], keys[cut:])):
        count = draw(st.none() | st.integers(1, len(own)))
        found.append(Section(f"s{at}", f"Part {at}", tuple(own), count, draw(st.integers(1, 100))))
    return found


@given(sections(), st.text(max_size=4), st.booleans())
def test_the_paper_has_each_section_in_turn_with_its_number_of_questions(parts, seed, shuffled):
    keys = draw_sections(POOL, parts, seed=seed, seen={}, shuffled=shuffled)
    assert len(set(keys)) == len(keys) == sum(part.length for part in parts)
    for part in parts:
        mine, keys = keys[: part.length], keys[part.length :]
        assert set(mine) <= set(part.keys)
        assert shuffled or mine == [key for key in part.keys if key in mine]


@given(sections(), st.text(max_size=4))
def test_the_same_seed_gives_the_same_paper_and_one_section_never_moves_another(parts, seed):
    whole = draw_sections(POOL, parts, seed=seed, seen={})
    assert draw_sections(POOL[::-1], parts, seed=seed, seen={}) == whole
    assert draw_sections(POOL, parts[1:], seed=seed, seen={}) == whole[parts[0].length :]


def test_questions_change_places_within_their_section_unless_somebody_says_no():
    part = Section("s", "", tuple(question.key for question in POOL))
    assert len({tuple(draw_sections(POOL, [part], seed=str(at), seen={})) for at in range(10)}) > 5
    assert draw_sections(POOL, [part], seed="x", seen={}, shuffled=False) == list(part.keys)


def test_a_section_draws_what_the_person_has_not_met():
    parts = [Section("s", "", ("q0", "q1", "q2"), 1)]
    papers = {tuple(draw_sections(POOL, parts, seed=str(at), seen={"q0": 1, "q1": 1})) for at in range(10)}
    assert papers == {("q2",)}


# --- grading -------------------------------------------------------------------------------------------------------
WEIGHED = st.lists(
    st.builds(
        Marked,
        st.uuids().map(str),
        st.sampled_from(["calm", "safety"]),
        st.sampled_from(["A", "B"]),
        st.none() | st.fractions(0, 1, max_denominator=7),
        st.booleans(),
        st.integers(1, 9),
    ),
    max_size=15,
)


def repeated(items: list[Marked]) -> list[Marked]:
    """The slow way: a question of weight 3 is three questions of weight 1."""
    return [Marked(i.key, i.module, i.objective, i.mark, i.waits) for i in items for _ in range(i.weight)]


@given(WEIGHED, st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_a_weight_is_as_good_as_so_many_questions(items, pass_mark, module, objective):
    rules = {"pass_mark": pass_mark, "must_pass": {"safety": module}, "must_pass_objective": {"A": objective}}
    assert grade(items, **rules) == grade(repeated(items), **rules)
    assert by_objective(items) == by_objective(repeated(items))


@given(WEIGHED, st.integers(2, 5), st.integers(0, 100))
def test_weights_that_all_grow_alike_change_no_result(items, times, pass_mark):
    grown = [Marked(i.key, i.module, i.objective, i.mark, i.waits, times * i.weight) for i in items]
    rules = {"pass_mark": pass_mark, "must_pass": {"calm": 50}}
    one, other = grade(items, **rules), grade(grown, **rules)
    assert (one.passed, one.total.percent) == (other.passed, other.total.percent)
    assert other.total.maximum == times * one.total.maximum


def marked(mark, objective, weight=1):
    return Marked("k", "calm", objective, Fraction(mark), False, weight)


def test_an_objective_may_have_to_be_passed_by_itself():
    items = [marked(1, "A", 9), marked(0, "B")]
    assert grade(items, pass_mark=80, must_pass={}).passed
    result = grade(items, pass_mark=80, must_pass={}, must_pass_objective={"B": 1})
    assert (result.passed, result.objectives["B"].reached, result.total.reached) == (False, False, True)
    assert grade(items, pass_mark=80, must_pass={}, must_pass_objective={"B": 0, "C": 100}).passed


def test_heavy_questions_decide():
    assert grade([marked(1, "A", 4), marked(0, "B")], pass_mark=80, must_pass={}).passed
    assert not grade([marked(1, "A"), marked(0, "B", 4)], pass_mark=21, must_pass={}).passed


# --- a whole quiz --------------------------------------------------------------------------------------------------
def quiz(feedback="after_hand_in", sections=(), **rules) -> Quiz:
    pool = [{"key": q.key, "type": "single", "stem": "", "parts": list(q.parts)} for q in POOL]
    all_rules = {
        "pass_mark": 60, "must_pass": {}, "attempts": 2, "waits": [], "minutes": None, "feedback": feedback,
        "shuffle_questions": True, "shuffle_options": True, "partial_credit": True,
    }  # fmt: skip
    draw = {"count": None, "per_objective_min": 0, "per_objective": {}}
    body = {"pool": pool, "draw": draw, "rules": all_rules | rules, "objectives": {}, "modules": {}}
    return Quiz(body | ({"sections": list(sections)} if sections else {}))


TWO = (
    {"key": "s1", "title": "First", "keys": ["q1", "q0"], "count": None, "weight": 3},
    {"key": "s2", "title": "", "keys": ["q2", "q3", "q4"], "count": 2, "weight": 1},
)


def test_a_paper_in_sections_is_marked_by_their_points():
    divided_quiz = quiz(sections=TWO)
    paper = [entry["question"] for entry in divided_quiz.new_paper(seed="x", seen={})]
    assert divided_quiz.length == len(paper) == 4
    assert set(paper[:2]) == {"q0", "q1"}
    right = {key: Given(divided_quiz.question(key), {"chosen": ["a"]}) for key in paper[:1]}
    marks = divided_quiz.marked(paper, right)
    assert [item.weight for item in marks] == [3, 3, 1, 1]
    total = divided_quiz.grade(marks).total
    assert (total.points, total.maximum) == (3, 8)


def test_without_sections_every_question_gives_one_point():
    plain = quiz()
    assert (plain.sections, plain.weights, plain.length) == ([], {}, 8)
    assert quiz(sections=TWO).weights == {"q0": 3, "q1": 3}


def test_the_pass_mark_of_an_objective_is_part_of_the_rules():
    strict = quiz(must_pass_objective={"A": 100})
    assert not strict.grade([marked(1, "B", 9), marked(0, "A")]).passed
    assert quiz().grade([marked(1, "B", 9), marked(0, "A")]).passed


# --- what may be read afterwards -----------------------------------------------------------------------------------
ALL, VERDICTS, NOTHING = Review(), Review(explanations=False), Review(verdicts=False, explanations=False)


@pytest.mark.parametrize(
    "feedback, review, during, after",
    [
        ("after_hand_in", None, ALL, ALL),
        ("after_hand_in", "verdicts", VERDICTS, VERDICTS),
        ("after_hand_in", "score", NOTHING, NOTHING),
        ("after_last", None, Review(False, False, later=True), ALL),
        ("after_last", "verdicts", Review(False, False, later=True), VERDICTS),
        ("after_last", "score", NOTHING, NOTHING),
        ("immediate", "score", ALL, ALL),
    ],
)
def test_what_may_be_read_while_attempts_remain_and_when_none_does(feedback, review, during, after):
    told = quiz(feedback, **({"review": review} if review else {}))
    assert told.review(is_over=False) == during
    assert told.review(is_over=True) == after


@pytest.mark.parametrize("feedback, rules, whole", [
    ("after_hand_in", {"one_page": True}, True), ("after_last", {"one_page": True}, True),
    ("immediate", {"one_page": True}, False), ("after_hand_in", {}, False),
])  # fmt: skip
def test_all_on_one_page_only_where_nothing_is_explained_between(feedback, rules, whole):
    assert quiz(feedback, **rules).all_on_one_page is whole
