"""``quarterday areas``: load which ward each postcode lies in, and look one up."""

from __future__ import annotations

from pathlib import Path

import click

from quarterday.cli import options
from quarterday.cli.output import print_json


@click.group()
def areas() -> None:
    """Load which ward each postcode lies in, and look a postcode up."""


@areas.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.as_json
def load(files: tuple[Path, ...], as_json: bool) -> None:
    """Load FILES that say which ward each postcode lies in, in place of what was loaded before.

    They are Code-Point Open as Ordnance Survey gives it out (a ZIP), or a CSV with columns like “pcds” and “osward”;
    and, for the wards' names, a CSV with columns like “WD24CD” and “WD24NM”.
    """
    from dataclasses import asdict

    from quarterday.wards import load as load_wards

    found = load_wards(files)
    if as_json:
        print_json(asdict(found))
    else:
        click.echo(f"Postcodes: {found.postcodes:,}, in {found.wards:,} wards, of which {found.named:,} have names.")


@areas.command()
@click.argument("postcode")
@options.as_json
def find(postcode: str, as_json: bool) -> None:
    """Say in which authority, and in which ward, POSTCODE lies, a whole one like “S60 2HX”."""
    from quarterday.areas import name_of
    from quarterday.errors import Refused
    from quarterday.postcodes import whole
    from quarterday.wards import names_of, wards_of

    letters = "".join(postcode.upper().split())
    written = f"{letters[:-3]} {letters[-3:]}"
    code, _ = whole([written]).get(written, ("", None))
    ward = wards_of([written]).get(written)
    if not code and ward is None:
        raise Refused("“{postcode}” is in no directory; write a whole postcode, like S60 2HX.", postcode=postcode[:20])
    names = names_of([ward] if ward else [])
    if as_json:
        found = {"postcode": written, "authority": code or None, "authority_name": name_of(code) if code else None}
        print_json(found | {"ward": ward, "ward_name": names.get(ward or "")})
        return
    click.echo(f"{written}: {name_of(code)} ({code})" if code else f"{written}: no authority is known")
    click.echo(
        f"Ward: {names.get(ward, ward)} ({ward})" if ward else "Ward: not known; “quarterday areas load” loads them"
    )
