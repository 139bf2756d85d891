"""The way over a portal's interface on the web: JSON over HTTPS, as the mapping's resources describe it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from quarterday import BadRecord, NotConfigured, RecordKind, Trouble
from quarterday_portal_sync.transports.port import Going, Sent, Told
from quarterday_portal_sync.transports.web_line import Line, kept_line
from quarterday_portal_sync.transports.web_lists import Part, Position, parts
from quarterday_portal_sync.transports.web_told import told_of, told_of_changes

if TYPE_CHECKING:
    from quarterday_portal_sync.mapping.file import PortalMapping
    from quarterday_portal_sync.mapping.layouts import Listing
    from quarterday_portal_sync.portal_settings import PortalSettings

_OVERLAP = timedelta(minutes=2)
_FIRST = datetime.min.replace(tzinfo=UTC) + _OVERLAP


class Web:
    """A portal's interface on the web.

    What is read goes over connections of its own, which end with the reading; what is sent goes over one line that this
    process keeps.
    """

    def __init__(self, settings: PortalSettings, mapping: PortalMapping) -> None:
        self._settings, self._mapping = settings, mapping

    def changed(self, since: str) -> Iterator[Told | BadRecord]:
        """What was changed there since a cursor, the oldest change first.

        Without one list of all changes each kind's own list is read: since the last change where it can be asked so,
        or else whole, each time; what was told before comes under the same keys. Raises
        :class:`~quarterday.Retryable`, :class:`~quarterday.NotConfigured` or :class:`~quarterday.Refused`.
        """
        start = Position.of(since)
        with Line(self._settings) as line:
            if listing := self._mapping.changes:
                for part in parts(line, listing, start.start):
                    told = list(told_of_changes(self._mapping, listing, part.items))
                    yield from _after(start, part, told)
                    start = Position()
            else:
                yield from _held(self._by_kind(line, start))

    def listed(self) -> Iterator[Told | BadRecord]:
        """All that they hold now; of what moves from one part of a list to the next while it is read, once."""
        with Line(self._settings) as line:
            for kind, listing in self._listings():
                before: set[str] = set()
                for part in parts(line, listing):
                    here: set[str] = set()
                    for told in told_of(self._mapping, [kind], listing, part.items):
                        if told.key not in before | here:
                            yield told
                        here.add(told.key)
                    before = here

    def send(self, going: Sequence[Going], key: str) -> Sent:
        """Send records, and return once they have arrived for good, with an answer for each.

        Raises :class:`~quarterday.Retryable`, :class:`~quarterday.NotConfigured` or :class:`~quarterday.Refused`;
        under the same keys again nothing happens twice.
        """
        from quarterday_portal_sync.transports.web_sending import send

        return send(kept_line(self._settings), self._mapping, going, key)

    def rehearse(self, going: Sequence[Going], key: str) -> bytes:
        """The requests that ``send`` would make, with their bodies, but for what says who we are; nothing is opened."""
        from quarterday_portal_sync.transports.web_sending import rehearse

        return rehearse(Line(self._settings), self._mapping, going, key)

    def _listings(self) -> list[tuple[RecordKind, Listing]]:
        found = []
        for kind in self._mapping.kinds:
            resource = self._mapping.resource(kind)
            if resource and resource.listing:
                found.append((kind, resource.listing))
        if not found:
            raise NotConfigured("mapping", "The mapping says of no kind of record where it is listed.")
        return found

    def _by_kind(self, line: Line, start: Position) -> Iterator[Told | BadRecord | Position]:
        """The changes by the list of each kind, and between them where to go on once all before is kept."""
        listings = self._listings()
        kinds = [str(kind) for kind, _ in listings]
        since = dict(start.since or {})
        if start.kind in kinds:  # somebody stopped in the middle: first the rest of that reading, then a whole one
            yield from self._of_each(line, listings[kinds.index(start.kind) :], start, since)
        yield from self._of_each(line, listings, Position(), since)

    def _of_each(
        self, line: Line, listings: Sequence[tuple[RecordKind, Listing]], start: Position, since: dict[str, str]
    ) -> Iterator[Told | BadRecord | Position]:
        following = [str(kind) for kind, _ in listings[1:]] + [""]
        for (kind, listing), next_kind in zip(listings, following, strict=True):
            asks = {listing.since: _before(since[kind])} if listing.since and kind in since else {}
            here = replace(start, kind=str(kind), since=dict(since))
            for part in parts(line, listing, here.start, asks):
                told = list(told_of(self._mapping, [kind], listing, part.items))
                if listing.since:
                    newest = max([here.newest, *map(self._moment, told)], key=_moment_of)
                    here = replace(here, newest=newest)
                yield from _after(here, part, told)
                here = replace(here, start="", had=0, keys="")
            if here.newest:
                since[kind] = here.newest
            start = Position()
            yield Position(kind=next_kind, since=dict(since))

    def _moment(self, told: Told | BadRecord) -> str:
        """When it was changed there, and now at the latest: since a moment to come nothing is told."""
        moment = "" if isinstance(told, BadRecord) else self._mapping.inward(told.kind, told.raw).changed_at
        return min(moment, datetime.now(UTC).isoformat(), key=_moment_of)


def _after(start: Position, part: Part, told: Sequence[Told | BadRecord]) -> Iterator[Told | BadRecord]:
    """What one part of a list tells, each with the cursor after it: the next part where the list says where that will
    begin, or else here, after so many records.

    ``start`` is where the reading went on: what it had of this part is passed over, where the same stands there now.
    """
    running, keys = sha256(), []
    for one in told:
        running.update(one.key.encode() + b"\n")
        keys.append(running.copy().hexdigest()[:12])
    had = start.had if 0 < start.had <= len(told) and keys[start.had - 1] == start.keys else 0
    for number in range(had, len(told)):
        if number == len(told) - 1 and part.next not in ("", part.start):
            at = replace(start, start=part.next, had=0, keys="")
        else:
            at = replace(start, start=part.start, had=number + 1, keys=keys[number])
        yield replace(told[number], cursor=str(at))


def _held(found: Iterator[Told | BadRecord | Position]) -> Iterator[Told | BadRecord]:
    """What was found, the last of it with the position that came after it."""
    held: Told | BadRecord | None = None
    try:
        for one in found:
            if not isinstance(one, Position):
                if held is not None:
                    yield held
                held = one
            elif held is not None:
                held = replace(held, cursor=str(one))
    except Trouble:
        if held is not None:
            yield held
        raise
    if held is not None:
        yield held


def _before(moment: str) -> str:
    """A moment a little earlier: what was changed just before another may come to be seen after it."""
    return (max(_moment_of(moment), _FIRST) - _OVERLAP).isoformat()


def _moment_of(text: str) -> datetime:
    found = datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
