"""Trying a design: its logo, whether it can be drawn at all, and the PDF an editor looks at before saving."""

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
    failed = []
    for language in samples.LONGEST:
        try:
            pdf.make(samples.sample(design, language, longest=True))
        except limited.Failed:
            failed.append(language)
    return failed


def pdf_response(sample: samples.Sample) -> HttpResponse:
    try:
        response = HttpResponse(pdf.make(sample), content_type="application/pdf")
    except limited.Failed:
        text = _("This certificate could not be drawn. Shorten its texts, or leave out unusual characters.")
        return HttpResponse(text, content_type="text/plain; charset=utf-8", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    response["Content-Disposition"] = 'inline; filename="certificate.pdf"'
    return response
