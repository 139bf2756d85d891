"""Which column holds which field: by the header's words, or as a person says; never by a guess."""

from pathlib import Path

import pytest

from quarterday.errors import Refused
from quarterday.sheets import match_columns, open_sheet

WORDS = {"ref": ("reference", "code"), "unit_value": ("value", "proxy value"), "area": ("place",)}


def test_case_spacing_and_punctuation_do_not_matter() -> None:
    match = match_columns(("REFERENCE ", "Proxy-Value (£)", "Notes", ""), WORDS, {})
    assert match.index == {"ref": 0, "unit_value": 1}
    assert match.unknown == ("Notes",)


def test_the_name_of_a_field_is_one_of_its_headers() -> None:
    assert match_columns(("Unit value", "ref"), WORDS, {}).index == {"unit_value": 0, "ref": 1}


def test_what_a_person_says_goes_before_what_is_recognised() -> None:
    match = match_columns(("Ref", "Value", "Our figure"), WORDS, {"unit_value": "our figure"})
    assert match.index == {"ref": 0, "unit_value": 2}
    assert match.unknown == ("Value",)


@pytest.mark.parametrize(
    ("columns", "given", "sentence"),
    [
        (("Ref", "Value", "ref."), {}, "Columns A and C have the same header, “ref.”"),
        (("Ref", "Notes", "notes"), {}, "Columns B and C have the same header"),
        (("Ref", "Code"), {}, "“Ref” and “Code” both look like “ref”; .* --column ref=HEADER"),
        (("Ref", "Figure"), {"unit_value": "Figures"}, "no column “Figures” .* did you mean “Figure”?"),
        (("Ref", "Figure"), {"unit_value": "x"}, "no column “x” .* the headers are Ref, Figure"),
        (("Ref", "Figure"), {"unit_valeu": "Figure"}, "“unit_valeu” is not a field .* did you mean “unit_value”?"),
        (("Ref", "Figure"), {"zzz": "Figure"}, "the fields are ref, unit_value, area"),
        (("Ref", "Figure"), {"unit_value": "Figure", "area": "Figure"}, "both to be read from “Figure”"),
    ],
)
def test_what_is_not_certain_is_refused(columns: tuple[str, ...], given: dict[str, str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        match_columns(columns, WORDS, given)


def test_a_header_that_fits_two_fields_is_refused_until_a_person_says_which() -> None:
    words = {"share": ("part",), "quota": ("part",)}
    with pytest.raises(Refused, match="“Part” could be “share” or “quota”; say which with --column share=HEADER"):
        match_columns(("Part",), words, {})
    assert match_columns(("Part",), words, {"quota": "Part"}).index == {"quota": 0}


def test_a_needed_column_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    path.write_text("ref,place,figure\nNT1,x,5\n")
    with pytest.raises(Refused, match=r"no column for “unit_value” .*ref, place, figure.* --column unit_value=HEADER"):
        open_sheet(path, WORDS, needed=("ref", "unit_value"))
    assert open_sheet(path, WORDS, given={"unit_value": "Figure"}, needed=("ref", "unit_value")).rows[0]["area"] == "x"


def test_a_place_is_said_as_a_person_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    path.write_text("ref," + ",".join(f"c{n}" for n in range(26)) + ",Value\nNT1\n")
    sheet = open_sheet(path, WORDS)
    assert sheet.place(2, "unit_value") == "line 2, column AB “Value”"
    assert sheet.place(2, "area") == sheet.place(2) == "line 2"
