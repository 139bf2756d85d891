"""A return counted and valued: for each measure what counts, what it is worth, and why.

The data flows one way: claims → findings of the rules → what counts → its £ → lines → totals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from quarterday.domain.catalogue import Catalogue, Kind, Measure
from quarterday.domain.claims import Amount as Claimed
from quarterday.domain.claims import Claim, Invested
from quarterday.domain.counting import judge
from quarterday.domain.counting.findings import STRENGTH, Circumstances, Effect, Finding
from quarterday.domain.counting.over_time import latest, together
from quarterday.domain.sentences import numbered, said
from quarterday.domain.units import Runs
from quarterday.domain.valuation import Amount, find_unit_value, total, value
from quarterday.domain.values import Shipped, UnitValue, ValueSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a return is counted and valued by. Without a value set quantities are complete and no £ is known."""

    edition: Catalogue
    values: ValueSet | None = None
    at: Circumstances = field(default_factory=Circumstances)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedClaim:
    """One claim, what the rules found, what of it counts and what that is worth."""

    claim: Claim
    findings: tuple[Finding, ...]
    quantity: Fraction
    """What counts, in the measure's unit, before attribution; 0 when nothing does."""
    unit_value: UnitValue | None = None
    amount: Amount | None = None
    """None where the measure never adds money, and until it is valued."""

    @property
    def standing(self) -> Effect:
        """The strongest effect among the findings; NOTE when there are none: the claim counts."""
        return max((finding.effect for finding in self.findings), key=STRENGTH.__getitem__, default=Effect.NOTE)

    @property
    def is_late(self) -> bool:
        """Whether it belongs to a period before the return's own."""
        return any(finding.rule == "late" and finding.effect is Effect.NOTE for finding in self.findings)

    @property
    def attributed(self) -> Fraction:
        """What counts for this contract: the quantity × its share of the activity."""
        return self.quantity * self.claim.attribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measure of the return: its claims, the quantity they make together, and what that is worth."""

    measure: Measure
    claims: tuple[CountedClaim, ...]
    quantity: Fraction | None
    """In the measure's unit; None where no claim counts or nothing is a number."""
    amount: Amount | None
    """None where the measure never adds money; else the exact sum of its claims' amounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A whole return. Local economic value and the rest stand apart, then together (DOMAIN 4.17)."""

    terms: Terms
    lines: tuple[Line, ...]
    local_economic: Amount
    social: Amount
    total: Amount

    @property
    def is_illustrative(self) -> bool:
        """Whether its £ are made up, which every screen and report must say."""
        return self.terms.values is not None and self.terms.values.shipped is Shipped.ILLUSTRATIVE

    def amount_of(self, effect: Effect) -> Amount:
        """What the claims of one standing are worth together (the doubtful ones, say)."""
        return total(
            counted.amount
            for line in self.lines
            for counted in line.claims
            if counted.standing is effect and counted.amount is not None
        )

    @property
    def late(self) -> Amount:
        """What the late claims are worth; part of the total, shown apart (DOMAIN 4.18)."""
        return total(c.amount for line in self.lines for c in line.claims if c.is_late and c.amount is not None)


def state(claims: Sequence[Claim], terms: Terms, *, unread_rows: int = 0) -> Statement:
    """Count and value the claims of one return. Rows that could not be read make every total incomplete."""
    lines = [_line(measure, counted, terms) for measure, counted in count(claims, terms)]
    gap = Amount(0, False, (_unread(unread_rows),)) if unread_rows else Amount(0)
    local = total(line.amount for line in lines if line.amount and line.measure.is_local_economic)
    social = total(line.amount for line in lines if line.amount and not line.measure.is_local_economic)
    return Statement(
        terms=terms,
        lines=tuple(lines),
        local_economic=total((local, gap)),
        social=total((social, gap)),
        total=total((local, social, gap)),
    )


def count(claims: Sequence[Claim], terms: Terms) -> list[tuple[Measure, list[CountedClaim]]]:
    """What counts of the claims of one return, by measure in the edition's order; nothing is valued."""
    by_ref: dict[str, list[tuple[Claim, list[Finding]]]] = defaultdict(list)
    for claim, findings in zip(claims, judge(claims, terms.edition, terms.at), strict=True):
        by_ref[claim.ref].append((claim, findings))
    counted = []
    for measure in terms.edition.measures:
        if ours := by_ref.get(measure.ref):
            if measure.over_time in (Runs.STOCK, Runs.RATE):
                ours = _only_the_latest(measure, ours)
            counted.append((measure, [_count(measure, claim, findings, terms) for claim, findings in ours]))
    return counted


def _line(measure: Measure, counted: Sequence[CountedClaim], terms: Terms) -> Line:
    if measure.kind is Kind.MONETISED:
        counted = [_valued(measure, one, terms) for one in counted]
    figures = [(c.claim.ended, c.attributed) for c in counted if _counts(c.findings)]
    return Line(
        measure=measure,
        claims=tuple(counted),
        quantity=together(measure.over_time, figures) if measure.unit.is_counted else None,
        amount=total(c.amount for c in counted if c.amount) if measure.kind is Kind.MONETISED else None,
    )


def _only_the_latest(
    measure: Measure, ours: Sequence[tuple[Claim, list[Finding]]]
) -> list[tuple[Claim, list[Finding]]]:
    """A stock is never summed: of the claims that count, the latest counts and the others say so (DOMAIN 4.16)."""
    standing = [number for number, (_, findings) in enumerate(ours) if _counts(findings)]
    if len(standing) < 2:
        return list(ours)
    last = standing[latest([ours[number][0].ended for number in standing])]
    sentence = said(
        "The latest figure counts, line {line}: {unit} are not added up.",
        line=ours[last][0].line,
        unit=measure.unit_words,
    )
    replaced = Finding("latest", Effect.EXCLUDED, sentence)
    return [
        (claim, [*findings, replaced] if number in standing and number != last else findings)
        for number, (claim, findings) in enumerate(ours)
    ]


def _counts(findings: Sequence[Finding]) -> bool:
    return not any(finding.effect in (Effect.UNDECIDED, Effect.EXCLUDED) for finding in findings)


def _count(measure: Measure, claim: Claim, findings: Sequence[Finding], terms: Terms) -> CountedClaim:
    quantity = Fraction(0)
    if _counts(findings):
        quantity = claim.amount.quantity
        for hours, _, rate in _staff_time(measure, claim.amount, terms):
            if rate:
                quantity += hours * rate.value
        for finding in findings:
            if finding.effect is Effect.PART:
                quantity *= finding.counts
    return CountedClaim(claim=claim, findings=tuple(findings), quantity=quantity)


def _valued(measure: Measure, counted: CountedClaim, terms: Terms) -> CountedClaim:
    claim, gaps = counted.claim, list[str]()
    if _counts(counted.findings):
        for _, what, rate in _staff_time(measure, claim.amount, terms):
            if rate is None:
                gaps.append(
                    said(
                        "{ref}: no hourly rate for {what} time, so its hours are not in the £.",
                        ref=measure.ref,
                        what=what,
                    )
                )
    if any(finding.effect is Effect.UNDECIDED for finding in counted.findings):
        gaps.append(said("{ref}, line {line}: undecided, so not in the total.", ref=measure.ref, line=claim.line))
    unit_value, micropounds = None, 0
    if counted.quantity:
        day = _day(claim, terms.at)
        unit_value, gap = find_unit_value(
            measure, terms.edition.key, terms.values, local=terms.at.local, day=day, industry=claim.industry
        )
        if unit_value:
            worth = unit_value.value.as_integer_ratio()
            micropounds = value(counted.quantity.as_integer_ratio(), worth, claim.attribution.as_integer_ratio())
        else:
            gaps.append(gap)
    return CountedClaim(
        claim=claim,
        findings=counted.findings,
        quantity=counted.quantity,
        unit_value=unit_value,
        amount=Amount(micropounds, not gaps, tuple(gaps)),
    )


def _staff_time(measure: Measure, given: Claimed, terms: Terms) -> list[tuple[Fraction, str, UnitValue | None]]:
    """Hours inside “£ invested”, of whom, and the hourly rate that turns them into £, if any (DOMAIN 4.7)."""
    if not isinstance(given, Invested):
        return []
    turns = any(rule.rule == "staff-time" and measure.ref in rule.measures for rule in terms.edition.rules)
    values = terms.values if turns else None
    sorts = (
        (given.staff_hours, said("staff"), values.staff_hour if values else None),
        (given.expert_hours, said("expert"), values.expert_hour if values else None),
    )
    return [(hours, what, rate) for hours, what, rate in sorts if hours]


def _day(claim: Claim, at: Circumstances) -> date | None:
    """The day whose unit value applies: the claim's end within the period, else the period's last day."""
    if at.period is None:
        return claim.ended or claim.started
    return min(claim.ended or at.period.last, at.period.last)


def _unread(rows: int) -> str:
    return numbered(
        rows, "{n} row could not be read and is in no figure.", "{n} rows could not be read and are in no figure."
    )
