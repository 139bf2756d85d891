"""The way over a portal's interface on the web: JSON over HTTPS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from quarterday import BadRecord
from quarterday_portal_sync.transports.port import Going, Sent, Told

if TYPE_CHECKING:
    from quarterday_portal_sync.mapping.file import PortalMapping
    from quarterday_portal_sync.portal_settings import PortalSettings


class Web:
    """A portal's interface, as the mapping's resources describe it."""

    def __init__(self, settings: PortalSettings, mapping: PortalMapping) -> None:
        self._settings, self._mapping = settings, mapping

    def changed(self, since: str) -> Iterator[Told | BadRecord]:
        """What was changed there since a cursor."""
        raise NotImplementedError

    def listed(self) -> Iterator[Told | BadRecord]:
        """All that they hold now."""
        raise NotImplementedError

    def send(self, going: Sequence[Going], key: str) -> Sent:
        """Send records, and return once they have arrived for good."""
        raise NotImplementedError

    def rehearse(self, going: Sequence[Going], key: str) -> bytes:
        """What ``send`` would send."""
        raise NotImplementedError
