"""How likely two names are one payee's, and whether that is sure, from what they have in common.

The numbers are data, in ``likeness.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quarterday_erp_import.payees.comparing import QUALITIES
from quarterday_erp_import.payees.words import table


@dataclass(frozen=True, slots=True)
class Certainty:
    """What counts for the likeliest supplier being the one, and what against: what the next likeliest has in common.

    ``unopposed``: what a next one that has little in common, or none at all, adds at most; that nobody else is near
    says much among thousands of suppliers and little among five. ``line``: at least so sure (0 to 1) for a match that
    nobody is asked about.
    """

    first: NDArray[np.float32]
    second: NDArray[np.float32]
    start: float
    unopposed: float
    line: float

    def of(self, first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
        """How sure each row is, by the qualities of the likeliest and of the next; noughts where there is no next."""
        return _logistic(first @ self.first + np.minimum(second @ self.second, self.unopposed) + self.start)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What each quality counts for two names being one payee's, and when that is sure.

    ``same_name``, ``like_name``: where the words are the same, and where they aren't. ``asked``: at least this
    likelihood for a person to be asked; with nothing over it the payee is new.
    """

    counts: NDArray[np.float32]
    start: float
    same_name: Certainty
    like_name: Certainty
    asked: float

    def of(self, qualities: NDArray[np.float32]) -> NDArray[np.float32]:
        """The likelihood of each row of qualities (columns: :data:`comparing.QUALITIES`)."""
        return _logistic(qualities @ self.counts + self.start)


def _logistic(sums: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-sums)), dtype=np.float32)


@cache
def likeness() -> Likeness:
    """The likeness of ``likeness.toml``, found and measured as docs/explanation/matching.md says."""
    read = table("likeness.toml")
    return Likeness(
        counts=_counts(read["counts"]),
        start=read["start"],
        same_name=_certainty(read["same_name"]),
        like_name=_certainty(read["like_name"]),
        asked=read["asked"],
    )


def _certainty(read: dict[str, Any]) -> Certainty:
    return Certainty(_counts(read["first"]), _counts(read["second"]), read["start"], read["unopposed"], read["line"])


def _counts(read: dict[str, float]) -> NDArray[np.float32]:
    return np.array([read[quality] for quality in QUALITIES], dtype=np.float32)
