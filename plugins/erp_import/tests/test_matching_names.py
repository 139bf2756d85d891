"""Names as finance systems write them, read into words that can be compared. All of them are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday_erp_import.payees.names import LONGEST, normal, read, tidy
from quarterday_erp_import.payees.words import words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BRAMBLE JOINERY LIMITED", "Bramble Joinery Ltd."),
        ("BRAMBLE JOINERY LTD", "BRAMBLE JOINERY"),
        ("THE BRAMBLE JOINERY", "BRAMBLE JOINERY THE"),
        ("FIELD & FEN", "Field and Fen"),
        ("FIELD@FEN LTD", "FIELD & FEN"),
        ("B R A JOINERY LTD", "BRA JOINERY LTD"),
        ("B.R.A. Joinery", "BRA JOINERY"),
        ("ST ORLA'S SCHOOL", "SAINT ORLAS SCHL"),
        ("QUAYSIDE COMM CNTR", "Quayside Community Centre"),
        ("MARLPIT NHS FT", "Marlpit NHS Foundation Trust"),
        ("LB OF MARLOW", "London Borough of Marlow"),
        ("CAFÉ ZOË LTD", "Cafe Zoe"),
        ("TOWPATH TEAM COMMUNITY INTEREST COMPANY", "TOWPATH TEAM CIC"),
        ("MARLPIT TIMBER & CO LTD", "MARLPIT TIMBER LIMITED"),
        ("BRAMBLE JOINERY_LTD", "BRAMBLE JOINERY LTD"),
        ("BRAMBLE JOINERY LTD ****5215", "BRAMBLE JOINERY LTD"),
        ("BRAMBLE JOINERY LTD**DO NOT EXCL", "BRAMBLE JOINERY LTD"),
        ("BRAMBLE JOINERY (DO NOT USE)", "BRAMBLE JOINERY"),
        ("BRAMBLE JOINERY LTD (IN ADMINISTRATION)", "BRAMBLE JOINERY LTD"),
        ("*USE 102545* BRAMBLE JOINERY", "BRAMBLE JOINERY"),
        ("BRAMBLE JOINERY LIMIT", "BRAMBLE JOINERY LIMITED"),
    ],
)
def test_one_name_written_two_ways_is_one(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BRAMBLE JOINERY", "BRAMBLE PLUMBING"),
        ("WARD 3 STORES", "WARD 4 STORES"),
        ("TEAM BRAMBLE", "TEA M BRAMBLE SHOP"),
        ("北京商事", "東京商事"),
    ],
)
def test_two_names_stay_two(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("BRAMBLE CARE LTD T/A FIR LODGE", "fir lodge"),
        ("BRAMBLE CARE LTD T/AS FIR LODGE", "bramble care"),
        ("BRAMBLET/A FIR LODGE", "fir lodge"),
        ("Bramble Care Ltd trading as Fir Lodge", "fir lodge"),
        ("NEW QUAY LTD FORMERLY OLD QUAY LTD", "old quay"),
        ("NEW QUAY LTD (WAS OLD QUAY)", "old quay"),
        ("FIR LODGE C/O BRAMBLE CARE", "fir lodge"),
        ("Towpath Trust (Marlpit Waterways)", "marlpit waterways"),
        ("FIR LODGE CARE/OAK LODGE CARE", "oak lodge care"),
        ("Quickpay Invoice Finance re Bramble Joinery Ltd", "bramble joinery"),
    ],
)
def test_what_a_name_says_of_another_name_is_a_reading(text: str, part: str) -> None:
    assert part in [" ".join(reading) for reading in read(text).readings]


def test_a_place_in_brackets_is_no_name_by_itself() -> None:
    name = read("BRAMBLE JOINERY (UK) LTD")
    assert name.readings == (("bramble", "joinery"),)


def test_a_clerks_note_says_which_number_to_use() -> None:
    assert read("BRAMBLE LTD* USE 226590 *").use_instead == "226590"
    assert read("BRAMBLE LTD* USE 226590 *").closed
    assert read("BRAMBLE (DO NOT USE)").closed
    assert not read("BRAMBLE LAND USE LTD").closed
    assert read("BRAMBLE LAND USE LTD").use_instead is None


def test_the_legal_form_is_that_of_the_first_part() -> None:
    assert read("BRAMBLE LLP T/A FIR LTD").legal_form == "partnership"
    assert read("BRAMBLE T/A FIR LTD").legal_form == "limited company"
    assert read("BRAMBLE").legal_form == ""


def test_a_name_of_nothing_but_words_that_say_nothing_keeps_them() -> None:
    assert normal("THE LIMITED") == "limited"
    assert normal("AND THE OF") == "and the of"
    assert normal("*** - ***") == ""


def test_no_word_that_is_written_out_is_written_out_again() -> None:
    known = words()
    written = {word for meant in known.written_out.values() for word in meant}
    assert not written & known.changed
    assert not set(known.written_out) & set(known.legal)


def test_a_name_is_tidied_and_cut() -> None:
    assert tidy("  BRAMBLE\u00a0\n JOINERY\x00 ") == "BRAMBLE JOINERY"
    assert len(tidy("A " * 10_000)) <= LONGEST


PIECES = [
    "THE", "AND", "&", "T/A", "LTD", "LIMITED", "CO.", "C/O", "(UK)", "RE", "A", "B", "T", "S", "G", "M", "C",
    "SCHL", "FT", "*USE", "1234*", "(WAS", "/", "-", "'", ".", "DO", "NOT", "USE", "TA", "@", "_", "CARE", "OF",
    "COMPANY", "FORMERLY", "KNOWN", "AS", "É", "ß", "İ", "3",
]  # fmt: skip
NAMES = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join))


@given(NAMES)
def test_reading_a_normal_name_again_changes_nothing(text: str) -> None:
    once = normal(text)
    assert normal(once) == once


@given(NAMES)
def test_a_name_with_a_letter_or_digit_is_never_read_as_nothing(text: str) -> None:
    shown = tidy(text)
    assert bool(read(text).words) == any(sign.isalnum() for sign in shown.replace("_", " "))


@given(NAMES)
def test_capitals_make_no_difference(text: str) -> None:
    if text.upper().lower() == text.lower():
        assert normal(text.upper()) == normal(text.lower())
