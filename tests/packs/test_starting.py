"""A new course in two minutes; courses out of the CMS and into it."""

from datetime import timedelta
from html import unescape
from io import StringIO
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from wagtail.models import Page

from assessments.quizzes.models import Question, QuizPage
from assessments.scenarios.models import ScenarioPage
from courses import actions as courses
from courses.checks import rules as checks
from courses.models import CoursePage, LessonPage, ModulePage, Publication
from courses.outline.reports import course_outline
from lms.models import ImportedObject
from lms.packs.checks import check_pack
from lms.packs.examples import BLANK, example_texts
from lms.packs.exporting import export_course
from lms.packs.importing import apply, plan_import
from lms.packs.launching import LaunchRefused, launch
from lms.packs.reading import PackError, read_pack
from lms.packs.site import _roles
from lms.packs.starting import StartError, start_course
from tests.factories import ready_site
from tests.packs.conftest import REAL, import_mini
from tools.own_words import write_over


def run(*args: str, **options) -> str:
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def test_the_blank_pack_has_nothing_to_mend():
    assert check_pack(read_pack(BLANK)) == []


def written_course(**titles: str) -> CoursePage:
    """Begun from the blank pack, its texts written over in each of its languages."""
    course = start_course(titles=titles)
    for page in CoursePage.objects.filter(translation_key=course.translation_key):
        write_over(page)
    return CoursePage.objects.get(pk=course.pk)


def test_a_new_course_is_a_draft_whose_outline_finds_nothing_but_texts_to_write_over(db, ela):
    course = start_course(titles={"pl": "Żółty kurs", "en": "A yellow course"}, by=ela)
    assert (course.title, course.code, course.is_open) == ("Żółty kurs", "zolty-kurs", False)
    assert not Page.objects.filter(depth__gt=2).live().exists()
    assert not Question.objects.live().exists()
    assert not Publication.objects.exists()
    found = course_outline(course)
    assert [row.page.kind for row in found.steps] == ["lesson", "scenario", "quiz"]
    assert found.errors > 0
    for page in CoursePage.objects.all():
        write_over(page)
    for page in CoursePage.objects.all():
        assert course_outline(page).errors == 0


# --- the texts it begins with --------------------------------------------------------------------------------------
def course_pages(course: CoursePage) -> list:
    return [page.get_latest_revision_as_object() for page in course.get_descendants(inclusive=True).specific()]


def test_a_course_of_which_nothing_was_written_does_not_go_live_and_each_field_is_named(db, publisher):
    ready_site()
    course = start_course(titles={"en": "Course"})
    with override("en"), pytest.raises(LaunchRefused) as refused:
        launch(course=course, by=publisher)
    assert [name for name, _why in refused.value.reasons] == ["Q-1", "Q-2", "Q-3"]
    why = dict(refused.value.reasons)["Q-1"]
    assert "“Question” still reads as in the example that a new course begins with (1)" in why
    assert "“Explanation” still reads" in why
    assert not Page.objects.live().filter(path__startswith=course.path).exists()
    with override("en"):
        problems = {type(page): " ".join(page.problems()) for page in course_pages(course)}
    assert [model for model, said in problems.items() if "still reads" not in said] == [QuizPage]
    assert "“Summary”" in problems[CoursePage]
    assert "“Objectives”" in problems[ModulePage]
    for field in ("Text", "Question to think about"):
        assert f"“{field}”" in problems[LessonPage]
    for field in ("Your part", "What is said", "Text", "What happens then", "Coaching", "What made the difference"):
        assert f"“{field}”" in problems[ScenarioPage]


@pytest.mark.parametrize("language", ["pl", "lv", "en"])
@pytest.mark.parametrize("model", [CoursePage, ModulePage, LessonPage, ScenarioPage])
def test_an_example_text_goes_live_by_no_route(db, language, model):
    ready_site()
    course = start_course(titles={language: "Course"})
    page = next(page for page in course_pages(course) if isinstance(page, model))
    for live in (page.get_latest_revision().publish, lambda: setattr(page, "live", True) or page.save()):
        with pytest.raises(ValidationError), override("en"):
            live()
    assert not model.objects.live().filter(pk=page.pk).exists()


def test_a_pack_that_was_begun_by_hand_is_imported_live_only_once_it_was_written(db, tmp_path):
    run("make_course", title="Jeden", language=["pl"], folder=str(tmp_path / "jeden"))
    with override("en"), pytest.raises(PackError, match="still reads as in the example"):
        apply(plan_import(read_pack(tmp_path / "jeden")))
    assert not CoursePage.objects.exists()


def test_the_preview_marks_the_block_whose_text_is_still_the_example(db):
    ready_site()
    course = start_course(titles={"en": "Course"})

    def preview() -> str:
        lesson = next(page for page in course_pages(course) if isinstance(page, LessonPage))
        return lesson.make_preview_request().content.decode()

    assert 'data-found="example-left"' in preview()
    write_over(course)
    assert "example-left" not in preview()


def test_short_texts_and_what_a_quiz_says_of_its_result_may_stay():
    examples = example_texts()
    assert "A summary repeats every word of the customer." in examples
    assert not examples & {
        "True",
        "Prawda",
        "Step by step",
        "Krok po kroku",
        "Friday, 17:40",
        "Listen to the end",
        "in a work jacket",
    }
    assert "Read the explanations below. Then try again." not in examples


def test_one_paragraph_left_among_others_is_found_and_one_changed_word_is_enough():
    examples = frozenset({"Explain one thing here."})
    block = {"id": "b", "kind": "concept", "body": "<p>Ours.</p><p> Explain one thing here. </p>"}
    (found,) = checks.examples_left(block, examples, "b")
    assert (found.severity, found.block, found.params["field"]) == (checks.ERROR, "b", "body")
    assert list(checks.examples_left(block | {"body": "<p>Explain one thing there.</p>"}, examples)) == []


def test_no_text_of_the_course_that_comes_with_the_product_is_an_example():
    pack = read_pack(REAL)
    documents = [document for _file, document in pack.documents()]
    said = {line.strip() for text in strings(documents) for line in str(text).splitlines()}
    assert len(said) > 5000
    assert not said & example_texts()


def strings(node) -> list[str]:
    if isinstance(node, dict):
        node = list(node.values())
    return [text for part in node for text in strings(part)] if isinstance(node, list) else [node]


# --- published as a whole ------------------------------------------------------------------------------------------


def test_previews_of_a_draft_course_show_its_draft_questions(db, ela):
    start_course(titles={"pl": "Kurs"}, by=ela)
    for model, use in ((LessonPage, "practice"), (QuizPage, "graded")):
        question = Question.objects.filter(use=use).first()
        question.stem = f"Written over: {use}?"
        question.save_revision(user=ela)
        page = model.objects.get().make_preview_request().content.decode()
        assert question.stem in unescape(page)


def test_published_as_a_whole_it_passes_its_own_guards(db, publisher):
    """Also where the title is the same in every language: it was given so."""
    ready_site()
    written_course(pl="Kurs", lv="Kurs")
    for page in CoursePage.objects.all():
        assert launch(course=page, by=publisher) == 8
        assert launch(course=page, by=publisher) == 0
    for model in (LessonPage, QuizPage, ScenarioPage):
        pages = model.objects.live()
        assert {page.locale.language_code for page in pages} == {"pl", "lv"}
        assert [page.problems() for page in pages] == [[], []]
    assert Question.objects.live().count() == 6
    assert set(Publication.objects.values_list("published_by", flat=True)) == {publisher.pk}


def test_what_an_editor_wrote_goes_live_with_it_questions_too(db, ela, publisher, ana):
    ready_site()
    course = written_course(pl="Kurs")
    lesson = LessonPage.objects.get().get_latest_revision_as_object()
    question = Question.objects.filter(use="practice").get().get_latest_revision_as_object()
    lesson.title, question.stem = "Written over", "What comes first?"
    lesson.save_revision(user=ela)
    question.save_revision(user=ela)
    launch(course=course, by=publisher)
    lesson = LessonPage.objects.get()
    assert (lesson.title, lesson.has_unpublished_changes) == ("Written over", False)
    assert "What comes first?" in str(lesson.compile())
    enrolment = courses.enrol(person=ana, course_key=course.translation_key)
    assert len(enrolment.course_version.steps) == 3


def test_one_page_with_a_problem_and_nothing_goes_live(db, publisher):
    ready_site()
    course = written_course(pl="Kurs")
    lesson = LessonPage.objects.get()
    lesson.body = []
    lesson.save_revision()
    assert course_outline(course).errors == 1
    with override("en"), pytest.raises(LaunchRefused) as refused:
        launch(course=course, by=publisher)
    assert refused.value.reasons == [(lesson.title, "The lesson has no content yet.")]
    assert not CoursePage.objects.live().exists()
    assert not Question.objects.live().exists()


@pytest.mark.parametrize(
    "name, field", [("role", "your part"), ("setting", "place and time"), ("customer_name", "name")]
)
def test_a_scenario_that_does_not_say_who_and_where_is_named_and_nothing_goes_live(db, publisher, name, field):
    ready_site()
    course = written_course(pl="Kurs")
    scenario = ScenarioPage.objects.get().get_latest_revision_as_object()
    setattr(scenario, name, "")
    scenario.save_revision(clean=False)  # as the editor of the CMS keeps drafts
    assert course_outline(course).errors == 1
    with override("en"), pytest.raises(LaunchRefused) as refused:
        launch(course=course, by=publisher)
    assert refused.value.reasons == [(scenario.title, f"Fill in “{field}”.")]
    assert not CoursePage.objects.live().exists()


@pytest.mark.parametrize("model", [CoursePage, LessonPage, Question])
def test_what_is_set_to_go_live_later_is_named_and_nothing_goes_live(db, publisher, model):
    """Wagtail would have put it off, and said that it is published."""
    ready_site()
    course = written_course(pl="Kurs")
    later = model.objects.first().get_latest_revision_as_object()
    later.go_live_at = timezone.now() + timedelta(days=3)
    later.save_revision()
    with override("en"), pytest.raises(LaunchRefused) as refused:
        launch(course=course, by=publisher)
    assert [why for _name, why in refused.value.reasons] == [
        "It is set to go live later. Take that date off, or publish page by page."
    ]
    assert not Page.objects.live().filter(path__startswith=course.path).exists()
    assert not Question.objects.live().exists()


def test_who_wrote_the_key_does_not_publish_the_course(db, publisher):
    ready_site()
    course = written_course(pl="Kurs")
    question = Question.objects.filter(use="graded").first().get_latest_revision_as_object()
    for part in question.parts:
        part.value["correct"] = not part.value["correct"]
    question.save_revision(user=publisher)
    with override("en"), pytest.raises(LaunchRefused) as refused:
        launch(course=course, by=publisher)
    assert [title for title, _why in refused.value.reasons] == [question.code]
    assert not Question.objects.live().exists()


def test_the_outline_of_a_draft_costs_the_same_however_many_questions_it_has(db, assert_queries_at_most):
    course = start_course(titles={"pl": "Kurs"})
    course_outline(course)
    with CaptureQueriesContext(connection) as few:
        course_outline(course)
    for number in range(30):
        question = Question.objects.filter(bank=course.code).first()
        question.pk, question.translation_key, question.code = None, uuid4(), f"MORE-{number}"
        question.latest_revision = None
        question.save()
        question.save_revision()
    course_outline(course)
    with assert_queries_at_most(len(few)):
        course_outline(course)


def test_a_new_course_exports_and_says_nothing_is_lost(db):
    course = written_course(lv="Jauns")
    launch(course=course)
    assert export_course(CoursePage.objects.get(pk=course.pk)).lost == ()


def test_two_new_courses_stand_side_by_side(db):
    start_course(titles={"pl": "Jeden"})
    start_course(titles={"pl": "Dwa"})
    assert Question.objects.count() == 6


@pytest.mark.parametrize(
    "titles, code", [({}, ""), ({"pl": " "}, ""), ({"xx": "a"}, ""), ({"pl": "a"}, "a b"), ({"pl": "?"}, "")]
)
def test_what_is_no_course_is_refused_and_nothing_is_written(db, titles, code):
    with pytest.raises(StartError):
        start_course(titles=titles, code=code)
    assert not ImportedObject.objects.exists()


def test_a_code_that_is_taken_is_refused(db):
    start_course(titles={"pl": "Jeden"})
    with pytest.raises(StartError), override("en"):
        start_course(titles={"en": "Other"}, code="jeden")


# --- commands ------------------------------------------------------------------------------------------------------
def test_make_course_by_flags(db):
    assert "jeden: " in run("make_course", title="Jeden", language=["pl", "lv"], title_lv="Viens")
    assert CoursePage.objects.get(locale__language_code="lv").title == "Viens"


def test_make_course_asks_on_a_terminal(db, monkeypatch):
    answers = iter(["pl en", "Jeden", "One", ""])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    run("make_course")
    assert {page.title for page in CoursePage.objects.all()} == {"Jeden", "One"}


def test_make_course_does_not_wait_for_an_answer_nobody_gives(db, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(CommandError, match="--title"):
        run("make_course")


def test_make_course_writes_a_pack_to_begin_by_hand(tmp_path):
    run("make_course", title="Jeden", language=["pl"], folder=str(tmp_path / "jeden"))
    pack = read_pack(tmp_path / "jeden")
    assert (pack.id, check_pack(pack)) == ("jeden", [])


def test_export_course_writes_a_folder_or_a_zip_and_never_over_something(db, tmp_path):
    import_mini()
    assert "mini: " in run("export_course", "mini", str(tmp_path / "out"))
    assert check_pack(read_pack(tmp_path / "out")) == []
    run("export_course", "mini", str(tmp_path / "out.zip"))
    for to in ("out", "out.zip"):
        with pytest.raises(CommandError):
            run("export_course", "mini", str(tmp_path / to))
    with pytest.raises(CommandError, match="Courses here: mini"):
        run("export_course", "other")


# --- the CMS -------------------------------------------------------------------------------------------------------
def test_an_empty_site_says_once_how_to_begin_and_to_each_what_they_may_do(db, ela, publisher, client_for):
    _roles()
    editors, publishers = (client_for(user).get("/cms/").content.decode() for user in (ela, publisher))
    for page in (editors, publishers):
        assert page.count("Your first course") == page.count("<ol") == 1
    assert "set_up_site" in editors
    assert "/cms/new-course/" in publishers
    for address in ("/cms/new-course/", "/cms/settings/courses/sitefacts/"):
        assert address not in editors


def test_an_editor_makes_a_course_in_the_cms_and_a_publisher_publishes_it(db, ela, publisher, client_for):
    ready_site()
    client = client_for(ela)
    assert "/cms/new-course/" in client.get("/cms/").content.decode()
    response = client.post(reverse("course-new"), {"title": "Jeden", "languages": ["pl", "en"], "code": ""})
    course = CoursePage.objects.get(locale__language_code="pl")
    assert response.url == reverse("course-outline", args=[course.pk])
    assert "/cms/new-course/" not in client.get("/cms/").content.decode()
    again = client.post(reverse("course-new"), {"title": "Jeden", "languages": ["pl"], "code": ""})
    assert again.status_code == 422
    address = reverse("course-launch", args=[course.pk])
    outline = client.get(response.url).content.decode()
    assert "a publisher publishes the whole of it" in outline
    assert address not in outline
    assert client.post(address).status_code == 404
    assert not CoursePage.objects.live().exists()

    client = client_for(publisher)
    assert address in client.get(response.url).content.decode()
    refused = client.post(address, follow=True).content.decode()
    assert "Nothing was published." in refused
    assert "still reads as in the example" in refused
    assert not CoursePage.objects.live().exists()
    write_over(course)
    done = client.post(address, follow=True).content.decode()
    assert "8 pages and questions are published." in done
    assert address not in done
    assert CoursePage.objects.live().get() == course
    assert "was published before" in client.post(address, follow=True).content.decode()


def test_a_course_that_may_not_go_live_says_why_on_its_outline(db, publisher, client_for):
    ready_site()
    course = written_course(pl="Kurs")
    lesson = LessonPage.objects.get()
    lesson.body = []
    lesson.save_revision()
    page = client_for(publisher).post(reverse("course-launch", args=[course.pk]), follow=True).content.decode()
    assert f"{lesson.title}: The lesson has no content yet." in unescape(page)


def test_a_course_that_cannot_be_exported_says_why(db, ela, client_for):
    import_mini()
    CoursePage.objects.update(live=False)
    page, client = CoursePage.objects.first(), client_for(ela)
    assert client.get(reverse("course-export", args=[page.pk])).status_code == 422
    assert client.get(reverse("course-export-file", args=[page.pk])).status_code == 302


def test_who_writes_no_pages_starts_and_imports_nothing(db, ana, auditor, client_for):
    ready_site()
    course = start_course(titles={"pl": "Kurs"})
    for user in (ana, auditor):
        for url in ("course-new", "course-import"):
            assert client_for(user).get(reverse(url)).status_code == 404
            assert client_for(user).post(reverse(url), {"title": "Jeden", "languages": ["pl"]}).status_code == 404
        assert client_for(user).post(reverse("course-launch", args=[course.pk])).status_code == 404
    assert CoursePage.objects.get() == course
