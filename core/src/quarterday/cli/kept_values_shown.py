"""How the value sets in the record are shown: as JSON, and for a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from quarterday.cli.output import print_table
from quarterday.cli.values_shown import check_as_data
from quarterday.services.measures.loading_values import Kept, Loaded, Outcome


def kept_as_data(one: Kept) -> dict[str, Any]:
    """A value set that an authority loaded, without its rows, as JSON data."""
    return {
        "id": one.id,
        "name": one.name,
        "edition": one.edition,
        "licence": one.licence,
        "source": one.source,
        "redistributable": one.is_redistributable,
        "here": one.is_here,
        "fingerprint": one.digest,
        "loaded": one.recorded_at,
    }


def print_kept(kept: Iterable[Kept]) -> None:
    """The value sets an authority loaded, one a line."""
    print_table(
        ["name", "edition", "licence", "may be passed on", "values", "loaded"],
        [
            [
                one.name,
                one.edition,
                one.licence,
                "yes" if one.is_redistributable else "no",
                "here" if one.is_here else "not here: load the same file",
                f"{one.recorded_at:%Y-%m-%d}",
            ]
            for one in kept
        ],
    )


def loaded_as_data(loaded: Loaded) -> dict[str, Any]:
    """What came of loading a file, as JSON data."""
    return {
        "outcome": loaded.outcome.value,
        "value_set": kept_as_data(loaded.kept),
        "still_missing": [kept_as_data(one) for one in loaded.still_missing],
        "check": check_as_data(loaded.check),
    }


def print_loaded(loaded: Loaded) -> None:
    """What came of loading a file, for a person."""
    kept, made = loaded.kept, loaded.check.value_set
    said = {
        Outcome.ADDED: f"Loaded “{kept.name}”: {len(made.all_values):,} values for {kept.edition}.",
        Outcome.THERE: f"Nothing was changed: the same values are in the record already, as “{kept.name}”.",
        Outcome.FILLED: f"The values of “{kept.name}” are in the record again; figures that lacked them have them now.",
    }
    click.echo(said[loaded.outcome])
    click.echo(f"Licence: {kept.licence}. May be passed on: {'yes' if kept.is_redistributable else 'no'}.")
    for one in loaded.still_missing:
        click.echo(
            f"Still without its values: “{one.name}” (licence “{one.licence}”, source “{one.source}”). This file's are "
            "not the same; load the file it came from, and state licence and source as here."
        )
