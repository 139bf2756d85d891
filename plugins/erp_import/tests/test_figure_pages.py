"""Figures in the browser: read from rows, by each definition and year, walked back to files, and downloaded."""

from __future__ import annotations

import csv
import io

import pytest
from council_site import site_of
from flask import Flask
from ledger_site import LedgerSite
from made_up_ledger import Northmoor
from visits import Visitor

from quarterday.services.ledger.triggers import set_trigger
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday.wards import load
from quarterday_erp_import.figures.keeping import reckon
from quarterday_erp_import.figures.shown import VIEWS
from quarterday_erp_import.figures.terms import FILE, terms
from quarterday_erp_import.screens.bars import across


@pytest.fixture
def site(ledger_app: Flask, northmoor: Northmoor) -> LedgerSite:
    """The pages over a whole ledger, of which nothing is reckoned yet."""
    ledger_app.extensions["quarterday"] = site_of(northmoor.uow, northmoor.data)
    return LedgerSite(ledger_app, northmoor.uow, northmoor.data, northmoor.council.id)


def downloaded(visitor: Visitor, address: str) -> list[list[str]]:
    answer = visitor._client.get(address)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_each_figure_has_a_page_that_says_what_is_known(site: LedgerSite, northmoor: Northmoor) -> None:
    council, data, lead = northmoor.council, northmoor.data, site.visitor()
    assert "Nothing is reckoned yet" in lead.open("/ledger/figures").text
    assert "Nothing is reckoned yet" in lead.open("/ledger/figures/category").text
    (data / "wards.csv").write_text("pcds,osward,wd24nm\nS60 1AE,E05012832,\n")
    load([data / "wards.csv"])
    (data / FILE).write_text("[gaps]\nmonths = 12\nat_least = 50000\nlocal_at_most = 40\nends_within = 12\n")
    set_trigger(site.uow, OPERATOR, contract_id=council.contract_id, pounds="100,000")
    reckon(site.uow, OPERATOR, files=northmoor.files, authority_id=council.id, terms=terms(data))

    overview = lead.open("/ledger/figures")
    whole = overview.text
    assert "The payee's postcode is known for 82.8% of £232,999.00." in whole
    assert "Of that part 68.9% is local." in whole
    assert "Of that part 100.0% is local." in whole
    assert "never added" in whole
    assert overview.html.count("<svg") == 2
    assert "Payments are known up to 30 June 2026." in whole

    pages = {name: lead.open(f"/ledger/figures/{name}") for name in VIEWS}
    assert {page.status for page in pages.values()} == {200}
    shown = {name: page.text for name, page in pages.items()}
    assert "E05012832" in shown["ward"]
    assert "Small and medium enterprises together, micro ones among them: £190,000.00." in shown["size"]
    assert "the vendor list" in shown["sector"]
    assert "voluntary, community or social enterprise" in shown["sector"]
    assert "not named: people, sole traders, redacted" in shown["supplier"]
    assert "(NM-1)" in shown["contracts"]
    assert "10 June 2026" in shown["contracts"]  # the day on which its trigger was reached
    assert "(NM-1)" in shown["without_commitments"]
    assert "£100,000.00 or more was paid" in shown["without_commitments"]
    assert "Not attributed to a contract: 44.7% of £234,899.00." in shown["without_commitments"]
    assert "Advice none £60,000.00" in shown["gaps"]
    assert "at least £50,000.00 was spent in 12 months" in shown["gaps"]
    assert "not attributed" in shown["attributed"]
    assert "net of recoverable VAT" in shown["bases"]
    for page in pages.values():
        assert "/ledger/batches/1" in page.html  # each is walked back to the files it rests on
        assert "Smith" not in page.html

    both = lead.open(f"/ledger/figures/category?area={council.both}&year=2025").text
    assert "E08000018, E08000039" in both
    assert "£130,000.00" not in both
    odd = lead.open("/ledger/figures/category?area=x&year=soon")
    assert (odd.status, "£130,000.00" in odd.text) == (200, True)

    rows = downloaded(lead, f"/ledger/figures/supplier.csv?year=2026&area={council.borough}")
    assert rows[0][:3] == ["Supplier", "Payments", "Paid"]
    assert ["'=Quince Orchards Ltd", "1", "26000.00", "0.00", "0.00", "not available"] in [row[:6] for row in rows]
    assert rows[1][6:] == [
        "2026/27",
        "The borough",
        "2026-06-30",
        "The payee's postcode is known for 82.8% of £232,999.00. The supplier is named for 93.6% of £232,999.00.",
    ]
    assert downloaded(lead, "/ledger/figures/without_commitments.csv")[1][:3] == ["NM-1", "2026-12-31", "130000.00"]

    stranger = site.visitor(authority=an_authority(site.uow))
    assert "Larch" not in stranger.open("/ledger/figures/supplier").text
    assert stranger.open("/ledger/figures/supplier.csv").status == 404
    manager = site.visitor("contract manager")
    assert "Larch" in manager.open("/ledger/figures/supplier").text
    for astray in ("local", "nothing", "local.csv"):
        assert manager.open(f"/ledger/figures/{astray}").status == 404


def test_bars_are_as_long_as_what_they_stand_for_and_names_are_escaped() -> None:
    drawn = across(
        "k", title="T", description="D", first="F", second="S", rows=[("<b>" + "x" * 50, 100, 50), ("none", 0, -5)]
    )
    assert 'width="380" height="12" fill="#fff"' in drawn
    assert 'width="190" height="12"/>' in drawn
    assert "&lt;b&gt;" in drawn
    assert "…" in drawn
    assert 'width="0"' in drawn
