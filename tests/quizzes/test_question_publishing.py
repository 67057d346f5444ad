"""A changed question asks what it means for the quizzes and lessons that show it, and what was answered holds."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes.models import Question
from courses import actions, reports, tasks
from courses.models import Decision, Enrolment, Publication, Redo, Rollout
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
    row.save_revision(user=user)
    return row


def asking(question):
    return reverse("question-publishing", args=[question.pk])


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
    form = editor_form(bank.question, (True, False), stem="A better question?")
    form["parts-0-id"], form["parts-1-id"] = (part.id for part in list(bank.question.parts)[:2])
    answered = client.post(edit, form | {"action-publish": "publish"})
    if answered.status_code == 200:  # options were taken away: the key is another, and its own author may not
        assert "somebody else has to publish" in answered.content.decode()
    changed(bank.question, None, **WORDS)
    shown = client.get(asking(bank.question))
    asked = shown.context["asked"]
    assert asked.choices == ("editorial", "material")
    assert (asked.heads.in_progress, asked.heads.finished, asked.heads.certificates) == (1, 1, 1)
    text = shown.content.decode()
    assert bank.quiz.title in text
    assert "<ins>A better question?</ins>" in text
    assert newest(bank.quiz).version.content["body"]["pool"][0]["stem"] != "A better question?"
