"""The rule for local measures: what lies outside the local area is excluded, not discounted."""

from __future__ import annotations

from quarterday.domain.claims import Claim
from quarterday.domain.counting.findings import Circumstances, Effect, Finding, Numbers
from quarterday.domain.locality import Side, place
from quarterday.domain.sentences import said


def local_only(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """What lies outside the local area is excluded; what can't be told is undecided (DOMAIN 4.15 and 5)."""
    if at.local is None:
        sentence = said("No local area is set for this catalogue: name one with --local-area.")
        return Finding("local-only", Effect.UNDECIDED, sentence)
    part = claim.part_postcode
    found = place(part, at.areas_under.get(part, ()), claim.is_local, at.local, at.reaches.get(part))
    match found.side:
        case Side.OUTSIDE:
            return Finding("local-only", Effect.EXCLUDED, said("Outside the local area ({how}).", how=found.how))
        case Side.UNKNOWN:
            return Finding("local-only", Effect.UNDECIDED, said("Local or not: {how}.", how=found.how))
        case Side.INSIDE:
            return Finding("local-only", Effect.NOTE, said("Local: {how}.", how=found.how))
