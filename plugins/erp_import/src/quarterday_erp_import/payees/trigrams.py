"""Names as weighted runs of three letters (TF-IDF), and the nearest known ones to each.

A run that few known names hold says much, one that many hold says little. Runs are hashed into a fixed number of
columns, so that letters of every alphabet are welcome and nothing needs to be learnt from the names asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

COLUMNS = 1 << 17
_MIX = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D], dtype=np.uint32)
_BETWEEN = ord("\n")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of a name asked about and a known name, by their rows, with the cosine of their weighted runs."""

    asked: NDArray[np.int64]
    known: NDArray[np.int64]
    cosine: NDArray[np.float32]


class Trigrams:
    """Known names, ready to be compared with others. ``texts``: names as :func:`names.normal` writes them."""

    def __init__(self, texts: Sequence[str]) -> None:
        counted = _counted(texts)
        held = np.bincount(counted.indices, minlength=COLUMNS)
        self._weights = (np.log((1 + len(texts)) / (1 + held)) + 1).astype(np.float32)
        self._known = self._weighted(counted)
        self._columns = csr_matrix(self._known.T)

    def weighed(self, texts: Sequence[str]) -> csr_matrix:
        """One row a text, of length 1 (all noughts for an empty text)."""
        return self._weighted(_counted(texts))

    def nearest(self, texts: Sequence[str], most: int, least: float, threads: int = 1) -> Pairs:
        """For each text the ``most`` known names of the highest cosine, none under ``least``; best first."""
        if not texts or not self._known.shape[0]:
            none = np.zeros(0, dtype=np.int64)
            return Pairs(none, none, np.zeros(0, dtype=np.float32))
        found = sp_matmul_topn(
            self.weighed(texts), self._columns, top_n=most, threshold=least, sort=True, n_threads=threads
        )
        asked = np.repeat(np.arange(len(texts), dtype=np.int64), np.diff(found.indptr))
        return Pairs(asked, found.indices.astype(np.int64), found.data.astype(np.float32))

    def _weighted(self, counted: csr_matrix) -> csr_matrix:
        weighed = counted.data * self._weights[counted.indices]
        lengths = np.sqrt(np.add.reduceat(np.append(weighed**2, 0.0), counted.indptr[:-1]))
        lengths[np.diff(counted.indptr) == 0] = 1.0
        data = (weighed / np.repeat(lengths, np.diff(counted.indptr))).astype(np.float32)
        return csr_matrix((data, counted.indices, counted.indptr), shape=counted.shape)


def _counted(texts: Sequence[str]) -> csr_matrix:
    """How often each run of three letters stands in each text, a space before and after it."""
    together = "".join(f"\n {text} " for text in texts) + "\n"
    signs = np.frombuffer(together.encode("utf-32-le"), dtype=np.uint32)
    first, second, third = signs[:-2], signs[1:-1], signs[2:]
    within = (first != _BETWEEN) & (second != _BETWEEN) & (third != _BETWEEN)
    mixed = first * _MIX[0] ^ (second * _MIX[1] << np.uint32(3)) ^ (third * _MIX[2] << np.uint32(7))
    columns = ((mixed ^ (mixed >> np.uint32(15))) % np.uint32(COLUMNS))[within].astype(np.int32)
    rows = (np.cumsum(signs[:-2] == _BETWEEN) - 1)[within]
    runs = csr_matrix((np.ones(len(columns), dtype=np.float32), (rows, columns)), shape=(len(texts), COLUMNS))
    runs.sum_duplicates()
    return runs
