"""check_content and source_coverage, as they are called."""

from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from rich.console import Console

from assessments.quizzes.models import Question
from courses.keys import pack_key
from courses.models import LessonPage
from lms.management.commands import import_course
from lms.packs.importing import apply, plan_import
from lms.packs.reading import read_pack
from tests.packs.conftest import import_mini


def call(*args, **options) -> str:
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


# --- check_content -------------------------------------------------------------------------------------------------
def test_a_sound_pack_leaves_with_0_and_tells_its_measures(folder):
    said = call("check_content", str(folder), sources=str(folder / "sources"))
    assert "info  course.yaml: 4 points, 4 in lessons, 2 tested; 4 questions, 2 of 2 lessons written" in said
    assert said.endswith("0 errors, 0 warnings\n")


def test_quietly_only_faults_are_told(folder):
    assert call("check_content", str(folder), quiet=True) == "0 errors, 0 warnings\n"


def test_a_faulty_pack_leaves_with_1(folder, edit, capsys):
    edit("course.yaml", lambda data: data.update(version=""))
    with pytest.raises(SystemExit) as left:
        call_command("check_content", str(folder))
    assert left.value.code == 1
    said = capsys.readouterr().out
    assert "ERROR course.yaml: version: a text of at most 40 characters is expected" in said
    assert "\n1 error, 0 warnings\n" in said


def test_an_unreadable_pack_leaves_with_2(folder, capsys):
    (folder / "points.csv").unlink()
    with pytest.raises(SystemExit) as left:
        call_command("check_content", str(folder))
    assert left.value.code == 2
    assert capsys.readouterr().err == "FATAL points.csv: the file is missing\n"


def test_a_missing_lesson_is_an_error_where_all_are_required(folder):
    (folder / "lessons" / "START-L1.yaml").unlink()
    call("check_content", str(folder))
    with pytest.raises(SystemExit):
        call("check_content", str(folder), require_all_lessons=True)


# --- source_coverage -----------------------------------------------------------------------------------------------
@pytest.fixture
def course(db) -> None:
    import_mini()


def test_coverage_is_counted_for_each_article(course):
    assert "  A small article    4 of 4 taught,   2 of 4 tested\n" in call("source_coverage")


def test_what_is_missing_is_listed(course):
    said = call("source_coverage", missing=True)
    assert "  not taught: none\n" in said
    assert "  not tested: P-2 P-4\n" in said


def test_an_unpublished_lesson_teaches_nothing(course):
    LessonPage.objects.get(translation_key=pack_key("mini", "START-L2"), locale__language_code="pl").unpublish()
    assert "  not taught: P-3 P-4\n" in call("source_coverage", missing=True)


def test_a_lesson_in_an_unpublished_module_teaches_nothing(course):
    LessonPage.objects.filter(locale__language_code="pl").first().get_parent().unpublish()
    assert "0 of 4 taught" in call("source_coverage")


def test_an_unpublished_question_tests_nothing(course):
    Question.objects.filter(locale__language_code="pl").update(live=False)
    assert "0 of 4 tested" in call("source_coverage")


def test_too_little_taught_can_fail(course):
    call("source_coverage", fail_under=100)
    LessonPage.objects.filter(locale__language_code="pl").update(live=False)
    with pytest.raises(SystemExit):
        call("source_coverage", fail_under=1)


def test_one_course_can_be_chosen(course):
    assert "Mały kurs" in call("source_coverage", course="mini")
    with pytest.raises(CommandError, match="No course with source articles"):
        call("source_coverage", course="other")


def test_without_a_course_it_says_what_to_do(db):
    with pytest.raises(CommandError, match="import_course"):
        call("source_coverage")


def test_the_articles_of_a_pack_without_titles_are_named_by_their_files(db, folder):
    (folder / "articles.csv").unlink()
    apply(plan_import(read_pack(folder)))
    assert "mini.txt" in call("source_coverage")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_an_import_shows_a_bar_on_a_terminal_and_plain_lines_in_a_pipe(is_terminal, monkeypatch, capsys):
    out = StringIO()
    monkeypatch.setattr(out, "isatty", lambda: is_terminal)
    monkeypatch.setattr(import_course, "Console", lambda: Console(force_terminal=True))
    with import_course.Command(stdout=out)._progress(SimpleNamespace(writes=[None] * 3)) as tick:
        for _ in range(3):
            tick(None)
    assert ("3 of 3 written" in out.getvalue()) is not is_terminal
    assert ("Importing" in capsys.readouterr().out) is is_terminal
