"""The ledger's engine, DuckDB, with a share of the memory that an installation can spare for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import duckdb

MEMORY = "512MB"
"""What one engine may use; what goes beyond lies on the disk.

By itself it takes four fifths of the machine, on which web, clock and workers run beside it. Comparing two batches of a
million lines takes half of this.
"""


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine for a few questions; what it lays down goes with it."""
    with (
        TemporaryDirectory(prefix="quarterday-ledger-") as folder,
        duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": folder}) as connection,
    ):
        yield connection
