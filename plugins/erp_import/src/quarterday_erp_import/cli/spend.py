"""``quarterday spend``: say what a spend file is understood to be, and take its lines in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quarterday import Refused
from quarterday_erp_import.cli.batches import list_batches, reconcile, supersede
from quarterday_erp_import.cli.engine import engine
from quarterday_erp_import.cli.feeds import feeds
from quarterday_erp_import.cli.figures import figures, reckon
from quarterday_erp_import.cli.linking import link
from quarterday_erp_import.cli.payees import payees, settle_payees
from quarterday_erp_import.cli.publishing import publish
from quarterday_erp_import.cli.records import accept, correct, erase, leave_out, records
from quarterday_erp_import.cli.same import same
from quarterday_erp_import.cli.vendors import match, vendors

if TYPE_CHECKING:
    from quarterday_erp_import.reading import Account, Profile, Settled

REJECTS = 3
"""The exit code for “done, with records to put right”."""

SHOWN = 20
"""How many records that are set aside are shown."""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every command that reads a spend file takes."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--set",
            "answers",
            multiple=True,
            metavar="KEY=ANSWER",
            help="Answer a question of “spend profile”, or name a field's column: payee=Paid to.",
        ),
        click.option("--as", "mapping", metavar="NAME", help="Read it as the mapping of that name says."),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        command = option(command)
    return command


@click.group()
def spend() -> None:
    """Spend files: say what one is understood to be, take one in."""


spend.add_command(list_batches)
spend.add_command(supersede)
spend.add_command(reconcile)
spend.add_command(vendors)
spend.add_command(same)
spend.add_command(match)
spend.add_command(payees)
spend.add_command(settle_payees)
spend.add_command(records)
spend.add_command(correct)
spend.add_command(erase)
spend.add_command(accept)
spend.add_command(leave_out)
spend.add_command(link)
spend.add_command(reckon)
spend.add_command(figures)
spend.add_command(publish)
spend.add_command(feeds)


@spend.command()
@_options
@click.option("--save", "name", metavar="NAME", help="Keep what is understood as a mapping of this name, to be edited.")
def profile(file: Path, mapping: str | None, answers: tuple[str, ...], as_json: bool, name: str | None) -> None:
    """Say what FILE is understood to be: its columns, dates and amounts, how sure that is, and why.

    FILE is what a finance system gives: CSV, or a workbook. What is doubtful is asked; answer with --set, and keep the
    answers for the next file of the same kind with --save.
    """
    with engine():
        from quarterday_erp_import.reading import profile as understand
        from quarterday_erp_import.reading import save

    found = understand(file, mapping=_settled(mapping, answers))
    saved = save(found.settled(), name, _folder()) if name else None
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
        return
    _show(found)
    if saved:
        click.echo(f"Saved as {saved}. Use it with --as {name}.")


@spend.command("import")
@_options
@click.option("--dry-run", is_flag=True, help="Say what would be taken in, and keep nothing.")
@click.option("--authority", "key", metavar="KEY", help="The short name of the authority whose spend it is.")
@click.option("--feed", default="spend", show_default=True, help="What the file is one of, like “cards”.")
@click.option("--again", is_flag=True, help="Read a file that is known once more, in the place of what it was read as.")
def import_spend(
    file: Path,
    mapping: str | None,
    answers: tuple[str, ...],
    as_json: bool,
    dry_run: bool,
    key: str | None,
    feed: str,
    again: bool,
) -> None:
    """Read FILE whole, say how many of its records are payments and what they add up to, and keep them.

    Every record after the header is accepted, set aside with the reason, or skipped because it is blank, a total or a
    note; the exit code is 3 where one is set aside. A file that was taken in before is known, whatever its name.
    """
    if not dry_run and not key:
        raise click.UsageError("Say whose spend it is with --authority KEY, or try the file with --dry-run.")
    with engine():
        from quarterday_erp_import.cli import importing

    imported = account = None
    try:
        if key and not dry_run:
            taking = importing.Taking(file, _settled(mapping, answers))
            imported = taking.into(key, feed=feed, again=again)
            account = taking.account
        else:
            account = importing.Counting(file, _settled(mapping, answers)).through()
    except Refused as refused:
        if as_json:
            click.echo(json.dumps({"refused": str(refused)}, ensure_ascii=False))
        raise
    if as_json:
        said = {**(account.to_json() if account else {}), **(importing.as_data(imported) if imported else {})}
        click.echo(json.dumps(said, indent=2, ensure_ascii=False))
    else:
        if account:
            _show_account(account)
        if imported:
            importing.show(imported)
    if account and account.quarantined:
        raise click.exceptions.Exit(REJECTS)


def _settled(mapping: str | None, answers: tuple[str, ...]) -> Settled:
    from quarterday_erp_import.reading import Settled, read_settled, saved

    kept = read_settled(saved(mapping, _folder())) if mapping else Settled()
    return kept.answering(answers)


def _folder() -> Path:
    from quarterday.services.record import installation_settings
    from quarterday_erp_import.ledger.offered import MAPPINGS

    return installation_settings().data_dir / MAPPINGS


def _show(found: Profile) -> None:
    where = (
        f"row {found.header_row}" if found.header_rows == 1 else f"{found.header_rows} rows, to row {found.header_row}"
    )
    click.echo(f"{found.rows} records after the header ({where}); {found.encoding}.")
    for field, column in found.used.items():
        name = column.name or f"column {column.index + 1}"
        click.echo(f"  {field:16} {name}  ({column.sure:.0%} sure: {column.why})")
    if found.amount_is != "unknown":
        click.echo(f"  The amount is {found.amount_is}: {found.why['amount']}.")
    if "paid_on" in found.columns:
        click.echo(f"  Dates are read {found.order.order}: {found.order.why}")
    for question in found.questions:
        click.echo(f"Asked: {question.text}")
        click.echo(
            f"  Taken so far: {question.assumed}. Answer with --set {question.key}=… : {'; '.join(question.choices)}"
        )


def _show_account(account: Account) -> None:
    said = account.to_json()
    aside, skipped = said["quarantined"], said["skipped"]
    click.echo(f"{said['rows']} records: {said['accepted']} accepted, {aside} set aside, {skipped} skipped.")
    click.echo(f"The accepted ones add up to £{said['amount_total']}.")
    for one in account.quarantined[:SHOWN]:
        click.echo(f"  line {one.line}: {one.reason}")
    if len(account.quarantined) > SHOWN:
        click.echo(f"  … and {len(account.quarantined) - SHOWN} more.")
