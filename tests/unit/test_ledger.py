"""Claims of local spend beside the ledger: what is borne out, what can be subcontractors', what isn't compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from quarterday.domain.catalogue import LocalArea
from quarterday.domain.ledger import Claimed, Known, Standing, compare, is_local_spend
from quarterday.testing.builders import a_catalogue

POUND = 1_000_000
JUNE, SEPTEMBER = date(2026, 6, 30), date(2026, 9, 30)
BOROUGH = LocalArea(name="The borough", codes=("E08000018",), since="2026-04-01")
KNOWN = Known(
    until=SEPTEMBER,
    lines=12,
    paid=100_000 * POUND,
    placed=100_000 * POUND,
    local=40_000 * POUND,
    area=BOROUGH,
    unattributed=0,
    trigger=None,
    reached_on=None,
)
OWN_LEDGER = (
    "A subcontractor's spend can't appear in your ledger: ask the supplier for the invoices behind the difference."
)


def claimed(pounds: int, until: date = JUNE, area: LocalArea | None = BOROUGH) -> Claimed:
    return Claimed(amount=pounds * POUND, until=until, area=area)


@pytest.mark.parametrize(
    ("pounds", "standing"),
    [
        (0, Standing.BORNE_OUT),
        (40_000, Standing.BORNE_OUT),
        (40_001, Standing.WITHIN),
        (100_000, Standing.WITHIN),
        (100_001, Standing.ABOVE),
    ],
)
def test_a_claim_stands_by_what_was_paid_locally_and_in_all(pounds: int, standing: Standing) -> None:
    found = compare(claimed(pounds), KNOWN)
    assert found.standing is standing
    assert (OWN_LEDGER in found.reasons) is (standing is not Standing.BORNE_OUT)


def test_what_is_above_says_both_amounts() -> None:
    first, last = compare(claimed(120_000), KNOWN).reasons
    assert first == "£120,000.00 is claimed and £100,000.00 was paid on the contract: ask from what the rest was spent."
    assert last == OWN_LEDGER


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (
            replace(KNOWN, until=date(2026, 5, 31)),
            "payments up to 2026-05-31, and the claim is for the time up to 2026-06",
        ),
        (replace(KNOWN, placed=94_999 * POUND), "The postcode is known for 94% of what was paid"),
        (replace(KNOWN, unattributed=7 * POUND), "Another £7.00 was paid to the same supplier and is on no contract"),
    ],
)
def test_each_reason_is_given_where_it_holds_and_not_elsewhere(known: Known, reason: str) -> None:
    assert [one for one in compare(claimed(50_000), known).reasons if reason in one]
    assert not [one for one in compare(claimed(50_000), KNOWN).reasons if reason in one]


@pytest.mark.parametrize(
    ("claim", "known", "reason"),
    [
        (claimed(1), replace(KNOWN, until=None, lines=0, paid=0, placed=0, local=0), "holds no payments yet"),
        (claimed(1, area=None), replace(KNOWN, local=None, area=None), "has no definition of “local”"),
        (claimed(1, area=replace(BOROUGH, codes=("E08000019",))), KNOWN, "another definition of “local” (The borough)"),
    ],
)
def test_what_is_unlike_is_not_compared(claim: Claimed, known: Known, reason: str) -> None:
    found = compare(claim, known)
    assert found.standing is Standing.NOT_COMPARED
    assert reason in found.reasons[0]


def test_the_same_area_under_another_name_is_the_same() -> None:
    assert compare(claimed(1, area=replace(BOROUGH, name="Here")), KNOWN).standing is Standing.BORNE_OUT


def test_coverage_is_the_part_whose_postcode_is_known() -> None:
    half = replace(KNOWN, placed=50_000 * POUND).coverage
    assert half is not None
    assert (half.numerator, half.denominator) == (1, 2)
    assert replace(KNOWN, paid=0, placed=0).coverage is None


def test_local_spend_is_what_counts_pounds_locally() -> None:
    assert [one.ref for one in a_catalogue().measures if is_local_spend(one)] == ["SPEND"]
