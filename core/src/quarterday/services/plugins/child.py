"""What a child process does for its plugin: order after order, each answered in plain JSON.

An order is what the host asks, and comes pickled; nothing but JSON goes back, so that nothing of a plugin's runs in the
process that asks.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from itertools import islice
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread
from time import monotonic
from typing import Any

from quarterday.db import trace
from quarterday.errors import NotConfigured, Refused
from quarterday.finding import Found, find
from quarterday.ports import Bulk, DryRun, EvidenceSource, Ledger, Receipt, Reconcilable, ReportSink, TakesFiles
from quarterday.registry import Registry
from quarterday.services.plugins.exchanged import agreed_terms, document_as_data, receipt_as_data, terms_as_data
from quarterday.services.plugins.fetching import Arriving, Fetch, Further
from quarterday.services.plugins.ledgers import ledger_of
from quarterday.services.plugins.orders import (
    Asked,
    Asking,
    Chore,
    Enough,
    Errand,
    More,
    Order,
    Reading,
    Rehearsing,
    TakingIn,
    Terms,
)
from quarterday.services.plugins.plain import agreed, as_data, as_plain, type_of
from quarterday.services.plugins.sinks import sink_of
from quarterday.services.plugins.sources import source_of
from quarterday.services.plugins.telling import Unagreed, failed, plainly
from quarterday.services.tables.said import speaks

BATCH = 200
"""How many items of a source come in one answer at most."""

BATCH_BYTES = 1 << 20
"""How large such an answer gets, in bytes, by the item that fills it."""

BATCH_SECONDS = 5.0
"""How long an answer waits to be filled, in seconds."""


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
        self._asked = ""
        """What gives them, like ``items()``."""
        self._arriving: Arriving | None = None
        self._secrets: list[str] = []
        """Those in the settings of what it does."""
        self._has_its_tables = False

    def answer(self, asked: Asked) -> dict[str, Any]:
        """What came of an order, as plain data."""
        if isinstance(asked, Errand):
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
                return self._delivered(asked)
            case Rehearsing():
                return {"document": self._rehearsed(asked.order)}
            case Terms():
                return {"terms": terms_as_data(agreed_terms(self._portal(asked.source, asked.settings).terms()))}
            case Chore():
                return {"said": _did(asked)}
            case Reading():
                self._open(asked)
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

    def _delivered(self, order: Order) -> dict[str, Any]:
        receipt = self._sink(order).deliver(order.document, order.key)
        if type(receipt) is not Receipt or not isinstance(receipt.reference, str):
            raise Unagreed(f"deliver() gave {type_of(receipt)}, not a Receipt whose reference is text")
        return receipt_as_data(receipt, order.document, self._secrets)

    def _rehearsed(self, order: Order) -> dict[str, Any]:
        sink = self._sink(order)
        if not isinstance(sink, DryRun):
            why = "The sink “{sink}” can't say what it would send; use one that can, or send."
            raise NotConfigured("plugins", why, sink=order.sink)
        return document_as_data(sink.rehearse(order.document, order.key))

    def _sink(self, order: Order) -> ReportSink:
        kind = sink_of(_own(self._plugin), order.sink).kind
        if order.document.kind not in kind.accepts:
            raise Refused(f"The sink “{order.sink}” takes no {order.document.kind}; send it to another one.")
        return kind(self._settings(kind, order.settings))

    def _open(self, reading: Reading) -> None:
        if reading.everything:
            portal = self._portal(reading.source, reading.settings)
            self._source, self._asked, given = portal, "theirs()", portal.theirs()
        else:
            self._source = self._source_of(reading.source, reading.settings)
            self._asked, given = "items()", self._source.items(reading.since)
        self._items = iter(given)

    def _source_of(self, source: str, settings: Mapping[str, Any]) -> EvidenceSource:
        kind = source_of(_own(self._plugin), source).kind
        return kind(self._settings(kind, settings))

    def _portal(self, source: str, settings: Mapping[str, Any]) -> Any:
        """The source of that id, which is :class:`Reconcilable`; raises :class:`NotConfigured` for one that isn't."""
        portal = self._source_of(source, settings)
        if not isinstance(portal, Reconcilable):
            why = "The source “{source}” is no portal: nothing was agreed with it, and it can't list what it holds."
            raise NotConfigured("plugins", why, source=source)
        return portal

    def _answers(self, asked: Asking) -> list[dict[str, Any]]:
        kind = ledger_of(_own(self._plugin)).kind
        ledger = kind(self._settings(kind, asked.settings))
        answers = {
            one.contract_id: one
            for one in map(agreed, ledger.answers(asked.authority_id, asked.questions, asked.until))
        }
        if answers.keys() != {one.contract_id for one in asked.questions}:
            raise Unagreed("answers() gave an answer of a contract that nobody asked for, or none of one")
        return [as_plain(one) for one in answers.values()]

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
                found.append(as_data(item, self._asked))
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
        raise Unagreed(f"it gave {type_of(said)}, not a sentence that says what it did")
    return plainly(said)
