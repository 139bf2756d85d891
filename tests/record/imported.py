"""What the tests of imports share: sheets to take in, and what came of it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from quarterday.db.models import METADATA
from quarterday.db.work import UnitOfWork
from quarterday.services.imports import (
    Imported,
)
from quarterday.testing.builders import (
    OPERATOR,
)

REGISTER = Path(__file__).parent / "samples" / "contracts_register.csv"
CONTRACTS = "reference,title,starts,ends,supplier,company number,contract manager\n"
PROMISED = "contract,measure,quantity,spread\n"


def everything(uow: UnitOfWork) -> dict[str, int]:
    """How many rows each table has."""
    with uow.read(OPERATOR) as work:
        count = select(func.count())
        return {
            name: work.connection.execute(count.select_from(table)).scalar_one()
            for name, table in METADATA.tables.items()
        }


def sheet(folder: Path, text: str) -> Path:
    path = folder / "sheet.csv"
    path.write_text(text)
    return path


def counts(done: Imported) -> tuple[int, int, int, int]:
    assert done.rows == done.added + done.completed + done.unchanged + done.quarantined
    assert len({fault.line for fault in done.faults}) == done.quarantined
    return done.added, done.completed, done.unchanged, done.quarantined


def faults(done: Imported) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for fault in done.faults:
        found.setdefault(fault.line, []).append((fault.column, fault.why))
    return found
