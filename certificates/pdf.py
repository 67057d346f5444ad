"""The paper: a certificate's facts laid out in its own language, drawn by a child process. One A4 page, no score."""

import base64
import unicodedata

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from certificates import limited, logos
from certificates.rules import Layout

# Sizes of the name and of the course title in points, each up to so many small letters; longer texts take the smallest.
NAME_SIZES = ((36, 34), (46, 28), (110, 20), (150, 16))
TITLE_SIZES = ((75, 18), (130, 15))
HEADING_SIZES = ((32, 24), (48, 18), (80, 14))
ONE_LINE_SIZES = ((60, 11), (80, 9))  # who signs, and their role
SMALLEST = 12
LOGO_BOX = (60, 30)  # millimetres
CENTRED_LOGO_BOX = (60, 15)
PAPERS = {
    Layout.CLASSIC: "certificates/paper.svg",
    Layout.CENTRED: "certificates/paper.svg",
    Layout.PLAIN: "certificates/paper_plain.svg",
}


def make(certificate) -> bytes:
    """The unsealed PDF; raises limited.Failed."""
    return limited.run("render_child.py", document(certificate).encode())


def document(certificate) -> str:
    words, logo = certificate.words, bytes(certificate.design.logo) if certificate.design else b""
    with translation.override(certificate.language):
        return render_to_string(
            "certificates/certificate_pdf.html",
            {
                "certificate": certificate,
                "holder_name": printable(certificate.holder_name),
                "course_title": printable(certificate.course_title),
                "issuer": printable(certificate.issuer),
                **sizes(certificate),
                "address": verify_address(certificate.serial),
                "qr": segno.make(verify_address(certificate.serial), error="m").png_data_uri(scale=12, border=0),
                "paper": svg_data_uri(render_to_string(PAPERS[certificate.layout])),
                "layout": certificate.layout,
                "words": words,
                "logo": png_data_uri(logo),
                "logo_size": logo_size(logo, CENTRED_LOGO_BOX if certificate.layout == Layout.CENTRED else LOGO_BOX),
            },
        )


def sizes(certificate) -> dict[str, int]:
    """In points, on the paper and in the preview of a look."""
    words = certificate.words
    return {
        "name_size": size_of(certificate.holder_name, NAME_SIZES),
        "title_size": size_of(certificate.course_title, TITLE_SIZES),
        "heading_size": size_of(words["heading"], HEADING_SIZES),
        "signatory_size": size_of(words["signatory"], ONE_LINE_SIZES, smallest=7),
        "role_size": size_of(words["signatory_role"], ONE_LINE_SIZES, smallest=7),
    }


def verify_address(serial: str) -> str:
    """Where anybody checks the number. Never from the request: its host may be anybody's."""
    return settings.BASE_URL + reverse("verify-serial", args=[serial])


def printable(text: str) -> str:
    """Composed letters, and no control or direction marks, which no font draws and which could turn a name round."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(letter for letter in spaced if letter.isprintable())


def size_of(text: str, sizes: tuple[tuple[int, int], ...], smallest: int = SMALLEST) -> int:
    width = sum(1.7 if letter in "MW@%" else 1.25 if letter.isupper() else 1 for letter in text)
    return next((size for widest, size in sizes if width <= widest), smallest)


def svg_data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def png_data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode() if png else ""


def logo_size(png: bytes, box: tuple[int, int]) -> dict[str, str]:
    """In millimetres, as large as the box allows: in text, since a number would get a comma in Polish."""
    if not png:
        return {}
    width, height = logos.size_of(png)
    scale = min(box[0] / width, box[1] / height)
    return {"width": f"{width * scale:.2f}", "height": f"{height * scale:.2f}"}
