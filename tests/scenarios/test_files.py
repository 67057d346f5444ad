"""Scenarios as files and as a script in the CMS."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import GroupPagePermission, Locale
from wagtail_localize.models import Translation, TranslationSource

from assessments.scenarios import actions, staff
from assessments.scenarios.formats import csv_table, files, json_text, script, twee
from assessments.scenarios.formats.document import Document, Imported
from assessments.scenarios.models import ScenarioPage, drafts
from tests.factories import make_course, ready_site
from tests.scenarios.factories import IDS, scenario, values
from tests.scenarios.formats.test_h5p import STORY, package
from tests.scenarios.formats.test_twee import SMALL, story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site_with_roles(db):
    """What editors and publishers may do is given to them with the site."""
    ready_site()


@pytest.fixture
def course():
    return make_course(lessons=0, languages=["pl", "en"], steps=[scenario()])


@pytest.fixture
def module(course):
    return course.modules["pl"]


@pytest.fixture
def page(course) -> ScenarioPage:
    return course.steps["pl"][0]


def address(name: str, page, *more: str) -> str:
    return reverse(name, args=[page.locale.language_code, page.translation_key, *more])


def upload(client, module, name: str, data: bytes | str, key=None):
    file = SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data)
    sent = {"file": file, "key": str(key or uuid4())}
    return client.post(address("scenario-import", module), sent, follow=True)


def children(module) -> list[ScenarioPage]:
    return list(ScenarioPage.objects.child_of(module).order_by("-pk"))


def save(client, page, text: str, shown: str | None = None):
    shown = shown or drafts.digest(drafts.document_of(page.get_latest_revision_as_object()))
    return client.post(address("scenario-script", page), {"text": text, "shown": shown})


def latest(page) -> Document:
    return drafts.document_of(ScenarioPage.objects.get(pk=page.pk).get_latest_revision_as_object())


# --- a page and its document ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", IDS)
def test_a_page_that_takes_its_own_document_is_unchanged_to_the_last_block(name):
    page = ScenarioPage(locale=Locale.objects.get_or_create(language_code="en")[0], **values(name, "en"))
    before, nodes = page.compile_body(), page.nodes.get_prep_value()
    drafts.take(page, drafts.document_of(page))
    assert page.compile_body() == before
    assert page.nodes.get_prep_value() == nodes


@pytest.mark.parametrize("name", files.FORMATS)
@pytest.mark.parametrize("scenario_name", IDS)
def test_the_scenarios_of_the_course_go_out_and_come_back(name, scenario_name):
    page = ScenarioPage(locale=Locale.objects.get_or_create(language_code="lv")[0], **values(scenario_name, "lv"))
    document = drafts.document_of(page)
    kind = files.FORMATS[name]
    imported = files.read(f"a.{kind.ending}", kind.write(document, None).encode(), go_on="")
    assert imported.document == document
    assert imported.notes == ()


def test_a_half_typed_draft_goes_out_with_keys_that_can_be_keys(page):
    page.nodes[0].value["key"] = ""
    page.nodes[1].value["key"] = "two words"
    page.nodes[2].value["key"] = "two words"
    page.nodes[0].value["choices"][0]["to"] = "two words"
    page.nodes[0].value["choices"][0]["tension"] = "much"
    page.fail_to = ""
    document = drafts.document_of(page)
    assert [scene.key for scene in document.scenes[:3]] == ["scene-1", "two-words", "two-words-2"]
    assert document.scenes[0].choices[0].to == "two-words"
    assert script.read(script.write(document)).document == document


# --- in ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", script.write(SMALL)),
        ("a.twee", twee.write(SMALL)),
        ("a.csv", csv_table.write(SMALL)),
        ("a.json", json_text.write(SMALL)),
    ],
)
def test_every_format_becomes_a_draft_below_the_module(name, data, client_for, ela, module):
    response = upload(client_for(ela), module, name, data)
    made = children(module)[0]
    assert response.redirect_chain == [(address("scenario-report", made), 302)]
    assert (made.live, made.locale.language_code, made.title) == (False, "pl", "The late parcel")
    assert latest(made) == replace(SMALL, language="pl")
    assert "Everything in the file was carried." in response.content.decode()


def test_a_package_becomes_a_draft_and_the_report_names_what_was_lost(client_for, ela, module):
    response = upload(client_for(ela), module, "a.H5P", package(STORY))
    text = response.content.decode()
    assert "A picture, a video or a sound is not carried: endScreenImage." in text
    assert "Content of the kind “H5P.Image” is not carried." in text
    assert children(module)[0].nodes[1].value["choices"][0]["text"] == "Kontynuuj"


def test_the_report_stays_with_the_page_and_says_what_the_draft_still_needs(client_for, ela, publisher, module):
    upload(client_for(ela), module, "a.twee", story(":: a\n<<set $x>>\n[[Go->b]]"))
    made = children(module)[0]
    text = client_for(publisher).get(address("scenario-report", made)).content.decode()
    assert "Macros are not carried; they stand in the text as they were: set." in text
    assert "“Go” in “a” leads to “b”, which does not exist." in text


def test_a_file_in_another_language_is_taken_and_told(client_for, ela, module):
    response = upload(client_for(ela), module, "a.json", json_text.write(replace(SMALL, language="lv")))
    assert "The file says its language is lv. The page is in pl." in response.content.decode()


def test_a_file_sent_twice_makes_one_page(client_for, ela, module):
    key = uuid4()
    for _time in range(2):
        upload(client_for(ela), module, "a.json", json_text.write(SMALL), key)
    assert len(children(module)) == 2  # this one and the course's own


def test_two_imports_of_one_title_have_addresses_of_their_own(client_for, ela, module):
    for _time in range(2):
        upload(client_for(ela), module, "a.json", json_text.write(SMALL))
    assert len({page.slug for page in children(module)}) == 3


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.exe", b"MZ", "This is none of the files that can be read here"),
        ("a.json", b"{", "This is not JSON"),
        ("a.h5p", b"PK", "The package is damaged"),
        ("a.txt", b"scenario: x\nwhat", "line 2"),
        ("a.twee", ":: a\n" * 1000, "There are more than 300 passages."),
    ],
)
def test_a_file_that_is_refused_changes_nothing_and_says_why(name, data, said, client_for, ela, module):
    before = children(module)
    response = upload(client_for(ela), module, name, data)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert children(module) == before


def test_a_file_too_large_is_not_read(client_for, ela, module, monkeypatch):
    monkeypatch.setattr(files, "TEXT_BYTES_MAX", 10)
    monkeypatch.setattr(staff.files, "read", None)
    assert upload(client_for(ela), module, "a.json", "{" + " " * 20 + "}").status_code == 422


def test_no_file_is_said_so(client_for, ela, module):
    response = client_for(ela).post(address("scenario-import", module), {"key": str(uuid4())})
    assert response.status_code == 422
    assert "Choose a file." in response.content.decode()


def test_a_long_report_is_kept_short(publisher, module):
    notes = tuple(files.Finding("comment-dropped") for _n in range(actions.NOTES_MAX + 5))
    made = actions.import_scenario(
        module=module, imported=Imported(SMALL, notes), file_name="a", key=uuid4(), by=publisher
    )
    report = made.import_report()
    assert (len(report["notes"]), report["is_more"]) == (actions.NOTES_MAX, True)


# --- out -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", files.FORMATS)
def test_the_draft_goes_out_as_it_was_last_saved(name, client_for, ela, page):
    page.title = "Not yet live"
    page.save_revision()
    response = client_for(ela).get(address("scenario-file", page, name))
    kind = files.FORMATS[name]
    assert response["Content-Disposition"] == f'attachment; filename="{page.slug}-pl.{kind.ending}"'
    assert files.read(f"a.{kind.ending}", response.content, go_on="").document == latest(page)
    assert latest(page).title == "Not yet live"


def test_the_page_of_formats_leads_to_each_of_them(client_for, ela, page):
    text = client_for(ela).get(address("scenario-export", page)).content.decode()
    for name in files.FORMATS:
        assert address("scenario-file", page, name) in text
    assert client_for(ela).get(address("scenario-file", page, "docx")).status_code == 404


# --- the script ----------------------------------------------------------------------------------------------------
def test_the_script_shows_the_draft_and_what_it_needs(client_for, ela, page):
    page.nodes[0].value["choices"][0]["to"] = "nowhere"
    page.save_revision()
    text = client_for(ela).get(address("scenario-script", page)).content.decode()
    assert "scenario: " in text
    lines = script.read(script.write(latest(page))).lines
    scene = latest(page).scenes[0]
    assert f'data-line="{lines[scene.key, scene.choices[0].key]}"' in text
    assert "which does not exist." in text


def test_a_script_is_saved_as_a_draft_and_nothing_goes_live(client_for, ela, page):
    text = script.write(replace(latest(page), tension_start=35))
    response = save(client_for(ela), page, text.replace("\n", "\r\n"))
    assert response.status_code == 302
    assert latest(page).tension_start == 35
    fresh = ScenarioPage.objects.get(pk=page.pk)
    assert (fresh.tension_start, fresh.has_unpublished_changes) == (page.tension_start, True)
    assert fresh.latest_revision.user == ela


def test_blocks_keep_their_ids_when_the_script_changes_them(client_for, ela, page):
    before = {node.value["key"]: node.id for node in page.nodes}
    document = latest(page)
    new = replace(document.scenes[0], key="brand-new", choices=())
    text = script.write(replace(document, scenes=(new, *reversed(document.scenes))))
    save(client_for(ela), page, text)
    after = {
        node.value["key"]: node.id
        for node in ScenarioPage.objects.get(pk=page.pk).get_latest_revision_as_object().nodes
    }
    new_id = after.pop("brand-new")
    assert after == before
    assert new_id not in before.values()


def test_faults_are_told_by_line_and_the_text_is_kept(client_for, ela, page):
    revision = page.latest_revision_id
    response = save(client_for(ela), page, "scenario: My long work\nwhat is this")
    text = response.content.decode()
    assert response.status_code == 422
    assert 'data-line="2"' in text
    assert "This line cannot be understood: “what is this”." in text
    assert "My long work" in text
    assert ScenarioPage.objects.get(pk=page.pk).latest_revision_id == revision


def test_saving_what_is_there_already_writes_nothing(client_for, ela, page):
    page.save_revision()
    revision = ScenarioPage.objects.get(pk=page.pk).latest_revision_id
    assert save(client_for(ela), page, script.write(latest(page))).status_code == 302
    assert ScenarioPage.objects.get(pk=page.pk).latest_revision_id == revision


def test_what_somebody_else_saved_meanwhile_is_not_written_over(client_for, ela, page):
    shown = drafts.digest(latest(page))
    mine = script.write(replace(latest(page), title="Mine"))
    page.title = "Theirs"
    page.save_revision()
    response = save(client_for(ela), page, mine, shown)
    assert response.status_code == 422
    assert "Somebody else saved this scenario meanwhile." in response.content.decode()
    assert latest(page).title == "Theirs"


def test_the_script_of_a_translation_changes_texts(client_for, ela, course):
    page = course.steps["en"][0]
    document = latest(page)
    said = replace(document.scenes[0], say="Something else.")
    save(client_for(ela), page, script.write(replace(document, scenes=(said, *document.scenes[1:]))))
    assert latest(page).scenes[0].say == "Something else."


@pytest.mark.parametrize(
    "change",
    [
        lambda document: replace(document, tension_start=1),
        lambda document: replace(document, customer_name="Other"),
        lambda document: replace(document, scenes=document.scenes[1:]),
        lambda document: replace(document, endings=document.endings[::-1]),
        lambda document: replace(document, skills=()),
        lambda document: replace(document, scenes=(replace(document.scenes[0], emotion="sad"), *document.scenes[1:])),
        lambda document: replace(document, scenes=(replace(document.scenes[0], choices=()), *document.scenes[1:])),
        lambda document: replace(
            document,
            scenes=(
                replace(
                    document.scenes[0],
                    choices=(replace(document.scenes[0].choices[0], to="x"), *document.scenes[0].choices[1:]),
                ),
                *document.scenes[1:],
            ),
        ),
        lambda document: replace(
            document, endings=(replace(document.endings[0], reflection=()), *document.endings[1:])
        ),
    ],
)
def test_the_script_of_a_translation_cannot_change_the_structure(change, client_for, ela, course):
    page = course.steps["en"][0]
    before = latest(page)
    response = save(client_for(ela), page, script.write(change(before)))
    assert response.status_code == 422
    assert "Only texts can be changed here." in response.content.decode()
    assert latest(page) == before


def test_the_language_of_a_script_is_that_of_its_page(client_for, ela, page):
    response = save(client_for(ela), page, script.write(replace(latest(page), language="en")))
    assert response.status_code == 422
    assert "The file says its language is en. The page is in pl." in response.content.decode()


def test_a_locked_page_can_be_read_and_not_saved(client_for, ela, publisher, page):
    ScenarioPage.objects.filter(pk=page.pk).update(locked=True, locked_by=publisher)
    client = client_for(ela)
    assert "This page is locked." in client.get(address("scenario-script", page)).content.decode()
    before = latest(page)
    assert save(client, page, script.write(replace(before, title="New"))).status_code == 409
    assert latest(page) == before


def test_a_page_kept_in_the_translation_editor_can_be_read_and_not_saved(client_for, ela, course):
    page = course.steps["en"][0]
    source, _created = TranslationSource.update_or_create_from_instance(course.steps["pl"][0])
    Translation.objects.create(source=source, target_locale=page.locale)
    before = latest(page)
    assert save(client_for(ela), page, script.write(replace(before, title="New"))).status_code == 409
    assert latest(page) == before


# --- ways there, and refusals --------------------------------------------------------------------------------------
def test_buttons_lead_there_from_the_module_and_from_the_scenario(client_for, ela, module, page):
    client = client_for(ela)
    explorer = client.get(reverse("wagtailadmin_explore", args=[module.pk])).content.decode()
    assert address("scenario-import", module) in explorer
    editor = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert address("scenario-script", page) in editor
    assert address("scenario-export", page) in editor


def test_the_history_of_the_page_names_the_import(client_for, ela, module):
    upload(client_for(ela), module, "a.json", json_text.write(SMALL))
    history = client_for(ela).get(reverse("wagtailadmin_pages:history", args=[children(module)[0].pk]))
    assert "Imported from a file" in history.content.decode()


@pytest.mark.parametrize("name", ["scenario-report", "scenario-export", "scenario-script"])
def test_who_may_not_edit_the_page_finds_nothing(name, client_for, ela, page):
    GroupPagePermission.objects.filter(group__in=ela.groups.all()).delete()
    assert client_for(ela).get(address(name, page)).status_code in (302, 404)


def test_who_may_not_add_pages_cannot_import(client_for, ela, module):
    GroupPagePermission.objects.filter(group__in=ela.groups.all(), permission__codename="add_page").delete()
    before = children(module)
    assert upload(client_for(ela), module, "a.json", json_text.write(SMALL)).status_code == 404
    assert children(module) == before


def test_a_page_that_was_not_imported_has_no_report(client_for, ela, page):
    assert client_for(ela).get(address("scenario-report", page)).status_code == 404
