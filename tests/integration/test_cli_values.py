"""``quarterday values``: list, show and check, as a person and a program use them, with good files and bad ones."""

from __future__ import annotations

import json
import re
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main
from quarterday.domain.catalogue import Kind
from quarterday.domain.values import Shipped, ValueSet
from quarterday.errors import Trouble
from quarterday.services.measures.catalogues import catalogue
from quarterday.services.measures.values import WouldNotLoad, shipped_sets, value_set

pytestmark = pytest.mark.usefixtures("data")

COMPILED = "toms-national/2022-compiled"
GOOD = (
    "Unit values of Exampleshire\n\n"
    "Reference,Measure,Units,Proxy value (£),Area,Valid from,Valid to,Sector,Source,Licence,Redistributable\n"
    "NT1,Local jobs,no. people FTE,30123.456789,E08000018,2026-04-01,2027-03-31,,our study,bought,no\n"
    "9,Training,weeks,300.3333333,,,,,our study,bought,no\n"
    "NT18,Spend,GBP,0.5,E08000018,,,Construction,our study,bought,no\n"
    "NT18,Spend,GBP,0.4,E08000018,,,Catering,our study,bought,no\n"
    "NT20,Wellbeing,,5,,,,,our study,bought,no\n"
    "staff hour,,,17.5,,,,,our study,bought,no\n"
)


def quarterday_values(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["values", *arguments])


def as_json(*arguments: str, exit_code: int = 0) -> Any:
    done = quarterday_values(*arguments, "--json")
    assert done.exit_code == exit_code, done.output
    return json.loads(done.stdout)


def checked(folder: Path, text: str, *options: str, exit_code: int = 0) -> Any:
    path = folder / "values.csv"
    path.write_text(text, encoding="utf-8")
    return as_json("check", str(path), "--catalogue", "toms-rotherham", *options, exit_code=exit_code)


def shipped(name: str) -> ValueSet:
    return value_set(name, catalogue(COMPILED))


# --- list and show ----------------------------------------------------------------------------------------------


def test_list_says_what_each_set_is_and_whether_it_may_be_passed_on() -> None:
    listed = {one["id"]: one for one in as_json("list")["value_sets"]}
    assert {name: (one["kind"], one["edition"], one["redistributable"]) for name, one in listed.items()} == {
        "open-uk": ("open", COMPILED, True),
        "illustrative": ("illustrative", COMPILED, True),
    }
    assert listed["illustrative"]["value_count"] == 40
    plain = quarterday_values("list").stdout
    assert "open-uk" in plain
    assert "\nillustrative is ILLUSTRATIVE: made-up round numbers for demonstrations." in plain
    assert "open-uk is" not in plain


def test_show_gives_every_value_with_its_derivation_and_source_and_what_was_left_out() -> None:
    shown = as_json("show", "open-uk")
    assert all(value["derivation"] and value["source"] for value in shown["values"])
    assert shown["left_out"] == list(shipped("open-uk").left_out)
    assert shown["fingerprint"] == shipped("open-uk").fingerprint
    plain = quarterday_values("show", "open-uk").stdout
    assert "(£13.45 − £12.71) × 35 hours × 52 weeks" in plain
    assert "Left out: NT14" in plain


def test_made_up_numbers_are_marked_wherever_they_are_shown() -> None:
    for output in (quarterday_values("show", "illustrative").stdout, as_json("show", "illustrative")["warning"]):
        assert "ILLUSTRATIVE: made-up round numbers" in output
    listed = next(one for one in as_json("list")["value_sets"] if one["kind"] == "illustrative")
    assert "ILLUSTRATIVE" in listed["warning"]
    assert "warning" not in as_json("show", "open-uk")


def test_a_set_that_is_not_there_names_the_nearest() -> None:
    done = quarterday_values("show", "open-kk")
    assert (done.exit_code, "did you mean “open-uk”?" in done.output) == (2, True)
    done = quarterday_values("show", "open-uk", "--edition", "toms-national/2019")
    assert (done.exit_code, "no value set “open-uk” for toms-national/2019" in done.output) == (2, True)


# --- the sets that ship -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["open-uk", "illustrative"])
def test_every_measure_that_adds_money_has_a_value_or_a_reason_for_none(name: str) -> None:
    one = shipped(name)
    reasons = " ".join(one.left_out)
    for measure in catalogue(COMPILED).measures:
        if measure.kind is Kind.MONETISED:
            assert any(value.ref == measure.ref for value in one.values) or re.search(rf"\b{measure.ref}\b", reasons)


@pytest.mark.parametrize(
    ("area", "on", "gain"),
    [
        ("", "2025-04-01", "709.80"),
        ("E09000007", "2025-10-21", "2984.80"),
        ("E08000018", "2025-10-22", "2256.80"),
        ("E09000007", "2026-03-31", "4713.80"),
        ("E08000018", "2026-04-01", "1346.80"),
        ("E09000007", "2027-03-31", "3803.80"),
    ],
)
def test_the_gain_to_the_real_living_wage_holds_in_its_place_and_time(area: str, on: str, gain: str) -> None:
    found = shipped("open-uk").find(["NT58"], on=date.fromisoformat(on), area=area)
    assert found
    assert found.text == gain


def test_the_gain_to_the_real_living_wage_can_be_done_again_from_its_derivation() -> None:
    for value in shipped("open-uk").values:
        if value.ref == "NT58":
            sums = re.search(
                r"\(£([\d.]+) − £([\d.]+)\) × (\d+) hours × (\d+) weeks = £([\d,.]+\d)\.", value.derivation
            )
            assert sums, value.derivation
            to, of, hours, weeks, gain = (Decimal(part.replace(",", "")) for part in sums.groups())
            assert (to - of) * hours * weeks == gain == Decimal(value.text)
            assert (hours, weeks) == (35, 52)


@pytest.mark.parametrize(
    ("ref", "on", "found"),
    [
        ("NT28", "2026-07-01", "1.00"),
        ("NT40", "2026-07-01", "1.00"),
        ("NT31", "2024-12-31", "268.97"),
        ("NT82", "2026-07-01", "277.22"),
        ("NT31", "2023-12-31", None),
        ("NT58", "2027-04-01", None),
        ("NT14", "2026-07-01", None),
        ("NT18", "2026-07-01", None),
        ("NT32", "2026-07-01", None),
    ],
)
def test_open_values_are_there_where_a_source_was_seen_and_nowhere_else(ref: str, on: str, found: str | None) -> None:
    value = shipped("open-uk").find([ref], on=date.fromisoformat(on))
    assert (value and value.text) == found


def test_a_carbon_value_says_its_price_year_and_that_its_table_was_not_seen() -> None:
    for value in shipped("open-uk").values:
        if value.ref in ("NT31", "NT82"):
            assert value.valid_from
            assert f"in {value.valid_from.year}, in 2022 prices" in value.derivation
            assert "The table itself was not seen" in value.source


def test_illustrative_values_are_round_and_local_ones_are_for_the_demonstration_council_alone() -> None:
    one = shipped("illustrative")
    assert one.shipped is Shipped.ILLUSTRATIVE
    assert {value.text for value in one.all_values} == {"10000", "100", "10", "1", "0.5", "0.1"}
    assert {value.ref: value.area for value in one.values if value.area} == dict.fromkeys(
        ("NT1", "NT1a", "NT1c", "NT18"), "E08000018"
    )
    assert one.staff_hour
    assert one.expert_hour


# --- check ------------------------------------------------------------------------------------------------------


def test_check_says_what_it_understood_of_a_good_file(tmp_path: Path) -> None:
    found = checked(tmp_path, GOOD)
    assert (found["would_load"], found["faults"], found["rows"], found["values"]) == (True, [], 6, 6)
    assert found["catalogue"] == "toms-rotherham/2024-27"
    assert (found["read_as"], found["header_row"]) == ("comma-separated text, UTF-8", 3)
    assert (found["columns"]["unit_value"], found["ignored_columns"]) == ("Proxy value (£)", ["Measure"])
    per_measure = {measure["ref"]: measure["values"] for measure in found["measures"]}
    assert {ref: count for ref, count in per_measure.items() if count} == {"NT1": 1, "NT9": 1, "NT18": 2}
    assert len(per_measure) == 20
    assert len(found["without_value"]) == 17
    assert found["council_must_supply"] == ["NT1a", "NT1c"]
    assert found["not_used"] == ["NT20"]
    assert (found["staff_hour"], found["expert_hour"]) == ("17.5", None)
    assert (found["areas"], found["industries"]) == (["E08000018"], ["Catering", "Construction"])
    assert (found["valid_from"], found["valid_to"], found["always_valid"]) == ("2026-04-01", "2027-03-31", 4)
    assert (found["licence"], found["redistributable"], found["notes"]) == ("bought", False, [])


def test_check_reads_a_workbook_as_it_reads_text(tmp_path: Path) -> None:
    text = checked(tmp_path, GOOD)
    book = openpyxl.Workbook()
    for line in GOOD.splitlines():
        book.worksheets[0].append([_typed(cell) for cell in line.split(",")])
    book.save(tmp_path / "values.xlsx")
    found = as_json("check", str(tmp_path / "values.xlsx"), "--catalogue", "toms-rotherham")
    same = set(text) - {"file", "read_as"}
    assert {key: found[key] for key in same} == {key: text[key] for key in same}
    assert found["read_as"] == "Excel sheet “Sheet”"


def test_check_shows_a_person_the_same(tmp_path: Path) -> None:
    checked(tmp_path, GOOD)
    plain = quarterday_values("check", str(tmp_path / "values.csv"), "--catalogue", "toms-rotherham").stdout
    for words in (
        "values.csv: comma-separated text, UTF-8, header in line 3, 6 rows.",
        "Understood: 6 values, for 3 of 20 monetised measures of toms-rotherham/2024-27.",
        "No value, and it differs by place, so only you can supply it: NT1a, NT1c.",
        "Left out, for toms-rotherham/2024-27 doesn't have these measures: NT20.",
        "£ per hour of expert time: not available.",
        "Valid: the earliest from 2026-04-01, the latest to 2027-03-31, 4 at any time.",
        "Licence: bought. May be passed on: no.",
        "Nothing to put right: the file would load.",
    ):
        assert words in plain


def test_options_state_what_the_rows_do_not(tmp_path: Path) -> None:
    text = "ref,£ 2026\nNT1,30000\n"
    options = ("--column", "unit_value=£ 2026", "--area", "E08000018", "--licence", "CC BY", "--source", "us")
    found = checked(tmp_path, text, *options, "--redistributable")
    assert (found["would_load"], found["areas"], found["licence"], found["source"]) == (
        True,
        ["E08000018"],
        "CC BY",
        "us",
    )
    assert (found["redistributable"], found["notes"]) == (True, [])


@pytest.mark.parametrize(
    ("cells", "options", "may_go_out", "note"),
    [
        (("", ""), (), False, "Whether these values may be passed on isn't said"),
        (("yes", ""), (), False, "Whether these values may be passed on isn't said"),
        (("yes", "yes"), (), True, ""),
        (("yes", "no"), (), False, ""),
        (("", ""), ("--redistributable",), True, ""),
        (("yes", "yes"), ("--not-redistributable",), False, ""),
        (("yes", "no"), ("--redistributable",), False, "Some rows say that they may not be passed on"),
    ],
)
def test_values_may_be_passed_on_only_where_that_is_said(
    tmp_path: Path, cells: tuple[str, str], options: tuple[str, ...], may_go_out: bool, note: str
) -> None:
    text = "ref,value,redistributable\nNT9,5,{}\nNT10,6,{}\n".format(*cells)
    found = checked(tmp_path, text, "--licence", "ours", *options)
    assert found["redistributable"] is may_go_out
    assert [words[: len(note)] for words in found["notes"]] == ([note] if note else [])


def test_a_licence_that_is_not_stated_is_said(tmp_path: Path) -> None:
    assert checked(tmp_path, "ref,value\nNT9,5\n")["notes"][0].startswith("No licence is stated")


BAD = """ref,unit value,unit,area,industry,valid from,valid to,edition
NT9,"1,234",,,,,,
NT10,£30,,,,,,
NT12,-5,,,,,,
NT13,NaN,,,,,,
NT7,1e400,,,,,,
NT8,"83,33",,,,,,
NT3b,5,,,,,,
NT18,0.5,,E08000018,Building,2026-01-01,2026-12-31,
NT18,0.6,,E08000018,building,2026-06-01,,
NT31,250,miles,,,,,
NT6,100,,,,2026-05-01,2026-04-30,
NT4,,,,,,,
NT2,100,,,,,,
NT1a,100,,,,,,
NT25,1,,,,,,
NT28,1,,,,,,toms-national/2019
"""
WRONG = [
    (2, "unit value", "as 1234"),
    (3, "unit value", "as 30"),
    (4, "unit value", "negative"),
    (5, "unit value", "not a number"),
    (6, "unit value", "in full"),
    (7, "unit value", "as 83.33"),
    (8, "ref", "did you mean NT3?"),
    (10, "", "line 9 has a value for NT18"),
    (11, "unit", "counted in tonnes of CO2e"),
    (12, "valid to", "before it begins"),
    (13, "unit value", "a missing value is not 0"),
    (14, "ref", "record-only"),
    (15, "area", "differs by place"),
    (16, "ref", "a measure of toms-national/2019"),
    (17, "edition", "never carried from one edition to another"),
]


def test_every_row_to_put_right_is_named_with_its_cell_and_nothing_would_load(tmp_path: Path) -> None:
    found = checked(tmp_path, BAD, "--licence", "ours", exit_code=3)
    assert found["would_load"] is False
    assert [(fault["row"], fault["column"]) for fault in found["faults"]] == [(row, column) for row, column, _ in WRONG]
    for fault, (_, _, words) in zip(found["faults"], WRONG, strict=True):
        assert words in fault["why"]
    plain = quarterday_values("check", str(tmp_path / "values.csv"), "--catalogue", "toms-rotherham")
    assert plain.exit_code == 3
    assert "To put right (15); until then nothing of the file would load:" in plain.stdout
    assert "  line 2, column B “unit value”: “1,234” has thousands" in plain.stdout


def test_ten_thousand_rows_are_quick_and_the_printing_is_short(tmp_path: Path) -> None:
    rows = "".join(f"NT{n}x,{n + 1}\n" for n in range(10_000))
    began = time.monotonic()
    found = checked(tmp_path, f"ref,value\n{rows}", exit_code=3)
    assert len(found["faults"]) == 10_000
    plain = quarterday_values("check", str(tmp_path / "values.csv"), "--catalogue", "toms-rotherham").stdout
    assert time.monotonic() - began < 20
    assert plain.count("is no measure of") == 50
    assert "… and 9,950 more; --json lists them all." in plain


def test_ten_thousand_good_rows_are_ten_thousand_values(tmp_path: Path) -> None:
    rows = "".join(f"NT18,{n + 1}.25,E08000018,Trade {n}\n" for n in range(10_000))
    assert checked(tmp_path, f"ref,value,area,industry\n{rows}")["values"] == 10_000


@pytest.mark.parametrize(
    ("text", "options", "exit_code", "sentence"),
    [
        ("", (), 5, "values.csv is empty"),
        ("name,size\nx,1\n", (), 5, "no header row that can be recognised"),
        ("ref,area\nNT1,E08000018\n", (), 5, "no column for “unit_value”"),
        ("ref,value\n", (), 5, "a header and no rows"),
        ("ref,value,proxy\nNT9,1,2\n", (), 5, "“value” and “proxy” both look like “unit_value”"),
        ("ref,value,Value\nNT9,1,2\n", (), 5, "Columns B and C have the same header"),
        ('ref,value\n"NT9,1\nNT10,2\n', (), 5, "line 2: a quote"),
        ("ref,value\nNT9,1\n", ("--column", "unit_value=Figure"), 5, "no column “Figure”"),
        ("ref,value\nNT9,1\n", ("--column", "unit_value"), 2, "has no “=”"),
    ],
)
def test_what_is_no_value_file_is_refused_in_one_sentence(
    tmp_path: Path, text: str, options: tuple[str, ...], exit_code: int, sentence: str
) -> None:
    path = tmp_path / "values.csv"
    path.write_text(text, encoding="utf-8")
    done = quarterday_values("check", str(path), "--catalogue", "toms-rotherham", *options)
    assert (done.exit_code, sentence in done.output) == (exit_code, True), done.output
    assert "Traceback" not in done.output


# --- a set by name or file, as ``quarterday value`` takes it ----------------------------------------------------


def test_an_overlay_is_valued_by_the_sets_of_the_edition_it_stands_on() -> None:
    assert value_set("open-uk", catalogue("toms-rotherham")) == shipped("open-uk")
    assert {one.id for one in shipped_sets()} == {"open-uk", "illustrative"}


def test_a_file_of_a_council_is_used_whole(tmp_path: Path) -> None:
    (tmp_path / "ours.csv").write_text(GOOD, encoding="utf-8")
    one = value_set(str(tmp_path / "ours.csv"), catalogue("toms-rotherham"))
    assert (one.id, one.shipped, one.edition) == ("ours", Shipped.OWN, "toms-rotherham/2024-27")
    assert [value.ref for value in one.values] == ["NT1", "NT9", "NT18", "NT18"]
    assert one.staff_hour


def test_a_file_with_a_row_to_put_right_is_not_used_at_all(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    path.write_text("ref,value\nNT9,5\nNT10,£5\nNT12,x\n", encoding="utf-8")
    with pytest.raises(WouldNotLoad, match=r"line 3, column B “value”: .* \(and 1 more\).*values check") as refusal:
        value_set(str(path), catalogue("toms-rotherham"))
    assert refusal.value.code == 3


def test_a_name_that_is_neither_set_nor_file_is_said() -> None:
    with pytest.raises(Trouble, match=r"no value set “ilustrative”; did you mean “illustrative”\?"):
        value_set("ilustrative", catalogue("toms-rotherham"))
    with pytest.raises(Trouble, match="isn't there"):
        value_set("nowhere/ours.csv", catalogue("toms-rotherham"))


def _typed(cell: str) -> object:
    """A cell as a person's Excel would keep it: numbers as numbers, days as days."""
    for kind in (float, date.fromisoformat):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell or None
