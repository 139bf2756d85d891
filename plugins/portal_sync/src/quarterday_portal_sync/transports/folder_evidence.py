"""Evidence in an exchange folder: its files lie beside the table, whose cells name them.

A cell of Excel holds 32,767 characters, and nobody reads base64 in one.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING

from quarterday import RecordKind, Refused
from quarterday.services.places.place import Entry, Place
from quarterday.services.places.rows import MOST_BYTES
from quarterday_portal_sync.mapping.layouts import Format
from quarterday_portal_sync.mapping.mapped import Shaped
from quarterday_portal_sync.mapping.paths import text_of

if TYPE_CHECKING:
    from quarterday_portal_sync.mapping.file import PortalMapping

_ENDINGS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "message/rfc822": ".eml",
    "text/csv": ".csv",
    "text/plain": ".txt",
}
"""How the names of files end; others have no ending."""


class EvidenceFiles:
    """Which column of the table of evidence names files. Of JSON there is none: there a file stands in its record."""

    def __init__(self, mapping: PortalMapping) -> None:
        evidence = mapping.of.get(RecordKind.EVIDENCE)
        is_flat = evidence is not None and evidence.table is not None and evidence.table.format is not Format.JSON
        fields = evidence.fields if evidence and is_flat else {}
        self._column = fields["file"].path if "file" in fields else None
        self._type = fields["media_type"].path if "media_type" in fields else None

    def apart(self, kind: RecordKind, row: Shaped, table: str) -> tuple[Shaped, tuple[str, bytes] | None]:
        """A row that names its file, and the file's name and content; the row as it is, and None, where none goes.

        ``table`` is the name of the file that the row goes in.
        """
        text = self._text(kind, row)
        if not text or self._column is None:
            return row, None
        content = b64decode(text)
        ending = _ENDINGS.get(text_of(self._type.get(row)) if self._type else "", "")
        name = f"{table.rpartition('.')[0] or table}-{sha256(content).hexdigest()[:12]}{ending}"
        return {**row, self._column.text: name}, (name, content)

    def together(self, kind: RecordKind, row: Shaped, place: Place, there: Iterable[Entry]) -> Shaped:
        """A row of the portal's with the content of the file that it names, as base64.

        Raises :class:`Refused` where there is no such file, or it is larger than is read.
        """
        name = self._text(kind, row)
        if not name or self._column is None:
            return row
        found = next((one for one in there if one.path == name), None)
        if found is None:
            raise Refused("It names the file “{name}”, which isn't there; have both put there again.", name=name[:100])
        if found.size > MOST_BYTES:
            raise Refused("Its file “{name}” is larger than {most} MB.", name=name[:100], most=MOST_BYTES // 2**20)
        content = b"".join(place.content(found.path, found.key))
        return {**row, self._column.text: b64encode(content).decode()}

    def _text(self, kind: RecordKind, row: Shaped) -> str:
        if kind is not RecordKind.EVIDENCE or self._column is None:
            return ""
        return text_of(self._column.get(row))
