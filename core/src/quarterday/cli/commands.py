"""The commands there are: core's own, and those that plugins add."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

import click

from quarterday import hookspecs
from quarterday.errors import Trouble
from quarterday.ports import Command
from quarterday.registry import Answer, Registry

CORE = (
    Command("areas", "Areas: load which ward each postcode lies in; look one up.", "quarterday.cli.areas:areas"),
    Command("audit", "The audit trail: seal it, and check that nobody meddled with it.", "quarterday.cli.audit:audit"),
    Command(
        "authority", "Authorities: add, list, show; what is local to each.", "quarterday.cli.authorities:authority"
    ),
    Command(
        "catalogue", "Catalogues of measures: list them, show one, compare two.", "quarterday.cli.catalogue:catalogue"
    ),
    Command("commitment", "Commitments: import what contracts promise.", "quarterday.cli.commitments:commitment"),
    Command("contract", "Contracts: add, import, show, award, vary, hand over.", "quarterday.cli.contracts:contract"),
    Command("db", "The record's database: lay it down or upgrade it, back it up, restore.", "quarterday.cli.db:db"),
    Command("doctor", "Say what is wrong with this installation, and what to do.", "quarterday.cli.doctor:doctor"),
    Command("evidence", "Evidence: list, attach, save, erase; sweep its store.", "quarterday.cli.evidence:evidence"),
    Command("init", "Begin: six questions leave a running, empty council.", "quarterday.cli.init:init"),
    Command("jobs", "What the clock has done: list it, run one now, pause one.", "quarterday.cli.jobs:jobs"),
    Command("ledger", "What was paid on contracts, beside what is claimed.", "quarterday.cli.ledger:ledger"),
    Command("messages", "The words of an authority's messages: show, set, test.", "quarterday.cli.messages:messages"),
    Command("outbox", "What is to be delivered: list it, try it again.", "quarterday.cli.outbox:outbox"),
    Command("plugins", "Plugins: list them, show one, switch one off or on.", "quarterday.cli.plugins:plugins"),
    Command("reminders", "Reminders: whom and when; who would get what.", "quarterday.cli.reminders:reminders"),
    Command("report", "Reports: build one, list them; the bridge.", "quarterday.cli.reports:report"),
    Command("return", "Returns: fill, submit, decide; list, show, explain.", "quarterday.cli.returns:returns"),
    Command("settings", "Every setting, its value, and where it came from.", "quarterday.cli.settings:settings"),
    Command("supplier", "Suppliers: add, import, list, show.", "quarterday.cli.suppliers:supplier"),
    Command("user", "People: give a role, end it, list who has one.", "quarterday.cli.users:user"),
    Command("value", "Value a supplier's return with a catalogue and a value set.", "quarterday.cli.value:value"),
    Command("values", "Value sets: list them, show one, check your own.", "quarterday.cli.values:values"),
    Command("worker", "Deliver what is due and seal the audit trail.", "quarterday.cli.worker:worker"),
)

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LOAD = re.compile(r"[\w.]+:\w+")


@cache
def offered(registry: Registry) -> dict[str, tuple[str, Command]]:
    """The commands of plugins, by name, each with its plugin; what can't be used is recorded as a failure.

    A name that core or an earlier plugin has is left out.
    """
    core = {command.name for command in CORE}
    taken: dict[str, tuple[str, Command]] = {}
    for answer in registry.ask(hookspecs.commands):
        if not isinstance(answer, Answer):
            continue
        plugin, command = answer.plugin, answer.value
        if not _NAME.fullmatch(command.name) or not _LOAD.fullmatch(command.load):
            why = f"its name or its place “{command.load}” is malformed: write a-name and module:attribute"
        elif command.name in core:
            why = "Quarterday has one of that name"
        elif command.name in taken:
            why = f"the plugin “{taken[command.name][0]}” has one of that name"
        else:
            taken[command.name] = (plugin, command)
            continue
        registry.fail(plugin, "commands", f"its command “{command.name}” is left out: {why}")
    return taken


def loaded(command: Command) -> click.Command:
    """The click command itself, imported now; raises :class:`Trouble` when there is none at that place."""
    module, _, attribute = command.load.partition(":")
    found = getattr(import_module(module), attribute, None)
    if not isinstance(found, click.Command):
        raise Trouble(f"The command “{command.name}” is not at {command.load}; its author must mend it.")
    return found
