"""How contracts are shown: as JSON, and for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from quarterday.cli.output import print_table
from quarterday.domain.exact import exact_text, shown
from quarterday.domain.values import Shipped
from quarterday.services.promises.dossier import Dossier, Pinned, Promised
from quarterday.services.scope import ContractRow


def row(one: ContractRow, authorities: Mapping[int, str]) -> dict[str, Any]:
    """A contract in a list, with its authority's key."""
    return {
        "id": one.id,
        "authority": authorities[one.authority_id],
        "reference": one.reference,
        "title": one.title,
        "kind": one.kind,
        "rhythm": one.rhythm.value,
        "starts": one.starts.isoformat(),
        "ends": one.ends.isoformat(),
    }


def as_data(whole: Dossier) -> dict[str, Any]:
    """All that is known of a contract, as JSON data; quantities are exact text in the measure's unit."""
    contract = whole.contract
    return {
        "id": contract.id,
        "reference": contract.reference,
        "title": contract.title,
        "kind": contract.kind,
        "rhythm": contract.rhythm.value,
        "starts": contract.starts,
        "ends": contract.ends,
        "authority": whole.authority,
        "owner": whole.owner or None,
        "parties": [
            {"supplier": party.supplier_id, "name": name, "role": party.role.value, "since": party.valid_from}
            for name, party in whole.parties
        ],
        "measured_by": _pinned(whole.pinned) if whole.pinned else None,
        "commitments": [_promised(one) for one in whole.promised],
        "variations": [
            {"id": one.id, "recorded": one.recorded_at, "by": one.by or None, "reason": one.reason}
            for one in whole.variations
        ],
        "opening_balances": [
            {"ref": one.ref, "as_of": one.as_of, "quantity": exact_text(one.quantity), "source": one.source}
            for one in whole.openings
        ],
    }


def print_dossier(whole: Dossier) -> None:
    """All that is known of a contract, for a person."""
    contract = whole.contract
    click.echo(f"{contract.reference}: {contract.title}")
    click.echo(
        f"{contract.kind.capitalize()} from {contract.starts} to {contract.ends}, reported by {contract.rhythm}."
    )
    click.echo(f"Authority: {whole.authority}. Managed by: {whole.owner or 'nobody'}.")
    for name, party in whole.parties:
        click.echo(f"{party.role.capitalize()}: {name} (supplier {party.supplier_id}), since {party.valid_from}.")
    if whole.pinned is None:
        click.echo("No commitments yet.")
        return
    values, local = whole.pinned.values, whole.pinned.local
    click.echo(f"Measured by {whole.pinned.edition.key}; values: {values.title if values else 'none, so no £'}.")
    if values and values.shipped is Shipped.ILLUSTRATIVE:
        click.secho("These values are made up, for demonstrations: they value nothing real.", fg="yellow")
    click.echo(f"Local: {local.name if local else 'not defined'}.")
    print_table(
        ["ref", "measure", "promised", "unit", "over time", "by period"],
        [
            [
                one.measure.ref,
                one.measure.title,
                shown(one.quantity, 4),
                one.measure.unit_words,
                one.measure.over_time,
                ", ".join(shown(part, 4) for part in one.targets.values()),
            ]
            for one in whole.promised
        ],
        numbers=["promised"],
    )
    for varied in whole.variations:
        by = f" by {varied.by}" if varied.by else ""
        click.echo(f"Varied on {varied.recorded_at:%Y-%m-%d}{by}: {varied.reason or '(reason erased)'}")
    for one in whole.openings:
        click.echo(f"Before the record: {shown(one.quantity, 4)} of {one.ref} by {one.as_of} ({one.source}).")


def _pinned(pinned: Pinned) -> dict[str, Any]:
    values = pinned.values
    return {
        "edition": pinned.edition.key,
        "value_set": values
        and {
            "name": values.id,
            "title": values.title,
            "kind": values.shipped.value,
            "licence": values.licence,
            "here": values.is_here,
            "fingerprint": values.fingerprint,
        },
        "local_area": asdict(pinned.local) if pinned.local else None,
        "recorded": pinned.recorded_at,
    }


def _promised(one: Promised) -> dict[str, Any]:
    return {
        "ref": one.measure.ref,
        "title": one.measure.title,
        "unit": one.measure.unit_words,
        "over_time": one.measure.over_time.value,
        "quantity": exact_text(one.quantity),
        "targets": [
            {"first": first, "last": last, "quantity": exact_text(part)} for (first, last), part in one.targets.items()
        ],
    }
