"""Find from half of the labelled names what likeness counts, and how sure a match must be that nobody is asked about.

    QUARTERDAY_FIELD_DATA=... python scripts/learn_matching.py      write payees/likeness.toml anew

``scripts/matching.py`` says how names are looked up, and measures the other half.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import product
from pathlib import Path

import numpy as np
from matching import NEGATIVE, UNDECIDABLE, Fold, LookUp, Twins, books_of, folds, labelled, look_ups, two_suppliers
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from quarterday_erp_import.payees.comparing import QUALITIES, Comparison, readings
from quarterday_erp_import.payees.kinds import looks
from quarterday_erp_import.payees.likeness import Certainty, Likeness
from quarterday_erp_import.payees.names import read
from quarterday_erp_import.payees.nearest import LEAST_COSINE, NEAREST, ONLY_BY_THE_SAME_NAME
from quarterday_erp_import.payees.payee import CANDIDATES
from quarterday_erp_import.payees.trigrams import Trigrams

MOST_WRONG = 0.007
"""Of the matches, where the supplier is in the ledger; another entry of the same supplier is wrong."""

MOST_WRONG_ABSENT = 0.013
"""Matches where it isn't in the ledger, against those where it is; another entry of the same supplier is left out."""

RECALL = 0.951
STEPS = [round(float(line), 3) for line in np.arange(0.6, 0.995, 0.01)]
FOLDS = 5

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Met:
    """The pairs that some look-ups meet, a row each; ``look_up`` is the place of the look-up among ``asked``."""

    asked: list[LookUp]
    absent: Flags
    look_up: NDArray[np.int64]
    supplier: list[str]
    qualities: Floats
    same: Flags
    unlike: Flags
    right: Flags
    twin: Flags


@dataclass(frozen=True)
class Firsts:
    """For each look-up the likeliest supplier's pair, and the qualities of the next likeliest (noughts for none)."""

    first: Floats
    second: Floats
    same: Flags
    settled: Flags
    """Whether the pair may be settled at all: neither numbers nor legal forms differ, nor is it a person's."""
    right: Flags
    twin: Flags
    absent: Flags
    negative: Flags
    """Labelled as two suppliers and looked up for being alike: lines are drawn by such, nothing is learnt from them."""
    group: list[str]


def met(ledgers: Iterable[tuple[Fold, bool]], twins: Twins) -> Met:
    """All pairs of the folds; with each fold, whether the right supplier was left out of it."""
    asked: list[LookUp] = []
    absent: list[bool] = []
    rows: list[tuple[int, str, bool, bool]] = []
    parts: list[tuple[Floats, Flags, Flags]] = []
    for fold, left_out in ledgers:
        held = [(one.id, reading) for one in fold.known for text in one.names for reading in readings(read(text))]
        comparison = Comparison([reading for _, reading in held])
        names = [(place, reading) for place, one in enumerate(fold.asked) for reading in readings(read(one.name))]
        side = comparison.side([reading for _, reading in names])
        pairs = Trigrams(comparison.known.texts).nearest(side.texts, NEAREST, LEAST_COSINE)
        compared = comparison.of(side, pairs)
        for a, k in zip(pairs.asked.tolist(), pairs.known.tolist(), strict=True):
            place, number = names[a][0], held[k][0]
            one = fold.asked[place]
            rows.append((len(asked) + place, number, one.right == number, twins.of(one, number)))
        parts.append((compared.qualities, compared.same, compared.unlike))
        asked += fold.asked
        absent += [left_out] * len(fold.asked)
    look_up, supplier, right, twin = zip(*rows, strict=True)
    qualities, same, unlike = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Met(
        asked, np.array(absent), np.array(look_up), list(supplier), qualities, same, unlike,
        np.array(right), np.array(twin),
    )  # fmt: skip


def regression(table: Floats, truth: Flags) -> tuple[Floats, float]:
    """What each column counts, and the start."""
    spread = table.std(axis=0) + 1e-9
    found = LogisticRegression(max_iter=5000, C=0.3).fit(table / spread, truth)
    return (found.coef_[0] / spread).astype(np.float32), float(found.intercept_[0])


def firsts(all_pairs: Met, likely: Floats) -> tuple[Firsts, list[float]]:
    """The likeliest and the next, and how likely the likeliest is where the right one is offered."""
    best: dict[int, list[int]] = {}
    for row in np.argsort(-likely, kind="stable").tolist():
        near = best.setdefault(int(all_pairs.look_up[row]), [])
        if all_pairs.supplier[row] not in [all_pairs.supplier[other] for other in near]:
            near.append(row)
    first = np.array([near[0] for near in best.values()])
    second = np.array([near[1] if len(near) > 1 else -1 for near in best.values()])
    asked = [all_pairs.asked[place] for place in best]
    same = all_pairs.same[first]
    firms = np.array([looks(read(one.name)).kind not in ONLY_BY_THE_SAME_NAME for one in asked])
    found = Firsts(
        first=all_pairs.qualities[first],
        second=np.where(second[:, None] < 0, 0, all_pairs.qualities[second]).astype(np.float32),
        same=same,
        settled=~all_pairs.unlike[first] & (same | firms),
        right=all_pairs.right[first],
        twin=all_pairs.twin[first],
        absent=all_pairs.absent[list(best)],
        negative=np.array([one.kind == NEGATIVE for one in asked]),
        group=[f"{one.book} {one.right}" for one in asked],
    )
    offered = [
        float(likely[near[0]])
        for place, near in best.items()
        if not all_pairs.absent[place] and any(all_pairs.right[row] for row in near[:CANDIDATES])
    ]
    return found, offered


def certainties(found: Firsts) -> tuple[Certainty, Certainty]:
    """How sure matches by the same and by a like name are.

    The lines are drawn as low as what may be wrong allows, by what is said of names that nothing was learnt from: the
    half is parted in five, and each is judged by the other four.
    """
    taught = found.settled & ~(found.absent & found.twin) & ~found.negative
    judged = np.zeros(len(taught))
    for learning, judging in GroupKFold(FOLDS).split(found.first, found.right, found.group):
        for same in (True, False):
            ours = judging[found.same[judging] == same]
            taught_by = learning[(taught & (found.same == same))[learning]]
            judged[ours] = _certainty(found, taught_by, same).of(found.first[ours], found.second[ours])
    judged[~found.settled] = -1
    same_line, like_line = drawn_lines(found, judged)
    same_name = _certainty(found, np.flatnonzero(taught & found.same), True)
    like_name = _certainty(found, np.flatnonzero(taught & ~found.same), False)
    return replace(same_name, line=same_line), replace(like_name, line=like_line)


def _certainty(found: Firsts, rows: NDArray[np.int64], same: bool) -> Certainty:
    """What these rows teach; of a like name, to have nobody else near counts no more than it does on the average."""
    table = np.hstack((found.first[rows], found.second[rows]))
    counts, start = regression(table, found.right[rows])
    first, second = counts[: len(QUALITIES)], counts[len(QUALITIES) :]
    unopposed = 0.0 if same else float((found.second[rows] @ second).mean())
    return Certainty(first, second, start, unopposed, line=1.0)


def drawn_lines(found: Firsts, sure: NDArray[np.float64]) -> Sequence[float]:
    """The lines for the same and for a like name with which the most are matched to the right one."""
    kinds = [{line: _counted(found, part & (sure >= line)) for line in STEPS} for part in (found.same, ~found.same)]
    best, lines = 0, (1.0, 1.0)
    for same, like in product(STEPS, STEPS):
        right, wrong, absent = kinds[0][same] + kinds[1][like]
        matched = right + wrong
        if right > best and wrong <= MOST_WRONG * matched and absent <= MOST_WRONG_ABSENT * matched:
            best, lines = right, (same, like)
    return lines


def _counted(found: Firsts, matched: Flags) -> NDArray[np.int64]:
    """How many are right, wrong, and wrong where the supplier isn't in the ledger."""
    wrong = matched & ~found.right
    return np.array(
        [(matched & found.right).sum(), (wrong & ~found.absent).sum(), (wrong & found.absent & ~found.twin).sum()]
    )


def written(found: Likeness) -> str:
    """``likeness.toml``."""
    lines = [
        "# What the qualities of a pair of names count (a logistic regression), and how sure a match must be.",
        "# Written by scripts/learn_matching.py from half of the labelled names; measured on the other half.",
        f"asked = {found.asked}",
        f"start = {found.start:.3f}",
        *_table("counts", found.counts),
    ]
    for name, certainty in (("same_name", found.same_name), ("like_name", found.like_name)):
        lines += ["", f"[{name}]", f"line = {certainty.line}", f"start = {certainty.start:.3f}"]
        lines.append(f"unopposed = {certainty.unopposed:.3f}")
        lines += _table(f"{name}.first", certainty.first) + _table(f"{name}.second", certainty.second)
    return "\n".join(lines) + "\n"


def _table(name: str, counts: Floats) -> list[str]:
    rows = [f"{quality} = {count:.3f}" for quality, count in zip(QUALITIES, counts, strict=True)]
    return ["", f"[{name}]", *rows]


def main() -> int:
    """Write the file."""
    data = Path(os.environ["QUARTERDAY_FIELD_DATA"])
    labels = labelled(data)
    books = books_of(data, labels)
    twins = Twins(books)
    learning = [one for one in look_ups(labels) if not one.held and one.kind != UNDECIDABLE]
    ledgers = [(fold, absent) for absent in (False, True) for fold in folds(books, learning, absent=absent)]
    others, confusable = two_suppliers(books, labels, held=False)
    ledgers += [(fold, True) for fold in folds(others, dict.fromkeys(pair.asked for pair in confusable), absent=True)]
    pairs = met(ledgers, twins)
    taught = ~pairs.twin & np.array([one.kind != NEGATIVE for one in pairs.asked])[pairs.look_up]
    counts, start = regression(pairs.qualities[taught], pairs.right[taught])
    likely = (1 / (1 + np.exp(-(pairs.qualities @ counts + start)))).astype(np.float32)
    found, offered = firsts(pairs, likely)
    same_name, like_name = certainties(found)
    place = min(int(RECALL * len(learning)), len(offered) - 1)
    asked = float(np.floor(sorted(offered, reverse=True)[place] * 1000) / 1000)
    target = Path(str(files("quarterday_erp_import.payees"))) / "likeness.toml"
    target.write_text(written(Likeness(counts, start, same_name, like_name, asked)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
