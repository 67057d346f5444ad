"""One small hand-written style sheet set, no inline style or script, no foreign host."""

import re

import pytest

from tests.house import ROOT

CSS = sorted((ROOT / "lms" / "static" / "css").rglob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# The papers themselves: xhtml2pdf reads styles from the page, no browser ever does.
PAPERS = ("templates/certificates/", "templates/proof/")

INLINE = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "on… attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "inline script": re.compile(r"<script(?![^>]*\s(?:src|type=\"application/json\"))[^>]*>", re.IGNORECASE),
    "javascript: link": re.compile(r"""=\s*["']?\s*javascript:""", re.IGNORECASE),
}
FOREIGN_HOST = re.compile(
    r"""(?:src|href|action|srcset|poster)\s*=\s*["'](?:https?:)?//(?!www\.w3\.org)""", re.IGNORECASE
)


def name(file):
    return str(file.relative_to(ROOT))


def test_all_style_sheets_together_stay_under_40_kb():
    sizes = {name(file): file.stat().st_size for file in CSS}
    assert sizes
    assert sum(sizes.values()) <= 40_000, sizes


def test_style_sheets_name_no_foreign_host():
    for file in CSS:
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import\s+[\"'](?:https?:)?//", file.read_text()), name(
            file
        )


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_nothing_inline_and_nothing_foreign_in(template):
    html = template.read_text()
    assert not FOREIGN_HOST.search(html)
    if name(template).startswith(PAPERS) and "pdf" in template.stem:
        return
    for what, pattern in INLINE.items():
        found = pattern.search(html)
        assert not found, f"{what}: {found.group()}"
