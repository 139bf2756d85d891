"""Making very many small objects that are all in use."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave alone the collector of unused objects, which would go through all that are made again and again.

    For as many as there are payees, for a second; a quarter of their time otherwise.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
