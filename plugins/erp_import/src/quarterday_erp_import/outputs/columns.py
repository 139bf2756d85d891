"""The columns of what is published: data that a council may change, since central templates do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from quarterday import NotConfigured, said

FILE = "spend-columns.toml"
"""A council's own columns, in the data folder."""

FIELDS: Mapping[str, frozenset[str]] = {
    "transparency": frozenset(
        {"authority", "service", "payee", "payee_id", "company_number", "charity_number", "paid_on", "document"}
        | {"amount", "amount_is", "irrecoverable_vat", "category", "category_code"}
    ),
    "over-30k": frozenset(
        {"authority", "contract_reference", "contract_title", "payee", "supplier_identifier", "paid_on", "document"}
        | {"amount", "gross"}
    ),
}
"""What may stand in a column of each."""


def columns(report: str, folder: Path) -> dict[str, str]:
    """Heading → what stands below it, in order; raises :class:`NotConfigured` for a file of the council's that is
    wrong."""
    found = tomllib.loads((files(__package__) / "columns.toml").read_text(encoding="utf-8"))
    own = folder / FILE
    if own.exists():
        try:
            found |= tomllib.loads(own.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
            raise NotConfigured(FILE, said("{file} can't be used: {why}.", file=FILE, why=str(problem))) from problem
    of_report = found[report]
    if not isinstance(of_report, dict) or not of_report:
        raise NotConfigured(FILE, said("{file} names no columns below [{report}].", file=FILE, report=report))
    for heading, field in of_report.items():
        if field not in FIELDS[report]:
            why = said(
                "{file}, “{heading}”: there is no “{field}”; there are {known}.",
                file=FILE,
                heading=heading,
                field=str(field),
                known=", ".join(sorted(FIELDS[report])),
            )
            raise NotConfigured(FILE, why)
    return dict(of_report)
