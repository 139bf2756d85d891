"""What a plugin's process is asked to do: each order is pickled by the host, and read in that process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from quarterday.db import trace
from quarterday.ports import Document, Item, LedgerQuestion
from quarterday.services.plugins.fetching import Fetch, Further


@dataclass(frozen=True, slots=True)
class Order:
    """One delivery: which sink, with which settings, what, under which key, and for which authority."""

    sink: str
    settings: Mapping[str, Any] = field(repr=False)
    document: Document
    key: str
    authority_id: int | None = None
    """None for what is the installation's own."""
    trace: str = field(default_factory=trace.current)

    @property
    def what(self) -> str:
        """Who does it, as a sentence begins."""
        return f"The sink “{self.sink}”"


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """What would be sent for an order is asked; nothing is."""

    order: Order

    @property
    def trace(self) -> str:
        """What it belongs to."""
        return self.order.trace

    @property
    def what(self) -> str:
        """Who does it, as a sentence begins."""
        return self.order.what


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed with a portal is asked of its source: with which settings, and for which authority."""

    source: str
    settings: Mapping[str, Any] = field(repr=False)
    authority_id: int | None = None
    trace: str = field(default_factory=trace.current)

    @property
    def what(self) -> str:
        """Who does it, as a sentence begins."""
        return f"The source “{self.source}”"


@dataclass(frozen=True, slots=True)
class Chore:
    """One strike of the clock: which function, as ``module:attribute``, for which moment."""

    load: str
    at: datetime
    trace: str = field(default_factory=trace.current)
    """What it belongs to, so that what the job asks for does too."""

    @property
    def what(self) -> str:
        """Who does it, as a sentence begins."""
        return f"The job “{self.load}”"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source is opened for: with which settings, from which cursor on, and for which authority."""

    source: str
    settings: Mapping[str, Any] = field(repr=False)
    since: str
    authority_id: int | None = None
    everything: bool = False
    """Of a portal: every record that it holds now, rather than what was changed since."""
    trace: str = field(default_factory=trace.current)

    @property
    def what(self) -> str:
        """Who does it, as a sentence begins."""
        return f"The source “{self.source}”"


@dataclass(frozen=True, slots=True)
class Asking:
    """What the ledger is asked: of which contracts of which authority, up to which day, with which settings."""

    settings: Mapping[str, Any] = field(repr=False)
    authority_id: int
    questions: tuple[LedgerQuestion, ...]
    until: date
    trace: str = field(default_factory=trace.current)

    @property
    def what(self) -> str:
        """Who does it, as a sentence begins."""
        return "The ledger"


@dataclass(frozen=True, slots=True)
class TakingIn:
    """A file that a source fetched, for the ledger: of which authority, from where, what it is, and where it lies."""

    settings: Mapping[str, Any] = field(repr=False)
    authority_id: int
    source: str
    item: Item
    file: Path
    trace: str = field(default_factory=trace.current)

    @property
    def what(self) -> str:
        """Who does it, as a sentence begins."""
        return "The ledger"


@dataclass(frozen=True, slots=True)
class More:
    """The next items of the source that is open."""

    what: str


@dataclass(frozen=True, slots=True)
class Enough:
    """No more of them; the source is closed."""

    what: str


Errand = Order | Rehearsing | Terms | Chore | Reading | Asking | TakingIn
"""What is asked on its own."""

Asked = Errand | Fetch | Further | More | Enough
"""With it what is asked of a source that is open."""
