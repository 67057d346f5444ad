"""A text, Markdown or Word file becomes a draft lesson; what a lesson has no place for is named; tricks are refused."""

import contextlib
import io
import stat
import zipfile
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.rich_text import RichText

from courses.blocks import TEXT_FEATURES, ConceptBlock, HookBlock, under
from courses.formats.article import from_html, from_markdown, from_text, lesson_body
from courses.models import CoursePage, LessonPage, ModulePage, SourceArticle, SourcePoint
from lms.packs import docx as docx_module
from lms.packs.bringing import ArticleRefused, bring_article, decoded, read_article
from lms.packs.checks import check_pack, errors
from lms.packs.coverage import coverage
from lms.packs.dumping import write_folder
from lms.packs.exporting import export_course
from lms.packs.importing import apply, plan_import
from lms.packs.reading import read_pack
from lms.packs.zips import Limits, ZipRefused, unzipped
from lms.templatetags.ostoja import rich
from tests.packs.conftest import SOURCES, import_mini
from tests.packs.documents import R, W, docx, p, table, zipped

LINK = '<w:hyperlink r:id="rId9"><w:r><w:t>here</w:t></w:r></w:hyperlink>'
BODY = (
    p("Trudny klient", "Nagwek1")
    + p("Wstęp. ", raw=LINK)
    + p("Co robić", "Nagwek2")
    + p("Oddychaj", bullet=True)
    + p("Słuchaj", bullet=True)
    + p("Jak mówić", "Nagwek2")
    + p("Zamiast tego:")
    + table(("Zamiast", "Powiedz"), ("Spokojnie", "Proszę opowiedzieć"))
)


def read(data: bytes, name: str = "artykuł.docx"):
    with override("en"):
        return read_article(name=name, data=data, language="pl")


def kinds(article) -> list[str]:
    return [block["type"] for block in lesson_body(article)[0]]


@pytest.fixture
def module(db) -> ModulePage:
    import_mini()
    return ModulePage.objects.get(locale__language_code="pl")


# --- Word ----------------------------------------------------------------------------------------------------------
def test_headings_of_word_are_sections_tables_comparisons_and_lists_checklists():
    article = read(docx(BODY))
    assert article.title == "Trudny klient"
    blocks, lost = lesson_body(article)
    assert [block["type"] for block in blocks] == ["concept", "checklist", "concept", "comparison"]
    assert blocks[0]["value"]["body"] == '<p>Wstęp. <a href="https://example.org/">here</a></p>'
    assert [item["value"] for item in blocks[1]["value"]["items"]] == ["Oddychaj", "Słuchaj"]
    assert [item["value"] for item in blocks[3]["value"]["columns"]] == ["Zamiast", "Powiedz"]
    assert (lost, article.lost) == ([], ())


def test_what_a_word_document_holds_besides_is_named():
    drawing = f"<w:r {R}><w:object/></w:r><w:ins><w:r><w:t>new</w:t></w:r></w:ins>"
    header = f"<w:hdr {W}>{p('Firma')}</w:hdr>"
    article = read(
        docx(p("Tekst", raw=drawing), **{"word/embeddings/oleObject1.bin": b"OLE", "word/header1.xml": header})
    )
    assert article.lost == (
        "1 tracked change was read as accepted.",
        "1 embedded file was left out.",
        "Headers and footers were left out.",
    )


def test_a_picture_of_a_word_document_is_named_and_never_read():
    a = "http://schemas.openxmlformats.org/drawingml/2006"
    picture = (
        f'<w:r><w:drawing><wp:inline xmlns:wp="{a}/wordprocessingDrawing"><wp:docPr descr="Okienko"/>'
        f'<a:graphic xmlns:a="{a}/main"><a:graphicData><pic:pic xmlns:pic="{a}/picture"><pic:blipFill>'
        '<a:blip r:embed="rId7"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId7" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/a.png"/>'
        "</Relationships>"
    )
    parts = {"word/_rels/document.xml.rels": rels, "word/media/a.png": b"png"}
    assert read(docx(p("Tekst", raw=picture), **parts)).lost == ("A picture: Okienko",)


ENTITIES = '<!DOCTYPE x [<!ENTITY a "b">]>' + f"<w:document {W}><w:body>{p('&a;')}</w:body></w:document>"
REFUSED = {
    "an old Word file": (b"\xd0\xcf\x11\xe0" + b"\0" * 50, "old Word file"),
    "no zip": (b"hello", "damaged"),
    "another zip": (zipped({"a.txt": "a"}), "not a Word document"),
    "macros": (docx("", **{"word/vbaProject.bin": b"x"}), "macros"),
    "a macro document by another name": (
        docx("", **{"[Content_Types].xml": '<Types><Override ContentType="x.macroEnabled.main+xml"/></Types>'}),
        "macros",
    ),
    "entities": (docx("", **{"word/document.xml": ENTITIES}), "entities"),
    "broken XML": (docx("<w:p>"), "no XML"),
    "a deep document": (docx("<w:p>" * 200 + "</w:p>" * 200), "too deep"),
    "a bomb": (docx("", **{"word/media/a.bin": b"\0" * 5_000_000}), "too large when unpacked"),
    "a way out": (docx("", **{"../../evil": "x"}), "leads out"),
}


@pytest.mark.parametrize("data, text", REFUSED.values(), ids=REFUSED)
def test_a_document_that_could_hurt_is_refused_with_the_reason(data, text):
    with pytest.raises(ArticleRefused) as refused:
        read(data)
    assert text in str(refused.value)


def test_more_elements_than_any_article_has_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(docx_module, "mammoth", None)  # it would fail if it were asked
    with pytest.raises(ArticleRefused, match="too many parts"):
        read(docx("".join(f'<w:p w:rsidR="{number:x}"/>' for number in range(300_000))))


def test_a_macro_document_is_refused_by_its_name():
    with pytest.raises(ArticleRefused, match="macros"):
        read(docx(BODY), "a.docm")


# --- zips ----------------------------------------------------------------------------------------------------------
def entry(name: str, mode: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, "x")
    return out.getvalue()


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "C:/x", "a\\..\\..\\x", "..\\x"])
def test_no_path_of_a_zip_leads_out(name):
    with pytest.raises(ZipRefused):
        unzipped(entry(name))


def test_links_numbers_and_sizes_of_a_zip_are_bounded():
    with pytest.raises(ZipRefused), override("en"):
        unzipped(entry("a", stat.S_IFLNK | 0o777))
    for limits in (Limits(entries=1), Limits(total_bytes=1), Limits(entry_bytes=1), Limits(file_bytes=1)):
        with pytest.raises(ZipRefused):
            unzipped(zipped({"a": "aa", "b": "bb"}), limits)
    assert unzipped(zipped({"a": "aa", "b/c": "bb"})) == {"a": b"aa", "b/c": b"bb"}


@given(st.binary(max_size=300), st.integers(0, 400))
def test_no_bytes_are_more_than_a_refusal(noise, at):
    whole = zipped({"a": "some text", "b": "more of it"})
    with contextlib.suppress(ZipRefused):
        unzipped(whole[:at] + noise + whole[at + len(noise) :])


# --- text and Markdown ---------------------------------------------------------------------------------------------
def test_short_lines_of_a_text_are_headings_and_marked_lines_a_list():
    text = "Wstęp i więcej, całe zdanie.\n\nCo robić\n- Oddychaj\n- Słuchaj\n\nPo co\nBo to pomaga każdemu z nas.\n"
    blocks = lesson_body(from_text(text, "plik"))[0]
    assert [(block["type"], block["value"].get("heading") or block["value"].get("title")) for block in blocks] == [
        ("concept", "plik"),
        ("checklist", "Co robić"),
        ("concept", "Po co"),
    ]


def test_lines_that_were_broken_by_hand_are_one_paragraph():
    line = "Ten akapit ktoś złamał ręcznie, po kilkudziesięciu znakach w linii,"
    assert from_text(f"{line}\n{line}\nkoniec.", "x").parts[0].html.count("<p>") == 1


def test_every_paragraph_of_the_first_five_sources_is_in_its_lesson():
    for file in SOURCES.glob("*.txt"):
        text = file.read_text(encoding="utf-8")
        said = repr(lesson_body(from_text(text, file.stem)))
        for line in text.split("\n"):
            for word in line.replace("*", " ").split()[1:4]:
                if word.isalpha():
                    assert word in said or word in from_text(text, file.stem).title


def test_markdown_keeps_its_lists_tables_and_links():
    text = "# T\n\n## A\n\n1. x\n   - y\n\n[l](https://e.org) [z](mailto:a@e.org)\n\n| A | B |\n|-|-|\n| 1 | |\n"
    article = from_markdown(text, "f")
    assert kinds(article) == ["concept", "comparison"]
    body = lesson_body(article)[0][0]["value"]["body"]
    assert body.startswith("<ol><li>x<ul><li>y</li></ul></li></ol>")
    assert '<a href="https://e.org">l</a> <a href="mailto:a@e.org">z</a>' in body


def test_what_a_lesson_has_no_place_for_is_named():
    html = (
        "<h1>T</h1><p><a href='ftp://e.org/x'>x</a><img alt='Plan'></p><table><tr><td>alone</td></tr></table>"
        "<h2>Empty</h2><h2>Next</h2><p>text</p>"
    )
    with override("en"):
        article = from_html(html, "f")
        assert article.lost == (
            "A picture: Plan",
            "A link to a place that lessons do not lead to: ftp://e.org/x",
            "A table of 1 × 1 cells was kept as text: a comparison has 2 to 5 columns.",
        )
        assert lesson_body(article)[1] == ["A heading without any text below it: Empty"]


# What Word puts on the clipboard.
WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal {margin:0cm}</style></head>
<body lang=PL><!--StartFragment--><h2 style='mso-style-name:x'>Na początek<o:p></o:p></h2>
<p class=MsoNormal style='text-align:justify'><b style='mso-bidi'><span lang=PL>Spokój</span></b> jest
<st1:place w:st="on">ważny</st1:place>.<o:p>&nbsp;</o:p></p>
<ul type=disc><li class=MsoNormal>Oddech</li><li class=MsoNormal><a href="https://e.org"><span>Dalej</span></a></li></ul>
<![if !supportLists]>x<![endif]><script>alert(1)</script><!--EndFragment--></body></html>"""


def test_the_clipboard_of_word_leaves_headings_lists_links_and_bold():
    article = from_html(WORD, "f")
    blocks = lesson_body(article)[0]
    assert article.title == "Na początek"
    body = blocks[0]["value"]["body"]
    assert body.startswith("<p><b>Spokój</b> jest ważny.")
    assert '<ul><li>Oddech</li><li><a href="https://e.org">Dalej</a></li></ul>' in body
    assert not any(word in body for word in ("Mso", "style", "span", "script", "alert", "o:p", "margin"))


@pytest.mark.parametrize("block", [ConceptBlock, HookBlock])
def test_the_editor_keeps_headings_lists_links_and_bold_of_the_clipboard_of_word(block):
    """What is pasted into a text that has parts; the others keep the words of a heading."""
    features = block().child_blocks["body"].features
    assert {"h1", "h2", "h3", "h4"} <= set(features)
    editor = ContentstateConverter(features=features)
    pasted = WORD.partition("<!--StartFragment-->")[2].partition("<![if")[0]  # what a browser hands over
    stored = editor.to_database_format(editor.from_database_format(pasted))
    assert "<b>Spokój</b>" in stored
    assert stored.count("<li") == 2
    assert '<a href="https://e.org">Dalej</a>' in stored
    shown = rich(under(stored))
    assert "<h3>Na początek</h3>" in shown
    plain = ContentstateConverter(features=TEXT_FEATURES)
    assert "Na początek" in plain.to_database_format(plain.from_database_format(pasted))
    assert not any(word in shown for word in ("Mso", "style", "<span", "<script", "o:p", "<h2"))


@pytest.mark.parametrize(
    "pasted, shown",
    [
        ("<p>a</p><h1>b</h1><h3>c</h3><h4>d</h4>", "<p>a</p><h2>b</h2><h3>c</h3><h3>d</h3>"),
        ("<h4>a</h4>", "<h2>a</h2>"),
    ],
)
def test_headings_pasted_into_a_hook_stand_below_the_title_of_the_lesson(pasted, shown):
    compiled = HookBlock().plain({"body": RichText(pasted)}, "pl")["body"]
    assert compiled == shown
    assert rich(compiled) == shown


@pytest.mark.parametrize(
    "pasted, shown",
    [
        ("<h1>a</h1><h2>b</h2>", "<h3>a</h3><h4>b</h4>"),
        ("<h4>a</h4>", "<h3>a</h3>"),
        ('<h2 data-block-key="x">a</h2><h3>b</h3><h4>c</h4>', '<h3 data-block-key="x">a</h3><h4>b</h4><h4>c</h4>'),
        ("<p>no h2</p><hr/>", "<p>no h2</p><hr/>"),
    ],
)
def test_pasted_headings_stand_below_that_of_their_block_without_a_gap(pasted, shown):
    assert under(pasted) == shown
    assert under(shown) == shown


def test_a_lesson_with_headings_in_its_text_comes_back_from_a_pack(db, pack, tmp_path):
    apply(plan_import(pack))
    lesson = LessonPage.objects.filter(locale__language_code="pl").first()
    text = "<h2>W skrócie</h2><p>Oddech.</p>"
    lesson.body = [("concept", {"heading": "Na początek", "body": RichText(text), "points": ""})]
    lesson.save()
    assert lesson.compile_body()["blocks"][0]["body"] == "<h3>W skrócie</h3><p>Oddech.</p>"
    export = export_course(CoursePage.objects.get(locale__language_code="pl"))
    written = [data.decode() for file, data in export.files.items() if file.startswith("lessons/")]
    assert any("## W skrócie" in text for text in written)
    assert not [one for one in export.lost if "formatting" in one.why]


@given(st.text(st.sampled_from("<>/pulioltabhrefd1 \"='&;x\n"), max_size=80))
def test_no_html_is_more_than_an_article(html):
    lesson_body(from_html(html, "f"))


# --- letters -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250"])
def test_polish_is_read_in_every_table_it_was_ever_written_in(encoding):
    assert decoded("Zażółć gęślą jaźń".encode(encoding), "pl") == "Zażółć gęślą jaźń"


@pytest.mark.parametrize("language", ["pl", "lv"])
def test_latvian_of_windows_is_told_from_polish(language):
    text = "Mierīgi, skaidri, droši: ķēde, ģimene, ļaudis, ņemt"
    assert decoded(text.encode("cp1257"), language) == text


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\xff\xfe\x00", b"PNG\x00"])
def test_bytes_that_are_no_text_are_refused(data):
    with pytest.raises(ArticleRefused):
        decoded(data, "pl")


# --- the draft -----------------------------------------------------------------------------------------------------
def test_it_is_a_draft_with_a_revision_and_its_file_is_a_source(module, ela):
    brought = bring_article(module=module, name="artykuł.docx", data=docx(BODY), by=ela)
    page = LessonPage.objects.get(pk=brought.lesson.pk)
    assert (page.live, page.has_unpublished_changes, page.owner) == (False, True, ela)
    assert page.get_latest_revision_as_object().title == "Trudny klient"
    assert page.is_child_of(module)
    source = SourceArticle.objects.get(file="artykuł.docx")
    assert (source.course_key, source.language) == (module.get_parent().translation_key, "pl")
    assert page.problems() == []


def test_each_heading_is_a_source_point_that_the_lesson_names(module):
    lesson = bring_article(module=module, name="artykuł.docx", data=docx(BODY)).lesson
    points = SourcePoint.objects.filter(article__file="artykuł.docx").order_by("code")
    said = [(point.section, point.lines, point.texts) for point in points]
    assert said == [
        ("Trudny klient", "1", {"pl": "Trudny klient"}),
        ("Co robić", "2-3", {"pl": "Co robić"}),
        ("Jak mówić", "4-6", {"pl": "Jak mówić"}),
    ]
    assert lesson.points == [point.code for point in points] == ["S001-01", "S001-02", "S001-03"]
    assert lesson.problems() == []
    more = bring_article(module=module, name="b.txt", data=b"Some text.").lesson
    assert more.points == ["S002-01"]


def test_coverage_counts_the_article_once_its_lesson_is_live(module):
    lesson = bring_article(module=module, name="artykuł.docx", data=docx(BODY)).lesson
    course = CoursePage.objects.get(locale__language_code="pl")

    def of_article():
        return next(row for row in coverage(course) if row.article == "Trudny klient")

    assert (len(of_article().points), len(of_article().taught)) == (3, 0)
    lesson.get_latest_revision().publish()
    assert (len(of_article().taught), of_article().untaught) == (3, [])


def test_a_course_with_such_an_article_is_exported_as_a_pack_that_has_nothing_to_mend(module, tmp_path):
    bring_article(module=module, name="artykuł.docx", data=docx(BODY)).lesson.get_latest_revision().publish()
    write_folder(export_course(CoursePage.objects.get(locale__language_code="pl")).files, tmp_path / "out")
    assert errors(check_pack(read_pack(tmp_path / "out"))) == []


def test_the_same_file_twice_is_refused_and_nothing_is_written(module):
    bring_article(module=module, name="a.txt", data=b"Some text.")
    before = LessonPage.objects.count(), SourcePoint.objects.count()
    with pytest.raises(ArticleRefused, match=r"a\.txt"):
        bring_article(module=module, name="a.txt", data=b"Some text.")
    assert (LessonPage.objects.count(), SourcePoint.objects.count()) == before


def test_an_empty_file_is_no_lesson_and_no_source(module):
    with pytest.raises(ArticleRefused):
        bring_article(module=module, name="a.txt", data=b"  \n")
    assert not SourceArticle.objects.filter(file="a.txt").exists()


# --- the command and the form --------------------------------------------------------------------------------------
def test_the_command_says_where_the_draft_is_and_what_to_look_at(module, tmp_path):
    (tmp_path / "a.md").write_text("# Tytuł\n\nTekst ![Plan](x.png)")
    out = StringIO()
    call_command("import_article", str(tmp_path / "a.md"), course="mini", stdout=out)
    assert "look at: A picture: Plan" in out.getvalue()
    assert "Tytuł: a draft, " in out.getvalue()
    assert "source points: S001-01" in out.getvalue()
    with pytest.raises(CommandError, match="no module 7"):
        call_command("import_article", str(tmp_path / "a.md"), course="mini", module=7)
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_article", str(tmp_path / "none.md"), course="mini")


def test_the_command_makes_a_module_for_it_and_none_for_what_is_refused(module, tmp_path):
    def bring(name: str, title: str, text: str = "# Tytuł\n\nTekst") -> None:
        (tmp_path / name).write_text(text)
        call_command("import_article", str(tmp_path / name), course="mini", new_module=title, stdout=StringIO())

    bring("a.md", "Nowy moduł")
    made = ModulePage.objects.get(title="Nowy moduł")
    assert (made.live, made.slug, made.get_parent()) == (False, "nowy-modul", module.get_parent())
    assert made.get_latest_revision_as_object().title == "Nowy moduł"
    assert made.path > module.path
    assert LessonPage.objects.get(title="Tytuł").is_child_of(made)
    before = ModulePage.objects.count()
    for name, title, text in (
        ("b.md", "Nowy moduł", "Tekst"),
        ("a.md", "Inny", "Tekst"),
        ("c.md", "Inny", " "),
        ("c.md", "x" * 201, "Tekst"),
    ):
        with pytest.raises(CommandError):
            bring(name, title, text)
    assert ModulePage.objects.count() == before
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("import_article", "a.md", "--course=mini", "--module=2", "--new-module=Nowy")


def test_an_editor_uploads_a_file_and_lands_in_the_draft(module, ela, client_for):
    url = reverse("article-import", args=[module.pk])
    client = client_for(ela)
    response = client.post(url, {"file": SimpleUploadedFile("a.docx", docx(BODY))})
    page = LessonPage.objects.get(title="Trudny klient")
    assert response.url == reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert client.get(response.url).status_code == 200


def test_a_file_that_is_refused_is_told_in_the_form(module, ela, client_for):
    client, url = client_for(ela), reverse("article-import", args=[module.pk])
    for name, data in (("a.docm", b"x"), ("a.exe", b"MZ"), ("a.docx", b"x"), ("a.txt", b"")):
        response = client.post(url, {"file": SimpleUploadedFile(name, data)})
        assert response.status_code == 422, name
    assert SourceArticle.objects.count() == 1


def test_only_those_who_may_write_in_the_module_get_there(module, ana, auditor, client_for):
    url = reverse("article-import", args=[module.pk])
    assert client_for(ana).get(url).status_code == 404
    assert client_for(auditor).get(url).status_code == 404
    assert client_for(None).get(url).status_code == 302
