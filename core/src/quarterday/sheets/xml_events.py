"""XML as a stream of events: nothing is held, no document type is read, no entity is ever expanded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TypeAlias
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.expatreader import DefusedExpatParser

START, TEXT, END = "start", "text", "end"
Event: TypeAlias = "tuple[str, str, AttributesImpl[str]]"
"""What happens, the element's name without its prefix (or the text), and the attributes of a start."""

_AT_ONCE = 2**19
_NONE: AttributesImpl[str] = AttributesImpl({})


class _Collector(ContentHandler):
    """Keeps what happens until somebody takes it. The names of its methods are SAX's."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []

    def startElement(self, name: str, attrs: AttributesImpl[str]) -> None:  # noqa: N802
        self.events.append((START, name.rpartition(":")[2], attrs))

    def endElement(self, name: str) -> None:  # noqa: N802
        self.events.append((END, name.rpartition(":")[2], _NONE))

    def characters(self, content: str) -> None:
        self.events.append((TEXT, content, _NONE))


def events(stream: IO[bytes]) -> Iterator[Event]:
    """The events of a document, as it is read.

    Raises :class:`defusedxml.DefusedXmlException` at a document type, :class:`xml.sax.SAXException` for what is no XML.
    """
    parser = DefusedExpatParser(forbid_dtd=True)
    collector = _Collector()
    parser.setContentHandler(collector)
    while part := stream.read(_AT_ONCE):
        parser.feed(part)
        yield from collector.events
        collector.events.clear()
    parser.close()
    yield from collector.events
