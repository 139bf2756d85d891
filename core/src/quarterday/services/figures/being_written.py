"""What is being written in a return, counted as submitting would count it now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quarterday.domain import asking
from quarterday.domain.catalogue import Measure
from quarterday.domain.cells import CellProblem
from quarterday.domain.claims import Claim
from quarterday.domain.counting.findings import Effect, Finding
from quarterday.domain.periods import Period
from quarterday.domain.statement import CountedClaim, state
from quarterday.domain.typed import read_claim
from quarterday.postcodes import areas_under
from quarterday.services.returns.drafts import Draft
from quarterday.services.returns.reported import Reported, terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry being written, and what would come of it if it were submitted now."""

    number: int
    """By which the rules' sentences call it: its place in the return, from 1."""
    draft: Draft
    measure: Measure
    late_period_id: int | None
    problems: tuple[CellProblem, ...]
    """Cells to put right; then nothing of it is counted."""
    counted: CountedClaim | None
    evidence: int
    asked: tuple[str, ...]
    """The fields of the return that a form asks for it."""

    @property
    def asks(self) -> tuple[tuple[Finding, str], ...]:
        """What the rules ask, hold back or cut, each with the field in which it is answered."""
        findings = self.counted.findings if self.counted else ()
        return tuple((one, asking.answered_in(one.rule)) for one in findings if one.effect is not Effect.NOTE)


def lines_of(
    found: Reported,
    drafts: Sequence[Draft],
    past: Sequence[tuple[int, Period]],
    backing: Mapping[int, int],
) -> list[Line]:
    """The step that reads and counts drafts, what is for one period together, as submitting does.

    ``past`` are the contract's earlier periods with their ids, ``backing`` how much evidence backs each draft.
    """
    ids = {period: period_id for period_id, period in past}
    read = {number: read_claim(number, draft.typed, found.edition) for number, draft in enumerate(drafts, 1)}
    together: dict[Period, list[Claim]] = defaultdict(list)
    for number, draft in enumerate(drafts, 1):
        if isinstance(claim := read[number], Claim):
            together[draft.late_period or found.period].append(claim)
    areas = areas_under({claim.part_postcode for claims in together.values() for claim in claims})
    counted = {
        one.claim.line: one
        for period, claims in together.items()
        for measured in state(claims, terms(found, areas, period)).lines
        for one in measured.claims
    }
    measures = {measure.ref: measure for measure in found.edition.measures}
    lines = []
    for number, draft in enumerate(drafts, 1):
        problems = read[number]
        ours, measure = counted.get(number), measures[draft.typed["ref"]]
        rules = frozenset(finding.rule for finding in ours.findings) if ours else frozenset[str]()
        lines.append(
            Line(
                number=number,
                draft=draft,
                measure=measure,
                late_period_id=ids[draft.late_period] if draft.late_period else None,
                problems=() if isinstance(problems, Claim) else problems,
                counted=ours,
                evidence=backing.get(draft.id, 0),
                asked=asking.asked(measure, found.edition, found.values, draft.typed, rules),
            )
        )
    return lines
