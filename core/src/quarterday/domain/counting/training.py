"""Rules for placements and training."""

from __future__ import annotations

from quarterday.domain.claims import Claim, WeeksEach
from quarterday.domain.counting.findings import Circumstances, Effect, Finding, Numbers
from quarterday.domain.exact import shown
from quarterday.domain.sentences import said


def weeks_each(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """Each placement lasts ``at_least`` to ``at_most`` weeks: unpaid 1–6, paid six or more (DOMAIN 4.13)."""
    least, most = int(numbers.get("at_least", 0)), int(numbers.get("at_most", 0))
    wanted = said("{least} to {most}", least=least, most=most) if most else said("{least} or more", least=least)
    if not isinstance(claim.amount, WeeksEach):
        sentence = said(
            "Each placement must last {wanted} weeks: enter people and weeks each, so that it can be checked.",
            wanted=wanted,
        )
        return Finding("weeks-each", Effect.ASK, sentence)
    if least <= claim.amount.weeks and (not most or claim.amount.weeks <= most):
        return None
    sentence = said(
        "{weeks} weeks each; a placement counts at {wanted} weeks.", weeks=shown(claim.amount.weeks), wanted=wanted
    )
    return Finding("weeks-each", Effect.EXCLUDED, sentence)


def completed(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """Training weeks count if completed or supported to completion, even past the contract's end (DOMAIN 4.13)."""
    if claim.is_completed:
        return None
    if claim.is_completed is None:
        sentence = said("Was the training completed, or is it supported to completion? Say yes or no in “completed”.")
        return Finding("completed", Effect.ASK, sentence)
    return Finding(
        "completed", Effect.EXCLUDED, said("The training was neither completed nor supported to completion.")
    )
