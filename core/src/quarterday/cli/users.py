"""``quarterday user``: give somebody a role, end it, list who has one."""

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
    """Give somebody a role with an authority or a supplier, end it, list who has one."""


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
