"""Trying a design: its logo, whether it can be drawn at all, and the PDF an editor looks at before saving."""

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from certificates import limited, logos, pdf, samples
from certificates.models.designs import Design


def logo_of(image: Any) -> bytes:
    """The printed form of a picture of Wagtail's; b"" where there is none. Raises logos.NotUsable."""
    if image is None:
        return b""
    try:
        with image.open_file() as file:
            return logos.as_png(file)
    except OSError as error:
        raise logos.NotUsable(str(error)) from error


def undrawable(design: Design) -> list[str]:
    """The languages in which the longest names and titles do not fit on its one page, or a letter has no font."""
    drawn = [samples.sample(design, language, longest=True) for language in samples.LONGEST]
    with ThreadPoolExecutor(max_workers=len(drawn)) as threads:
        return [sample.language for sample, fits in zip(drawn, threads.map(_fits, drawn), strict=True) if not fits]


def _fits(sample: samples.Sample) -> bool:
    try:
        pdf.make(sample)
    except limited.TooSlow:
        return True  # says nothing about the texts, and an editor must be able to save on a busy machine
    except limited.Failed:
        return False
    return True


def pdf_response(sample: samples.Sample) -> HttpResponse:
    try:
        response = HttpResponse(pdf.make(sample), content_type="application/pdf")
    except limited.Failed:
        text = _("This certificate could not be drawn. Shorten its texts, or leave out unusual characters.")
        return HttpResponse(text, content_type="text/plain; charset=utf-8", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    response["Content-Disposition"] = 'inline; filename="certificate.pdf"'
    return response
