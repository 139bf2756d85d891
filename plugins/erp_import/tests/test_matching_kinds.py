"""What kind of payee a name looks like. All of them are invented."""

import random

import pytest

from quarterday_erp_import.payees.kinds import Kind, Looks, looks, plainly_a_supplier
from quarterday_erp_import.payees.names import read


@pytest.mark.parametrize(
    ("text", "kind", "sure"),
    [
        ("REDACTED UNDER DP ACT", Kind.REDACTED, True),
        ("Redacted - Personal Information", Kind.REDACTED, True),
        ("NAME WITHHELD", Kind.REDACTED, True),
        ("XXXX XXXX", Kind.REDACTED, True),
        ("", Kind.REDACTED, True),
        ("***", Kind.REDACTED, True),
        ("PERSONAL DATA", Kind.REDACTED, False),
        ("REDACTIVE PRESS SALES LTD", Kind.SUPPLIER, True),
        ("MARLPIT DATA PROTECTION LTD", Kind.SUPPLIER, True),
        ("MRS TERESA QUILL", Kind.INDIVIDUAL, True),
        ("QUILL T MRS", Kind.INDIVIDUAL, True),
        ("TERESA QUILL", Kind.INDIVIDUAL, False),
        ("QUILL TERESA", Kind.INDIVIDUAL, False),
        ("T J QUILL", Kind.INDIVIDUAL, False),
        ("T & J QUILL", Kind.INDIVIDUAL, False),
        ("BALJEET KAUR", Kind.INDIVIDUAL, False),
        ("SARAH O'QUILL", Kind.INDIVIDUAL, False),
        ("TERESA QUILL T/A FIR LODGE", Kind.INDIVIDUAL, False),
        ("TERESA QUILL LTD", Kind.SUPPLIER, True),
        ("TERESA QUILL CONSULTING", Kind.SUPPLIER, True),
        ("DR QUILL & PARTNERS SURGERY", Kind.SUPPLIER, True),
        ("QUILLWORKS", Kind.SUPPLIER, True),
        ("PETTY CASH HIGH STREET", Kind.INTERNAL, False),
        ("Personal Budgets", Kind.INTERNAL, False),
        ("MARLPIT PAYROLL LTD", Kind.SUPPLIER, True),
        ("12 FIR STREET", Kind.ADDRESS, False),
        ("FLAT 3, 12 FIR ROAD", Kind.ADDRESS, False),
        ("12 FIR AVENUE NURSING HOME", Kind.SUPPLIER, True),
        ("12 FIR ROAD LTD", Kind.SUPPLIER, True),
        ("Www.Bramble-Joinery.Co.Uk", Kind.CARD_MERCHANT, False),
        ("MARLPIT ELECTRICAL FACTORS", Kind.SUPPLIER, True),
        ("MARLPIT FACTORS RE-USE", Kind.SUPPLIER, True),
        ("BRAMBLE CARE LTD RE FIR LODGE", Kind.SUPPLIER, True),
        ("BRAMBLE LTD* USE 226590 *", Kind.SUPPLIER, True),
    ],
)
def test_a_name_looks_like_its_kind(text: str, kind: Kind, sure: bool) -> None:
    found = looks(read(text))
    assert (found.kind, found.sure) == (kind, sure)
    assert bool(found.why) == (kind is not Kind.SUPPLIER)


@pytest.mark.parametrize(
    ("text", "kind", "behind"),
    [
        ("Quay Invoice Finance (UK) Ltd Re Bramble Joinery Ltd", Kind.FACTOR, "Bramble Joinery Ltd"),
        ("QUAY INVOICE FINANCE LTD RE: BRAMBLE JOINERY", Kind.FACTOR, "BRAMBLE JOINERY"),
        ("BRAMBLE JOINERY C/O QUAY SALES FINANCE", Kind.FACTOR, "BRAMBLE JOINERY"),
        ("QUAY INVOICE FINANCE (UK) LTD", Kind.FACTOR, None),
        ("PAYPAL *BRAMBLEJOIN", Kind.CARD_MERCHANT, "bramblejoin"),
        ("Sumup  *Bramble Joinery", Kind.CARD_MERCHANT, "bramble joinery"),
        ("Amazon.Co.Uk*iz6d49p55 Am", Kind.CARD_MERCHANT, "amazon.co.uk"),
    ],
)
def test_the_payee_behind_is_told_where_it_is_named(text: str, kind: Kind, behind: str | None) -> None:
    found = looks(read(text))
    assert (found.kind, found.behind) == (kind, behind)


def test_the_council_itself_is_internal_and_another_council_is_a_supplier() -> None:
    own = {"marlpit metropolitan borough council"}
    assert looks(read("MARLPIT MBC"), own_names=own).kind is Kind.INTERNAL
    assert looks(read("MARLPIT MBC - SCHOOL MEALS"), own_names=own).kind is Kind.INTERNAL
    assert looks(read("MARLOW MBC"), own_names=own).kind is Kind.SUPPLIER


def test_on_a_card_line_whoever_is_nothing_else_is_a_merchant() -> None:
    assert looks(read("BRAMBLE STORES"), card=True).kind is Kind.CARD_MERCHANT
    assert looks(read("REDACTED"), card=True).kind is Kind.REDACTED


@pytest.mark.parametrize("text", ["DAVID WOOD", "WOOD D", "TERESA HILL", "GRACE YOUNG"])
def test_a_name_that_is_also_a_word_of_firms_is_still_a_persons(text: str) -> None:
    assert looks(read(text)).kind is Kind.INDIVIDUAL


@pytest.mark.parametrize("text", ["PADDOCK HILL", "BEECH HALL", "MARLPIT PARK"])
def test_a_place_with_a_word_that_is_also_a_name_is_no_person(text: str) -> None:
    assert looks(read(text)).kind is Kind.SUPPLIER


PARTS = """
REDACTED XXX WITHHELD PERSONAL DATA PETTY CASH Budgets MRS Dr TERESA Quill T J & T/A trading as O'QUILL 12 3a FLAT FIR
STREET Avenue ROAD LTD (UK) plc CIC CARE Consulting Surgery Nursing HOME Trust Café MARLPIT MBC Finance Invoice RE C/O -
Factors PAYPAL *BRAMBLE www.x.uk SumUp iz6d49p55 _ . ’ é 7 ltd. the and of
"""


def test_what_is_plainly_a_supplier_is_one_when_its_name_is_read() -> None:
    chance = random.Random(7)
    names = [" ".join(chance.choices(PARTS.split(), k=chance.randint(0, 6))) for _ in range(4_000)]
    plain = [name for name in names if plainly_a_supplier(name)]
    assert {looks(read(name)) for name in plain} == {Looks(Kind.SUPPLIER)}
    assert len(plain) > 300
    assert plainly_a_supplier("Elm Roofing 00013 (UK) Ltd")
    assert plainly_a_supplier("MARLPIT CARE TRUST")
