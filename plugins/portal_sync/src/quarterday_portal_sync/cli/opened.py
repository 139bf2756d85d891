"""What the commands of an exchange share: whose it is, with which portal, and how they end and print."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

import click

from quarterday import NotConfigured, Refused

if TYPE_CHECKING:
    from quarterday.services.record import Actor, UnitOfWork

F = TypeVar("F", bound=Callable[..., Any])

REJECTS = 3
"""The exit code for “done, with something to settle or put right”."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The exchange that a command is about."""

    uow: UnitOfWork
    actor: Actor
    authority_id: int
    portal: str


def of_an_exchange(command: F) -> F:
    """The options that say whose exchange with which portal is meant, and whether to print JSON."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option("--portal", metavar="ID", default="", help="Which portal, where more than one is set."),
        click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name."),
    ):
        command = option(command)
    return command


def exchange(key: str, portal: str) -> Exchange:
    """The exchange of an authority with the portal that is named, or with the only one that it has set.

    Raises :class:`NotConfigured` where none is set, and :class:`Refused` for one that isn't, or where several are.
    """
    from quarterday.services.organisations.authorities import authority_by_key
    from quarterday.services.plugins.portals import portals_of
    from quarterday.services.record import Actor, open_record

    uow, actor = open_record(), Actor.operator("cli")
    authority_id = authority_by_key(uow, actor, key).id
    with uow.read(actor) as work:
        there = sorted(portals_of(work, authority_id))
    if not there:
        why = "No portal is set; run “quarterday plugins configure portal_sync --authority {key}”."
        raise NotConfigured("transport", why, key=key)
    if portal and portal not in there:
        raise Refused("“{portal}” isn't set for {key}; there are: {all}.", portal=portal, key=key, all=", ".join(there))
    if not portal and len(there) > 1:
        raise Refused("Say which portal, by --portal; there are: {all}.", all=", ".join(there))
    return Exchange(uow, actor, authority_id, portal or there[0])


def print_data(value: object) -> None:
    """Print it as JSON."""
    click.echo(json.dumps(_plain(value), indent=2, ensure_ascii=False))


def end(needs_somebody: bool) -> None:
    """End the command: as done, or with the code that says that something is left to settle."""
    if needs_somebody:
        raise click.exceptions.Exit(REJECTS)


def _plain(value: Any) -> Any:
    """What JSON has of it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(one) for name, one in asdict(value).items()}
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    match value:
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case Fraction():
            return str(value)
        case str():
            return str(value)
    return value
