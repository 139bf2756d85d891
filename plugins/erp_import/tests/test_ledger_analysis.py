"""What each analysis means, on a few lines that can be added up by hand; the engines agree in test_ledger_engines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest
from ibis.expr.types import Table
from made_up_lines import POUND, a_line

from quarterday_erp_import.analysis import attributing, payments, published
from quarterday_erp_import.analysis.places import placed
from quarterday_erp_import.analysis.shapes import CONTRACTS, NUMBERS, OUTSIDE, PARTIES, PAYEES, PLACES
from quarterday_erp_import.lines import KEPT, SCHEMA

ENGINE = ibis.duckdb.connect()
Row = Mapping[str, Any]


def table(schema: pa.Schema, *rows: Row) -> Table:
    nullable = pa.schema([field.with_nullable(True) for field in schema])
    return ibis.memtable(pa.Table.from_pylist([dict(row) for row in rows], schema=nullable))


def a_payee(name: str, **facts: Any) -> Row:
    return {"payee": name, "payee_id": "", "supplier": f"S-{name}", "supplier_name": name, "kind": "supplier"} | facts


def spend(*lines: Row, who: tuple[Row, ...] = (), sources: bool = False) -> Table:
    return payments.payments(table(KEPT if sources else SCHEMA, *lines), table(PAYEES, *who))


def rows(expression: Table, *columns: str) -> list[tuple[Any, ...]]:
    """The rows, in the order of what they hold; money in £ where it is whole pounds."""
    found = ENGINE.to_pyarrow(expression).to_pylist()
    shown = [tuple(row[name] for name in columns or row) for row in found]
    return sorted(shown, key=str)


def test_local_is_of_what_has_a_postcode_and_credits_count() -> None:
    who = (a_payee("Here", is_local=True), a_payee("There", is_local=False), a_payee("Somewhere"))
    lines = (
        a_line(1, payee="Here", amount=60),
        a_line(2, payee="Here", amount=-10),
        a_line(3, payee="There", amount=30),
        a_line(4, payee="Somewhere", amount=15),
        a_line(5, payee="Undecided", amount=5),
    )
    assert rows(payments.totals(spend(*lines, who=who))) == [(5, 100, 80, 50)]


def test_a_payee_is_told_apart_by_its_number_and_no_line_is_counted_twice() -> None:
    who = (
        a_payee("Larch", payee_id="1", supplier="A", is_local=True),
        a_payee("Larch", payee_id="2", supplier="B", is_local=False),
        a_payee("Larch", supplier="C"),
    )
    lines = [a_line(n, payee="Larch", payee_id=number, amount=n) for n, number in enumerate(("1", "2", None, "9"), 1)]
    by = payments.totals_by_supplier(spend(*lines, who=who))
    assert rows(by, "supplier", "lines", "amount") == [("A", 1, 1), ("B", 1, 2), ("C", 1, 3), (None, 1, 4)]


def test_a_year_begins_in_april() -> None:
    days = (date(2025, 3, 31), date(2025, 4, 1), date(2026, 3, 31), None)
    lines = [a_line(n, paid_on=day, amount=n) for n, day in enumerate(days, 1)]
    assert rows(payments.totals_by(spend(*lines), "year"), "year", "amount") == [(2024, 1), (2025, 5), (None, 4)]


def test_who_is_redacted_or_a_person_has_no_name() -> None:
    who = tuple(a_payee(kind, kind=kind) for kind in ("supplier", "redacted", "individual", "factor", "address"))
    who += (a_payee("Birch Gardening", sector="sole_trader"),)
    lines = [a_line(n, payee=one["payee"]) for n, one in enumerate(who, 1)]
    found = rows(spend(*lines, who=who), "kind", "payee", "supplier", "supplier_name")
    assert found == [
        ("address", None, None, None),
        ("factor", "factor", "S-factor", "factor"),
        ("individual", None, None, None),
        ("redacted", None, None, None),
        ("supplier", "supplier", "S-supplier", "supplier"),
        ("supplier", None, None, None),
    ]


def test_where_a_payment_went_is_by_its_own_postcode_before_its_payees() -> None:
    who = (a_payee("Here", postcode="S60 1AE"), a_payee("Nowhere"))
    places = table(
        PLACES,
        {"postcode": "S60 1AE", "is_local": True, "ward": "North"},
        {"postcode": "LS1 1UR", "is_local": False},
    )
    lines = (
        a_line(1, payee="Here", amount=1),
        a_line(2, payee="Here", amount=10, postcode="LS1 1UR"),
        a_line(3, payee="Nowhere", amount=100),
        a_line(4, payee="Nowhere", amount=1_000, postcode="ZZ1 1ZZ"),
    )
    found = placed(spend(*lines, who=who), places)
    assert rows(found, "amount", "is_local", "ward") == [
        (1, True, "North"),
        (10, False, None),
        (100, None, None),
        (1_000, None, None),
    ]


def test_size_says_by_whom_and_when() -> None:
    may, june = date(2026, 5, 1), date(2026, 6, 1)
    who = (
        a_payee("A", size="small", size_source="the vendor list", size_on=may),
        a_payee("B", size="small", size_source="the vendor list", size_on=june),
        a_payee("C", size="small", size_source="its own word", size_on=may),
        a_payee("D"),
    )
    lines = [a_line(n, payee=one["payee"], amount=10**n) for n, one in enumerate(who)]
    assert rows(payments.stated(spend(*lines, who=who), "size")) == [
        ("small", "its own word", 1, 100, may, may),
        ("small", "the vendor list", 2, 11, may, june),
        (None, None, 1, 1_000, None, None),
    ]


def test_what_nobody_can_influence_counts_once_under_its_first_reason() -> None:
    outside = table(
        OUTSIDE,
        {"column": "kind", "value": "internal", "reason": "our own"},
        {"column": "category", "value": "Grants", "reason": "grants"},
        {"column": "sector", "value": "public", "reason": "public bodies"},
    )
    who = (a_payee("Us", kind="internal", sector="public"), a_payee("Them", sector="public"), a_payee("Firm"))
    lines = (
        a_line(1, payee="Us", amount=1, category="Grants"),
        a_line(2, payee="Them", amount=10, category="Grants"),
        a_line(3, payee="Firm", amount=100, category="Grants"),
        a_line(4, payee="Firm", amount=1_000),
    )
    assert rows(payments.influenceable(spend(*lines, who=who), outside)) == [
        ("", 1, 1_000, 0, 0),
        ("grants", 1, 100, 0, 0),
        ("our own", 1, 1, 0, 0),
        ("public bodies", 1, 10, 0, 0),
    ]


def a_contract(contract_id: int, **facts: Any) -> Row:
    years = {"starts": date(2026, 1, 1), "ends": date(2026, 12, 31)}
    return {"contract_id": contract_id, "has_commitments": True, **years} | facts


WHO = (a_payee("Larch"), a_payee("Alder"), a_payee("Rowan"))
HELD = tuple(a_contract(n) for n in (1, 2, 3, 4, 5))
PARTIES_OF = (
    (1, "S-Larch", "Roads"),
    (1, "S-Larch", "Bridges & Tunnels"),
    (2, "S-Larch", "Parks"),
    (3, "S-Alder", None),
    (5, "S-Rowan", "Roads"),
)
PARTY = tuple(dict(zip(PARTIES.names, one, strict=True)) for one in PARTIES_OF)
NAMED = (
    {"sort": "contract", "number": "C/0004", "contract_id": 4},
    {"sort": "contract", "number": "TWO", "contract_id": 1},
    {"sort": "contract", "number": "two", "contract_id": 2},
    {"sort": "order", "number": "PO 77", "contract_id": 2},
)


def attributed(*lines: Row, held: tuple[Row, ...] = HELD) -> Table:
    return attributing.attributed(
        spend(*lines, who=WHO), table(CONTRACTS, *held), table(PARTIES, *PARTY), table(NUMBERS, *NAMED)
    )


@pytest.mark.parametrize(
    ("line", "contract", "by"),
    [
        ({"payee": "Larch", "service": "Roads", "contract_number": "c-0004"}, 4, "contract number"),
        ({"payee": "Nobody", "contract_number": "C0004"}, 4, "contract number"),
        ({"payee": "Larch", "service": "Roads", "order_number": "po-77"}, 2, "order number"),
        ({"payee": "Larch", "contract_number": "c0004", "order_number": "PO77"}, 4, "contract number"),
        ({"payee": "Larch", "service": "Roads", "contract_number": "TWO"}, 1, "only contract"),
        ({"payee": "Larch", "service": "Parks"}, 2, "only contract"),
        ({"payee": "Larch", "service": "PARKS "}, 2, "only contract"),
        ({"payee": "Larch", "service": "Bridges and Tunnels"}, None, ""),
        ({"payee": "Larch", "service": "bridges tunnels"}, 1, "only contract"),
        ({"payee": "Larch", "service": "Schools"}, None, ""),
        ({"payee": "Rowan"}, 5, "only contract"),
        ({"payee": "Rowan", "service": "Schools"}, None, ""),
        ({"payee": "Larch"}, None, ""),
        ({"payee": "Alder", "service": "Schools"}, 3, "only contract"),
        ({"payee": "Alder"}, 3, "only contract"),
        ({"payee": "Alder", "paid_on": date(2026, 12, 31)}, 3, "only contract"),
        ({"payee": "Alder", "paid_on": date(2027, 1, 1)}, None, ""),
        ({"payee": "Alder", "paid_on": None}, None, ""),
        ({"payee": "Nobody"}, None, ""),
        ({"payee": "Larch", "contract_number": "--"}, None, ""),
    ],
)
def test_a_payment_is_attributed_where_that_is_certain(line: Row, contract: int | None, by: str) -> None:
    assert rows(attributed(a_line(1, **line)), "contract_id", "attributed_by") == [(contract, by)]


def test_two_contracts_of_a_supplier_in_a_service_are_not_told_apart() -> None:
    two = (*HELD, a_contract(6))
    both = attributing.attributed(
        spend(a_line(1, payee="Larch", service="Parks"), who=WHO),
        table(CONTRACTS, *two),
        table(PARTIES, *PARTY, {"contract_id": 6, "supplier": "S-Larch", "service": "parks"}),
        table(NUMBERS, *NAMED),
    )
    assert rows(both, "contract_id", "attributed_by") == [(None, "")]


def test_every_figure_says_how_much_is_attributed() -> None:
    found = attributed(
        a_line(1, payee="Alder", amount=5),
        a_line(2, payee="Nobody", amount=7),
        a_line(3, payee="Larch", order_number="PO77", amount=11),
    )
    assert rows(attributing.coverage(found)) == [("", 1, 7), ("only contract", 1, 5), ("order number", 1, 11)]


def test_what_was_paid_on_a_contract_until_a_day() -> None:
    days = (date(2026, 2, 1), date(2026, 6, 30), date(2026, 7, 1))
    found = attributed(*(a_line(n, payee="Alder", paid_on=day, amount=n) for n, day in enumerate(days, 1)))
    paid = attributing.paid_on_contracts(found, date(2026, 6, 30))
    assert rows(paid) == [(3, 2, 3, date(2026, 2, 1), date(2026, 6, 30))]


def test_a_trigger_is_reached_on_the_day_that_the_sum_reaches_it() -> None:
    held = (a_contract(3, trigger=100), a_contract(9, trigger=50), a_contract(8))
    amounts = ((date(2026, 2, 1), 60), (date(2026, 3, 1), 30), (date(2026, 3, 1), 10), (date(2026, 4, 1), -40))
    lines = [a_line(n, payee="Alder", paid_on=day, amount=amount) for n, (day, amount) in enumerate(amounts, 1)]
    found = attributed(*lines, held=held)
    contracts = table(CONTRACTS, *held)
    assert rows(attributing.triggers(found, contracts, date(2026, 12, 31))) == [
        (3, 100, 60, date(2026, 3, 1)),
        (9, 50, 0, None),
    ]
    assert rows(attributing.triggers(found, contracts, date(2026, 2, 28)))[0] == (3, 100, 60, None)


def test_contracts_over_the_threshold_without_commitments() -> None:
    held = (
        a_contract(3, has_commitments=False),
        a_contract(5, has_commitments=False, value=100),
        a_contract(6, has_commitments=False, value=99),
        a_contract(7, value=1_000),
    )
    found = attributed(a_line(1, payee="Alder", amount=100), held=held)
    bare = attributing.without_commitments(found, table(CONTRACTS, *held), 100, date(2026, 12, 31))
    assert rows(bare, "contract_id", "value", "amount") == [(3, None, 100), (5, 100, 0)]


def test_a_gap_is_much_spent_little_of_it_local() -> None:
    who = (a_payee("Alder", is_local=False), a_payee("Here", is_local=True), a_payee("Unknown"))
    lines = (
        a_line(1, payee="Alder", category="Roofing", amount=60 * POUND),
        a_line(2, payee="Here", category="Roofing", amount=40 * POUND),
        a_line(3, payee="Here", category="Care", amount=100 * POUND),
        a_line(4, payee="Alder", category="Paper", amount=99 * POUND),
        a_line(5, payee="Unknown", category="Legal", amount=500 * POUND),
    )
    contracts = table(CONTRACTS, *HELD)
    found = attributing.attributed(spend(*lines, who=who), contracts, table(PARTIES, *PARTY), table(NUMBERS, *NAMED))
    wanted = {"at_least": 100 * POUND, "ends_from": date(2026, 12, 1)}
    few = attributing.gaps(found, contracts, at_most_local=(2, 5), ends_by=date(2026, 12, 31), **wanted)
    assert rows(few) == [("Roofing", 100 * POUND, 100 * POUND, 40 * POUND, 1, date(2026, 12, 31))]
    assert rows(attributing.gaps(found, contracts, at_most_local=(39, 100), ends_by=date(2026, 12, 31), **wanted)) == []
    later = attributing.gaps(found, contracts, at_most_local=(2, 5), ends_by=date(2026, 12, 30), **wanted)
    assert rows(later, "category", "contracts", "first_end") == [("Roofing", 0, None)]


def test_unlike_amounts_are_told_apart() -> None:
    lines = (a_line(1, amount=5), a_line(2, amount=7, amount_is="gross"), a_line(3, amount=1, amount_is="unknown"))
    assert rows(payments.sums_by(spend(*lines), "amount_is")) == [("gross", 1, 7), ("net", 1, 5), ("unknown", 1, 1)]


def test_an_invoice_of_more_than_the_threshold_is_published_with_all_its_lines() -> None:
    lines = (
        a_line(1, document="A", amount=300),
        a_line(2, document="A", amount=201),
        a_line(3, document="B", amount=500),
        a_line(4, document="C", amount=-501),
        a_line(5, document=None, amount=300),
        a_line(6, document=None, amount=300),
        a_line(7, document="D", amount=900, kind_of_record="card"),
        a_line(8, document="A", amount=400, paid_on=date(2026, 7, 1)),
    )
    found = published.over(spend(*({"source": "f"} | one for one in lines), sources=True), 500)
    assert rows(found, "ordinal") == [(1,), (2,), (4,)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([{"amount": 100, "vat": 20}], (120, True)),
        ([{"amount": 100, "gross": 101}], (101, True)),
        ([{"amount": 100, "vat": 0}], None),
        ([{"amount": 120, "gross": 100}], None),
        ([{"amount": 101, "amount_is": "gross"}], (101, True)),
        ([{"amount": 101}], (None, True)),
        ([{"amount": 84}], (None, False)),
        ([{"amount": 83}], None),
        ([{"amount": 84, "amount_is": "unknown"}], (None, False)),
        ([{"amount": 50, "gross": 60}, {"amount": 40}], (None, False)),
        ([{"amount": 50, "gross": 60}, {"amount": 50, "gross": 60}], (120, True)),
        ([{"amount": 100, "gross": 120}, {"amount": -30}], None),
        ([{"amount": 101, "kind_of_record": "card"}], None),
    ],
)
def test_what_is_over_the_threshold_with_vat_is_certain_or_said_to_be_undecided(
    lines: list[Row], said: tuple[int | None, bool] | None
) -> None:
    of = (a_line(n, document="A", source="f", **one) for n, one in enumerate(lines, 1))
    found = published.over_with_vat(spend(*of, sources=True).mutate(contract_id=ibis.null("int64")), 100)
    assert rows(found, "gross", "is_certain") == ([] if said is None else [said])
