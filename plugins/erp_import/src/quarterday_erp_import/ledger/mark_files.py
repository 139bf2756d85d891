"""Order numbers and services of contracts from a file, like a list of orders out of the finance system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from quarterday import Refused, Sentence, said
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger.contract_marks import LONGEST, Mark, Sort, add_marks, plain
from quarterday_erp_import.reading import heading
from quarterday_erp_import.reading.records import cells
from quarterday_erp_import.reading.text import Text, texts

MOST = 200_000
"""So many records are read."""

_HEADER_WITHIN = 20
_CONTRACT = ("contract", "contractref", "contractreference", "reference", "ourreference")
_SORTS = {
    Sort.ORDER: ("order", "ordernumber", "orderno", "po", "ponumber", "pono", "purchaseorder", "purchaseordernumber"),
    Sort.CONTRACT: ("contractnumber", "contractno", "financenumber", "contractid"),
    Sort.SERVICE: ("service", "directorate", "department", "costcentre", "servicearea"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking such a file in came to."""

    marks: int
    """How many marks it has for the authority's contracts."""
    new: int
    odd: tuple[tuple[int, Sentence], ...]
    """The lines that can't be used, and why."""


def import_marks(uow: UnitOfWork, actor: Actor, *, path: Path, authority_id: int) -> Taken:
    """Take in the marks of contracts from a CSV or a workbook with a column for the contract's reference, and columns
    for order numbers, other numbers or services, of which a row may have any.

    Raises :class:`Refused` for a file without such columns, and as :func:`~quarterday_erp_import.ledger.contract_marks.
    add_marks`.
    """
    with uow.read(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        scope.authority(work, authority_id)
        contracts = {plain(one.reference): one.id for one in scope.contracts(work) if one.authority_id == authority_id}
    with texts(path) as found:
        of_contract, columns, records = _table(found)
        marks, odd = list[Mark](), list[tuple[int, Sentence]]()
        for line, row in islice(records, MOST):
            reference = _cell(row, of_contract)
            if plain(reference) not in contracts:
                odd.append((line, said("“{reference}” is no contract of yours today.", reference=reference[:40])))
                continue
            typed = [(sort, _cell(row, at)) for sort, at in columns.items() if plain(_cell(row, at))]
            if long := [text for _, text in typed if len(text) > LONGEST]:
                odd.append((line, said("“{text}…” is too long.", text=long[0][:40])))
                continue
            marks += [Mark(contracts[plain(reference)], sort, text) for sort, text in typed]
    new = add_marks(uow, actor, authority_id=authority_id, marks=marks)
    return Taken(len({one.of_contract for one in marks}), new, tuple(odd))


def _table(found: Sequence[Text]) -> tuple[int, dict[Sort, int], Iterator[tuple[int, list[str]]]]:
    """The column of contracts, the columns of marks, and the records after the first header that names both."""
    for text in found:
        records = _records(text)
        for _, row in islice(records, _HEADER_WITHIN):
            names = [plain(cell).lower() for cell in row]
            contracts = _at(names, _CONTRACT)
            columns = {sort: at for sort, known in _SORTS.items() if (at := _at(names, known)) is not None}
            if contracts is not None and columns:
                return contracts, columns, records
    raise Refused(
        "The file needs a column for the contract's reference, and one for order numbers, contract numbers or "
        "services: call them “contract”, “order number”, “contract number” and “service”."
    )


def _at(names: list[str], known: Iterable[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _cell(row: list[str], at: int) -> str:
    return " ".join(row[at].split()) if at < len(row) else ""


def _records(text: Text) -> Iterator[tuple[int, list[str]]]:
    delimiter = heading.delimiter_of(text.head().decode("utf-8", "replace"))
    for window in text.windows(delimiter):
        for record in range(len(window.starts)):
            found = cells(window.text(record), delimiter)
            if any(cell.strip() for cell in found):
                yield int(window.lines[record]), found
