"""Amounts and dates as finance systems print them."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import pyarrow as pa
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from quarterday_erp_import.reading import money
from quarterday_erp_import.reading.dates import DAY_FIRST, MONTH_FIRST, decide, moment
from quarterday_erp_import.reading.typed import added, in_calendar

AMOUNTS = {
    "£1,234.50": "1234.50",
    " 504.00 ": "504",
    "(123.45)": "-123.45",
    "-£46,528.00": "-46528",
    "£-": "0",
    "-": "0",
    "Nil": "0",
    ".50": "0.5",
    "6.82121E-13": "0",
    "1.5E+3": "1500",
    "œ30": "30",
    "¬£5": "5",
    "Â£5.10": "5.10",
    "\ufffd7": "7",
    "$725.40": "725.40",
    "12.00-": "-12",
    "123 CR": "-123",
    "123 DR": "123",
    "1372.69375": "1372.69375",
    "4751.4400000000005": "4751.44",
    "\xa01 000.00\xa0": "1000",
    "0.0000005": "0",
    "0.0000015": "0.000002",
    "9223372036854.775807": "9223372036854.775807",
}


@pytest.mark.parametrize(("text", "pounds"), AMOUNTS.items())
def test_an_amount_is_read_exactly(text: str, pounds: str) -> None:
    assert money.micropounds(text) == int(Decimal(pounds) * 10**6)
    read, known = money.read(pa.array([text]))
    assert (read.tolist(), known.tolist()) == ([int(Decimal(pounds) * 10**6)], [True])


@pytest.mark.parametrize(
    "text", ["", "N/A", "#REF!", "1,23", "1,2345.00", "1.234,50", "--5", "5 apples", "1e400", "9999999999999999", "€5"]
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert money.micropounds(text) is None
    assert money.read(pa.array([text]))[1].tolist() == [False]


@seed(6)
@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(st.decimals(Decimal(-(10**12)), Decimal(10**12), places=9), max_size=20), st.booleans())
def test_many_amounts_at_once_are_what_one_by_one_are(amounts: list[Decimal], commas: bool) -> None:
    texts = [f"{one:,}" if commas else f"{one:f}" for one in amounts]
    read, known = money.read(pa.array(texts, pa.string()))
    assert known.all()
    assert read.tolist() == [int((one * 10**6).quantize(Decimal(1), ROUND_HALF_EVEN)) for one in amounts]
    assert added(read) == sum(read.tolist())
    assert [Decimal(money.pounds(one)) * 10**6 for one in read.tolist()] == read.tolist()


def test_a_sum_beyond_64_bits_is_exact() -> None:
    most = money.read(pa.array(["9223372036854.775807", "-1"] * 50))[0]
    assert added(most) == 50 * (2**63 - 1) - 50 * 10**6


DATES = {
    "2011-01-04": (2011, 1, 4),
    "2019-05-01 00:00:00": (2019, 5, 1),
    "2024-01-02T00:00:00Z": (2024, 1, 2),
    "01-Jan-11": (2011, 1, 1),
    "6-Jul-12": (2012, 7, 6),
    "30/4/2010": (2010, 4, 30),
    "12/05/10": (2010, 5, 12),
    "10.02.2012": (2012, 2, 10),
    "40544": (2011, 1, 1),
    "20110104": (2011, 1, 4),
    "04012011": (2011, 1, 4),
    "1 January 2011": (2011, 1, 1),
    "Monday, 3 Jan 2011": (2011, 1, 3),
    "Jan 5, 2011": (2011, 1, 5),
    "3rd March 2012": (2012, 3, 3),
}
LONGER = {
    "Nov-11": (2011, 11, 1, "month"),
    "June 2011": (2011, 6, 1, "month"),
    "201106": (2011, 6, 1, "month"),
    "2011-12": (2011, 12, 1, "month"),
    "03/2012": (2012, 3, 1, "month"),
    "Q1 2012/13": (2012, 4, 1, "quarter"),
    "Q4 2012/13": (2013, 1, 1, "quarter"),
    "2012 Q3": (2012, 7, 1, "quarter"),
    "2010/11": (2010, 4, 1, "year"),
    "2011": (2011, 1, 1, "year"),
}


@pytest.mark.parametrize(("text", "said"), (DATES | LONGER).items())
def test_a_date_is_read_and_how_much_of_it_is_known(text: str, said: tuple[int, ...]) -> None:
    found = moment(text)
    assert found
    assert (found.day, found.precision) == (date(*said[:3]), said[3] if len(said) > 3 else "day")


@pytest.mark.parametrize(
    "text", ["", "00:00:00", "31/02/2015", "P09", "Marlow 2012", "500.94", "1850-01-01", "13/13/2012", "2000000000"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment(text) is None


def test_the_order_is_decided_by_dates_that_leave_no_choice() -> None:
    british = decide({"30/04/2010": 3, "04/05/2010": 9})
    assert (british.order, british.evidence) == (DAY_FIRST, {"day first only": 3, "either": 9})
    american = decide({"4/30/2010": 2, "4/5/2010": 9})
    assert (american.order, american.sure > 0.9) == (MONTH_FIRST, True)
    assert moment("4/5/2010", american.order).day == date(2010, 4, 5)
    mixed = decide({"4/30/2010": 2, "30/4/2010": 5})
    assert (mixed.order, mixed.sure < 0.8) == (DAY_FIRST, True)
    assert moment("4/30/2010", DAY_FIRST).day == date(2010, 4, 30)


def test_where_every_date_can_be_read_both_ways_the_narrower_reading_wins_and_is_doubted() -> None:
    month = {f"4/{day}/2010": 1 for day in range(1, 13)}
    assert decide(month).order == MONTH_FIRST
    assert decide(month).sure < 0.8
    assert decide({f"{day}/4/2010": 1 for day in range(1, 13)}).order == DAY_FIRST
    assert decide({"4/4/2010": 1}).sure < 0.8
    assert decide({"2010-04-04": 1}).sure == 1


def test_a_period_of_a_financial_year_is_its_month() -> None:
    found = moment("2013/07")
    assert in_calendar(found, "calendar").day == date(2013, 7, 1)
    assert in_calendar(found, "financial year, by its last year").day == date(2012, 10, 1)
    assert in_calendar(found, "financial year, by its first year").day == date(2013, 10, 1)
    assert in_calendar(moment("2013/12"), "financial year, by its first year").day == date(2014, 3, 1)
