"""The content checks of lessons: by example, and what holds for any text."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.checks import messages, rules
from courses.checks.rules import ERROR, WARNING, Asked

WORD = st.text("abcdefghijklmnoprstuwyząćęłńóśźżāčēģīķļņšūž", min_size=1, max_size=12)
TEXT = st.lists(st.lists(WORD, min_size=1, max_size=30).map(" ".join), min_size=1, max_size=8).map(". ".join)
QUESTION = st.builds(Asked, st.just("Q"), TEXT, st.lists(TEXT, max_size=3).map(tuple))


def prose(words: int, name: str = "a", sentence: int = 8) -> str:
    """That many short words, in sentences."""
    return " ".join(f"word{'.' if not at % sentence else ''}" for at in range(1, words + 1))


def concept(text: str, name: str = "c") -> dict:
    return {"id": name, "kind": "concept", "points": [], "heading": "Calm", "body": text}


def practise(stem: str, *options: str) -> dict:
    parts = [
        {"key": str(at), "text": text, "feedback": "Because.", "correct": not at} for at, text in enumerate(options)
    ]
    question = {"key": "k", "type": "single", "code": "Q-P", "stem": stem, "parts": parts, "points": []}
    return {"id": "q", "kind": "knowledge_check", "points": [], "key": "k", "question": question}


def codes(
    *blocks: dict, declared: float | None = None, language: str = "en", graded: tuple[Asked, ...] = ()
) -> list[str]:
    minutes = rules.minutes(blocks, language) if declared is None else declared
    return [found.code for found in rules.lesson(blocks, language=language, declared=minutes, graded=graded)]


QUESTION_BLOCK = practise("A customer sighs at the counter.", "Ask what happened", "Sigh as well")


def test_a_plain_lesson_with_a_question_is_left_in_peace():
    paragraphs = "".join(f"<p>{prose(48)}</p>" for _ in range(5))
    assert codes(concept(paragraphs), QUESTION_BLOCK) == []


def test_a_lesson_without_a_practice_question_is_told_so():
    assert codes(concept(f"<p>{prose(40)}</p>")) == ["no-practice"]


def test_an_empty_lesson_is_another_rules_business():
    assert codes(declared=5) == []


@pytest.mark.parametrize(("words", "found"), [(60, []), (61, ["paragraph-long"])])
def test_a_paragraph_has_at_most_sixty_words(words, found):
    body = f"<p>{prose(words)}</p>" * 4
    assert codes(concept(body), QUESTION_BLOCK) == found


def test_two_paragraphs_and_two_points_of_a_list_are_not_one():
    body = f"<p>{prose(40)}</p><ul><li>{prose(40)}</li><li>{prose(40)}</li></ul>"
    assert "paragraph-long" not in codes(concept(body), QUESTION_BLOCK)


@pytest.mark.parametrize("language", ["pl", "lv", "en"])
def test_long_sentences_and_long_words_are_found_in_each_language(language):
    most = rules.SENTENCE_MAX[language]
    long_sentences = "".join(f"<p>{prose(most + 3, sentence=most + 3)}.</p>" for _ in range(10))
    assert codes(concept(long_sentences), QUESTION_BLOCK, language=language) == ["sentences-long"]
    long_words = "".join("<p>Interdepartmental responsibilities multiply. </p>" for _ in range(30))
    assert codes(concept(long_words), QUESTION_BLOCK, language=language) == ["hard-to-read"]


def test_a_few_words_have_no_readability():
    assert "hard-to-read" not in codes(concept("<p>Interdepartmental responsibilities multiply.</p>"), QUESTION_BLOCK)


@pytest.mark.parametrize(("declared", "found"), [(4, []), (5, []), (7, ["minutes-off"]), (3, ["minutes-off"])])
def test_the_minutes_may_be_off_by_a_quarter(declared, found):
    body = "".join(f"<p>{prose(40)}</p>" for _ in range(17))
    blocks = (concept(body), QUESTION_BLOCK)
    assert 4 < rules.minutes(blocks, "en") < 5
    assert codes(*blocks, declared=declared) == found


def test_a_lower_heading_first_is_out_of_order_and_after_a_concept_in_order():
    card = {"id": "k", "kind": "job_aid", "points": [], "title": "Card", "items": ["Breathe"]}
    assert "heading-skipped" in codes(card, concept("<p>Calm.</p>"), QUESTION_BLOCK)
    assert "heading-skipped" not in codes(concept("<p>Calm.</p>"), card, QUESTION_BLOCK)


@pytest.mark.parametrize(
    ("picture", "silent"),
    [
        ('<img src="a.png">', 1),
        ('<img src="a.png" alt=" ">', 1),
        ('<embed embedtype="image" id="3" alt=""/>', 1),
        ('<img src="a.png" alt="A tidy desk">', 0),
        ('<embed embedtype="media" url="x"/>', 0),
    ],
)
def test_a_picture_says_in_words_what_it_shows(picture, silent):
    found = rules.lesson([concept(f"<p>{picture}</p>"), QUESTION_BLOCK], language="en", declared=1)
    assert sum(one.code == "alt-missing" and one.severity == ERROR for one in found) == silent


def test_the_same_question_practised_and_graded_is_an_error_and_a_near_one_advice():
    same = Asked("Q-G", "A customer sighs, at the counter", ("Sigh as well", "Ask what happened"))
    near = Asked("Q-G", "A customer sighs at the desk.", ("Sigh as well", "Ask what happened"))
    other = Asked("Q-G", "Somebody shouts.", ("Listen", "Shout as well"))
    assert [one.severity for one in rules._given_away([QUESTION_BLOCK], [other, same])] == [ERROR]
    assert [one.severity for one in rules._given_away([QUESTION_BLOCK], [other, near])] == [WARNING]
    assert list(rules._given_away([QUESTION_BLOCK], [other])) == []


def test_points_without_a_lesson_or_a_question_are_named():
    untaught, untested = rules.course(["S1-01", "S1-02"], taught=["S1-01", "S9-01"], tested=[])
    assert (untaught.code, untaught.params) == ("points-untaught", {"count": 1, "points": "S1-02"})
    assert untested.params["points"] == "S1-01 S1-02"
    assert rules.course(["S1-01"], taught=["S1-01"], tested=["S1-01"]) == ()


def test_each_finding_has_words_a_name_and_advice():
    of_lessons = set(messages.WORDS) - {"points-untaught", "points-untested"}
    assert of_lessons == set(messages.NAMES) == set(messages.HELP)


# --- for any text ---------------------------------------------------------------------------------------------------
@given(TEXT)
def test_lix_agrees_with_a_slow_count(text):
    counted = [word for word in text.replace(".", " ").split() if word]
    ends = [part for part in text.split(".") if part.strip()]
    mean, index = rules.lix(text)
    assert mean == pytest.approx(len(counted) / len(ends))
    assert index == pytest.approx(mean + 100 * len([word for word in counted if len(word) > 6]) / len(counted))


@given(QUESTION, QUESTION)
def test_likeness_is_mutual_full_with_itself_and_blind_to_order(one, other):
    assert rules.likeness(one, other) == rules.likeness(other, one)
    assert 0 <= rules.likeness(one, other) <= 1
    assert rules.likeness(one, one) == 1
    turned = Asked("Q", " ".join(reversed(one.stem.split())), tuple(reversed(one.options)))
    assert rules.likeness(one, turned) == 1


@given(st.lists(TEXT, min_size=1, max_size=5))
def test_paragraphs_are_what_was_put_between_tags(texts):
    assert rules.paragraphs("".join(f"<p><b>{text}</b></p>" for text in texts)) == texts


@given(st.lists(TEXT, min_size=1, max_size=4), TEXT)
def test_more_to_read_takes_longer(texts, more):
    blocks = [concept(f"<p>{text}</p>", str(at)) for at, text in enumerate(texts)]
    longer = [*blocks, concept(f"<p>{more}</p>", "more")]
    assert all(rules.minutes(longer, code) > rules.minutes(blocks, code) for code in rules.WORDS_PER_MINUTE)


@given(st.lists(TEXT, min_size=1, max_size=4), st.integers(1, 60), st.sampled_from(["pl", "lv", "en"]))
def test_the_minutes_are_found_off_exactly_when_they_are(texts, declared, language):
    blocks = [concept(f"<p>{text}</p>", str(at)) for at, text in enumerate(texts)]
    share = rules.minutes(blocks, language) / declared
    assert ("minutes-off" in codes(*blocks, declared=declared, language=language)) == (not 0.75 <= share <= 1.25)


@given(st.text(max_size=200))
def test_no_markup_breaks_the_reader(html):
    assert all(line == line.strip() != "" for line in rules.paragraphs(html))
    assert rules.silent_pictures(html) >= 0


@given(st.lists(st.sampled_from(["S1", "S2", "S3", "S4"])), st.lists(st.sampled_from(["S1", "S2", "S5"])))
def test_every_point_is_covered_or_named(wanted, taught):
    found = rules.course(wanted, taught=taught, tested=wanted)
    named = set(itertools.chain.from_iterable(str(one.params["points"]).split() for one in found))
    assert named == set(wanted) - set(taught)
