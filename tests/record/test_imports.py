"""Registers go in row by row: what can't be used is kept aside with its reason, and a file twice does nothing more."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from imported import CONTRACTS, REGISTER, counts, everything, faults, sheet
from sqlalchemy import select

from quarterday.db.models import METADATA
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import Refused
from quarterday.services.imports import (
    import_contracts,
    import_suppliers,
    write_quarantine,
)
from quarterday.services.organisations import suppliers
from quarterday.services.promises import contracts
from quarterday.testing.builders import (
    OPERATOR,
    a_contract,
    a_supplier,
    a_user,
    an_authority,
)


class TestTheRegister:
    """A register in the layout of the transparency code, as councils publish it."""

    def test_every_row_goes_in_or_is_quarantined(self, uow: UnitOfWork) -> None:
        done = import_contracts(uow, OPERATOR, authority_id=an_authority(uow), path=REGISTER)
        assert counts(done) == (4, 0, 1, 7)
        assert faults(done) == {
            6: [("Contract Reference number / ID", "Blank: enter the contract's own reference.")],
            7: [("End date", "Blank: enter the last day of the contract, or the day it is expected to end.")],
            8: [
                (
                    "Supplier registered company number",
                    "“928555” has 6 digits and a company number has 8; if it lost its zeros, write 00928555.",
                )
            ],
            9: [
                (
                    "Contract Reference number / ID",
                    "“EXN10008” stands in line 9 and line 10, which say different things; "
                    "give each contract a reference of its own.",
                )
            ],
            10: faults(done)[9],
            11: [("End date", "It ends 2025-04-01, before it starts (2025-10-01); correct one of them.")],
            13: [("Contract start date", "Blank: enter the day it starts, like 2026-04-01.")],
        }

    def test_what_a_row_says_is_what_the_record_has(self, uow: UnitOfWork) -> None:
        authority = an_authority(uow)
        import_contracts(uow, OPERATOR, authority_id=authority, path=REGISTER)
        there = {one.reference: one for one in contracts.contracts(uow, OPERATOR)}
        assert sorted(there) == ["EXN10001", "EXN10002", "EXN10003", "EXN10004"]
        assert (there["EXN10003"].title, there["EXN10003"].kind) == ("Advice on debt", "grant")
        assert (there["EXN10002"].starts, there["EXN10002"].ends) == (date(2024, 9, 1), date(2026, 7, 31))
        assert {one.authority_id for one in there.values()} == {authority}

    def test_a_supplier_is_added_once_however_it_is_written(self, uow: UnitOfWork) -> None:
        """The company number says who it is; the other name becomes an alias."""
        import_contracts(uow, OPERATOR, authority_id=an_authority(uow), path=REGISTER)
        known = {one.name: (dict(one.identifiers), one.aliases) for one in suppliers.suppliers(uow, OPERATOR)}
        assert known == {
            "LARCH HOUSE CARE LIMITED": ({"GB-COH": "02345678"}, ("Larch House Care (Grounds) Ltd",)),
            "Rowan Coaches": ({}, ()),
            "Alder Advice": ({"GB-CHC": "1098765"}, ()),
        }

    def test_the_same_file_twice_changes_nothing(self, uow: UnitOfWork) -> None:
        authority = an_authority(uow)
        import_contracts(uow, OPERATOR, authority_id=authority, path=REGISTER)
        before = everything(uow)
        assert counts(import_contracts(uow, OPERATOR, authority_id=authority, path=REGISTER)) == (0, 0, 5, 7)
        assert everything(uow) == before

    def test_a_dry_run_says_the_same_and_does_nothing(self, uow: UnitOfWork) -> None:
        authority = an_authority(uow)
        before = everything(uow)
        tried = import_contracts(uow, OPERATOR, authority_id=authority, path=REGISTER, dry_run=True)
        assert everything(uow) == before
        done = import_contracts(uow, OPERATOR, authority_id=authority, path=REGISTER)
        assert (counts(tried), tried.faults) == (counts(done), done.faults)

    def test_quarantined_rows_are_put_right_and_imported(self, uow: UnitOfWork, tmp_path: Path) -> None:
        authority = an_authority(uow)
        aside = tmp_path / "aside.csv"
        write_quarantine(aside, import_contracts(uow, OPERATOR, authority_id=authority, path=REGISTER))
        rows = list(csv.DictReader(aside.read_text("utf-8-sig").splitlines()))
        assert [row["Contract Reference number / ID"] for row in rows][:2] == ["", "EXN10006"]
        assert "line 6" in rows[0]["why it was quarantined"]
        corrected = [
            {"Contract Reference number / ID": "EXN10005"},
            {"End date": "31/03/2029"},
            {"Supplier registered company number": "00928555"},
            {"Contract Reference number / ID": "EXN10008/1"},
            {"Contract Reference number / ID": "EXN10008/2"},
            {"End date": "01/04/2026"},
            {"Contract start date": "01/04/2025"},
        ]
        with aside.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(row | better for row, better in zip(rows, corrected, strict=True))
        assert counts(import_contracts(uow, OPERATOR, authority_id=authority, path=aside)) == (7, 0, 0, 0)
        assert "=2+5+cmd|'/c calc'!A0" in {one.title for one in contracts.contracts(uow, OPERATOR)}

    def test_no_quarantined_cell_is_a_formula(self, uow: UnitOfWork, tmp_path: Path) -> None:
        done = import_contracts(uow, OPERATOR, authority_id=an_authority(uow), path=REGISTER)
        write_quarantine(tmp_path / "aside.csv", done)
        cells = [
            cell for row in csv.reader((tmp_path / "aside.csv").read_text("utf-8-sig").splitlines()) for cell in row
        ]
        assert "'=2+5+cmd|'/c calc'!A0" in cells
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []

    def test_a_quarantine_file_is_never_overwritten(self, uow: UnitOfWork, tmp_path: Path) -> None:
        done = import_contracts(uow, OPERATOR, authority_id=an_authority(uow), path=REGISTER)
        kept = sheet(tmp_path, "mine")
        with pytest.raises(Refused, match="exists already"):
            write_quarantine(kept, done)
        assert kept.read_text() == "mine"

    def test_one_row_of_the_audit_trail_says_what_came_in(self, uow: UnitOfWork) -> None:
        authority = an_authority(uow)
        import_contracts(uow, OPERATOR, authority_id=authority, path=REGISTER)
        rows = METADATA.tables["audit_row"]
        with uow.read(OPERATOR) as work:
            said = work.connection.execute(
                select(rows.c.payload).where(rows.c.action == "contracts.imported", rows.c.authority_id == authority)
            ).scalar_one()
        assert said.keys() == {"file", "added", "completed", "unchanged", "quarantined"}
        assert (said["added"], said["quarantined"], len(said["file"])) == (4, 7, 64)


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("A 🎉,Works,2026-04-01,2027-03-31,Oak,,", "reference", "“🎉” can't stand in a reference"),
        ("A1,,2026-04-01,2027-03-31,Oak,,", "title", "Blank: enter what the contract is for."),
        ("A1,Works,soon,2027-03-31,Oak,,", "starts", "“soon” is not a date"),
        ("A1,Works,2026-04-01,9999-12-31,Oak,,", "ends", "It ends 9999-12-31; where no end is agreed"),
        ("A1,Works,2026-04-01,2027-03-31,,,", "supplier", "Blank: enter the supplier's name."),
        ("A1,Works,2026-04-01,2027-03-31,Oak,4.71532E+23,", "company number", "is not a company number"),
        ("A1,Works,2026-04-01,2027-03-31,Oak,,boss", "contract manager", "That is not an e-mail address"),
        ("A1,Works,2026-04-01,2027-03-31,Oak,,boss@example.org", "contract manager", "Nobody with this address"),
    ],
)
def test_a_bad_cell_quarantines_its_row_alone(uow: UnitOfWork, tmp_path: Path, row: str, column: str, why: str) -> None:
    good = "B1,Roads,2026-04-01,2027-03-31,Elm,,\n"
    done = import_contracts(
        uow, OPERATOR, authority_id=an_authority(uow), path=sheet(tmp_path, f"{CONTRACTS}{row}\n{good}")
    )
    assert counts(done) == (1, 0, 0, 1)
    ((where, said),) = faults(done)[2]
    assert (where, said[: len(why)] == why or why in said) == (column, True), said
    assert [one.name for one in suppliers.suppliers(uow, OPERATOR)] == ["Elm"]


def test_a_contract_that_is_there_is_not_changed(uow: UnitOfWork, tmp_path: Path) -> None:
    authority = an_authority(uow)
    supplier = a_supplier(uow, name="Oak", identifiers={"GB-COH": "01234567"})
    a_contract(uow, authority_id=authority, supplier_id=supplier, reference="A1")
    before = everything(uow)
    text = f"{CONTRACTS}A1,Other works,2026-04-01,2029-03-31,Elm,,\n"
    done = import_contracts(uow, OPERATOR, authority_id=authority, path=sheet(tmp_path, text))
    assert counts(done) == (0, 0, 0, 1)
    assert [column for column, _ in faults(done)[2]] == ["title", "ends", "supplier"]
    assert everything(uow) == before


def test_a_number_that_was_missing_completes_the_supplier(uow: UnitOfWork, tmp_path: Path) -> None:
    authority = an_authority(uow)
    row = "A1,Works,2026-04-01,2027-03-31,Oak,"
    import_contracts(uow, OPERATOR, authority_id=authority, path=sheet(tmp_path, f"{CONTRACTS}{row},\n"))
    again = import_contracts(
        uow, OPERATOR, authority_id=authority, path=sheet(tmp_path, f"{CONTRACTS}{row}01234567,\n")
    )
    assert counts(again) == (0, 1, 0, 0)
    assert [dict(one.identifiers) for one in suppliers.suppliers(uow, OPERATOR)] == [{"GB-COH": "01234567"}]


def test_the_owner_is_one_of_the_authoritys_people(uow: UnitOfWork, tmp_path: Path) -> None:
    authority = an_authority(uow)
    owner = a_user(uow, authority_id=authority)
    with uow.begin(OPERATOR) as work:
        users = METADATA.tables["person"]
        address = work.connection.execute(select(users.c.email).where(users.c.id == owner)).scalar_one()
    text = f"{CONTRACTS}A1,Works,2026-04-01,2027-03-31,Oak,,{address.upper()}\n"
    import_contracts(uow, OPERATOR, authority_id=authority, path=sheet(tmp_path, text))
    (added,) = contracts.contracts(uow, OPERATOR)
    with uow.begin(OPERATOR) as work:
        assert contracts.owner_on(work, added.id, work.today) == owner


def test_two_authorities_may_use_the_same_reference(uow: UnitOfWork, tmp_path: Path) -> None:
    path = sheet(tmp_path, f"{CONTRACTS}A1,Works,2026-04-01,2027-03-31,Oak,,\n")
    for authority in (an_authority(uow), an_authority(uow)):
        assert counts(import_contracts(uow, OPERATOR, authority_id=authority, path=path)) == (1, 0, 0, 0)
    assert len(contracts.contracts(uow, OPERATOR)) == 2
    assert len(suppliers.suppliers(uow, OPERATOR)) == 1


@pytest.mark.parametrize(
    "known",
    [({"Oak": "01234567", "OAK": "07654321"}), ({"Oak": "", "oak": ""})],
    ids=["two companies", "two without a number"],
)
def test_a_name_that_fits_two_suppliers_is_no_answer(uow: UnitOfWork, tmp_path: Path, known: Mapping[str, str]) -> None:
    for name, number in known.items():
        a_supplier(uow, name=name, identifiers={"GB-COH": number} if number else {})
    done = import_suppliers(uow, OPERATOR, path=sheet(tmp_path, "supplier,company number\nOak,\n"))
    assert counts(done) == (0, 0, 0, 1)
    assert faults(done)[2][0][0] == "company number"
    assert "have this name; give the company number" in faults(done)[2][0][1]


def test_numbers_of_two_suppliers_in_one_row_are_no_answer(uow: UnitOfWork, tmp_path: Path) -> None:
    first = a_supplier(uow, name="Oak", identifiers={"GB-COH": "01234567"})
    second = a_supplier(uow, name="Elm", identifiers={"GB-CHC": "1098765"})
    text = "supplier,company number,charity number\nOak,01234567,1098765\n"
    done = import_suppliers(uow, OPERATOR, path=sheet(tmp_path, text))
    assert faults(done) == {
        2: [("company number", f"Its numbers are those of suppliers {first} and {second}; correct the wrong one.")]
    }


def test_a_second_number_of_one_kind_is_asked_about(uow: UnitOfWork, tmp_path: Path) -> None:
    known = a_supplier(uow, name="Oak", identifiers={"GB-COH": "01234567", "GB-CHC": "1111111"})
    text = "supplier,company number,charity number\nOak,01234567,1098765\n"
    done = import_suppliers(uow, OPERATOR, path=sheet(tmp_path, text))
    assert faults(done) == {
        2: [("charity number", f"The record has another GB-CHC for supplier {known}; correct one of them.")]
    }


def test_another_company_of_the_same_name_is_another_supplier(uow: UnitOfWork, tmp_path: Path) -> None:
    a_supplier(uow, name="Oak", identifiers={"GB-COH": "01234567"})
    done = import_suppliers(uow, OPERATOR, path=sheet(tmp_path, "supplier,company number\nOak,07654321\n"))
    assert counts(done) == (1, 0, 0, 0)
    assert len(suppliers.suppliers(uow, OPERATOR)) == 2


def test_suppliers_come_with_numbers_and_other_names(uow: UnitOfWork, tmp_path: Path) -> None:
    text = "supplier,VAT number,also known as\nOak Ltd,123 4567 82,Oak; The Oak\nThe Oak,,\nAsh,nonsense,\n"
    path = sheet(tmp_path, text)
    done = import_suppliers(uow, OPERATOR, path=path)
    assert counts(done) == (1, 0, 1, 1)
    (known,) = suppliers.suppliers(uow, OPERATOR)
    assert (known.name, dict(known.identifiers), known.aliases) == ("Oak Ltd", {"VAT": "123456782"}, ("Oak", "The Oak"))
    before = everything(uow)
    assert counts(import_suppliers(uow, OPERATOR, path=path)) == (0, 0, 2, 1)
    assert everything(uow) == before


def test_an_excel_register_is_read_alike(uow: UnitOfWork, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in csv.reader(REGISTER.read_text().splitlines()):
        book.worksheets[0].append([cell.replace("=", "'=", 1) if cell.startswith("=") else cell for cell in row])
    book.save(tmp_path / "register.xlsx")
    done = import_contracts(uow, OPERATOR, authority_id=an_authority(uow), path=tmp_path / "register.xlsx")
    assert counts(done) == (4, 0, 1, 7)
    assert {fault.place.split()[0] for fault in done.faults} == {"row"}


class TestWhoMay:
    """An import stays within the scope of who does it."""

    def test_a_supplier_imports_nothing(self, uow: UnitOfWork, tmp_path: Path) -> None:
        actor = Actor("user/1", supplier_id=a_supplier(uow))
        with pytest.raises(Refused, match="Only the council can do this"):
            import_suppliers(uow, actor, path=sheet(tmp_path, "supplier,vat\nOak,\n"))

    def test_one_authority_does_not_import_for_another(self, uow: UnitOfWork) -> None:
        actor = Actor("user/1", authority_id=an_authority(uow), role=MemberRole.ADMINISTRATOR)
        other = an_authority(uow)
        before = everything(uow)
        with pytest.raises(Refused, match="There is no such authority"):
            import_contracts(uow, actor, authority_id=other, path=REGISTER)
        assert everything(uow) == before


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CONTRACTS, "has a header and no rows; there is nothing to import"),
        ("reference,title\nA1,Works\n", "has no column for “starts”"),
        ("", "is empty"),
    ],
)
def test_a_file_that_is_no_register_is_refused(uow: UnitOfWork, tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        import_contracts(uow, OPERATOR, authority_id=an_authority(uow), path=sheet(tmp_path, text))
