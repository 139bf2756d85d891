"""Measure who is matched on the half of the labelled names that nothing was learnt from, as tables.

    QUARTERDAY_FIELD_DATA=... python scripts/matching.py

A name is looked up among all names of its own ledger but itself; a match to another id is wrong. How the ledgers are
put together, and what the tables say, stands in docs/explanation/matching.md.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from quarterday_erp_import.payees.identifiers import comparable
from quarterday_erp_import.payees.known import Known
from quarterday_erp_import.payees.names import read
from quarterday_erp_import.payees.payee import Decision, Outcome, Payee, Supplier

SPEND = {
    "devon": ("devon_*", "Supplier Name", "Supplier ID"),
    "sheffield": ("sheffield_*", "Supplier Name", "Address Book No."),
    "calderdale": ("calderdale_*", "Supplier(Beneficiary) Name", "Supplier ID"),
    "gla": ("london_*", "Vendor Name", "Vendor ID"),
    "oxford": ("oxford_[ajo]*", "Supplier Name", "Supplier ID"),
    "northtyneside": ("northtyneside_*", "Supplier (Beneficiary) Name", "Local Supplier Internal Reference"),
}
"""Whose ledger it is, its files, and the columns of name and supplier number, as the labels' evidence names them."""

VAT_COLUMNS = {"vat reg no", "vat registration number"}
NEGATIVE, UNDECIDABLE = "negative", "not decidable by name"
EASIEST = (
    "case/punct/space",
    "legal-suffix/article/&",
    "word-order",
    "truncation/extension",
    "typo/abbrev (ratio>=85)",
    "subset-tokens (branch/trading name)",
    "partial-overlap",
)
"""Kinds of variant, the easiest first: a name counts under the easiest by which its ledger holds another name of it."""

FOLDS = 10

Books = Mapping[str, Mapping[str, set[str]]]


@dataclass(frozen=True)
class LookUp:
    """A labelled name to look up: its ledger, the id that is right, and by which kind of variant it can be found."""

    book: str
    right: str
    name: str
    kind: str

    @property
    def held(self) -> bool:
        """Whether it belongs to the half that is only measured."""
        return hashlib.sha256(self.right.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True)
class Fold:
    """Names looked up together, and the ledger without them."""

    known: tuple[Supplier, ...]
    asked: tuple[LookUp, ...]


@dataclass(frozen=True)
class Confusable:
    """A name to look up, and that of another supplier for which it might be taken."""

    asked: LookUp
    other: str


def labelled(data: Path) -> list[dict[str, str]]:
    """The rows of the labelled pairs."""
    with (data / "matching" / "labelled_pairs_dev.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a spend file."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    yield from csv.DictReader(io.StringIO(text, newline=""), restval="")


def book_of(evidence: str) -> str:
    """The ledger in which a label's names stand."""
    return "vat" if evidence in ("vat", "vat_cross_ledger", "different_vat") else evidence.partition(":")[2] or evidence


def books_of(data: Path, labels: Iterable[Mapping[str, str]], ledgers: Collection[str] = tuple(SPEND)) -> Books:
    """Each ledger's ids with their names: of the spend files, and of the labels (which saw more files than we hold)."""
    books: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for ledger in ledgers:
        pattern, name_column, id_column = SPEND[ledger]
        registered: dict[str, set[str]] = defaultdict(set)
        for path in sorted((data / "spend").glob(pattern)):
            for row in rows_of(path):
                name, number = " ".join(row[name_column].split()), row[id_column].strip()
                if name and number:
                    books[ledger][number].add(name)
                    vat = next((text for column, text in row.items() if (column or "").lower() in VAT_COLUMNS), "")
                    if comparable(vat) and len(digits := re.sub(r"\D", "", vat)) in (9, 12):
                        registered[number].add(digits[:9])
        for number, vats in registered.items():
            if len(vats) == 1:
                books["vat"][vats.copy().pop()] |= books[ledger][number]
    for label in labels:
        names = {label["name_a"]} if label["same_entity"] == "0" else {label["name_a"], label["name_b"]}
        books[book_of(label["evidence"])][label["group_id"]] |= names
    return books


def look_ups(labels: Iterable[Mapping[str, str]]) -> list[LookUp]:
    """Each labelled name once, under the easiest kind of variant by which it can be found."""
    kinds: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in labels:
        if row["same_entity"] == "1":
            undecidable = row["difficulty"] == UNDECIDABLE
            for name in (row["name_a"], row["name_b"]):
                kinds[book_of(row["evidence"]), row["group_id"], name].add(
                    UNDECIDABLE if undecidable else row["variant_kind"]
                )
    order = {kind: place for place, kind in enumerate((*EASIEST, UNDECIDABLE))}
    return [LookUp(*key, min(found, key=order.__getitem__)) for key, found in sorted(kinds.items())]


def folds(books: Books, asked: Iterable[LookUp], *, absent: bool = False) -> Iterator[Fold]:
    """The look-ups in folds, at most one name of an id in each, with the ledger without those names.

    ``absent``: without anything of those ids, so that every match is wrong.
    """
    by_id: dict[tuple[str, str], list[LookUp]] = defaultdict(list)
    for one in asked:
        by_id[one.book, one.right].append(one)
    for book in sorted({book for book, _ in by_id}):
        mine = {number: found for (its, number), found in by_id.items() if its == book}
        most = max(FOLDS, *map(len, mine.values()))
        for fold in range(most):
            together = []
            for number, found in mine.items():
                start = int(hashlib.sha256(number.encode()).hexdigest()[:6], 16)
                together += [one for place, one in enumerate(found) if (start + place) % most == fold]
            if together:
                gone = {one.right: one.name for one in together}
                known = {
                    number: names - {gone.get(number)}
                    for number, names in books[book].items()
                    if not (absent and number in gone)
                }
                suppliers = tuple(Supplier(number, tuple(sorted(names))) for number, names in known.items() if names)
                yield Fold(suppliers, tuple(together))


class Twins:
    """Ids under which one ledger holds the very same name: one supplier entered twice, which no name can tell apart."""

    def __init__(self, books: Books) -> None:
        self._names = {
            (book, number): {" ".join(sorted(read(name).words)) for name in names}
            for book, ids in books.items()
            for number, names in ids.items()
        }

    def of(self, one: LookUp, number: str) -> bool:
        """Whether ``number`` is another entry of the supplier that is looked up."""
        return one.right != number and bool(
            self._names[one.book, one.right] & self._names.get((one.book, number), set())
        )


def outcome_of(one: LookUp, decision: Decision, twins: Twins) -> str:
    """What became of a look-up, in the words of the tables."""
    if decision.outcome is Outcome.MATCHED and decision.supplier is not None:
        if decision.supplier == one.right:
            return "right"
        return "twin" if twins.of(one, decision.supplier) else "wrong"
    if decision.outcome is Outcome.ASKED:
        return "asked, offered" if one.right in [c.supplier for c in decision.candidates] else "asked, not offered"
    return str(decision.outcome)


def settled(all_folds: Iterable[Fold]) -> Iterator[tuple[LookUp, Decision]]:
    """Each look-up with what was decided."""
    for fold in all_folds:
        yield from zip(fold.asked, Known(fold.known).settle([Payee(one.name) for one in fold.asked]), strict=True)


COLUMNS = ("right", "twin", "wrong", "asked, offered", "asked, not offered", "new", "no supplier")
"""What becomes of a look-up: matched to the right id, to its twin or to another; asked; new; taken for no supplier."""


def shown(title: str, counted: Mapping[str, Counter[str]], *, shares: bool = True) -> None:
    """One table, in Markdown."""
    heads = [title, "names", *COLUMNS]
    heads += ["precision", "precision, twins apart", "recall unasked", "recall with asking"] if shares else []
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for label, found in counted.items():
        names, right, twin, wrong = found.total(), found["right"], found["twin"], found["wrong"]
        cells = [label, f"{names:,}", *(f"{found[column]:,}" for column in COLUMNS)]
        if shares:
            cells += [_share(right, right + twin + wrong, 4), _share(right, right + wrong, 4)]
            cells += [_share(right, names, 3), _share(right + found["asked, offered"], names, 3)]
        print(f"| {' | '.join(cells)} |")


def _share(part: int, whole: int, digits: int) -> str:
    return f"{part / whole:.{digits}f}" if whole else "–"


def two_suppliers(books: Books, labels: Iterable[Mapping[str, str]], *, held: bool) -> tuple[Books, list[Confusable]]:
    """The labelled pairs of two suppliers of one half, and the ledger in which the one's name is looked up.

    In it stands the other supplier, and not the own.
    """
    pairs = [
        Confusable(LookUp("vat", row["group_id"], row["name_a"], NEGATIVE), row["name_b"])
        for row in labels
        if row["same_entity"] == "0"
    ]
    pairs = [pair for pair in pairs if pair.asked.held == held]
    return {"vat": dict(books["vat"]) | {f"the other {pair.other}": {pair.other} for pair in pairs}}, pairs


def negatives(books: Books, labels: Iterable[Mapping[str, str]]) -> None:
    """How often the one is taken for the other."""
    others, pairs = two_suppliers(books, labels, held=True)
    decisions = dict(settled(folds(others, dict.fromkeys(pair.asked for pair in pairs), absent=True)))
    confused = sum(pair.other in others["vat"].get(decisions[pair.asked].supplier or "", set()) for pair in pairs)
    found = Counter(str(decision.outcome) for decision in decisions.values())
    print(f"\nLabelled negatives of the held half: {len(pairs)} pairs, {confused} matched to the other.")
    print(f"Their {len(decisions)} names, looked up without their own supplier: {dict(found)}.")


def main() -> int:
    """Measure."""
    data = Path(os.environ["QUARTERDAY_FIELD_DATA"])
    labels = labelled(data)
    books = books_of(data, labels)
    twins = Twins(books)
    asked = look_ups(labels)
    held = [one for one in asked if one.held]
    by_kind: dict[str, Counter[str]] = {kind: Counter() for kind in (*EASIEST, "all decidable by name", UNDECIDABLE)}
    by_book: dict[str, Counter[str]] = defaultdict(Counter)
    for one, decision in settled(folds(books, held)):
        found = outcome_of(one, decision, twins)
        by_kind[one.kind][found] += 1
        if one.kind != UNDECIDABLE:
            by_kind["all decidable by name"][found] += 1
            by_book[one.book][found] += 1
    shown("kind of variant", by_kind)
    shown("ledger (decidable by name)", by_book)
    gone: dict[str, Counter[str]] = defaultdict(Counter)
    for one, decision in settled(folds(books, [one for one in held if one.kind != UNDECIDABLE], absent=True)):
        gone[one.book][outcome_of(one, decision, twins)] += 1
    shown("ledger, its own supplier left out", gone, shares=False)
    negatives(books, labels)
    return 0


if __name__ == "__main__":
    sys.exit(main())
