"""Files that mean harm, or only chance: refused with the reason, and soon."""

import io
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assessments import zips
from assessments.quizzes.formats import files, html, markup
from assessments.quizzes.formats.document import Refused
from assessments.quizzes.formats.words import words
from assessments.zips import Limits, Package, ZipRefused
from tests.quizzes.formats.items import TRUTH

LAUGHS = '<!DOCTYPE quiz [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY a{at} "{f"&a{at - 1};" * 10 if at else "&a;" * 10}">' for at in range(9)
)


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        files.read(name, data, TRUTH)
    assert words(caught.value.finding)
    return caught.value.finding.code


def zipped(entries: dict[str, bytes], change=None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xml", (LAUGHS + "]><quiz>&a8;</quiz>").encode(), "xml-entities"),
        ("a.xml", b'<!DOCTYPE q SYSTEM "http://127.0.0.1/x.dtd"><quiz/>', "xml-entities"),
        ("a.xml", b'<!DOCTYPE q [<!ENTITY x SYSTEM "../settings.py">]><quiz>&x;</quiz>', "xml-entities"),
        ("a.xml", b"<quiz><question></quiz>", "xml-broken"),
        ("a.xml", b'<?xml version="1.0" encoding="no-such"?><quiz/>', "xml-broken"),
        ("a.xml", b"<a>" * 500 + b"</a>" * 500, "xml-deep"),
        ("a.xml", b"<quiz>" + b"<question/>" * 501 + b"</quiz>", "questions-many"),
        ("a.xml", b"<quiz/>", "questions-none"),
        ("a.xml", b"<html/>", "xml-other"),
        ("a.xml", b"<questestinterop/>", "xml-other"),
        ("a.gift", b"So? {T}\n\n" * 501, "questions-many"),
        ("a.gift", b"x" * (files.TEXT_BYTES_MAX + 1), "file-large"),
        ("a.gift", b"a\0b", "nul"),
        ("a.gift", b"a\xff", "encoding"),
        ("a.pdf", b"", "ending-unknown"),
        ("a.zip", b"PK", "zip-broken"),
        ("a.zip", zipped({}), "zip-lacks"),
        ("a.zip", zipped({"imsmanifest.xml": b"<manifest/>"}), "questions-none"),
        ("a.zip", zipped({"../imsmanifest.xml": b""}), "zip-path"),
        ("a.zip", zipped({"/imsmanifest.xml": b""}), "zip-path"),
        ("a.zip", zipped({f"{at}.xml": b"" for at in range(2001)}), "zip-many"),
        ("a.zip", zipped({"imsmanifest.xml": b" " * 3_000_000}), "zip-dense"),
        ("a.zip", zipped({"imsmanifest.xml": b" " * 5_000_000}), "zip-large"),
        ("a.zip", zipped({"imsmanifest.xml": (LAUGHS + "]><manifest/>").encode()}), "xml-entities"),
    ],
)
def test_a_hostile_file_is_refused_with_the_reason(name, data, code):
    assert refusal(name, data) == code


def test_links_and_locks_in_a_package_are_refused():
    linked = zipped({"imsmanifest.xml": b"/etc/passwd"}, lambda info: setattr(info, "external_attr", 0o120777 << 16))
    assert refusal("a.zip", linked) == "zip-link"
    data = bytearray(zipped({"imsmanifest.xml": b"<manifest/>"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark) + at
        data[place] |= 1
    assert refusal("a.zip", bytes(data)) == "zip-locked"


def test_a_zip_that_lies_about_its_size_is_read_only_to_the_limit():
    data = bytearray(zipped({"a.txt": b"x" * 5_000_000}))
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 10)
    with pytest.raises(ZipRefused):
        Package(bytes(data)).read("a.txt")


def test_what_is_unpacked_of_one_package_has_an_end_in_all():
    package = Package(zipped({"a": b"x" * 60, "b": b"y" * 60}), Limits(total_bytes=100))
    package.read("a")
    with pytest.raises(ZipRefused, match="zip-large"):
        package.read("b")


def test_without_the_ratio_the_bomb_would_go_off(monkeypatch):
    bomb = zipped({"a": b" " * 3_000_000})
    with pytest.raises(ZipRefused, match="zip-dense"):
        Package(bomb).read("a")
    assert len(Package(bomb, zips.Limits(ratio=100_000)).read("a")) == 3_000_000


def test_html_leaves_nothing_that_could_run():
    told = []
    text = html.words(
        "<p onclick=evil()>a<script>b</script><style>c</style><iframe src=x>d</iframe></p><svg/onload=e>", told
    )
    assert text == "a"
    assert [finding.code for finding in told] == ["media"]


def told(name: str, data: bytes) -> list:
    """Everything that is said of this file; an error of any other kind comes through."""
    try:
        found = files.read(name, data, TRUTH)
    except Refused as refused:
        return [refused.finding]
    return [finding for entry in found.entries for finding in entry.findings]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.sampled_from("{}=~#:\\->%[]TF1. \n/$a*"), max_size=60), st.sampled_from(["gift", "txt"]))
@example("{=%100%}", "gift")
@example("::::{}", "gift")
def test_any_text_is_read_or_refused(text, ending):
    assert all(words(finding) for finding in told(f"a.{ending}", text.encode()))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=80), st.sampled_from(["xml", "zip", "gift"]))
def test_any_bytes_are_read_or_refused(data, ending):
    assert all(words(finding) for finding in told(f"a.{ending}", data))


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a.gift", "Which? {=a" + "~b" * 500_000 + "}", "parts-many"),
        ("a.gift", "Which? {" + "=b" * 500_000 + "}", "parts-many"),
        ("a.gift", "Which? {" + "".join(f"=a{at}*b*c" for at in range(40)) + "}", "star"),
        ("a.gift", "Which? {=a*b*c*d}", "star"),
        ("a.xml", "<quiz><question type='multichoice'>" + "<answer/>" * 100_000 + "</question></quiz>", "parts-many"),
    ],
)
def test_one_question_with_too_much_in_it_is_refused_before_it_is_read(name, text, code):
    assert [finding.code for finding in told(name, text.encode())][:1] == [code]


def test_half_written_tags_are_looked_at_only_so_far():
    assert told("a.gift", ("// " + "[tag:" * 100_000 + "\nSo? {T}").encode())


def test_the_limits_of_xml_hold():
    with pytest.raises(Refused, match="xml-large"):
        markup.parse(b"<a>" + b"<b/>" * markup.ELEMENTS_MAX + b"</a>")
