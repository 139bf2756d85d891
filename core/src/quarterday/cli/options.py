"""Options that several commands share."""

from __future__ import annotations

import click


def _mapping(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """``--column field=header`` options as a mapping."""
    if wrong := next((one for one in given if "=" not in one), None):
        raise click.BadParameter(f"“{wrong}” has no “=”; write the field, “=” and the header, like ref=Measure.")
    return dict(one.split("=", 1) for one in given)


column = click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_mapping,
    metavar="FIELD=HEADER",
    help="The header of the column that holds a field, where it isn't recognised.",
)
"""``--column FIELD=HEADER``, as often as needed; the command takes them as ``columns``: field → header."""
