"""The process in which the sinks of plugins work, so that one that hangs or crashes can be ended without harm.

What goes there is an order; what comes back is plain JSON, so that nothing of a plugin's runs in the process that asks.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread
from types import TracebackType
from typing import Any

from quarterday.errors import NotConfigured, Refused, Retryable
from quarterday.guard import Fault
from quarterday.plugin_settings import known_to, taken
from quarterday.ports import Document, Receipt
from quarterday.registry import installed
from quarterday.services.plugins.sinks import sink_of

SECONDS = 120.0
"""How long one delivery may take."""

_MOST_WORDS = 1000
"""How much of what a plugin says in an error is kept, in characters."""


@dataclass(frozen=True, slots=True)
class Order:
    """One delivery: which sink, with which settings, what, under which key."""

    sink: str
    settings: dict[str, Any]
    document: Document
    key: str


class SinkFault(Exception):
    """A sink broke; what became of the delivery is not known. The message is a sentence."""


class Courier:
    """Hands orders to a child process, one after the other; the process starts with the first."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._child: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> Courier:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        self.close()

    def deliver(self, order: Order) -> Receipt:
        """Have the sink deliver; returns its receipt.

        Raises the :class:`Retryable`, :class:`NotConfigured` or :class:`Refused` that the sink raises,
        :class:`NotConfigured` also for a sink that no plugin offers and for settings it doesn't take, and
        :class:`SinkFault` for anything else, for a sink that takes too long, and for one that ends its process.
        """
        process, connection = self._child = self._child or _start()
        try:
            connection.send(order)
            if not connection.poll(self._seconds):
                raise SinkFault(f"The sink “{order.sink}” did not finish in {self._seconds:g} seconds and was ended.")
            answer = json.loads(connection.recv_bytes())
        except (EOFError, OSError) as error:
            process.join(1)
            said = f"The sink “{order.sink}” ended its process (exit code {process.exitcode}) in mid-delivery."
            self.close()
            raise SinkFault(said) from error
        except BaseException:
            self.close()
            raise
        return _receipt(answer)

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._child is None:
            return
        process, connection = self._child
        self._child = None
        connection.close()
        process.join(1)
        process.kill()
        process.join()
        process.close()


def _start() -> tuple[BaseProcess, Connection]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), name="quarterday-courier", daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _receipt(answer: dict[str, Any]) -> Receipt:
    """The receipt in an answer; raises the error that is in it instead."""
    why = answer["why"]
    match answer["outcome"]:
        case "delivered":
            return Receipt(answer["reference"])
        case "retryable":
            raise Retryable(why, after=answer["after"])
        case "not configured":
            raise NotConfigured(answer["field"], why)
        case "refused":
            raise Refused(why)
        case _:
            raise SinkFault(why)


def _serve(connection: Connection) -> None:
    """Deliver order after order, until the process that asks closes the line or ends."""
    Thread(target=_end_with, args=(parent_process(),), daemon=True).start()
    for told in (signal.SIGINT, signal.SIGTERM):  # whoever stops the worker stops it after this delivery
        signal.signal(told, signal.SIG_IGN)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(EOFError, ConnectionError):
        while True:
            connection.send_bytes(json.dumps(_answer(connection.recv())).encode())


def _end_with(parent: BaseProcess) -> None:
    """End this process at once when the other one is gone, because nobody would settle what it still does."""
    parent.join()
    os._exit(1)


def _answer(order: Order) -> dict[str, Any]:
    """What came of an order, as plain data."""
    try:
        return {"outcome": "delivered", "why": "", "reference": _delivered(order).reference}
    except Retryable as error:
        return {"outcome": "retryable", "why": _words(error), "after": float(error.after)}
    except NotConfigured as error:
        return {"outcome": "not configured", "why": _words(error), "field": str(error.field)}
    except Refused as error:
        return {"outcome": "refused", "why": _words(error)}
    except BaseException as error:
        fault = Fault.of(error)
        print(fault.traceback, file=sys.stderr)  # noqa: T201 (for the plugin's author)
        said = f"The sink “{order.sink}” failed: {fault.error}: {fault.what}"
        return {"outcome": "fault", "why": said[:_MOST_WORDS]}


def _delivered(order: Order) -> Receipt:
    kind = sink_of(installed(), order.sink).sink
    if order.document.kind not in kind.accepts:
        raise Refused(f"The sink “{order.sink}” takes no {order.document.kind}; send it to another one.")
    wanted = kind.settings_class()
    settings = taken(wanted, known_to(wanted, order.settings))
    receipt = kind(settings).deliver(order.document, order.key)
    if type(receipt) is not Receipt or not isinstance(receipt.reference, str):
        raise TypeError(f"deliver() gave {receipt!r}, not a Receipt whose reference is text")
    return receipt


def _words(error: Exception) -> str:
    return str(error)[:_MOST_WORDS]
