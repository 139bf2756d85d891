"""What every way to the other side can do, whether it is a folder of files or an interface on the web."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from quarterday import Answered, BadRecord, RecordKind
from quarterday_portal_sync.mapping.mapped import Shaped


@dataclass(frozen=True, slots=True)
class Told:
    """A record that the other side told us of, in its own shape."""

    kind: RecordKind
    raw: Shaped
    key: str
    """What tells this content of this record from every other that it tells us of."""
    cursor: str
    """Where to go on after it."""


@dataclass(frozen=True, slots=True)
class Going:
    """A record on its way, in the other side's shape."""

    kind: RecordKind
    key: str
    """Ours: ``entry/12``."""
    send: str
    """The idempotency key of this content of it."""
    external_id: str
    version: str
    row: Shaped


@dataclass(frozen=True, slots=True)
class Sent:
    """What came back: what the other side calls the delivery, and what it says of each record."""

    reference: str
    answers: tuple[Answered, ...]


class Transport(Protocol):
    """A way to the other side. Making one opens nothing."""

    def changed(self, since: str) -> Iterator[Told | BadRecord]:
        """What was changed there since a cursor ("" for all), the oldest change first; raises as ``items`` does."""
        ...

    def listed(self) -> Iterator[Told | BadRecord]:
        """All that they hold now, each once; raises as ``items`` does."""
        ...

    def send(self, going: Sequence[Going], key: str) -> Sent:
        """Send records, and return once they have arrived for good; under the same keys again, nothing happens twice.

        Raises as ``deliver`` does.
        """
        ...

    def rehearse(self, going: Sequence[Going], key: str) -> bytes:
        """What ``send`` would send, byte for byte where that can be said; nothing is opened."""
        ...
