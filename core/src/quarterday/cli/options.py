"""Options that several commands share."""

from __future__ import annotations

from datetime import date, datetime, time

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


def day(text: str) -> date:
    """The type of an option for a day: 2026-07-31, 31/07/2026 or 31 July 2026; a usage error for anything else."""
    from quarterday.domain.cells import day as read

    try:
        return read(text)
    except ValueError as problem:
        raise click.BadParameter(str(problem)) from problem


def moment(text: str) -> datetime:
    """The type of an option for a moment: a day, meaning its end in the United Kingdom, or a time on a day."""
    from zoneinfo import ZoneInfo

    from quarterday.domain.cells import day as read

    london = ZoneInfo("Europe/London")
    try:
        return datetime.combine(read(text), time.max, london)
    except ValueError:
        pass  # not a day alone
    try:
        found = datetime.fromisoformat(text)
    except ValueError as problem:
        raise click.BadParameter(f"“{text[:40]}” is no moment; write 2026-07-31 or 2026-07-31T17:00.") from problem
    return found if found.tzinfo else found.replace(tzinfo=london)


authority = click.option(
    "--authority", "authority_key", metavar="KEY", required=True, help="The authority's short name."
)
"""``--authority KEY``; the command takes it as ``authority_key``."""
as_at = click.option("--as-at", type=moment, help="As it was known then: a day's end, or a time.")
"""``--as-at``; the command takes it as ``as_at``, a moment or None for now."""
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
"""``--json``; the command takes it as ``as_json``."""
acting_for = click.option("--as", "email", metavar="EMAIL", required=True, help="The address of who does this.")
"""``--as EMAIL``; the command takes it as ``email``: the person for whom the operator acts."""
