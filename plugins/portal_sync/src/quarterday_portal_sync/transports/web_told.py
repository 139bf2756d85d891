"""What a portal's interface tells of its records: as they came in a list, or by a webhook, under the same keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from quarterday import BadRecord, RecordKind, said
from quarterday_portal_sync.mapping.layouts import Listing
from quarterday_portal_sync.transports.port import Told
from quarterday_portal_sync.transports.web_answers import at, text_at

if TYPE_CHECKING:
    from quarterday_portal_sync.mapping.file import PortalMapping

_MOST_NAME = 200


def told_of_changes(mapping: PortalMapping, listing: Listing, items: Iterable[object]) -> Iterator[Told | BadRecord]:
    """What the items of a list with the changes of all kinds tell: of each the kind is found by its resource."""
    by_name: dict[str, list[RecordKind]] = {}
    for kind in mapping.kinds:
        if resource := mapping.resource(kind):
            by_name.setdefault(resource.name, []).append(kind)
    for item in items:
        kinds = list(mapping.kinds)
        if listing.resource:
            name = text_at(item, listing.resource)
            if name not in by_name:
                why = said("It is of “{name}”, which the mapping doesn't have.", name=name[:_MOST_NAME])
                yield BadRecord(f"item/{digest(item)}", why)
                continue
            kinds = by_name[name]
        yield from told_of(mapping, kinds, listing, [item])


def told_of(
    mapping: PortalMapping, kinds: Iterable[RecordKind], listing: Listing, items: Iterable[object]
) -> Iterator[Told | BadRecord]:
    """What the items of a list tell; an item may hold a record of each of several kinds."""
    wanted = tuple(kinds)
    for item in items:
        raw = at(item, listing.record)
        if not isinstance(raw, Mapping):
            yield BadRecord(f"item/{digest(item)}", said("It holds no record."))
            continue
        for kind in wanted:
            if mapping.is_of(kind, raw):
                yield Told(kind, raw, _key(mapping, kind, raw, item), "")


def _key(mapping: PortalMapping, kind: RecordKind, raw: Mapping[str, object], item: object) -> str:
    """What tells this content of a record from every other, also from another under the same version of theirs.

    Without versions all that was said of the record counts, like when: it may come to be again what it was before.
    """
    name, version = mapping.external_id_of(kind, raw), mapping.version_of(kind, raw)
    if not name or len(name) > _MOST_NAME:
        name = digest(name)
    if len(version) > _MOST_NAME:
        version = digest(version)
    return f"{kind}/{name}/{version}/{digest(raw if version else item)}"


def digest(data: object) -> str:
    """What tells a piece of JSON from another."""
    return sha256(json.dumps(data, sort_keys=True, default=_plain).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _plain(value: Any) -> str:
    return str(value)
