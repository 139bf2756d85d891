"""Numbers as typed: exact, never guessed; money rounded once."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday.domain.exact import (
    NotANumber,
    number,
    pounds,
    pounds_text,
    rounded,
    share,
    shown,
    typed_number,
    typed_pounds,
)


@pytest.mark.parametrize(
    ("typed", "exact"),
    [
        ("12", Fraction(12)),
        (" 12.5 ", Fraction(25, 2)),
        (".5", Fraction(1, 2)),
        ("0", Fraction(0)),
        ("83.3333333", Fraction(833333333, 10**7)),
        ("999999999999.999999999", Fraction(999999999999999999999, 10**9)),
    ],
)
def test_a_number_is_kept_exactly_as_typed(typed: str, exact: Fraction) -> None:
    assert number(typed) == exact


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("", "Enter a number"),
        ("-3", "negative"),
        ("(3)", "negative"),
        ("−3", "negative"),
        ("1,250", "as 1250"),
        ("£1,250.50", "as 1250.50"),
        ("£12", "as 12"),
        ("12,5", "as 12.5"),
        ("1e400", "exponent"),
        ("NaN", "not a number"),
        ("Infinity", "not a number"),
        ("٣", "not a number"),
        ("12 people", "not a number"),
        ("1_000", "not a number"),
        ("1.2.3", "not a number"),
        (".", "not a number"),
        ("1234567890123", "too long"),
        ("0.1234567891", "too long"),
        ("🙂", "not a number"),
    ],
)
def test_what_needs_a_guess_is_asked_for_again(typed: str, advice: str) -> None:
    with pytest.raises(NotANumber, match=advice):
        number(typed)


@pytest.mark.parametrize(
    ("typed", "exact"),
    [
        ("1250", 1250),
        ("1,250", 1250),
        (" 1 250 ", 1250),
        ("12\u00a0000.50", Fraction(24001, 2)),
        ("1,250,000.25", Fraction(5000001, 4)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_people_may_keep_the_thousands_of_a_quantity_apart(typed: str, exact: Fraction) -> None:
    assert typed_number(typed) == exact


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("1.250,00", "more than one way"),
        ("1,250,00", "more than one way"),
        ("1 250,00", "more than one way"),
        ("1,250 000", "more than one way"),
        ("12 50", "more than one way"),
        ("12,5", "as 12.5"),
        ("£12", "as 12"),
        ("-1,250", "negative"),
        ("1,234,567,890,123", "too long"),
    ],
)
def test_a_quantity_that_could_be_two_is_asked_for_again(typed: str, advice: str) -> None:
    with pytest.raises(NotANumber, match=advice):
        typed_number(typed)


@pytest.mark.parametrize(
    ("typed", "exact"), [("£400", 400), ("£1,250.00", 1250), ("£ 1 250", 1250), ("400", 400), ("£.5", Fraction(1, 2))]
)
def test_pounds_may_carry_their_sign(typed: str, exact: Fraction) -> None:
    assert typed_pounds(typed) == exact


@pytest.mark.parametrize("typed", ["£", "££4", "£-4", "$400", "£1.250,00"])
def test_what_is_no_sum_of_pounds_is_asked_for_again(typed: str) -> None:
    with pytest.raises(NotANumber):
        typed_pounds(typed)


@pytest.mark.parametrize(
    ("typed", "exact"), [("1/3", Fraction(1, 3)), ("50%", Fraction(1, 2)), ("1", 1), ("0.25", Fraction(1, 4))]
)
def test_a_share_may_be_a_fraction_a_percentage_or_a_decimal(typed: str, exact: Fraction) -> None:
    assert share(typed) == exact


@pytest.mark.parametrize(
    ("typed", "advice"),
    [("1.2", "more than the whole"), ("4/3", "more than the whole"), ("120%", "more"), ("1/0", "divides by nothing")],
)
def test_a_share_over_the_whole_is_refused(typed: str, advice: str) -> None:
    with pytest.raises(NotANumber, match=advice):
        share(typed)


def test_thirds_make_a_whole() -> None:
    assert share("1/3") * 3 == 1


@pytest.mark.parametrize(
    ("numerator", "denominator", "whole"), [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (1, 3, 0), (2, 3, 1)]
)
def test_halves_go_to_the_even_neighbour(numerator: int, denominator: int, whole: int) -> None:
    assert rounded(numerator, denominator) == whole


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**20))
def test_rounding_is_what_python_does_with_fractions(numerator: int, denominator: int) -> None:
    assert rounded(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(
    ("micropounds", "read", "text"),
    [
        (25_000_000_000, "£25,000.00", "25000.000000"),
        (24_999_999_990, "£25,000.00", "24999.999990"),
        (-1_005_000, "-£1.00", "-1.005000"),
        (0, "£0.00", "0.000000"),
    ],
)
def test_pounds_are_rounded_for_the_eye_only(micropounds: int, read: str, text: str) -> None:
    assert (pounds(micropounds), pounds_text(micropounds)) == (read, text)


@pytest.mark.parametrize(
    ("quantity", "read"),
    [(Fraction(5, 2), "2.5"), (Fraction(1, 3), "0.33"), (Fraction(1250), "1,250"), (Fraction(0), "0")],
)
def test_quantities_are_shown_short(quantity: Fraction, read: str) -> None:
    assert shown(quantity) == read
