"""A page that goes live is compiled, once; a draft is nobody's business."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from courses.models import LessonPage, Publication, StepVersion
from tests.lessons import body


def versions(page) -> list[StepVersion]:
    return list(
        StepVersion.objects.filter(step_key=page.translation_key, language=page.locale.language_code).order_by("pk")
    )


def test_a_page_that_goes_live_has_a_version_and_a_publication(tree):
    lesson = tree.lessons["pl"][0]
    (version,) = versions(lesson)
    assert version.title == "First pl"
    assert version.content["module"]["title"] == "Module pl"
    assert version.content["body"]["blocks"][0]["body"] == "<p>First pl at the counter.</p>"
    assert Publication.objects.get(version=version).change == "editorial"


def test_publishing_the_same_content_again_makes_no_new_version(tree):
    lesson = tree.lessons["pl"][0]
    lesson.save_revision().publish()
    assert len(versions(lesson)) == 1
    assert Publication.objects.filter(step_key=lesson.translation_key, language="pl").count() == 1


def test_a_draft_changes_nothing_that_learners_see(tree):
    lesson = tree.lessons["pl"][0]
    lesson.title = "Changed"
    lesson.save_revision()
    assert len(versions(lesson)) == 1


def test_a_typo_keeps_the_structure_and_a_new_block_changes_it(tree):
    lesson = tree.lessons["pl"][0]
    lesson.body = body("Other words")
    lesson.save_revision().publish()
    before, after = versions(lesson)
    assert before.structure_sha256 == after.structure_sha256
    lesson.body = body("Other words")[:2]
    lesson.save_revision().publish()
    assert versions(lesson)[-1].structure_sha256 != before.structure_sha256
    assert Publication.objects.filter(step_key=lesson.translation_key).last().change == "new"


def test_going_back_to_older_words_publishes_the_older_version_again(tree):
    lesson = tree.lessons["pl"][0]
    old = lesson.body
    lesson.body = body("Other words")
    lesson.save_revision().publish()
    lesson.body = old
    lesson.save_revision().publish()
    assert len(versions(lesson)) == 2
    newest = Publication.objects.newest([lesson.translation_key]).get(language="pl")
    assert newest.version == versions(lesson)[0]


def test_all_languages_share_the_structure(tree):
    structures = {
        StepVersion.objects.get(step_key=tree.keys[0], language=code).structure_sha256 for code in ("pl", "en")
    }
    assert len(structures) == 1


def test_a_broken_lesson_saves_as_draft_but_goes_live_by_no_route(tree):
    lesson = tree.lessons["pl"][0]
    lesson.body = []
    revision = lesson.save_revision()
    with pytest.raises(ValidationError):
        revision.publish()
    lesson = LessonPage.objects.get(pk=lesson.pk)
    assert len(lesson.body) == 3
    assert len(versions(lesson)) == 1


def test_a_changed_module_title_reaches_its_steps(tree):
    module = tree.modules["pl"]
    module.title = "Renamed"
    module.save_revision().publish()
    newest = Publication.objects.newest([tree.keys[0]]).get(language="pl")
    assert StepVersion.objects.get(pk=newest.version_id).content["module"]["title"] == "Renamed"


def test_the_database_refuses_to_change_or_drop_a_version(tree):
    version = versions(tree.lessons["pl"][0])[0]
    with pytest.raises(DatabaseError), transaction.atomic():
        StepVersion.objects.filter(pk=version.pk).update(title="Forged")
    with pytest.raises(DatabaseError), transaction.atomic():
        Publication.objects.filter(version=version).delete()
