"""For machines: whether the process lives, whether it can answer, and what it has counted."""

from __future__ import annotations

import logging

from flask import Blueprint, Response

from quarterday.services.background.deliveries import waiting
from quarterday_webforms import measured
from quarterday_webforms.site import site

LOG = logging.getLogger("quarterday.web")
health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
def ready() -> Response:
    """The record can be read: 200, else 503 with nothing of why, which is in the log."""
    try:
        waiting(site().uow)
    except Exception as trouble:  # whatever it is, the answer is no, and why is in the log
        LOG.error("not ready", exc_info=trouble)
        return Response("not ready\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@health.get("/metrics")
def metrics() -> Response:
    """What was counted, for Prometheus: numbers only, of nobody in particular."""
    queue = waiting(site().uow)
    gauges = {
        "quarterday_outbox_waiting": ("Deliveries that wait.", float(queue.rows)),
        "quarterday_outbox_dead": ("Deliveries that were given up.", float(queue.dead)),
        "quarterday_outbox_oldest_seconds": ("For how long the oldest of them has been due.", queue.oldest_seconds),
    }
    return Response(measured.exposition(gauges), mimetype="text/plain; version=0.0.4")
