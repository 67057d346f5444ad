"""The paper, read back by other people's tools, and what hostile texts cannot do to it."""

import http.server
import resource
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest
import segno
from django.utils import translation
from PIL import Image

from certificates import limited, pdf
from certificates.pdf import verify_address
from tests.certificates.conftest import paper

pytestmark = pytest.mark.slow  # each drawing starts a process

HOUSE = Path(pdf.__file__).resolve().parent.parent
POLISH = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"
LATVIAN = "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ"
ASCII = "".join(map(chr, range(33, 127)))


@pytest.fixture
def text_of(tool, tmp_path):
    """What a reader without eyes finds on the paper."""

    def read(document: bytes, *options: str) -> str:
        file = tmp_path / "read.pdf"
        file.write_bytes(document)
        return subprocess.run(
            [tool("pdftotext"), *options, file, "-"], capture_output=True, check=True, text=True
        ).stdout

    return read


# --- letters and layout --------------------------------------------------------------------------------------------
def test_every_polish_and_latvian_letter_is_read_back(text_of):
    drawn = pdf.make(paper(holder_name=POLISH, course_title=LATVIAN, issuer=ASCII))
    read = text_of(drawn, "-raw").splitlines()
    assert POLISH in read
    assert LATVIAN in read
    assert ASCII in read


def test_all_facts_stand_on_the_paper_and_no_score(drawn, text_of, settings):
    read = text_of(drawn)
    for fact in (
        "Certificate of completion",
        "Anna Bērziņa-Wiśniewska",
        "Spokojnie, jasno, bezpiecznie",
        "Baltijas Veikali",
        "7KQ4M-2XT9R-DA5VJ-3C8PZ",
        "2.5",
        f"{settings.BASE_URL}/verify/7KQ4M-2XT9R-DA5VJ-3C8PZ/",
    ):
        assert fact in read
    assert "score" not in read.lower()


def test_the_version_of_the_course_stands_on_the_paper(text_of):
    assert "2026-11/7" in text_of(pdf.make(paper(course_version="2026-11/7")))


def test_the_square_code_is_that_of_the_address_of_the_check(drawn, tool, tmp_path):
    """Module by module, as a second drawing of the address has them."""
    (tmp_path / "drawn.pdf").write_bytes(drawn)
    subprocess.run([tool("pdfimages"), "-png", tmp_path / "drawn.pdf", tmp_path / "image"], check=True)
    wanted = segno.make(verify_address(paper().serial), error="m").matrix
    side = len(wanted)
    codes = []
    for file in sorted(tmp_path.glob("image-*.png")):
        picture = Image.open(file).convert("L")
        at = [(2 * number + 1) * picture.width // (2 * side) for number in range(side)]
        codes.append([[int(picture.getpixel((x, y)) < 128) for x in at] for y in at])
    assert [list(map(int, row)) for row in wanted] in codes


def test_every_font_is_embedded(drawn, tool, tmp_path):
    (tmp_path / "drawn.pdf").write_bytes(drawn)
    listing = subprocess.run([tool("pdffonts"), tmp_path / "drawn.pdf"], capture_output=True, check=True, text=True)
    fonts = [line.split() for line in listing.stdout.splitlines()[2:]]
    assert {font[0].partition("+")[2] for font in fonts} == {
        "AtkinsonHyperlegibleNext-Regular",
        "AtkinsonHyperlegibleNext-Bold",
    }
    assert all(font[-5:-2] == ["yes", "yes", "yes"] for font in fonts), "embedded, subset, with a map to letters"


def test_it_is_one_sound_a4_page_lying_down(drawn, tool, tmp_path):
    (tmp_path / "drawn.pdf").write_bytes(drawn)
    subprocess.run([tool("qpdf"), "--check", tmp_path / "drawn.pdf"], check=True, capture_output=True)
    about = subprocess.run([tool("pdfinfo"), tmp_path / "drawn.pdf"], capture_output=True, check=True, text=True).stdout
    assert "Pages:           1\n" in about
    assert "841.89 x 595.276 pts (A4)" in about


LONG_NAMES = (  # 120 letters and more
    "Konstantynopolitańczykowianeczkówna-Brzęczyszczykiewiczowska-Wszebórz-Zażółcińska "
    "Maria Magdalena Genowefa Świętosława Jadwiga",
    "Vecvagara-Šķērssaliņa-Ģērmane-Čakstiņa-Ķīķertniece-Ņikiforenko-Ļaudaskalniņa-Žīgurmeitiņa "
    "Anastasija Kristiāna Elizabete",
    "ŚWIĘTOPEŁK-MIRSKA-BRZĘCZYSZCZYKIEWICZ-WSZEBOROWSKA-ZAŻÓŁCIŃSKA-KONSTANTYNOPOLITAŃCZYKOWIANECZKÓWNA-"
    "ŁĘTOWSKA-GŁÓWCZEWSKA",
    "W" * 120,
    "Ł" * 301,
)


@pytest.mark.parametrize("name", LONG_NAMES, ids=lambda name: name[:12])
def test_the_longest_names_fit_on_one_page_letter_for_letter(name, text_of):
    title = (
        "Spokojna i asertywna obsługa klienta w sytuacjach trudnych: szkolenie obowiązkowe dla pracowników sali obsługi"
    )
    read = text_of(pdf.make(paper(holder_name=name, course_title=title)), "-raw")
    assert name.replace(" ", "") in "".join(read.split())
    assert title.replace(" ", "") in "".join(read.split())


def test_what_does_not_fit_on_one_page_is_refused():
    with pytest.raises(limited.Failed, match="pages instead of one"):
        pdf.make(paper(course_title="W" * 900))


def test_letters_that_our_own_face_lacks_are_drawn_in_another(text_of):
    read = text_of(pdf.make(paper(holder_name="Олена Шевченко-Żółw", course_title="Νίκος Nguyễn Thị")), "-raw")
    assert "Олена Шевченко-Żółw" in read
    assert "Νίκος Nguyễn Thị" in read


def test_a_letter_that_no_font_has_is_refused_not_blacked_out():
    with pytest.raises(limited.Failed, match="No font this document has"):
        pdf.make(paper(holder_name="王小明"))


def test_the_paper_speaks_the_language_of_the_certificate(text_of, settings):
    with translation.override("en"):
        polish = pdf.document(paper(language="pl", hours_shown=Decimal("2.5")))
        latvian = pdf.document(paper(language="lv"))
    assert '<html lang="pl">' in polish
    assert "12 marca 2026" in polish
    assert "2,5" in polish
    assert "2026. gada 12. martā" in latvian
    assert "2027. gada 12. martam" in latvian


@pytest.mark.parametrize("language", ["pl", "lv", "en"])
def test_the_paper_is_drawn_in_each_language(language, text_of, tool, tmp_path):
    (tmp_path / "drawn.pdf").write_bytes(drawn := pdf.make(paper(language=language)))
    with translation.override(language):
        for words in (
            "Certificate of completion",
            "Hours",
            "Course version",
            "Issued",
            "Valid until",
            "Certificate number",
        ):
            assert translation.gettext(words) in text_of(drawn)
        about = subprocess.run([tool("pdfinfo"), tmp_path / "drawn.pdf"], capture_output=True, check=True, text=True)
        assert f"{translation.gettext('Certificate of completion')} 7KQ4M-2XT9R-DA5VJ-3C8PZ" in about.stdout


def test_a_certificate_without_an_end_says_so():
    assert "No end date" in pdf.document(paper(valid_until=None))


def test_the_address_on_the_paper_is_ours_whatever_host_was_asked_for(rf, settings):
    settings.BASE_URL = "https://training.example"
    assert pdf.verify_address("7KQ4M-2XT9R-DA5VJ-3C8PZ") == "https://training.example/verify/7KQ4M-2XT9R-DA5VJ-3C8PZ/"


@pytest.mark.parametrize(
    "typed, printed",
    [
        ("Z\u0307o\u0301łw", "Żółw"),  # letter and accent apart
        ("Ana\u202eNowak", "AnaNowak"),  # would turn the name round
        ("Ana\x00\x07\u200bNowak", "AnaNowak"),
        (" Ana \n\t Nowak\u00a0Lis ", "Ana Nowak Lis"),
    ],
)
def test_marks_that_no_font_draws_are_left_out(typed, printed):
    assert pdf.printable(typed) == printed


# --- hostile texts -------------------------------------------------------------------------------------------------
class Canary(http.server.BaseHTTPRequestHandler):
    visited: list[str] = []

    def do_GET(self):
        self.visited.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def canary():
    """A server nobody has any business with; gives its address and keeps a list of visits."""
    Canary.visited = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    assert Canary.visited == []


PAYLOADS = (
    '<img src="{canary}/img.png">',
    '<link rel="stylesheet" href="{canary}/style.css">',
    "<style>@import url({canary}/import.css);</style>",
    "<style>@font-face { font-family: x; src: url({canary}/font.ttf) } p { font-family: x }</style>",
    '<style>@page { background-image: url("{canary}/background.pdf") }</style>',
    '<p style="background-image: url({canary}/background.png)">x</p>',
    '<img src="/etc/passwd">',
    '<img src="{house}/lms/settings.py">',
    '<link rel="stylesheet" href="../render_child.py">',
)
BOMBS = (
    '<table><tr><td colspan="99999999">x</td></tr></table>',
    '<p style="font-size: 99999pt">x</p>',
    '<pdf:barcode value="x" type="qr"><pdf:include src="/etc/passwd">',
    "{{ certificate.holder.password }}{% debug %}",
    "]]></p></body></html>&lt;b&gt;&amp;\"'",
)


def filled(payload: str, canary: str) -> str:
    return payload.replace("{canary}", canary).replace("{house}", HOUSE.as_uri())


@pytest.mark.parametrize("first", range(0, len(PAYLOADS + BOMBS), 3))
def test_hostile_texts_are_printed_as_they_are_and_open_nothing(first, canary, text_of):
    hostile = [filled(payload, canary) for payload in PAYLOADS + BOMBS][first : first + 3]
    name, title, issuer = (*hostile, "", "")[:3]
    read = text_of(pdf.make(paper(holder_name=name, course_title=title, issuer=issuer)), "-raw")
    assert all("".join(text.split()) in "".join(read.split()) for text in hostile)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_document_that_asks_for_more_than_our_assets_is_refused(payload, canary):
    """Were a text ever to get past the escaping, the process below would still give it nothing."""
    document = f"<html><body><p>before</p>{filled(payload, canary)}<p>after</p></body></html>"
    with pytest.raises(limited.Failed):
        limited.run("render_child.py", document.encode())


def test_the_child_opens_no_connection_and_no_program_even_in_our_own_code(canary, script):
    port = canary.rpartition(":")[2]
    for attempt in (
        f"import socket; socket.create_connection(('127.0.0.1', {port}))",
        f"import urllib.request; urllib.request.urlopen('{canary}')",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
    ):
        with pytest.raises(limited.Failed, match="not allowed here"):
            limited.run(script(attempt), b"")


# --- limits --------------------------------------------------------------------------------------------------------
@pytest.fixture
def script(tmp_path, monkeypatch):
    """script(code): a child of ours with other contents, run by the real limited.py."""

    def write(code: str) -> str:
        (tmp_path / "child.py").write_text(code)
        return str(tmp_path / "child.py")  # an absolute path wins over the folder of the package

    return write


def test_a_memory_bomb_dies_and_its_parent_lives():
    bomb = f"<html><body><table><tr>{'<td colspan=99999999>x</td>' * 3}</tr></table></body></html>"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(limited.Failed):
        limited.run("render_child.py", bomb.encode())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024, "kilobytes"


def test_a_child_gets_no_more_memory_than_it_may(script):
    limited.run(script("x = bytearray(200 * 1024 * 1024)"), b"")
    with pytest.raises(limited.Failed, match="MemoryError"):
        limited.run(script("x = bytearray(600 * 1024 * 1024)"), b"")


def test_a_child_that_computes_too_long_is_killed(script, monkeypatch):
    with pytest.raises(limited.Failed, match="killed by signal"):
        limited.run(script("import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass"), b"")


def test_a_child_that_waits_too_long_is_stopped(script, monkeypatch):
    monkeypatch.setattr(limited, "WALL_SECONDS", 0.5)
    with pytest.raises(limited.Failed, match="stopped after"):
        limited.run(script("import threading; threading.Event().wait()"), b"")


def test_the_limits_of_a_child_are_those_that_are_documented(script):
    code = (
        "import os\n"
        "from resource import RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, getrlimit\n"
        "print([getrlimit(limit)[1] for limit in (RLIMIT_AS, RLIMIT_CPU, RLIMIT_CORE)])\n"
        "print(sorted(set(os.environ) - {'LC_CTYPE'}))"
    )
    limits, environment = limited.run(script(code), b"").decode().splitlines()
    assert limits == str([512 * 1024 * 1024, 15, 0])
    assert environment == "[]", "no secret of the parent reaches the child"


def test_a_failure_says_in_one_line_what_happened(script):
    with pytest.raises(limited.Failed, match=r"^ValueError: too bad$"):
        limited.run(script("raise ValueError('too bad')"), b"")


def test_xhtml2pdf_is_not_loaded_into_the_process_that_serves_pages():
    code = (
        "import os, sys; os.environ |= {'DEBUG': '1', 'DJANGO_SETTINGS_MODULE': 'lms.settings'}\n"
        "import django; django.setup(); import lms.urls\n"
        "print([name for name in ('xhtml2pdf', 'reportlab', 'pyhanko') if name in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, capture_output=True, check=True, text=True)
    assert seen.stdout == "[]\n"
