"""``quarterday jobs``: what the clock has done, when each job is due, and what came of it; one now, one paused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from quarterday.cli import options
from quarterday.cli.output import print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from quarterday.services.background.scheduled import Ran, Scheduled


@click.group()
def jobs() -> None:
    """List the jobs of the clock and what came of them, run one now, pause one and let it go on."""


@jobs.command("list")
@options.as_json
def list_jobs(as_json: bool) -> None:
    """List the jobs: when each is due, when the clock struck for it last, how long it took, and what it said."""
    from dataclasses import asdict

    from quarterday.cli.opened import OPERATOR, record
    from quarterday.registry import installed
    from quarterday.services.background.scheduled import scheduled

    found = scheduled(record(), OPERATOR, installed())
    if as_json:
        print_json({"jobs": [asdict(one) for one in found]})
        return
    print_table(
        ["job", "when", "last struck", "took", "", "what came of it", "next"],
        [
            [one.name, one.when, _moment(one.last_struck), _seconds(one.last), _how(one), _said(one), _next(one)]
            for one in found
        ],
        numbers={"took"},
    )


@jobs.command()
@click.argument("name")
@options.as_json
def run(name: str, as_json: bool) -> None:
    """Have the job NAME done now; the worker does it, and “quarterday jobs list” shows what came of it."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.registry import installed
    from quarterday.services.background import scheduled

    delivery = scheduled.run(record(), OPERATOR, installed(), job=name)
    if as_json:
        print_json({"job": name, "delivery": delivery})
    else:
        click.echo(f"{name} is asked for, as delivery {delivery}; the worker does it.")


@jobs.command()
@click.argument("name")
@options.as_json
def pause(name: str, as_json: bool) -> None:
    """Have the clock pass the job NAME by, until “quarterday jobs resume”."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.registry import installed
    from quarterday.services.background import scheduled

    changed = scheduled.pause(record(), OPERATOR, installed(), job=name)
    _tell(name, as_json, paused=True, changed=changed)


@jobs.command()
@click.argument("name")
@options.as_json
def resume(name: str, as_json: bool) -> None:
    """Let the paused job NAME go on, from the next time it is due."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.registry import installed
    from quarterday.services.background import scheduled

    changed = scheduled.resume(record(), OPERATOR, installed(), job=name)
    _tell(name, as_json, paused=False, changed=changed)


def _tell(name: str, as_json: bool, *, paused: bool, changed: bool) -> None:
    if as_json:
        print_json({"job": name, "paused": paused, "changed": changed})
        return
    how = "paused" if paused else "not paused"
    click.echo(f"{name} is {how}." if changed else f"{name} was {how} already.")


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at else ""


def _seconds(ran: Ran | None) -> str:
    return f"{ran.seconds:.1f} s" if ran else ""


def _how(one: Scheduled) -> str:
    if one.last is None:
        return one.state or ""
    return "good" if one.last.good else "failed"


def _said(one: Scheduled) -> str:
    return one.last.said if one.last else ""


def _next(one: Scheduled) -> str:
    return _moment(one.next) or "paused"
