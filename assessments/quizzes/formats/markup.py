"""XML of others, read without entities, without a document type, and only so deep and so long."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from assessments.quizzes.formats.document import Refused

DEPTH_MAX = 60
ELEMENTS_MAX = 200_000


def parse(data: bytes) -> Element:
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refused("xml-entities") from error
    except (ParseError, ValueError, LookupError, RecursionError, MemoryError) as error:
        raise Refused("xml-broken") from error
    _measure(root)
    return root


def _measure(root: Element) -> None:
    level, count = [root], 0
    for _depth in range(DEPTH_MAX):
        count += len(level)
        if count > ELEMENTS_MAX:
            raise Refused("xml-large", most=ELEMENTS_MAX)
        level = [child for node in level for child in node]
        if not level:
            return
    raise Refused("xml-deep", most=DEPTH_MAX)


def name(node: Element) -> str:
    """Without its namespace."""
    return str(node.tag).rpartition("}")[2]


def child(node: Element, wanted: str) -> Element | None:
    return next(children(node, wanted), None)


def children(node: Element, wanted: str) -> Iterator[Element]:
    return (one for one in node if name(one) == wanted)


def text(node: Element | None) -> str:
    """Of this element alone, not of those inside."""
    return (node.text or "") if node is not None else ""
