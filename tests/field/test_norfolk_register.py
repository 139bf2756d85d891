"""The register of a real council, as it was published: every row goes in or is kept aside with its reason."""

from __future__ import annotations

import csv
from pathlib import Path

from quarterday.db.engine import open_engine
from quarterday.db.schema import upgrade
from quarterday.db.work import UnitOfWork
from quarterday.services.imports import import_contracts, write_quarantine
from quarterday.services.promises import contracts
from quarterday.testing.builders import OPERATOR, an_authority


def test_every_row_of_the_register_is_accounted_for(field_data: Path, tmp_path: Path) -> None:
    register = field_data / "contracts" / "norfolk_contracts_register_2015.csv"
    engine = open_engine(f"sqlite:///{tmp_path / 'record.db'}")
    upgrade(engine)
    uow = UnitOfWork(engine)
    authority = an_authority(uow)
    done = import_contracts(uow, OPERATOR, authority_id=authority, path=register)
    aside = {fault.line for fault in done.faults}
    assert done.rows == 5729 == done.added + done.completed + done.unchanged + len(aside)
    assert all(fault.place and fault.why for fault in done.faults)
    assert done.added == len(contracts.contracts(uow, OPERATOR)) > 2500

    write_quarantine(tmp_path / "aside.csv", done)
    with register.open(encoding="utf-8", newline="") as file:
        published = [[cell.strip() for cell in row] for row in csv.reader(file)]
    with (tmp_path / "aside.csv").open(encoding="utf-8-sig", newline="") as file:
        kept = [row[:-1] for row in csv.reader(file)]
    assert kept == [published[0], *(published[line - 1] for line in sorted(aside))]

    again = import_contracts(uow, OPERATOR, authority_id=authority, path=register)
    assert (again.added, again.completed, again.unchanged, again.faults) == (0, 0, 5729 - len(aside), done.faults)
    engine.dispose()
