"""``quarterday values``: list the value sets, show one, check a council's own file and load it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quarterday.cli import options
from quarterday.cli.output import print_json

if TYPE_CHECKING:
    from quarterday.domain.values import ValueSet

REJECTS = 3
"""The exit code for “done, with rows to put right”."""

of_authority = click.option(
    "--authority", "authority_key", metavar="KEY", default="", help="Of those that this authority loaded."
)


def stated(command: Callable[..., None]) -> Callable[..., None]:
    """The file, and what the person who hands it over says of its rows."""
    for option in (
        click.option("--area", default="", metavar="CODE", help="The area of rows that state none, like E08000018."),
        click.option("--redistributable/--not-redistributable", default=None, help="Whether they may be passed on."),
        click.option("--source", default="", help="Where the values come from, where the rows don't say."),
        click.option("--licence", default="", help="The licence you hold the values under, where the rows don't say."),
        options.column,
        click.option(
            "--catalogue", "catalogue_name", metavar="ID", required=True, help="The catalogue, as ID or ID/EDITION."
        ),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        command = option(command)
    return command


@click.group()
def values() -> None:
    """List the value sets, show one, check a file of your own values and load it."""


@values.command("list")
@of_authority
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_sets(authority_key: str, as_json: bool) -> None:
    """List the value sets that ship, with the edition each one values; or those that an authority loaded."""
    if authority_key:
        _list_kept(authority_key, as_json)
        return
    from quarterday.cli import values_shown
    from quarterday.services.measures.values import shipped_sets

    if as_json:
        print_json({"value_sets": [values_shown.head_as_data(one) for one in shipped_sets()]})
    else:
        values_shown.print_list(shipped_sets())


@values.command()
@click.argument("name", metavar="ID")
@click.option("--edition", metavar="ID/EDITION", help="The edition it values, where several have one of that name.")
@of_authority
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, edition: str | None, authority_key: str, as_json: bool) -> None:
    """Show a value set: each value with its derivation and source, and what was left out and why."""
    from quarterday.cli import values_shown

    one = _kept(name, authority_key) if authority_key else _chosen(name, edition)
    if as_json:
        print_json(values_shown.set_as_data(one))
    else:
        values_shown.print_set(one)


@values.command()
@stated
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(
    file: Path,
    catalogue_name: str,
    columns: dict[str, str],
    licence: str,
    source: str,
    redistributable: bool | None,
    area: str,
    as_json: bool,
) -> None:
    """Say what is understood of FILE, a CSV or Excel file of your own unit values; nothing is stored.

    The columns are known by their headers: ref, unit value, unit, area, industry, valid from, valid to, licence,
    source, redistributable, derivation, edition. Rows that can't be used are listed by line and column, and the exit
    code is then 3: such a file would not load, for it is used whole or not at all.
    """
    from quarterday.cli import values_shown
    from quarterday.services.measures.catalogues import catalogue
    from quarterday.services.measures.values import Stated, check_values

    stated = Stated(licence=licence, source=source, redistributable=redistributable, area=area, columns=columns)
    checked = check_values(file, catalogue(catalogue_name), stated)
    if as_json:
        print_json(values_shown.check_as_data(checked))
    else:
        values_shown.print_check(checked)
    if checked.faults:
        click.get_current_context().exit(REJECTS)


@values.command()
@stated
@options.authority
@click.option("--name", default="", help="The name of the set in the record; the file's, if not said.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def load(
    file: Path,
    catalogue_name: str,
    columns: dict[str, str],
    licence: str,
    source: str,
    redistributable: bool | None,
    area: str,
    authority_key: str,
    name: str,
    as_json: bool,
) -> None:
    """Put FILE, your own unit values, into the record of an authority, immutable and under their licence.

    The file is checked first, as “values check” does, and used whole or not at all. The same values loaded again
    change nothing. Contracts are awarded with a set by its name.
    """
    from quarterday.cli import kept_values_shown
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.measures.catalogues import catalogue
    from quarterday.services.measures.loading_values import load_values
    from quarterday.services.measures.values import Stated

    uow, council = in_authority(authority_key)
    loaded = load_values(
        uow,
        OPERATOR,
        authority_id=council.id,
        path=file,
        edition=catalogue(catalogue_name),
        stated=Stated(licence=licence, source=source, redistributable=redistributable, area=area, columns=columns),
        name=name,
    )
    if as_json:
        print_json(kept_values_shown.loaded_as_data(loaded))
    else:
        kept_values_shown.print_loaded(loaded)


def _chosen(name: str, edition: str | None) -> ValueSet:
    from difflib import get_close_matches

    from quarterday.services.measures.values import shipped_sets

    sets = shipped_sets()
    fitting = [one for one in sets if one.id == name and edition in (None, one.edition)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        editions = ", ".join(one.edition for one in fitting)
        raise click.UsageError(f"“{name}” is there for several editions; say which with --edition: {editions}.")
    near = get_close_matches(name, {one.id for one in sets} - {name}, n=1, cutoff=0.4)
    hint = f"did you mean “{near[0]}”?" if near else "“quarterday values list” shows what there is."
    raise click.UsageError(f"There is no value set “{name}”{f' for {edition}' if edition else ''}; {hint}")


def _kept(name: str, authority_key: str) -> ValueSet:
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.measures.loading_values import kept_value_set

    uow, council = in_authority(authority_key)
    return kept_value_set(uow, OPERATOR, authority_id=council.id, name=name)


def _list_kept(authority_key: str, as_json: bool) -> None:
    from quarterday.cli import kept_values_shown
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.measures.loading_values import kept_values

    uow, council = in_authority(authority_key)
    kept = kept_values(uow, OPERATOR, authority_id=council.id)
    if as_json:
        print_json({"value_sets": [kept_values_shown.kept_as_data(one) for one in kept]})
    else:
        kept_values_shown.print_kept(kept)
