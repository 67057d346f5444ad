"""A pack becomes pages; what changed in the pack is written, what changed here is left alone."""

import json
import re
import shutil
from html import unescape
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils.translation import override
from wagtail.models import Page

from assessments.quizzes.models import Question, QuizPage
from assessments.scenarios.models import ScenarioPage
from courses import actions
from courses.actions import refresh_course
from courses.keys import pack_key
from courses.models import (
    CoursePage,
    CourseVersion,
    LessonPage,
    ModulePage,
    Publication,
    SourceArticle,
    SourcePoint,
    StepVersion,
)
from courses.outline.reports import course_outline
from lms.models import ImportedObject
from lms.packs.importing import apply, plan_import
from lms.packs.reading import PackError, read_pack
from people.actions import set_language
from tests.packs.conftest import REAL, import_mini, import_real, whole_course

LANGUAGES = {"pl", "lv", "en"}


def run(folder: Path, **options) -> str:
    out = StringIO()
    call_command("import_course", str(folder), stdout=out, **options)
    return out.getvalue()


def contents() -> dict[str, list]:
    """Every row of every table: two equal results are two equal databases."""
    tables = sorted(model._meta.db_table for model in apps.get_models(include_auto_created=True))
    with connection.cursor() as cursor:
        return {table: sorted(map(repr, _rows(cursor, table))) for table in tables}


def _rows(cursor, table: str) -> list:
    cursor.execute(f'SELECT * FROM "{table}"')
    return cursor.fetchall()


def lesson(object_id: str, language: str) -> LessonPage:
    return LessonPage.objects.get(translation_key=pack_key("mini", object_id), locale__language_code=language)


@pytest.fixture
def imported(db, folder) -> Path:
    import_mini()
    return folder


# --- the first time ------------------------------------------------------------------------------------------------
def test_every_object_becomes_a_live_page_or_question_in_every_language(imported):
    for model, count in (
        (CoursePage, 1),
        (ModulePage, 1),
        (LessonPage, 2),
        (ScenarioPage, 1),
        (QuizPage, 1),
        (Question, 4),
    ):
        for language in LANGUAGES:
            assert model.objects.filter(live=True, locale__language_code=language).count() == count, (model, language)


def test_languages_share_the_keys_that_the_format_names(imported):
    for model, name in ((CoursePage, "mini"), (ModulePage, "start"), (LessonPage, "START-L1"), (QuizPage, "MQ-start")):
        pages = model.objects.filter(translation_key=pack_key("mini", name))
        assert {page.locale.language_code for page in pages} == LANGUAGES
    assert Question.objects.filter(translation_key=pack_key("mini", "Q-START-1")).count() == 3


def test_blocks_and_options_share_their_keys(imported):
    ids = {tuple(block.id for block in lesson("START-L1", language).body) for language in LANGUAGES}
    assert len(ids) == 1
    questions = Question.objects.filter(code="Q-START-1")
    assert {tuple(part.id for part in question.parts) for question in questions} == {
        tuple(str(pack_key("mini", f"Q-START-1.{option}")) for option in "abc")
    }


def test_structures_are_equal_in_all_languages(imported):
    structures = set(StepVersion.objects.values_list("step_key", "structure_sha256"))
    assert len(structures) == StepVersion.objects.values("step_key").distinct().count()


def test_steps_stand_in_the_order_the_format_says(imported):
    module = ModulePage.objects.get(locale__language_code="pl")
    assert [page.title for page in module.get_children()] == [
        "Jeden oddech",
        "Własne słowa",
        "Spóźniona paczka",
        "Test: Początek",
    ]


def test_each_step_is_compiled_once_and_the_course_has_one_version(imported):
    assert Publication.objects.count() == 3 * (4 + 1)
    version = CourseVersion.objects.get()
    assert [step.kind for step in version.steps] == ["lesson", "lesson", "scenario", "quiz"]
    assert [step.required_of for step in version.steps] == ["everyone", "managers", "everyone", "everyone"]


def test_markdown_becomes_what_the_editor_would_have_made(imported):
    body = lesson("START-L1", "en").body[0].value["body"].source
    assert (
        body
        == "<p>Monday morning, the first call.</p><ul><li>The phone rings.</li><li>Somebody <b>shouts</b>.</li></ul>"
    )


def test_pages_have_a_revision_and_no_pending_changes(imported):
    for page in Page.objects.filter(depth__gt=2):
        assert page.live_revision_id == page.latest_revision_id is not None
        assert not page.has_unpublished_changes


def test_sources_are_there_with_their_titles(imported):
    point = SourcePoint.objects.get(code="P-3")
    assert (point.article.title, point.section, point.texts["lv"]) == (
        "A small article",
        "Middle",
        "Kopsavilkums rāda klausīšanos.",
    )


def test_the_summary_counts_everything(db, folder):
    # 3 languages of course, module, 2 orders, 2 lessons, scenario, quiz, 4 questions; 1 article and 4 points
    assert "mini: 41 created, 0 updated, 0 unchanged, 0 left alone, 0 unpublished" in run(folder)


# --- the second time -----------------------------------------------------------------------------------------------
def test_a_second_run_writes_nothing(imported):
    before = contents()
    assert "mini: 0 created, 0 updated, 41 unchanged" in run(imported)
    assert contents() == before


def test_a_dry_run_writes_nothing_and_tells_all(db, folder):
    before = contents()
    said = run(folder, dry_run=True)
    assert contents() == before
    assert "create: lesson START-L1 (lv)" in said
    assert "41 would be created" in said


def test_a_changed_text_is_updated_in_its_language_only(imported, edit):
    versions = {page.locale.language_code: page.latest_revision_id for page in LessonPage.objects.filter(title__gt="")}
    edit("lessons/START-L1.yaml", lambda data: data["title"].update(lv="Viena lēna ieelpa"))
    edit("course.yaml", lambda data: data["modules"][0]["lessons"][0]["title"].update(lv="Viena lēna ieelpa"))
    assert "1 updated" in run(imported)
    page = lesson("START-L1", "lv")
    assert (page.title, page.draft_title) == ("Viena lēna ieelpa", "Viena lēna ieelpa")
    assert page.live_revision_id == page.latest_revision_id > max(versions.values())
    newest = Publication.objects.filter(step_key=page.translation_key, language="lv").latest("pk")
    assert newest.version.title == "Viena lēna ieelpa"
    assert CourseVersion.objects.count() == 1  # a text in one language makes no new version


def test_a_changed_question_reaches_the_quiz_and_the_lesson_that_show_it(imported, edit):
    def change(data):
        data["questions"][0]["stem"]["en"] = "Somebody shouts. What comes first?"
        data["questions"][3]["stem"]["en"] = "A summary repeats each word."

    edit("questions.yaml", change)
    assert "2 updated" in run(imported)
    quiz = Publication.objects.filter(step_key=pack_key("mini", "MQ-start"), language="en").latest("pk")
    assert "Somebody shouts. What comes first?" in json.dumps(quiz.version.content)
    shown = Publication.objects.filter(step_key=pack_key("mini", "START-L1"), language="en").latest("pk")
    assert "A summary repeats each word." in json.dumps(shown.version.content)


def test_questions_may_change_places_though_half_way_the_quiz_could_not_be_drawn(imported, edit):
    """Each objective keeps a graded question, but not while only the first of the two has moved."""

    def change(data):
        data["questions"][2].update(objective="START-1")
        data["questions"][1].update(objective="START-2")

    edit("questions.yaml", change)
    assert "6 updated" in run(imported)
    quiz = Publication.objects.filter(step_key=pack_key("mini", "MQ-start"), language="pl").latest("pk")
    pool = {question["code"]: question["objective"] for question in quiz.version.content["body"]["pool"]}
    assert pool == {"Q-START-1": "START-1", "Q-START-2": "START-2", "Q-START-3": "START-1"}


def test_a_new_lesson_comes_where_the_pack_puts_it(imported, edit):
    first = imported / "lessons" / "START-L1.yaml"
    shutil.copy(first, imported / "lessons" / "START-L0.yaml")
    edit("lessons/START-L0.yaml", lambda data: data.update(id="START-L0"))
    edit(
        "course.yaml",
        lambda data: data["modules"][0]["lessons"].insert(0, data["modules"][0]["lessons"][0] | {"id": "START-L0"}),
    )
    assert "3 created, 3 updated" in run(imported)  # the lesson; the order of the module
    module = ModulePage.objects.get(locale__language_code="lv")
    codes = [str(page.translation_key) for page in module.get_children()]
    assert codes[:2] == [str(pack_key("mini", "START-L0")), str(pack_key("mini", "START-L1"))]
    assert "41 unchanged" not in run(imported)
    assert "44 unchanged" in run(imported)


def test_lessons_that_change_places_are_moved(imported, edit):
    edit("course.yaml", lambda data: data["modules"][0]["lessons"].reverse())
    run(imported)
    titles = [page.title for page in ModulePage.objects.get(locale__language_code="en").get_children()]
    assert titles == ["Your own words", "The late parcel", "One breath", "Quiz: The beginning"]
    assert Page.find_problems() == ([], [], [], [], [])


def two_modules(edit) -> None:
    """The second lesson and its scenario move to a module of their own, which comes first."""

    def change(course):
        first = course["modules"][0]
        end = {"id": "end", "title": {"en": "The end", "pl": "Koniec", "lv": "Beigas"}, "objectives": [], "lessons": []}
        end["lessons"].append(first["lessons"].pop())
        course["modules"].insert(0, end)
        course["scenarios"][0]["module"] = "end"

    edit("course.yaml", change)
    edit("lessons/START-L2.yaml", lambda data: data.update(module="end", minutes=6))
    edit("scenarios/SC-START.yaml", lambda data: data.update(module="end"))


def test_steps_move_to_another_module_and_modules_change_places(imported, edit):
    two_modules(edit)
    run(imported)
    course = CoursePage.objects.get(locale__language_code="lv")
    tree = [(module.title, [step.title for step in module.get_children()]) for module in course.get_children()]
    assert tree == [
        ("Beigas", ["Savi vārdi", "Nokavētais sūtījums"]),
        ("Sākums", ["Viena ieelpa", "Tests: Sākums"]),
    ]
    assert lesson("START-L2", "lv").minutes == 6
    assert lesson("START-L2", "lv").url_path.startswith(course.url_path + "beigas/")
    assert Page.find_problems() == ([], [], [], [], [])
    assert "0 updated, 47 unchanged" in run(imported)


def test_a_module_that_comes_back_has_its_order_again(imported, edit, folder):
    kept = (folder / "course.yaml").read_text(), (folder / "lessons/START-L2.yaml").read_text()
    scenario = (folder / "scenarios/SC-START.yaml").read_text()
    two_modules(edit)
    run(imported)
    moved = (folder / "course.yaml").read_text()
    (folder / "course.yaml").write_text(kept[0])
    (folder / "lessons/START-L2.yaml").write_text(kept[1])
    (folder / "scenarios/SC-START.yaml").write_text(scenario)
    assert "3 unpublished" in run(imported)
    (folder / "course.yaml").write_text(moved)
    edit("lessons/START-L2.yaml", lambda data: data.update(module="end"))
    edit("scenarios/SC-START.yaml", lambda data: data.update(module="end"))
    assert "0 left alone" in run(imported)
    assert ModulePage.objects.filter(title="Beigas", live=True).exists()
    assert "0 updated, 47 unchanged" in run(imported)
    assert Page.find_problems() == ([], [], [], [], [])


def test_a_section_of_a_source_that_is_renamed_reaches_the_lessons_that_show_it(imported):
    points = imported / "points.csv"
    points.write_text(points.read_text(encoding="utf-8").replace(",1,Beginning,", ",1,First words,"), encoding="utf-8")
    run(imported)
    shown = Publication.objects.filter(step_key=pack_key("mini", "START-L1"), language="en").latest("pk")
    renamed = {"article": "A small article", "section": "First words", "language": "en"}
    assert renamed in shown.version.content["sources"]


def test_a_point_that_left_the_pack_is_no_longer_current(imported, edit):
    points = imported / "points.csv"
    points.write_text("".join(line for line in points.read_text().splitlines(True) if not line.startswith("P-4")))
    edit("course.yaml", lambda data: data["modules"][0]["lessons"][1]["points"].remove("P-4"))
    edit("lessons/START-L2.yaml", lambda data: (data["points"].remove("P-4"), data["blocks"][1].pop("points")))
    assert "1 unpublished" in run(imported)
    assert not SourcePoint.objects.get(code="P-4").is_current


# --- edited here ---------------------------------------------------------------------------------------------------
def change_here(page: LessonPage, title: str) -> None:
    page.title = title
    page.save_revision().publish()


def test_what_an_editor_changed_is_left_alone_and_reported(imported, edit):
    change_here(lesson("START-L1", "pl"), "Dwa oddechy")
    edit("lessons/START-L1.yaml", lambda data: data.update(minutes=6))
    said = run(imported)
    assert "left alone: lesson START-L1 (pl): it was changed here" in said
    assert (lesson("START-L1", "pl").title, lesson("START-L1", "pl").minutes) == ("Dwa oddechy", 5)
    assert lesson("START-L1", "lv").minutes == 6


def test_a_source_point_that_was_changed_here_is_left_alone_and_reported(imported):
    SourcePoint.objects.filter(code="P-3").update(section="Corrected")
    points = imported / "points.csv"
    points.write_text(points.read_text(encoding="utf-8").replace(",1,Beginning,", ",1,First words,"), encoding="utf-8")
    for _time in range(2):
        assert "left alone: source point P-3: it was changed here" in run(imported)
        assert SourcePoint.objects.get(code="P-3").section == "Corrected"
    assert SourcePoint.objects.filter(section="First words").exists()
    assert "left alone: " not in run(imported, force=True)
    assert SourcePoint.objects.get(code="P-3").section == "Middle"


def test_a_source_point_that_was_added_here_stays_in_use(imported):
    article = SourcePoint.objects.get(code="P-3").article
    SourcePoint.objects.create(article=article, course_key=article.course_key, code="MINE-1", texts={"en": "Mine"})
    assert "0 unpublished" in run(imported)
    assert SourcePoint.objects.get(code="MINE-1").is_current


def test_force_overwrites_what_an_editor_changed(imported):
    change_here(lesson("START-L1", "pl"), "Dwa oddechy")
    assert "1 updated" in run(imported, force=True)
    assert lesson("START-L1", "pl").title == "Jeden oddech"
    assert "0 left alone" in run(imported)


def test_a_draft_counts_as_an_edit(imported, edit):
    page = lesson("START-L1", "pl")
    page.title = "Szkic"
    page.save_revision()
    edit("lessons/START-L1.yaml", lambda data: data.update(minutes=6))
    assert "START-L1 (pl): it has a draft here" in run(imported)
    run(imported, force=True)
    page = lesson("START-L1", "pl")
    assert (page.title, page.minutes, page.has_unpublished_changes) == ("Jeden oddech", 6, False)
    assert page.get_latest_revision_as_object().title == "Jeden oddech"


def test_a_question_an_editor_changed_is_left_alone(imported, edit):
    question = Question.objects.get(code="Q-START-1", locale__language_code="en")
    question.stem = "My own question?"
    question.save_revision().publish()
    edit("questions.yaml", lambda data: data["questions"][0].update(difficulty=0.5))
    assert "left alone: question Q-START-1 (en): it was changed here" in run(imported)
    assert Question.objects.get(pk=question.pk).stem == "My own question?"


def test_a_page_an_editor_unpublished_stays_so(imported):
    lesson("START-L2", "pl").unpublish()
    assert "START-L2 (pl): it was unpublished here" in run(imported)
    assert not lesson("START-L2", "pl").live
    run(imported, force=True)
    assert lesson("START-L2", "pl").live


def test_a_page_an_editor_deleted_stays_away(imported):
    lesson("START-L2", "pl").delete()
    assert "START-L2 (pl): it was deleted here" in run(imported)
    run(imported, force=True)
    assert lesson("START-L2", "pl").live


def test_nothing_is_put_below_a_module_that_was_deleted(imported):
    ModulePage.objects.get(locale__language_code="pl").delete()
    said = run(imported)
    assert "module start (pl): it was deleted here" in said
    assert "lesson START-L1 (pl): start was deleted here" in said
    run(imported, force=True)
    assert "41 unchanged" in run(imported)


def test_an_order_an_editor_chose_is_kept(imported, edit):
    module = ModulePage.objects.get(locale__language_code="pl")
    lesson("START-L2", "pl").move(module, pos="first-child")
    edit("course.yaml", lambda data: data["modules"][0]["lessons"].reverse())
    said = run(imported)
    assert "left alone: order start:order (pl): it was changed here" in said
    assert "order start:order (lv)" not in said


def test_a_page_an_editor_added_is_nobodys_business(imported):
    module = ModulePage.objects.get(locale__language_code="pl")
    own = LessonPage(title="Nasza lekcja", live=False, locale=module.locale)
    module.add_child(instance=own)
    assert "41 unchanged, 0 left alone" in run(imported)


def test_settings_the_pack_does_not_hold_are_no_edit(imported):
    CoursePage.objects.update(is_open=True, valid_months=12)
    assert "41 unchanged" in run(imported)


def test_publishing_without_a_change_is_no_edit(imported):
    for page in Page.objects.filter(depth__gt=2).specific():
        page.save_revision().publish()
    assert "41 unchanged" in run(imported)


def test_what_was_there_before_the_first_import_is_left_alone(imported):
    ImportedObject.objects.filter(object_id="START-L1").delete()
    assert "START-L1 (lv): it was here before the first import" in run(imported)
    run(imported, force=True)
    assert "41 unchanged" in run(imported)


# --- gone ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def without_last_lesson(imported, edit) -> Path:
    (imported / "lessons" / "START-L2.yaml").rename(imported / "START-L2.kept")
    return imported


def test_what_left_the_pack_is_unpublished_and_never_deleted(without_last_lesson):
    assert "3 unpublished" in run(without_last_lesson)
    assert not lesson("START-L2", "pl").live
    assert [step.kind for step in CourseVersion.objects.latest("number").steps] == ["lesson", "scenario", "quiz"]
    assert "0 unpublished" in run(without_last_lesson)


def test_what_left_the_pack_but_was_edited_here_is_left_alone(without_last_lesson):
    change_here(lesson("START-L2", "pl"), "Nasze słowa")
    assert "lesson START-L2 (pl): it left the pack, but it was changed here" in run(without_last_lesson)
    assert lesson("START-L2", "pl").live
    assert not lesson("START-L2", "lv").live


def test_what_comes_back_is_published_again(without_last_lesson):
    run(without_last_lesson)
    (without_last_lesson / "START-L2.kept").rename(without_last_lesson / "lessons" / "START-L2.yaml")
    assert "it is back in the pack" in run(without_last_lesson, dry_run=True)
    run(without_last_lesson)
    assert lesson("START-L2", "pl").live
    version = refresh_course(course_key=pack_key("mini", "mini"))
    assert [step.kind for step in version.steps] == ["lesson", "lesson", "scenario", "quiz"]


# --- refused -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "file, change, reason",
    [
        ("lessons/START-L1.yaml", lambda d: d.update(minutes="five"), "lessons/START-L1.yaml: minutes: a whole number"),
        ("questions.yaml", lambda d: d["questions"][0].pop("stem"), "questions.yaml: questions[1].stem: missing"),
        (
            "scenarios/SC-START.yaml",
            lambda d: d.update(start="nowhere"),
            "scenarios/SC-START.yaml: There is no scene “nowhere”",
        ),
    ],
)
def test_a_faulty_pack_is_refused_with_file_key_and_reason_and_nothing_is_written(
    db, folder, edit, file, change, reason
):
    edit(file, change)
    before = contents()
    with pytest.raises(CommandError) as refused:
        run(folder)
    assert reason in str(refused.value)
    assert contents() == before


def test_what_a_page_refuses_undoes_everything(db, folder, monkeypatch):
    monkeypatch.setattr(QuizPage, "body_problems", lambda page: ["It draws too much."])
    plan = plan_import(read_pack(folder))
    before = contents()
    with override("en"), pytest.raises(PackError, match=r"course\.yaml: MQ-start \(pl\): It draws too much\."):
        apply(plan)
    assert contents() == before


def test_an_unreadable_pack_is_refused(db, folder):
    (folder / "course.yaml").write_text("a: &x [*x]", encoding="utf-8")
    with pytest.raises(CommandError, match=r"course\.yaml: line 1: anchors and aliases"):
        run(folder)


# --- explicit keys -------------------------------------------------------------------------------------------------
def test_an_explicit_key_wins(db, folder, edit):
    key = "6f2c1a52-0000-4000-8000-0123456789ab"
    edit("lessons/START-L1.yaml", lambda data: (data.update(key=key), data["blocks"][3].update(key=key[:-1] + "c")))
    run(folder)
    pages = LessonPage.objects.filter(translation_key=key)
    assert pages.count() == 3
    assert {page.body[3].id for page in pages} == {key[:-1] + "c"}


# --- the whole course ----------------------------------------------------------------------------------------------
@whole_course
@pytest.mark.slow
def test_the_whole_course_is_imported_and_the_second_time_nothing_happens(db, assert_queries_at_most):
    import_real()
    pack = read_pack(REAL)
    assert LessonPage.objects.live().count() == 3 * 22
    assert ScenarioPage.objects.live().count() == 3 * 10
    assert QuizPage.objects.live().count() == 3 * 5
    assert Question.objects.filter(live=True).count() == 3 * 133
    steps = CourseVersion.objects.get().steps
    assert len(steps) == 37
    assert steps[-1].kind == "quiz"
    for course in CoursePage.objects.all():
        outline = course_outline(course)
        assert outline.errors == 0
        advice = [(row.page.title, finding.code) for row in outline.steps for finding in row.page.findings()]
        assert {code for _title, code in advice} <= {"no-practice", "paragraph-long"}, advice
        assert sum(code == "no-practice" for _title, code in advice) == 3
        (untested,) = outline.warnings
        assert "(24)" in untested
    plan = plan_import(pack)
    assert plan.is_empty, plan.writes[:5]
    with assert_queries_at_most(70):
        apply(plan_import(pack))
    out = StringIO()
    call_command("source_coverage", stdout=out)
    assert "216 of 216 taught, 192 of 216 tested" in out.getvalue()


@whole_course
@pytest.mark.slow
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_source_of_a_lesson_is_named_in_the_language_of_its_article_and_says_which(language, ana, client_for):
    """On all lessons of the real course: a title or a section in another language than the page's is marked."""
    import_real()
    titles = dict(SourceArticle.objects.values_list("title", "language"))
    course = CourseVersion.objects.get().course_key
    mine = actions.enrol(person=set_language(person=ana, language=language), course_key=course)
    client, seen = client_for(ana), set()
    for step in (step for step in mine.course_version.steps if step.kind == "lesson"):
        page = client.get(reverse("step", args=[mine.key, step.key])).content.decode()
        beneath = page.partition('id="sources">')[2].partition("</aside>")[0]
        for source in re.findall(r"<li>(.*?)</li>", beneath, re.DOTALL):
            spoken, text = re.fullmatch(r'\s*<span lang="(..)">(.*?)</span>\s*', source).groups()
            title = next(title for title in titles if unescape(text).startswith(f"{title}: "))
            assert spoken == titles[title]
            seen.add(title)
    assert seen == titles.keys()
    assert not re.search(r"\b(article|from|the|customers?|callers?|types)\b", " ".join(seen), re.IGNORECASE)
