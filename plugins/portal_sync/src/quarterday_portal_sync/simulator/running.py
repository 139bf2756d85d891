"""What a running portal consists of."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from quarterday_portal_sync.simulator.auth import Access
from quarterday_portal_sync.simulator.faults import Faults
from quarterday_portal_sync.simulator.store import Store
from quarterday_portal_sync.simulator.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Running:
    """What it holds, who may use it, which faults it is to show, and whom it tells of changes."""

    store: Store
    access: Access
    faults: Faults
    hooks: Webhooks | None = None

    def tell(self) -> None:
        """Somebody changed something here: whoever is to know is told."""
        if self.hooks is not None:
            self.hooks.wake()


def running() -> Running:
    """The portal that answers the call."""
    held: Running = current_app.extensions["portal"]
    return held
