"""A return counted and valued: lines, totals, and no gap hidden."""

from datetime import date
from fractions import Fraction as F
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quarterday import Catalogue, Kind, LocalArea, Measure, RuleData, Shipped, UnitValue, ValueSet, unit
from quarterday.domain.claims import Claim, Invested, PersonMonths, Plain
from quarterday.domain.counting.findings import Circumstances, Effect
from quarterday.domain.periods import quarter
from quarterday.domain.statement import Statement, Terms, state
from quarterday.domain.valuation import Amount, total, value

LOCAL = LocalArea(name="Exampleshire", codes=("E1",), since="2024-04-01")


def measure(ref: str, unit_name: str = "weeks", **more: Any) -> Measure:
    return Measure(ref=ref, title=ref, unit=unit(unit_name), theme="T", outcome="O", **more)


EDITION = Catalogue(
    id="test",
    edition="1",
    title="Test",
    measures=(
        measure("JOBS", "FTE", is_local_economic=True, localised=True),
        measure("WEEKS"),
        measure("INVESTED", "£ invested"),
        measure("ACCESS", "employees with access"),
        measure("RATE", "%", kind=Kind.RECORD_ONLY),
        measure("RECORD", "number", kind=Kind.RECORD_ONLY, things="visits"),
        measure("PLEDGE", "yes/no", kind=Kind.YES_NO),
        measure("DATED"),
    ),
    rules=(
        RuleData(rule="local-only", measures=("JOBS",)),
        RuleData(rule="staff-time", measures=("INVESTED",)),
        RuleData(rule="words", measures=("WEEKS",), numbers={"disregard": True}),
    ),
)


def worth(ref: str, text: str, **more: Any) -> UnitValue:
    return UnitValue(ref=ref, text=text, value=F(text), **more)


VALUES = ValueSet(
    id="own",
    title="Own",
    edition="test/1",
    shipped=Shipped.OWN,
    licence="Own",
    redistributable=False,
    values=(
        worth("WEEKS", "83.3333333"),
        worth("INVESTED", "1.00"),
        worth("ACCESS", "10"),
        worth("DATED", "5", valid_to=date(2026, 6, 30)),
        worth("DATED", "7", valid_from=date(2026, 7, 1)),
    ),
    staff_hour=worth("", "20"),
)


def claim(ref: str, amount: F | int | Any, line: int = 2, **more: Any) -> Claim:
    given = amount if hasattr(amount, "quantity") else Plain(F(amount))
    return Claim(line=line, ref=ref, amount=given, words="What was done", **more)


def stated(*claims: Claim, values: ValueSet | None = VALUES, unread_rows: int = 0, **at: Any) -> Statement:
    return state(claims, Terms(edition=EDITION, values=values, at=Circumstances(**at)), unread_rows=unread_rows)


def test_300_weeks_at_83_3333333_show_as_25000_and_stay_exact() -> None:
    line = stated(claim("WEEKS", 300)).lines[0]
    assert line.amount == Amount(24_999_999_990)
    assert str(line.amount) == "£25,000.00"


def test_attribution_takes_its_share() -> None:
    counted = stated(claim("WEEKS", 3, attribution=F(1, 3))).lines[0]
    assert counted.quantity == 1
    assert counted.amount == Amount(83_333_333)


def test_record_only_percentages_and_answers_add_no_money() -> None:
    statement = stated(claim("RATE", 60), claim("RECORD", 5, 3), claim("PLEDGE", 1, 4))
    assert [line.amount for line in statement.lines] == [None, None, None]
    assert statement.total == Amount(0)
    assert [line.quantity for line in statement.lines] == [60, 5, None]


def test_a_percentage_is_never_summed() -> None:
    rate = stated(claim("RATE", 60, ended=date(2026, 9, 30)), claim("RATE", 40, 3, ended=date(2026, 8, 31))).lines[0]
    assert rate.quantity == 60


def test_a_stock_counts_its_latest_figure_and_the_earlier_ones_say_so() -> None:
    line = stated(claim("ACCESS", 50, ended=date(2026, 9, 30)), claim("ACCESS", 40, 3, ended=date(2026, 8, 31))).lines[
        0
    ]
    assert (line.quantity, line.amount) == (50, Amount(500_000_000))
    assert line.claims[1].standing is Effect.EXCLUDED
    assert "line 2" in line.claims[1].findings[0].sentence


def test_a_missing_value_makes_the_total_incomplete_and_says_why() -> None:
    statement = stated(claim("JOBS", PersonMonths(F(1), F(1), F(12)), is_local=True), local=LOCAL)
    assert statement.lines[0].quantity == 1
    assert statement.local_economic == Amount(
        0, False, ("JOBS: no unit value in “own” (a local value, which the council supplies).",)
    )
    assert statement.social == Amount(0)
    assert not statement.total.is_complete


def test_without_a_value_set_quantities_stand_and_no_pound_is_known() -> None:
    statement = stated(claim("WEEKS", 300), values=None)
    assert statement.lines[0].quantity == 300
    assert not statement.total.is_complete


def test_an_undecided_claim_counts_nothing_and_leaves_the_total_incomplete() -> None:
    job = claim("JOBS", PersonMonths(F(1), F(1), F(12)))
    statement = stated(job, claim("WEEKS", 1, 3), local=LOCAL)
    assert statement.lines[0].quantity is None
    assert statement.total.micropounds == 83_333_333
    assert statement.total.reasons == ("JOBS, line 2: undecided, so not in the total.",)


def test_what_is_excluded_leaves_the_total_complete() -> None:
    outside = claim("JOBS", PersonMonths(F(1), F(1), F(12)), is_local=False)
    statement = stated(outside, local=LOCAL)
    assert statement.lines[0].claims[0].standing is Effect.EXCLUDED
    assert statement.total == Amount(0)


def test_rows_that_could_not_be_read_leave_every_total_incomplete() -> None:
    statement = stated(claim("WEEKS", 1), unread_rows=2)
    assert statement.total.micropounds == 83_333_333
    assert statement.total.reasons == ("2 rows could not be read and are in no figure.",)
    assert not statement.social.is_complete
    assert not statement.local_economic.is_complete


def test_staff_time_inside_money_invested_becomes_pounds_at_the_hourly_rate() -> None:
    line = stated(claim("INVESTED", Invested(F(100), staff_hours=F(2)))).lines[0]
    assert (line.quantity, line.amount) == (140, Amount(140_000_000))


def test_hours_without_a_rate_are_a_gap_and_not_nothing() -> None:
    line = stated(claim("INVESTED", Invested(F(100), expert_hours=F(2)))).lines[0]
    assert line.quantity == 100
    assert line.amount == Amount(
        100_000_000, False, ("INVESTED: no hourly rate for expert time, so its hours are not in the £.",)
    )


def test_the_value_is_that_of_the_claims_own_day() -> None:
    july = stated(claim("DATED", 1, ended=date(2026, 7, 9)), period=quarter("2026-Q2"))
    assert july.total == Amount(7_000_000)
    late = stated(claim("DATED", 1, ended=date(2026, 5, 9)), period=quarter("2026-Q2"))
    assert late.total == late.late == Amount(5_000_000)
    undated = stated(claim("DATED", 1))
    assert undated.total.reasons == ("DATED: its value depends on the date; give dates or --period.",)


def test_an_overlays_measure_is_valued_by_the_edition_it_stands_on() -> None:
    overlay = Catalogue(
        id="council", edition="1", title="Council", measures=(measure("C9", stands_on=(("test/1", "WEEKS"),)),)
    )
    found = state([claim("C9", 300)], Terms(edition=overlay, values=VALUES))
    assert found.total == Amount(24_999_999_990)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 400), st.integers(1, 12)), max_size=30))
def test_the_claims_of_a_line_add_to_it_exactly(parts: list[tuple[int, int, int]]) -> None:
    claims = [
        claim("WEEKS", F(over, under), line, attribution=F(1, share))
        for line, (over, under, share) in enumerate(parts, start=2)
    ]
    statement = stated(*claims)
    for line in statement.lines:
        assert line.amount
        assert line.amount.micropounds == sum(c.amount.micropounds for c in line.claims if c.amount)
        assert line.quantity == sum(c.attributed for c in line.claims)
    assert statement.total.micropounds == sum(line.amount.micropounds for line in statement.lines if line.amount)


@given(st.integers(0, 10**12), st.integers(1, 400), st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_value_is_rounded_once_from_the_exact_product(over: int, under: int, pounds: int, part: int) -> None:
    exact = F(over, under) * F(pounds, part) * 1_000_000
    assert value((over, under), (pounds, part)) == round(exact)


def test_a_total_is_incomplete_when_any_part_is_and_says_each_reason_once() -> None:
    parts = [Amount(1), Amount(2, False, ("gone",)), Amount(3, False, ("gone", "lost"))]
    assert total(parts) == Amount(6, False, ("gone", "lost"))
