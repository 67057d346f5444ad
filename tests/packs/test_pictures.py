"""Pictures of questions in a pack: files in `media`, images in the CMS, and back."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils.translation import override
from PIL import Image as Drawing
from wagtail.images import get_image_model

from assessments.quizzes.models import Question
from lms.packs import pictures, reading
from lms.packs.checks import check_pack, errors
from lms.packs.dumping import write_folder, yaml_file, zipped
from lms.packs.exporting import Export
from lms.packs.importing import apply, plan_import
from lms.packs.reading import PackError, parse_yaml, read_pack
from lms.packs.uploading import read_zip
from tests.packs.conftest import import_mini
from tests.packs.test_exporting import assert_comes_back, emptied, exported

LANGUAGES = ("en", "pl", "lv")
ALT = {"en": "A counter", "pl": "Okienko", "lv": "Lete"}
HAND = {"en": "A raised hand", "pl": "Podniesiona ręka", "lv": "Pacelta roka"}
Image = get_image_model()

pytestmark = pytest.mark.usefixtures("english", "own_files")


@pytest.fixture
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "site")


def drawn(colour: str = "navy", kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    data = io.BytesIO()
    Drawing.new("RGB", size, colour).save(data, kind)
    return data.getvalue()


def kept(colour: str = "navy", name: str = "shouting.png", **fields: Any) -> Any:
    """As somebody uploads it in the CMS."""
    image = Image.objects.create(title="Counter", file=ContentFile(drawn(colour), name=name), **fields)
    image.get_file_hash()
    return image


def add_pictures(folder: Path, edit: Any, **files: bytes) -> None:
    """One for the first question and one for its first answer."""

    def change(data: Any) -> None:
        question = data["questions"][0]
        question["picture"] = {"file": "media/counter.png", "alt": dict(ALT)}
        question["options"][0]["picture"] = {"file": "media/hand.jpg", "alt": dict(HAND)}
        question["options"][1]["picture"] = {"file": "media/counter.png", "decorative": True}

    edit("questions.yaml", change)
    (folder / "media").mkdir()
    for name, data in {"counter.png": drawn(), "hand.jpg": drawn("red", "JPEG"), **files}.items():
        (folder / "media" / name).write_bytes(data)


@pytest.fixture
def pictured(folder, edit) -> Path:
    add_pictures(folder, edit)
    return folder


def run(folder: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_course", str(folder), stdout=out, **options)
    return out.getvalue()


def first(language: str = "en") -> Question:
    return Question.objects.get(code="Q-START-1", locale__language_code=language)


def said(folder: Path) -> list[str]:
    return [str(finding) for finding in errors(check_pack(read_pack(folder)))]


# --- out and in ----------------------------------------------------------------------------------------------------
def test_a_course_with_pictures_comes_back_the_same_in_a_site_without_them(db, tmp_path):
    import_mini()
    counter, hand = kept("navy"), kept("red", "antwort.png")
    for question in Question.objects.filter(code="Q-START-1").select_related("locale"):
        language = question.locale.language_code
        body = question.parts.stream_block.get_prep_value(question.parts)
        body[0]["value"]["picture"] = {"image": hand.pk, "alt_text": HAND[language], "decorative": False}
        body[1]["value"]["picture"] = {"image": counter.pk, "alt_text": "", "decorative": True}
        question.parts = body
        question.picture, question.picture_alt = counter, ALT[language]
        question.save()
    before, export = [first(language).compiled() for language in LANGUAGES], exported()
    assert export.lost == ()
    emptied()
    Image.objects.all().delete()
    write_folder(export.files, tmp_path / "out")
    apply(plan_import(read_pack(tmp_path / "out")))
    after = [first(language).compiled() for language in LANGUAGES]
    assert [pictures_of(one) for one in after] == [pictures_of(one) for one in before]
    again = exported()
    assert again.lost == ()
    assert again.files == export.files
    assert zipped(again.files) == zipped(export.files)


def pictures_of(compiled: dict[str, Any]) -> list[tuple]:
    shown = [compiled.get("picture"), *(part.get("picture") for part in compiled["parts"])]
    return [one and (one["width"], one["height"], one["alt"]) for one in shown]


def test_a_pack_with_pictures_comes_back_the_same(db, pictured, tmp_path):
    run(pictured)
    export = assert_comes_back(tmp_path / "out")
    said = parse_yaml("", export.files["questions.yaml"].decode())["questions"][0]
    assert said["picture"]["alt"] == ALT
    assert said["options"][0]["picture"]["alt"] == HAND
    assert said["options"][1]["picture"] == {"file": said["picture"]["file"], "decorative": True}
    assert sorted(name.rpartition(".")[2] for name in export.files if name.startswith("media/")) == ["jpg", "png"]
    assert export.files[said["picture"]["file"]] == drawn()


def test_a_picture_in_one_language_only_comes_back_the_same(db, folder, tmp_path):
    import_mini()
    Question.objects.filter(code="Q-START-1", locale__language_code="lv").update(picture=kept(), picture_alt="Lete")
    question = first("lv")
    question.save()
    export = assert_comes_back(tmp_path / "out")
    told = parse_yaml("", export.files["questions.yaml"].decode())["questions"]
    assert [one.get("languages") for one in told if one["id"] == "Q-START-1"] == [["pl", "en"], ["lv"]]


@pytest.mark.parametrize("kind, end", [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("WEBP", "webp")])
def test_each_kind_of_picture_is_carried(db, folder, edit, tmp_path, kind, end):
    add_pictures(folder, edit, **{"counter.png": drawn("green", kind)})
    run(folder)
    assert first().picture.file.name.endswith(f".{end}")
    assert_comes_back(tmp_path / "out")


def test_every_language_shows_the_same_image_and_says_it_in_its_words(db, pictured):
    run(pictured)
    rows = [first(language) for language in LANGUAGES]
    assert len({row.picture_id for row in rows}) == 1
    assert [row.picture_alt for row in rows] == [ALT[language] for language in LANGUAGES]
    shown = [row.compiled()["parts"] for row in rows]
    assert [parts[0]["picture"]["alt"] for parts in shown] == [HAND[language] for language in LANGUAGES]
    assert [parts[1]["picture"]["alt"] for parts in shown] == ["", "", ""]
    assert Image.objects.count() == 2


def test_the_name_of_a_file_gives_no_answer_away(db, folder, edit):
    add_pictures(folder, edit, **{"the-right-answer.png": drawn("green")})
    edit("questions.yaml", lambda data: data["questions"][0]["picture"].update(file="media/the-right-answer.png"))
    run(folder)
    assert "right" not in str(first().compiled())
    assert first().picture.title == "Q-START-1"


def test_drafts_that_an_editor_brings_have_their_pictures(pictured, publisher):
    files = {str(path.relative_to(pictured)): path.read_bytes() for path in pictured.rglob("*") if path.is_file()}
    apply(plan_import(read_zip(zipped(files))), by=publisher, as_drafts=True)
    assert not first().live
    assert first().picture.uploaded_by_user == publisher


# --- again -----------------------------------------------------------------------------------------------------------
def test_the_same_bytes_are_the_same_image_however_often_they_come(db, pictured):
    here = kept()
    run(pictured)
    assert first().picture == here
    before = stored()
    assert "0 created, 0 updated" in run(pictured)
    assert run(pictured, force=True)
    assert Image.objects.count() == 2
    assert stored() == before


def test_an_image_whose_file_is_gone_is_not_shown_again(db, pictured):
    lost = kept()
    lost.file.storage.delete(lost.file.name)
    run(pictured)
    assert first().picture != lost


def test_a_dry_run_reads_pictures_and_writes_none(db, pictured):
    assert "create: question Q-START-1 (lv)" in run(pictured, dry_run=True)
    assert not Image.objects.exists()


def test_another_picture_in_the_pack_comes_to_the_question_and_the_quiz(db, pictured):
    run(pictured)
    (pictured / "media" / "counter.png").write_bytes(drawn("green"))
    assert "3 updated" in run(pictured)
    assert pictures.content_of(first().picture) == drawn("green")
    assert "41 unchanged" in run(pictured)


def test_other_words_for_a_picture_change_their_language_only(db, pictured, edit):
    run(pictured)
    edit("questions.yaml", lambda data: data["questions"][0]["picture"]["alt"].update(lv="Cits"))
    assert "1 updated" in run(pictured)
    assert first("lv").picture_alt == "Cits"


def test_a_picture_that_left_the_pack_leaves_the_question(db, pictured, edit):
    run(pictured)

    def change(data: Any) -> None:
        del data["questions"][0]["picture"], data["questions"][0]["options"][0]["picture"]

    edit("questions.yaml", change)
    assert "3 updated" in run(pictured)
    assert first().picture is None
    assert first().picture_alt == ""
    assert "picture" not in first().compiled()["parts"][0]
    assert "41 unchanged" in run(pictured)


def other_picture(question: Question) -> None:
    question.picture = kept("yellow")
    question.save()


def no_picture(question: Question) -> None:
    question.picture, question.picture_alt = None, ""
    question.save()


def other_words(question: Question) -> None:
    question.picture_alt = "Mine"
    question.save()


def other_picture_of_an_answer(question: Question) -> None:
    body = question.parts.stream_block.get_prep_value(question.parts)
    body[0]["value"]["picture"]["image"] = kept("yellow").pk
    question.parts = body
    question.save()


def other_file(question: Question) -> None:
    """As Wagtail replaces the file of an image."""
    question.picture.file = ContentFile(drawn("yellow"), name="other.png")
    question.picture._set_image_file_metadata()
    question.picture.save()


@pytest.mark.parametrize("change", [other_picture, no_picture, other_words, other_picture_of_an_answer, other_file])
def test_a_picture_that_an_editor_changed_is_left_alone(db, pictured, change, edit):
    run(pictured)
    change(first())
    now = first().compiled()
    edit("questions.yaml", lambda data: data["questions"][0]["stem"].update(en="Somebody shouts. What comes first?"))
    (pictured / "media" / "counter.png").write_bytes(drawn("green"))
    assert "left alone: question Q-START-1 (en): it was changed here" in run(pictured)
    assert first().compiled() == now
    run(pictured, force=True)
    assert first().stem == "Somebody shouts. What comes first?"
    assert pictures.content_of(first().picture) == drawn("green")


def test_a_picture_that_an_editor_added_is_left_alone(db, folder, edit):
    run(folder)
    question = first()
    question.picture, question.picture_alt = kept("yellow"), "Mine"
    question.save()
    add_pictures(folder, edit)
    assert "left alone: question Q-START-1 (en): it was changed here" in run(folder)
    assert first().picture_alt == "Mine"


def test_saving_a_question_unchanged_is_no_edit(db, pictured):
    run(pictured)
    question = first()
    [part.value["picture"] for part in question.parts]  # as the editor's form looks at it
    question.save()
    assert "41 unchanged" in run(pictured)


def test_an_import_that_fails_leaves_no_file_behind(db, pictured, monkeypatch):
    def fails(*args: Any, **kwargs: Any) -> None:
        assert first().compiled()["picture"]
        raise PackError("course.yaml", "", "no")

    monkeypatch.setattr("lms.packs.importing._remember", fails)
    with pytest.raises(CommandError):
        run(pictured)
    assert not stored()
    monkeypatch.undo()
    run(pictured)
    assert default_storage.exists(pictures.rendition_of(first().picture).file.name)


def stored() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


# --- refusals --------------------------------------------------------------------------------------------------------
def named(name: Any) -> Any:
    return lambda data: data["questions"][0]["picture"].update(file=name)


NO_NAME = "questions.yaml: questions[1].picture.file: a picture in the folder media is expected"
OUTSIDE = ["../secret.png", "media/../../secret.png", "/etc/secret.png", "media//x.png", "media/a/b.png", "x.png"]
OUTSIDE += ["media/.hidden.png", "media\\x.png", "media/x.svg", "media/x", "C:/x.png", "media/ż.png", "", 7, None]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_name_that_leads_elsewhere_is_refused(pictured, edit, name):
    edit("questions.yaml", named(name))
    assert [line for line in said(pictured) if line.startswith(NO_NAME)]


def huge() -> bytes:
    return drawn(size=(10_000, 5_001))


BROKEN = {
    "missing": (lambda path: path.unlink(), "the file is missing"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "the file is missing"),
    "a text": (lambda path: path.write_text("<svg/>"), "the file is no picture"),
    "empty": (lambda path: path.write_bytes(b""), "the file is no picture"),
    "another kind": (lambda path: path.write_bytes(drawn(kind="BMP")), "the file is no picture"),
    "cut off": (lambda path: path.write_bytes(drawn()[:-30]), "the file is no picture"),
    "too heavy": (lambda path: path.write_bytes(drawn() + bytes(reading.PICTURE_BYTES)), "larger than 10 MB"),
    "too wide": (lambda path: path.write_bytes(huge()), "it has more than 50 million pixels"),
    "a bomb": (lambda path: path.write_bytes(bomb()), "the file is no picture"),
}


def bomb() -> bytes:
    """It only says that it is a million times a million."""
    png = bytearray(drawn())
    png[16:24] = (1_000_000).to_bytes(4) * 2
    return bytes(png)


@pytest.mark.parametrize("change, reason", BROKEN.values(), ids=BROKEN)
def test_what_is_no_picture_is_refused_with_its_file_and_key(db, pictured, change, reason, capsys):
    change(pictured / "media" / "counter.png")
    found = said(pictured)
    assert [line.split(": ")[:3] for line in found] == [
        ["questions.yaml", "Q-START-1.picture", "media/counter.png"],
        ["questions.yaml", "Q-START-1.b.picture", "media/counter.png"],
    ]
    assert all(reason in line for line in found)
    with pytest.raises(SystemExit):
        call_command("check_content", str(pictured))
    assert found[0] in capsys.readouterr().out
    for dry_run in (True, False):
        with pytest.raises(CommandError, match=r"media/counter\.png"):
            run(pictured, dry_run=dry_run)
    assert not Image.objects.exists()
    assert not Question.objects.exists()


@pytest.mark.parametrize("whole_folder", [True, False])
def test_a_link_out_of_the_folder_is_refused(pictured, tmp_path, whole_folder):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "counter.png").write_bytes(drawn())
    (secret / "hand.jpg").write_bytes(drawn())
    media = pictured / "media"
    if whole_folder:
        for path in media.iterdir():
            path.unlink()
        media.rmdir()
        media.symlink_to(secret)
    else:
        (media / "counter.png").unlink()
        (media / "counter.png").symlink_to(secret / "counter.png")
    assert said(pictured)[0] == (
        "questions.yaml: Q-START-1.picture: media/counter.png: the file lies outside the folder"
    )


def test_an_exported_pack_is_held_to_its_pictures_too(db, pictured, tmp_path):
    run(pictured)
    files = dict(exported().files)
    gone = min(name for name in files if name.startswith("media/"))
    del files[gone]
    write_folder(files, tmp_path / "out")
    with pytest.raises(PackError, match=f"{gone}: the file is missing"):
        plan_import(read_pack(tmp_path / "out"))


SILENT = {
    "no words": lambda picture: picture.pop("alt"),
    "blank words": lambda picture: picture["alt"].update(lv=" "),
    "both": lambda picture: picture.update(decorative=True),
}


@pytest.mark.parametrize("change", SILENT.values(), ids=SILENT)
def test_a_picture_says_what_it_shows_or_that_it_is_decorative(pictured, edit, change):
    edit("questions.yaml", lambda data: change(data["questions"][0]["options"][0]["picture"]))
    assert said(pictured) == [
        "questions.yaml: Q-START-1.a.picture: say in words what it shows (alt, in each language), "
        "or that it is decorative: true"
    ]


def test_a_picture_of_the_question_itself_needs_words(pictured, edit):
    edit("questions.yaml", lambda data: data["questions"][0]["picture"].pop("alt"))
    assert said(pictured) == ["questions.yaml: questions[1].picture.alt: missing"]


def test_words_for_a_picture_are_held_to_the_language_they_are_in(pictured, edit):
    edit("questions.yaml", lambda data: data["questions"][0]["picture"]["alt"].update(pl="Mīļi"))
    assert any("letters of another language" in line for line in said(pictured))


def test_what_no_question_names_is_left_where_it_lies(db, folder):
    (folder / "media").mkdir()
    (folder / "media" / "other.png").write_text("no picture")
    (folder / "media" / "Thumbs.db").write_bytes(bytes(20))
    assert said(folder) == []
    run(folder)
    assert not Image.objects.exists()


def test_too_many_and_too_large_files_are_refused(pictured, monkeypatch):
    monkeypatch.setattr(reading, "MEDIA_BYTES", 100)
    with pytest.raises(PackError, match="media: the files are larger than"):
        read_pack(pictured)
    (pictured / "media" / "third.png").write_bytes(b"")
    monkeypatch.setattr(reading, "FOLDER_FILES", 2)
    with pytest.raises(PackError, match="media: more than 2 files"):
        read_pack(pictured)


def test_a_zip_with_a_name_that_leads_out_is_refused():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("media/../../x.png", drawn())
    with pytest.raises(PackError, match="leads out of the folder"):
        read_zip(data.getvalue())


# --- what cannot be carried ----------------------------------------------------------------------------------------
def with_picture(image: Any) -> Export:
    import_mini()
    Question.objects.filter(code="Q-START-1").update(picture=image, picture_alt="A counter")
    with override("en"):
        return exported()


def test_a_picture_whose_file_is_gone_is_named(db):
    image = kept()
    image.file.storage.delete(image.file.name)
    export = with_picture(image)
    assert [str(one) for one in export.lost] == [
        f"Q-START-1 ({code}): A picture is left out: the file is missing" for code in ("pl", "lv", "en")
    ]
    assert b"A counter" not in export.files["questions.yaml"]


def test_a_picture_of_a_kind_that_no_pack_holds_is_named(db):
    image = kept()
    Path(image.file.path).write_bytes(drawn(kind="BMP"))
    export = with_picture(image)
    assert "Q-START-1 (pl): A picture is left out: the file is no picture (PNG, JPEG, GIF or WebP)" in map(
        str, export.lost
    )
    assert not [name for name in export.files if name.startswith("media/")]


def test_a_picture_is_carried_as_its_bytes_are_and_no_name_of_anybody(db, ela):
    export = with_picture(kept(name="ela-portrait.png", uploaded_by_user=ela))
    assert drawn() in export.files.values()
    told = str(sorted(export.files)) + export.files["questions.yaml"].decode()
    assert "portrait" not in told
    assert ela.last_name not in told


def test_too_long_words_for_a_picture_are_refused_before_a_database_does(db, pictured, tmp_path):
    run(pictured)
    files = dict(exported().files)
    data = parse_yaml("", files["questions.yaml"].decode())
    data["questions"][0]["picture"]["alt"]["pl"] = "x" * 301
    write_folder(files | {"questions.yaml": yaml_file(data)}, tmp_path / "out")
    with pytest.raises(PackError, match="301 characters, at most 300"):
        plan_import(read_pack(tmp_path / "out"))
