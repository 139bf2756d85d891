"""The list of suppliers in the browser: sent, seen as it was understood, accepted; then the payees are matched."""

from __future__ import annotations

import gzip
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from ledger_site import LedgerSite
from made_up_lines import POUND, Part, Spend, a_line, lines

from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger.accepting import accept
from quarterday_erp_import.ledger.importing import Hold, import_file
from quarterday_erp_import.ledger.newest_vendors import MATCH, has_new_payees, is_unmatched, newest_list
from quarterday_erp_import.ledger.offered import match_payees
from quarterday_erp_import.ledger.settling import payees

MASTER = b"""Suppliers of Northmoor Council,,,,
No,Supplier Name,Post Code,Company No,Enterprise Size,Narrative
700001,Hesperdine Foods Limited,S60 1AE,01234567,Small,x
700002,Larch <b>Building Limited,nowhere,,enormous,y
700003,,,,,z
"""
PAYMENTS = b"Supplier,Payment Date,Amount\n" + b"Larch Ltd,13/06/2026,1000.00\n" * 40
NEWER = b"Supplier No,Supplier Name\n1,Larch Building Ltd\n"
ADDRESS = "/ledger/vendors"


def listed(site: LedgerSite) -> Any:
    return newest_list(site.uow, OPERATOR, authority_id=site.authority)


def file(content: bytes, name: str = "suppliers.csv") -> tuple[BytesIO, str]:
    return BytesIO(content), name


def test_a_list_is_sent_seen_and_counts_once_it_is_accepted(visited: LedgerSite) -> None:
    lead = visited.visitor()
    assert "List of suppliers" in lead.open("/ledger").text
    page = lead.open(ADDRESS)
    assert "No list of suppliers was taken in yet" in page.text
    checked = lead.send(page, ADDRESS, file=file(MASTER, "folder/suppliers <b>.csv"))
    assert (checked.status, checked.title.partition(" – ")[0]) == (200, "Check the list of suppliers")
    for words in (
        "suppliers <b>.csv",
        "It doesn’t count yet",
        "Postcode Post Code its name says so",
        "Suppliers on it 2 With a postcode 1 With a company number 1 With a size 1 With a sector 0",
        "Not kept Narrative",
        "700002 Larch <b>Building Limited",
        "line 4: The postcode is none of the United Kingdom's.",
        "line 4: The size “enormous” is none that is known here.",
        "line 5: The row names no supplier.",
    ):
        assert words in checked.text, words
    assert listed(visited) is None
    action = checked.action
    wrong = lead.send(checked, action, wanted="accept", as_at="01/04/2026", source=" ")
    assert (wrong.status, wrong.value("as_at")) == (422, "01/04/2026")
    assert "Enter what the list is, and who says so." in wrong.errors
    typed = {"wanted": "accept", "as_at": "2 July", "source": "x" * 201}
    wrong = lead.send(checked, action, **typed)
    assert "Enter the day on which the list was given out" in wrong.errors
    assert "Write at most 200 characters." in wrong.errors
    to_come = lead.send(checked, action, **{**typed, "as_at": "2/7/2026", "source": "the vendor list"})
    assert (to_come.status, "a day that is still to come" in to_come.errors) == (422, True)
    assert listed(visited) is None
    typed = {"wanted": "accept", "as_at": "1/4/2026", "source": "the vendor list"}
    done = [lead.send(checked, action, **typed), lead.send(checked, action, **typed)]
    for page in done:
        assert "The list counts from now on." in page.text
        assert "File suppliers <b>.csv What it is the vendor list As of 1 April 2026" in page.text
        assert "Suppliers on it 2 With a postcode 1 With a company number 1 With a size 1" in page.text
    found = listed(visited)
    assert (found.name, found.source, found.as_at) == ("suppliers <b>.csv", "the vendor list", date(2026, 4, 1))
    assert (found.entries, found.postcodes, found.company_numbers, found.sizes, found.sectors) == (2, 1, 1, 1, 0)
    assert "This list was taken in" in lead.open(action).text
    again = lead.send(page, ADDRESS, file=file(MASTER))
    assert (again.status, "This file was taken in before" in again.errors) == (422, True)


def test_a_list_that_isnt_wanted_counts_for_nothing(visited: LedgerSite) -> None:
    lead = visited.visitor()
    checked = lead.send(lead.open(ADDRESS), ADDRESS, file=file(NEWER))
    gone = lead.send(checked, checked.action, wanted="not")
    assert "The list you sent isn’t taken in." in gone.text
    assert listed(visited) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "Choose the list of suppliers"),
        (b"", "The file is empty"),
        (b"%PDF-1.4", "It is a PDF"),
        (PAYMENTS, "It looks like payments"),
        (b"a,b\n1,2\n", "No column of the file looks like suppliers' names"),
        (gzip.compress(MASTER), "The file is packed"),
        (b"PK\x03\x04 cut off", "The workbook is damaged"),
    ],
)
def test_what_is_no_list_is_refused_on_the_page(visited: LedgerSite, content: bytes | None, words: str) -> None:
    lead = visited.visitor()
    sent = {} if content is None else {"file": file(content)}
    page = lead.send(lead.open(ADDRESS), ADDRESS, **sent)
    assert (page.status, words in page.errors, page.title.startswith("Error: ")) == (422, True, True)
    assert not list(visited.folder.glob("ledger/*/incoming/*"))
    assert not list(visited.folder.glob("ledger/coming-*"))


def test_a_list_is_its_councils_and_leads_send_it(visited: LedgerSite) -> None:
    lead = visited.visitor()
    action = lead.send(lead.open(ADDRESS), ADDRESS, file=file(NEWER)).action
    stranger = visited.visitor(authority=an_authority(visited.uow, key="westvale"))
    manager = visited.visitor("contract manager")
    addresses = (action, f"{ADDRESS}/{'0' * 64}", f"{ADDRESS}/..%2f", f"{ADDRESS}/incoming")
    assert [one.open(address).status for one in (stranger, manager) for address in addresses] == [404] * 8
    assert lead.open(action).status == 200
    seen = manager.open(ADDRESS)
    assert (seen.status, "Send a new list" in seen.text) == (200, False)


def test_the_payees_are_matched_with_a_new_list_once(visited: LedgerSite) -> None:
    rows = [a_line(number, payee="Hesperdine Foods Ltd", amount=100 * POUND) for number in (1, 2)]
    spend = Spend.of(visited.folder, "june.csv", Part(lines(*rows)))
    of = {"authority_id": visited.authority, "files": visited.files}
    import_file(visited.uow, OPERATOR, path=spend.path, feed="payments", read=spend.read, **of)  # type: ignore[arg-type]
    whose = {"authority_id": visited.authority}
    assert not is_unmatched(visited.uow, OPERATOR, **whose)
    lead = visited.visitor()
    checked = lead.send(lead.open(ADDRESS), ADDRESS, file=file(MASTER))
    lead.send(checked, checked.action, wanted="accept", as_at="2026-04-01", source="the vendor list")
    assert is_unmatched(visited.uow, OPERATOR, **whose)
    with visited.uow.read(OPERATOR) as work:
        kept = work.connection.exec_driver_sql("SELECT key FROM outbox WHERE key LIKE 'job/%'").scalars().all()
    assert [key.rpartition("/")[0] for key in kept if MATCH in key] == [f"job/{MATCH}/vendor_list"]
    now = visited.uow.clock()
    assert match_payees(now) == "1 payee is decided."
    (one,) = payees(visited.uow, OPERATOR, **of).found  # type: ignore[arg-type]
    assert one.decided.supplier == "700001"
    assert match_payees(now) == "No list of suppliers is new, and no spend file."


def test_the_payees_of_a_file_that_is_accepted_are_matched(visited: LedgerSite) -> None:
    of = {"authority_id": visited.authority, "files": visited.files}
    lead, whose = visited.visitor(), {"authority_id": visited.authority}
    checked = lead.send(lead.open(ADDRESS), ADDRESS, file=file(NEWER))
    lead.send(checked, checked.action, wanted="accept", as_at="2026-04-01", source="the vendor list")
    spend = Spend.of(visited.folder, "june.csv", Part(lines(a_line(1, payee="Hesperdine Foods Ltd", amount=POUND))))
    rest = {"path": spend.path, "feed": "payments", "read": spend.read, "hold": Hold.ALWAYS}
    batch = import_file(visited.uow, OPERATOR, **rest, **of).batch  # type: ignore[arg-type]
    accept(visited.uow, OPERATOR, batch_id=batch.id)
    with visited.uow.read(OPERATOR) as work:
        kept = (
            work.connection.exec_driver_sql("SELECT key FROM outbox WHERE key LIKE 'job/%acceptance%'").scalars().all()
        )
    assert len(kept) == 1
    assert has_new_payees(visited.uow, OPERATOR, **whose)
    assert match_payees(visited.uow.clock()) == "1 payee is decided."
    assert not has_new_payees(visited.uow, OPERATOR, **whose)


def test_without_the_engine_the_page_says_what_to_install(visited: LedgerSite, monkeypatch: pytest.MonkeyPatch) -> None:
    lead, words = visited.visitor(), "pip install quarterday-erp-import[ledger]"
    page = lead.open(ADDRESS)
    action = lead.send(page, ADDRESS, file=file(NEWER)).action
    monkeypatch.setattr("quarterday_erp_import.screens.vendors.has_engine", lambda: False)
    for shown in (lead.open(ADDRESS), lead.send(page, ADDRESS, file=file(MASTER)), lead.open(action, follow=True)):
        assert (shown.status, words in shown.text, "No list of suppliers" in shown.text) == (200, True, True)
