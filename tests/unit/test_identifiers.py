"""Identifiers are kept in one form, and one that can't be right is asked for again."""

import pytest

from quarterday.domain.identifiers import CHARITY, COMPANY, PPON, VAT, NotAnIdentifier, identifier


@pytest.mark.parametrize(
    ("scheme", "typed", "kept"),
    [
        (COMPANY, "01234567", "01234567"),
        (COMPANY, " gb-coh-01234567 ", "01234567"),
        (COMPANY, "sc123456", "SC123456"),
        (COMPANY, "OC 301234", "OC301234"),
        (COMPANY, "IP12345R", "IP12345R"),
        (COMPANY, "R0000123", "R0000123"),
        (CHARITY, "123456", "123456"),
        (CHARITY, "1234567", "1234567"),
        (PPON, "pabc-1234-defg", "PABC-1234-DEFG"),
        (PPON, "GB-PPON-PABC-1234-DEFG", "PABC-1234-DEFG"),
        (VAT, "GB 123 4567 82", "123456782"),
        (VAT, "123456727", "123456727"),  # the newer series, where 55 is added
        (VAT, "123456782 001", "123456782001"),
    ],
)
def test_an_identifier_is_kept_in_one_form(scheme: str, typed: str, kept: str) -> None:
    assert identifier(scheme, typed) == kept


@pytest.mark.parametrize(
    ("scheme", "typed", "says"),
    [
        (COMPANY, "1234567", "write 01234567"),
        (COMPANY, "012345678", "8 digits"),
        (COMPANY, "", "is not a company number"),
        (COMPANY, "0123456７", "is not a company number"),  # a full-width 7
        (COMPANY, "4.71532E+23", "is not a company number"),
        (CHARITY, "12345", "6 or 7 digits"),
        (CHARITY, "12345678", "6 or 7 digits"),
        (PPON, "PABC1234DEFG", "like PABC-1234-DEFG"),
        (VAT, "123456789", "check digits"),
        (VAT, "1234567820", "9 digits, or 12"),
        ("GB-XYZ", "1", "GB-COH, GB-CHC, GB-PPON, VAT"),
    ],
)
def test_what_cannot_be_right_is_asked_for_again(scheme: str, typed: str, says: str) -> None:
    with pytest.raises(NotAnIdentifier, match=says):
        identifier(scheme, typed)


@pytest.mark.parametrize("at", range(9))
def test_one_wrong_digit_of_a_vat_number_is_seen(at: int) -> None:
    right = "123456782"
    wrong = f"{right[:at]}{(int(right[at]) + 1) % 10}{right[at + 1 :]}"
    with pytest.raises(NotAnIdentifier, match="check digits"):
        identifier(VAT, wrong)
