"""``quarterday doctor``: what is wrong with this installation, and what to do."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict

import click

from quarterday.cli import commands
from quarterday.cli.output import print_json, print_table
from quarterday.errors import Trouble
from quarterday.ports import Health
from quarterday.registry import installed


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Say what is wrong with this installation, and what to do. The exit code is 1 when something is wrong."""
    from quarterday.services.installation.doctor import examine

    with suppress(Trouble):  # the examination itself says so when no plugin can be asked
        commands.offered(installed())
    findings = list(examine())
    wrong = sum(one.verdict.health is Health.WRONG for one in findings)
    if as_json:
        rows = [{"check": one.check, "plugin": one.plugin, **asdict(one.verdict)} for one in findings]
        print_json({"good": not wrong, "findings": rows})
    else:
        print_table(
            ["", "check", "found", "what to do"],
            [[one.verdict.health, one.check, one.verdict.what, one.verdict.to_do] for one in findings],
        )
        click.echo()
        click.echo(f"Wrong: {wrong}." if wrong else "Nothing is wrong.")
    ctx.exit(1 if wrong else 0)
