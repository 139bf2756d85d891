"""Files in a place outside: whether one is whole and wanted, which feed it is of, and what the host is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from quarterday import BadRecord, Item, said
from quarterday.services.places.place import MOST_KEY, Entry, is_wanted, shown

KIND = "spend-file"
"""The kind of a spend file's item."""

FEED = "spend"
"""The feed of files that lie in no folder of their own."""


def item_of(entry: Entry) -> Item:
    """What the host is told of a file."""
    folder, _, name = entry.path.rpartition("/")
    payload = {
        "name": name,
        "feed": folder.strip("/").partition("/")[0] or FEED,
        "path": entry.path,
        "changed": datetime.fromtimestamp(entry.changed, UTC).isoformat(),
    }
    return Item(entry.key, KIND, payload, "")


def items(entries: Iterable[Entry], *, whole_by: float) -> Iterator[Item | BadRecord]:
    """The files that are wanted and were last changed by a moment (seconds since 1970), the oldest first."""
    for one in sorted(entries, key=lambda one: (one.changed, one.path)):
        if not is_wanted(one.path) or one.changed > whole_by or not one.size:
            continue
        if (path := shown(one.path)) == one.path:
            yield item_of(one)
        else:
            yield BadRecord(path[:MOST_KEY], said("Its name has signs that are no text; give it another name."))
