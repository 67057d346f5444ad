"""A changed question asks what it means for the quizzes and lessons that show it, and what was answered holds."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes.models import Question, QuizPage, questions
from courses import actions, reports, tasks
from courses.models import Decision, Enrolment, Publication, Redo, Rollout
from courses.models.going_live import MayNotGoLive
from evidence.models import Record
from lms.packs.site import _roles
from tests.factories import enrol, make_course
from tests.quizzes.factories import make_question, part_values, quiz, quiz_course
from tests.quizzes.test_bank import editor_form

MATERIAL = {"change": "material", "redo_by": "2999-01-31", "note": "The rules changed"}
WORDS, KEY = {"stem": "A better question?"}, {"correct": 1}


@pytest.fixture
def bank(db, ana, marek):
    """A course that ends with a quiz: Ana has passed it and has the lesson before her, Marek has finished."""
    _roles()
    course = quiz_course(["single", "single"], lessons=1, languages=["pl"])
    lesson, page = course.steps["pl"]
    bank = SimpleNamespace(course=course, lesson=lesson, quiz=page, question=Question.objects.get(code="SECRET-S1"))
    bank.ana, bank.marek = (finish(enrol(person, course), page) for person in (ana, marek))
    bank.marek = finish(bank.marek, lesson)
    return bank


def finish(enrolment, page):
    version = reports.shown_step(enrolment, page.translation_key, "pl").version
    return actions.complete_step(enrolment=enrolment, version=version)


def changed(question, user, *, correct=0, **fields):
    """A draft of the question: other fields, another right option."""
    row = Question.objects.get(pk=question.pk)
    for name, value in fields.items():
        setattr(row, name, value)
    for at, part in enumerate(row.parts):
        part.value["correct"] = at == correct
    row.save_revision(user=user, clean=False)
    return row


def asking(question):
    return reverse("question-publishing", args=[question.translation_key, question.locale.language_code])


def filled(client, question, **answer):
    asked = client.get(asking(question)).context["asked"]
    return {"seen": asked.form["seen"].value(), "change": asked.choices[0], "note": "", "redo_by": ""} | answer


def answer(client, question, **fields):
    return client.post(asking(question), filled(client, question, **fields))


def follow_all():
    for rollout in Rollout.objects.order_by("pk"):
        tasks.follow.call(rollout.pk)


def newest(page):
    return Publication.objects.filter(step_key=page.translation_key, language="pl").last()


def done(enrolment):
    return reports.outline(Enrolment.objects.get(pk=enrolment.pk), "pl").progress.done


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


# --- the question --------------------------------------------------------------------------------------------------
def test_publishing_a_question_that_a_quiz_asks_saves_a_draft_and_asks(bank, publisher, client_for):
    client, edit = client_for(publisher), reverse("wagtailsnippets_quizzes_question:edit", args=[bank.question.pk])
    form = editor_form(bank.question, (True, False, False, False)) | {"action-publish": "publish"}
    form |= {f"parts-{at}-id": part.id for at, part in enumerate(bank.question.parts)}
    assert client.post(edit, form).url == asking(bank.question)
    assert newest(bank.quiz).version.content["body"]["pool"][0]["stem"] != "A better question?"
    shown = client.get(asking(bank.question))
    asked = shown.context["asked"]
    assert asked.choices == ("editorial", "material")
    assert (asked.heads.in_progress, asked.heads.finished, asked.heads.certificates) == (1, 1, 1)
    text = shown.content.decode()
    assert bank.quiz.title in text
    assert "<ins>A better question?</ins>" in text


def test_a_new_question_of_the_pool_asks_too(bank, ela, publisher, client_for):
    new = make_question("S9", language="pl", live=False)
    new.save_revision(user=ela)
    client = client_for(publisher)
    assert client.get(asking(new)).context["asked"].choices == ("new", "material")
    assert answer(client, new).status_code == 302
    assert len(newest(bank.quiz).version.content["body"]["pool"]) == 3


def test_a_question_of_another_module_is_no_change_and_asks_nothing(bank, ela, publisher, client_for):
    new = make_question("S9", language="pl", live=False, module="other", objective="OTHER-1")
    new.save_revision(user=ela)
    answered = client_for(publisher).get(asking(new))
    assert "There is nothing to publish here" in said(answered)
    assert new.draft() is None


def test_a_lesson_that_practises_with_it_is_named_and_changes_by_it(publisher, ela, client_for, ana):
    _roles()
    course = make_course("calm-first", lessons=1, languages=["pl"])
    question = make_question("P", language="pl", use="practice", parts=part_values("single", "P", "pl"))
    lesson = course.steps["pl"][0]
    lesson.body.append(("knowledge_check", {"question": str(question.translation_key), "points": ""}))
    lesson.save()
    actions.start(enrolment=enrol(ana, course))
    changed(question, ela, **WORDS)
    client = client_for(publisher)
    assert lesson.title in client.get(asking(question)).content.decode()
    assert answer(client, question, **MATERIAL).status_code == 302
    assert newest(lesson).change == "material"


def test_what_was_seen_is_what_goes_live(bank, ela):
    for fields in (WORDS, {"correct": 1}, {"code": "A-FIRST"}, {"objective": "CALM-2"}):
        question = changed(bank.question, ela, **fields)
        draft = Question.objects.get(pk=question.pk).get_latest_revision_as_object().draft()
        before = newest(bank.quiz)
        question.latest_revision.publish()
        after = newest(bank.quiz)
        assert after.pk != before.pk
        assert draft.changes_structure == (after.structure_sha256 != before.structure_sha256)


# --- what the answer does ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fields, meaning", [(WORDS, "editorial"), (KEY, "new")])
def test_the_safe_meaning_asks_nobody_to_redo_anything(bank, ela, publisher, client_for, fields, meaning):
    changed(bank.question, ela, **fields)
    answered = answer(client_for(publisher), bank.question, note="Said better")
    assert answered.url == reverse("wagtailsnippets_quizzes_question:list")
    row = newest(bank.quiz)
    assert (row.change, row.published_by, row.decision.note) == (meaning, publisher, "Said better")
    assert not Question.objects.get(pk=bank.question.pk).has_unpublished_changes
    assert not Rollout.objects.exists()
    assert (done(bank.ana), done(bank.marek)) == (1, 2)


@pytest.mark.parametrize("fields", [WORDS, KEY])
def test_a_material_change_has_the_quiz_redone_by_its_day(bank, ela, publisher, client_for, fields):
    changed(bank.question, ela, **fields)
    assert answer(client_for(publisher), bank.question, **MATERIAL).status_code == 302
    follow_all()
    redo = Redo.objects.get()
    assert (redo.enrolment, redo.step_key) == (bank.ana, bank.quiz.translation_key)
    assert (redo.round, redo.due_on) == (2, date(2999, 1, 31))
    assert (done(bank.ana), done(bank.marek)) == (0, 2)
    version = reports.shown_step(Enrolment.objects.get(pk=bank.ana.pk), bank.quiz.translation_key, "pl").version
    assert version == newest(bank.quiz).version  # what is redone is the quiz with the new question


def test_who_has_finished_begins_a_new_cycle_where_that_is_chosen(bank, ela, publisher, client_for):
    changed(bank.question, ela, **KEY)
    answer(client_for(publisher), bank.question, **MATERIAL, new_cycle="on")
    follow_all()
    first, second = Enrolment.objects.filter(person=bank.marek.person).order_by("cycle")
    assert (first.completed_at, second.started_at) == (bank.marek.completed_at, None)
    assert second.redo_by == date(2999, 1, 31)


def test_of_several_quizzes_those_are_redone_that_were_chosen(ana, ela, publisher, client_for):
    _roles()
    course = make_course("calm-first", lessons=0, languages=["pl"], steps=[quiz(["single"]), second_quiz])
    enrolment = actions.start(enrolment=enrol(ana, course))
    question, (first, second) = Question.objects.get(), course.steps["pl"]
    changed(question, ela, **KEY)
    client = client_for(publisher)
    assert answer(client, question, **MATERIAL).status_code == 422  # which of them?
    assert answer(client, question, **MATERIAL, steps=[str(second.translation_key)]).status_code == 302
    follow_all()
    assert [(redo.enrolment, redo.step_key) for redo in Redo.objects.all()] == [(enrolment, second.translation_key)]
    assert [newest(one).change for one in (first, second)] == ["new", "material"]


def second_quiz(module, language, key):
    own = {"title": "Another quiz", "slug": "another", "locale": module.locale, "translation_key": key}
    page = QuizPage(**own, pool_modules=["calm"], objectives=["CALM-1"], pass_mark=80, feedback="after_hand_in")
    module.add_child(instance=page)
    return page


def test_the_history_of_the_quiz_says_what_was_chosen_by_whom_and_when(bank, ela, publisher, client_for):
    changed(bank.question, ela, **WORDS)
    client = client_for(publisher)
    answer(client, bank.question, **MATERIAL)
    row = reports.history(bank.quiz.translation_key)[0]
    assert (row.decision.change, row.by, row.is_unasked) == ("material", publisher, False)
    shown = client.get(reverse("publications", args=[bank.quiz.pk])).content.decode()
    assert "The rules changed" in shown
    assert "to be redone by" in shown
    record = Record.objects.get(kind="publication.decided")
    assert record.facts["page"] == str(bank.question.translation_key)
    assert record.facts["steps"] == [str(bank.quiz.translation_key)]


def test_a_question_for_a_set_time_keeps_its_meaning_until_then(bank, ela, publisher, client_for):
    Question.objects.get(pk=bank.question.pk).save_revision().publish()
    changed(bank.question, ela, go_live_at=timezone.now() + timedelta(days=1), **WORDS)
    answered = answer(client_for(publisher), bank.question, **MATERIAL)
    assert "goes live at the time that was set" in said(answered)
    assert not Rollout.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert [due.problem for due in actions.publish_due()] == [""]
    follow_all()
    assert (newest(bank.quiz).change, Redo.objects.get().enrolment) == ("material", bank.ana)


# --- refusals ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "bad, told",
    [
        ({"change": "harmless"}, "Select a valid choice."),
        ({"change": "new"}, "Select a valid choice."),  # only words changed
        ({**MATERIAL, "redo_by": ""}, "Say by when it has to be redone."),
        ({**MATERIAL, "redo_by": "soon"}, "Enter a valid date."),
        ({**MATERIAL, "redo_by": "2001-01-01"}, "This date has passed."),
    ],
)
def test_a_bad_answer_is_told_in_words_and_publishes_nothing(bank, ela, publisher, client_for, bad, told):
    changed(bank.question, ela, **WORDS)
    answered = answer(client_for(publisher), bank.question, **bad)
    assert answered.status_code == 422
    assert told in answered.content.decode()
    assert not Decision.objects.exists()
    assert Question.objects.get(pk=bank.question.pk).has_unpublished_changes


def test_a_quiz_that_went_live_meanwhile_is_not_written_over(bank, publisher, monkeypatch):
    """The question's quizzes are read, then somebody publishes one of them, then each is saved whole."""
    users_of = questions._users_of

    def a_moment_later(*asked):
        stale = list(users_of(*asked))
        page = QuizPage.objects.get(pk=bank.quiz.pk)
        page.title = "Named anew"
        page.save_revision().publish()
        return stale

    monkeypatch.setattr(questions, "_users_of", a_moment_later)
    changed(bank.question, None, **WORDS).latest_revision.publish(user=publisher)
    newest = Publication.objects.newest([bank.quiz.translation_key]).get(language="pl").version
    assert QuizPage.objects.get(pk=bank.quiz.pk).title == newest.content["title"] == "Named anew"
    assert WORDS["stem"] in str(newest.content)


def pool(page) -> list[str]:
    body = Publication.objects.newest([page.translation_key]).get(language="pl").version.content["body"]
    return [question["code"] for question in body["pool"]]


def moved(question, to: str) -> Question:
    """A draft of it in the bank of another course."""
    row = Question.objects.get(pk=question.pk)
    row.bank = to
    row.save_revision()
    return row


@pytest.fixture
def other(bank):
    """Another course with a quiz, and one question of its own."""
    make_question("S9", language="pl", bank="other")
    return make_course("other", lessons=0, languages=["pl"], steps=[quiz(())]).steps["pl"][0]


def test_a_question_that_is_moved_to_another_bank_leaves_the_quizzes_of_the_first(bank, other):
    moved(bank.question, "other").latest_revision.publish()
    assert (pool(bank.quiz), pool(other)) == (["SECRET-S2"], ["SECRET-S1", "SECRET-S9"])


def test_many_that_are_moved_leave_them_too(bank, other):
    with questions.recompiled_once() as left:
        row = Question.objects.get(pk=bank.question.pk)
        row.bank = "other"
        row.save()
    assert (left, pool(bank.quiz), pool(other)) == ([], ["SECRET-S2"], ["SECRET-S1", "SECRET-S9"])


def test_a_quiz_that_needs_it_keeps_it_in_its_bank(bank, other):
    page = QuizPage.objects.get(pk=bank.quiz.pk)
    page.draw_count = 2
    page.save_revision().publish()
    row = moved(bank.question, "other")
    assert row.problems() == ["Quiz on calm (pl): It draws 2 questions, there are 1."]
    with pytest.raises(MayNotGoLive):
        row.latest_revision.publish()
    assert pool(bank.quiz) == ["SECRET-S1", "SECRET-S2"]


def test_whoever_moves_it_is_asked_and_the_quizzes_of_both_courses_follow(bank, other, publisher, client_for):
    moved(bank.question, "other")
    client = client_for(publisher)
    assert client.get(asking(bank.question)).context["asked"].drafts[0].changes_structure
    assert client.post(asking(bank.question), filled(client, bank.question)).status_code == 302
    assert (pool(bank.quiz), pool(other)) == (["SECRET-S2"], ["SECRET-S1", "SECRET-S9"])


def test_pressing_twice_publishes_once(bank, ela, publisher, client_for):
    changed(bank.question, ela, **WORDS)
    client = client_for(publisher)
    form = filled(client, bank.question, **MATERIAL)
    assert client.post(asking(bank.question), form).status_code == 302
    assert "There is nothing to publish here" in said(client.post(asking(bank.question), form))
    assert (Decision.objects.count(), Rollout.objects.count()) == (1, 1)
    assert Publication.objects.filter(step_key=bank.quiz.translation_key).count() == 2


def test_a_draft_saved_meanwhile_is_not_published_unseen(bank, ela, publisher, client_for):
    changed(bank.question, ela, **WORDS)
    client = client_for(publisher)
    form = filled(client, bank.question)
    changed(bank.question, ela, stem="Yet another?")
    answered = client.post(asking(bank.question), form)
    assert answered.status_code == 409
    assert "Nothing was published" in answered.content.decode()
    assert not Decision.objects.exists()


def test_a_quiz_that_could_not_go_on_keeps_it_back(bank, ela, publisher, client_for):
    changed(bank.question, ela, stem="")
    answered = answer(client_for(publisher), bank.question)
    assert "Write the question." in said(answered)
    assert not Decision.objects.exists()


def test_nobody_publishes_an_answer_key_of_their_own_past_the_question(bank, publisher, admin, client_for):
    changed(bank.question, publisher, **KEY)
    answered = answer(client_for(publisher), bank.question)
    assert "somebody else has to publish" in said(answered)
    assert not Decision.objects.exists()
    assert answer(client_for(admin), bank.question).status_code == 302
    assert newest(bank.quiz).published_by == admin


def test_who_may_not_publish_questions_is_not_asked(bank, ela, ana, client_for):
    changed(bank.question, ela, **WORDS)
    for method in ("get", "post"):
        refused = getattr(client_for(ela), method)(asking(bank.question))
        assert "permission" in said(refused)
        assert getattr(client_for(ana), method)(asking(bank.question)).status_code == 404
    assert not Decision.objects.exists()
