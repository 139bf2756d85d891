"""``quarterday user``: give somebody a role, end it, list who has one; let them in, or keep them out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import click

from quarterday.cli import options
from quarterday.cli.output import print_json, print_table

at_authority = click.option("--authority", "authority_key", metavar="KEY", default="", help="For this authority.")
at_supplier = click.option("--supplier", "supplier_name", metavar="SUPPLIER", default="", help="For this supplier.")


@click.group()
def user() -> None:
    """Give somebody a role with an authority or a supplier, end it, list who has one; let them in, or keep them out."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="Their name.")
@click.option("--role", required=True, help="supplier; or contract manager, lead, administrator for an authority.")
@at_authority
@at_supplier
@click.option("--from", "valid_from", type=options.day, help="The day it holds from; today if not said.")
@options.as_json
def add(
    email: str,
    name: str,
    role: str,
    authority_key: str,
    supplier_name: str,
    valid_from: date | None,
    as_json: bool,
) -> None:
    """Give the person with the address EMAIL a role; another role they have there ends."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.organisations.people import add_user

    uow = record()
    where = _where(authority_key, supplier_name)
    made = add_user(uow, OPERATOR, email=email, name=name, role=role, valid_from=valid_from, **where)
    if as_json:
        print_json({"id": made})
    else:
        click.echo(f"Added user {made}.")


@user.command()
@click.argument("email")
@at_authority
@at_supplier
@click.option("--from", "valid_from", type=options.day, help="The first day without it; today if not said.")
@options.as_json
def end(email: str, authority_key: str, supplier_name: str, valid_from: date | None, as_json: bool) -> None:
    """End what the person with the address EMAIL may do for an authority or a supplier."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.organisations.people import end_role, person_with

    uow = record()
    who = person_with(uow, OPERATOR, email)
    end_role(uow, OPERATOR, user_id=who, valid_from=valid_from, **_where(authority_key, supplier_name))
    if as_json:
        print_json({"id": who})
    else:
        click.echo(f"Ended the role of user {who}.")


@user.command("list")
@options.as_json
def list_users(as_json: bool) -> None:
    """List everybody who has a role today."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.organisations.authorities import authorities
    from quarterday.services.organisations.people import members
    from quarterday.services.organisations.suppliers import suppliers

    uow = record()
    found = members(uow, OPERATOR)
    if as_json:
        print_json({"users": [asdict(one) for one in found]})
        return
    keys = {one.id: one.key for one in authorities(uow, OPERATOR)}
    names = {one.id: one.name for one in suppliers(uow, OPERATOR)}
    print_table(
        ["id", "name", "e-mail", "role", "for", "since"],
        [
            [
                str(one.user_id),
                one.name,
                one.email,
                one.role,
                keys[one.authority_id] if one.authority_id is not None else names.get(one.supplier_id or 0, ""),
                one.valid_from.isoformat(),
            ]
            for one in found
        ],
        numbers=["id"],
    )


@user.command()
@click.argument("email")
@options.as_json
def link(email: str, as_json: bool) -> None:
    """Print a link that signs the person with the address EMAIL in, once, in any browser, within the hour.

    Hand it to nobody else. That it was made stands in the audit trail.
    """
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.finding import installed_names
    from quarterday.services.access import keys, links
    from quarterday.services.organisations.people import person_with
    from quarterday.settings import load

    uow = record()
    key = keys.installed()
    token_id = links.for_operator(uow, OPERATOR, user_id=person_with(uow, OPERATOR, email))
    url = (load(installed_names()).public_url or "") + links.link_for(key, token_id)
    if as_json:
        print_json({"link": url, "minutes": links.OPERATOR_LIVES.seconds // 60})
    else:
        click.echo(url)


@user.command()
@click.argument("email")
@click.option("--end", "is_end", is_flag=True, help="End them all.")
@options.as_json
def sessions(email: str, is_end: bool, as_json: bool) -> None:
    """List where the person with the address EMAIL is signed in, or end it everywhere."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.access.sessions import end_all, sessions_of
    from quarterday.services.organisations.people import person_with

    uow = record()
    who = person_with(uow, OPERATOR, email)
    if is_end:
        ended = end_all(uow, OPERATOR, user_id=who)
        if as_json:
            print_json({"ended": ended})
        else:
            click.echo(f"Ended {ended} session{'' if ended == 1 else 's'} of user {who}.")
        return
    found = sessions_of(uow, OPERATOR, user_id=who)
    if as_json:
        print_json({"sessions": [asdict(one) for one in found]})
        return
    print_table(
        ["id", "browser", "opens", "signed in", "last used"],
        [
            [
                str(one.id),
                one.label,
                "everything" if one.return_id is None else f"return {one.return_id}",
                f"{one.opened_at:%Y-%m-%d %H:%M} UTC",
                f"{one.seen_at:%Y-%m-%d %H:%M} UTC",
            ]
            for one in found
        ],
        numbers=["id"],
    )


@user.command("reset-second-factor")
@click.argument("email")
@options.as_json
def reset_second_factor(email: str, as_json: bool) -> None:
    """Take the authenticator app of the person with the address EMAIL away, and end all their sessions.

    An administrator enrols an app anew at the next sign-in. Make sure first that it is they who ask.
    """
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.access.second_factor import reset
    from quarterday.services.organisations.people import person_with

    uow = record()
    who = person_with(uow, OPERATOR, email)
    had_one = reset(uow, OPERATOR, user_id=who)
    if as_json:
        print_json({"id": who, "reset": had_one})
    else:
        what = "Took the authenticator app away" if had_one else "There was no authenticator app"
        click.echo(f"{what}; user {who} is signed out everywhere.")


def _where(authority_key: str, supplier_name: str) -> dict[str, int]:
    """The authority or the supplier that is meant, by the names of the use cases' arguments."""
    from quarterday.cli.opened import OPERATOR, in_authority, record
    from quarterday.services.organisations.suppliers import supplier_called

    where = {}
    if authority_key:
        where["authority_id"] = in_authority(authority_key)[1].id
    if supplier_name:
        where["supplier_id"] = supplier_called(record(), OPERATOR, supplier_name).id
    return where
