"""How the simulated portal's faults show in a call: before it acts, or in what it answers."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from time import sleep
from typing import Any

from flask import Response, request

from quarterday_portal_sync.simulator.faults import Fault
from quarterday_portal_sync.simulator.interface import error
from quarterday_portal_sync.simulator.running import running

Told = dict[str, Any]
"""An answer's JSON."""

_HTML = "<!doctype html><title>Portal</title><p>We are doing some work on this site. Please come back later."


def _may_be_unwell() -> bool:
    return request.path.startswith(("/v1/", "/oauth/")) and bool(running().faults.on)


def before_it_acts() -> Response | None:
    """Be slow, or answer with an error instead of acting."""
    if not _may_be_unwell():
        return None
    faults = running().faults
    if slow := faults.draw("slow"):
        sleep(slow.seconds)
        faults.took_effect("slow")
    if faults.draw("failed"):
        faults.took_effect("failed")
        return error(500, "Something went wrong.")
    if faults.draw("unavailable"):
        faults.took_effect("unavailable")
        return error(503, "The portal is closed for a moment.")
    if busy := faults.draw("busy"):
        faults.took_effect("busy")
        answer = error(429, "Too many calls.")
        answer.headers["Retry-After"] = str(int(busy.seconds))
        return answer
    token = request.headers.get("Authorization", "").partition(" ")[2]
    if token and running().access.is_good_token(token) and faults.draw("expired"):
        running().access.forget(token)
        faults.took_effect("expired")
    return None


def before_it_answers(response: Response) -> Response:
    """Spoil an answer on what was carried out."""
    if not _may_be_unwell() or response.status_code != 200 or not response.is_json:
        return response
    faults = running().faults
    if request.method == "POST" and request.path.startswith("/v1/") and faults.draw("lost") and _hang_up():
        faults.took_effect("lost")
        return response
    if request.method == "GET":
        told = json.loads(response.get_data())
        spoilt = [kind for kind in _SPOILERS if _spoilt(kind, told)]
        if spoilt:
            response.set_data(json.dumps(told))
    if faults.draw("html"):
        faults.took_effect("html")
        response.mimetype = "text/html"
        response.set_data(_HTML)
    elif faults.draw("truncated"):
        faults.took_effect("truncated")
        response.set_data(response.get_data()[: len(response.get_data()) // 2])
    return response


def _hang_up() -> bool:
    """Close the connection that the call came on; whether there is one."""
    connection = request.environ.get("werkzeug.socket")
    if connection is None:
        return False
    with suppress(OSError):  # whoever called has hung up already
        connection.shutdown(socket.SHUT_RDWR)
    return True


def _records(told: Told) -> list[Told]:
    """The records that an answer tells."""
    if "changes" in told:
        return [change["record"] for change in told["changes"]]
    return told.get("records") or ([told] if "revision" in told else [])


def _spoilt(kind: str, told: Told) -> bool:
    """Whether an answer was spoilt in one way; counted where it was."""
    faults = running().faults
    can_be, spoil = _SPOILERS[kind]
    if kind not in faults.on or not can_be(told, faults.on[kind]):
        return False
    fault = faults.draw(kind)
    if fault is None or not spoil(told, fault, faults.random(f"{kind}-how", faults.counts()[kind])):
        return False
    faults.took_effect(kind)
    return True


def _has_field(told: Told, fault: Fault) -> bool:
    return any(fault.field in record for record in _records(told))


def _has_changes(told: Told, _: Fault) -> bool:
    return bool(told.get("changes"))


def _has_order(told: Told, _: Fault) -> bool:
    return len(told.get("changes", ())) > 1


def _has_times(told: Told, _: Fault) -> bool:
    return bool(_records(told))


def _renamed(told: Told, fault: Fault, _: Random) -> bool:
    for record in _records(told):
        if fault.field in record:
            record[fault.to] = record.pop(fault.field)
    return True


def _retyped(told: Told, fault: Fault, chance: Random) -> bool:
    as_number = chance.random() < 0.5
    for record in _records(told):
        if fault.field in record:
            text = record[fault.field]
            record[fault.field] = _number(text) if as_number else {"value": text}
    return True


def _number(text: str) -> float:
    """What a text says as a number, or how long it is."""
    try:
        return float(text)
    except ValueError:
        return len(text)


def _reordered(told: Told, _: Fault, chance: Random) -> bool:
    before = list(told["changes"])
    chance.shuffle(told["changes"])
    if told["changes"] == before:
        told["changes"].reverse()
    return bool(told["changes"] != before)


def _duplicated(told: Told, _: Fault, chance: Random) -> bool:
    changes = told["changes"]
    changes.insert(chance.randint(0, len(changes)), chance.choice(changes))
    return True


def _skewed(told: Told, fault: Fault, _: Random) -> bool:
    for record in _records(told):
        record["modifiedAt"] = _moved(record["modifiedAt"], fault.hours)
    for change in told.get("changes", ()):
        change["at"] = _moved(change["at"], fault.hours)
    return True


def _moved(time: str, hours: int) -> str:
    return (datetime.fromisoformat(time) + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


_SPOILERS: dict[str, tuple[Callable[[Told, Fault], bool], Callable[[Told, Fault, Random], bool]]] = {
    "skewed": (_has_times, _skewed),
    "renamed": (_has_field, _renamed),
    "retyped": (_has_field, _retyped),
    "reordered": (_has_order, _reordered),
    "duplicated": (_has_changes, _duplicated),
}
"""For what is told: whether it can be spoilt so, and how. A second copy of a changed record is spoilt once: last."""
