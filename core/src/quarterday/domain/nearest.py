"""The hint that ends a sentence about a name nobody knows: the nearest one that is known."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """“did you mean …?” with the nearest of ``known``, whatever the case; ``otherwise`` when none is near.

    Without an ``otherwise`` it lists what is known.
    """
    from difflib import get_close_matches

    folded = {one.casefold(): one for one in known}
    near = get_close_matches(name.strip().casefold(), folded, n=1, cutoff=0.5)
    if near:
        return f"did you mean “{folded[near[0]]}”?"
    return otherwise or f"it may be {', '.join(folded.values())}."
