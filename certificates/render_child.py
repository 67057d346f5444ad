"""Draws one certificate: HTML on standard input, PDF on standard output. Started by limited.run().

The only place that imports xhtml2pdf. Its policy lets the document read the certificate's assets and nothing else. It
makes a PDF also where something went wrong (a font refused, a letter missing), and only mumbles so into its log: here
each warning is an error.
"""

import io
import logging
import sys
from pathlib import Path

ASSETS = Path(__file__).resolve().parent / "assets"


class Refused(Exception):
    pass


class Warnings(logging.Handler):
    """Collects what xhtml2pdf and reportlab only mumble into the log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(" ".join(record.getMessage().split()))


def begin_pages_in_our_font() -> None:
    """Else every PDF names Helvetica without embedding it. Reportlab reads this while it is imported."""
    from reportlab import rl_config
    from reportlab.pdfbase import pdfmetrics, ttfonts

    name = "atk_00"  # what xhtml2pdf calls the @font-face "atk" of the template
    pdfmetrics.registerFont(ttfonts.TTFont(name, str(ASSETS / "fonts" / "Atk-Regular.ttf")))
    rl_config.canvas_basefontname = rl_config.defaultGraphicsFontName = name


def draw(html: str) -> bytes:
    begin_pages_in_our_font()
    from pypdf import PdfReader
    from xhtml2pdf import pisa
    from xhtml2pdf.config.resources import ResourceAccessPolicy

    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    pdf = io.BytesIO()
    policy = ResourceAccessPolicy.server(base_dir=ASSETS, allow_remote=False, max_render_seconds=10)
    drawing = pisa.CreatePDF(html, pdf, path=str(ASSETS / "certificate.html"), encoding="utf-8", resource_policy=policy)
    if drawing.err or warnings.said:
        raise Refused("; ".join(warnings.said) or "xhtml2pdf failed")
    pages = len(PdfReader(pdf).pages)
    if pages != 1:
        raise Refused(f"{pages} pages instead of one")
    return pdf.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(sys.stdin.buffer.read().decode()))
