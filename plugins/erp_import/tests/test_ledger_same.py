"""Entries of the list of suppliers that are one supplier, and what a person says of that."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import ibis
import pytest
from made_up_lines import POUND, Part, Spend, a_line, lines

from quarterday import NotThere
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.analysis.payments import payments, totals_by_supplier
from quarterday_erp_import.figures.everybody import everybody
from quarterday_erp_import.ledger.deciding import match_with_vendors
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.same import entries, part
from quarterday_erp_import.ledger.standing import standing
from quarterday_erp_import.ledger.vendor_lists import import_vendors
from quarterday_erp_import.payees.same import MOST, same
from quarterday_erp_import.payees.vendors import Vendor

LISTED = {
    "1": Vendor(2, "Larch Building Ltd", "1", postcode="S60 1AE", company_number="01234567"),
    "2": Vendor(3, "LARCH BUILDING LIMITED", "2", postcode="S60 1AE"),
    "3": Vendor(4, "Larch Roofing", "3", company_number="1234567"),
    "4": Vendor(5, "Alder Advice", "4", postcode="LS1 1UR", company_number="07654321"),
    "5": Vendor(6, "Alder Advice", "5", postcode="LS1 1UR", company_number="07654322"),
    "6": Vendor(7, "Alder Advice", "6", postcode="LS2 1UR"),
}
MASTER = "Supplier No,Supplier Name,Post Code,Company No\n" + "".join(
    f"{key},{one.name},{one.postcode or ''},{one.company_number or ''}\n" for key, one in LISTED.items()
)


def test_entries_are_one_by_company_number_or_by_name_and_postcode() -> None:
    (larch,) = same(LISTED)
    assert (larch.key, larch.keys) == ("1", ("1", "2", "3"))
    assert [str(why) for why in larch.why] == [
        "the same company number, 1234567",
        "the same name at the same postcode, S60 1AE",
    ]
    assert [one.keys for one in same(LISTED, apart=["1"])] == []
    many = {str(n): Vendor(n, f"Firm {n}", str(n), company_number="01234567") for n in range(MOST)}
    assert same(many) == []


def test_a_figure_by_supplier_shows_them_as_one_until_a_person_parts_them(
    uow: UnitOfWork, files: LineFiles, tmp_path: Path
) -> None:
    authority = an_authority(uow)
    rows = [a_line(n, payee=LISTED[str(n)].name, payee_id=str(n), amount=n * POUND) for n in range(1, 5)]
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*rows)))
    of = {"files": files, "path": spend.path, "authority_id": authority, "feed": "payments", "read": spend.read}
    import_file(uow, OPERATOR, **of)  # type: ignore[arg-type]
    (tmp_path / "vendors.csv").write_text(MASTER)
    day = date(2026, 4, 1)
    import_vendors(uow, OPERATOR, path=tmp_path / "vendors.csv", authority_id=authority, source="list", as_at=day)
    match_with_vendors(uow, OPERATOR, files=files, authority_id=authority)

    def by_supplier() -> dict[str, tuple[str, int]]:
        now = standing(uow, OPERATOR, files=files, authority_id=authority)
        spend = payments(now.lines, ibis.memtable(everybody(now)))
        found = now.engine.to_pyarrow(totals_by_supplier(spend)).to_pylist()
        return {row["supplier"]: (row["supplier_name"], row["amount"] // POUND) for row in found}

    assert by_supplier() == {"1": ("Larch Building Ltd", 6), "4": ("Alder Advice", 4)}
    part(uow, OPERATOR, authority_id=authority, supplier="3")
    part(uow, OPERATOR, authority_id=authority, supplier="3")
    found = entries(uow, OPERATOR, authority_id=authority)
    assert ([one.keys for one in found.same], found.apart) == ([("1", "2")], ("3",))
    assert by_supplier()["3"] == ("Larch Roofing", 3)
    part(uow, OPERATOR, authority_id=authority, supplier="3", apart=False)
    assert by_supplier()["1"] == ("Larch Building Ltd", 6)
    with pytest.raises(NotThere, match="no such number"):
        part(uow, OPERATOR, authority_id=authority, supplier="99")
    with pytest.raises(NotThere, match="no such number"):
        part(uow, OPERATOR, authority_id=an_authority(uow), supplier="1")
