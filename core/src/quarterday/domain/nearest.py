"""The hint that ends a sentence about a name nobody knows: the nearest one that is known."""

from __future__ import annotations

from collections.abc import Iterable

from quarterday.domain.sentences import Sentence, said


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> Sentence:
    """“did you mean …?” with the nearest of ``known``, whatever the case; ``otherwise`` when none is near.

    Without an ``otherwise`` it lists what is known.
    """
    from difflib import get_close_matches

    folded = {one.casefold(): one for one in known}
    near = get_close_matches(name.strip().casefold(), folded, n=1, cutoff=0.5)
    if near:
        return said("did you mean “{near}”?", near=folded[near[0]])
    return Sentence(otherwise) or said("it may be {known}.", known=", ".join(folded.values()))
