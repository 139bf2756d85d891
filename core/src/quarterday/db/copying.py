"""One moment of a whole database into a file, and out of it into an empty place: what both databases' copies share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

Told = Callable[[str, int, int], None]
"""Hears how far a copy has come: what is copied, how much of it is done, and of how much."""


def settle(path: Path) -> None:
    """Force a file, or a folder's list of files, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
