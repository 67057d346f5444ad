"""A Word document as HTML. The file is looked at first, by us, so that nothing in it can hurt the library that reads
it: sizes, macros, entities, depth, the number of elements. What the library passes over is counted and named."""

import io
from collections import Counter
from collections.abc import Callable
from xml.parsers import expat  # nosec B405: declarations of documents and entities are refused below

import mammoth
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.packs.zips import ZipRefused, unzipped

MAIN = "word/document.xml"
ELEMENTS = 200_000  # of all parts together: some four hundred pages
DEPTH = 150
OLD_WORD = b"\xd0\xcf\x11\xe0"
STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"


class _Refused(Exception):
    """Raised inside the parser."""


def docx_to_html(data: bytes) -> tuple[str, list[str]]:
    """(HTML, what it does not hold). ZipRefused, in the reader's language, where the file is not one to open."""
    if data.startswith(OLD_WORD):
        raise ZipRefused(_("This is an old Word file, or one locked with a password. Save it as .docx without one."))
    parts = unzipped(data)
    if MAIN not in parts or "[Content_Types].xml" not in parts:
        raise ZipRefused(_("This is not a Word document."))
    if b"macroEnabled" in parts["[Content_Types].xml"] or any("vbaproject" in name.lower() for name in parts):
        raise ZipRefused(_("The document holds macros. Save it in Word as .docx, which holds none."))
    seen = _looked_through(parts)
    try:
        result = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map=STYLES,
            include_embedded_style_map=False,  # a document does not say how it is read
            external_file_access=False,
            convert_image=mammoth.images.img_element(lambda image: {"src": ""}),
        )
    except Exception as error:  # whatever the library does with a strange document, the reader gets a sentence
        raise ZipRefused(_("The document could not be read. Save it in Word as .docx again.")) from error
    return result.value, _passed_over(parts, seen)


def _looked_through(parts: dict[str, bytes]) -> Counter[str]:
    """How often each element (without its namespace) is in the text, its notes, headers and footers."""
    found: Counter[str] = Counter()
    for name, content in parts.items():
        if name.lower().endswith((".xml", ".rels")):
            counts = _elements(content, ELEMENTS - found.total())
            if name.startswith(("word/document", "word/header", "word/footer")):
                found.update({f"{name.partition('/')[2]}:t": counts["t"]} if name != MAIN else counts)
            else:
                found["other"] += counts.total()
    return found


def _elements(content: bytes, allowed: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, allowed
        depth, allowed = depth + 1, allowed - 1
        if depth > DEPTH or allowed < 0:
            raise _Refused(_("The document has too many parts, or they lie too deep, to be opened safely."))
        counts[tag.rpartition(":")[2]] += 1

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = _refuse_declarations
    parser.EntityDeclHandler = _refuse_declarations
    try:
        parser.Parse(content, True)
    except _Refused as error:
        raise ZipRefused(str(error)) from error
    except expat.ExpatError as error:
        raise ZipRefused(_("The file is damaged: a part of it is no XML.")) from error
    return counts


def _refuse_declarations(*declared: object) -> None:
    raise _Refused(_("The document declares entities, which no Word document needs."))


def _passed_over(parts: dict[str, bytes], seen: Counter[str]) -> list[str]:
    """Sentences about what the HTML does not hold."""
    headers = sum(count for name, count in seen.items() if name.startswith(("header", "footer")))
    embedded = sum(name.startswith("word/embeddings/") for name in parts)
    told: list[tuple[int, Callable[[int], str]]] = [
        (seen["footnoteReference"] + seen["endnoteReference"], _footnotes),
        (seen["commentReference"], _comments),
        (seen["del"] + seen["ins"] + seen["moveFrom"], _changes),
        (seen["oMath"], _formulas),
        (embedded, _embedded),
        (seen["chart"] + seen["relIds"], _charts),
        (int(bool(headers)), lambda count: _("Headers and footers were left out.")),
    ]
    return [sentence(count) for count, sentence in told if count]


def _footnotes(count: int) -> str:
    text = ngettext("%(count)d note stands as a list at the end.", "%(count)d notes stand as a list at the end.", count)
    return text % {"count": count}


def _comments(count: int) -> str:
    return ngettext("%(count)d comment was left out.", "%(count)d comments were left out.", count) % {"count": count}


def _changes(count: int) -> str:
    text = ngettext(
        "%(count)d tracked change was read as accepted.", "%(count)d tracked changes were read as accepted.", count
    )
    return text % {"count": count}


def _formulas(count: int) -> str:
    return ngettext("%(count)d formula was left out.", "%(count)d formulas were left out.", count) % {"count": count}


def _embedded(count: int) -> str:
    text = ngettext("%(count)d embedded file was left out.", "%(count)d embedded files were left out.", count)
    return text % {"count": count}


def _charts(count: int) -> str:
    text = ngettext("%(count)d chart or diagram was left out.", "%(count)d charts or diagrams were left out.", count)
    return text % {"count": count}
