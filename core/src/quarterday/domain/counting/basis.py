"""Rules for what must stand behind a figure: the basis of a carbon saving, and words."""

from __future__ import annotations

from quarterday.domain.claims import Claim
from quarterday.domain.counting.findings import Circumstances, Effect, Finding, Numbers
from quarterday.domain.exact import shown


def carbon(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """A carbon saving needs a baseline and its year, a later figure, a net-zero policy, an independent check.

    DOMAIN 4.12. What is missing is asked for; figures that don't agree are undecided.
    """
    basis = claim.carbon
    if basis.baseline is not None and basis.after is not None:
        saved = basis.baseline - basis.after
        if saved != claim.amount.quantity:
            sentence = (
                f"{shown(basis.baseline, 4)} before and {shown(basis.after, 4)} after make {shown(saved, 4)} tonnes, "
                f"not {shown(claim.amount.quantity, 4)}: correct one of them."
            )
            return Finding("carbon", Effect.UNDECIDED, sentence)
    missing = [
        what
        for what, is_there in (
            ("a baseline", basis.baseline is not None),
            ("the baseline's year", bool(basis.baseline_year)),
            ("the later figure", basis.after is not None),
            ("a net-zero policy", bool(basis.has_net_zero_policy)),
            ("who checked it independently", bool(basis.checked_by)),
        )
        if not is_there
    ]
    if not missing:
        return None
    return Finding("carbon", Effect.ASK, f"Still missing behind this saving: {', '.join(missing)}.")


def words(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """A claim needs words beside its number; some councils disregard one without (DOMAIN 4.11)."""
    if claim.words.strip():
        return None
    if numbers.get("disregard"):
        return Finding(
            "words", Effect.EXCLUDED, "No words: this council disregards a claim that doesn't say what was done."
        )
    return Finding("words", Effect.ASK, "No words: say in a sentence what was done.")
