"""Pictures of questions and options, with their alternative text."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Drawing
from wagtail.images.models import Image

from assessments.quizzes import actions
from assessments.quizzes.models import Question, QuizPage
from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import QuestionType
from tests.quizzes.factories import enrolled, make_question, part_values, quiz_version
from tests.quizzes.samples import questions


@pytest.fixture
def image(db) -> Image:
    data = BytesIO()
    Drawing.new("RGB", (40, 30), "white").save(data, "PNG")
    return Image.objects.create(title="Counter", file=ContentFile(data.getvalue(), name="counter.png"))


def with_picture(image: Image, kind: str = "single", **fields) -> Question:
    parts = part_values(kind, "S1", "en")
    parts[0]["value"]["picture"] = {"image": image.pk, "alt_text": "A raised hand", "decorative": False}
    values = {"parts": parts, "picture": image, "picture_alt": "A customer at the counter"}
    return make_question("S1", kind, **{**values, **fields})


def has_pictures(kind: QuestionType) -> bool:
    return any(field.kind == "picture" for spec in kind.specs for field in spec.fields)


PICTURED = sorted(name for name, kind in types.ALL.items() if has_pictures(kind))


@pytest.mark.parametrize("kind", PICTURED)
def test_both_are_on_the_page_with_what_they_show_in_words(image, ana, client_for, kind):
    with_picture(image, kind)
    enrolment = enrolled(ana, kinds=[kind])
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    page = client_for(ana).get(reverse("question", args=[attempt.key, 1])).content.decode()
    assert 'alt="A customer at the counter"' in page
    assert 'alt="A raised hand"' in page
    actions.hand_in(attempt=attempt)
    result = client_for(ana).get(reverse("result", args=[attempt.key])).content.decode()
    assert result.count("<img") == 2


@pytest.mark.parametrize("kind", sorted(types.ALL))
@given(st.data())
@settings(max_examples=5)
def test_whatever_is_offered_to_choose_or_to_put_somewhere_may_have_a_picture(kind, data):
    asked = data.draw(questions((kind,)))
    assert has_pictures(types.get(kind)) == bool(types.get(kind).offered(asked))


def test_a_picture_that_nobody_described_keeps_the_question_from_going_live(image):
    draft = with_picture(image, live=False, picture_alt=" ")
    assert "Say in words what the picture shows." in draft.problems()


def test_a_question_without_pictures_is_compiled_and_stored_as_before_there_were_any(db):
    question = make_question("S1")
    assert "picture" not in question.compiled()
    assert all(set(part) == {"key", "text", "correct", "feedback"} for part in question.compiled()["parts"])
    stored = Question._meta.get_field("parts").get_prep_value(Question.objects.get().parts)
    assert "picture" not in str(stored)


def test_a_picture_is_no_part_of_what_is_marked(image):
    plain, drawn = make_question("S2"), with_picture(image)
    bodies = [{"pool": [row.compiled()], "draw": {}, "rules": {}} for row in (plain, drawn)]
    parts = [QuizPage.structure_of(body)["pool"][0]["parts"] for body in bodies]
    assert [[len(part) for part in one] for one in parts] == [[2] * 4, [2] * 4]


def test_what_decides_is_part_of_it(db):
    question = make_question("S3", "shorttext")
    [first, _second] = QuizPage.structure_of({"pool": [question.compiled()], "draw": {}, "rules": {}})["pool"][0][
        "parts"
    ]
    assert first[2] == {"credit": 100, "fold": False, "how": "normalised"}
