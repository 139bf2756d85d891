"""The lists of single payments that a council publishes, in the columns of its mapping; nobody is named who is a
person, trades as one, or was redacted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from quarterday import Payee
from quarterday_erp_import.outputs.papers import Cell, Sheet, pence
from quarterday_erp_import.payees.vendors import Vendor

WITHHELD, REDACTED = "REDACTED PERSONAL DATA", "REDACTED"
"""What stands for a person's name, and for one that the council's own file redacted."""

_MONEY = {"amount", "gross", "irrecoverable_vat"}
_WHOSE = {"payee_id", "company_number", "charity_number", "supplier_identifier"}


@dataclass(frozen=True, slots=True)
class Named:
    """What lists name besides what lines hold."""

    authority: str
    contracts: Mapping[int, tuple[str, str]]
    """The reference and the title of each contract."""
    vendors: Mapping[str, Vendor]
    """The supplier master, as payments name its suppliers."""
    suppliers: Mapping[tuple[str, str], Payee]
    """Who of the payees, by name and number, are suppliers of contracts."""


def listed(
    name: str, caption: str, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], named: Named, *notes: str
) -> Sheet:
    """Payments as one table, in the order of their days."""
    in_order = sorted(rows, key=lambda row: (row["paid_on"], row["payee"] or "", row["document"] or "", -row["amount"]))
    return Sheet(
        name, caption, list(columns), [_row(row, list(columns.values()), named) for row in in_order], notes=notes
    )


def _row(row: Mapping[str, Any], fields: Sequence[str], named: Named) -> list[Cell]:
    told = {**row, **_told(row, named)}
    return [_cell(field, told.get(field)) for field in fields]


def _told(row: Mapping[str, Any], named: Named) -> dict[str, Any]:
    """What a list says of whose payment it is."""
    reference, title = named.contracts.get(row.get("contract_id") or 0, ("", ""))
    told: dict[str, Any] = {
        "authority": named.authority,
        "contract_reference": reference,
        "contract_title": title,
    }
    if row["payee"] is None:
        return told | dict.fromkeys(_WHOSE) | {"payee": REDACTED if row["kind"] == "redacted" else WITHHELD}
    vendor = named.vendors.get(row["supplier"] or "")
    company = row["company_number"] or (vendor and vendor.company_number)
    charity = row["charity_number"] or (vendor and vendor.charity_number)
    supplier = named.suppliers.get((row["payee"], row["payee_id"] or ""))
    registered = [("GB-COH", company), ("GB-CHC", charity), *(supplier.identifiers if supplier else ())]
    identifier = next((f"{scheme}-{number}" for scheme, number in registered if number and scheme != "VAT"), "")
    return told | {"company_number": company, "charity_number": charity, "supplier_identifier": identifier}


def _cell(field: str, value: Any) -> Cell:
    if value is None:
        return ""
    if field in _MONEY:
        return pence(value)
    return value.isoformat() if isinstance(value, date) else str(value)
