"""What a reconciliation found: records here and there, kind by kind, with totals of both sides and what they lack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from quarterday.domain.exact import exact_text
from quarterday.domain.portal_records import RecordKind

SHOWN = 20
"""So many records of a kind are named that are only here, only there or different."""


class Which(StrEnum):
    """In what a record differs."""

    ONLY_HERE = "only here"
    ONLY_THERE = "only there"
    DIFFERENT = "different"


@dataclass(slots=True)
class Tally:
    """How many records of a kind there are of each sort."""

    kind: RecordKind
    ours: int = 0
    """That we have, and that count."""
    theirs: int = 0
    """That they have."""
    alike: int = 0
    different: int = 0
    unsent: int = 0
    """Of ours: they don't have it, and as was agreed it isn't sent; it is in no total."""
    only_here: int = 0
    only_there: int = 0
    gone: int = 0
    """Of those only here: they had them once."""
    stopped: int = 0
    """Of ours: they can't go there, like one whose measure has no counterpart."""
    unmapped: int = 0
    """Of theirs: nothing here takes them as they are, like one whose measure has no counterpart."""
    asked: int = 0
    """Conflicts that wait for somebody."""
    left: int = 0
    """Of those different: somebody left both as they are."""


@dataclass(slots=True)
class Total:
    """What both sides have of one measure, in its unit; exact."""

    kind: RecordKind
    measure: str
    unit: str
    ours: Fraction = Fraction(0)
    theirs: Fraction = Fraction(0)
    stopped: int = 0
    """How many records in our total can't go there."""
    unread: int = 0
    """How many records of each side are of this measure, and in neither total: what they say is no number."""

    @property
    def is_alike(self) -> bool:
        """Whether both sides have as much, and nothing is left out."""
        return self.ours == self.theirs and not self.stopped and not self.unread


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that isn't the same on both sides."""

    kind: RecordKind
    which: Which
    key: str
    """Our own: ``entry/12``; "" for one that only they have."""
    external_id: str
    fields: tuple[str, ...] = ()
    """The names of those that differ."""


@dataclass(slots=True)
class Reconciliation:
    """What came of holding all that a portal has against all that we have."""

    run_id: int
    portal: str
    at: datetime
    """When the run began."""
    listed: int = 0
    """How many records the portal gave."""
    rejected: int = 0
    """Of those that are no records, which are in no other number."""
    tallies: list[Tally] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    """The first of each sort."""

    @property
    def is_alike(self) -> bool:
        """Whether both sides have the same, and nothing is left out."""
        return not self.rejected and all(
            one.alike == one.ours - one.unsent == one.theirs and not one.unmapped and not one.stopped
            for one in self.tallies
        )

    def counts(self) -> dict[str, Any]:
        """As a run keeps it, and as JSON has it: numbers and keys, no words."""
        return {
            "listed": self.listed,
            "rejected": self.rejected,
            "kinds": [asdict(one) for one in self.tallies],
            "totals": [
                {**asdict(one), "ours": exact_text(one.ours), "theirs": exact_text(one.theirs)} for one in self.totals
            ],
            "differences": [{**asdict(one), "fields": list(one.fields)} for one in self.differences],
        }


def kept(run_id: int, portal: str, at: datetime, counts: Mapping[str, Any]) -> Reconciliation:
    """A reconciliation, by what its run kept."""
    return Reconciliation(
        run_id,
        portal,
        at,
        counts.get("listed", 0),
        counts.get("rejected", 0),
        [Tally(**{**one, "kind": RecordKind(one["kind"])}) for one in counts.get("kinds", [])],
        [_total(one) for one in counts.get("totals", [])],
        [_difference(one) for one in counts.get("differences", [])],
    )


def _total(data: Mapping[str, Any]) -> Total:
    exact = {name: Fraction(data[name]) for name in ("ours", "theirs")}
    return Total(**{**data, **exact, "kind": RecordKind(data["kind"])})


def _difference(data: Mapping[str, Any]) -> Difference:
    named = {"kind": RecordKind(data["kind"]), "which": Which(data["which"]), "fields": tuple(data["fields"])}
    return Difference(**{**data, **named})
