"""``quarterday messages``: the words of an authority's messages; list them, show, preview, set, send a test."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from quarterday.cli import options
from quarterday.cli.output import print_json, print_table


@click.group()
def messages() -> None:
    """Word an authority's messages: list them, show one, preview it, set it, send a test."""


@messages.command("list")
@options.authority
@options.as_json
def list_messages(authority_key: str, as_json: bool) -> None:
    """List the kinds of message that an authority may word, and the placeholders that each is filled with."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.messages.wording import wordings

    uow, authority = in_authority(authority_key)
    found = wordings(uow, OPERATOR, authority_id=authority.id)
    if as_json:
        print_json({"messages": [asdict(one) for one in found]})
        return
    print_table(
        ["kind", "what it is", "words", "must have", "may have"],
        [
            [
                one.kind,
                one.title,
                one.flaw or f"own, since {one.changed_at:%Y-%m-%d}" if one.changed_at else "standard",
                _named(one.needed),
                _named(one.others),
            ]
            for one in found
        ],
    )


@messages.command()
@click.argument("kind")
@options.authority
@options.as_json
def show(kind: str, authority_key: str, as_json: bool) -> None:
    """Show the template by which messages of a KIND are written, to be changed and given to “set”."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.messages.wording import wording

    uow, authority = in_authority(authority_key)
    found = wording(uow, OPERATOR, authority_id=authority.id, kind=kind)
    if as_json:
        print_json(asdict(found))
    else:
        click.echo(found.source)


@messages.command("set")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--standard", is_flag=True, help="Go back to the standard words.")
@options.authority
@options.as_json
def set_words(kind: str, file: Path | None, standard: bool, authority_key: str, as_json: bool) -> None:
    """Have messages of a KIND written by the template in FILE from now on, or by the standard one again."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.messages.wording import word

    if (file is None) is not standard:
        raise click.UsageError("Name a file with the template, or give --standard.")
    uow, authority = in_authority(authority_key)
    source = _text(file) if file else ""
    found = word(uow, OPERATOR, authority_id=authority.id, kind=kind, source=source)
    if as_json:
        print_json(asdict(found))
    else:
        click.echo(f"{found.title}: {'own' if found.is_own else 'standard'} words from now on.")


@messages.command()
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--html", "as_html", is_flag=True, help="The page of HTML instead of the text.")
@options.authority
@options.as_json
def preview(kind: str, file: Path | None, as_html: bool, authority_key: str, as_json: bool) -> None:
    """Show a message of a KIND with invented facts, by the template in FILE, or by the one that holds."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.messages import wording

    uow, authority = in_authority(authority_key)
    held = wording.wording(uow, OPERATOR, authority_id=authority.id, kind=kind)
    written = wording.preview(kind, _text(file) if file else held.source)
    if as_json:
        print_json(asdict(written))
    else:
        click.echo(written.html if as_html else f"Subject: {written.subject}\n\n{written.text}", nl=False)


@messages.command()
@click.argument("kind")
@click.option("--to", "email", metavar="EMAIL", required=True, help="Somebody who works for the authority.")
@options.authority
@options.as_json
def test(kind: str, email: str, authority_key: str, as_json: bool) -> None:
    """Send somebody of the authority a message of a KIND as it is worded, with invented facts."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.messages.wording import send_test
    from quarterday.services.organisations.people import person_with

    uow, authority = in_authority(authority_key)
    user_id = person_with(uow, OPERATOR, email)
    made = send_test(uow, OPERATOR, authority_id=authority.id, kind=kind, user_id=user_id)
    if as_json:
        print_json({"delivery": made})
    else:
        click.echo(f"Delivery {made} is due; “quarterday worker” sends it.")


def _text(file: Path) -> str:
    """A template in a file; raises :class:`~quarterday.errors.Refused` for what is no text."""
    from quarterday.errors import Refused

    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise Refused(f"{file} can't be read as text in UTF-8.") from problem


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(f"(({name}))" for name in names)
