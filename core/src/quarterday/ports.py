"""The shapes of the answers: what a plugin gives when it is asked.

A shape is as small as it can be. What is optional is another Protocol, and ``isinstance`` is the capability.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from quarterday.descriptions import Command, Daily, Every, Job, Page, Pages, Screens, Tables
from quarterday.domain.catalogue import MeasureCatalogue
from quarterday.domain.permissions import Permission
from quarterday.domain.portal_records import (
    Agreement,
    Direction,
    EntriesSent,
    EvidenceSent,
    Owner,
    PortalTerms,
    RecordKind,
    VerdictsTaken,
)
from quarterday.errors import BadRecord
from quarterday.ledger_port import Ledger, LedgerAnswer, LedgerQuestion, Payee

if TYPE_CHECKING:
    from quarterday.plugin_settings import PluginSettings


class Health(StrEnum):
    """What a check found."""

    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One finding of a check: how it stands, in a sentence, and what to do next ("" when nothing is to do)."""

    health: Health
    what: str
    to_do: str = ""


@runtime_checkable
class Check(Protocol):
    """One check of ``quarterday doctor``. The host makes an instance with no arguments, then runs it once.

    It may take as long as a plugin may take to load; one that guards what it waits for itself may have ``seconds``.
    """

    title: str

    def run(self) -> Iterable[Verdict]:
        """The findings; an error costs this check its findings and nobody else theirs."""
        ...


class DocumentKind(StrEnum):
    """What a document is."""

    REPORT = "report"
    """A file for people: a CSV, a workbook, a page."""
    MESSAGE = "message"
    """Words to somebody, as a :class:`Message`."""
    RECORDS = "records"
    """Data for another system. What goes to a portal has the media type ``application/x-ndjson``: a JSON object a line,
    each a record with

    * ``record``, ``key``, ``fields``, ``words``: as :class:`Reconcilable` has them;
    * ``send``: the idempotency key of this content of this record: whatever comes under it twice happens once;
    * ``external_id``: what the receiver calls it, "" where it hasn't said so yet;
    * ``version``: the receiver's version that this is to replace, "" where none is known.
    """


@dataclass(frozen=True, slots=True)
class Document:
    """Something to deliver, whole and composed: nothing in it has to be fetched any more."""

    kind: DocumentKind
    name: str
    """What to call it, as a file would be called: ``delivery-exampleshire-2026-q1.csv``."""
    media_type: str
    content: bytes
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Document):
    """Words to one person: every document of the kind MESSAGE is one. Its ``content`` is the plain text, as UTF-8."""

    to: str
    """The address it goes to."""
    subject: str
    html: str
    """The same words as a page of HTML."""
    reply_to: str = ""
    """Where an answer goes; "" where nobody reads answers."""
    template: str = ""
    """The kind of message, by which a receiver with templates of its own picks one: ``receipt``."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the template was filled with."""
    tells: str = ""
    """What it is about, by ids. Under one key it is the same message where this is, though it was put into words again
    when it was tried again; "" where the words are all there is."""

    @property
    def text(self) -> str:
        """The plain text."""
        return self.content.decode()


@dataclass(frozen=True, slots=True)
class Answered:
    """What the receiver said to one record of a document of records."""

    key: str
    """The record's own, as it was sent: ``entry/12``."""
    external_id: str = ""
    """What the receiver calls it; "" where it didn't take it."""
    why: str = ""
    """Why it didn't take it, in a sentence; "" where it did."""
    version: str = ""
    """The receiver's version of it now, where it keeps versions."""
    is_overtaken: bool = False
    """It was not taken because it was changed there meanwhile."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a document has arrived: ``reference`` is what the receiver calls it, the same for the same key."""

    reference: str
    answers: tuple[Answered, ...] = ()
    """For a document of records one for each of them; of any other document none."""


@runtime_checkable
class ReportSink(Protocol):
    """A place that documents are delivered to. The host makes an instance from the settings of one authority.

    Making one opens nothing. It lives in a child process of its plugin's, which is killed where a delivery takes longer
    than the setting ``process_seconds`` or more memory than ``process_megabytes``.
    """

    id: str
    """Small letters, digits and hyphens: ``folder``."""
    title: str
    accepts: frozenset[DocumentKind]

    def __init__(self, settings: PluginSettings) -> None: ...

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """What it must be told, as a subclass of ``PluginSettings``; import it here, so that listing stays quick."""
        ...

    def deliver(self, document: Document, key: str) -> Receipt:
        """Deliver the document, and return once it has arrived for good.

        The same key again is the same delivery: nothing happens a second time, and the receipt is the same. Raises
        :class:`~quarterday.errors.Retryable`, :class:`~quarterday.errors.NotConfigured` or
        :class:`~quarterday.errors.Refused` (also for another content under a key that has been delivered); whatever
        else is raised is a fault of the plugin.
        """
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """One record that a source has read."""

    key: str
    """What tells it from every other record of this source, the same at each reading: it is kept once."""
    kind: str
    """What it is, by which the host knows what to do with it: ``bounce``."""
    payload: Mapping[str, Any]
    """What it says, as JSON has it: text, whole numbers, true, false, null, lists and mappings of these. An amount is
    text (``"12.50"``), never a float; a moment is text with its offset (``"2026-11-22T09:30:00+00:00"``)."""
    cursor: str
    """Where the next reading begins once this record and all before it are kept."""


@runtime_checkable
class EvidenceSource(Protocol):
    """A place that records are read from. The host makes an instance from the settings of one authority.

    Making one opens nothing. It lives in a child process of its plugin's, which is killed where the next items take
    longer than the setting ``process_seconds`` or more memory than ``process_megabytes``.
    """

    id: str
    """Small letters, digits and hyphens: ``returned-mail``."""
    title: str

    def __init__(self, settings: PluginSettings) -> None: ...

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """What it must be told, as a subclass of ``PluginSettings``; import it here, so that listing stays quick."""
        ...

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        """The records from a cursor on ("" for all), the oldest first, one by one.

        The cursor is one this source gave with an item; read again from the same one, the same records come under the
        same keys. A record that can't be used is yielded as a :class:`~quarterday.errors.BadRecord`, and the others
        follow. Raises :class:`~quarterday.errors.Retryable`, :class:`~quarterday.errors.NotConfigured` or
        :class:`~quarterday.errors.Refused`; whatever else is raised is a fault of the plugin. What was yielded before
        is kept. The iterator is closed when the host stops early: let go of what is open there.
        """
        ...


@runtime_checkable
class Bulk(Protocol):
    """A source whose records are whole files, like what a finance system gives out each month.

    ``items`` says which files there are, and opens none: each item's payload has the file's ``name`` and the ``feed``
    that it is one of, and its key is another one where the file is another one, by its size and when it was changed. A
    cursor is not needed, since the host asks for the content of those only whose keys it doesn't know.
    """

    def content(self, item: Item) -> Iterator[bytes]:
        """The content of the file that an item of this source says is there, in pieces of at most 8 MB.

        Raises :class:`~quarterday.errors.Refused` where this file can't be had, and the others follow;
        :class:`~quarterday.errors.Retryable` and :class:`~quarterday.errors.NotConfigured` as ``items`` does. The
        iterator is closed when the host stops early: let go of what is open there.
        """
        ...


@runtime_checkable
class Reconcilable(Protocol):
    """A portal: a source whose records both sides hold. Its plugin offers a sink under the same id that takes records.

    Its items are of the kind ``portal-record``: what was changed on the other side, the oldest change first, ours
    among them once somebody changes them there. The payload of each has

    * ``record``: the kind, one of :class:`~quarterday.domain.portal_records.RecordKind`;
    * ``external_id``: what the other side calls it;
    * ``key``: our own key, as the other side was told it, "" for a record that was made there;
    * ``fields``: the fields of that kind as text, by our names (``portal_records.FIELDS``);
    * ``words``: what somebody wrote there, like the reason of a verdict, "" for nothing;
    * ``unknown``: what the other side says besides, by its own names, as text;
    * ``version``: what tells this content from an earlier one of the same record, "" where the other side keeps none;
    * ``changed_at``: when it was changed there, with its offset, "" where it doesn't say;
    * ``trouble``: why nothing here can take it, like a measure that has no counterpart; "" for nothing.
    """

    def terms(self) -> PortalTerms:
        """What was agreed on each kind of record that is exchanged; needs no call to the other side.

        Raises :class:`~quarterday.errors.NotConfigured` where that can't be said.
        """
        ...

    def theirs(self) -> Iterator[Item | BadRecord]:
        """Every record that the other side holds now, each once, in any order; as ``items`` gives them, and raises."""
        ...


@runtime_checkable
class DryRun(Protocol):
    """A sink that can say exactly what it would send."""

    def rehearse(self, document: Document, key: str) -> Document:
        """What ``deliver`` would send for this document, as the receiver would see it; nothing is sent or changed.

        Of records that it would not send, ``meta`` says why, by the key of each. Raises as ``deliver`` does.
        """
        ...


@runtime_checkable
class TakesFiles(Protocol):
    """A ledger that takes in the files which sources fetch (:class:`Bulk`)."""

    def take_in(self, authority_id: int, source: str, item: Item, file: Path) -> None:
        """Keep the content of a file that a source's item says was there, and return once it is kept for good.

        ``file`` is the host's and goes when this returns. The same item may come again where nobody knows whether it
        was kept: it is kept once. Raises :class:`~quarterday.errors.Refused` for a file that it doesn't take,
        :class:`~quarterday.errors.Retryable` or :class:`~quarterday.errors.NotConfigured`.
        """
        ...


__all__ = [
    "Agreement",
    "Answered",
    "Bulk",
    "Check",
    "Command",
    "Daily",
    "Direction",
    "Document",
    "DocumentKind",
    "DryRun",
    "EntriesSent",
    "Every",
    "EvidenceSent",
    "EvidenceSource",
    "Health",
    "Item",
    "Job",
    "Ledger",
    "LedgerAnswer",
    "LedgerQuestion",
    "MeasureCatalogue",
    "Message",
    "Owner",
    "Page",
    "Pages",
    "Payee",
    "Permission",
    "PortalTerms",
    "Receipt",
    "Reconcilable",
    "RecordKind",
    "ReportSink",
    "Screens",
    "Tables",
    "TakesFiles",
    "Verdict",
    "VerdictsTaken",
]
