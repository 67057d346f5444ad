"""The little Markdown of a content pack (paragraphs, headings, bold, italic, links, lists), and the rich text that
Wagtail stores."""

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("zero").enable(["emphasis", "escape", "heading", "link", "list", "newline"])
_AS_WAGTAIL_WRITES = {"strong": "b", "em": "i"}
_BETWEEN_BLOCKS = re.compile(r"(?<=>)\n+|\n+(?=<)")
_SPECIAL = re.compile(r"([\\*_\[\]`#])")
_HEADING = re.compile(r"h[1-6]")
_LIST_START = re.compile(r"([-+*]|\d+[.)])(?=\s|$)")


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
        self.line: list[tuple[str, bool]] = []  # pieces, and whether each is text (else a mark)
        self.items: list[str] = []  # lines of the list we are in
        self.counts: list[int | None] = []  # of each list around us: items so far, None where it has no numbers
        self.links: list[str] = []
        self.heading = ""  # its marks, while we are in one

    def mark(self, text: str) -> None:
        self.line.append((text, False))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("ul", "ol"):
            self.end_line()
            self.counts.append(0 if tag == "ol" else None)
        elif _HEADING.fullmatch(tag) and not self.counts:
            self.end_line()
            self.heading = "#" * int(tag[1])
        elif tag == "br":
            self.mark(" " if self.heading else "\\\n")
        elif tag == "a":
            self.links.append(dict(attrs).get("href") or "")
            self.mark("[" if self.links[-1] else "")
        else:
            self.mark(self.MARKS.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li") or _HEADING.fullmatch(tag):
            self.end_line()
        elif tag in ("ul", "ol") and self.counts:
            self.end_line()
            self.counts.pop()
            if not self.counts:
                self.blocks.append("\n".join(self.items))
                self.items = []
        elif tag == "a" and self.links:
            target = self.links.pop()
            self.mark(f"]({target})" if target else "")
        else:
            self.mark(self.MARKS.get(tag, ""))

    def handle_data(self, data: str) -> None:
        self.line.append((data, True))

    def end_line(self) -> None:
        pieces, heading = self.line, self.heading
        self.line, self.heading = [], ""
        text = _in_one_line(pieces) if heading else _written(pieces)
        if not text:
            return
        if heading:
            self.blocks.append(f"{heading} {text}")
            return
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


def _in_one_line(pieces: list[tuple[str, bool]]) -> str:
    """A heading, with every escape: at the end of one Markdown reads marks that it reads nowhere else."""
    return " ".join("".join(_SPECIAL.sub(r"\\\1", piece) if is_text else piece for piece, is_text in pieces).split())


def _written(pieces: list[tuple[str, bool]]) -> str:
    """One paragraph, with escapes only where Markdown would otherwise read something into its text."""
    plain = "".join(piece for piece, _is_text in pieces).strip()
    careful = "".join(_SPECIAL.sub(r"\\\1", piece) if is_text else piece for piece, is_text in pieces).strip()
    if match := _LIST_START.match(careful):
        careful = f"{match[1][:-1]}\\{match[1][-1]}{careful[match.end() :]}"
    return plain if to_html(plain) == to_html(careful) else careful
