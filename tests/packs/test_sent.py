"""A course that somebody sends in the CMS: read while they wait, imported by a worker, once."""

import uuid
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, override
from django_tasks_db.models import DBTaskResult
from wagtail.models import Revision

from assessments.quizzes.models import Question
from assessments.scenarios.models import ScenarioPage
from certificates.models import MAX_BUNDLE_TRIES, private_storage
from courses.keys import pack_key
from courses.models import CoursePage, LessonPage, ReviewRules
from lms.models import CourseImport
from lms.packs import sent
from lms.packs.dumping import zipped
from lms.packs.exporting import export_course
from lms.packs.importing import apply, plan_import
from lms.packs.launching import launch
from lms.packs.reading import read_pack
from tests.factories import ready_site
from tests.packs.conftest import MINI, import_mini
from tests.packs.documents import zipped as zip_of


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    location = {"location": tmp_path / "private"}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": location}
    settings.STORAGES = settings.STORAGES | {"private": backend}


def mini(folder: Path = MINI) -> bytes:
    return zipped({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()})


def send(client, data: bytes, key: uuid.UUID | None = None):
    return client.post(
        reverse("course-import"), {"file": SimpleUploadedFile("a.zip", data), "key": key or uuid.uuid4()}
    )


def work() -> str:
    """The worker's part, for what was sent last."""
    return sent.import_sent.func(str(CourseImport.objects.latest("pk").key))


def told(client) -> str:
    """The page of what was sent last."""
    response = client.get(CourseImport.objects.latest("pk").get_absolute_url())
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_what_an_editor_imports_is_a_draft_the_same_in_every_word(db, ela, publisher, client_for):
    ready_site()
    with transaction.atomic():
        apply(plan_import(read_pack(MINI)))
        imported_live = export_course(CoursePage.objects.first()).files
        transaction.set_rollback(True)
    client = client_for(ela)
    assert send(client, mini()).url == CourseImport.objects.get().get_absolute_url()
    assert not CoursePage.objects.exists()
    assert "being imported" in told(client)
    assert work() == "imported"
    pages = CoursePage.objects.order_by("pk")
    assert reverse("course-outline", args=[CoursePage.of_key(pages[0].translation_key).pk]) in told(client)
    assert not pages.live().exists()
    assert not Question.objects.live().exists()
    assert {row.user for row in Revision.objects.all()} == {ela}
    for page in pages:
        launch(course=page, by=publisher)
    assert export_course(CoursePage.objects.first()).files == imported_live


def test_an_editor_exports_and_a_publisher_imports(db, ela, publisher, client_for):
    import_mini()
    page = CoursePage.objects.get(locale__language_code="pl")
    client = client_for(ela)
    assert reverse("course-export", args=[page.pk]) in client.get(f"/cms/pages/{page.pk}/edit/").content.decode()
    assert client.get(reverse("course-export", args=[page.pk])).status_code == 200
    response = client.get(reverse("course-export-file", args=[page.pk]))
    assert response.content == zipped(export_course(page).files)
    assert send(client_for(publisher), response.content).status_code == 302
    assert work() == "imported"


@pytest.mark.parametrize(("four_eyes", "end"), [(True, "refused"), (False, "imported")])
def test_nobody_brings_changed_scores_past_a_second_person(db, publisher, client_for, folder, edit, four_eyes, end):
    import_mini()
    rules = ReviewRules.load()
    rules.four_eyes = four_eyes
    rules.save()
    (scenario,) = (folder / "scenarios").glob("*.yaml")
    edit(f"scenarios/{scenario.name}", lambda doc: doc["nodes"][0]["choices"][0].update(score=3))
    edit("course.yaml", lambda doc: doc["summary"].update(en="Other words."))
    before = ScenarioPage.objects.first().marks()
    client = client_for(publisher)
    send(client, mini(folder))
    assert work() == end
    assert (ScenarioPage.objects.first().marks() == before) is four_eyes
    assert CoursePage.objects.filter(summary="Other words.").exists() is not four_eyes
    if four_eyes:
        page = told(client)
        assert "Nothing of it was written" in page
        assert "second person" in page


@pytest.mark.parametrize(
    "data",
    [b"x", zip_of({"a": "b"}), zip_of({"../course.yaml": "x"}), zip_of({"course.yaml": "[", "a/b": "", "a": ""})],
    ids=["no zip", "no pack", "a way out", "a file that is a folder"],  # a zip holds the time it was made
)
def test_a_bad_pack_is_refused_in_the_form_and_nothing_is_written(db, publisher, client_for, data):
    ready_site()
    assert send(client_for(publisher), data).status_code == 422
    assert not CourseImport.objects.exists()
    assert not DBTaskResult.objects.filter(task_path=sent.import_sent.module_path).exists()


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"course.yaml": "a: 1"}, "the file is missing"),
        ({"course.yaml": "a: *b"}, "anchors and aliases (& and *) are not used in a pack"),
    ],
)
def test_why_a_pack_is_refused_is_said_in_the_language_of_the_page(db, publisher, client_for, files, reason):
    ready_site()
    publisher.language = "lv"
    publisher.save()
    with override("lv"):
        ours = gettext(reason)
    assert ours in unescape(send(client_for(publisher), zip_of(files)).content.decode())


def test_what_is_left_alone_is_said_in_the_language_of_the_page(db, publisher, client_for):
    import_mini()
    page = LessonPage.objects.get(translation_key=pack_key("mini", "START-L1"), locale__language_code="pl")
    page.title = "Jedna chwila"
    page.save()
    publisher.language = "pl"
    publisher.save()
    client = client_for(publisher)
    send(client, mini())
    assert work() == "imported"
    with override("pl"):
        assert f"START-L1 (pl): {gettext('it was changed here')}" in told(client)


def test_an_editor_imports_nothing_over_a_course_that_is_here(db, ela, client_for):
    import_mini()
    page = CoursePage.objects.get(locale__language_code="pl")
    before = page.title
    files = {name: text.replace(before.encode(), b"Other") for name, text in export_course(page).files.items()}
    response = send(client_for(ela), zipped(files))
    assert response.status_code == 422
    assert "ask a publisher" in response.content.decode()
    assert CoursePage.objects.get(pk=page.pk).title == before


def test_what_is_sent_twice_is_imported_once(db, publisher, client_for):
    ready_site()
    key, client = uuid.uuid4(), client_for(publisher)
    assert {send(client, mini(), key).url for _time in range(2)} == {CourseImport.objects.get().get_absolute_url()}
    assert DBTaskResult.objects.filter(task_path=sent.import_sent.module_path).count() == 1
    assert (work(), work()) == ("imported", "nothing to do")
    assert not private_storage().exists(CourseImport.objects.get().path)


def test_a_worker_that_dies_half_way_leaves_nothing_half_written_and_another_brings_it(
    db, publisher, client_for, monkeypatch
):
    ready_site()
    client = client_for(publisher)
    send(client, mini())
    with monkeypatch.context() as patch:
        patch.setattr(sent.preparing, "record_made", broken)
        assert work() == "tried"
    assert not CoursePage.objects.exists()
    assert "Another one follows by itself" in told(client)
    CourseImport.objects.update(next_try_at=None)  # the pause is over
    assert work() == "imported"
    assert CoursePage.objects.exists()


def test_what_failed_for_good_says_why_and_is_taken_up_by_a_button(db, publisher, client_for, monkeypatch):
    ready_site()
    client = client_for(publisher)
    send(client, mini())
    CourseImport.objects.update(tries=MAX_BUNDLE_TRIES - 1)
    with monkeypatch.context() as patch:
        patch.setattr(sent, "apply", broken)
        assert work() == "given up"
    assert "What went wrong: OSError: the disk is full" in told(client)
    assert client.post(CourseImport.objects.get().get_absolute_url()).status_code == 302
    assert work() == "imported"


def broken(*args, **kwargs):
    raise OSError("the disk is full")


def test_who_may_not_publish_any_more_when_it_is_done_brings_drafts(db, ela, publisher, client_for):
    ready_site()
    send(client_for(publisher), mini())
    publisher.groups.set(ela.groups.all())
    assert work() == "imported"
    assert not CoursePage.objects.live().exists()


def test_who_left_meanwhile_brings_nothing(db, publisher, client_for):
    ready_site()
    send(client_for(publisher), mini())
    publisher.is_active = False
    publisher.save()
    assert work() == "refused"
    assert not CoursePage.objects.exists()


def test_what_became_of_it_is_shown_to_who_sent_it_and_to_nobody_else(db, ana, ela, publisher, admin, client_for):
    ready_site()
    client = client_for(publisher)
    send(client, mini())
    key, address = CourseImport.objects.get().key, CourseImport.objects.get().get_absolute_url()
    assert address in client.get(reverse("course-import")).content.decode()
    for other in (ela, admin):
        assert client_for(other).get(address).status_code == 404
        assert address not in client_for(other).get(reverse("course-import")).content.decode()
        assert send(client_for(other), mini(), key).status_code == 422
    assert client_for(ana).get(address).status_code == 404
    assert client_for(ana).post(address).status_code == 404
