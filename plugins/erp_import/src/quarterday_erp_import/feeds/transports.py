"""What speaks to servers is an extra: a source that needs it says what to install where it isn't there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from quarterday import NotConfigured

CONNECT_SECONDS = 20.0
"""How long a server may take to answer at all."""

SILENT_SECONDS = 30.0
"""How long a server may say nothing."""

_PACKAGES = {"botocore", "paramiko", "requests"}


@contextmanager
def transport() -> Iterator[None]:
    """Import what speaks to servers inside; raises :class:`NotConfigured` with what to install where it isn't."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _PACKAGES:
            raise
        why = "What fetches from servers isn't installed; run “pip install quarterday-erp-import[feeds]”."
        raise NotConfigured("feeds", why) from missing
