"""What a record is about, in words and with the page on which people look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from quarterday import RecordKind, Sentence, said


@dataclass(frozen=True, slots=True)
class About:
    """What a record is about."""

    text: Sentence
    href: str
    """The page of it here; "" where it has none."""


def about(kind: RecordKind, key: str, fields: Mapping[str, str]) -> About:
    """What a record is about, by its fields; ``key`` is our own, "" for one that only they have."""
    number = key.partition("/")[2]
    match kind:
        case RecordKind.CONTRACT:
            href = url_for("council.contract", contract_id=number) if number else ""
            return About(said("{title} ({reference})", title=_of(fields, "title"), reference=_contract(fields)), href)
        case RecordKind.COMMITMENT:
            return About(
                said("{measure} of {contract}", measure=_of(fields, "measure"), contract=_contract(fields)), ""
            )
        case RecordKind.ENTRY:
            href = url_for("council.explain_one", entry_id=number) if number else ""
            parts = {name: _of(fields, name) for name in ("quantity", "unit", "measure")}
            return About(said("{quantity} {unit} of {measure}, {contract}", **parts, contract=_contract(fields)), href)
        case RecordKind.EVIDENCE | RecordKind.VERDICT:
            entry = fields.get("entry", "")
            href = url_for("council.explain_one", entry_id=entry) if entry.isdecimal() else ""
            return About(said("Claim {number}", number=entry or "?"), href)


def _of(fields: Mapping[str, str], name: str) -> str:
    return fields.get(name) or "?"


def _contract(fields: Mapping[str, str]) -> str:
    return _of(fields, "contract")
