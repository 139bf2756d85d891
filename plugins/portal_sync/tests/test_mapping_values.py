"""How values are written over there: exactly, or not at all."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from quarterday_portal_sync.mapping.days import Day, Moment, Periods
from quarterday_portal_sync.mapping.forms import Number, Plain, Words, YesNo
from quarterday_portal_sync.mapping.headers import headers_of, rows_of
from quarterday_portal_sync.mapping.paths import dotted, leaves, named, text_of

NUMBERS = [
    ("1234.5", "1250.5", "1250.5"),
    ("1,234.5", "1250.5", "1,250.5"),
    ("1.234,5", "1250.5", "1.250,5"),
    ("1.234,50", "1250.5", "1.250,50"),
    ("1 234,5", "1250.5", "1 250,5"),
    ("£1,234.50", "1250.5", "£1,250.50"),
    ("£1,234.50", "12", "£12.00"),
    ("1234,5%", "62.5", "62,5%"),
    ("1234", "1250", "1250"),
]


@pytest.mark.parametrize(("like", "ours", "theirs"), NUMBERS)
def test_a_number_is_written_as_they_do(like: str, ours: str, theirs: str) -> None:
    assert Number(like).outward(ours) == theirs
    assert Number(like).inward(theirs) == ours


@pytest.mark.parametrize(
    ("like", "theirs"),
    [
        ("1,234.5", "12,5"),
        ("1.234,5", "12.5"),
        ("1234.5", "1,250"),
        ("1234.5", "1250,5"),
        ("1,234.5", "1,25,000"),
        ("1234", "12.5"),
        ("1234.5", "-3"),
        ("1234.5", "1e3"),
        ("1234.5", "twelve"),
        ("£1234.5", "€12"),
        ("1234.5", "١٢"),
    ],
)
def test_a_number_that_needs_a_guess_is_not_read(like: str, theirs: str) -> None:
    with pytest.raises(ValueError, match="number"):
        Number(like).inward(theirs)


@pytest.mark.parametrize(
    ("form", "ours", "why"),
    [
        (Number(), "1/3", "doesn't end"),
        (Number("1234"), "12.5", "isn't whole"),
        (Number("1234.5", is_json=True), "123456789012.123456789", "more digits"),
        (Number(), "-1", "no number of 0 or more"),
    ],
)
def test_a_number_that_cannot_be_written_in_full_is_stopped(form: Number, ours: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        form.outward(ours)


def test_a_factor_is_exact_both_ways() -> None:
    form = Number("1,234.5", factor=Fraction(7, 2))
    assert form.outward("3") == "10.5"
    assert form.inward("10.5") == "3"
    assert Number(factor=Fraction(5)).inward("1") == "0.2"
    assert Number(factor=Fraction(3), fractions=True).inward("1") == "1/3"


def test_numbers_of_json_stay_numbers() -> None:
    form = Number("1234.5", is_json=True)
    assert form.outward("12") == 12
    assert form.outward("12.5") == 12.5
    assert form.inward(Decimal("12.50")) == "12.5"
    assert form.inward(12) == "12"
    with pytest.raises(ValueError, match="number"):
        form.inward(True)


def test_yes_and_no_are_one_and_nothing() -> None:
    form = YesNo("Y", "N", Number())
    assert [form.outward("1"), form.outward("0"), form.outward("0.5")] == ["Y", "N", "0.5"]
    assert [form.inward("y"), form.inward("N"), form.inward("0.5")] == ["1", "0", "0.5"]
    assert YesNo(True, False, Number(is_json=True)).outward("1") is True
    assert YesNo(True, False, Number()).inward(False) == "0"


def test_of_several_words_the_first_goes_out_and_all_come_in() -> None:
    form = Words({"accepted": ("ok", "partly"), "rejected": ("no",), "queried": ("no",)})
    assert form.outward("accepted") == "ok"
    assert form.inward("PARTLY") == "accepted"
    with pytest.raises(ValueError, match="stands for rejected or queried"):
        form.inward("no")
    with pytest.raises(ValueError, match="stands for nothing here"):
        form.inward("perhaps")
    with pytest.raises(ValueError, match="no word for"):
        form.outward("open")


def test_a_text_may_stand_in_another() -> None:
    assert Plain("entry/{}").outward("41") == "entry/41"
    assert Plain("entry/{}").inward("entry/41") == "41"
    with pytest.raises(ValueError, match="isn't written like"):
        Plain("entry/{}").inward("41")
    with pytest.raises(ValueError, match="isn't written like"):
        Plain("entry/{}").inward("entry/")


@pytest.mark.parametrize(
    ("pattern", "ours", "theirs"),
    [
        ("d MMM yy", "2026-03-03", "3 Mar 26"),
        ("dd/MM/yyyy", "2026-03-03", "03/03/2026"),
        ("d MMMM yyyy", "2026-09-30", "30 September 2026"),
        ("yyyyMMdd", "2026-03-03", "20260303"),
        ("d-MMM-yyyy", "2026-12-01", "1-Dec-2026"),
        ("yyyy-MM-ddTHH:mm:ssZ", "2026-12-01", "2026-12-01T00:00:00Z"),
    ],
)
def test_a_day_is_written_by_a_pattern(pattern: str, ours: str, theirs: str) -> None:
    assert Day(pattern).outward(ours) == theirs
    assert Day(pattern).inward(theirs) == ours
    assert Day(pattern).inward(ours) == ours


@pytest.mark.parametrize(
    "theirs", ["31/02/2026", "2026-03-31T23:00:00Z", "3/13/2026", "soon", "03/03/26", "9999999999"]
)
def test_what_is_no_day_is_not_read(theirs: str) -> None:
    with pytest.raises(ValueError, match="day"):
        Day("dd/MM/yyyy").inward(theirs)


def test_a_year_that_two_digits_cannot_say_is_stopped() -> None:
    with pytest.raises(ValueError, match="can't be written"):
        Day("d MMM yy").outward("1999-03-03")


def test_a_moment_has_its_offset() -> None:
    assert Moment().inward("2026-07-09T10:12:00+01:00") == "2026-07-09T09:12:00+00:00"
    assert Moment("d MMM yy HH:mm").inward("9 Jul 26 10:12") == "2026-07-09T09:12:00+00:00"
    assert Moment("d MMM yy HH:mm").inward("9 Jan 26 10:12") == "2026-01-09T10:12:00+00:00"
    assert Moment("seconds").inward(0) == "1970-01-01T00:00:00+00:00"
    assert Moment("milliseconds").inward("1500") == "1970-01-01T00:00:01.500000+00:00"
    with pytest.raises(ValueError, match="moment"):
        Moment().inward("yesterday")


@pytest.mark.parametrize(
    ("template", "first", "last", "theirs"),
    [
        ("{year}/{nn} Q{quarter}", "2026-04-01", "2026-06-30", "2026/27 Q1"),
        ("{year}/{nn} Q{quarter}", "2027-01-01", "2027-03-31", "2026/27 Q4"),
        ("Q{quarter} {yy}-{nn}", "2026-10-01", "2026-12-31", "Q3 26-27"),
        ("{calendar} Q{quarter}", "2027-01-01", "2027-03-31", "2027 Q4"),
        ("{MMM} {calendar}", "2027-02-01", "2027-02-28", "Feb 2027"),
        ("{year}/{nn} H{half}", "2026-10-01", "2027-03-31", "2026/27 H2"),
        ("{year}/{nn}", "2026-04-01", "2027-03-31", "2026/27"),
        ("{next}-{month}", "2027-02-01", "2027-02-28", "2027-02"),
    ],
)
def test_a_period_is_both_its_days(template: str, first: str, last: str, theirs: str) -> None:
    assert Periods((template,)).outward(first, last) == theirs
    assert Periods((template,)).inward(theirs) == (first, last)


def test_a_period_of_theirs_that_does_not_add_up_is_not_read() -> None:
    form = Periods(("{year}/{nn} Q{quarter}",))
    for text in ("2026/28 Q1", "2026/27 Q5", "Q1 2026/27", "2026/27"):
        with pytest.raises(ValueError, match="isn't a period"):
            form.inward(text)
    with pytest.raises(ValueError, match="none of their periods"):
        form.outward("2026-04-02", "2026-06-30")
    with pytest.raises(ValueError, match="none of their periods"):
        form.outward("2026-04-01", "2026-07-31")


def test_a_path_leads_into_what_is_nested() -> None:
    raw = {"a": {"b": [{"name": "Q", "value": 3}, {"name": "P", "value": 4}]}, "c": [1, {"d": 2}]}
    assert dotted("a.b[name=P].value").get(raw) == 4
    assert dotted("c[1].d").get(raw) == 2
    assert dotted("a.b[name=Z].value").get(raw) is None
    assert dotted("a.b.c").get(raw) is None
    assert next(named(place) for place, _ in leaves(raw)) == "a.b[0].name"
    made: dict[str, object] = {}
    dotted("a.b[name=P].value").put(made, 4)
    dotted("a.b[name=Q].value").put(made, 3)
    dotted("c[1].d").put(made, 2)
    assert made == {"a": {"b": [{"name": "P", "value": 4}, {"name": "Q", "value": 3}]}, "c": [{}, {"d": 2}]}


@pytest.mark.parametrize("text", ["", "[0]", "a..b", "a[", "a.[=1]"])
def test_what_is_no_path_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is no path"):
        dotted(text)


def test_what_is_made_of_several_values_is_no_text() -> None:
    assert [text_of(one) for one in (None, True, 3, 1.5, Decimal("1.50"), " a ", [], {})] == [
        "", "true", "3", "1.5", "1.5", "a", "", "",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="several values"):
        text_of({"a": 1})


def test_headers_in_two_rows_are_one_and_back() -> None:
    rows = [["Claim", "", "", "Period", ""], ["No", "Qty", "Qty", "From", "To"]]
    headers = headers_of(rows)
    assert headers == ("Claim / No", "Claim / Qty", "Claim / Qty (2)", "Period / From", "Period / To")
    assert headers_of(rows_of(headers, 2)) == headers
    assert rows_of(headers, 2) == [["Claim", "", "", "Period", ""], ["No", "Qty", "Qty", "From", "To"]]
    assert rows_of(headers_of([["Only", "one"]]), 1) == [["Only", "one"]]
