"""How the pages say what the exchange knows: kinds of record, their fields, states and decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from quarterday import UNITS, Measure, RecordKind, Sentence, said
from quarterday.services.portals.naming import Subject

KINDS: Mapping[RecordKind, Sentence] = {
    RecordKind.CONTRACT: said("Contract"),
    RecordKind.COMMITMENT: said("Commitment"),
    RecordKind.ENTRY: said("Entry"),
    RecordKind.EVIDENCE: said("Evidence"),
    RecordKind.VERDICT: said("Decision on an entry"),
}
"""One record of a kind."""
MANY: Mapping[RecordKind, Sentence] = {
    RecordKind.CONTRACT: said("Contracts"),
    RecordKind.COMMITMENT: said("Commitments"),
    RecordKind.ENTRY: said("Entries"),
    RecordKind.EVIDENCE: said("Evidence"),
    RecordKind.VERDICT: said("Decisions on entries"),
}
"""All of a kind."""
FIELDS: Mapping[str, Sentence] = {
    "entry": said("Number of the entry"),
    "decision": said("Decision"),
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
    "kind": said("Link or file"),
    "media_type": said("Kind of file"),
    "digest": said("Fingerprint of the content (SHA-256)"),
}
"""A field, in words."""
DECISIONS: Mapping[str, Sentence] = {
    "accepted": said("Accepted"),
    "queried": said("Queried"),
    "rejected": said("Rejected"),
}
"""What was decided on an entry."""
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
LINK_OR_FILE: Mapping[str, Sentence] = {"link": said("Link"), "file": said("File")}
"""What backs an entry."""
NUMBERS: Mapping[str, Sentence] = {
    "GB-COH-": said("Company number {number}"),
    "GB-CHC-": said("Charity number {number}"),
    "GB-PPON-": said("Public procurement number {number}"),
    "VAT-": said("VAT number {number}"),
}
"""By which number an organisation is known, by how it begins between systems."""

_EXACT = re.compile(r"-?\d{1,30}([./]\d{1,30})?", re.ASCII)

Shown = str | date | Fraction
"""Words, a day, or a quantity in the measure's unit."""


def value(name: str, text: str, subject: Subject | None = None) -> Shown:
    """What stands in a field, as people say it; what isn't known as such a thing stays as it came."""
    match name:
        case "starts" | "ends" | "first" | "last":
            return _day(text)
        case "quantity" | "target":
            return _number(text)
        case "share":
            part = _number(text)
            return f"{_percent(part)}%" if isinstance(part, Fraction) else part
        case "decision":
            return DECISIONS.get(text, text)
        case "kind":
            return LINK_OR_FILE.get(text, text)
        case "supplier_number":
            return _called(text)
        case "unit":
            return unit(text, subject.measure if subject else None)
    if subject and name == "contract" and text == subject.reference:
        return f"{subject.title} ({text})"
    if subject and subject.measure and name == "measure" and text == subject.measure.ref:
        return f"{subject.measure.title} ({text})"
    return text


def _day(text: str) -> str | date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _number(text: str) -> str | Fraction:
    try:
        return Fraction(text) if _EXACT.fullmatch(text) else text
    except ZeroDivisionError:
        return text


def _percent(part: Fraction) -> str:
    return f"{float(part * 100):.3f}".rstrip("0").rstrip(".")


def unit(text: str, measure: Measure | None) -> str:
    """A unit as people say it for many: “weeks”; one that isn't known stays as it came."""
    if measure and measure.unit.id == text:
        return measure.unit_words
    return Sentence(UNITS[text].many or text) if text in UNITS else text


def _called(text: str) -> str:
    for begins, sentence in NUMBERS.items():
        if text.startswith(begins):
            return said(sentence, number=text.removeprefix(begins))
    return text
