"""Translations follow the source language: what changed is stale, what lags does not go live by any route, and texts
go out to translators and come back with nothing lost."""

import io
import zipfile
from typing import Any

import polib
import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from wagtail.models import Locale, Page, Revision
from wagtail_localize.models import StringSegment, StringTranslation, Translation, TranslationSource

from assessments.quizzes.models import Question, QuizPage
from assessments.scenarios.models import ScenarioPage
from courses import actions, translations
from courses.models import CoursePage, LessonPage, ModulePage, RefusedPublication, StepVersion, Term
from courses.outline.reports import course_outline
from lms.packs import po
from lms.packs.importing import apply, plan_import
from lms.packs.languages import begin, overview, publish_waiting, rows_of
from lms.packs.reading import read_pack
from lms.packs.site import _review, _roles
from lms.packs.translating import Progress, progress, stale
from tests.courses.test_routes import answer_to
from tests.packs.conftest import import_mini, import_real, whole_course

MODELS = (CoursePage, ModulePage, LessonPage, ScenarioPage, QuizPage, Question)


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


@pytest.fixture
def course(db) -> CoursePage:
    """The mini course, in Polish, with its Latvian and its English."""
    import_mini()
    return CoursePage.objects.get(locale__language_code="pl")


def in_language(page: Any, code: str) -> Any:
    return type(page).objects.get(translation_key=page.translation_key, locale__language_code=code)


def lesson(code: str = "pl", title: str = "Własne słowa") -> LessonPage:
    return in_language(LessonPage.objects.get(title=title), code)


def of(page: Any, code: str = "lv") -> Translation:
    return Translation.objects.get(source__object=page.translation_key, target_locale__language_code=code)


def state(page: Any, code: str = "lv") -> Progress:
    return progress([page.translation_key])[page.translation_key, code]


def edit_source(page: LessonPage, heading: str = "Zupełnie nowy nagłówek") -> LessonPage:
    """One text of the source changes and goes live."""
    next(block for block in page.body if block.block_type == "concept").value["heading"] = heading
    page.save_revision().publish()
    return page


def compiled(page: Any) -> Any:
    if isinstance(page, Question):
        return page.compiled()
    return page.objective_texts() if isinstance(page, ModulePage) else page.compile()


def contents(*codes: str) -> dict[tuple, Any]:
    rows = (row for model in MODELS for row in model.objects.filter(locale__language_code__in=codes))
    return {(row.locale.language_code, str(row.translation_key)): compiled(row) for row in rows}


def blank(*codes: str) -> None:
    StringTranslation.objects.filter(locale__language_code__in=codes).delete()


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


# --- what an import brings is followed ------------------------------------------------------------------------------
def test_an_imported_course_is_followed_in_all_its_languages_and_complete(course):
    objects = po.objects_of(course)
    assert len(objects) == Translation.objects.count() // 2 > 6
    assert {row.percent for row in progress().values()} == {100}
    assert all(not row.waits for code in ("lv", "en") for row in rows_of(course, code))


def test_keys_rules_and_addresses_never_reach_translators(course):
    words = " ".join(StringSegment.objects.values_list("string__data", flat=True))
    keys = {str(row.translation_key) for model in MODELS for row in model.objects.all()}
    keys |= {page.slug for page in Page.objects.filter(depth__gt=2)} | {"START-1", "Q-START", "mini"}
    for node in ScenarioPage.objects.first().compile_body()["nodes"]:
        keys |= {f" {node['key']} "} | {f" {choice['key']} " for choice in node["choices"]}
    assert [key for key in keys if key in words] == []
    for content in po.export_po(course, "lv").values():
        texts = [entry.msgid + (entry.msgctxt or "") + entry.comment for entry in polib.pofile(content.decode())]
        assert [key for key in keys for text in texts if key in text] == []


def test_what_the_source_decides_is_synchronised_not_translated(course):
    question = Question.objects.filter(locale=course.locale, type="single").first()
    wanted = of(question).source.get_ephemeral_translated_instance(Locale.objects.get(language_code="lv"))
    mine, theirs = compiled(question), compiled(wanted)
    assert [part["key"] for part in mine["parts"]] == [part["key"] for part in theirs["parts"]]
    assert [part["correct"] for part in mine["parts"]] == [part["correct"] for part in theirs["parts"]]
    assert mine["stem"] != theirs["stem"]


def forget() -> None:
    """As it was before anybody translated anything here."""
    Translation.objects.all().delete()
    StringTranslation.objects.all().delete()
    TranslationSource.objects.all().delete()


def test_a_course_written_before_is_followed_on_demand_and_not_rewritten(course):
    before = contents("pl", "lv", "en")
    revisions = Revision.objects.count()
    forget()
    po.begin_following(course)
    assert {row.percent for row in progress().values()} == {100}
    assert (contents("pl", "lv", "en"), Revision.objects.count()) == (before, revisions)


def test_a_page_of_another_build_than_its_source_stays_in_the_hands_of_its_editors(course):
    Translation.objects.all().delete()
    StringTranslation.objects.all().delete()
    TranslationSource.objects.all().delete()
    theirs = lesson("lv")
    theirs.body.append(("reflection", {"prompt": "Tikai latviski?", "points": ""}))
    theirs.save()
    po.begin_following(course)
    assert not Translation.objects.filter(source__object=theirs.translation_key, target_locale=theirs.locale).exists()
    assert of(theirs, "en")


# --- what changed is stale --------------------------------------------------------------------------------------------
def test_a_changed_source_leaves_a_stale_text_and_the_old_version_with_learners(course):
    before = compiled(lesson("lv"))
    old = before["body"]["blocks"][0]["heading"]
    versions = StepVersion.objects.filter(language="lv").count()
    source = edit_source(lesson())
    assert state(source).missing == state(source, "en").missing == 1
    (text,) = stale(of(source)).values()
    assert (text.now, text.translated) == ("Zupełnie nowy nagłówek", old)
    assert compiled(lesson("lv")) == before
    assert StepVersion.objects.filter(language="lv").count() == versions


def test_the_source_changed_back_is_complete_again(course):
    source = lesson()
    old = next(block for block in source.body if block.block_type == "concept").value["heading"]
    edit_source(source)
    edit_source(source, old)
    assert state(source).percent == 100


def test_saving_an_older_translation_again_teaches_nothing(course):
    source = edit_source(lesson())
    lesson("lv").save()
    assert state(source).missing == 1


def test_a_new_text_in_a_translation_is_remembered(course):
    page = lesson("lv")
    next(block for block in page.body if block.block_type == "concept").value["heading"] = "Pavisam jauns"
    page.save_revision().publish()
    assert StringTranslation.objects.filter(data="Pavisam jauns").exists()
    assert state(page).percent == 100


def test_an_import_says_all_languages_at_once_and_leaves_no_lag(course, folder, edit):
    def change(doc: dict) -> None:
        doc["title"] = {"en": "In your own words", "pl": "Swoimi słowami", "lv": "Saviem vārdiem"}

    edit("lessons/START-L2.yaml", change)
    edit("course.yaml", lambda doc: change(doc["modules"][0]["lessons"][1]))
    apply(plan_import(read_pack(folder)))
    assert {row.percent for row in progress().values()} == {100}


def test_an_import_of_the_source_alone_leaves_the_others_behind(course, folder, edit):
    edit("lessons/START-L2.yaml", lambda doc: doc["title"].update(pl="Swoimi słowami"))
    edit("course.yaml", lambda doc: doc["modules"][0]["lessons"][1]["title"].update(pl="Swoimi słowami"))
    apply(plan_import(read_pack(folder)))
    assert state(lesson(title="Swoimi słowami")).missing == 1


# --- what lags does not go live, by any route -------------------------------------------------------------------------
def mixture(page: Any, code: str = "lv") -> Any:
    """As wagtail-localize would write it: in the words of the source where they are not translated."""
    return of(page, code).source.get_ephemeral_translated_instance(
        Locale.objects.get(language_code=code), fallback=True
    )


def by_wagtail_localize(source: Any, client: Any) -> None:
    with pytest.raises(ValidationError):
        of(source).save_target(publish=True)


def by_code(source: Any, client: Any) -> None:
    with pytest.raises(ValidationError):
        mixture(source).save()


def by_revision(source: Any, client: Any) -> None:
    revision = mixture(source).save_revision(clean=False)
    with pytest.raises(ValidationError):
        revision.publish()


def by_the_editor(source: Any, client: Any) -> None:
    address = reverse("wagtailadmin_pages:edit", args=[lesson("lv").pk])
    response = client.post(address, {"action": "publish"})
    assert response.status_code == 302
    assert "1 text is not translated yet" in told(response)


def by_the_plain_editor(source: Any, client: Any) -> None:
    """Somebody stopped the translation: the plain editor is back, with a draft in two languages."""
    Translation.objects.update(enabled=False)
    draft = mixture(source)
    assert draft.problems() == ["1 text is not translated yet: the older version stays with learners."]
    with pytest.raises(ValidationError):
        draft.save_revision(clean=False).publish()


def by_bulk(source: Any, client: Any) -> None:
    mixture(source).save_revision(clean=False)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    response = client.post(*answer_to(client, f"{address}?id={lesson('lv').pk}&next=/cms/", {"change": "editorial"}))
    assert response.status_code == 302
    assert "Nothing was published" in told(response)


def by_schedule(source: Any, client: Any) -> None:
    """Its time has come: it is refused, and the home page names it."""
    revision = mixture(source).save_revision(clean=False)
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=timezone.now())
    list(actions.publish_due())
    assert RefusedPublication.objects.filter(object_id=str(lesson("lv").pk)).exists()


def by_approval(source: Any, client: Any) -> None:
    _roles()
    _review()
    page = lesson("lv")
    mixture(source).save_revision(clean=False)
    page = LessonPage.objects.get(pk=page.pk)
    page.get_workflow().start(page, client.user)
    state = page.current_workflow_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk])
    assert "1 text is not translated yet" in told(client.post(address))


ROUTES = [
    by_wagtail_localize,
    by_code,
    by_revision,
    by_the_editor,
    by_the_plain_editor,
    by_bulk,
    by_schedule,
    by_approval,
]


@pytest.mark.parametrize("route", ROUTES)
def test_a_mixture_of_languages_goes_live_by_no_route(course, publisher, client_for, route):
    before = compiled(lesson("lv"))
    source, client = edit_source(lesson()), client_for(publisher)
    client.user = publisher
    route(source, client)
    assert compiled(lesson("lv")) == before


def test_without_the_guard_the_mixture_would_go_live(course, monkeypatch):
    source = edit_source(lesson())
    monkeypatch.setattr(translations, "problems", lambda instance: [])
    of(source).save_target(publish=True)
    assert "Zupełnie nowy nagłówek" in str(compiled(lesson("lv")))


def test_a_question_and_a_module_keep_the_same_rule(course):
    question = Question.objects.filter(locale=course.locale).first()
    question.stem = "Co robisz najpierw, gdy słyszysz westchnienie?"
    question.save()
    module = ModulePage.objects.get(locale=course.locale)
    module.title = "Zupełnie inny początek"
    module.save()
    for source in (question, module):
        with pytest.raises(ValidationError):
            of(source).save_target(publish=True)


def test_translated_it_goes_live_and_nothing_lags(course, publisher, django_capture_on_commit_callbacks):
    source = edit_source(lesson())
    segment = StringSegment.objects.get(source=of(source).source, string__data="Zupełnie nowy nagłówek")
    StringTranslation.objects.create(
        translation_of=segment.string,
        context=segment.context,
        locale=lesson("lv").locale,
        data="Pavisam jauns virsraksts",
        last_translated_by=publisher,
    )
    assert [row.source.pk for row in rows_of(course, "lv") if row.waits] == [source.pk]
    with django_capture_on_commit_callbacks(execute=True):
        done, refused = publish_waiting(course, "lv", by=publisher)
    assert (done, refused) == ([source], {})
    assert "Pavisam jauns virsraksts" in str(compiled(lesson("lv")))
    assert [row for row in rows_of(course, "lv") if row.waits] == []


def test_a_change_without_words_leaves_a_language_behind_and_the_editor_sees_it(course, ela, client_for):
    (one,) = overview([course])
    assert one.older == {}
    source = lesson()
    del source.body[-1]
    source.save_revision().publish()
    (one,) = overview([course])
    assert one.languages["lv"].missing == 0
    assert one.older == {"lv": 1, "en": 1}
    page = client_for(ela).get(reverse("wagtailadmin_pages:edit", args=[source.pk])).content.decode()
    assert "Latvian lags: its source has changed since" in page
    home = client_for(ela).get("/cms/").content.decode()
    assert 'lang="lv">Mazs kurss</a>: Latvian: 1 page or question is older than its source and can be publi' in home
    assert "1 is older than its source" in home


def test_a_lost_placeholder_is_named(course):
    source = lesson()
    row = StringTranslation.objects.get(
        data__contains="{{site.", locale__language_code="lv", context__object=source.translation_key
    )
    row.data = row.data.replace("{{site.supervisor_contact}}", "{{site.vaditajs}}")
    row.save()
    (problem,) = mixture(source).problems()
    assert "{{site.supervisor_contact}}" in problem
    with pytest.raises(ValidationError):
        of(source).save_target(publish=True)


def test_a_new_page_is_begun_as_a_draft_and_learners_see_nothing_of_it(course, ela):
    module = ModulePage.objects.get(locale=course.locale)
    page = module.add_child(
        instance=LessonPage(
            title="Nowa lekcja dla wszystkich",
            locale=course.locale,
            slug="nowa",
            body=[("reflection", {"prompt": "Kiedy ostatnio?", "points": ""})],
        )
    )
    assert state(page) == Progress(2, 0)
    begin(page, "lv", by=ela)
    assert in_language(page, "lv").live is False
    with pytest.raises(ValidationError):
        in_language(page, "lv").get_latest_revision().publish()


# --- out and in -------------------------------------------------------------------------------------------------------
def test_texts_go_out_and_come_back_with_nothing_lost(course, publisher, django_capture_on_commit_callbacks):
    before = contents("lv", "en")
    said = set(StringTranslation.objects.values_list("locale", "context", "translation_of", "data"))
    files = {code: po.export_zip(course, code) for code in ("lv", "en")}
    blank("lv", "en")
    assert {row.percent for row in progress().values()} == {0}
    for code, content in files.items():
        po.import_po(course, code, content, by=publisher)
        with django_capture_on_commit_callbacks(execute=True):
            done, refused = publish_waiting(course, code, by=publisher)
        assert (len(done), refused) == (len(po.objects_of(course)), {})
    assert set(StringTranslation.objects.values_list("locale", "context", "translation_of", "data")) == said
    assert contents("lv", "en") == before


@whole_course
@pytest.mark.any_database
@pytest.mark.slow
def test_the_three_languages_of_the_real_course_come_back_with_nothing_lost(db):
    import_real()
    course = CoursePage.objects.get(locale__language_code="pl")
    said = set(StringTranslation.objects.values_list("locale", "context", "translation_of", "data"))
    files = {code: po.export_zip(course, code) for code in ("lv", "en")}
    blank("lv", "en")
    for code, content in files.items():
        assert po.import_po(course, code, content).written == StringSegment.objects.count()
    assert set(StringTranslation.objects.values_list("locale", "context", "translation_of", "data")) == said
    locales = {locale.language_code: locale for locale in Locale.objects.all()}
    for model in (CoursePage, ModulePage, LessonPage, ScenarioPage, Question):  # a quiz has no text but its title
        for page in model.objects.exclude(locale=course.locale).select_related("locale"):
            code = page.locale.language_code
            source = of(page, code).source
            assert compiled(source.get_ephemeral_translated_instance(locales[code])) == compiled(page)


def test_a_stale_text_goes_out_fuzzy_and_comes_in_only_without_the_mark(course):
    source = edit_source(lesson())
    ((_name, content),) = [
        (name, content)
        for name, content in po.export_po(course, "lv").items()
        if "Zupełnie nowy nagłówek" in content.decode()
    ]
    file = polib.pofile(content.decode())
    (entry,) = [entry for entry in file if entry.fuzzy]
    assert entry.msgid == "Zupełnie nowy nagłówek"
    assert entry.previous_msgid
    taken = po.import_po(course, "lv", content)
    assert (taken.written, taken.fuzzy, state(source).missing) == (0, 1, 1)
    entry.flags = []
    assert po.import_po(course, "lv", str(file).encode()).written == 1
    assert state(source).percent == 100


def test_terms_of_the_glossary_stand_beside_the_texts_that_use_them(course):
    Term.objects.create(texts={"pl": "klient", "lv": "klients"}, note="never “patērētājs”")
    Term.objects.create(texts={"pl": "nieobecne"})
    files = "".join(content.decode() for content in po.export_po(course, "lv").values())
    assert "#. " in files
    assert "klient = klients" in files
    assert "nieobecne" not in files


def one_file(course: CoursePage) -> polib.POFile:
    return polib.pofile(next(iter(po.export_po(course, "lv").values())).decode())


def zip_with(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return content.getvalue()


def another_course(file: polib.POFile) -> bytes:
    file.metadata["X-Ostoja-Course"] = "other"
    return str(file).encode()


def another_object(file: polib.POFile) -> bytes:
    file.metadata["X-Ostoja-Object"] = "00000000-0000-4000-8000-000000000000"
    return str(file).encode()


def another_language(file: polib.POFile) -> bytes:
    file.metadata["Language"] = "en"
    return str(file).encode()


def markup(file: polib.POFile) -> bytes:
    file[0].msgstr = "<script>alert(1)</script>"
    return str(file).encode()


def a_link_of_its_own(file: polib.POFile) -> bytes:
    file[0].msgstr = '<a id="a7">kurss</a>'
    return str(file).encode()


def a_placeholder_too_many(file: polib.POFile) -> bytes:
    file[0].msgstr += " {{site.alarm}}"
    return str(file).encode()


def endless(file: polib.POFile) -> bytes:
    file[0].msgstr = "ā" * (po.TEXT_LENGTH + 1)
    return str(file).encode()


FAULTS = {
    "another course": (another_course, "another course"),
    "another object": (another_object, "another course"),
    "another language": (another_language, "for the language “en”, not for “lv”"),
    "markup": (markup, "bold, italic and the links"),
    "a link of its own": (a_link_of_its_own, "bold, italic and the links"),
    "a placeholder too many": (a_placeholder_too_many, "{{site.alarm}}"),
    "endless": (endless, "longer than"),
    "no PO": (lambda file: b"%PDF-1.7", "no PO file, or it is damaged"),
    "a name of a file": (lambda file: b"/etc/passwd", "no PO file, or it is damaged"),
    "nothing": (lambda file: b"", "no PO file, or it is damaged"),
    "NUL": (lambda file: b"\0\0", "no PO file, or it is damaged"),
    "cut off": (lambda file: str(file).encode() + b"nonsense", "no PO file, or it is damaged"),
    "not UTF-8": (lambda file: str(file).encode("utf-16"), "no PO file, or it is damaged"),
    "too large": (lambda file: b"#" * (po.LIMITS.entry_bytes + 1), "larger than"),
    "a broken zip": (lambda file: b"PK\3\4 broken", "damaged or is no zip file"),
    "an empty zip": (lambda file: zip_with(readme_txt=b"x"), "no PO file in it"),
    "a zip with a trick": (lambda file: zip_with(**{"../a_po": b"x"}), "out of the folder"),
}


@pytest.mark.parametrize("make, words", FAULTS.values(), ids=FAULTS)
def test_a_file_that_is_no_translation_of_this_course_is_refused_and_nothing_is_written(
    course, publisher, client_for, make, words
):
    content = make(one_file(course))
    blank("lv")
    with pytest.raises(po.PoRefused, match=words.replace("{", r"\{")):
        po.import_po(course, "lv", content)
    address = reverse("course-translation", args=[course.pk]) + "?language=lv"
    response = client_for(publisher).post(address, {"file": SimpleUploadedFile("a.po", content or b" ")})
    assert response.status_code == 422
    assert StringTranslation.objects.filter(locale__language_code="lv").count() == 0


def test_one_bad_file_of_many_keeps_all_of_them_out(course):
    files = po.export_po(course, "lv")
    blank("lv")
    first, *rest = files
    files[first] = another_language(polib.pofile(files[first].decode()))
    with pytest.raises(po.PoRefused, match="not for “lv”"):
        po.import_po(course, "lv", zip_with(**{name.replace(".po", "_po"): files[name] for name in files}))
    assert rest
    assert StringTranslation.objects.filter(locale__language_code="lv").count() == 0


def test_texts_whose_source_changed_since_the_export_are_left_out_and_named(course):
    content = po.export_zip(course, "lv")
    source = edit_source(lesson())
    taken = po.import_po(course, "lv", content)
    assert len(taken.changed) == 1
    assert state(source).missing == 1


def test_the_command_writes_a_zip_and_takes_it_back(course, tmp_path, capsys, django_capture_on_commit_callbacks):
    file = tmp_path / "lv.zip"
    call_command("course_po", "export", "mini", "lv", str(file))
    with pytest.raises(CommandError, match="File exists"):
        call_command("course_po", "export", "mini", "lv", str(file))
    blank("lv")
    with django_capture_on_commit_callbacks(execute=True):
        call_command("course_po", "import", "mini", "lv", str(file), "--publish")
    assert "0 unchanged" in capsys.readouterr().out
    assert {row.percent for row in progress().values()} == {100}
    for wrong in (["mini", "en"], ["other", "lv"], ["mini", "pl"]):
        with pytest.raises(CommandError):
            call_command("course_po", "import", *wrong, str(file))


# --- screens ----------------------------------------------------------------------------------------------------------
def test_the_screen_names_what_lags_and_takes_and_gives_files(course, ela, publisher, client_for):
    source = edit_source(lesson())
    address = reverse("course-translation", args=[course.pk]) + "?language=lv"
    page = client_for(ela).get(address).content.decode()
    assert "1 text waits for a translation" in page
    assert reverse("wagtailadmin_pages:edit", args=[in_language(source, "lv").pk]) in page
    zipped = client_for(ela).get(reverse("course-po", args=[course.pk]) + "?language=lv")
    response = client_for(ela).post(address, {"file": SimpleUploadedFile("lv.zip", zipped.content)})
    assert response.status_code == 302
    assert "1 fuzzy text was left out" in told(response)
    assert client_for(ela).post(address, {"act": "publish"}).status_code in (302, 403)
    assert "live now" in told(client_for(publisher).post(address, {"act": "publish"}))


def test_following_a_course_begins_with_an_act_and_never_with_a_look(course, ela, publisher, client_for):
    forget()
    address, files = (reverse(name, args=[course.pk]) + "?language=lv" for name in ("course-translation", "course-po"))
    page = client_for(ela).get(address)
    assert "Begin translating this course" in page.content.decode()
    assert "Download the PO files" not in page.content.decode()
    assert client_for(ela).get(files).url == address
    assert not TranslationSource.objects.exists()
    begun = client_for(ela).post(address, {"act": "follow"})
    assert "can be translated now" in told(begun)
    assert {row.percent for row in progress().values()} == {100}
    assert client_for(ela).get(files)["Content-Type"] == "application/zip"
    assert "Begin translating this course" not in client_for(ela).get(address).content.decode()
    remembered = StringTranslation.objects.count()
    client_for(publisher).post(address, {"act": "follow"})
    assert StringTranslation.objects.count() == remembered


def test_the_screen_is_for_those_who_edit(course, ana, auditor, marek, client_for):
    address = reverse("course-translation", args=[course.pk])
    for user in (ana, auditor, marek):
        assert client_for(user).get(address).status_code == 404
        assert client_for(user).post(address, {"act": "follow"}).status_code == 404
        assert client_for(user).get(reverse("course-po", args=[course.pk])).status_code == 404
    assert client_for(None).get(address).status_code == 302


def test_the_screen_knows_no_other_languages(course, ela, client_for):
    address = reverse("course-translation", args=[course.pk])
    assert client_for(ela).get(address + "?language=de").status_code == 404
    assert client_for(ela).get(reverse("course-translation", args=[999_999])).status_code == 404


def test_the_editor_of_the_source_is_told_which_language_lags(course, ela, client_for):
    source = edit_source(lesson())
    page = client_for(ela).get(reverse("wagtailadmin_pages:edit", args=[source.pk])).content.decode()
    assert "Latvian lags: 1 text is to be translated" in page


def test_the_outline_names_the_language_that_lags_until_it_is_published(course, ela, client_for):
    def states(page) -> list[tuple[str, str]]:
        (row,) = [row for row in course_outline(course).steps if row.page.pk == page.pk]
        return [(one.code, one.state) for one in row.languages]

    source = edit_source(lesson())
    assert ("lv", "older") in states(source)
    assert ("pl", "live") in states(source)
    outline = client_for(ela).get(reverse("course-outline", args=[course.pk])).content.decode()
    assert "live in an older version" in outline
    latvian = in_language(source, "lv")
    next(block for block in latvian.body if block.block_type == "concept").value["heading"] = "Pavisam jauns virsraksts"
    latvian.save_revision().publish()
    assert [one for one in states(source) if one[0] != "pl"] == [("lv", "live"), ("en", "older")]


def test_the_translator_sees_both_languages_the_old_words_and_the_terms(course, ela, client_for):
    Term.objects.create(texts={"pl": "nowy", "lv": "jauns"}, note="")
    source = edit_source(lesson())
    page = client_for(ela).get(reverse("wagtailadmin_pages:edit", args=[in_language(source, "lv").pk]))
    content = page.content.decode()
    assert "js-translation-editor" in content
    assert "Changed in the source since it was translated" in content
    assert ">jauns<" in content


def test_the_files_of_one_page_hold_no_keys_and_are_looked_at(course, ela, ana, client_for):
    translation = of(lesson())
    download = reverse("wagtail_localize:download_pofile", args=[translation.pk])
    content = client_for(ela).get(download).content
    assert b"X-Ostoja-Object" in content
    upload = reverse("wagtail_localize:upload_pofile", args=[translation.pk])
    blank("lv")
    client_for(ela).post(upload, {"file": SimpleUploadedFile("a.po", content)})
    assert state(lesson()).percent == 100
    response = client_for(ela).post(upload, {"file": SimpleUploadedFile("a.po", b"no")})
    assert "damaged" in told(response)
    assert client_for(ana).get(download).status_code in (302, 404)


def test_a_course_and_its_pages_are_named_in_the_readers_language(course, ela, client_for):
    edit_source(lesson())
    home = client_for(ela).get(reverse("wagtailadmin_home")).content.decode()
    assert '<th scope="row" lang="en">A small course</th>' in home
    page = client_for(ela).get(reverse("course-translation", args=[course.pk]) + "?language=lv").content.decode()
    assert '<span lang="en">A small course</span>' in page
    assert f'<th scope="row" lang="en">{lesson("en").title}</th>' in page


def test_home_shows_the_languages_in_a_constant_number_of_queries(course, ela, ana, client_for, folder, edit):
    client = client_for(ela)
    home = reverse("wagtailadmin_home")
    edit_source(lesson())
    overview([course])  # content types and languages are known from here on
    assert "1 text waits" in client.get(home).content.decode()
    with CaptureQueriesContext(connection) as few:
        overview([course])
    for number in range(2, 6):
        edit("course.yaml", lambda doc, number=number: doc.update(id=f"mini-{number}"))
        apply(plan_import(read_pack(folder)))
    courses = list(CoursePage.objects.filter(locale=course.locale))
    assert len(courses) == 5
    with CaptureQueriesContext(connection) as many:
        shown = overview(courses)
    assert len(many) == len(few)
    assert [row.languages["lv"].missing for row in shown] == [1, 0, 0, 0, 0]
    with CaptureQueriesContext(connection) as rows_few:
        rows_of(courses[0], "lv")
    assert len(rows_few) < 25
