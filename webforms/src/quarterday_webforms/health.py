"""For machines: whether the process lives, whether it can answer, and what it has counted."""

from __future__ import annotations

import logging

from flask import Blueprint, Response

from quarterday.services.background import watch
from quarterday_webforms import measured
from quarterday_webforms.measured import Gauged
from quarterday_webforms.site import site

LOG = logging.getLogger("quarterday.web")
health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
def ready() -> Response:
    """The record can be read, the clock strikes and the outbox empties: 200, else 503 with a sentence for each thing
    that stands still. Why the record can't be read is in the log alone."""
    try:
        wrong = watch.troubles(site().uow)
    except Exception as trouble:  # whatever it is, the answer is no, and why is in the log
        LOG.error("not ready", exc_info=trouble)
        wrong = ["The record can't be read; the log says why."]
    if wrong:
        return Response("".join(f"{one}\n" for one in wrong), status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@health.get("/metrics")
def metrics() -> Response:
    """What was counted, for Prometheus: numbers only, of nobody in particular."""
    now = watch.pulse(site().uow)
    gauges = [
        Gauged("quarterday_outbox_rows", "Deliveries that are not done.", ("kind", "state"), now.rows),
        Gauged("quarterday_outbox_oldest_seconds", "How long the oldest has been due.", (), {(): now.oldest_seconds}),
        Gauged("quarterday_deliveries", "Deliveries by how they ended.", ("result",), now.settled),
        Gauged("quarterday_jobs_failed", "Whether a job failed the last time.", ("job",), now.failed),
    ]
    if now.silent_seconds is not None:
        about = "How long no clock has struck."
        gauges.append(Gauged("quarterday_clock_lag_seconds", about, (), {(): now.silent_seconds}))
    return Response(measured.exposition(gauges), mimetype="text/plain; version=0.0.4")
