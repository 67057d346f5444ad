"""What goes live is what was read, and it is held until it is live: with each guard off, the fault it keeps away."""

import threading

import pytest
from django.db import connection, connections, transaction
from django.db.models import QuerySet

from assessments.quizzes.models import Question
from courses import actions
from courses.models import Decision, LessonPage, Publication
from courses.models.drafts import draft_in
from courses.models.going_live import Fixed
from tests.courses.test_meaning import draft, fresh
from tests.courses.test_meaning_by_routes import new_lesson
from tests.courses.test_routes import bulk, bulk_address, bulk_publish, said, staff  # noqa: F401  a fixture
from tests.lessons import body
from tests.quizzes.factories import quiz_course


# --- many at once: between reading and locking -----------------------------------------------------------------------
@pytest.fixture
def saves_meanwhile(staff, monkeypatch):  # noqa: F811
    """Somebody saves between reading what goes live and holding it."""

    def saves(act):
        publish = actions.publish

        def a_moment_later(**given):
            act()
            return publish(**given)

        monkeypatch.setattr(actions, "publish", a_moment_later)

    return saves


def unchanged(tree, ela):
    """Saved, and the same as what is live: nobody is asked about it."""
    page = fresh(tree.lessons["pl"][0])
    page.save_revision(user=ela).publish()
    return fresh(page)


@pytest.mark.parametrize("which", [new_lesson, unchanged])
def test_what_goes_along_unasked_goes_as_it_was_read_or_not_at_all(
    tree, ela, publisher, client_for, saves_meanwhile, which
):
    page, client = which(tree, ela), client_for(publisher)
    was_live = page.live
    saves_meanwhile(lambda: draft(page, "Unseen", user=ela))
    answered = bulk(client, "publish", page)
    assert answered.url == bulk_address("publish", page)
    assert "Nothing was published" in said(answered)
    assert "Unseen" not in str(fresh(page).body)
    assert fresh(page).live == was_live


def test_what_goes_along_beside_a_change_keeps_all_back_where_somebody_saved_it(
    tree, ela, publisher, client_for, saves_meanwhile
):
    changed, new = draft(tree.lessons["pl"][1], "Better", user=ela), new_lesson(tree, ela)
    saves_meanwhile(lambda: draft(new, "Unseen", user=ela))
    assert "Nothing was published" in said(bulk_publish(client_for(publisher), changed, new))
    assert not Decision.objects.exists()
    assert "Better" not in str(fresh(changed).body)
    assert not fresh(new).live


def test_what_never_was_saved_in_the_cms_is_overtaken_by_its_first_draft(
    tree, ela, publisher, client_for, saves_meanwhile
):
    page = fresh(tree.lessons["pl"][0])
    assert page.latest_revision is None
    saves_meanwhile(lambda: draft(page, "Unseen", user=ela))
    assert "Nothing was published" in said(bulk(client_for(publisher), "publish", page))
    assert "Unseen" not in str(fresh(page).body)


def test_a_change_that_was_never_saved_in_the_cms_gets_its_revision_when_it_goes_live(
    tree,
    staff,  # noqa: F811
    publisher,
    client_for,
):
    page = fresh(tree.lessons["pl"][0])
    LessonPage.objects.filter(pk=page.pk).update(title="Renamed in code")
    assert "Nothing was published" not in said(bulk_publish(client_for(publisher), page))
    assert Decision.objects.get().revision_id == fresh(page).live_revision_id


def test_blocks_made_in_code_have_their_ids_in_what_is_published(tree):
    page = fresh(tree.lessons["pl"][0])
    page.body = [(block["type"], block["value"]) for block in page.body.raw_data]
    page.save()
    version = Publication.objects.newest([page.translation_key]).get(language="pl").version
    kept = [block["id"] for block in fresh(page).body.raw_data]
    assert [block["id"] for block in version.content["body"]["blocks"]] == kept
    assert None not in kept


def test_without_the_comparison_older_words_would_go_live_past_the_draft_of_a_colleague(
    tree, ela, publisher, client_for, saves_meanwhile, monkeypatch
):
    page = new_lesson(tree, ela)
    saves_meanwhile(lambda: draft(page, "Mended", user=ela))
    monkeypatch.setattr(actions, "_moment", lambda revision: None)
    bulk(client_for(publisher), "publish", page)
    page = fresh(page)
    assert page.live
    assert "Mended" not in str(page.body)
    assert "Mended" in str(page.revisions.order_by("created_at").last().as_object().body)


# --- two tables ----------------------------------------------------------------------------------------------------
@pytest.fixture
def seen(tree, ela):
    return draft_in(draft(tree.lessons["pl"][0], "Seen", user=ela).get_latest_revision())


def test_both_tables_of_a_page_are_locked(seen, publisher, monkeypatch):
    locked, select_for_update = [], QuerySet.select_for_update

    def remember(self, **how):
        locked.append((self.model, how))
        return select_for_update(self, **how)

    monkeypatch.setattr(QuerySet, "select_for_update", remember)
    actions.publish(drafts=[seen], choice=actions.Choice("editorial"), by=publisher)
    assert locked[0] == (LessonPage, {"no_key": True})  # its own table, joined to that of all pages; none is left out


def saved_while_held(seen, ela, *, within: float) -> bool:
    """Whether a colleague can save a newer draft while somebody has this one in hand."""
    page, is_saved = fresh(seen.page), threading.Event()
    page.body = body("Newer")

    def save() -> None:
        page.save_revision(user=ela)
        is_saved.set()
        connections.close_all()

    colleague = threading.Thread(target=save)
    with transaction.atomic():
        actions._hold(seen)
        colleague.start()
        was_saved = is_saved.wait(within)
    colleague.join(30)
    assert is_saved.is_set()
    return was_saved


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_nobody_saves_a_newer_draft_while_an_approval_makes_this_one_live(seen, ela):
    assert not saved_while_held(seen, ela, within=1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_with_the_lock_on_one_table_a_newer_draft_would_slip_in(seen, ela, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite locks the whole file")
    select_for_update = QuerySet.select_for_update
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **how: select_for_update(self, of=("self",)))
    assert saved_while_held(seen, ela, within=30)


# --- the pages above -------------------------------------------------------------------------------------------------
@pytest.fixture
def renamed_with_its_quiz(staff):  # noqa: F811
    """A course whose draft asks from another bank, where all its questions are, and a new quiz in it."""
    made = quiz_course(languages=["pl"])
    course, quiz = made.pages["pl"], fresh(made.steps["pl"][0])
    quiz.unpublish()
    Question.objects.update(bank="elsewhere")
    course.code = "elsewhere"
    course.save_revision()
    return fresh(course), fresh(quiz)


def test_a_quiz_is_checked_against_the_course_that_goes_live_with_it(renamed_with_its_quiz, publisher, client_for):
    course, quiz = renamed_with_its_quiz
    bulk_publish(client_for(publisher), quiz, course)
    assert fresh(course).code == "elsewhere"
    assert fresh(quiz).live
    assert not fresh(quiz).problems()


def test_with_the_course_as_it_was_read_a_quiz_would_find_no_question_there(
    renamed_with_its_quiz, publisher, client_for, monkeypatch
):
    course, quiz = renamed_with_its_quiz
    monkeypatch.setattr(Fixed, "fix_as_held", Fixed.fix)
    assert "There is no question to draw" in said(bulk_publish(client_for(publisher), quiz, course))
    assert not fresh(quiz).live


def test_a_lesson_is_compiled_below_the_module_that_goes_live_with_it(
    tree,
    staff,  # noqa: F811
    publisher,
    client_for,
):
    module, lesson = fresh(tree.modules["pl"]), fresh(tree.lessons["pl"][0])
    module.title, lesson.body = "Better name", body("Better")
    module.save_revision()
    lesson.save_revision()
    bulk_publish(client_for(publisher), lesson, module)
    version = Publication.objects.newest([lesson.translation_key]).get(language="pl").version
    assert version.content["module"]["title"] == "Better name"
    assert "Better" in str(version.content["body"])
