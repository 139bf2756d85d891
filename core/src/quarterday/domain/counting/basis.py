"""Rules for what must stand behind a figure: the basis of a carbon saving, and words."""

from __future__ import annotations

from quarterday.domain.claims import Claim
from quarterday.domain.counting.findings import Circumstances, Effect, Finding, Numbers
from quarterday.domain.exact import shown
from quarterday.domain.sentences import listed, said


def carbon(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """A carbon saving needs a baseline and its year, a later figure, a net-zero policy, an independent check.

    DOMAIN 4.12. What is missing is asked for; figures that don't agree are undecided.
    """
    basis = claim.carbon
    if basis.baseline is not None and basis.after is not None:
        saved = basis.baseline - basis.after
        if saved != claim.amount.quantity:
            sentence = said(
                "{baseline} before and {after} after make {saved} tonnes, not {quantity}: correct one of them.",
                baseline=shown(basis.baseline, 4),
                after=shown(basis.after, 4),
                saved=shown(saved, 4),
                quantity=shown(claim.amount.quantity, 4),
            )
            return Finding("carbon", Effect.UNDECIDED, sentence)
    missing = [
        what
        for what, is_there in (
            (said("a baseline"), basis.baseline is not None),
            (said("the baseline's year"), bool(basis.baseline_year)),
            (said("the later figure"), basis.after is not None),
            (said("a net-zero policy"), bool(basis.has_net_zero_policy)),
            (said("who checked it independently"), bool(basis.checked_by)),
        )
        if not is_there
    ]
    if not missing:
        return None
    return Finding("carbon", Effect.ASK, said("Still missing behind this saving: {missing}.", missing=listed(missing)))


def words(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """A claim needs words beside its number; some councils disregard one without (DOMAIN 4.11)."""
    if claim.words.strip():
        return None
    if numbers.get("disregard"):
        return Finding(
            "words", Effect.EXCLUDED, said("No words: this council disregards a claim that doesn't say what was done.")
        )
    return Finding("words", Effect.ASK, said("No words: say in a sentence what was done."))
