"""A clock that a test moves."""

from __future__ import annotations

from datetime import datetime, timedelta


class Clock:
    """Gives the moment it was set to, until it is moved: ``UnitOfWork(engine, clock)``."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The moment it stands at."""
        return self.now

    def forward(self, **by: float) -> datetime:
        """Move it on: ``forward(days=3)``; returns the new moment."""
        self.now += timedelta(**by)
        return self.now
