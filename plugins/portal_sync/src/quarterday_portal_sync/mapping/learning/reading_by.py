"""The first records of an example, read as a mapping says that it is laid out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

from quarterday import RecordKind, Refused
from quarterday_portal_sync.mapping.file import PortalMapping
from quarterday_portal_sync.mapping.layouts import Format
from quarterday_portal_sync.mapping.mapped import Shaped
from quarterday_portal_sync.mapping.paths import dotted


def records_of(mapping: PortalMapping, kind: RecordKind, example: Path, most: int) -> Iterator[Shaped]:
    """At most so many records of a kind in an example file; none where it holds no such records.

    Raises :class:`Refused` for a file that can't be read.
    """
    yield from islice((raw for raw in _rows(mapping, kind, example) if mapping.is_of(kind, raw)), most)


def _rows(mapping: PortalMapping, kind: RecordKind, example: Path) -> Iterator[Shaped]:
    from quarterday_portal_sync.transports.folder_files import records_of as rows_of_file

    table, resource = mapping.table(kind), mapping.resource(kind)
    if table and table.format is not Format.JSON:
        if not table.incoming or example.match(table.incoming):
            yield from (row.raw for row in rows_of_file(example, table, ()) if not row.why)
        return
    listing = resource.listing if resource else None
    items = table.items if table else listing.items if listing else ""
    for one in _json(example, items):
        record = dotted(listing.record).get(one) if listing and listing.record else one
        if isinstance(record, dict):
            yield record


def _json(example: Path, items: str) -> list[object]:
    try:
        data = json.loads(example.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as why:
        raise Refused("{file} isn't JSON: {why}.", file=example.name, why=why) from why
    found = dotted(items).get(data) if items else data
    return found if isinstance(found, list) else []
