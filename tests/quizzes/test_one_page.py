"""A quiz with all its questions on one page."""

import html
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes import actions
from assessments.quizzes.models import Answer, QuizAttempt
from assessments.quizzes.rules import form_keys, one_page
from assessments.quizzes.rules.one_page import Kept, is_new
from assessments.quizzes.rules.question import Refused
from tests.quizzes.factories import enrolled, fields_for, quiz_version, right_fields, worst_response
from tests.quizzes.samples import best
from tests.quizzes.test_leaks import KINDS, assert_nothing_leaks

PAGES = st.uuids().map(lambda key: UUID(int=key.int & ~form_keys.COUNTED))
NUMBERS = st.integers(1, 50)
A, B, C = ({"chosen": [letter]} for letter in "abc")


# --- rules ---------------------------------------------------------------------------------------------------------
@given(PAGES, NUMBERS, NUMBERS, st.integers(0, 9), st.integers(0, 9))
def test_the_keys_of_one_page_are_told_apart_by_question_and_counted_like_the_form(page, one, other, first, later):
    keys = [one_page.key_of(UUID(int=page.int + count), one) for count in (first, later)]
    assert form_keys.is_later(keys[1], than=keys[0]) is (later > first)
    assert (one_page.key_of(UUID(int=page.int + first), other) == keys[0]) is (one == other)


def test_fields_of_one_question_are_not_those_of_another():
    posted = {"q1-answer": ["1"], "q11-answer": ["2"], "idem": ["x"]}
    assert one_page.part_of(posted, 1) == {"answer": ["1"]}
    assert one_page.part_of(posted, 11) == {"answer": ["2"]}


def test_only_names_of_fields_are_renamed():
    shown = {"name": "a", "text": "name", "unit": {"name": "u", "choices": [{"value": "1", "name": None}]}}
    unit = {"name": "q2-u", "choices": [{"value": "1", "name": None}]}
    assert one_page.renamed(shown, "q2-") == {"name": "q2-a", "text": "name", "unit": unit}
    assert one_page.renamed({"items": [{"name": "a"}, {"name": "b"}]}, "q2-") == {
        "items": [{"name": "q2-a"}, {"name": "q2-b"}]
    }


def page_key(page: int, count: int) -> UUID:
    return UUID(int=(page << 16) + count)


@pytest.mark.parametrize(
    "response, idem, kept, shown, news",
    [
        (A, (1, 1), [], None, True),
        (A, (1, 1), [(A, (1, 1))], None, False),  # the same form again
        (A, (1, 2), [(A, (1, 1))], None, False),  # something else was chosen on the page
        (B, (1, 2), [(A, (1, 1))], None, True),
        (A, (1, 3), [(A, (1, 1)), (B, (1, 2))], None, True),  # back to what it was
        (A, (1, 1), [(B, (1, 2))], None, False),  # travelled slowly
        (A, (2, 0), [(A, (1, 1)), (B, (1, 2))], A, False),  # another window, where nobody touched it
        (C, (2, 1), [(A, (1, 1)), (B, (1, 2))], A, True),
        (A, (2, 2), [(A, (1, 1)), (C, (2, 1))], A, True),  # touched here, and back
        (A, (1, 2), [(A, (1, 1)), (B, (2, 1))], None, False),  # chosen here, then another one elsewhere
    ],
)
def test_what_is_new_on_a_page_that_brings_everything(response, idem, kept, shown, news):
    known = [Kept(page_key(*key), old) for old, key in kept]
    assert is_new(response, page_key(*idem), known, shown) is news


def test_the_same_form_with_another_answer_is_out_of_date():
    with pytest.raises(Refused) as refused:
        is_new(B, page_key(1, 1), [Kept(page_key(1, 1), A)], None)
    out_of_date = "This page was out of date. Here is the current one; please answer again."
    assert (refused.value.message, refused.value.field) == (out_of_date, "")


CHOOSE, ELSEWHERE, RELOAD = "choose", "elsewhere", "reload"


@given(
    st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from([CHOOSE, ELSEWHERE, RELOAD]), st.sampled_from("abc")))
)
def test_of_what_people_choose_in_two_windows_the_last_choice_counts(events):
    """Against a model: after each choice, here or at another question, a window sends all it shows."""
    kept: list[Kept] = []
    windows = [{"page": at, "count": 0, "value": "", "shown": None} for at in (1, 2)]
    last = ""
    for at, (number, event, letter) in enumerate(events):
        window = windows[number]
        if event == RELOAD:
            shown = kept[-1].response if kept else None
            windows[number] = {"page": 10 + at, "count": 0, "value": last, "shown": shown}
            continue
        if event == CHOOSE and letter != window["value"]:
            window["value"] = last = letter
        window["count"] += 1
        answer, key = {"chosen": [window["value"]]}, page_key(window["page"], window["count"])
        if window["value"] and is_new(answer, key, kept, window["shown"]):
            kept.append(Kept(key, answer))
    assert [one.response for one in kept[-1:]] == ([{"chosen": [last]}] if last else [])


# --- the page ------------------------------------------------------------------------------------------------------
@pytest.fixture
def browser(client_for, ana):
    return client_for(ana)


@pytest.fixture
def attempt(ana) -> QuizAttempt:
    mine = enrolled(ana, kinds=KINDS, one_page=True, pass_mark=50)
    return actions.start_attempt(enrolment=mine, version=quiz_version(mine))


def words(response) -> str:
    return html.unescape(response.content.decode())


def numbers(attempt) -> range:
    return range(1, len(attempt.keys) + 1)


def number_of(attempt, kind: str) -> int:
    return next(n for n in numbers(attempt) if attempt.quiz.question(attempt.keys[n - 1]).type == kind)


def opened(browser, attempt) -> dict[str, str]:
    """The hidden fields of the form as it is shown now."""
    text = words(browser.get(reverse("attempt-all", args=[attempt.key])))
    return {name: text.split(f'name="{name}" value="')[1].split('"')[0] for name in ("idem", "seen", "version")}


def filled(attempt, respond=best, only=None) -> dict:
    return {
        f"{one_page.prefix(number)}{name}": value
        for number in only or numbers(attempt)
        for name, value in fields_for(attempt, number, respond).items()
    }


def send(browser, attempt, form: dict, **more):
    return browser.post(reverse("answers", args=[attempt.key]), form, **more)


def test_every_question_stands_on_the_page_and_nothing_that_gives_one_away(browser, attempt):
    page = browser.get(reverse("attempt", args=[attempt.key]), follow=True)
    assert page.redirect_chain[-1][0] == reverse("attempt-all", args=[attempt.key])
    assert words(page).count("What do you do, S") == len(KINDS)
    assert_nothing_leaks(page)
    intro = words(browser.get(reverse("step", args=[attempt.enrolment.key, attempt.step_key])))
    assert "11 questions, all on one page." in intro


def test_one_form_saves_every_answer_and_leads_to_the_check_page(browser, attempt):
    saved = send(browser, attempt, opened(browser, attempt) | filled(attempt) | {"go": "check"}, follow=True)
    assert saved.redirect_chain[-1][0] == reverse("attempt-check", args=[attempt.key])
    assert "Every question has an answer." in words(saved)
    assert {str(row.question_key) for row in Answer.objects.all()} == set(attempt.keys)
    page = browser.get(reverse("attempt-all", args=[attempt.key]))
    assert_nothing_leaks(page)
    assert words(page).count(" checked") >= 3
    browser.post(reverse("hand-in", args=[attempt.key]))
    assert QuizAttempt.objects.get().waits  # for the mark of its essay


def test_the_same_form_twice_saves_once(browser, attempt):
    form = opened(browser, attempt) | filled(attempt)
    for _ in range(2):
        assert send(browser, attempt, form).status_code == 302
    assert Answer.objects.count() == len(KINDS)


def test_only_what_changed_is_saved_again(browser, attempt):
    send(browser, attempt, opened(browser, attempt) | filled(attempt))
    number = number_of(attempt, "single")
    changed = filled(attempt) | filled(attempt, worst_response, only=[number])
    send(browser, attempt, opened(browser, attempt) | changed)
    again = Answer.objects.filter(seq=2)
    assert [str(row.question_key) for row in again] == [attempt.keys[number - 1]]


def test_a_window_that_was_open_before_takes_nothing_back(browser, attempt):
    send(browser, attempt, opened(browser, attempt) | filled(attempt, worst_response, only=[1, 2]))
    early = opened(browser, attempt)
    send(browser, attempt, opened(browser, attempt) | filled(attempt, best, only=[1, 2]))
    send(browser, attempt, early | filled(attempt, worst_response, only=[1, 2]) | filled(attempt, best, only=[3]))
    now = attempt.answers_now()
    for number in (1, 2, 3):
        assert now[attempt.keys[number - 1]].response == best(attempt.quiz.question(attempt.keys[number - 1]))


def test_what_is_incomplete_is_told_and_the_rest_is_saved(browser, attempt):
    number = number_of(attempt, "matching")
    form = opened(browser, attempt) | filled(attempt, only=[n for n in numbers(attempt) if n != number])
    first = next(iter(right_fields(attempt, number)))
    page = send(browser, attempt, form | {f"{one_page.prefix(number)}{first}": "1"})
    assert page.status_code == 422
    assert f'href="#{one_page.prefix(number)}' in words(page)
    assert Answer.objects.count() == len(KINDS) - 1
    assert_nothing_leaks(page)


def test_an_answer_that_was_emptied_is_asked_for_again_and_stays(browser, attempt):
    number = number_of(attempt, "shorttext")
    send(browser, attempt, opened(browser, attempt) | filled(attempt, only=[number]))
    name = next(iter(filled(attempt, only=[number])))
    page = send(browser, attempt, opened(browser, attempt) | {name: ""})
    assert (page.status_code, Answer.objects.count()) == (422, 1)
    assert "Write a few words before you go on." in words(page)


def test_the_script_of_the_page_is_answered_with_the_time(browser, attempt):
    form = opened(browser, attempt) | filled(attempt, only=[1])
    said = send(browser, attempt, form, headers={"accept": "application/json"})
    assert said.json()["saved_at"]
    assert Answer.objects.count() == 1


def late(browser, attempt, form: dict, age: timedelta):
    """As the queue of a browser sends what waited for a network."""
    more = {"age": str(age // timedelta(milliseconds=1))}
    return send(browser, attempt, form | more, headers={"accept": "application/json"})


def test_what_waited_for_a_network_does_not_replace_what_was_chosen_elsewhere_since(browser, attempt):
    number = number_of(attempt, "single")
    key, other = attempt.keys[number - 1], next(n for n in numbers(attempt) if n != number)
    phone = opened(browser, attempt) | filled(attempt, worst_response, only=[number]) | filled(attempt, only=[other])
    send(browser, attempt, opened(browser, attempt) | filled(attempt, best, only=[number]))
    said = late(browser, attempt, phone, timedelta(hours=1))
    assert said.status_code == 409
    assert said.json() == {"refused": "You answered this question elsewhere since then, and that answer counts."}
    now = attempt.answers_now()
    assert now[key].response == best(attempt.quiz.question(key))
    assert attempt.keys[other - 1] in now, "what nobody answered elsewhere is saved"


def test_what_was_saved_and_lost_its_reply_is_not_called_saved_once_another_was_chosen_elsewhere(browser, attempt):
    number = number_of(attempt, "single")
    phone = opened(browser, attempt) | filled(attempt, worst_response, only=[number])
    assert "saved_at" in late(browser, attempt, phone, timedelta(minutes=2)).json()
    assert "saved_at" in late(browser, attempt, phone, timedelta(minutes=2)).json(), "nothing was chosen since"
    send(browser, attempt, opened(browser, attempt) | filled(attempt, best, only=[number]))
    said = late(browser, attempt, phone, timedelta(minutes=2))
    assert said.status_code == 409
    assert said.json() == {"refused": "You answered this question elsewhere since then, and that answer counts."}
    key = attempt.keys[number - 1]
    assert attempt.answers_now()[key].response == best(attempt.quiz.question(key))
    assert Answer.objects.count() == 2


def test_a_form_that_comes_again_by_its_button_leaves_what_was_answered_elsewhere_since(browser, attempt):
    """It is led on: a page that showed the older answers once more would save them with the next press."""
    number = number_of(attempt, "single")
    form = opened(browser, attempt) | filled(attempt, worst_response, only=[number])
    send(browser, attempt, form)
    send(browser, attempt, opened(browser, attempt) | filled(attempt, best, only=[number]))
    again = send(browser, attempt, form)
    assert (again.status_code, again["Location"]) == (302, reverse("attempt-check", args=[attempt.key]))
    assert attempt.answers_now()[attempt.keys[number - 1]].response == best(
        attempt.quiz.question(attempt.keys[number - 1])
    )
    assert Answer.objects.count() == 2


def test_what_waited_for_a_network_and_is_the_newest_counts(browser, attempt):
    number = number_of(attempt, "single")
    phone = opened(browser, attempt) | filled(attempt, best, only=[number])
    send(browser, attempt, opened(browser, attempt) | filled(attempt, worst_response, only=[number]))
    said = late(browser, attempt, phone, timedelta(0))
    assert (said.status_code, list(said.json())) == (200, ["saved_at"])
    key = attempt.keys[number - 1]
    assert attempt.answers_now()[key].response == best(attempt.quiz.question(key))


@pytest.mark.parametrize("broken", [{"idem": "x"}, {"idem": ""}])
def test_a_form_without_its_key_is_out_of_date_and_saves_nothing(browser, attempt, broken):
    page = send(browser, attempt, opened(browser, attempt) | filled(attempt) | broken)
    assert (page.status_code, Answer.objects.count()) == (422, 0)
    assert "This page was out of date." in words(page)


@pytest.mark.parametrize("seen", ["", "-1", "x", "9999999999", "٣"])
def test_a_number_nobody_could_have_seen_does_no_harm(browser, attempt, seen):
    assert send(browser, attempt, opened(browser, attempt) | filled(attempt) | {"seen": seen}).status_code == 302
    assert Answer.objects.count() == len(KINDS)


def test_save_and_leave_leads_to_the_step_and_a_single_question_to_its_place(browser, attempt):
    left = send(browser, attempt, opened(browser, attempt) | {"go": "leave"})
    assert left.url == reverse("step", args=[attempt.enrolment.key, attempt.step_key])
    assert browser.get(reverse("question", args=[attempt.key, 3])).url.endswith("/all/#question-3")


def test_after_handing_in_and_after_the_time_nothing_is_saved(browser, ana):
    mine = enrolled(ana, kinds=["single"], one_page=True, time_limit_minutes=30)
    attempt = actions.start_attempt(enrolment=mine, version=quiz_version(mine))
    form = opened(browser, attempt) | filled(attempt)
    begun = timezone.now() - timezone.timedelta(hours=2)
    QuizAttempt.objects.update(started_at=begun, deadline_at=begun)
    assert send(browser, attempt, form).status_code == 409
    assert "time" in words(browser.get(reverse("attempt-all", args=[attempt.key]))).lower()
    actions.hand_in(attempt=QuizAttempt.objects.get())
    assert send(browser, attempt, form).status_code == 409
    assert browser.get(reverse("attempt-all", args=[attempt.key])).url == reverse("result", args=[attempt.key])
    assert not Answer.objects.exists()


def test_saving_costs_as_much_for_eleven_questions_as_for_one(browser, attempt, assert_queries_at_most):
    form = opened(browser, attempt)
    with assert_queries_at_most(12):
        send(browser, attempt, form | filled(attempt))
    with assert_queries_at_most(12):
        browser.get(reverse("attempt-all", args=[attempt.key]))


@pytest.mark.parametrize("fields", [{}, {"one_page": True, "feedback": "immediate"}])
def test_other_quizzes_have_no_such_page(browser, ana, fields):
    mine = enrolled(ana, kinds=["single"], **fields)
    attempt = actions.start_attempt(enrolment=mine, version=quiz_version(mine))
    assert browser.get(reverse("attempt-all", args=[attempt.key])).url == reverse("attempt", args=[attempt.key])
    assert send(browser, attempt, {"idem": str(uuid4())}).status_code == 404


@pytest.mark.parametrize("role", ["obcy", "marek", "publisher", "auditor"])
def test_nobody_else_reads_or_answers_it(request, client_for, attempt, role):
    other = client_for(request.getfixturevalue(role))
    assert other.get(reverse("attempt-all", args=[attempt.key])).status_code == 404
    assert send(other, attempt, {}).status_code == 404
    assert client_for(None).get(reverse("attempt-all", args=[attempt.key])).status_code == 302
    assert other.get(reverse("answers", args=[attempt.key])).status_code == 405
