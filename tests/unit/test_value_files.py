"""Value files row by row: what a cell must say, and the sentence for each thing it may say instead."""

from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from quarterday import Catalogue, Kind, LocalArea, Measure, Overlay, Refused, Shipped, UnitValue, unit
from quarterday.domain.cells import CellProblem
from quarterday.domain.value_rows import Reading, read_value
from quarterday.value_files import EXPERT_HOUR, STAFF_HOUR, ValueFile, read_value_set, read_values


def measure(ref: str, of: str = "weeks", **more: object) -> Measure:
    return Measure(ref=ref, title=ref, unit=unit(of), theme="t", outcome="o", **more)  # type: ignore[arg-type]


NATIONAL = Catalogue(
    id="national",
    edition="2022",
    title="National",
    measures=(measure("NT1", "FTE", localised=True), measure("NT9"), measure("NT18", "£"), measure("NT20", "number")),
)
COUNCIL = Catalogue(
    id="council",
    edition="2026-28",
    title="A council",
    local_area=LocalArea(name="Exampleshire", codes=("E08000018",), since="2026-04-01"),
    stands_on=("national/2022",),
    measures=(
        measure("C1", "FTE", code="1a", localised=True, stands_on=(("national/2022", "NT1"),)),
        measure("C2", stands_on=(("national/2022", "NT9"),)),
        measure("C3", "£", stands_on=(("national/2022", "NT18"),)),
        measure("C4", "%", kind=Kind.RECORD_ONLY),
        measure("C5", "number", things="trees"),
        measure("C6", "£ invested"),
    ),
)
READING = Reading(edition=COUNCIL, bases=(NATIONAL,), elsewhere={"nt25": "national/2019"})


def read(**cells: str) -> UnitValue | tuple[CellProblem, ...]:
    return read_value(7, {"unit_value": "5", **cells}, READING)


def problem(field: str, **cells: str) -> str:
    """The one sentence about a row, which must be about that field."""
    problems = read(**cells)
    assert not isinstance(problems, UnitValue)
    assert [one.field for one in problems] == [field]
    return problems[0].why


def value(**cells: str) -> UnitValue:
    one = read(**cells)
    assert isinstance(one, UnitValue), one
    return one


@pytest.mark.parametrize(
    ("ref", "meant"),
    [("C2", "C2"), ("c2", "C2"), ("NT9", "NT9"), ("nt9", "NT9"), ("NT20", "NT20"), ("Staff hour", "staff hour")],
)
def test_a_ref_is_the_editions_own_or_one_beneath(ref: str, meant: str) -> None:
    assert value(ref=ref).ref == meant


def test_a_council_s_own_code_means_its_measure() -> None:
    assert value(ref="1A", area="E08000018").ref == "C1"


@pytest.mark.parametrize(
    ("ref", "sentence"),
    [
        ("", "Blank: enter the measure's reference, like NT1, or leave the row out."),
        ("NT2O", "“NT2O” is no measure of council/2026-28; did you mean NT20?"),
        ("Total", "“Total” is no measure of council/2026-28; see “quarterday catalogue show council/2026-28”."),
        ("NT25", "“NT25” is a measure of national/2019, not of council/2026-28; leave the row out."),
        ("C4", "C4 is record-only and never adds money; leave the row out."),
    ],
)
def test_a_ref_that_means_no_measure_with_a_value(ref: str, sentence: str) -> None:
    assert problem("ref", ref=ref) == sentence


@pytest.mark.parametrize("text", ["5", "0.5", ".5", "83.3333333", "120000"])
def test_a_value_is_kept_as_written_and_exact(text: str) -> None:
    one = value(ref="C2", unit_value=text)
    assert (one.text, one.value, one.row) == (text, Fraction(text), 7)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Blank: leave the row out; a missing value is not 0."),
        ("0", "0 would count as a value; if it isn't known, leave the row out."),
        ("0.00", "0 would count as a value; if it isn't known, leave the row out."),
        ("1,234.5", "enter it as 1234.5."),
        ("£30", "enter the number alone, as 30."),
        ("£1,234", "enter it as 1234."),
        ("-5", "is negative"),
        ("(5)", "is negative"),
        ("NaN", "is not a number"),
        ("inf", "is not a number"),
        ("1e400", "enter it in full"),
        ("83,33", "with a point, as 83.33."),
        ("5.0000000001", "is too long"),
        ("n/a", "is not a number"),
    ],
)
def test_a_value_that_would_need_a_guess(text: str, sentence: str) -> None:
    assert sentence in problem("unit_value", ref="C2", unit_value=text)


@pytest.mark.parametrize(
    ("ref", "written"),
    [
        ("C2", "weeks"),
        ("C2", "No. weeks"),
        ("C2", ""),
        ("C1", "no. people FTE"),
        ("C1", "full-time equivalent"),
        ("C3", "GBP"),
        ("C5", "trees"),
        ("C6", "£ invested incl. staff time"),
    ],
)
def test_a_unit_may_be_written_as_published_lists_write_it(ref: str, written: str) -> None:
    assert value(ref=ref, unit=written, area="E08000018").ref == ref


def test_a_value_per_another_unit_is_no_value_of_the_measure() -> None:
    assert problem("unit", ref="C2", unit="hours") == (
        "“hours” is not the unit of C2, which is counted in weeks; "
        "if the value is per week, write “weeks”, else leave the row out."
    )


@pytest.mark.parametrize(
    ("written", "area"), [("E08000018", "E08000018"), ("e09", "E09"), ("Exampleshire", "E08000018"), ("", "")]
)
def test_an_area_is_a_code_or_the_name_of_the_local_area(written: str, area: str) -> None:
    assert value(ref="C2", area=written).area == area


def test_an_area_by_which_nothing_is_found() -> None:
    assert problem("area", ref="C2", area="Elsewhere").startswith("“Elsewhere” is not an area code; write one like")


@pytest.mark.parametrize("ref", ["C1", "NT1"])
def test_a_value_that_differs_by_place_says_where_it_holds(ref: str) -> None:
    assert problem("area", ref=ref) == f"{ref} differs by place: say which area the value is for, like E08000018."


def test_the_area_and_source_of_the_whole_file_are_those_of_rows_that_state_none() -> None:
    reading = Reading(edition=COUNCIL, area="E08000018", source="our list")
    one = read_value(2, {"ref": "C1", "unit_value": "5"}, reading)
    other = read_value(3, {"ref": "C1", "unit_value": "5", "area": "E08000019", "source": "theirs"}, reading)
    assert isinstance(one, UnitValue)
    assert isinstance(other, UnitValue)
    assert (one.area, one.source, other.area, other.source) == ("E08000018", "our list", "E08000019", "theirs")


@pytest.mark.parametrize("edition", ["council/2026-28", "2026-28", "National/2022", "2022", ""])
def test_an_edition_may_be_named_if_it_is_this_one_or_beneath(edition: str) -> None:
    assert value(ref="C2", edition=edition).ref == "C2"


def test_a_value_is_not_carried_from_another_edition() -> None:
    assert problem("edition", ref="C2", edition="2019").startswith("“2019” is not council/2026-28; a value is never")


def test_dates_are_read_and_none_is_guessed() -> None:
    one = value(ref="C2", valid_from="2026-04-01", valid_to="31/03/2027")
    assert (str(one.valid_from), str(one.valid_to)) == ("2026-04-01", "2027-03-31")
    assert problem("valid_from", ref="C2", valid_from="spring") == (
        "“spring” is not a date; enter it like 2026-07-31 or 31/07/2026."
    )
    assert problem("valid_to", ref="C2", valid_from="2026-04-02", valid_to="2026-04-01") == (
        "Ends 2026-04-01, before it begins (2026-04-02); correct one of them."
    )


def test_everything_wrong_with_a_row_is_said_at_once() -> None:
    problems = read(ref="C7", unit_value="£5", area="x", valid_from="x", valid_to="x", edition="x")
    assert not isinstance(problems, UnitValue)
    fields = {"ref", "unit_value", "area", "valid_from", "valid_to", "edition"}
    assert {one.field for one in problems} == fields


# --- whole files ------------------------------------------------------------------------------------------------


def on_file(folder: Path, text: str) -> ValueFile:
    path = folder / "values.csv"
    path.write_text(text, encoding="utf-8")
    return read_values(path, READING)


def test_a_file_gives_its_values_and_says_how_it_was_read(tmp_path: Path) -> None:
    file = on_file(
        tmp_path,
        "Reference,Measure,Proxy value (£),Licence,Redistributable,Derivation,Sector\n"
        "C2,Weeks,5,ours,yes,by hand,\nC3,Spend,0.5,ours,yes,,Construction \n"
        "staff hour,,17,theirs,yes,,\nexpert hour,,100,theirs,yes,,\n",
    )
    assert file.columns == {
        "ref": "Reference",
        "unit_value": "Proxy value (£)",
        "licence": "Licence",
        "redistributable": "Redistributable",
        "derivation": "Derivation",
        "industry": "Sector",
    }
    assert (file.ignored, file.rows, file.header_line, file.faults) == (("Measure",), 4, 1, ())
    assert [(v.ref, v.text, v.industry, v.derivation) for v in file.for_measures] == [
        ("C2", "5", "", "by hand"),
        ("C3", "0.5", "Construction", ""),
    ]
    staff, expert = file.rate(STAFF_HOUR), file.rate(EXPERT_HOUR)
    assert staff
    assert expert
    assert (staff.text, expert.text) == ("17", "100")
    assert (file.licences, file.redistributable) == (("ours", "theirs"), {True})


def test_faults_name_line_and_column_and_cost_only_their_row(tmp_path: Path) -> None:
    file = on_file(tmp_path, "ref,unit value,redistributable\nC2,£5,perhaps\nC3,5,\nNT2O,6,no\n")
    assert [str(fault) for fault in file.faults] == [
        "line 2, column B “unit value”: “£5” has a £ sign; enter the number alone, as 5.",
        "line 2, column C “redistributable”: “perhaps” is neither yes nor no; enter one of them, or leave it blank.",
        "line 4, column A “ref”: “NT2O” is no measure of council/2026-28; did you mean NT20?",
    ]
    assert [(fault.line, fault.column) for fault in file.faults] == [
        (2, "unit value"),
        (2, "redistributable"),
        (4, "ref"),
    ]
    assert [v.ref for v in file.values] == ["C3"]


def test_a_fault_about_a_column_that_is_not_there_names_the_field(tmp_path: Path) -> None:
    assert [str(fault) for fault in on_file(tmp_path, "ref,unit value\nC1,5\n").faults] == [
        "line 2: area: C1 differs by place: say which area the value is for, like E08000018."
    ]


def test_two_values_for_one_thing_are_a_fault_of_the_later_row(tmp_path: Path) -> None:
    file = on_file(
        tmp_path,
        "ref,unit value,area,industry,valid from,valid to\n"
        "C3,5,E08000018,Building,2026-01-01,2026-06-30\n"
        "C3,6,E08000018,building,2026-06-30,\n"
        "C3,7,E08000018,,2026-06-30,\n"
        "staff hour,7,,,,\n"
        "Staff Hour,8,,,2027-01-01,\n",
    )
    assert [str(fault) for fault in file.faults] == [
        "line 3: line 2 has a value for C3 in E08000018 building on the same days; "
        "leave one of them out, or give both dates that don't overlap.",
        "line 6: line 5 has a staff hour already, and a set has one; leave one of them out.",
    ]


def test_a_formula_without_a_result_is_one_fault_and_not_two(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("ref", "unit value"), ("C2", "=1+1"), ("C3", "#REF!")):
        book.worksheets[0].append(row)
    book.save(tmp_path / "values.xlsx")
    faults = read_values(tmp_path / "values.xlsx", READING).faults
    assert [fault.place for fault in faults] == ["row 2, column B “unit value”", "row 3, column B “unit value”"]


def test_a_file_without_rows_or_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="has a header and no rows"):
        on_file(tmp_path, "ref,unit value\n")
    with pytest.raises(Refused, match="no column for “unit_value”"):
        on_file(tmp_path, "ref,area\nC1,x\n")


def test_a_column_is_found_by_what_a_person_says(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    path.write_text("Ref,£ 2026\nC2,5\n", encoding="utf-8")
    assert read_values(path, READING, {"unit_value": "£ 2026"}).values[0].text == "5"


# --- sets that ship ---------------------------------------------------------------------------------------------

HEAD = """
title = "Open"
edition = "national/2022"
shipped = "open"
licence = "OGL"
redistributable = true
source = "by hand"
left_out = ["NT20: no source."]
"""


def shipped(folder: Path, head: str = HEAD, rows: str = "ref,unit_value\nNT9,5\nstaff hour,6\n") -> Path:
    (folder / "open-uk.toml").write_text(head, encoding="utf-8")
    (folder / "open-uk.csv").write_text(rows, encoding="utf-8")
    return folder


def test_a_set_that_ships_is_its_head_and_its_rows(tmp_path: Path) -> None:
    one = read_value_set(shipped(tmp_path), "open-uk", NATIONAL)
    assert (one.id, one.title, one.edition, one.shipped) == ("open-uk", "Open", "national/2022", Shipped.OPEN)
    assert (one.licence, one.redistributable, one.left_out) == ("OGL", True, ("NT20: no source.",))
    assert [v.ref for v in one.values] == ["NT9"]
    assert one.staff_hour
    assert one.staff_hour.text == "6"
    assert one.expert_hour is None


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('title = "Open"', "", "open-uk.toml: write “title” as text in quotes."),
        ("redistributable = true", 'redistributable = "yes"', "write “redistributable” as true or false."),
        ('left_out = ["NT20: no source."]', "", "write “left_out” as a list of sentences in quotes."),
        ('"open"', '"own"', "“shipped” is open or illustrative, not “own”."),
        ('"by hand"', '"by hand"\nauthor = "x"', "“author” isn't known here; it may be title, edition, shipped"),
        ("national/2022", "national/2019", "values “national/2019”, not national/2022; correct “edition”."),
        ('"Open"', '"Open', "open-uk.toml isn't valid TOML"),
    ],
)
def test_a_head_that_is_not_whole_loads_nothing(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_value_set(shipped(tmp_path, HEAD.replace(old, new)), "open-uk", NATIONAL)
    assert sentence in str(refusal.value)


def test_a_row_that_cannot_be_used_loads_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"open-uk\.csv, line 3, column B “unit_value”: “£5”"):
        read_value_set(shipped(tmp_path, rows="ref,unit_value\nNT9,5\nNT20,£5\n"), "open-uk", NATIONAL)


def test_a_set_needs_its_head_and_an_edition_that_stands_alone(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"There is no open-uk\.toml"):
        read_value_set(tmp_path, "open-uk", NATIONAL)
    overlay = Overlay(id="council", edition="1", title="A council", based_on="national/2022")
    with pytest.raises(Refused, match="council/1 stands on national/2022"):
        read_value_set(shipped(tmp_path), "open-uk", overlay)
