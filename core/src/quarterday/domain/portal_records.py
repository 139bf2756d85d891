"""What two systems exchange: records of a few kinds, whose fields are text, with the agreement on each kind.

A record is ours or theirs; both sides' are held against each other by the digest of their fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from quarterday.domain.canonical import digest_of_texts


class RecordKind(StrEnum):
    """What a record is about."""

    CONTRACT = "contract"
    COMMITMENT = "commitment"
    """A contract's promise for one measure."""
    ENTRY = "entry"
    """What a supplier claims: for one contract, measure and period."""
    EVIDENCE = "evidence"
    """A link or a file that backs an entry."""
    VERDICT = "verdict"
    """A decision on an entry: accepted with a quantity, queried, rejected."""


FIELDS: Mapping[RecordKind, tuple[str, ...]] = {
    RecordKind.CONTRACT: ("contract", "title", "supplier", "supplier_number", "starts", "ends"),
    RecordKind.COMMITMENT: ("contract", "measure", "unit", "target"),
    RecordKind.ENTRY: ("contract", "measure", "unit", "first", "last", "quantity", "share"),
    RecordKind.EVIDENCE: ("entry", "kind", "link", "file", "media_type", "digest"),
    RecordKind.VERDICT: ("entry", "decision", "quantity"),
}
"""The fields of each kind, all text, "" for what isn't known.

``contract`` is the reference by which the authority knows it, ``measure`` the ref in the contract's edition, ``unit``
its unit; ``first`` and ``last`` are days as ISO 8601 has them; ``quantity``, ``target`` and ``share`` are exact:
``12.5``, or ``1/3`` where decimals don't end. ``entry`` is the entry's number with us; ``decision`` is accepted,
queried or rejected. ``supplier_number`` is like ``GB-COH-01234567``. ``file`` is the content of a file as base64, and
``link`` an address. What somebody wrote goes along beside the fields, as ``words``, and is no part of the digest."""

_NEEDED = {RecordKind.COMMITMENT: ("target",), RecordKind.ENTRY: ("quantity",)}

MEDIA_TYPE = "application/x-ndjson"
"""Of a document with such records: JSON, a record a line."""

NOT_COMPARED = frozenset({"link", "file"})
"""Fields that two systems word differently: what is held against each other of evidence is its digest."""


_KEY = re.compile(r"([a-z]+)/([1-9]\d{0,17})", re.ASCII)


def keyed(key: str) -> tuple[str, int]:
    """The kind and the number in a key of ours, like ``entry/12``; "" and 0, which is nobody's, for what is none."""
    found = _KEY.fullmatch(key)
    return (found[1], int(found[2])) if found else ("", 0)


_COMPARED = {kind: tuple(name for name in names if name not in NOT_COMPARED) for kind, names in FIELDS.items()}


class Owner(StrEnum):
    """Whose word counts where both sides changed a record."""

    OURS = "ours"
    THEIRS = "theirs"
    NEWEST = "newest"
    """Whoever changed it last, once a person has confirmed that."""


class Direction(StrEnum):
    """Which way a kind of record goes."""

    OUT = "out"
    IN = "in"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed with the other side on one kind of record."""

    direction: Direction
    owner: Owner

    @property
    def goes_out(self) -> bool:
        """Whether ours are sent there."""
        return self.direction is not Direction.IN

    @property
    def comes_in(self) -> bool:
        """Whether theirs are taken in here."""
        return self.direction is not Direction.OUT


def digest_of(kind: RecordKind, fields: Mapping[str, str]) -> str:
    """What tells two contents of a record apart: SHA-256 over the fields that are compared, whatever their order.

    A field that is missing is one that is blank.
    """
    return digest_of_texts([kind, *[fields.get(name, "") for name in _COMPARED[kind]]])


def is_legible(kind: RecordKind, facts: Mapping[str, str]) -> bool:
    """Whether what the other side was last seen to have says what it has: nothing was wrong with it (``trouble``), and
    no number is missing, as once a field there has another name."""
    return not facts.get("trouble") and all(facts.get(name) for name in _NEEDED.get(kind, ()))


class EntriesSent(StrEnum):
    """Which entries the authority gives out."""

    CLAIMED = "claimed"
    """All that were submitted, whatever was decided on them."""
    ACCEPTED = "accepted"
    """Those that the council accepted."""


class VerdictsTaken(StrEnum):
    """What becomes of a decision that was made over there."""

    REVIEW = "review"
    """It is a review, by the actor “portal”."""
    SUGGESTION = "suggestion"
    """It stands beside the entry, and a person decides."""


class EvidenceSent(StrEnum):
    """How evidence goes out."""

    LINK = "link"
    """Links alone; files stay here, and the other side is told that there is one, by its digest."""
    FILE = "file"
    """Links as links, files with their content."""


@dataclass(frozen=True, slots=True)
class PortalTerms:
    """What an authority agreed with a portal."""

    agreements: Mapping[RecordKind, Agreement]
    """By kind; a kind that isn't there is not exchanged."""
    mapping: str
    """The digest of what turns our records into theirs: what it stopped is tried again once this is another."""
    entries: EntriesSent = EntriesSent.CLAIMED
    verdicts: VerdictsTaken = VerdictsTaken.SUGGESTION
    evidence: EvidenceSent = EvidenceSent.LINK
    batch: int = 200
    """How many records go out together."""
    untold: Mapping[RecordKind, frozenset[str]] = field(default_factory=dict)
    """By kind, the fields that the other side has no place for: of one of ours it has them as they were sent last."""
