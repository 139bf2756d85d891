"""How the pages say what the exchange knows: kinds of record, their fields, states and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from quarterday import RecordKind, Sentence, said

KINDS: Mapping[RecordKind, Sentence] = {
    RecordKind.CONTRACT: said("Contract"),
    RecordKind.COMMITMENT: said("Commitment"),
    RecordKind.ENTRY: said("Claim"),
    RecordKind.EVIDENCE: said("Evidence"),
    RecordKind.VERDICT: said("Decision on a claim"),
}
"""One record of a kind."""
MANY: Mapping[RecordKind, Sentence] = {
    RecordKind.CONTRACT: said("Contracts"),
    RecordKind.COMMITMENT: said("Commitments"),
    RecordKind.ENTRY: said("Claims"),
    RecordKind.EVIDENCE: said("Evidence"),
    RecordKind.VERDICT: said("Decisions on claims"),
}
"""All of a kind."""
FIELDS: Mapping[str, Sentence] = {
    "contract": said("Contract"),
    "title": said("Title"),
    "supplier": said("Supplier"),
    "supplier_number": said("Number of the supplier"),
    "starts": said("Begins"),
    "ends": said("Ends"),
    "measure": said("Measure"),
    "unit": said("Unit"),
    "target": said("Promised"),
    "first": said("From"),
    "last": said("To"),
    "quantity": said("Quantity"),
    "share": said("Share of this contract"),
    "entry": said("Claim number"),
    "kind": said("Link or file"),
    "media_type": said("Kind of file"),
    "digest": said("SHA-256"),
    "decision": said("Decision"),
}
"""A field, in words."""
DECISIONS: Mapping[str, Sentence] = {
    "accepted": said("Accepted"),
    "queried": said("Queried"),
    "rejected": said("Rejected"),
}
"""What was decided on a claim."""
STATES: Mapping[str, tuple[Sentence, str]] = {
    "same": (said("Both have it alike"), "green"),
    "under way": (said("On its way"), "blue"),
    "stopped": (said("Stopped"), "red"),
    "conflict": (said("Differs"), "yellow"),
    "waiting": (said("Waits for somebody"), "yellow"),
    "gone": (said("Gone from the portal"), "red"),
}
"""How a record stands, and the colour of its tag."""
PURPOSES: Mapping[str, Sentence] = {
    "sync": said("Exchange"),
    "reconcile": said("Comparison"),
    "replay": said("Sent again"),
}
"""What a run was for."""
COUNTS: Mapping[str, Sentence] = {
    "read": said("read"),
    "rejected": said("not readable"),
    "sent": said("sent"),
    "taken": said("taken there"),
    "stopped": said("stopped"),
    "conflicts": said("differing"),
    "overtaken": said("changed there meanwhile"),
    "refused": said("refused"),
    "recognised": said("recognised"),
}
"""What a run counts, in words; a count of another name is a number for the command line."""
WHICH: Mapping[str, Sentence] = {
    "only here": said("Only here"),
    "only there": said("Only in the portal"),
    "different": said("Different"),
}
"""In what a record differs."""
SETTLED: Mapping[str, Sentence] = {
    "ours": said("Ours holds"),
    "theirs": said("The portal’s holds"),
    "leave": said("Both stay as they are"),
}
"""How a conflict was settled."""


_DAYS = frozenset({"starts", "ends", "first", "last"})


def value(name: str, text: str) -> str | date:
    """What stands in a field, as people say it; a day as one."""
    if name in _DAYS and text:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return DECISIONS.get(text, text) if name == "decision" else text
