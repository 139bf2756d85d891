"""The jobs of the clock that plugins offer."""

from __future__ import annotations

from datetime import time
from functools import cache
from typing import NamedTuple

from quarterday import hookspecs
from quarterday.errors import Refused
from quarterday.ports import Daily, Every, Job
from quarterday.registry import Registry, installed
from quarterday.services.plugins.described import NAME, PLACE, fits, usable

A_DAY = 24 * 60
"""In minutes: what happens more seldom is said as a time of the day."""

TWICE_OR_NEVER = (time(1), time(2))
"""From, and before: this hour is missing on the day on which summer time begins, and comes twice when it ends."""


class Offered(NamedTuple):
    """A job, and the plugin it comes from."""

    plugin: str
    job: Job


@cache
def jobs(registry: Registry) -> dict[str, Offered]:
    """The jobs of plugins, by name; what can't be used is recorded as a failure.

    A name that an earlier plugin has is left out.
    """
    offered = usable(registry, hookspecs.jobs, _flaw, called=lambda job: ("job", "name", job.name))
    return {name: Offered(plugin, job) for name, plugin, job in offered}


def installed_jobs() -> list[Job]:
    """The jobs of this installation's plugins."""
    return [job for _, job in jobs(installed()).values()]


def job_of(registry: Registry, name: str) -> Offered:
    """The job of that name; raises :class:`Refused`, naming those there are, where no plugin offers it."""
    there = jobs(registry)
    if name not in there:
        known = ", ".join(sorted(there)) or "none"
        raise Refused(f"No plugin offers the job “{name[:40]}”; there are: {known}.")
    return there[name]


def _flaw(job: Job) -> str | None:
    """Why a job can't be used, None for one that can."""
    if not fits(NAME, job.name):
        return "a name is small letters, digits and hyphens"
    if not fits(r"\S.*", job.summary):
        return "its summary is no line of text"
    if not fits(PLACE, job.load):
        return f"its place “{job.load}” is malformed: write module:attribute"
    if type(job.when) is Every:
        minutes = job.when.minutes
        good = type(minutes) is int and 1 <= minutes <= A_DAY
        return None if good else "“minutes” is a whole number from 1 to 1440"
    return _flaw_of_day(job.when) if type(job.when) is Daily else "“when” is Every or Daily"


def _flaw_of_day(when: Daily) -> str | None:
    if type(when.at) is not time or when.at.tzinfo is not None:
        return "“at” is a time without a time zone: it is what clocks in the United Kingdom show"
    begins, ends = TWICE_OR_NEVER
    if begins <= when.at < ends:
        return f"{when.at:%H:%M} is missing on one day of the year and comes twice on another; choose 02:00 or later"
    if type(when.weekdays) is not frozenset or not when.weekdays or not when.weekdays <= set(range(7)):
        return "“weekdays” is a frozenset of days from 0 (Monday) to 6"
    return None
