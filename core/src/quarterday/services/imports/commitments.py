"""Commitments from a spreadsheet, one row a promise: each contract gets all of its promises in one step, or none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import names
from quarterday.domain.catalogue import Catalogue, Measure
from quarterday.domain.cells import Row
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.promises import Promise, Spread, promised
from quarterday.domain.values import ValueSet
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.imports.contracts import VOCABULARY as OF_CONTRACTS
from quarterday.services.imports.intake import Imported, Line, Outcome, opened, take_in
from quarterday.services.promises import awards
from quarterday.services.promises.awards import WrongPromises
from quarterday.services.scope import ContractRow
from quarterday.sheets import Vocabulary

NEEDED = ("reference", "measure", "quantity")

VOCABULARY: Vocabulary = {
    "reference": (*OF_CONTRACTS["reference"], "contract"),
    "measure": ("ref", "measure ref", "measure reference", "tom", "toms ref", "tom ref"),
    "quantity": ("target", "promised", "commitment", "committed", "amount"),
    "spread": ("how spread", "by period", "profile"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredBy:
    """What the contracts of a file are pinned to."""

    edition: Catalogue
    values: ValueSet | None = None
    """None: the commitments are quantities, and have no £."""
    local_area_id: int | None = None


@dataclass(frozen=True, slots=True)
class SaidPromise:
    """What a row says: the contract it is about, the measure's ref, and what is promised."""

    reference: str
    measure: str
    promise: Promise


def import_commitments(
    uow: UnitOfWork,
    actor: Actor,
    *,
    authority_id: int,
    path: Path,
    measured_by: MeasuredBy,
    columns: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> Imported:
    """Award an authority's contracts from CSV or Excel, one row for each contract and measure.

    A contract whose commitments are just these already stays as it is; one that has others is quarantined, for
    commitments are changed by varying them. One bad row keeps the other rows of its contract out, so that nobody
    reports on half of a promise. Raises :class:`Refused` for a file that is no such spreadsheet, or no such authority.
    """
    intake = opened(path, VOCABULARY, columns, NEEDED, partial(_read, measured_by.edition))
    _must_be_whole(intake.lines)
    return take_in(
        uow,
        actor,
        intake,
        partial(_put, authority_id, measured_by),
        authority_id=authority_id,
        action="commitments.imported",
        dry_run=dry_run,
    )


def _read(edition: Catalogue, row: Row) -> SaidPromise | None:
    reference = row.needed("reference", names.reference, "enter the contract's own reference")
    measure = row.needed("measure", partial(_measure, edition), "enter the measure's reference, like NT1")
    if measure is None:
        return None
    quantity = row.needed("quantity", lambda text: promised(text, measure), "enter how much is promised")
    if reference is None or quantity is None:
        return None
    return SaidPromise(reference, measure.ref, Promise(row.text("quantity"), row.text("spread") or Spread.EVEN))


def _measure(edition: Catalogue, text: str) -> Measure:
    found = edition.measure(text)
    if found is None:
        near = did_you_mean(text, [one.ref for one in edition.measures])
        raise ValueError(f"“{text[:40]}” is no measure of {edition.key}; {near}")
    return found


def _must_be_whole(lines: Sequence[Line[SaidPromise]]) -> None:
    """Note for each row that promises again what one before it does, and for the sound rows of a contract with any
    other, what has to be put right first."""
    promised_in: dict[tuple[str, str], str] = {}
    for line in lines:
        if not line.problems:
            said = line.says
            first = promised_in.setdefault((said.reference, said.measure), line.place)
            if first != line.place:
                line.wrong("measure", f"{said.measure} is promised in {first} too; put the quantities together.")
    wait_for: dict[str, str] = {}
    for line in lines:
        if line.problems:
            wait_for.setdefault(line.text("reference"), line.place)
    for line in lines:
        if not line.problems and line.says.reference in wait_for:
            _must_wait(line, wait_for[line.says.reference])


def _must_wait(line: Line[SaidPromise], place: str) -> None:
    line.wrong("", f"Put {place} right first; a contract gets all of its commitments in one step.")


def _put(
    authority_id: int, measured_by: MeasuredBy, work: Work, lines: Sequence[Line[SaidPromise]]
) -> Counter[Outcome]:
    scope.authority(work, authority_id)
    there = {one.reference: one for one in scope.contracts(work) if one.authority_id == authority_id}
    by_contract: defaultdict[str, list[Line[SaidPromise]]] = defaultdict(list)
    for line in lines:
        by_contract[line.says.reference].append(line)
    outcomes: Counter[Outcome] = Counter()
    for reference, rows in by_contract.items():
        contract = there.get(reference)
        if contract is None:
            for line in rows:
                why = did_you_mean(reference, list(there)) if there else "import the contracts first."
                line.wrong("reference", f"This authority has no contract “{reference}”; {why}")
        elif outcome := _awarded(work, contract, measured_by, rows):
            outcomes[outcome] += len(rows)
    return outcomes


def _awarded(
    work: Work, contract: ContractRow, measured_by: MeasuredBy, rows: Sequence[Line[SaidPromise]]
) -> Outcome | None:
    """Make the commitments of one contract; None, with the reasons noted on its rows, where that can't be."""
    promises = {line.says.measure: line.says.promise for line in rows}
    try:
        if awards.is_promised(work, contract, promises):
            return Outcome.UNCHANGED
        awards.put_award(
            work,
            contract_id=contract.id,
            edition=measured_by.edition,
            promises=promises,
            value_set=measured_by.values,
            local_area_id=measured_by.local_area_id,
        )
    except WrongPromises as wrong:
        reasons = {problem.key: problem.why for problem in wrong.problems}
        failed = [line for line in rows if line.says.measure in reasons]
        for line in failed:
            line.wrong("spread", reasons[line.says.measure])
        for line in rows:
            if line not in failed:
                _must_wait(line, failed[0].place)
        return None
    except Refused as why:
        for line in rows:
            line.wrong("", str(why))
        return None
    return Outcome.ADDED
