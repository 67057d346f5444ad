"""The little Markdown of a content pack (paragraphs, bold, italic, links, lists) and the rich text Wagtail stores."""

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("zero").enable(["emphasis", "escape", "link", "list", "newline"])
_AS_WAGTAIL_WRITES = {"strong": "b", "em": "i"}
_BETWEEN_BLOCKS = re.compile(r"(?<=>)\n+|\n+(?=<)")
_SPECIAL = re.compile(r"([\\*_\[\]`])")
_LIST_START = re.compile(r"([-+]|\d+[.)])(?=\s|$)")


def to_html(text: str) -> str:
    tokens = _MARKDOWN.parse(text)
    in_item = 0
    for token in tokens:
        in_item += (token.type == "list_item_open") - (token.type == "list_item_close")
        if token.type.startswith("paragraph"):
            token.hidden = in_item > 0  # Wagtail's list items hold their text directly
        for child in token.children or ():
            child.tag = _AS_WAGTAIL_WRITES.get(child.tag, child.tag)
            if child.type == "softbreak":
                child.type, child.content = "text", " "
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return _BETWEEN_BLOCKS.sub("", html).replace("<br>", "<br/>")


def to_markdown(html: str) -> str:
    """What to_html() makes this rich text from. Links inside the site keep their text only."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "\n\n".join(reader.finished())


class _Reader(HTMLParser):
    MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = []
        self.line = ""
        self.items: list[str] = []  # lines of the list we are in
        self.counts: list[int | None] = []  # of each list around us: items so far, None where it has no numbers
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("ul", "ol"):
            self.end_line()
            self.counts.append(0 if tag == "ol" else None)
        elif tag == "br":
            self.line += "\\\n"
        elif tag == "a":
            self.links.append(dict(attrs).get("href") or "")
            self.line += "[" if self.links[-1] else ""
        else:
            self.line += self.MARKS.get(tag, "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li"):
            self.end_line()
        elif tag in ("ul", "ol") and self.counts:
            self.end_line()
            self.counts.pop()
            if not self.counts:
                self.blocks.append("\n".join(self.items))
                self.items = []
        elif tag == "a" and self.links:
            target = self.links.pop()
            self.line += f"]({target})" if target else ""
        else:
            self.line += self.MARKS.get(tag, "")

    def handle_data(self, data: str) -> None:
        self.line += _escaped(data)

    def end_line(self) -> None:
        text, self.line = self.line.strip(), ""
        if not text:
            return
        if match := _LIST_START.match(text):
            text = f"{match[1][:-1]}\\{match[1][-1]}{text[match.end() :]}"
        if not self.counts:
            self.blocks.append(text)
            return
        mark = "-"
        if (count := self.counts[-1]) is not None:
            self.counts[-1] = count + 1
            mark = f"{count + 1}."
        self.items.append(f"{'   ' * (len(self.counts) - 1)}{mark} {text}")

    def finished(self) -> list[str]:
        self.end_line()
        return [block for block in self.blocks if block]


def _escaped(text: str) -> str:
    """Escapes only where Markdown would otherwise read something into it."""
    return _SPECIAL.sub(r"\\\1", text) if "<" in _MARKDOWN.renderInline(text) or "\\" in text or "[" in text else text
