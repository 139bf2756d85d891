"""A generated file with the quirks of finance systems comes out of importing as the lines it was made of."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from spend_generator import spend, write

from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file


def test_a_generated_file_is_imported_as_it_was_meant(uow: UnitOfWork, files: LineFiles, tmp_path: Path) -> None:
    meant = spend(12_000, suppliers=500)
    written = write(meant, tmp_path / "spend.csv")
    authority = an_authority(uow)
    batch = import_file(uow, OPERATOR, files=files, path=written.path, authority_id=authority, feed="generated").batch
    assert (batch.rows, batch.quarantined, batch.skipped) == (written.rows, 0, written.skipped)
    assert batch.amount == written.amount
    kept = pq.read_table(files.path(authority, batch.sha256, 1)).drop_columns("source")
    assert kept.column_names == meant.column_names
    for name in meant.column_names:
        assert kept[name].to_pylist() == meant[name].to_pylist(), name
