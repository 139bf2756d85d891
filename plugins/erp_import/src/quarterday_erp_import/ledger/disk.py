"""Files of the ledger's folder on the disk: names that are kept for good, and what nobody needs any more."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path


def sync(folder: Path) -> None:
    """Have the names in a folder outlive a loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def swept(there: Iterable[Path], wanted: Collection[Path], *, older_than: timedelta) -> list[Path]:
    """Remove those files that came longer ago than that and aren't wanted; returns them."""
    limit = time.time() - older_than.total_seconds()
    removed = []
    for path in there:
        with suppress(FileNotFoundError):  # an import ended meanwhile, or another sweep was first
            if path not in wanted and path.stat().st_mtime < limit:
                path.unlink()
                removed.append(path)
    return removed
