"""``quarterday settings``: every setting, its value, and where it came from."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from quarterday.cli.output import print_json, print_table
from quarterday.finding import installed_names


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def settings(as_json: bool) -> None:
    """Show every setting, its value (a secret as ***), and where it came from."""
    from quarterday.settings import listed

    found = listed(installed_names())
    if as_json:
        print_json({"settings": [asdict(setting) for setting in found]})
        return
    print_table(
        ["setting", "value", "from", "what it is for"],
        [[one.name, _shown(one.value), one.origin, one.about] for one in found],
    )


def _shown(value: object) -> str:
    """A value as a person reads it: lists as TOML writes them, nothing for a setting that isn't set."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
