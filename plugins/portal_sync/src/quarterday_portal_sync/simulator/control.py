"""What tests ask of the simulated portal, under ``/_control``: its faults, what people do in it, all that it holds.

No key is needed: it listens on this machine only.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from quarterday_portal_sync.simulator import acts
from quarterday_portal_sync.simulator.dump import dump
from quarterday_portal_sync.simulator.faults import Fault, NoFault
from quarterday_portal_sync.simulator.interface import stop
from quarterday_portal_sync.simulator.running import running

routes = Blueprint("control", __name__, url_prefix="/_control")


@routes.post("/faults")
def faults() -> Response:
    """Show these faults from now on: ``{"seed": 7, "faults": {"busy": {"every": 5}}}``; those not named are off."""
    told = _told()
    seed, wanted = told.get("seed", 0), told.get("faults", {})
    if set(told) - {"seed", "faults"} or not isinstance(seed, int) or not isinstance(wanted, dict):
        stop(400, 'Send {"seed": 7, "faults": {"busy": {"every": 5}}}.')
    try:
        running().faults.switch({kind: Fault.read(kind, how) for kind, how in wanted.items()}, seed)
    except NoFault as error:
        stop(400, str(error))
    return jsonify(on=sorted(wanted))


@routes.get("/counts")
def counts() -> Response:
    """How many faults of each kind took effect since the portal was started."""
    return jsonify(running().faults.counts())


@routes.post("/act")
def act() -> Response:
    """Do what a person does: ``{"act": "verdict", "seed": 7}``, with whatever is not to be drawn, like ``result``."""
    told = _told()
    what, seed = told.pop("act", None), told.pop("seed", 0)
    if what not in acts.ACTS or not isinstance(seed, int):
        stop(400, f"Say which act: {', '.join(acts.ACTS)}; and a whole number as seed.")
    if not all(isinstance(value, str) for value in told.values()):
        stop(400, "Fields are text.")
    store = running().store
    try:
        done = acts.act(store, what, seed, told)
    except acts.NotDone as error:
        stop(409, str(error))
    running().tell()
    return jsonify(resource=done.resource.name, record=store.told(done))


@routes.get("/dump")
def everything() -> Response:
    """All that it holds, in a stable order."""
    return jsonify(dump(running().store))


def _told() -> dict[str, Any]:
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        stop(400, "Send a JSON object.")
    return dict(told)
