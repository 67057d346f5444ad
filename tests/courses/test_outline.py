"""The outline of a course in the CMS, its columns in the explorer, previews, and courses on the home page."""

import re
import uuid
from collections import ChainMap
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageBlock

from assessments.quizzes.models import QuizPage
from assessments.scenarios.models import ScenarioPage
from courses import actions, practice
from courses.models import CoursePage, LessonPage, ModulePage, SourceArticle, SourcePoint, StepVersion
from courses.outline import reports
from courses.outline.actions import move
from lms.packs import site
from tests.factories import make_course, ready_site
from tests.lessons import add_lesson, body
from tests.quizzes.factories import quiz
from tests.scenarios.factories import scenario

WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
PICTURE = '<p>Look: <embed embedtype="image" id="1" alt="" format="left"/></p>'


@pytest.fixture(autouse=True)
def read_in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def ela(ela):
    """With what the site gives to her role."""
    site._roles()
    return ela


@pytest.fixture
def publisher(publisher):
    site._roles()
    return publisher


def outline(tree, language="pl") -> reports.CourseOutline:
    return reports.course_outline(CoursePage.objects.get(pk=tree.courses[language].pk))


def titles(tree, language="pl") -> list[str]:
    return [row.page.title for row in outline(tree, language).steps]


def screen(tree, language="pl") -> str:
    return reverse("course-outline", args=[tree.courses[language].pk])


def moved(client, tree, page, way, at):
    address = reverse("outline-move", args=[tree.courses["pl"].pk, page.pk])
    return client.post(address, {"way": way, "at": at})


# --- what it says ---------------------------------------------------------------------------------------------------
def test_modules_and_steps_stand_in_order_with_their_minutes(tree):
    found = outline(tree)
    assert [(row.number, row.page.title, row.minutes) for row in found.steps] == [
        ("1.1", "First pl", 6),
        ("1.2", "Second pl", 6),
    ]
    assert found.minutes == found.modules[0].row.minutes == 12


def test_a_draft_is_shown_as_its_editor_would_open_it(tree):
    lesson = tree.lessons["pl"][0]
    lesson.title, lesson.minutes, lesson.body = "Rewritten", 9, []
    lesson.save_revision()
    row = outline(tree).steps[0]
    assert (row.page.title, row.minutes, row.state) == ("Rewritten", 9, reports.CHANGED)
    assert row.errors == ["The lesson has no content yet."]


def test_problems_of_the_course_and_of_a_module_count_and_stand_where_they_are(tree, ela, client_for):
    course = CoursePage.objects.get(pk=tree.courses["pl"].pk)
    course.summary = ""
    course.save_revision(clean=False)
    with translation.override("en"):
        assert outline(tree).problems == ["Say in one sentence what people will be able to do."]
        assert outline(tree).errors == 1
    page = client_for(ela).get(reverse("course-outline", args=[course.pk])).content.decode()
    assert "1 problem that keeps a page from going live." in page
    assert "Say in one sentence what people will be able to do." in page


def test_a_module_that_is_not_translated_says_so_and_how_far_it_is_in_each_language(tree, ela, client_for, monkeypatch):
    monkeypatch.setattr(ModulePage, "problems", lambda self: ["1 text is not translated yet."])
    found = outline(tree)
    assert (found.modules[0].problems, found.errors) == (["1 text is not translated yet."], len(found.modules))
    page = client_for(ela).get(reverse("course-outline", args=[tree.courses["pl"].pk])).content.decode()
    head = page.split(f'id="m-{found.modules[0].row.page.pk}"')[1].split("<table")[0]
    assert "1 text is not translated yet." in head
    assert [f'">{code}</abbr>' in head for code in ("PL", "LV", "EN")] == [True] * 3
    assert "0 taking it" in head


def test_each_language_says_how_far_it_is(tree):
    tree.lessons["en"][1].unpublish()
    lesson = tree.lessons["pl"][0]
    lesson.body = lesson.body.get_prep_value()[:2]
    lesson.save_revision().publish()
    first, second = outline(tree).steps
    assert [(one.code, one.state) for one in first.languages] == [("pl", "live"), ("lv", "missing"), ("en", "older")]
    assert second.languages[2].state == reports.DRAFT
    percents = [(one.percent_translated, one.percent_live) for one in outline(tree).languages]
    assert percents == [(100, 100), (0, 0), (100, 0)]


def test_everything_is_named_in_the_readers_language_and_else_in_its_own(tree, ela, publisher, client_for):
    tree.lessons["en"][0].unpublish()  # a draft has a name too
    tree.lessons["en"][1].delete()
    first, second = (lesson.pk for lesson in tree.lessons["pl"])
    page = client_for(ela).get(screen(tree)).content.decode()
    assert '<span lang="en">Calm en</span>' in page
    assert '<span lang="en">Module en</span>' in page
    assert f'<a href="/cms/pages/{first}/edit/" lang="en">First en</a>' in page
    assert f'<a href="/cms/pages/{second}/edit/" lang="pl">Second pl</a>' in page
    with translation.override("pl"):
        assert [row.name.title for row in outline(tree).steps] == ["First pl", "Second pl"]
    told = moved(client_for(publisher), tree, tree.lessons["pl"][0], "down", 0)
    assert "“First en” was moved" in str(next(iter(told.wsgi_request._messages)))


def test_what_is_called_there_as_here_is_not_translated_yet_and_keeps_its_language(tree):
    begun = tree.lessons["en"][1]
    begun.title = begun.draft_title = tree.lessons["pl"][1].title
    begun.save()
    with translation.override("en"):
        assert [(row.name.title, row.name.language) for row in outline(tree).steps] == [
            ("First en", "en"),
            ("Second pl", "pl"),
        ]


def test_what_learners_take_says_which_language_its_name_is_in(tree, ela, client_for, enrolment):
    ela.language = "lv"
    ela.save()
    page = client_for(ela).get(reverse("learners")).content.decode()
    assert '<td lang="pl">Calm pl</td>' in page
    assert '<span lang="pl">First pl</span>' in page
    page = client_for(ela).get(reverse("learner", args=[enrolment.key])).content.decode()
    assert '<th scope="row" lang="pl">Second pl</th>' in page


def test_what_is_looked_at_in_a_language_keeps_its_names_in_it(tree):
    with translation.override("pl"):
        found = outline(tree, "en")
    named = [found.name, found.modules[0].row.name, *(row.name for row in found.steps)]
    assert [name.title for name in named] == ["Calm en", "Module en", "First en", "Second en"]
    assert {name.language for name in named} == {"en"}


def test_people_who_are_taking_it_and_who_finished_a_step_are_counted(tree, enrolment):
    started = actions.start(enrolment=enrolment)
    version = StepVersion.objects.get(step_key=tree.keys[0], language="pl")
    actions.complete_step(enrolment=started, version=version)
    first, second = outline(tree).steps
    assert (first.taking, first.finished) == (1, 1)
    assert (second.taking, second.finished) == (1, 0)
    assert (outline(tree).taking, outline(tree).finished) == (1, 0)


def test_source_points_that_nothing_teaches_are_named(tree):
    article = SourceArticle.objects.create(course_key=tree.course_key, file="a.txt", title="A", language="pl")
    SourcePoint.objects.create(
        article=article, course_key=tree.course_key, code="S001-01", lines="1", section="s", texts={}
    )
    assert "No lesson teaches these points of the source articles (1): S001-01" in outline(tree).warnings


def test_the_checks_are_kept_until_the_draft_changes(tree, monkeypatch):
    lesson = tree.lessons["pl"][0]
    lesson.save_revision().publish()
    before = outline(tree).steps[0].warnings
    with monkeypatch.context() as patch:
        patch.setattr(LessonPage, "warnings", lambda self: ["Asked again."])
        assert outline(tree).steps[0].warnings == before
        assert outline(tree).steps[1].warnings == ["Asked again."]  # never saved by an editor: nothing to go by
        lesson.minutes = 7
        lesson.save_revision()
        assert outline(tree).steps[0].warnings == ["Asked again."]


def test_thirty_steps_cost_as_many_queries_as_two(tree):
    def cost() -> int:
        course = CoursePage.objects.select_related("locale").get(pk=tree.courses["pl"].pk)
        with CaptureQueriesContext(connection) as queries:
            reports.course_outline(course)
        return len(queries)

    tree.lessons["pl"][0].save_revision()
    few = cost()
    for number in range(28):
        lesson = add_lesson(tree.modules["pl"], f"More {number}", uuid.uuid4())
        lesson.title = f"Changed {number}"
        lesson.save_revision()
    assert len(outline(tree).steps) == 30
    assert cost() <= few  # the first asks for what is then remembered


# --- order ----------------------------------------------------------------------------------------------------------
def test_a_step_moves_down_and_up_again_in_every_language(tree, publisher, client_for):
    client = client_for(publisher)
    lesson = tree.lessons["pl"][0]
    answer = moved(client, tree, lesson, "down", 0)
    assert answer.url == f"{screen(tree)}#down-{lesson.pk}"
    assert titles(tree) == ["Second pl", "First pl"]
    assert titles(tree, "en") == ["Second en", "First en"]
    moved(client, tree, lesson, "up", 1)
    assert titles(tree) == ["First pl", "Second pl"]


def test_sent_twice_it_moves_once(tree, publisher):
    add_lesson(tree.modules["pl"], "Third pl", uuid.uuid4())
    lesson = LessonPage.objects.get(pk=tree.lessons["pl"][0].pk)
    assert move(page=lesson, up=False, at=0, by=publisher)
    assert not move(page=LessonPage.objects.get(pk=lesson.pk), up=False, at=0, by=publisher)
    assert titles(tree) == ["Second pl", "First pl", "Third pl"]


@pytest.mark.parametrize(("way", "at"), [("up", "0"), ("down", "5"), ("down", ""), ("down", "x"), ("down", "9" * 30)])
def test_what_cannot_be_moved_stays_and_says_so(tree, publisher, client_for, way, at):
    client = client_for(publisher)
    answer = client.post(
        reverse("outline-move", args=[tree.courses["pl"].pk, tree.lessons["pl"][0].pk]),
        {"way": way, "at": at},
        follow=True,
    )
    assert answer.status_code == 200
    assert titles(tree) == ["First pl", "Second pl"]
    assert list(answer.context["messages"])


def test_a_page_of_another_course_is_not_moved_from_here(tree, publisher, client_for):
    address = reverse("outline-move", args=[tree.courses["en"].pk, tree.lessons["pl"][0].pk])
    assert client_for(publisher).post(address, {"way": "down", "at": 0}).status_code == 404


def test_an_editor_sees_the_outline_and_may_not_change_the_order(tree, ela, client_for):
    client = client_for(ela)
    page = client.get(screen(tree)).content.decode()
    assert "First en" in page
    assert "/move/" not in page
    assert moved(client, tree, tree.lessons["pl"][0], "down", 0).status_code == 404


@pytest.mark.parametrize("who", ["ana", "marek", "auditor", "obcy"])
def test_nobody_else_sees_the_outline(who, tree, request, client_for):
    assert client_for(request.getfixturevalue(who)).get(screen(tree)).status_code == 404


# --- errors keep a page from going live -----------------------------------------------------------------------------
def test_a_picture_without_words_is_saved_as_a_draft_and_goes_live_by_no_route(tree):
    lesson = tree.lessons["pl"][0]
    lesson.body = [{"type": "hook", "value": {"body": PICTURE, "points": ""}}]
    revision = lesson.save_revision()
    with pytest.raises(ValidationError, match="alternative text"):
        revision.publish()
    assert "alternative text" in outline(tree).steps[0].errors[0]


def test_advice_never_keeps_a_page_from_going_live(tree):
    lesson = tree.lessons["pl"][0]
    lesson.minutes = 60
    assert lesson.warnings()
    lesson.save_revision().publish()
    assert LessonPage.objects.get(pk=lesson.pk).minutes == 60


# --- preview --------------------------------------------------------------------------------------------------------
def test_a_preview_shows_each_language_and_leaves_no_trace(tree):
    lesson = tree.lessons["pl"][0]
    assert [code for code, _name in lesson.preview_modes] == ["", "lv", "en"]
    for mode, text in (("", "First pl at the counter"), ("en", "First en at the counter"), ("lv", "First pl at the")):
        with CaptureQueriesContext(connection) as queries:
            answer = lesson.make_preview_request(preview_mode=mode)
        assert text in answer.content.decode()
        assert [query["sql"] for query in queries if WRITES.match(query["sql"])] == []


def test_a_preview_stands_in_the_middle_of_the_course_in_its_own_language(tree):
    second = tree.lessons["pl"][1]
    with translation.override("pl"):
        assert "Step 2 of 2" in second.make_preview_request(preview_mode="en").content.decode()


def test_every_kind_of_page_previews_or_offers_no_preview(db, ela, client_for):
    ready_site()
    course = make_course("calm-first", lessons=1, languages=["pl"], steps=[quiz(["single"]), scenario()])
    client = client_for(ela)
    for page in (course.pages["pl"], *course.steps["pl"]):
        assert client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).status_code == 200
    module = course.modules["pl"]
    assert not module.is_previewable()
    assert "/edit/preview/" not in client.get(reverse("wagtailadmin_pages:edit", args=[module.pk])).content.decode()


def test_a_preview_marks_what_the_checks_found(tree):
    lesson = tree.lessons["pl"][0]
    lesson.body = body(" ".join(["word."] * 70))
    page = lesson.make_preview_request().content.decode()
    assert 'data-found="paragraph-long"' in page
    assert re.search(r'<h1[^>]* data-found="no-practice', page)


def test_every_block_has_a_group_an_icon_a_description_and_a_preview():
    blocks = LessonPage._meta.get_field("body").stream_block.child_blocks.values()
    assert {str(block.meta.group) for block in blocks} == {"Explain", "Show", "Practise"}
    for block in blocks:
        assert block.meta.icon != "placeholder", block.name
        assert block.get_description(), block.name
        assert block.is_previewable, block.name
        assert list(block.meta.form_layout.settings) == ["points"], block.name


STREAMS = [
    (model, field)
    for model in apps.get_models()
    for field in model._meta.get_fields()
    if isinstance(field, StreamField) and not model.__module__.startswith("wagtail")
]


def inside(block) -> dict:
    """{name: block} of what an editor meets in it. A picture is a block of Wagtail, which explains its own fields."""
    if isinstance(block, ImageBlock):
        return {}
    below = getattr(block, "child_block", None)
    return dict(getattr(block, "child_blocks", {})) | ({"one": below} if below else {})


def helps(block, place: str) -> dict[str, str]:
    """{place: help text} of everything to fill in, at any depth."""
    if children := inside(block):
        below = [helps(child, f"{place}.{name}") for name, child in children.items()]
        return dict(ChainMap(*below))
    return {place: str(getattr(getattr(block, "field", None), "help_text", "") or block.meta.help_text or "")}


@pytest.mark.parametrize("model, field", STREAMS, ids=lambda one: one.__name__ if isinstance(one, type) else one.name)
def test_everything_that_is_filled_in_has_a_help_text(model, field):
    silent = [place for place, text in helps(field.stream_block, field.name).items() if not text]
    assert not silent


@pytest.mark.parametrize("model, field", STREAMS, ids=lambda one: one.__name__ if isinstance(one, type) else one.name)
def test_every_block_says_what_it_is_for_and_has_an_example(model, field):
    for name, block in field.stream_block.child_blocks.items():
        own = str(getattr(block.meta, "help_text", ""))
        assert own, name
        assert any("Example:" in text for text in [own, *helps(block, name).values()]), name
        if model in (LessonPage, ScenarioPage):
            assert "Example:" in own, name
            assert own != str(block.get_description()), name


def test_the_walk_meets_every_kind_of_step_and_the_questions():
    assert {model.__name__ for model, _field in STREAMS} == {
        "LessonPage",
        "ModulePage",
        "Question",
        "QuizPage",
        "ScenarioPage",
    }


@pytest.mark.parametrize(
    "model, folded",
    [
        (LessonPage, {"Settings"}),
        (QuizPage, {"Settings", "Essays", "Other uses"}),
        (ScenarioPage, {"Settings", "Rules"}),
    ],
)
def test_what_an_editor_rarely_changes_is_folded_away(model, folded):
    closed = {str(panel.heading) for panel in model.content_panels if "collapsed" in getattr(panel, "classname", "")}
    assert closed == folded


@pytest.mark.parametrize("name", list(LessonPage._meta.get_field("body").stream_block.child_blocks))
def test_the_chooser_shows_how_each_block_looks(name, tree, ela, client_for, monkeypatch):
    monkeypatch.setattr(practice, "compile_question", lambda key, language: None)
    block = LessonPage._meta.get_field("body").stream_block.child_blocks[name]
    answer = client_for(ela).get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
    text = re.sub(r"<[^>]+>", "", answer.content.decode().partition('class="prose"')[2])
    assert answer.status_code == 200
    assert len(text.split()) > 2


# --- explorer and home ----------------------------------------------------------------------------------------------
def test_the_explorer_shows_minutes_checks_and_people_and_filters_by_them(tree, ela, client_for):
    client = client_for(ela)
    module = reverse("wagtailadmin_explore", args=[tree.modules["pl"].pk])
    page = client.get(module).content.decode()
    assert "pieces of advice" in page
    assert "First pl" in client.get(module, {"checks": "warnings"}).content.decode()
    assert "First pl" not in client.get(module + "results/", {"checks": "errors"}).content.decode()
    assert "First pl" not in client.get(module + "results/", {"minutes": 5}).content.decode()
    assert "First pl" not in client.get(module + "results/", {"people": "yes"}).content.decode()
    tree.lessons["pl"][1].save_revision()
    assert "First pl" not in client.get(module + "results/", {"state": "changed"}).content.decode()
    catalogue = reverse("wagtailadmin_explore", args=[tree.courses["pl"].get_parent().pk])
    page = client.get(catalogue, {"minutes": 12}).content.decode()
    assert "Calm pl" in page
    assert 'name="checks"' not in page  # a course's checks are in its outline: the list would answer from nothing
    assert 'name="checks"' in client.get(module).content.decode()


def test_the_explorer_says_how_far_each_language_is_at_the_same_cost_for_one_course_and_for_ten(tree, ela, client_for):
    client = client_for(ela)
    tree.lessons["en"][1].unpublish()
    module = client.get(reverse("wagtailadmin_explore", args=[tree.modules["pl"].pk])).content.decode()
    assert "PL, EN: live; LV: missing" in module
    assert "PL: live; LV: missing; EN: draft" in module
    catalogue = reverse("wagtailadmin_explore", args=[tree.courses["pl"].get_parent().pk]) + "results/"
    page = client.get(catalogue).content.decode()
    assert "Polish: 100% live, Latvian: 0% live, English: 50% live" in page
    course = tree.courses["pl"]

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            reports.spoken(list(CoursePage.objects.select_related("locale")))
        return len(queries)

    few = cost()
    for number in range(9):
        course.copy(update_attrs={"slug": f"more-{number}", "code": f"more-{number}"}, recursive=True)
    assert cost() == few


def test_the_explorer_has_steps_in_the_order_people_take_them_until_another_is_chosen(tree, ela, client_for):
    client = client_for(ela)
    tree.lessons["pl"][0].save_revision()  # what was changed last comes first in Wagtail's own order
    module = reverse("wagtailadmin_explore", args=[tree.modules["pl"].pk])

    def listed(**wanted) -> list[int]:
        return [page.pk for page in client.get(module, wanted).context["object_list"]]

    steps = [page.pk for page in tree.modules["pl"].get_children()]
    assert listed() == steps
    assert listed(ordering="-title") == sorted(steps, key=lambda pk: -steps.index(pk))


def test_the_home_page_shows_the_courses_and_the_review_that_is_due(tree, ela, client_for, enrolment):
    course = tree.courses["pl"]
    course.review_by = timezone.localdate() - timedelta(days=1)
    course.save_revision().publish()
    page = client_for(ela).get(reverse("wagtailadmin_home")).content.decode()
    assert "The date has passed." in page
    assert f'<a href="{screen(tree)}" lang="en">Calm en</a>' in page
    assert "Review “Calm en”" in page
    (health,) = reports.health(timezone.localdate())
    assert (health.taking, health.finished, health.percent_finished) == (0, 0, None)
    assert [one.percent_live for one in health.languages] == [100, 0, 100]
    assert not reports.health(course.review_by)[0].is_review_due


def test_a_course_without_the_readers_language_is_shown_by_the_name_it_has_at_the_same_cost_for_ten(tree):
    with CaptureQueriesContext(connection) as few, translation.override("lv"):
        (row,) = reports.health(timezone.localdate())
    assert (row.name.title, row.name.language) == ("Calm pl", "pl")
    for number in range(9):
        tree.courses["pl"].copy(update_attrs={"slug": f"more-{number}", "code": f"more-{number}"}, recursive=True)
    with CaptureQueriesContext(connection) as many, translation.override("lv"):
        assert len(reports.health(timezone.localdate())) == 10
    assert len(many) == len(few)
