"""The supplier master: taken in whole, the newest list counts, and its postcodes make a payment local."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from made_up_lines import POUND, Part, Spend, a_line, lines

from quarterday import LedgerQuestion, LocalArea, NotThere, Payee, Refused
from quarterday.domain.contracts import MemberRole
from quarterday.services.record import Actor, UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger.answering import answered
from quarterday_erp_import.ledger.deciding import match_with_vendors
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.newest_vendors import is_unmatched, newest_list
from quarterday_erp_import.ledger.standing import standing
from quarterday_erp_import.ledger.vendor_lists import Listed, import_vendors, vendors_of
from quarterday_erp_import.payees.payee import Outcome
from quarterday_erp_import.payees.vendors import Sector, Size, Stated, Vendor

MASTER = """Suppliers of Westvale Council,,,,
Supplier No,Supplier Name,Post Code,Company No,Enterprise Size
700001,Larch Building Limited,S60 1AE,01234567,Small
700002,Alder Advice CIC,LS1 1UR,,Micro
700003,,,,
"""
APRIL = date(2026, 4, 1)


def take_in(uow: UnitOfWork, authority: int, folder: Path, text: str = MASTER, actor: Actor = OPERATOR) -> Listed:
    path = folder / "vendors.csv"
    path.write_text(text)
    return import_vendors(uow, actor, path=path, authority_id=authority, source="the vendor list", as_at=APRIL)


def test_a_list_is_taken_in_once_and_says_who_says_so(uow: UnitOfWork, tmp_path: Path) -> None:
    authority = an_authority(uow)
    done = take_in(uow, authority, tmp_path)
    assert (len(done.read.vendors), [one.line for one in done.read.not_vendors], done.is_new) == (2, [5], True)
    assert done.read.understood is not None
    assert {field: column.name for field, column in done.read.understood.columns.items()} == {
        "number": "Supplier No",
        "name": "Supplier Name",
        "postcode": "Post Code",
        "company_number": "Company No",
        "size": "Enterprise Size",
    }
    assert not take_in(uow, authority, tmp_path).is_new
    found = newest_list(uow, OPERATOR, authority_id=authority)
    assert found
    assert (found.name, found.as_at, found.recorded_at) == ("vendors.csv", APRIL, uow.clock())
    assert (found.entries, found.postcodes, found.company_numbers, found.sizes, found.sectors) == (2, 2, 1, 2, 1)
    assert is_unmatched(uow, OPERATOR, authority_id=authority)
    with uow.read(OPERATOR) as work:
        larch, alder = vendors_of(work, authority)
    assert larch == Vendor(
        3,
        "Larch Building Limited",
        "700001",
        postcode="S60 1AE",
        company_number="01234567",
        size=Stated(Size.SMALL, "the vendor list", APRIL),
    )
    assert alder.sector is not None
    assert (alder.sector.value, alder.postcode) == (Sector.VCSE, "LS1 1UR")


def test_the_newest_list_counts_whole(uow: UnitOfWork, tmp_path: Path) -> None:
    authority = an_authority(uow)
    take_in(uow, authority, tmp_path)
    take_in(uow, authority, tmp_path, "Supplier No,Supplier Name\n700009,Elm Ltd\n")
    with uow.read(OPERATOR) as work:
        assert [one.name for one in vendors_of(work, authority)] == ["Elm Ltd"]


def test_what_names_no_suppliers_is_no_list(uow: UnitOfWork, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No column of the file looks like suppliers' names"):
        take_in(uow, an_authority(uow), tmp_path, "Ward,Votes\nNorth,12\n")
    paid = "Supplier,Payment Date,Amount\n" + "Elm Ltd,13/06/2026,5.00\n" * 3
    with pytest.raises(Refused, match="looks like payments"):
        take_in(uow, an_authority(uow), tmp_path, paid)
    with pytest.raises(Refused, match="No row of the file names a supplier"):
        take_in(uow, an_authority(uow), tmp_path, 'Supplier No,Supplier\n1,"Never closed\n')
    once = "Supplier No,Supplier,Last Payment Date,Amount Paid\n1,Elm Ltd,13/06/2026,5.00\n2,Oak Ltd,13/06/2026,6.00\n"
    assert len(take_in(uow, an_authority(uow), tmp_path, once).read.vendors) == 2


def test_a_hostile_list_is_read_as_far_as_it_can_be(uow: UnitOfWork, tmp_path: Path) -> None:
    authority = an_authority(uow)
    long = (
        "Supplier No,Supplier Name\n1,Elm\x00 Ltd\n2,"
        + "x" * (2 << 20)
        + '\n3,=Alder Ltd,,,,\n4,"Never closed\n5,Oak\n'
    )
    done = take_in(uow, authority, tmp_path, long)
    assert [one.name for one in done.read.vendors] == ["Elm Ltd", "=Alder Ltd"]
    assert [one.line for one in done.read.not_vendors] == [3, 5]


def test_another_authoritys_list_is_not_touched(uow: UnitOfWork, tmp_path: Path) -> None:
    authority = an_authority(uow)
    lead = Actor("user/7", user_id=7, authority_id=an_authority(uow), role=MemberRole.LEAD)
    with pytest.raises(NotThere, match="no such authority"):
        take_in(uow, authority, tmp_path, actor=lead)


def test_its_postcodes_make_a_payment_local(uow: UnitOfWork, files: LineFiles, tmp_path: Path) -> None:
    authority = an_authority(uow)
    paid = (
        a_line(1, payee="LARCH BUILDING LTD", payee_id="700001"),
        a_line(2, payee="Alder Advice CIC", payee_id="700002", amount=7 * POUND),
    )
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*paid)))
    of = {"files": files, "path": spend.path, "authority_id": authority, "feed": "spend", "read": spend.read}
    import_file(uow, OPERATOR, **of)  # type: ignore[arg-type]
    question = LedgerQuestion(
        contract_id=1,
        numbers=("NM-1",),
        payees=(Payee(("Larch Building Ltd",), ()),),
        starts=APRIL,
        ends=date(2027, 3, 31),
        local=LocalArea(name="Rotherham", codes=("E08000018",), since="2026-04-01"),
        trigger=None,
    )

    def answer() -> tuple[int, int, int | None]:
        now = standing(uow, OPERATOR, files=files, authority_id=authority)
        (one,) = answered(now, [question], date(2026, 12, 31))
        return one.paid, one.placed, one.local

    assert answer() == (100 * POUND, 0, 0)
    take_in(uow, authority, tmp_path)
    assert match_with_vendors(uow, OPERATOR, files=files, authority_id=authority) == {Outcome.MATCHED: 2}
    assert answer() == (100 * POUND, 100 * POUND, 100 * POUND)
