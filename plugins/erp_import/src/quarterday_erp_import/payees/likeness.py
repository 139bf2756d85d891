"""How likely two names are one payee's, from what they have in common; the numbers are data, in ``likeness.toml``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from quarterday_erp_import.payees.comparing import QUALITIES
from quarterday_erp_import.payees.words import table


@dataclass(frozen=True, slots=True)
class Likeness:
    """What each quality counts, and where the lines are drawn (likelihoods, 0 to 1).

    ``same_name``, ``like_name``: at least this to be matched unasked, where the words are the same and where they
    aren't, with no other supplier over ``next_best``. ``asked``: at least this for a person to be asked; with nothing
    over it the payee is new.
    """

    counts: NDArray[np.float32]
    start: float
    same_name: float
    like_name: float
    next_best: float
    asked: float

    def of(self, qualities: NDArray[np.float32]) -> NDArray[np.float32]:
        """The likelihood of each row of qualities (columns: :data:`comparing.QUALITIES`)."""
        return np.asarray(1 / (1 + np.exp(-(qualities @ self.counts + self.start))), dtype=np.float32)

    def settles(self, likely: Sequence[float], same: bool) -> bool:
        """Whether the first of these suppliers is the one without asking.

        ``likely``: the likelihoods of all, the likeliest first. ``same``: the first has the same words.
        """
        enough = likely[0] >= (self.same_name if same else self.like_name)
        return enough and (len(likely) < 2 or likely[1] <= self.next_best)


@cache
def likeness() -> Likeness:
    """The likeness of ``likeness.toml``, found and measured as docs/explanation/matching.md says."""
    read = table("likeness.toml")
    return Likeness(
        counts=np.array([read["counts"][quality] for quality in QUALITIES], dtype=np.float32),
        start=read["start"],
        **read["lines"],
    )
