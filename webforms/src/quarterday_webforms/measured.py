"""What is counted of requests, for Prometheus; over all the processes that answer, where their folder is named.

The folder is ``PROMETHEUS_MULTIPROC_DIR``, as the library that counts has it; ``quarterday serve`` makes one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

_ANSWERS = Counter("quarterday_answers", "Answers, by page and status.", ["page", "status"])
_SECONDS = Histogram("quarterday_answer_seconds", "How long an answer took, by page.", ["page"])


@dataclass(frozen=True, slots=True)
class Gauged:
    """Something as it is now."""

    name: str
    about: str
    labels: tuple[str, ...]
    values: Mapping[tuple[str, ...], float]
    """How much, by what the labels say."""


def note(page: str, status: int, seconds: float) -> None:
    """Count one answer."""
    _ANSWERS.labels(page, str(status)).inc()
    _SECONDS.labels(page).observe(seconds)


def exposition(gauges: Iterable[Gauged]) -> bytes:
    """All that was counted, and ``gauges`` as they are now, as Prometheus reads it."""
    now = CollectorRegistry()
    for one in gauges:
        gauge = Gauge(one.name, one.about, one.labels, registry=now)
        for said, value in one.values.items():
            (gauge.labels(*said) if said else gauge).set(value)
    counted = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    else:
        counted.register(_ANSWERS)
        counted.register(_SECONDS)
    return generate_latest(counted) + generate_latest(now)
