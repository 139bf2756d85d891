"""What speaks to servers is an extra: whoever needs it says what to install where it isn't there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from quarterday.errors import NotConfigured

CONNECT_SECONDS = 20.0
"""How long a server may take to answer at all."""

SILENT_SECONDS = 30.0
"""How long a server may say nothing."""


@contextmanager
def installed(*packages: str, by: str = "quarterday[places]", setting: str = "places") -> Iterator[None]:
    """Import packages inside; raises :class:`~quarterday.errors.NotConfigured` with what to install where one isn't."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in packages:
            raise
        why = "What speaks to servers isn't installed; run “pip install {package}”."
        raise NotConfigured(setting, why, package=by) from missing
