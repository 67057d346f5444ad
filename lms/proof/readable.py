"""A content as a page that anybody can open: every text and every setting of it, in the order it was stored in."""

from collections.abc import Iterator
from html import unescape

from django.utils.html import escape, strip_tags

HEAD = (
    '<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>\n'
    "<style>body{{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}}"
    "dt{{font-weight:600}}dd{{margin:0 0 .5rem 1.5rem}}</style></head>\n<body><h1>{title}</h1>\n"
    "<p><code>{sha256}</code></p>\n"
)


def page(*, title: str, language: str, sha256: str, content: object) -> bytes:
    head = HEAD.format(language=escape(language), title=escape(title), sha256=escape(sha256))
    return (head + "".join(_drawn(content)) + "</body></html>\n").encode()


def _drawn(value: object) -> Iterator[str]:
    match value:
        case dict():
            yield "<dl>\n"
            for name, item in value.items():
                yield f"<dt>{escape(str(name))}</dt><dd>"
                yield from _drawn(item)
                yield "</dd>\n"
            yield "</dl>\n"
        case list():
            yield "<ol>\n"
            for item in value:
                yield "<li>"
                yield from _drawn(item)
                yield "</li>\n"
            yield "</ol>\n"
        case _:
            yield _text(value)


def _text(value: object) -> str:
    """Formatting goes, words stay: no markup of a content is ever run here."""
    if value is None:
        return "–"
    text = str(value).replace("</p>", "</p>\n").replace("</li>", "</li>\n").replace("<br/>", "\n")
    lines = (line.strip() for line in strip_tags(text).splitlines())
    return "<br>".join(escape(unescape(line)) for line in lines if line)
