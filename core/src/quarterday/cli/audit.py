"""``quarterday audit``: seal the audit trail, and check that nobody has meddled with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from quarterday.cli.output import print_json, print_table

if TYPE_CHECKING:
    from quarterday.services import audit_trail

BROKEN = 1
"""The exit code for a trail that doesn't hold."""

INSTALLATION = "(installation)"
"""How the chain of no authority is called in tables."""


@click.group()
def audit() -> None:
    """Seal the audit trail into a chain for each authority, and check the chains."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def seal(as_json: bool) -> None:
    """Seal what is not sealed yet. The worker does this each minute."""
    from quarterday.services import audit_trail
    from quarterday.services.record import open_record

    sealed = audit_trail.seal(open_record())
    if as_json:
        print_json({"sealed": sealed})
    else:
        click.echo(f"Rows sealed: {sealed}.")


@audit.command()
@click.option(
    "--expect",
    metavar="DIGEST",
    multiple=True,
    help="The head of a chain that you kept elsewhere; it must still stand in its chain.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verify(ctx: click.Context, expect: tuple[str, ...], as_json: bool) -> None:
    """Find changed, removed and inserted rows, and name those not yet sealed; exit code 1 when a chain is broken.

    A tail that was cut off whole can't be seen in the record itself: keep the heads that this prints somewhere else,
    and give them with --expect the next time.
    """
    from quarterday.services import audit_trail
    from quarterday.services.record import open_record

    found = audit_trail.verify(open_record(), expect=[one.strip().lower() for one in expect])
    if as_json:
        _print_json(found)
    else:
        _print(found)
    ctx.exit(BROKEN if found.breaks else 0)


def _print_json(found: audit_trail.Checked) -> None:
    from dataclasses import asdict

    chains = [asdict(chain) | {"unsealed": list(chain.unsealed)} for chain in found.chains]
    print_json({"holds": not found.breaks, "breaks": [asdict(one) for one in found.breaks], "chains": chains})


def _print(found: audit_trail.Checked) -> None:
    print_table(
        ["chain", "sealed", "not yet sealed", "head"],
        [
            [chain.authority or INSTALLATION, str(chain.sealed), _rows(chain.unsealed), chain.head]
            for chain in found.chains
        ],
        numbers={"sealed"},
    )
    click.echo()
    if found.breaks:
        chains = ["" if one.kind == "cut" else one.authority or INSTALLATION for one in found.breaks]
        rows = [[one.kind, chain, one.says] for one, chain in zip(found.breaks, chains, strict=True)]
        print_table(["broken", "chain", "what was found"], rows)
    else:
        click.echo("Every chain holds.")


def _rows(ids: tuple[int, ...]) -> str:
    """Rows by their numbers, runs of them as ``7-12``."""
    runs: list[list[int]] = []
    for number in ids:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
