"""How certificates look: chosen by L&D, frozen with each certificate, drawn on one page with the longest names."""

import io
import struct
import subprocess
import uuid
import zlib

import pytest
from django.core.files.images import ImageFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from PIL import Image as Picture
from wagtail.images.models import Image

from certificates import actions, limited, logos, looks, pdf, rules, samples
from certificates.models import Certificate, CertificateLook, CourseLook, Design, design_for
from certificates.models import site as look_models
from evidence.models import Record
from tests.certificates.conftest import reread
from tests.factories import make_course

pytestmark = pytest.mark.django_db
WORDS = {"heading": "Zaświadczenie", "statement": "ukończyła szkolenie", "signatory": "Jan Lis", "note": "Drobny druk"}


def claiming(size: tuple[int, int]) -> io.BytesIO:
    """A PNG of a few bytes whose header says that it unpacks to that many pixels."""
    png = bytearray(picture().read())
    png[16:24] = struct.pack(">II", *size)
    png[29:33] = struct.pack(">I", zlib.crc32(png[12:29]))
    return io.BytesIO(bytes(png))


def picture(size=(900, 300), kind="PNG", colour="#B41E3C") -> io.BytesIO:
    file = io.BytesIO()
    Picture.new("RGB", size, colour).save(file, kind)
    file.seek(0)
    return file


@pytest.fixture
def uploaded(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"

    def upload(file: io.BytesIO | None = None, name="logo.png") -> Image:
        return Image.objects.create(title="Logo", file=ImageFile(file or picture(), name=name))

    return upload


@pytest.fixture
def quick(monkeypatch):
    """Without the seconds that trying a design takes; says what was tried."""
    tried = []
    monkeypatch.setattr(pdf, "make", lambda certificate: tried.append(certificate) or b"%PDF-1.4 quick")
    return tried


def look(**changes) -> CertificateLook:
    saved = CertificateLook(**{"texts": {"pl": WORDS}} | changes)
    saved.save()
    return saved


# --- frozen --------------------------------------------------------------------------------------------------------
def test_a_certificate_keeps_the_look_of_its_day(issue, ana, client_for):
    chosen = look(texts={"en": {"heading": "First heading"}})
    certificate = issue(ana)
    own, public = (reverse(name, args=[certificate.serial]) for name in ("certificate", "verify-serial"))
    document = pdf.document(reread(certificate))
    before = client_for(ana).get(own).content.decode()
    assert "First heading" in before
    assert "First heading" in client_for(None).get(public).content.decode()

    chosen.texts, chosen.layout = {"en": {"heading": "Second heading"}}, "plain"
    chosen.save()
    assert pdf.document(reread(certificate)) == document, "also a PDF that is not made yet"
    assert "First heading" in client_for(ana).get(own).content.decode()
    assert "First heading" in client_for(None).get(public).content.decode()
    assert "Second heading" in pdf.document(reread(issue(ana)))


def test_a_heading_left_empty_is_frozen_too(issue, ana):
    look(layout="plain", texts={})
    with translation.override("pl"):
        assert reread(issue(ana, language="pl")).words["heading"] == translation.gettext("Certificate of completion")


def test_without_a_chosen_look_everything_is_as_before(issue, ana):
    CertificateLook.load()
    certificate = reread(issue(ana))
    assert certificate.design is None
    assert (certificate.layout, certificate.words["heading"]) == ("classic", "")
    assert not Design.objects.exists()


def test_the_same_look_is_one_row_and_its_hash_holds(uploaded):
    logo = uploaded()
    first = look(logo=logo).design
    second = CertificateLook.objects.get()
    second.save()
    assert Design.objects.get() == first == second.design
    assert Design.objects.get().is_whole()
    assert bytes(Design.objects.get().logo) == logos.as_png(picture())


def test_neither_code_nor_sql_changes_a_design():
    design = look().design
    with pytest.raises(TypeError):
        design.save()
    with pytest.raises(TypeError):
        design.delete()
    for act in (lambda: Design.objects.update(sha256="0" * 64), lambda: Design.objects.all()._raw_delete("default")):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            act()


def test_the_design_is_in_the_evidence(issue, ana):
    design = look().design
    issue(ana)
    assert Record.objects.get(kind="certificate.issued").facts["design"] == design.sha256


def test_a_course_may_have_a_look_of_its_own(issue, ana):
    course = uuid.uuid4()
    for_all = look().design
    own = CourseLook(course_key=course, layout="centred")
    own.save()
    assert design_for(course) == own.design == reread(issue(ana, course_key=course)).design
    assert design_for(uuid.uuid4()) == design_for(None) == for_all
    kept = reread(issue(ana, course_key=course))
    own.delete()
    assert design_for(course) == for_all
    assert reread(kept).layout == "centred"


def test_a_reissued_certificate_has_the_look_of_today(issue, ana, publisher):
    old = issue(ana)
    design = look().design
    newer = actions.reissue(certificate=old, by=publisher, reason="A new name")
    assert (reread(old).design, newer.design) == (None, design)


# --- the logo ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_becomes_a_small_png(kind):
    png = logos.as_png(picture((3000, 2000), kind))
    assert Picture.open(io.BytesIO(png)).format == "PNG"
    assert logos.size_of(png) == (450, 300)


def test_even_noise_stays_small():
    noise = io.BytesIO()
    Picture.effect_noise((2000, 1000), 100).convert("RGB").save(noise, "PNG")
    noise.seek(0)
    assert len(logos.as_png(noise)) < 600_000


def test_what_is_see_through_is_white_on_paper():
    file = io.BytesIO()
    Picture.new("RGBA", (20, 10), (255, 0, 0, 0)).save(file, "PNG")
    file.seek(0)
    assert Picture.open(io.BytesIO(logos.as_png(file))).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "file",
    [
        lambda: io.BytesIO(b'<svg xmlns="http://www.w3.org/2000/svg"><image href="../settings.py"/></svg>'),
        lambda: io.BytesIO(b""),
        lambda: io.BytesIO(picture().read()[:60]),
        lambda: picture(kind="TIFF"),
        lambda: picture((5001, 5000)),
        lambda: claiming((20_000, 20_000)),
    ],
    ids=["svg", "empty", "cut off", "tiff", "huge", "bomb"],
)
def test_what_is_no_picture_of_ours_is_refused(file):
    with pytest.raises(logos.NotUsable):
        logos.as_png(file())


def test_the_logo_fits_its_box_in_any_shape():
    for size in ((600, 300), (300, 300), (600, 10), (10, 300)):
        box = pdf.logo_size(logos.as_png(picture(size)), pdf.LOGO_BOX)
        assert float(box["width"]) <= 60
        assert float(box["height"]) <= 30


# --- drawn ---------------------------------------------------------------------------------------------------------
FULL = {name: ("Zażółć gęślą jaźń ŁĢĶĻŅ " * 9)[:length] for name, length in rules.TEXT_LENGTHS.items()}


@pytest.mark.slow
@pytest.mark.parametrize("layout", list(rules.Layout))
@pytest.mark.parametrize("language", ["pl", "lv"])
def test_the_longest_names_and_texts_fit_on_one_page_letter_for_letter(layout, language, tool, tmp_path):
    texts = dict.fromkeys(samples.LONGEST, FULL)
    design = Design(content={"layout": layout.value, "texts": texts}, logo=logos.as_png(picture()))
    sample = samples.sample(design, language, longest=True)
    (tmp_path / "drawn.pdf").write_bytes(pdf.make(sample))
    about = subprocess.run([tool("pdfinfo"), tmp_path / "drawn.pdf"], capture_output=True, check=True, text=True).stdout
    assert "Pages:           1\n" in about
    command = [tool("pdftotext"), "-raw", tmp_path / "drawn.pdf", "-"]
    read = "".join(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())
    for text in (sample.holder_name, sample.course_title, sample.serial, sample.issuer, *FULL.values()):
        assert "".join(text.split()) in read


@pytest.mark.slow
def test_no_text_of_an_editor_becomes_markup(tool, tmp_path):
    words = {"heading": "<b>Bold</b>", "statement": '<img src="/etc/passwd">', "note": "{{ x }} &lt; ]]>"}
    design = Design(content={"layout": "classic", "texts": {"en": words}}, logo=b"")
    (tmp_path / "drawn.pdf").write_bytes(pdf.make(samples.sample(design, "en")))
    command = [tool("pdftotext"), "-raw", tmp_path / "drawn.pdf", "-"]
    read = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    for text in words.values():
        assert text in read


def test_a_language_that_cannot_be_drawn_is_named_and_a_busy_machine_is_not_blamed_on_it(monkeypatch):
    def drawn(sample):
        if sample.language == "lv":
            raise limited.Failed("2 pages instead of one")
        if sample.language == "pl":
            raise limited.TooSlow("stopped after 20 seconds")
        return b"%PDF"

    monkeypatch.setattr(pdf, "make", drawn)
    assert looks.undrawable(look().as_design()) == ["lv"]


# --- the setting and its preview -----------------------------------------------------------------------------------
@pytest.fixture
def editing(publisher, client_for, cms):
    return client_for(publisher)


def address(view: str = "edit") -> str:
    return reverse(f"wagtailsettings:{view}", args=["certificates", "certificatelook", CertificateLook.load().pk])


def filled(**changes) -> dict:
    names = [look_models.field_name(text, code) for text in look_models.LABELS for code in look_models.CODES]
    return dict.fromkeys(names, "") | {"layout": "classic", "logo": ""} | changes


@pytest.mark.parametrize("language", ["pl", "en"])
def test_an_editor_saves_a_look(language, editing, publisher, uploaded, quick):
    publisher.language = language
    publisher.save()
    page = editing.get(address()).content.decode()
    with translation.override(language):
        assert translation.gettext("Sentence between the name and the course") in page
    sent = filled(layout="centred", logo=uploaded().pk, heading_pl="Zaświadczenie", note_lv="Sīkā druka")
    assert editing.post(address(), sent).status_code == 302
    design = CertificateLook.objects.get().design
    assert (design.layout, design.words("pl")["heading"]) == ("centred", "Zaświadczenie")
    assert design.words("lv")["note"] == "Sīkā druka"
    assert design.logo
    assert [sample.language for sample in quick] == ["pl", "lv", "en"], "tried before it was saved"
    assert 'value="Zaświadczenie"' in editing.get(address()).content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"layout": "sideways"},
        {"heading_pl": "x" * 61},
        {"note_lv": "x" * 161},
        {"heading_pl": "two\nlines"},
        {"logo": "999"},
    ],
)
def test_a_look_that_is_not_right_is_not_saved(changes, editing, quick):
    response = editing.post(address(), filled(**changes))
    assert response.context["form"].errors
    assert CertificateLook.objects.get().design is None
    assert quick == []


def test_a_picture_that_cannot_be_printed_is_told(editing, uploaded, quick):
    logo = uploaded()
    logo.file.storage.delete(logo.file.name)
    response = editing.post(address(), filled(logo=logo.pk))
    assert list(response.context["form"].errors) == ["logo"]


def test_a_text_that_cannot_be_drawn_is_told_where_it_stands(editing, monkeypatch):
    monkeypatch.setattr(looks, "undrawable", lambda design: ["lv"])
    response = editing.post(address(), filled(heading_lv="王"))
    assert list(response.context["form"].errors) == ["heading_lv"]
    assert CertificateLook.objects.get().design is None


@pytest.mark.parametrize("mode, _label", samples.MODES)
def test_the_preview_shows_what_is_typed_and_keeps_nothing(mode, _label, editing, quick):
    sent = filled(heading_pl="Nagłówek <b>", heading_lv="Virsraksts <b>", heading_en="Heading <b>")
    assert editing.post(address("preview_on_edit"), sent).json()["is_valid"]
    assert quick == [], "drawing waits until somebody saves"
    page = editing.get(address("preview_on_edit"), {"mode": mode}).content.decode()
    language, _dash, length = mode.partition("-")
    assert sent[f"heading_{language}"].replace("<b>", "&lt;b&gt;") in page
    assert ((samples.LONGEST if length else samples.USUAL)[language][0]) in page
    assert f"?mode=pdf-{mode}" in page
    assert editing.get(address("preview_on_edit"), {"mode": f"pdf-{mode}"})["Content-Type"] == "application/pdf"
    assert CertificateLook.objects.get().texts == {}
    assert not Certificate.objects.exists()
    assert not Design.objects.exists()


@pytest.mark.slow
def test_the_pdf_preview_is_a_real_one(editing):
    editing.post(address("preview_on_edit"), filled(heading_lv="Apliecība par mācībām"))
    answer = editing.get(address("preview_on_edit"), {"mode": "pdf-lv-long"})
    assert answer.content.startswith(b"%PDF-")
    assert not Certificate.objects.exists()


def test_a_preview_that_cannot_be_drawn_says_so(editing, monkeypatch):
    def refuse(sample):
        raise limited.Failed("2 pages instead of one")

    monkeypatch.setattr(pdf, "make", refuse)
    editing.post(address("preview_on_edit"), filled())
    assert editing.get(address("preview_on_edit"), {"mode": "pdf-pl"}).status_code == 422


def test_a_preview_of_nonsense_is_the_usual_one(editing, quick):
    editing.post(address("preview_on_edit"), filled())
    assert samples.USUAL["pl"][0] in editing.get(address("preview_on_edit"), {"mode": "../../x"}).content.decode()


def test_the_course_is_chosen_by_its_title(editing, quick):
    course = make_course(lessons=1)
    add = reverse(CourseLook.snippet_viewset.get_url_name("add"))
    page = editing.get(add).content.decode()
    assert str(course.key) in page
    sent = filled(course_key=str(course.key), layout="plain")
    assert editing.post(add, sent).status_code == 302
    chosen = CourseLook.objects.get()
    assert chosen.course_key == course.key
    assert chosen.title
    assert chosen.design.layout == "plain"
    assert "course_key" in editing.post(add, sent).context["form"].errors, "one look a course"
    assert "course_key" in editing.post(add, filled(course_key=str(uuid.uuid4()))).context["form"].errors
    edit = reverse(CourseLook.snippet_viewset.get_url_name("edit"), args=[chosen.pk])
    assert editing.post(edit, sent | {"layout": "centred"}).status_code == 302
    assert CourseLook.objects.get().design.layout == "centred"


def test_the_two_roles_of_ld_may_look_and_only_publishers_change(editing, ela, client_for):
    assert editing.get(address()).status_code == 200
    answer = client_for(ela).get(address())
    assert answer.status_code == 302, "Wagtail leads back to the home page"
    assert client_for(ela).post(address("preview_on_edit"), filled()).status_code == 302


@pytest.mark.parametrize("who", ["ana", "marek", "auditor"])
def test_nobody_else_reaches_it(who, request, client_for, cms):
    client = client_for(request.getfixturevalue(who))
    for view in ("edit", "preview_on_edit"):
        assert client.get(address(view)).status_code == 404
