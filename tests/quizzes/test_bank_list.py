"""The list of the bank in the CMS: what stands beside a question, narrowing it, acts on many, what is kept."""

import html
import re
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes import actions
from assessments.quizzes.models import Question, QuizAttempt, QuizPage
from assessments.quizzes.models.questions import people_in_attempts
from assessments.quizzes.reports import bank
from courses.actions import publish_due
from courses.models import LessonPage, Publication, ReviewRules
from courses.models.going_live import MayNotBeDeleted, MayNotGoLive
from tests.factories import make_course, ready_site
from tests.quizzes.factories import BANK, enrolled, make_question, quiz_course, quiz_version
from tests.quizzes.test_analysis import Sitters

LIST = "wagtailsnippets_quizzes_question:list"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def roles_may_enter_the_cms(db):
    ready_site()


@pytest.fixture
def course(db):
    return quiz_course(kinds=["single", "multiple", "ordering"], languages=("pl", "en"))


def one(name: str = "S1", language: str = "en") -> Question:
    return Question.objects.get(code=f"SECRET-{name}", locale__language_code=language)


def desk(row: Question) -> bank.Desk:
    cache.clear()
    return bank.desks([row], timezone.localdate())[row.pk]


def listed(client, **narrowed) -> str:
    response = client.get(reverse(LIST), {"locale": "en"} | narrowed)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def codes(client, **narrowed) -> list[str]:
    return sorted(set(re.findall(r"SECRET-\w+", re.sub(r"<option.*?</option>", "", listed(client, **narrowed)))))


# --- what stands beside a question ---------------------------------------------------------------------------------
def test_a_question_leads_to_the_live_quizzes_that_may_draw_it(course):
    [use] = desk(one()).uses
    assert (use.title, use.is_quiz) == ("Quiz on calm (en)", True)
    assert f"/pages/{course.steps['en'][0].pk}/" in use.url


@pytest.mark.parametrize("fields", [{"module": "other", "objective": "O"}, {"bank": "another"}])
def test_what_no_quiz_draws_is_used_nowhere(course, fields):
    assert desk(make_question("S9", **fields)).uses == []


def lesson_with(question: Question):
    def add(module, language, key):
        block = {"type": "knowledge_check", "id": str(uuid4())}
        block["value"] = {"question": str(question.translation_key), "points": ""}
        page = LessonPage(title="Breathe", slug="breathe", locale=module.locale, translation_key=key, body=[block])
        return module.add_child(instance=page)

    return add


@pytest.fixture
def practised(db):
    question = make_question("P1", use="practice")
    make_course(BANK, lessons=0, languages=("en",), steps=[lesson_with(question)])
    return question


def test_a_practice_question_leads_to_the_lessons_that_show_it(practised):
    assert [use.title for use in desk(practised).uses] == ["Breathe"]


def told(row: Question) -> list[tuple[str, bool]]:
    return [(use.title, use.is_draft) for use in desk(row).uses]


def test_a_question_that_only_drafts_use_is_not_called_used_nowhere(course, client_for, publisher):
    make_question("S8", live=False)
    make_question("S9", module="other", objective="OTHER-1")
    quiz = course.steps["en"][0]
    quiz.title, quiz.pool_objectives = "Quiz, and more", [*quiz.pool_objectives, "OTHER-1"]
    quiz.save_revision()
    assert told(one()) == [("Quiz on calm (en)", False)]  # as learners have it: the draft asks it too
    assert told(one("S9")) == told(one("S8")) == [("Quiz, and more", True)]
    assert "No live quiz draws it." in desk(one("S9")).words
    browser = client_for(publisher)
    assert codes(browser, used="draft") == ["SECRET-S8", "SECRET-S9"]
    assert codes(browser, used="no") == []
    cell = re.search(r'<td class="bank-used">.*?</td>', listed(browser, used="draft", q="S9"), re.DOTALL).group()
    assert "Quiz, and more" in cell
    assert '<span class="note">draft</span>' in cell
    assert "nowhere" not in cell
    page = browser.get(reverse("question-export"), {"locale": "en", "used": "draft"}).content.decode()
    assert "2 questions, with their right answers" in page
    Question.objects.filter(code="SECRET-S8").update(retired_at=timezone.now())
    assert told(one("S8")) == []


def test_a_draft_question_that_a_live_quiz_would_draw_counts_on_it(course):
    assert told(make_question("S8", live=False)) == [("Quiz on calm (en)", True)]
    retired = make_question("S7", live=False, retired_at=timezone.now())
    assert told(retired) == []


def test_a_quiz_that_was_taken_down_is_a_draft(course):
    course.steps["en"][0].unpublish()
    assert told(one()) == [("Quiz on calm (en)", True)]
    assert told(one(language="pl")) == [("Quiz on calm (pl)", False)]


def test_a_practice_question_leads_to_the_drafts_of_lessons_that_name_it(practised, client_for, publisher):
    other = make_question("P2", use="practice")
    lesson = LessonPage.objects.get(title="Breathe")
    lesson.body[0].value["question"] = str(other.translation_key)
    lesson.save_revision()
    draft = make_question("P3", use="practice", live=False)
    lesson.body[0].value["question"] = str(draft.translation_key)
    assert told(draft) == []
    assert told(practised) == [("Breathe", False)]
    assert told(other) == [("Breathe", True)]
    assert codes(client_for(publisher), used="draft") == ["SECRET-P2"]


def test_every_language_says_how_far_it_is(course):
    row = one()
    row.stem = "Another?"
    row.save_revision()
    assert {state.code: state.state for state in desk(row).languages} == {
        "pl": "live",
        "lv": "missing",
        "en": "changed",
    }


def test_what_somebody_should_look_at_is_said_in_words(course, ela):
    row, today = one(), timezone.localdate()
    ela.is_active = False
    ela.save()
    Question.objects.filter(pk=row.pk).update(review_by=today - timedelta(days=1), owner=ela)
    make_question("S9", module="other", objective="OTHER-1")
    words = desk(one()).words
    assert any("was to be reviewed by" in text for text in words)
    assert "Its owner no longer looks after questions." in words
    assert any(text.startswith("Not live in every language: ") for text in words)
    assert "No live quiz draws it." not in words
    assert "No live quiz draws it." in desk(one("S9")).words
    Question.objects.filter(pk=row.pk).update(review_by=today, owner=None)
    assert not any("reviewed" in text or "owner" in text for text in desk(one()).words)


# --- figures -------------------------------------------------------------------------------------------------------
@pytest.fixture
def sitters(course, teams):
    return Sitters(course, teams.desk)


def slow_figures() -> dict[str, tuple[int, float]]:
    """By one question after the other, in memory: (answers, correlation with the share of the rest), first attempts."""
    pairs = defaultdict(list)
    for attempt in QuizAttempt.objects.filter(number=1, score__isnull=False):
        for item in attempt.marked:
            others = [other for other in attempt.marked if other.key != item.key and other.counts]
            whole = sum(other.weight for other in others)
            rest = sum((other.points for other in others), Fraction(0)) / whole if whole else Fraction(0)
            pairs[item.key].append((float(item.mark), float(rest)))
    return {key: (len(found), correlation(found)) for key, found in pairs.items()}


def correlation(pairs: list[tuple[float, float]]) -> float:
    xs, ys = zip(*pairs, strict=True)
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    common = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    spread = sum((x - mean_x) ** 2 for x in xs) * sum((y - mean_y) ** 2 for y in ys)
    return 100 * common / spread**0.5


def test_figures_are_those_of_counting_by_hand(sitters):
    for at, results in enumerate(("111", "110", "101", "010", "001", "110")):
        sitters.sit(["en", "pl"][at % 2], results)
    cache.clear()
    found, slow = bank.figures(), slow_figures()
    assert found.keys() == slow.keys()
    for key, (answers, facility, discrimination) in found.items():
        assert (answers, pytest.approx(discrimination, abs=0.2)) == slow[key]
        right = [item.mark for a in QuizAttempt.objects.all() for item in a.marked if item.key == key]
        assert facility == pytest.approx(float(100 * sum(right) / len(right)))


def test_a_second_attempt_does_not_count(sitters):
    for _ in range(5):
        first = sitters.sit("en", "111")
    sitters.sit("en", "000", enrolment=first.enrolment)
    assert (desk(one()).answers, desk(one()).facility) == (5, 100.0)


def test_of_fewer_than_five_people_only_their_number_is_said(sitters):
    for results in ("111", "000", "100", "110"):
        sitters.sit("en", results)
    assert (desk(one()).answers, desk(one()).facility, desk(one()).discrimination) == (4, None, None)


def test_two_people_who_met_it_in_three_quizzes_are_two_people(sitters):
    for first in (sitters.sit("en", "111"), sitters.sit("en", "000")):
        for _more in range(2):
            first.pk, first.key, first.step_key = None, uuid4(), uuid4()
            first.save()
    assert (desk(one()).answers, desk(one()).facility, desk(one()).discrimination) == (6, None, None)


def test_figures_are_kept_for_a_while(sitters):
    cache.clear()
    bank.figures()
    with CaptureQueriesContext(connection) as asked:
        bank.figures()
    assert len(asked) == 0


def test_the_list_costs_as_much_with_forty_questions_as_with_three(course, client_for, publisher):
    browser = client_for(publisher)
    listed(browser)
    counts, quiz = [], course.steps["en"][0]
    quiz.save_revision()
    for more in (1, 37):
        for at in range(more):
            make_question(f"M{more}-{at}", live=False)
            make_question(f"P{more}-{at}", live=False, use="practice")
            quiz.copy(update_attrs={"slug": f"quiz-{more}-{at}"}, keep_live=False)
        Question.objects.filter(live=False).update(owner=publisher)
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            listed(browser)
        counts.append(len(asked))
    assert counts[1] <= counts[0]


# --- narrowing -----------------------------------------------------------------------------------------------------
@pytest.fixture
def filed(course, ela):
    Question.objects.filter(code="SECRET-S1").update(
        category="keeping calm", sub_category="breathing", tags=["phone", "new"], owner=ela
    )
    make_question("S9", live=False, tags=["phone-2"], module="other", objective="OTHER-1")
    Question.objects.filter(code="SECRET-S9").update(retired_at=timezone.now())
    make_question("S8", live=False, category="talking")
    Question.objects.filter(code__in=["SECRET-S3", "SECRET-S9"]).update(review_by=date(2001, 1, 1))
    return ela


@pytest.mark.parametrize(
    "narrowed, found",
    [
        ({"category": "keeping calm"}, ["S1"]),
        ({"sub_category": "breathing"}, ["S1"]),
        ({"tag": "phone"}, ["S1"]),
        ({"tag": "phone", "q": "S2"}, []),
        ({"objective": "CALM-1", "q": "S2"}, ["S2"]),
        ({"state": "retired"}, ["S9"]),
        ({"state": "draft"}, ["S8"]),
        ({"state": "live"}, ["S1", "S2", "S3"]),
        ({"used": "yes"}, ["S1", "S2", "S3"]),
        ({"used": "draft"}, ["S8"]),
        ({"used": "no"}, ["S9"]),
        ({"look": "no"}, ["S8", "S9"]),
        ({"review": "passed"}, ["S3"]),
        ({"type": "multiple"}, ["S2"]),
    ],
)
def test_the_list_is_narrowed_and_searched(client_for, publisher, filed, narrowed, found):
    assert codes(client_for(publisher), **narrowed) == [f"SECRET-{name}" for name in found]


def test_the_list_is_narrowed_to_an_owner_and_so_is_an_export(client_for, publisher, filed):
    browser = client_for(publisher)
    assert codes(browser, owner=filed.pk) == ["SECRET-S1"]
    for narrowed in (
        {"owner": filed.pk},
        {"tag": "phone"},
        {"state": "live", "category": "keeping calm"},
        {"used": "yes", "q": "S2"},
        {"look": "no", "q": "S8"},
        {"review": "passed"},
        {"sub_category": "breathing"},
    ):
        page = browser.get(reverse("question-export"), {"locale": "en"} | narrowed).content.decode()
        assert "1 question, with its right answers" in page
    assert browser.get(reverse("question-export"), {"owner": "9" * 20}).status_code == 404


@pytest.mark.parametrize("words", ["do, S1", "CRET-S1", "ping cal", "reathin", "OTHER"])
def test_an_export_searches_what_the_list_searches(client_for, publisher, filed, words):
    browser = client_for(publisher)
    (code,) = codes(browser, q=words)
    text = browser.get(reverse("question-file", args=["gift"]), {"locale": "en", "q": words}).content.decode()
    assert code in text
    assert text.count("::SECRET-") == 1


def test_more_practice_than_a_database_takes_conditions_is_narrowed_too(practised, client_for, publisher):
    fields = {"bank": BANK, "use": "practice", "locale": practised.locale, "live": True}
    Question.objects.bulk_create(Question(code=f"MANY-{at}", stem="?", **fields) for at in range(1100))
    assert codes(client_for(publisher), used="yes") == ["SECRET-P1"]


# --- tags ----------------------------------------------------------------------------------------------------------
def act(browser, name: str, *rows: Question, **fields):
    asked = urlencode([("id", row.pk) for row in rows] + [("next", reverse(LIST))])
    return browser.post(
        f"{reverse('wagtail_bulk_action', args=['quizzes', 'question', name])}?{asked}", fields, follow=True
    )


def words(response) -> str:
    return html.unescape(response.content.decode())


def test_tags_are_given_and_taken_in_every_language_and_in_drafts(course, client_for, publisher):
    row = one()
    row.tags = ["old"]
    row.save()
    row.stem = "A draft?"
    row.save_revision()
    said = act(client_for(publisher), "tag", one(), one("S2"), add="phone new", remove="old")
    assert "2 questions have other tags now." in words(said)
    assert [one("S1", code).tags for code in ("pl", "en")] == [["phone", "new"]] * 2
    draft = one().get_latest_revision_as_object()
    assert (draft.tags, draft.stem, one().has_unpublished_changes) == (["phone", "new"], "A draft?", True)
    assert not one("S2").has_unpublished_changes


def test_all_in_the_listing_is_what_it_was_narrowed_to(course, client_for, admin):
    for name in ("A1", "A2"):
        make_question(name, live=False, bank="another")
    browser, narrowed = client_for(admin), "id=all&locale=en&bank=another&q=A"
    page = reverse("wagtail_bulk_action", args=["quizzes", "question", "tag"])
    browser.post(f"{page}?{narrowed}", {"add": "phone"})
    assert set(Question.objects.tagged("phone").values_list("code", flat=True)) == {"SECRET-A1", "SECRET-A2"}
    exported = browser.get(f"{page.replace('/tag/', '/export/')}?{narrowed}", follow=True)
    assert "2 questions, with their right answers" in words(exported)
    browser.post(f"{page.replace('/tag/', '/delete/')}?{narrowed}")
    assert set(Question.objects.values_list("bank", flat=True)) == {BANK}


def test_an_editor_who_may_not_publish_tags_drafts_alone(course, client_for, ela):
    make_question("S9", live=False)
    make_question("S9", live=False, language="pl")
    Question.objects.filter(code="SECRET-S1", locale__language_code="en").update(live=False)
    browser = client_for(ela)
    for name in ("S1", "S9"):
        act(browser, "tag", one(name), add="phone")
    assert [one(name, language).tags for name in ("S1", "S9") for language in ("en", "pl")] == [
        [],
        [],
        ["phone"],
        ["phone"],
    ]
    assert "You have no permission to do this." in words(act(browser, "tag", one(), add="phone"))


def test_one_act_publishes_a_quiz_once_in_each_language(course, publisher):
    def counts() -> list[int]:
        published = Publication.objects.filter(step_key=course.step_keys[0]).values_list("version__language", flat=True)
        return [list(published).count(language) for language in ("pl", "en")]

    before, keys = counts(), set(Question.objects.values_list("translation_key", flat=True))
    actions.tag_questions(keys=keys, add=["phone"], remove=[], by=publisher)
    assert counts() == [number + 1 for number in before]


@pytest.mark.parametrize("add, fault", [("with%percent", "is no tag"), ("", "Name a tag to add or to take away.")])
def test_what_is_no_tag_is_told(course, client_for, publisher, add, fault):
    assert fault in words(act(client_for(publisher), "tag", one(), add=add))
    assert one().tags == []


def drawn_by(**values) -> dict:
    value = {"title": "Part", "by": "objective", "which": "CALM-1", "count": None, "weight": 1}
    return {"type": "section", "id": str(uuid4()), "value": value | values}


def test_a_tag_that_a_live_quiz_draws_by_is_not_taken_away(course, client_for, publisher):
    actions.tag_questions(keys={one().translation_key}, add=["phone"], remove=[], by=publisher)
    for language in ("pl", "en"):
        page = QuizPage.objects.get(locale__language_code=language)
        page.sections = [drawn_by(by="tag", which="phone")]
        page.save()
    said = act(client_for(publisher), "tag", one(), remove="phone")
    assert "Nothing was changed." in words(said)
    assert "no question is filed under “phone”" in words(said)
    assert one("S1", "pl").tags == ["phone"]


# --- retiring ------------------------------------------------------------------------------------------------------
def test_a_retired_question_is_drawn_no_more_in_any_language_and_comes_back_when_published(
    course, client_for, publisher
):
    said = act(client_for(publisher), "retire", one())
    assert "1 question is retired." in words(said)
    for language in ("pl", "en"):
        row = one("S1", language)
        assert (row.live, bool(row.retired_at)) == (False, True)
        assert len(quiz_page(course, language).compile_body()["pool"]) == 2
    assert desk(one()).words == []
    row = one()
    row.live = True
    row.save()
    assert one().retired_at is None


def quiz_page(course, language="en") -> QuizPage:
    return QuizPage.objects.get(pk=course.steps[language][0].pk)


def test_a_question_a_quiz_cannot_do_without_is_not_retired_and_the_refusal_says_why(client_for, publisher):
    quiz_course(kinds=["single", "single"], draw_count=2)
    said = words(act(client_for(publisher), "retire", one("S1"), one("S2")))
    assert "Nothing was retired." in said
    assert "“Quiz on calm (en)” could not go on: There is no question to draw" in said
    assert Question.objects.live().count() == 2
    assert not Question.objects.exclude(retired_at=None).exists()


def test_to_unpublish_a_question_is_to_retire_it_in_every_language_or_not_at_all(client_for, publisher, ela):
    quiz_course(kinds=["single", "single"], draw_count=2)
    address = reverse("wagtailsnippets_quizzes_question:unpublish", args=[one("S1").pk])
    answer = client_for(publisher).post(address, follow=True)
    assert "Nobody new is asked them, in any language." in words(answer)
    assert Question.objects.live().count() == 2
    refused = client_for(ela).post(address)
    assert "retire" not in refused.url
    assert Question.objects.live().count() == 2


def test_a_question_a_lesson_shows_is_not_retired(client_for, publisher, practised):
    said = words(act(client_for(publisher), "retire", practised))
    assert "“Breathe” shows it to learners: take it out there first." in said
    assert Question.objects.live().count() == 1


def test_an_open_attempt_goes_on_with_a_retired_question(client_for, publisher, attempt, answer_all):
    act(client_for(publisher), "retire", one("S1"))
    answer_all(attempt)
    assert actions.hand_in(attempt=attempt).passed


def by_appointment(row: Question) -> Question:
    row.go_live_at = timezone.now() + timedelta(days=1)
    row.save_revision().publish()
    return one("S9")


def test_what_was_retired_does_not_come_back_by_an_earlier_appointment(course, publisher):
    row = by_appointment(make_question("S9", live=False))
    actions.retire_questions(keys={row.translation_key}, by=publisher)
    assert list(publish_due(at=timezone.now() + timedelta(days=2))) == []
    assert one("S9").retired_at


def test_what_goes_live_by_appointment_has_the_tags_that_a_publisher_gave_since(course, publisher, ela, client_for):
    row = by_appointment(make_question("S9", live=False))
    assert "You have no permission to do this." in words(act(client_for(ela), "tag", row, add="phone"))
    actions.tag_questions(keys={row.translation_key}, add=["phone"], remove=[], by=publisher)
    [scheduled] = row.revisions.exclude(approved_go_live_at=None)
    assert scheduled.as_object().tags == ["phone"]


def test_an_editor_who_may_not_publish_retires_nothing(course, client_for, ela):
    assert "You have no permission to do this." in words(act(client_for(ela), "retire", one()))
    assert one().live


# --- kept ----------------------------------------------------------------------------------------------------------
def delete_url(row: Question) -> str:
    return reverse("wagtailsnippets_quizzes_question:delete", args=[row.pk])


def test_a_used_question_is_never_deleted_and_the_refusal_says_why(course, client_for, admin):
    browser = client_for(admin)
    Question.objects.get(pk=one().pk).unpublish()
    for said in (browser.post(delete_url(one()), follow=True), act(browser, "delete", one(), one("S2"))):
        assert "records name them; retire them instead: SECRET-S1" in words(said)
    assert Question.objects.filter(locale__language_code="en").count() == 3
    with pytest.raises(MayNotBeDeleted):
        one().delete()
    with pytest.raises(MayNotBeDeleted):
        Question.objects.filter(code="SECRET-S2").delete()


def test_a_question_nobody_was_ever_asked_may_be_deleted(course, client_for, admin):
    row = make_question("S9", live=False)
    client_for(admin).post(delete_url(row))
    assert not Question.objects.filter(pk=row.pk).exists()


def test_what_was_used_is_looked_up_once_for_however_many(course):
    for at in range(30):
        make_question(f"M{at}", live=False)
    drafts, counts = Question.objects.filter(code__startswith="SECRET-M"), []
    for rows in (drafts.filter(code="SECRET-M1"), drafts):
        with CaptureQueriesContext(connection) as asked:
            assert rows.used() == set()
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert Question.objects.all().used() == {str(one(name).translation_key) for name in ("S1", "S2", "S3")}


def test_nothing_deletes_the_whole_bank_by_accident():
    assert not hasattr(Question.objects, "delete")


# --- before publishing ---------------------------------------------------------------------------------------------
def test_what_publishing_changes_is_said_before_the_click(attempt, client_for, publisher):
    edit = reverse("wagtailsnippets_quizzes_question:edit", args=[one("S1").pk])
    page = words(client_for(publisher).get(edit))
    assert "Quiz on calm (en)" in page
    assert "1 person has it in an open attempt." in page
    actions.hand_in(attempt=attempt)
    assert "Nobody has it in an open attempt." in words(client_for(publisher).get(edit))


def test_a_lesson_that_shows_it_is_named_when_it_is_to_become_graded(practised):
    practised.use = "graded"
    assert [lesson.title for lesson in practised.impact().lessons] == ["Breathe"]


def test_only_people_who_have_the_question_on_their_paper_are_counted(ana):
    mine = enrolled(ana, kinds=["single"] * 4, draw_count=1)
    attempt = actions.start_attempt(enrolment=mine, version=quiz_version(mine))
    keys = [str(row.translation_key) for row in Question.objects.all()]
    assert {key: people_in_attempts(key) for key in keys} == dict.fromkeys(keys, 0) | {attempt.keys[0]: 1}


def test_an_open_attempt_keeps_what_it_showed_and_is_marked_by_that(attempt, client_for, ana, answer_all):
    ReviewRules.objects.update_or_create(defaults={"four_eyes": False})
    number = attempt.keys.index(str(one("S1").translation_key)) + 1
    row = one("S1")
    row.stem = "Quite another question?"
    raw = list(row.parts.raw_data)
    for at, part in enumerate(raw):
        part["value"]["correct"] = at == 3
    row.parts = row.parts.stream_block.to_python(raw)
    row.save()
    page = words(client_for(ana).get(reverse("question", args=[attempt.key, number])))
    assert "Quite another question?" not in page
    assert "What do you do, S1?" in page
    answer_all(attempt)
    assert actions.hand_in(attempt=attempt).passed


# --- preview -------------------------------------------------------------------------------------------------------
def test_a_question_is_previewed_as_learners_see_it_in_each_language(course, client_for, publisher):
    key, browser = one().translation_key, client_for(publisher)
    for language in ("pl", "en"):
        page = browser.get(reverse("question-preview", args=[key, language]))
        assert f"What do you do, S1? ({language})" in words(page)
    assert browser.get(reverse("question-preview", args=[key, "lv"])).status_code == 404
    assert browser.get(reverse("question-preview", args=[uuid4(), "en"])).status_code == 404


@pytest.mark.parametrize("role", ["ana", "marek", "auditor", "obcy"])
def test_nobody_but_learning_staff_previews_lists_tags_or_retires(request, client_for, course, role):
    browser = client_for(request.getfixturevalue(role))
    assert browser.get(reverse("question-preview", args=[one().translation_key, "en"])).status_code == 404
    for name in ("tag", "retire"):
        assert act(browser, name, one(), add="x").status_code == 404
    assert (one().live, one().tags) == (True, [])


def test_tagging_that_would_break_a_quiz_raises_for_other_callers_too(course, publisher):
    for language in ("pl", "en"):
        row = one("S1", language)
        row.tags = ["phone"]
        row.save()
        page = quiz_page(course, language)
        page.sections = [drawn_by(by="tag", which="phone")]
        page.save()
    with pytest.raises(MayNotGoLive):
        actions.tag_questions(keys={one().translation_key}, add=[], remove=["phone"], by=publisher)
