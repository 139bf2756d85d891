"""What a child process does for its plugin: order after order, each answered in plain JSON.

An order is what the host asks, and comes pickled; nothing but JSON goes back, so that nothing of a plugin's runs in the
process that asks.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import import_module
from itertools import islice
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from time import monotonic
from types import NoneType
from typing import Any

from quarterday.db import trace
from quarterday.errors import BadRecord, NotConfigured, Refused
from quarterday.finding import Found, find
from quarterday.ports import (
    Bulk,
    Document,
    EvidenceSource,
    Item,
    Ledger,
    LedgerAnswer,
    LedgerQuestion,
    Receipt,
    ReportSink,
    TakesFiles,
)
from quarterday.registry import Registry
from quarterday.services.plugins.fetching import Arriving, Fetch, Further
from quarterday.services.plugins.ledgers import ledger_of
from quarterday.services.plugins.sinks import sink_of
from quarterday.services.plugins.sources import source_of
from quarterday.services.plugins.telling import MOST_WORDS, Unagreed, failed, plainly
from quarterday.services.tables.said import speaks

BATCH = 200
"""How many items of a source come in one answer at most."""

BATCH_BYTES = 1 << 20
"""How large such an answer gets, in bytes, by the item that fills it."""

BATCH_SECONDS = 5.0
"""How long an answer waits to be filled, in seconds."""

_NOT_KEPT = re.compile("[\\0\\ud800-\\udfff]")


@dataclass(frozen=True, slots=True)
class Order:
    """One delivery: which sink, with which settings, what, under which key, and for which authority."""

    sink: str
    settings: Mapping[str, Any]
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
    settings: Mapping[str, Any]
    since: str
    authority_id: int | None = None
    trace: str = field(default_factory=trace.current)

    @property
    def what(self) -> str:
        """Who does it, as a sentence begins."""
        return f"The source “{self.source}”"


@dataclass(frozen=True, slots=True)
class Asking:
    """What the ledger is asked: of which contracts of which authority, up to which day, with which settings."""

    settings: Mapping[str, Any]
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

    settings: Mapping[str, Any]
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


Asked = Order | Chore | Reading | Asking | TakingIn | Fetch | Further | More | Enough


def serve(plugin: str, connection: Connection) -> None:
    """Answer order after order, until the other side closes the line or ends."""
    Thread(target=_end_with, args=(parent_process(),), daemon=True).start()
    os.setsid()  # whatever the plugin starts is ended with this process
    for told in (signal.SIGINT, signal.SIGTERM):  # whoever stops the worker stops it after this piece of work
        signal.signal(told, signal.SIG_IGN)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _own(plugin)
    work = _Work(plugin)
    with suppress(EOFError, ConnectionError):
        connection.send_bytes(b"ready")
        while True:
            connection.send_bytes(json.dumps(work.answer(connection.recv())).encode())


def _end_with(parent: BaseProcess) -> None:
    """End this process at once when the other one is gone, because nobody would settle what it still does."""
    parent.join()
    with suppress(OSError):
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


@cache
def _own(plugin: str) -> Registry:
    """The registry of one plugin: what the others do is no business of this process."""
    return Registry.discover(found=[one.point for one in find() if isinstance(one, Found) and one.name == plugin])


class _Work:
    """The work of one child process."""

    def __init__(self, plugin: str) -> None:
        self._plugin = plugin
        self._source: EvidenceSource | None = None
        self._items: Iterator[object] = iter(())
        self._arriving: Arriving | None = None
        self._secrets: list[str] = []
        """Those in the settings of what it does."""
        self._has_its_tables = False

    def answer(self, asked: Asked) -> dict[str, Any]:
        """What came of an order, as plain data."""
        if isinstance(asked, Order | Chore | Reading | Asking | TakingIn):
            trace.begin(asked.trace)
            self._secrets = []
        try:
            return {"outcome": "done", "why": "", **self._done(asked)}
        except BaseException as error:  # a plugin that calls sys.exit() ends its order and nothing else
            return failed(asked.what, error, self._secrets)

    def _require_tables(self) -> None:
        """Raise :class:`NotConfigured` where the plugin's tables aren't up to date: its code would break on them."""
        if not self._has_its_tables and speaks(self._plugin, _own(self._plugin)):
            from quarterday.services.record import require_tables

            require_tables(self._plugin, _own(self._plugin))
        self._has_its_tables = True

    def _done(self, asked: Asked) -> dict[str, Any]:
        self._require_tables()
        match asked:
            case Order():
                return {"reference": self._delivered(asked).reference}
            case Chore():
                return {"said": _did(asked)}
            case Reading():
                kind = source_of(_own(self._plugin), asked.source).kind
                self._source = kind(self._settings(kind, asked.settings))
                self._items = iter(self._source.items(asked.since))
                return self._batch(asked.what)
            case Asking():
                return {"answers": self._answers(asked)}
            case TakingIn():
                self._take_in(asked)
                return {}
            case Fetch():
                if not isinstance(self._source, Bulk):
                    raise Unagreed("it has no content(), so there are no files to fetch")
                self._arriving = Arriving(iter(self._source.content(asked.item)), asked)
                return self._arriving.further()
            case Further():
                return self._arriving.further() if self._arriving else {"is_last": True}
            case More():
                return self._batch(asked.what)
            case Enough():
                close: Callable[[], object] | None = getattr(self._items, "close", None)
                self._items = iter(())
                if close is not None:
                    close()
                return {}

    def _delivered(self, order: Order) -> Receipt:
        kind = sink_of(_own(self._plugin), order.sink).kind
        if order.document.kind not in kind.accepts:
            raise Refused(f"The sink “{order.sink}” takes no {order.document.kind}; send it to another one.")
        receipt = kind(self._settings(kind, order.settings)).deliver(order.document, order.key)
        if type(receipt) is not Receipt or not isinstance(receipt.reference, str):
            raise Unagreed(f"deliver() gave {_type(receipt)}, not a Receipt whose reference is text")
        return receipt

    def _answers(self, asked: Asking) -> list[dict[str, Any]]:
        kind = ledger_of(_own(self._plugin)).kind
        ledger = kind(self._settings(kind, asked.settings))
        answers = {
            one.contract_id: one
            for one in map(agreed, ledger.answers(asked.authority_id, asked.questions, asked.until))
        }
        if answers.keys() != {one.contract_id for one in asked.questions}:
            raise Unagreed("answers() gave an answer of a contract that nobody asked for, or none of one")
        return [_as_plain(one) for one in answers.values()]

    def _take_in(self, asked: TakingIn) -> None:
        kind = ledger_of(_own(self._plugin)).kind
        ledger = kind(self._settings(kind, asked.settings))
        if not isinstance(ledger, TakesFiles):
            raise NotConfigured("plugins", "The ledger that is installed takes no files; use another one.")
        ledger.take_in(asked.authority_id, asked.source, asked.item, asked.file)

    def _settings(self, kind: type[ReportSink | EvidenceSource | Ledger], values: Mapping[str, Any]) -> Any:
        """The settings as the class of a sink or source takes them; raises :class:`NotConfigured` with all that is
        wrong.

        What reads them is imported here: the process that asks imports this module too, and has no use for it.
        """
        from quarterday.plugin_settings import known_to, secrets_in, taken

        wanted = kind.settings_class()
        settings = taken(wanted, known_to(wanted, values))
        self._secrets = secrets_in(settings)
        return settings

    def _batch(self, what: str) -> dict[str, Any]:
        """The next items as data, with what ended them, if anything did: what was read before an error is kept."""
        found: list[dict[str, Any]] = []
        size, until = 0, monotonic() + BATCH_SECONDS
        broken: dict[str, Any] = {}
        try:
            for item in islice(self._items, BATCH):
                found.append(as_data(item))
                size += len(json.dumps(found[-1]))
                if size >= BATCH_BYTES or monotonic() >= until:
                    return {"items": found, "is_last": False}
        except BaseException as error:
            broken = {"broken": failed(what, error, self._secrets)}
        return {"items": found, "is_last": bool(broken) or len(found) < BATCH, **broken}


def _did(chore: Chore) -> str:
    module, _, name = chore.load.partition(":")
    said = getattr(import_module(module), name)(chore.at)
    if not isinstance(said, str):
        raise Unagreed(f"it gave {_type(said)}, not a sentence that says what it did")
    return plainly(said)


def agreed(given: object) -> LedgerAnswer:
    """A ledger's answer; raises :class:`Unagreed` for anything else, and for money that isn't whole micropounds."""
    if type(given) is not LedgerAnswer:
        raise Unagreed(f"answers() gave {_type(given)}, not a LedgerAnswer")
    whole = (given.contract_id, given.lines, given.paid, given.placed, given.unattributed)
    days = [day for day in (given.until, given.reached_on) if day is not None]
    if any(type(one) is not int for one in whole) or type(given.local) not in (int, NoneType):
        raise Unagreed("answers() gave an answer in which a number isn't whole; money is micropounds")
    if any(type(day) is not date for day in days) or any(type(one) is not str for one in given.batches):
        raise Unagreed("answers() gave an answer in which a day is no date, or a batch no text")
    return given


def _as_plain(answer: LedgerAnswer) -> dict[str, Any]:
    """An answer as JSON has it."""
    days = {name: day.isoformat() if (day := getattr(answer, name)) else None for name in ("until", "reached_on")}
    return {**asdict(answer), **days, "batches": list(answer.batches)}


def as_data(item: object) -> dict[str, Any]:
    """An item as JSON has it; raises :class:`Unagreed` for anything else, with what is wrong."""
    match item:
        case BadRecord(str() as key, str() as why, str() as cursor):
            return {"key": _text(key), "why": _text(why[:MOST_WORDS]), "cursor": _text(cursor)}
        case Item(str() as key, str() as kind, payload, str() as cursor) if isinstance(payload, Mapping):
            return {"key": _text(key), "kind": _text(kind), "payload": plain(payload), "cursor": _text(cursor)}
    raise Unagreed(f"items() gave {_type(item)}, neither an Item nor a BadRecord of text")


def plain(value: object) -> Any:
    """A value of an item's payload as it is; raises :class:`Unagreed` for what JSON has not, and for a float."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return _text(value)
        case Mapping():
            if not all(isinstance(name, str) for name in value):
                raise Unagreed("a name in the payload of an item isn't text")
            return {_text(name): plain(one) for name, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
    raise Unagreed(f"the payload of an item holds {_type(value)}; give amounts and moments as text, and no floats")


def _text(text: str) -> str:
    """A text as databases keep it; raises :class:`Unagreed` for one that they don't."""
    if _NOT_KEPT.search(text):
        raise Unagreed("a text of an item holds NUL, or bytes that are no UTF-8, which no database keeps")
    return text


def _type(value: object) -> str:
    """The type of what was given, and nothing of the value: it may be anybody's."""
    return f"a value of the type {type(value).__name__}"
