"""``quarterday init``: six questions, or a file, and there is a council."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from quarterday.services.installation.beginnings import Answers


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, resolve_path=True, path_type=Path))
@click.option(
    "--answers",
    metavar="FILE.toml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The answers, so that nothing is asked: council, key, first_month, local_area, administrator, email.",
)
def init(folder: Path | None, answers: Path | None) -> None:
    """Begin an installation in FOLDER (by default the data folder): six questions leave a running, empty council.

    The settings, the key that seals secrets, the record, the council with what is local to it and its first
    administrator are made there. What is there already is kept; a council that is there already is never touched.
    """
    if folder:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["QUARTERDAY_DATA_DIR"] = str(folder)
    from quarterday.services.installation import beginnings
    from quarterday.settings_file import data_folder

    beginnings.must_be_new()
    said = beginnings.answers_in(answers) if answers else _asked()
    key = beginnings.begin(said)
    click.echo(f"{said.council} is ready in {data_folder()}; {said.email} is its administrator.")
    if key:
        click.echo(f"Keep a copy of {key} in another place: it opens the plugins' secrets, and no backup holds it.")
    click.echo(
        "Next: “quarterday doctor” looks whether all is well; “quarterday contract import” brings your register."
    )


def _asked() -> Answers:
    """The answers of the person at the terminal; a question is asked until its answer can be used."""
    from quarterday.domain.names import key_like
    from quarterday.services.installation.beginnings import QUESTIONS, Answers

    found: dict[str, Any] = {}
    for field, question in QUESTIONS.items():
        usual = {"key": key_like(found.get("council", "")), "first_month": "4"}.get(field)
        while field not in found:
            try:
                found[field] = question.read(str(click.prompt(question.asks, default=usual or None)))
            except ValueError as problem:
                click.echo(str(problem), err=True)
    return Answers(**found)
