"""An article that somebody wrote elsewhere becomes the blocks of a lesson: its headings are sections, its tables
comparisons, its lists lists. What a lesson has no place for is named, so that nothing goes missing unseen."""

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Any

from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from courses.formats.markdown import to_html, to_markdown

HEADING_LENGTH = 160
TITLE_LENGTH = 200
COLUMNS = (2, 5)
EMPTY = "–"  # in a cell
LINKS_TO = ("https://", "http://", "mailto:")
INLINE = {"b": "b", "strong": "b", "i": "i", "em": "i"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
VOID = {"br", "img", "hr", "input", "meta", "link", "col", "wbr"}
SILENT = {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math"}
DEEPEST = 200

_SPACE = re.compile(r"\s+")
_BULLET = re.compile(r"[-*•–·▪◦]\s+(?=\S)")
_NUMBER = re.compile(r"\d{1,3}[.)]\s+(?=\S)")
_WRAPPED = range(50, 100)  # characters in a line that somebody broke by hand
_LONGEST_HEADING_LINE = 80
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@dataclass(frozen=True)
class Part:
    """kind: heading, text or list (html, items), table (rows)."""

    kind: str
    text: str = ""
    html: str = ""
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Section:
    """lines: its first and its last part, counted through the article below the title, headings too."""

    heading: str
    lines: tuple[int, int]


@dataclass(frozen=True)
class Article:
    title: str
    parts: tuple[Part, ...]
    lost: tuple[str, ...] = ()  # what it does not hold, in the reader's language


# --- from a file to an article -------------------------------------------------------------------------------------
def from_markdown(text: str, title: str) -> Article:
    return from_html(_MARKDOWN.render(text), title)


def from_text(text: str, title: str) -> Article:
    """Plain text: a short line without a full stop, with text after it, is a heading; marked lines are a list."""
    return from_html("".join(_html_of_lines(list(_lines(text)))), title)


def from_html(html: str, title: str) -> Article:
    """The first heading is the title if nothing stands before it; else `title` is."""
    tree = _Tree()
    tree.feed(html)
    tree.close()
    reader = _Parts()
    reader.read(tree.root)
    parts = reader.parts
    if parts and parts[0].kind == "heading":
        title, parts = parts[0].text, parts[1:]
    lost = [*reader.lost]
    if len(title) > TITLE_LENGTH:
        lost.append(_("The title was too long and was cut: %(text)s") % {"text": title})
    return Article(title[:TITLE_LENGTH], tuple(parts), tuple(dict.fromkeys(lost)))


def _lines(text: str) -> Iterator[str]:
    """One line a paragraph; an empty one where there was one."""
    for chunk in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")):
        lines = [_SPACE.sub(" ", line).strip() for line in chunk.split("\n")]
        lines = [line for line in lines if line]
        is_list = any(_BULLET.match(line) or _NUMBER.match(line) for line in lines)
        if len(lines) > 1 and not is_list and all(len(line) in _WRAPPED for line in lines[:-1]):
            lines = [" ".join(lines)]
        yield from lines
        yield ""


def _html_of_lines(lines: list[str]) -> Iterator[str]:
    items: list[str] = []
    tag = "ul"
    following = [*lines[1:], ""]
    for number, line in enumerate(lines):
        marked = _BULLET.match(line) or _NUMBER.match(line)
        kind = "ol" if _NUMBER.match(line) else "ul"
        if items and line and (not marked or kind != tag):
            yield _list(tag, items)
            items = []
        if marked:
            tag = kind
            items.append(f"<li>{escape(line[marked.end() :], quote=False)}</li>")
        elif line:
            after = next((other for other in following[number:] if other), "")
            yield f"<h2>{escape(line)}</h2>" if _is_heading(line, after) else f"<p>{escape(line, quote=False)}</p>"
    if items:
        yield _list(tag, items)


def _list(tag: str, items: list[str]) -> str:
    return f"<{tag}>{''.join(items)}</{tag}>"


def _is_heading(line: str, after: str) -> bool:
    """A line of its own that ends without a mark, with something longer, or a list, below it."""
    short = len(line) <= _LONGEST_HEADING_LINE and line[-1] not in ".!?:;,…”\"'»)" and any(map(str.isalpha, line))
    return short and bool(after) and (len(after) > len(line) or bool(_BULLET.match(after)))


# --- HTML as a tree ------------------------------------------------------------------------------------------------
@dataclass
class Node:
    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def words(self) -> str:
        """Its text, without that of what is never shown."""
        if self.tag in SILENT:
            return ""
        if self.tag == "br":
            return "\n"
        return "".join(child if isinstance(child, str) else child.words() for child in self.children)

    def find(self, *tags: str) -> Iterator["Node"]:
        for child in self.children:
            if isinstance(child, Node):
                if child.tag in tags:
                    yield child
                yield from child.find(*tags)


class _Tree(HTMLParser):
    """Forgiving: what is never closed ends with what is around it. Elements without end are kept flat."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "li", "tr", "td", "th", *HEADINGS):
            self._close_open("p", *HEADINGS)
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID and len(self.open) < DEEPEST:
            self.open.append(node)

    def _close_open(self, *tags: str) -> None:
        if self.open[-1].tag in tags:
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place].tag == tag:
                del self.open[place:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


# --- the tree as parts of an article -------------------------------------------------------------------------------
class _Parts:
    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.lost: list[str] = []
        self.loose: list[Node | str] = []  # text that stands in no paragraph

    def read(self, node: Node) -> None:
        for child in node.children:
            if (
                isinstance(child, str)
                or child.tag in INLINE
                or child.tag in ("a", "br", "span", "sup", "sub", "img", "u")
            ):
                self.loose.append(child)
                continue
            self.end_loose()
            self.block(child)
        self.end_loose()

    def end_loose(self) -> None:
        loose, self.loose = self.loose, []
        if loose:
            self.paragraph(Node("p", {}, loose))

    def block(self, node: Node) -> None:
        if node.tag in SILENT:
            return
        if node.tag in HEADINGS:
            self.pictures(node)
            if text := _plain(node):
                self.parts.append(Part("heading", text=text))
        elif node.tag in ("p", "pre"):
            self.paragraph(node)
        elif node.tag in ("ul", "ol"):
            self.list(node)
        elif node.tag == "table":
            self.table(node)
        else:
            self.read(node)  # a quotation, a division: what is in it

    def pictures(self, node: Node) -> None:
        for picture in node.find("img"):
            alt = _SPACE.sub(" ", picture.attributes.get("alt") or "").strip()
            self.lost.append(_("A picture: %(text)s") % {"text": alt} if alt else _("A picture without a description"))

    def paragraph(self, node: Node) -> None:
        self.pictures(node)
        if html := self.rich(f"<p>{self.inline(node)}</p>"):
            self.parts.append(Part("text", html=html))

    def list(self, node: Node) -> None:
        self.pictures(node)
        for table in node.find("table"):
            self.lost.append(_("A table inside a list was kept as text: %(text)s") % {"text": _plain(table)[:80]})
        html = self.rich(self.list_html(node))
        if not html:
            return
        plain = node.tag == "ul" and next(node.find("ul", "ol", "a"), None) is None
        items = tuple(text for item in node.find("li") if (text := _plain(item))) if plain else ()
        self.parts.append(Part("list", html=html, items=items))

    def list_html(self, node: Node) -> str:
        items = []
        for item in node.children:
            if isinstance(item, Node):
                below = [child for child in item.children if isinstance(child, Node) and child.tag in ("ul", "ol")]
                own = Node("li", {}, [child for child in item.children if child not in below])
                items.append(f"<li>{self.inline(own)}{''.join(map(self.list_html, below))}</li>")
        return f"<{node.tag}>{''.join(items)}</{node.tag}>"

    def table(self, node: Node) -> None:
        self.pictures(node)
        rows, is_merged = _rows(node)
        rows = [row for row in rows if any(cell != EMPTY for cell in row)]
        fewest, most = COLUMNS
        width = max(map(len, rows), default=0)
        if not rows:
            return
        if len(rows) < 2 or not fewest <= width <= most:
            self.lost.append(
                _("A table of %(rows)d × %(columns)d cells was kept as text: a comparison has 2 to 5 columns.")
                % {"rows": len(rows), "columns": width}
            )
            texts = [" · ".join(cell for cell in row if cell != EMPTY) for row in rows]
            self.parts += [
                Part("text", html=self.rich(f"<p>{escape(text, quote=False)}</p>")) for text in texts if text
            ]
            return
        if is_merged:
            self.lost.append(_("Merged cells of a table were parted: %(text)s") % {"text": rows[0][0][:80]})
        full = [(*row, *[EMPTY] * (width - len(row))) for row in rows]
        self.parts.append(Part("table", rows=tuple(full)))

    def inline(self, node: Node) -> str:
        """Its text with bold, italic, links and line ends; what else there was is text."""
        html = []
        for child in node.children:
            if isinstance(child, str):
                html.append(escape(child, quote=False))
            elif child.tag in SILENT:
                continue
            elif child.tag == "br":
                html.append("<br/>")
            elif child.tag == "a":
                html.append(self.link(child))
            elif child.tag in INLINE:
                mark = INLINE[child.tag]
                inside = self.inline(child)
                html.append(f"<{mark}>{inside}</{mark}>" if inside.strip() else inside)
            elif child.tag in ("p", "div"):
                html.append(f"{self.inline(child)}<br/>" if child is not node.children[-1] else self.inline(child))
            else:
                html.append(self.inline(child))
        return "".join(html)

    def link(self, node: Node) -> str:
        target, text = (node.attributes.get("href") or "").strip(), self.inline(node)
        if target.lower().startswith(LINKS_TO):
            return f'<a href="{escape(target)}">{text}</a>' if text.strip() else text
        if target and not target.startswith("#"):
            self.lost.append(_("A link to a place that lessons do not lead to: %(text)s") % {"text": target[:80]})
        return text

    def rich(self, html: str) -> str:
        """In the form that the editor itself would store."""
        return to_html(to_markdown(_SPACE.sub(" ", html)))


def _plain(node: Node) -> str:
    return _SPACE.sub(" ", node.words()).strip()


def _rows(table: Node) -> tuple[list[tuple[str, ...]], bool]:
    """Texts of the cells, row by row, and whether any were merged."""
    rows, is_merged = [], False
    for row in _own_rows(table):
        cells: list[str] = []
        for cell in row.children:
            if not isinstance(cell, Node) or cell.tag not in ("td", "th"):
                continue
            cells.append(_plain(cell) or EMPTY)
            span = cell.attributes.get("colspan") or "1"
            extra = min(int(span) - 1, 20) if span.isdigit() else 0
            cells += [EMPTY] * max(extra, 0)
            is_merged = is_merged or extra > 0 or cell.attributes.get("rowspan") not in (None, "1")
        rows.append(tuple(cells))
    return rows, is_merged


def _own_rows(node: Node) -> Iterator[Node]:
    """Not those of tables inside its cells."""
    for child in node.children:
        if isinstance(child, Node) and child.tag == "tr":
            yield child
        elif isinstance(child, Node) and child.tag in ("thead", "tbody", "tfoot"):
            yield from _own_rows(child)


# --- from an article to the body of a lesson -----------------------------------------------------------------------
def lesson_body(article: Article) -> tuple[list[dict[str, Any]], list[str]]:
    """The stream of a LessonPage, and what had to be left out on the way."""
    blocks: list[dict[str, Any]] = []
    lost: list[str] = []
    for heading, parts in _sections(article):
        if not parts and heading != article.title:
            lost.append(_("A heading without any text below it: %(text)s") % {"text": heading})
        for run in _runs(parts):
            blocks.append(_block(heading, run))
    return blocks, lost


def sections(article: Article) -> list[Section]:
    """Those that say something; what stands above the first heading has the title for one."""
    found, above = [], 0
    for heading, parts in _sections(article):
        first = above + 1
        above += len(parts) + (first > 1 or heading != article.title)
        if parts:
            found.append(Section(heading, (first, above)))
    return found


def _sections(article: Article) -> list[tuple[str, list[Part]]]:
    sections: list[tuple[str, list[Part]]] = [(article.title, [])]
    for part in article.parts:
        if part.kind == "heading":
            sections.append((part.text, []))
        else:
            sections[-1][1].append(part)
    return sections


def _runs(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Tables stand alone; what is between them stays together."""
    run: list[Part] = []
    for part in parts:
        if part.kind == "table":
            if run:
                yield run
            yield [part]
            run = []
        else:
            run.append(part)
    if run:
        yield run


def _block(heading: str, run: list[Part]) -> dict[str, Any]:
    first = run[0]
    short = heading if len(heading) <= HEADING_LENGTH else f"{heading[: HEADING_LENGTH - 1]}…"
    if first.kind == "table":
        rows = [{"cells": _items(row)} for row in first.rows[1:]]
        return _stored("comparison", {"columns": _items(first.rows[0]), "rows": _items(rows)})
    if len(run) == 1 and first.items and short == heading:
        return _stored("checklist", {"title": heading, "items": _items(first.items)})
    whole = to_html(to_markdown(f"<p>{escape(heading, quote=False)}</p>")) if short != heading else ""
    return _stored("concept", {"heading": short, "body": whole + "".join(part.html for part in run)})


def _stored(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "id": str(uuid.uuid4()), "value": value | {"points": ""}}


def _items(values: Iterable[Any]) -> list[dict[str, Any]]:
    return [{"type": "item", "id": str(uuid.uuid4()), "value": value} for value in values]
