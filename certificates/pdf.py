"""The paper: a certificate's facts laid out in its own language, drawn by a child process. One A4 page, no score."""

import base64
import unicodedata

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from certificates import limited

# Sizes of the name and of the course title in points, each up to so many small letters; longer texts take the smallest.
NAME_SIZES = ((36, 34), (46, 28), (110, 20), (150, 16))
TITLE_SIZES = ((75, 18), (130, 15))
SMALLEST = 12


def make(certificate) -> bytes:
    """The unsealed PDF; raises limited.Failed."""
    return limited.run("render_child.py", document(certificate).encode())


def document(certificate) -> str:
    with translation.override(certificate.language):
        return render_to_string(
            "certificates/certificate_pdf.html",
            {
                "certificate": certificate,
                "holder_name": printable(certificate.holder_name),
                "course_title": printable(certificate.course_title),
                "issuer": printable(certificate.issuer),
                "name_size": size_of(certificate.holder_name, NAME_SIZES),
                "title_size": size_of(certificate.course_title, TITLE_SIZES),
                "address": verify_address(certificate.serial),
                "qr": segno.make(verify_address(certificate.serial), error="m").png_data_uri(scale=12, border=0),
                "paper": svg_data_uri(render_to_string("certificates/paper.svg")),
            },
        )


def verify_address(serial: str) -> str:
    """Where anybody checks the number. Never from the request: its host may be anybody's."""
    return settings.BASE_URL + reverse("verify-serial", args=[serial])


def printable(text: str) -> str:
    """Composed letters, and no control or direction marks, which no font draws and which could turn a name round."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(letter for letter in spaced if letter.isprintable())


def size_of(text: str, sizes: tuple[tuple[int, int], ...]) -> int:
    width = sum(1.7 if letter in "MW@%" else 1.25 if letter.isupper() else 1 for letter in text)
    return next((size for widest, size in sizes if width <= widest), SMALLEST)


def svg_data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
