"""Questions and quizzes as editors publish them."""

import json
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import override
from wagtail.test.utils.form_data import nested_form_data, streamfield
from wagtail_localize.fields import get_translatable_fields
from wagtail_localize.segments import OverridableSegmentValue
from wagtail_localize.segments.extract import extract_segments

from assessments.quizzes.models import Question, QuizPage
from assessments.quizzes.models.fields import NumberListFormField, NumberTableFormField
from assessments.quizzes.models.pages import RULES
from assessments.quizzes.models.questions import recompiled_once
from courses import actions, practice
from courses.models import LessonPage, ReviewRules, StepVersion
from tests.factories import enrol, make_course
from tests.quizzes.factories import BANK, TYPES, make_question, quiz_course


@pytest.fixture
def course(db):
    return quiz_course(languages=("pl", "en"))


def newest(page) -> dict:
    return StepVersion.objects.filter(step_key=page.translation_key, language="en").order_by("-pk")[0].content["body"]


def quiz_page(course) -> QuizPage:
    return QuizPage.objects.get(pk=course.steps["en"][0].pk)


# --- compiling -----------------------------------------------------------------------------------------------------


def test_a_quiz_holds_its_pool_by_keys_that_all_languages_share(course):
    pools = [
        {question["key"]: [part["key"] for part in question["parts"]] for question in version.content["body"]["pool"]}
        for version in StepVersion.objects.filter(kind="quiz")
    ]
    assert len(pools) == 2
    assert pools[0] == pools[1]
    assert len(pools[0]) == len(TYPES)


def test_all_languages_have_one_structure(course):
    assert StepVersion.objects.filter(kind="quiz").values("structure_sha256").distinct().count() == 1


def test_compiled_content_is_plain_json_without_the_expected_difficulty(course):
    body = newest(quiz_page(course))
    assert json.loads(json.dumps(body)) == body
    assert "0.73" not in json.dumps(body)


def test_a_better_wording_makes_a_new_version_of_the_same_structure(course):
    before = StepVersion.objects.get(kind="quiz", language="en")
    question = Question.objects.get(code="SECRET-S1", locale__language_code="en")
    question.stem = "What do you say first?"
    question.save()
    after = StepVersion.objects.filter(kind="quiz", language="en").order_by("-pk")[0]
    assert after.pk != before.pk
    assert after.structure_sha256 == before.structure_sha256
    assert StepVersion.objects.filter(kind="quiz", language="pl").count() == 1


@pytest.mark.parametrize(
    "change", [{"pass_mark": 70}, {"attempts_allowed": 2}, {"feedback": "immediate"}, {"draw_count": 3}]
)
def test_another_rule_is_another_structure(course, change):
    page = quiz_page(course)
    for name, value in change.items():
        setattr(page, name, value)
    page.save()
    assert StepVersion.objects.filter(kind="quiz", language="en").values("structure_sha256").distinct().count() == 2


def test_publishing_the_same_again_makes_no_version(course):
    quiz_page(course).save()
    Question.objects.get(code="SECRET-S1", locale__language_code="en").save()
    assert StepVersion.objects.filter(kind="quiz").count() == 2


def test_publishing_a_revision_of_a_question_recompiles_its_quiz(course):
    question = Question.objects.get(code="SECRET-S1", locale__language_code="en")
    question.stem = "A draft"
    revision = question.save_revision()
    assert "A draft" not in json.dumps(newest(quiz_page(course)))
    revision.publish()
    assert "A draft" in json.dumps(newest(quiz_page(course)))


def test_a_new_question_joins_the_pool_of_its_module(course):
    make_question("S9")
    assert len(newest(quiz_page(course))["pool"]) == len(TYPES) + 1


@pytest.mark.parametrize(
    "fields", [{"module": "other", "objective": "OTHER-1"}, {"bank": "another"}, {"use": "practice"}]
)
def test_other_modules_banks_and_practice_stay_out_of_the_pool(course, fields):
    make_question("S9", **fields)
    assert len(newest(quiz_page(course))["pool"]) == len(TYPES)


def test_a_question_taken_back_leaves_the_pool(course):
    Question.objects.get(code="SECRET-S1", locale__language_code="en").unpublish()
    assert len(newest(quiz_page(course))["pool"]) == len(TYPES) - 1


def test_the_last_question_taken_back_leaves_the_quiz_as_it_was(db):
    course = quiz_course(kinds=["single"])
    Question.objects.get().unpublish()
    assert len(newest(course.steps["en"][0])["pool"]) == 1


def test_many_changes_compile_the_quiz_once(course):
    with recompiled_once() as left:
        for question in Question.objects.filter(locale__language_code="en"):
            question.stem = f"Changed {question.code}"
            question.save()
    assert left == []
    assert StepVersion.objects.filter(kind="quiz", language="en").count() == 2
    assert json.dumps(newest(quiz_page(course))).count("Changed") == len(TYPES)


def test_many_changes_name_the_pages_that_could_not_follow(db):
    course = quiz_course(kinds=["single", "single"], draw_count=2)
    with recompiled_once() as left:
        question = Question.objects.first()
        question.use = "practice"
        question.save()
    assert [page.pk for page in left] == [course.steps["en"][0].pk]


# --- going live ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields, problem",
    [
        ({"stem": "  "}, "Write the question."),
        ({"objective": ""}, "Say which objective"),
        ({"parts": []}, "Write at least two options."),
    ],
)
def test_an_unfinished_question_does_not_go_live(db, fields, problem):
    with pytest.raises(ValidationError, match=problem):
        make_question("S1", **fields)
    assert not Question.objects.exists()


def test_an_unfinished_question_may_be_a_draft(db):
    assert make_question("S1", parts=[], live=False).pk


@pytest.mark.parametrize(
    "fields, problem",
    [
        ({"pool_modules": ["nothing"]}, "There is no question to draw"),
        ({"draw_count": 0}, "greater than or equal to 1"),
        ({"draw_count": 9}, "It draws 9 questions, there are 5."),
        ({"draw_count": 1, "per_objective_min": 2}, "It draws too few questions"),
        ({"draw_per_objective": {"CALM-1": 6}}, "Questions missing for CALM-1: 1."),
        ({"draw_per_objective": {"SAFE-1": 1}}, "Questions missing for SAFE-1: 1."),
        ({"must_pass": {"safety": 80}}, "No question belongs to the module “safety”."),
        ({"points": ["S999-99"]}, "Unknown source point: S999-99"),
    ],
)
def test_a_quiz_nobody_could_take_does_not_go_live(db, fields, problem):
    with pytest.raises(ValidationError, match=problem):
        quiz_course(**fields)


def test_a_question_whose_change_would_break_a_live_quiz_is_refused_by_its_name(db):
    quiz_course(kinds=["single", "single"], draw_count=2)
    question = Question.objects.get(code="SECRET-S1")
    question.use = "practice"
    with pytest.raises(ValidationError, match=r"Quiz on calm \(en\): It draws 2 questions, there are 1"):
        question.save()
    assert Question.objects.get(pk=question.pk).use == "graded"


def test_a_quiz_of_reflections_alone_has_nothing_to_score(db):
    with pytest.raises(ValidationError, match="There is no question to draw"):
        quiz_course(kinds=["reflection"])


# --- translating ---------------------------------------------------------------------------------------------------


def test_translators_meet_texts_and_nothing_else(course):
    question = Question.objects.get(code="SECRET-S1", locale__language_code="en")
    segments = [segment for segment in extract_segments(question) if not isinstance(segment, OverridableSegmentValue)]
    assert {segment.path.rpartition(".")[2] for segment in segments} == {"stem", "text", "feedback"}


def test_what_is_right_and_the_rules_are_decided_in_the_source_language(course):
    fields = {field.field_name: field for field in get_translatable_fields(Question)}
    question, page = Question.objects.first(), quiz_page(course)
    for name in ("type", "use", "module", "objective", "points", "code", "bank", "difficulty"):
        assert fields[name].is_synchronized(question), name
        assert not fields[name].is_overridable(question), name
    assert fields["parts"].is_synchronized(question)
    rules = {field.field_name: field for field in get_translatable_fields(QuizPage)}
    for name in RULES:
        assert rules[name].is_synchronized(page), name
        assert not rules[name].is_overridable(page), name


# --- practice in lessons -------------------------------------------------------------------------------------------


def lesson_with(question_key: str):
    def add(module, language, key):
        page = LessonPage(
            title="A lesson",
            slug=f"lesson-{key.hex[:8]}",
            locale=module.locale,
            translation_key=key,
            body=[{"type": "knowledge_check", "id": str(uuid4()), "value": {"question": question_key, "points": ""}}],
        )
        return module.add_child(instance=page)

    return add


def test_a_changed_practice_question_reaches_the_lessons_that_show_it(db):
    question = make_question("P1", use="practice")
    course = make_course(BANK, lessons=0, languages=("en",), steps=[lesson_with(str(question.translation_key))])
    question.stem = "Better"
    question.save()
    body = newest(course.steps["en"][0])
    assert body["blocks"][0]["question"]["stem"] == "Better"


def test_only_practice_questions_can_be_shown_in_lessons(db):
    graded, shown = make_question("S1"), make_question("P1", use="practice")
    assert practice.compile_question(str(graded.translation_key), "en") is None
    assert practice.compile_question(str(shown.translation_key), "en")["stem"] == shown.stem
    assert practice.choices("en") == [(str(shown.translation_key), str(shown))]


@pytest.mark.parametrize("key", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_practice_question_is_none(db, key):
    assert practice.compile_question(key, "en") is None


# --- in the CMS ----------------------------------------------------------------------------------------------------


def test_editors_list_find_preview_and_edit_questions(course, client_for, admin):
    cms = client_for(admin)
    question = Question.objects.get(code="SECRET-S1", locale__language_code="en")
    listing = cms.get(reverse("wagtailsnippets_quizzes_question:list"), {"locale": "en", "module": "calm"})
    assert "SECRET-S1" in listing.content.decode()
    edit = reverse("wagtailsnippets_quizzes_question:edit", args=[question.pk])
    assert cms.get(edit).status_code == 200
    preview = question.make_preview_request(preview_mode="")
    assert preview.status_code == 200
    assert "SECRET why S1 0" in preview.content.decode()


def editor_form(question: Question, right: tuple[bool, ...], **fields) -> dict:
    options = [
        ("option", {"text": f"Option {at}", "feedback": "Because"} | ({"correct": "on"} if is_right else {}))
        for at, is_right in enumerate(right)
    ]
    values = {
        "code": question.code,
        "bank": question.bank,
        "type": question.type,
        "use": question.use,
        "module": question.module,
        "objective": question.objective,
        "points": "",
        "difficulty": "0.7",
        "stem": "A better question?",
        "parts": streamfield(options),
        "model_answer": "",
        "rubric": "",
    }
    return nested_form_data(values | fields)


@pytest.fixture
def team_of_one(db):
    ReviewRules.objects.update_or_create(defaults={"four_eyes": False})


def test_nobody_publishes_an_answer_key_of_their_own(course, client_for, admin):
    question = Question.objects.get(code="SECRET-S1", locale__language_code="en")
    edit = reverse("wagtailsnippets_quizzes_question:edit", args=[question.pk])
    form = editor_form(question, (False, True, False)) | {"action-publish": "publish"}
    answered = client_for(admin).post(edit, form)
    assert answered.status_code == 200
    assert "somebody else has to publish" in answered.content.decode()
    assert "A better question?" not in json.dumps(newest(quiz_page(course)))


def test_an_editor_publishes_a_question(course, client_for, admin, team_of_one):
    question = Question.objects.get(code="SECRET-S1", locale__language_code="en")
    edit = reverse("wagtailsnippets_quizzes_question:edit", args=[question.pk])
    form = editor_form(question, (False, True, False)) | {"action-publish": "publish"}
    cms = client_for(admin)
    asking = cms.post(edit, form).url
    assert "A better question?" not in json.dumps(newest(quiz_page(course)))
    asked = cms.get(asking).context["asked"]
    assert cms.post(asking, {"seen": asked.form["seen"].value(), "change": "new"}).status_code == 302
    assert "A better question?" in json.dumps(newest(quiz_page(course)))


def test_the_editor_is_told_why_a_question_cannot_go_live_but_may_keep_the_draft(course, client_for, admin):
    question = Question.objects.get(code="SECRET-S1", locale__language_code="en")
    edit = reverse("wagtailsnippets_quizzes_question:edit", args=[question.pk])
    form, cms = editor_form(question, (True, True)), client_for(admin)
    refused = cms.post(edit, form | {"action-publish": "publish"})
    assert refused.status_code == 200
    assert "Mark exactly one option as right." in refused.content.decode()
    assert cms.post(edit, form).status_code == 302
    question.refresh_from_db()
    assert question.has_unpublished_changes
    assert "A better question?" not in json.dumps(newest(quiz_page(course)))


@pytest.mark.parametrize(
    "name, text", [("option", "Being heard calms."), ("item", "silent breath"), ("pair", "Empathy")]
)
def test_the_block_chooser_shows_an_example_of_each_part(client_for, admin, name, text):
    block = Question._meta.get_field("parts").stream_block.child_blocks[name]
    preview = client_for(admin).get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
    assert text in preview.content.decode()
    assert block.meta.description


@pytest.mark.parametrize("language", ["pl", "lv"])
def test_the_picture_of_an_option_is_named_in_the_language_of_the_editor(language):
    picture = Question._meta.get_field("parts").stream_block.child_blocks["option"].child_blocks["picture"]
    with override(language):
        assert str(picture.child_blocks["image"].label) == str(picture.label) != "Image"


def test_questions_that_are_long_to_read_are_told_of_on_their_quiz(course):
    quiz = quiz_page(course)
    assert quiz.warnings() == []
    question = Question.objects.get(code="SECRET-S1", locale__language_code="en")
    question.stem = " ".join(["understanding"] * 200) + "?"
    question.save()
    asked = quiz.warnings()
    assert [finding.code for finding in quiz.findings()] == ["sentences-long", "hard-to-read"]
    assert len(asked) == 2
    quiz.given = quiz.course().surroundings()
    assert quiz.warnings() == asked
    assert not quiz.problems()


@pytest.mark.parametrize("role", ["ana", "marek", "auditor"])
def test_nobody_but_learning_staff_sees_the_bank(request, client_for, course, role):
    response = client_for(request.getfixturevalue(role)).get(reverse("wagtailsnippets_quizzes_question:list"))
    assert response.status_code == 404


@pytest.mark.parametrize("written, stored", [("0 30 1440", [0, 30, 1440]), ("0, 30", [0, 30]), ("", []), ("  5 ", [5])])
def test_a_list_of_numbers_is_written_as_words(written, stored):
    field = NumberListFormField(required=False)
    assert field.clean(written) == stored
    assert field.clean(field.prepare_value(stored)) == stored


@pytest.mark.parametrize("written, stored", [("CALM-1=1 SAFE-3=2", {"CALM-1": 1, "SAFE-3": 2}), ("", {})])
def test_a_table_of_numbers_is_written_as_words(written, stored):
    field = NumberTableFormField(required=False)
    assert field.clean(written) == stored
    assert field.clean(field.prepare_value(stored)) == stored


@pytest.mark.parametrize("written", ["x", "-1", "1.5", "1=2=3", "CALM-1", "=3", "CALM-1=x", "9999999"])
def test_what_is_no_number_is_refused_in_words(written):
    with pytest.raises(ValidationError):
        NumberListFormField(required=False).clean(written)
    with pytest.raises(ValidationError):
        NumberTableFormField(required=False).clean(written)


def test_before_a_used_question_is_published_its_page_says_whom_the_course_holds(db, ana, admin, client_for):
    course = quiz_course(["single"], languages=["pl"])
    actions.start(enrolment=enrol(ana, course))
    question = Question.objects.get()
    address = reverse("wagtailsnippets_quizzes_question:edit", args=[question.pk])
    page = client_for(admin).get(address).content.decode()
    assert question.impact().heads.in_progress == 1
    assert "In the course today:" in page
