"""Count and value one return: the main job, from a supplier's file to a statement that explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quarterday.domain.catalogue import Catalogue, LocalArea
from quarterday.domain.counting.findings import Circumstances
from quarterday.domain.periods import Period
from quarterday.domain.statement import Statement, Terms, state
from quarterday.domain.values import ValueSet
from quarterday.services.returns.on_file import ReturnOnFile, read_return


@dataclass(frozen=True, slots=True)
class Valued:
    """A return as it was read, and what it comes to."""

    on_file: ReturnOnFile
    statement: Statement


def value_return(
    path: Path,
    edition: Catalogue,
    values: ValueSet | None,
    *,
    given: Mapping[str, str],
    period: Period | None = None,
    contract_months: int | None = None,
    local: LocalArea | None = None,
) -> Valued:
    """Read a return's file, apply every counting rule of the edition and value what counts.

    ``given`` maps fields to the file's own headers. ``local`` is the edition's own local area where not given.
    Raises :class:`~quarterday.errors.Refused` for a file that is no return; rows that can't be used are in the answer.
    """
    from quarterday.postcodes import areas_under

    on_file = read_return(path, edition, given)
    at = Circumstances(
        period=period,
        contract_months=contract_months,
        local=local or edition.local_area,
        areas_under=areas_under({claim.part_postcode for claim in on_file.claims}),
    )
    terms = Terms(edition=edition, values=values, at=at)
    return Valued(on_file, state(on_file.claims, terms, unread_rows=on_file.rejected_rows))
