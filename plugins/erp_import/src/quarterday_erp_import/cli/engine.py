"""The ledger engine is large and apart: a command that needs it says what to install where it isn't there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from warnings import filterwarnings

from quarterday import NotConfigured

PACKAGES = {"duckdb", "ibis", "numpy", "pyarrow", "python_calamine", "rapidfuzz", "sparse_dot_topn"}


@contextmanager
def engine() -> Iterator[None]:
    """Import what needs the engine inside; raises :class:`NotConfigured` with what to install where it isn't."""
    # ibis 12 calls duckdb 2.0 by its older name, which is nothing to whoever types a command.
    filterwarnings("ignore", r"fetch_arrow_table\(\) is deprecated", DeprecationWarning)
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in PACKAGES:
            raise
        why = "The ledger engine isn't installed; run “pip install quarterday-erp-import[ledger]”."
        raise NotConfigured("ledger", why) from missing
