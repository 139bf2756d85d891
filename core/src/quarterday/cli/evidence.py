"""``quarterday evidence``: what backs the entries of a return, attached, saved, erased; and the store in order."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from quarterday.cli.output import print_json, print_table

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def evidence() -> None:
    """List, attach, save and erase what backs the entries of a return, and keep the store in order."""


@evidence.command("list")
@click.argument("return_id", metavar="RETURN", type=int)
@as_json_option
def list_evidence(return_id: int, as_json: bool) -> None:
    """List the evidence of the return of that number, with the draft or the entry that it backs."""
    from dataclasses import asdict

    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns.evidencing import evidence_of

    found = evidence_of(record(), OPERATOR, return_id=return_id)
    if as_json:
        print_json({"evidence": [asdict(piece) for piece in found]})
        return
    print_table(
        ["id", "kind", "name, address or text", "bytes", "scan", "backs"],
        [
            [
                str(piece.id),
                piece.kind,
                "(erased)" if piece.is_erased else piece.said,
                f"{piece.size:,}" if piece.scan else "",
                piece.scan or "",
                f"draft {piece.draft_id}" if piece.draft_id else f"entry {piece.entry_id}",
            ]
            for piece in found
        ],
        numbers={"id", "bytes"},
    )


@evidence.command()
@click.argument("return_id", metavar="RETURN", type=int)
@click.argument("draft_id", metavar="DRAFT", type=int)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@as_json_option
def attach(return_id: int, draft_id: int, path: Path, as_json: bool) -> None:
    """Attach FILE to the entry that is being written as DRAFT in RETURN; both are numbers."""
    from dataclasses import asdict

    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns.evidencing import attach_file, open_keeper

    with path.open("rb") as stream:
        made = attach_file(
            record(), OPERATOR, open_keeper(), return_id=return_id, draft_id=draft_id, name=path.name, stream=stream
        )
    if as_json:
        print_json(asdict(made))
    else:
        click.echo(f"{path.name} is attached as evidence {made.evidence_id}.")


@evidence.command()
@click.argument("evidence_id", metavar="EVIDENCE", type=int)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, exists=True, file_okay=False))
@as_json_option
def save(evidence_id: int, folder: Path, as_json: bool) -> None:
    """Save the file of that number into FOLDER, under its own name; the audit trail says that you did."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.errors import Refused
    from quarterday.services.returns.evidencing import open_evidence, open_keeper

    opened = open_evidence(record(), OPERATOR, open_keeper(), evidence_id=evidence_id)
    target = folder / opened.name
    with opened.file as file:
        try:
            with target.open("xb") as copy:
                shutil.copyfileobj(file, copy)
        except FileExistsError as why:
            raise Refused(f"There is a {target} already; name another folder.") from why
    if as_json:
        print_json({"file": str(target), "media_type": opened.media_type, "size": opened.size})
    else:
        click.echo(f"Saved as {target}.")


@evidence.command()
@click.argument("evidence_id", metavar="EVIDENCE", type=int)
@as_json_option
def erase(evidence_id: int, as_json: bool) -> None:
    """Erase what the evidence of that number says, and its file, for good; its digest stays."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns.evidencing import erase_evidence, open_keeper

    is_gone = erase_evidence(record(), OPERATOR, open_keeper(), evidence_id=evidence_id)
    if as_json:
        print_json({"erased": evidence_id, "file_is_gone": is_gone})
    elif is_gone:
        click.echo("Erased.")
    else:
        click.echo("Erased; the file itself backs something else, or came today: then the next sweep removes it.")


@evidence.command()
@as_json_option
def sweep(as_json: bool) -> None:
    """Remove the files in the store that no evidence has referred to for a day."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.installation.evidence_upkeep import sweep as remove_unused
    from quarterday.services.returns.evidencing import evidence_store

    removed = remove_unused(record(), OPERATOR, evidence_store())
    if as_json:
        print_json({"removed": removed})
    else:
        click.echo(f"Files removed: {removed}.")
