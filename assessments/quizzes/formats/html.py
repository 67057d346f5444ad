"""HTML of other programs to what a question here can hold: words and line breaks. What is lost is told."""

import re
from html import unescape

import nh3

from assessments.quizzes.formats.document import Finding, clean

KEPT = {"p", "br", "div", "li", "ul", "ol", "tr", "table", "tbody", "h1", "h2", "h3", "h4", "h5", "h6"}
DROPPED_WHOLE = {"script", "style", "title", "iframe", "object", "audio", "video", "math"}
MEDIA = re.compile(r"<\s*(?:img|audio|video|object|iframe|embed|svg|canvas|math)\b|@@PLUGINFILE@@", re.IGNORECASE)
LOOKS = re.compile(r"<\s*(?:b|strong|i|em|u|s|sub|sup|a|code|pre|table|ul|ol|h[1-6])\b", re.IGNORECASE)
FORMULA = re.compile(r"\\\(|\\\[|\$\$")
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
BLOCK_END = re.compile(r"</(?:p|div|li|tr|h[1-6])>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
RAISED = re.compile(r"<\s*(sup|sub)\b[^<>]*>([^<>]*)<\s*/\s*(?:sup|sub)\s*>", re.IGNORECASE)
SIGNS = {
    "sup": str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾"),
    "sub": str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"),
}
GAP = re.compile("[ \t\r\n\f]+")


def words(text: str, findings: list[Finding]) -> str:
    """A paragraph a line."""
    if MEDIA.search(text):
        _tell(findings, "media")
    if LOOKS.search(text):
        _tell(findings, "formatting")
    if FORMULA.search(text):
        _tell(findings, "formula")
    text = RAISED.sub(lambda found: raised(found[1].lower(), unescape(found[2])) or found[0], text)
    tidy = nh3.clean(text, tags=KEPT, clean_content_tags=DROPPED_WHOLE, attributes={}, strip_comments=True)
    tidy = BLOCK_END.sub("\n", BREAK.sub("\n", GAP.sub(" ", tidy)))
    return clean(unescape(TAG.sub("", tidy)))


def raised(kind: str, text: str) -> str:
    """What stands above or below the line in signs of its own, for 10 to the power of 2 is not 102; of several letters
    (the st of 1st) nothing."""
    sign = text.strip()
    if sign and all(ord(one) in SIGNS[kind] for one in sign):
        return sign.translate(SIGNS[kind])
    return f"{'^' if kind == 'sup' else '_'}{sign}" if len(sign) == 1 and sign.isalpha() else ""


def _tell(findings: list[Finding], code: str) -> None:
    if all(found.code != code for found in findings):
        findings.append(Finding(code))
