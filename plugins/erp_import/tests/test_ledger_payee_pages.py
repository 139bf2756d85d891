"""Settling who was paid in the browser."""

from __future__ import annotations

import re
from datetime import date

import pytest
from ledger_site import LedgerSite
from made_up_lines import POUND, Part, Spend, a_line, lines
from visits import Page, Visitor

from quarterday.testing.builders import OPERATOR
from quarterday_erp_import.ledger.deciding import match_with_vendors
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.settling import AtStake, Settlement, payees, settle
from quarterday_erp_import.ledger.vendor_lists import import_vendors
from quarterday_erp_import.payees.payee import Outcome

MASTER = """Supplier No,Supplier Name,Post Code,Company No
700001,Hesperdine Foods Limited,S60 1AE,01234567
700002,Hesperdine Foods,LS1 1UR,
700003,Larch Building Limited,S60 2AA,
"""
PAYEES = {
    "payments": ("HESPERDINE FOODS LTD", "<b>Hesperdine Food", "Larch Building Ltd"),
    "cards": ("Hesperdine Fods",),
}


@pytest.fixture
def town(visited: LedgerSite) -> LedgerSite:
    for feed, names in PAYEES.items():
        rows = [a_line(n, payee=name, amount=(10 - n) * 100 * POUND) for n, name in enumerate(names, 1)]
        spend = Spend.of(visited.folder, f"{feed}.csv", Part(lines(*rows)))
        of = {"files": visited.files, "path": spend.path, "authority_id": visited.authority, "feed": feed}
        import_file(visited.uow, OPERATOR, read=spend.read, **of)  # type: ignore[arg-type]
    path = visited.folder / "vendors.csv"
    path.write_text(MASTER)
    day = date(2026, 4, 1)
    import_vendors(visited.uow, OPERATOR, path=path, authority_id=visited.authority, source="list", as_at=day)
    match_with_vendors(visited.uow, OPERATOR, files=visited.files, authority_id=visited.authority)
    return visited


def found(town: LedgerSite) -> dict[str, AtStake]:
    listed = payees(town.uow, OPERATOR, files=town.files, authority_id=town.authority)
    return {one.decided.payee: one for one in listed.found}


def send(visitor: Visitor, page: Page, address: str = "/ledger/payees", **typed: str) -> Page:
    """Press the button; which payees are shown goes with it."""
    return visitor.send(page, address, shown=re.findall(r'name="shown" value="(\d+)"', page.html), **typed)


def test_the_doubtful_are_settled_on_one_page(town: LedgerSite) -> None:
    lead, before = town.visitor(), found(town)
    first, second = before["HESPERDINE FOODS LTD"].decided.id, before["<b>Hesperdine Food"].decided.id
    page = lead.open("/ledger/payees")
    assert "£700.00 of £3,300.00 is settled." in page.text
    assert page.text.index("HESPERDINE FOODS LTD") < page.text.index("<b>Hesperdine Food")
    assert "Number 700001, S60 1AE, company 01234567." in page.text
    assert "Larch" not in page.text
    nothing = send(lead, page)
    assert (nothing.status, "Choose who at least one of them is" in nothing.errors) == (422, True)
    assert f'name="who-{first}"' in nothing.html
    typed = {f"who-{first}": "is:700001", f"who-{second}": "other", f"other-{second}": "999"}
    wrong = send(lead, page, **typed)
    assert (wrong.status, wrong.value(f"other-{second}")) == (422, "999")
    assert "The list of suppliers has no number “999”." in wrong.errors
    assert f'id="other-{second}"' in wrong.html
    assert 'value="is:700001" checked' in wrong.html
    assert not found(town)["HESPERDINE FOODS LTD"].is_settled
    unsaid = send(lead, page, **{f"who-{first}": "kind"})
    assert "Say what “HESPERDINE FOODS LTD” is." in unsaid.errors
    done = send(lead, page, **{**typed, f"other-{second}": "700003"})
    assert "2 payees are settled." in done.text
    assert "£2,400.00 of £3,300.00 is settled." in done.text
    after = found(town)
    assert [after[name].decided.supplier for name in PAYEES["payments"]] == ["700001", "700003", "700003"]


def test_payees_are_found_by_name_and_feed_and_settled_ones_can_be_settled_anew(town: LedgerSite) -> None:
    lead = town.visitor()
    assert "Hesperdine Fods" not in lead.open("/ledger/payees?feed=payments").text.partition("the most money first")[2]
    assert "1 payee, the most money first" in lead.open("/ledger/payees?feed=cards").text
    everybody = "/ledger/payees?q=larch&show=all"
    page = lead.open(everybody)
    assert "It stands as: supplier 700003." in page.text
    larch = found(town)["Larch Building Ltd"].decided.id
    send(lead, page, everybody, **{f"who-{larch}": "kind", f"kind-{larch}": "internal"})
    assert found(town)["Larch Building Ltd"].decided.outcome is Outcome.NO_SUPPLIER
    assert "Settled on 1 July 2026" in lead.open(everybody).text


def test_who_comes_later_sees_what_was_said_and_loses_nothing(town: LedgerSite) -> None:
    lead, before = town.visitor(), found(town)
    first, second = before["HESPERDINE FOODS LTD"].decided, before["<b>Hesperdine Food"].decided
    page = lead.open("/ledger/payees")
    settle(town.uow, OPERATOR, authority_id=town.authority, settlements=[Settlement(first.key, "700002")])
    late = send(lead, page, **{f"who-{first.id}": "new", f"who-{second.id}": "is:700001"})
    assert (late.status, "Somebody else settled some of these meanwhile" in late.errors) == (422, True)
    assert "Somebody else settled “HESPERDINE FOODS LTD” meanwhile. It stands as: supplier 700002." in late.text
    newer = found(town)["HESPERDINE FOODS LTD"].decided.id
    assert f"who-{newer}" in late.names
    assert 'value="new" checked' in late.html
    assert 'value="is:700001" checked' in late.html
    send(lead, late, **{f"who-{newer}": "new", f"who-{second.id}": "is:700001"})
    after = found(town)
    assert [after[one.payee].decided.supplier for one in (first, second)] == ["", "700001"]


def test_who_may_not_settle_sees_a_list(town: LedgerSite) -> None:
    manager = town.visitor("contract manager")
    page = manager.open("/ledger/payees")
    assert (page.status, "who-" in page.html) == (200, False)
    first = found(town)["HESPERDINE FOODS LTD"].decided.id
    token = manager.open("/account").value("csrf_token")
    form = Page(200, '<form method="post" novalidate>', {})
    assert (
        manager.send(form, "/ledger/payees", csrf_token=token, shown=str(first), **{f"who-{first}": "new"}).status
        == 404
    )
    assert not found(town)["HESPERDINE FOODS LTD"].is_settled


def test_entries_that_are_one_supplier_are_parted_and_joined(town: LedgerSite) -> None:
    path = town.folder / "vendors.csv"
    path.write_text(MASTER + "700010,Larch Building <LTD>,s60 2aa,\n")
    of = {"authority_id": town.authority, "source": "list", "as_at": date(2026, 5, 1)}
    import_vendors(town.uow, OPERATOR, path=path, **of)  # type: ignore[arg-type]
    lead, address = town.visitor(), "/ledger/payees/same"
    page = lead.open(address)
    assert "They have the same name at the same postcode, S60 2AA." in page.text
    assert "Larch Building <LTD>" in page.text
    assert re.search(
        r'value="700010" name="part"[^>]*>\s*Is by itself<span class="govuk-visually-hidden"> 700010</span>', page.html
    )
    token = page.value("csrf_token")
    form = Page(200, '<form method="post" novalidate>', {})
    parted = lead.send(form, address, csrf_token=token, part="700010")
    assert "It is by itself now." in parted.text
    assert "By themselves, as somebody said" in parted.text
    assert "What is found of it holds again." in lead.send(form, address, csrf_token=token, join="700010").text
    assert lead.send(form, address, csrf_token=token, part="999").status == 404
    assert 'name="part"' not in town.visitor("contract manager").open(address).html
