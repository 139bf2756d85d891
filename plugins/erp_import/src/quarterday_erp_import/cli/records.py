"""``quarterday spend records``, ``correct`` and ``erase``, ``accept`` and ``leave-out``: what people say of what was
read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from quarterday import Refused
from quarterday_erp_import.cli.engine import engine

REJECTS = 3
"""The exit code for “done, with rows to put right”."""
MOST_BYTES = 20 * 2**20


def _opened() -> tuple[Any, Any]:
    with engine():
        from quarterday_erp_import.cli.batches import opened

        uow, actor, _ = opened()
    return uow, actor


@click.command()
@click.argument("batch", type=int)
@click.option("--all", "everything", is_flag=True, help="Also those that somebody has settled.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write all of them as CSV, to put right.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def records(batch: int, everything: bool, out: Path | None, as_json: bool) -> None:
    """List the records of BATCH that weren't understood: no figure has them until somebody says what they mean."""
    from quarterday_erp_import.ledger import corrected_files, corrections

    uow, actor = _opened()
    if out is not None:
        out.write_bytes(corrected_files.written(uow, actor, batch_id=batch))
        click.echo(f"Written to {out}. Put them right there, then: quarterday spend correct {batch} {out}")
        return
    found = corrections.quarantined(uow, actor, batch_id=batch, is_open=not everything)
    if as_json:
        said = [
            {
                "record": one.ordinal,
                "line": one.line,
                "reason": one.reason,
                "text": one.text,
                "is_settled": one.is_settled,
                "means": corrected_files.as_typed(one.means) if one.means else None,
                "no_payment": one.why or None,
            }
            for one in found
        ]
        click.echo(json.dumps(said, indent=2, ensure_ascii=False))
        return
    for one in found:
        state = "" if not one.is_settled else " (settled)" if one.means else " (no payment)"
        click.echo(f"{one.ordinal}: line {one.line}, {one.reason}{state}")
        click.echo(f"  {one.text or 'erased'}")
    if not found:
        click.echo("There are none." if everything else "There are none that are open.")


@click.command()
@click.argument("batch", type=int)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def correct(batch: int, file: Path) -> None:
    """Take in what FILE says the records of BATCH mean: the CSV that “spend records --out” wrote, filled in.

    Rows in which nothing is typed stay open. The exit code is 3 where a row can't be used.
    """
    from quarterday_erp_import.ledger import corrected_files

    if file.stat().st_size > MOST_BYTES:
        raise Refused("The file has more than {most} MB; send it in parts.", most=MOST_BYTES // 2**20)
    uow, actor = _opened()
    taken = corrected_files.taken_in(uow, actor, batch_id=batch, content=file.read_bytes())
    click.echo(f"Records settled: {taken.kept}. Rows left blank: {taken.untouched}.")
    for one in taken.wrong:
        click.echo(f"  row {one.row}: {one.why}")
    if taken.wrong:
        raise click.exceptions.Exit(REJECTS)


@click.command()
@click.argument("batch", type=int)
@click.argument("number", metavar="RECORD", type=int)
def erase(batch: int, number: int) -> None:
    """Erase for good what RECORD of BATCH says, where it names a person: by the number in “spend records --all”.

    What somebody said that it means stays, and so does the file's digest.
    """
    from quarterday_erp_import.ledger import corrections

    uow, actor = _opened()
    found = [one for one in corrections.quarantined(uow, actor, batch_id=batch) if one.ordinal == number]
    if not found:
        raise Refused("Batch {batch} has no record {number} that wasn't understood.", batch=batch, number=number)
    corrections.erase_text(uow, actor, quarantined_id=found[0].id)
    click.echo("Erased.")


@click.command()
@click.argument("batch", type=int)
@click.option("--instead-of", "replaced", type=int, multiple=True, metavar="BATCH", help="Which doesn't count then.")
def accept(batch: int, replaced: tuple[int, ...]) -> None:
    """Have the payments of BATCH count, which waits for somebody or was left out."""
    from quarterday_erp_import.ledger import accepting

    uow, actor = _opened()
    accepting.accept(uow, actor, batch_id=batch, instead_of=replaced)
    click.echo(f"Batch {batch} counts.")


@click.command("leave-out")
@click.argument("batch", type=int)
def leave_out(batch: int) -> None:
    """Have the payments of BATCH not count; it stays, and can be accepted later."""
    from quarterday_erp_import.ledger import accepting

    uow, actor = _opened()
    accepting.leave_out(uow, actor, batch_id=batch)
    click.echo(f"Batch {batch} doesn't count.")
