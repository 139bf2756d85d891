"""The text of a table as UTF-8, from whatever file it was handed in as."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from quarterday import Refused
from quarterday_erp_import.reading import encodings
from quarterday_erp_import.reading.opening import Opened, opened, pieces
from quarterday_erp_import.reading.records import Window, windows
from quarterday_erp_import.reading.workbooks import sheets

_BEYOND_ASCII = bytes(range(0x80, 0x100))


@dataclass(frozen=True, slots=True)
class Text:
    """The text of one table."""

    file: Opened
    encoding: str
    """As Python names it; of a workbook, which has none, "utf-8"."""
    mixed: bool = False
    """Whether lines in other encodings stand between."""
    sheet: str = ""

    def pieces(self) -> Iterator[bytes]:
        """The text in UTF-8, piece by piece."""
        raw = pieces(self.file, self.encoding)
        if self.encoding.startswith("utf-16"):
            return raw
        # A letter of UTF-8 may be cut in two where a piece ends, but not where a line does.
        parts = _lines(raw) if self.mixed or self.encoding.startswith("utf-8") else raw
        return (encodings.as_utf8(part, self.encoding, self.mixed) for part in parts)

    def windows(self, delimiter: str) -> Iterator[Window]:
        """The text's records."""
        return windows(self.pieces(), delimiter)

    def head(self, size: int = 2**18) -> bytes:
        """The beginning of the text, to its last whole line."""
        taken = b""
        for piece in self.pieces():
            taken += piece[: size - len(taken)]
            if len(taken) >= size:
                return taken[: taken.rfind(b"\n") + 1] or taken[: taken.rfind(b"\r") + 1] or taken
        return taken


def _lines(raw: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that end at a line's end, or in a line that fills a whole one at a letter of ASCII."""
    rest = b""
    for piece in raw:
        end = piece.rfind(b"\n") + 1 or piece.rfind(b"\r") + 1 or len(piece.rstrip(_BEYOND_ASCII)) or len(piece)
        yield rest + piece[:end]
        rest = piece[end:]
    if rest:
        yield rest


@contextmanager
def text_as(path: Path, encoding: str, mixed: bool, sheet: str) -> Iterator[Text]:
    """The table of a file whose encoding, or sheet, is known. Raises :class:`Refused` like :func:`texts`."""
    file = opened(path)
    if not file.is_workbook:
        yield Text(file, encoding, mixed)
        return
    with texts(path) as found:
        if (text := next((one for one in found if one.sheet == sheet), None)) is None:
            raise Refused(f"The workbook has no sheet “{sheet}” any more.")
        yield text


@contextmanager
def texts(path: Path) -> Iterator[list[Text]]:
    """The tables of a file: one, or of a workbook one for each sheet that holds anything.

    Raises :class:`Refused` for what is empty, too large, damaged or no table.
    """
    file = opened(path)
    with ExitStack() as stack:
        if not file.is_workbook:
            yield [_text(file)]
            return
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="quarterday-")))
        found = [Text(Opened(one.path, file.format), "utf-8", sheet=one.name) for one in sheets(path, folder)]
        if not found:
            raise Refused("Every sheet of the workbook is empty. Ask for the file again.")
        yield found


def _text(file: Opened) -> Text:
    with file.path.open("rb") as start:
        head = start.read(4096)
    if file.format == "gzip":
        head = next(pieces(file, None), b"")[:4096]
    if encoding := encodings.marked(head):
        return Text(file, encoding)
    evidence = encodings.Evidence()
    for part in _lines(pieces(file, None)):
        evidence.add(part)
        if evidence.is_settled:
            break
    return Text(file, evidence.encoding, evidence.mixed)
