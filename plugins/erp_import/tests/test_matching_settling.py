"""Who a payee is among known suppliers. All names and numbers are invented."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quarterday_erp_import.payees.identifiers import comparable
from quarterday_erp_import.payees.kinds import Kind
from quarterday_erp_import.payees.known import Known, shared_numbers
from quarterday_erp_import.payees.payee import Answer, By, Outcome, Payee, Supplier, key_of, newest
from quarterday_erp_import.payees.reasons import reasons

PLACES = [
    "MARLPIT", "QUAYSIDE", "TOWPATH", "FERNDALE", "OAKMERE", "HOLLOWAY", "BRACKENBY", "THISTLETON", "WINDRUSH",
    "AMBERLEY",
]  # fmt: skip
TRADES = [
    "JOINERY", "PLUMBING", "CATERING", "SCAFFOLDING", "TRANSLATIONS", "MINIBUSES", "ARBORISTS", "GLAZING",
]  # fmt: skip
MADE_UP = [Supplier(f"{place}-{trade}", (f"{place} {trade} LTD",)) for place in PLACES for trade in TRADES]
SUPPLIERS = [
    *MADE_UP,
    Supplier("1", ("PELLICANE & DAUGHTERS SCAFFOLDING LIMITED",), ("100001",), company_number="01234567"),
    Supplier("2", ("ZELMERTON HOSPICE CARE TRUST",), ("100002",), charity_number="1098765"),
    Supplier("3", ("QUORNDEAN ACADEMY TRUST", "QUORNDEAN SCHOOL"), ("100003",), vat_number="GB 123 4567 82"),
    Supplier("4", ("VANTELLO WARD 3 CLEANING LTD",)),
    Supplier("5", ("HESPERDINE FOODS LTD",), ("100005",)),
    Supplier("6", ("HESPERDINE FOODS LIMITED",), ("100006",)),
    Supplier("7", ("REDACTED PERSONAL DATA",), ("100007",)),
    Supplier("8", ("ORLA TREVENNICK",), ("100008",)),
    Supplier("9", ("KITTERIDGE ROPEWORKS LTD T/A HARBOUR CHANDLERY",)),
]


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(SUPPLIERS)


@pytest.mark.parametrize(
    ("payee", "supplier", "by"),
    [
        (Payee("SOMEBODY ELSE LTD", company_number="1234567"), "1", By.COMPANY_NUMBER),
        (Payee("SOMEBODY ELSE LTD", charity_number="1098765"), "2", By.CHARITY_NUMBER),
        (Payee("SOMEBODY ELSE LTD", vat_number="123456782"), "3", By.VAT_NUMBER),
        (Payee("SOMEBODY ELSE LTD", number="100005"), "5", By.NUMBER),
        (Payee("Pellicane and Daughters Scaffolding Ltd."), "1", By.SAME_NAME),
        (Payee("SCAFFOLDING PELLICANE & DAUGHTERS"), "1", By.SAME_NAME),
        (Payee("ZELMERTON HOSPICE CARE TRUS"), "2", By.LIKE_NAME),
        (Payee("Quay Invoice Finance re Zelmerton Hospice Care Trust"), "2", By.SAME_NAME),
        (Payee("ORLA TREVENNICK"), "8", By.SAME_NAME),
    ],
)
def test_a_payee_is_matched_unasked(known: Known, payee: Payee, supplier: str, by: By) -> None:
    (decision,) = known.settle([payee])
    assert (decision.outcome, decision.supplier, decision.by) == (Outcome.MATCHED, supplier, by)
    assert decision.candidates == ()


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("HESPERDINE FOODS LTD", ["5", "6"]),
        ("VANTELLO WARD 4 CLEANING LTD", ["4"]),
        ("PELLICANE & DAUGHTERS SCAFFOLDING LLP", ["1"]),
        ("ORLA TREVELYAN", ["8"]),
        ("QUORNDEAN FOODS", ["3"]),
    ],
)
def test_what_isnt_clear_is_asked_with_the_likeliest_first(known: Known, name: str, offered: list[str]) -> None:
    (decision,) = known.settle([Payee(name)])
    assert decision.outcome is Outcome.ASKED
    assert decision.supplier is None
    assert [candidate.supplier for candidate in decision.candidates][: len(offered)] == offered
    assert len(decision.candidates) <= 5
    likely = [candidate.likelihood for candidate in decision.candidates]
    assert likely == sorted(likely, reverse=True)


def test_the_same_name_is_matched_where_few_suppliers_are_known() -> None:
    few = Known(
        [Supplier("1", ("Larch Building Limited",)), Supplier("2", ("Alder Advice CIC",)), Supplier("3", ("Elm",))]
    )
    found = few.settle([Payee("LARCH BUILDING LTD"), Payee("Alder Advice"), Payee("Larch Roofing Ltd"), Payee("ELM")])
    assert [one.supplier for one in found] == ["1", "2", None, "3"]


def test_nobody_is_asked_which_of_several_entries_of_one_supplier_is_meant() -> None:
    held = [Supplier(key, ("Larch Building Ltd",), (key,), "01234567", one_with="7") for key in ("7", "8")]
    known = Known([*held, Supplier("9", ("Alder Advice CIC",))])
    asked = [
        Payee("LARCH BUILDING"),
        Payee("Anybody", "8", company_number="1234567"),
        Payee("x", company_number="1234567"),
    ]
    assert [one.supplier for one in known.settle(asked)] == ["7", "8", "7"]
    assert [one.supplier for one in known.search("larch")] == ["7"]


def test_a_payee_like_nobody_is_new(known: Known) -> None:
    (decision,) = known.settle([Payee("XYLOFREN WUMPLE LTD")])
    assert (decision.outcome, decision.kind) == (Outcome.NEW, Kind.SUPPLIER)


def test_a_withheld_name_is_no_supplier_even_by_its_number(known: Known) -> None:
    (decision,) = known.settle([Payee("REDACTED PERSONAL DATA", number="100007")])
    assert (decision.outcome, decision.supplier, decision.kind) == (Outcome.NO_SUPPLIER, None, Kind.REDACTED)


def test_an_identifier_that_contradicts_keeps_a_name_from_matching(known: Known) -> None:
    same_name = "PELLICANE & DAUGHTERS SCAFFOLDING LIMITED"
    (decision,) = known.settle([Payee(same_name, company_number="07654321")])
    assert decision.supplier is None
    assert "1" not in [candidate.supplier for candidate in decision.candidates]


def test_identifiers_that_tell_of_two_suppliers_are_asked_about(known: Known) -> None:
    (decision,) = known.settle([Payee("PELLICANE", company_number="01234567", vat_number="123456782")])
    assert decision.outcome is Outcome.ASKED
    assert {candidate.supplier for candidate in decision.candidates} == {"1", "3"}


def test_the_newest_answer_of_a_person_counts_above_all_else(known: Known) -> None:
    payee = Payee("PELLICANE & DAUGHTERS SCAFFOLDING LIMITED", number="100001")
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    answers = [Answer(payee, "5", "T. Quill", late), Answer(payee, "4", "T. Quill", early)]
    (decision,) = known.settle([payee], answers=answers)
    assert (decision.outcome, decision.supplier, decision.by) == (Outcome.MATCHED, "5", By.PERSON)
    (decision,) = known.settle([payee], answers=[*answers, Answer(payee, None, "T. Quill", late)])
    assert (decision.outcome, decision.by) == (Outcome.NEW, By.PERSON)
    (decision,) = known.settle([payee], answers=[Answer(payee, None, "T. Quill", late, Kind.INTERNAL)])
    assert (decision.outcome, decision.kind) == (Outcome.NO_SUPPLIER, Kind.INTERNAL)


def test_an_answer_is_about_the_name_and_number_however_it_is_spaced() -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    answer = Answer(Payee("Pellicane  Ltd", "7"), "1", "T. Quill", when)
    assert newest([answer])[key_of(Payee("PELLICANE LTD ", "7"))] is answer
    assert key_of(Payee("PELLICANE LTD", "8")) not in newest([answer])


def test_the_order_of_suppliers_and_of_payees_changes_no_decision(known: Known) -> None:
    payees = [Payee(name) for supplier in SUPPLIERS for name in supplier.names] + [Payee("HESPERDINE FOOD")]
    shuffled = random.Random(7)
    others, mixed = shuffled.sample(SUPPLIERS, len(SUPPLIERS)), shuffled.sample(payees, len(payees))
    once = {decision.payee: decision for decision in known.settle(payees)}
    again = {decision.payee: decision for decision in Known(others).settle(mixed)}
    alone = {payee: known.settle([payee])[0] for payee in payees}
    assert once == again == alone


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([name for supplier in SUPPLIERS for name in supplier.names]), min_size=1, max_size=3),
    st.sampled_from(["07654321", "09999998", "01234567"]),
)
def test_no_match_contradicts_an_identifier(names: list[str], number: str) -> None:
    known = Known(SUPPLIERS)
    for decision in known.settle([Payee(name, company_number=number) for name in names]):
        if decision.supplier == "1":
            assert number == "01234567"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=5))
def test_any_text_gets_a_decision(known: Known, texts: list[str]) -> None:
    decisions = known.settle([Payee(text) for text in texts])
    assert [decision.payee.name for decision in decisions] == texts


def test_nobody_known_makes_everybody_new() -> None:
    (decision,) = Known([]).settle([Payee("PELLICANE LTD")])
    assert decision.outcome is Outcome.NEW


def test_a_search_offers_the_nearest(known: Known) -> None:
    assert known.search("zelmerton")[0].supplier == "2"
    assert known.search("harbour chandlery")[0].supplier == "9"
    assert known.search("") == ()


def test_a_number_of_many_names_identifies_nobody() -> None:
    rows = [("CARD", f"{place} STORES") for place in PLACES]
    rows += [("7", "BRAMBLE LTD"), ("7", "Bramble Limited")]
    assert shared_numbers(rows) == {"CARD"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("01234567", "1234567", True),
        ("GB 123 4567 82", "123456782", True),
        ("SC123456", "sc 123456", True),
        ("01234567", "01234568", False),
    ],
)
def test_identifiers_are_compared_as_they_are_meant(one: str, other: str, same: bool) -> None:
    assert (comparable(one) == comparable(other)) is same


@pytest.mark.parametrize("text", [None, "", "N/A", "00000000", "99999999", "123456789", "4.71532E+23", "12", "x" * 50])
def test_what_identifies_nobody_is_not_compared(text: str | None) -> None:
    assert comparable(text) is None


def test_reasons_say_what_speaks_for_and_against() -> None:
    assert reasons("BRAMBLE JOINERY LTD", "Bramble Joinery Limited") == ("The words are the same.",)
    said = reasons("BRAMBLE JOINERY LLP", "BRAMBLE PLUMBING LTD")
    assert said == (
        "Both have “bramble”.",
        "Only the name asked about has “joinery”.",
        "Only the known name has “plumbing”.",
        "The one says partnership, the other limited company.",
    )
    assert "cut" in reasons("ZELMERTON HOSPICE CARE TR", "ZELMERTON HOSPICE CARE TRUST")[0]
    assert reasons("FIR LODGE", "BRAMBLE LTD T/A FIR LODGE")[0] == "Both are also called “fir lodge”."
    assert "use number 226590" in reasons("BRAMBLE", "BRAMBLE* USE 226590 *")[-1]
