"""Rules across claims: the same person, pound, hour, week or tonne counts once, and shares stay within the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction

from quarterday.domain.claims import Claim, PersonMonths
from quarterday.domain.counting.findings import Effect, Finding
from quarterday.domain.exact import shown
from quarterday.domain.sentences import numbered, said

Found = dict[int, list[Finding]]
"""Findings by the claim's place in the sequence."""


def pair(claims: Sequence[Claim], refs: tuple[str, str], of: str) -> Found:
    """A pair of measures that may hold the same person (or pound, hour, week): warn, ask, record the answer.

    It is a rule per person or pound, not per measure, so the pair is never forbidden (DOMAIN 4.9). Claims with
    labels that differ are taken as different; the later claim of each doubtful pair is asked about.
    """
    found: Found = defaultdict(list)
    ours = [(place, claim) for place, claim in enumerate(claims) if claim.ref in refs]
    for place, claim in ours:
        others = [
            other.line
            for before, other in ours
            if before < place and other.ref != claim.ref and _may_be_the_same(claim, other)
        ]
        if not others:
            continue
        lines = numbered(len(others), "line {lines}", "lines {lines}", lines=", ".join(map(str, others)))
        if claim.counted_once:
            answered = said("May hold the {of} as {lines}; the supplier has answered.", of=of, lines=lines)
            found[place].append(Finding("once", Effect.NOTE, answered))
        else:
            asks = said("Is this the {of} as in {lines}? It counts once: answer in “counted once”.", of=of, lines=lines)
            found[place].append(Finding("once", Effect.ASK, asks))
    return found


def one_group(claims: Sequence[Claim], refs: Iterable[str]) -> Found:
    """One person may count in one disadvantaged group, never in two (DOMAIN 4.9).

    The same label in two groups: for a single person the later claim is undecided until answered; for several
    people it is asked about, since they may be different ones.
    """
    bound = set(refs)
    first: dict[str, Claim] = {}
    found: Found = defaultdict(list)
    for place, claim in enumerate(claims):
        label = claim.activity.strip().casefold()
        if claim.ref not in bound or not label:
            continue
        before = first.setdefault(label, claim)
        if before.ref == claim.ref:
            continue
        twice = said(
            "“{label}” is also in {ref}, line {line}; one person counts in one group only",
            label=claim.activity,
            ref=before.ref,
            line=before.line,
        )
        if claim.counted_once:
            found[place].append(
                Finding("one-group", Effect.NOTE, said("{twice}; the supplier has answered.", twice=twice))
            )
            continue
        is_single = isinstance(claim.amount, PersonMonths) and claim.amount.people <= 1
        effect = Effect.UNDECIDED if is_single else Effect.ASK
        asks = said("{twice}: say in “counted once” whether it is someone else.", twice=twice)
        found[place].append(Finding("one-group", effect, asks))
    return found


def shares(claims: Sequence[Claim]) -> Found:
    """Shares of one activity never exceed 100% (DOMAIN 4.10): the claim that goes over is undecided.

    One activity is one label, one measure and times that overlap; claims without a label can't be compared.
    """
    found: Found = defaultdict(list)
    by_activity: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for place, claim in enumerate(claims):
        label = claim.activity.strip().casefold()
        if not label:
            continue
        before = [other for other in by_activity[claim.ref, label] if _overlap(claim, other)]
        total = sum((other.attribution for other in before), claim.attribution)
        if total > 1:
            lines = ", ".join(str(other.line) for other in before)
            over = said(
                "“{activity}” is claimed at {total}% together with line {lines}; an activity counts once: "
                "correct the shares, the dates or the label.",
                activity=claim.activity,
                total=shown(total * 100, 1),
                lines=lines,
            )
            found[place].append(Finding("shares", Effect.UNDECIDED, over))
        else:
            by_activity[claim.ref, label].append(claim)
    return found


def share_left(claimed: Iterable[Fraction]) -> Fraction:
    """What is left of one activity after the shares claimed elsewhere; never below 0 (DOMAIN 4.10)."""
    return max(Fraction(1) - sum(claimed, Fraction(0)), Fraction(0))


def _may_be_the_same(claim: Claim, other: Claim) -> bool:
    a, b = claim.activity.strip().casefold(), other.activity.strip().casefold()
    return a == b or not a or not b


def _overlap(claim: Claim, other: Claim) -> bool:
    """Whether the times overlap; a date that isn't given leaves that end open."""
    starts_in_time = claim.started is None or other.ended is None or claim.started <= other.ended
    ends_in_time = claim.ended is None or other.started is None or claim.ended >= other.started
    return starts_in_time and ends_in_time
