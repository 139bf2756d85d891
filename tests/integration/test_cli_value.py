"""``quarterday value``: a return from its file to figures that explain themselves."""

import csv
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main

RETURNS = Path(__file__).parents[2] / "demo" / "returns"
CHARITY, BUILDER = RETURNS / "harbour_lights_care.csv", RETURNS / "northmoor_building.csv"
TERMS = ("--catalogue", "toms-rotherham", "--values", "illustrative", "--period", "2026-Q2")


def value(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["value", *map(str, arguments)])


def data(*arguments: object, code: int = 0) -> dict[str, Any]:
    result = value(*arguments, "--json")
    assert result.exit_code == code, result.output
    return dict(json.loads(result.stdout))


def written(folder: Path, *rows: dict[str, str], name: str = "return.csv") -> Path:
    fields = list(dict.fromkeys(field for row in rows for field in row))
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fields, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_charitys_quarter_is_counted_and_valued() -> None:
    found = data(CHARITY, *TERMS)
    quantities = {measure["ref"]: Fraction(measure["quantity"]) for measure in found["measures"]}
    assert quantities == {
        "NT1": 1 + Fraction(1, 18) + Fraction(1, 4),
        "NT3": Fraction(1, 4),
        "NT7": 16,
        "NT8": 6,
        "NT15": Fraction(9, 2),
        "NT28": 125,
    }
    assert found["rows"] == found["claims"] == 8
    assert found["totals"]["total"] == {"pounds": "16350.555556", "complete": True, "reasons": []}
    assert found["value_set"]["illustrative"] is True


def test_a_builders_quarter_says_what_is_excluded_undecided_and_doubtful() -> None:
    found = data(BUILDER, *TERMS)
    standings = {measure["ref"]: measure["standings"] for measure in found["measures"]}
    assert standings["NT1"] == {"4": "counts", "5": "undecided", "6": "excluded"}
    assert standings["NT13"] == {"11": "counts", "12": "excluded"}
    assert standings["NT4a"] == {"15": "undecided"}
    assert standings["NT31"] == {"18": "doubtful"}
    total = found["totals"]["total"]
    assert not total["complete"]
    assert [reason.split(":")[0] for reason in total["reasons"]] == ["NT1, line 5", "NT4a, line 15"]
    assert found["totals"]["of_which_late"]["pounds"] == "1200.000000"
    text = value(BUILDER, *TERMS).stdout
    assert "no postcode under LS1 is in Rotherham borough" in text
    assert text.count("ILLUSTRATIVE") == 2


def test_an_explained_figure_unfolds_to_rows_that_add_to_it_exactly() -> None:
    for measure in data(BUILDER, *TERMS)["measures"]:
        unfolded = data(BUILDER, *TERMS, "--explain", measure["ref"])
        assert sum(Decimal(row["pounds"]) for row in unfolded["rows"]) == Decimal(measure["pounds"])
        counted = [row for row in unfolded["rows"] if row["standing"] not in ("undecided", "excluded")]
        assert sum((Fraction(row["quantity"]) for row in counted), Fraction(0)) == Fraction(measure["quantity"] or 0)
    text = value(BUILDER, *TERMS, "--explain", "1").stdout
    assert "12 people × 1 of full time × 3 months ÷ 12 = 3 full-time equivalents" in text
    assert "3 × £10000 = £30,000.00" in text


def test_rows_that_can_not_be_used_are_named_by_line_and_column(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"ref": "NT28", "quantity": "100"},
        {"ref": "NT28", "quantity": "£1.250,00"},
        {"ref": "NT99", "quantity": "1"},
        {"ref": "NT1", "quantity": "10"},
    )
    found = data(path, *TERMS, code=3)
    assert (found["rows"], found["claims"], found["rejected_rows"]) == (4, 1, 3)
    assert [row["where"] for row in found["rejected"]] == [
        "line 3, column B “quantity”",
        "line 4, column A “ref”",
        "line 5, column B “quantity”",
    ]
    assert found["totals"]["total"]["pounds"] == "100.000000"
    assert not found["totals"]["total"]["complete"]


def test_ten_people_typed_in_four_quarters_are_ten_and_never_forty(tmp_path: Path) -> None:
    jobs = {"ref": "NT3", "people": "10", "share of full time": "1", "months": "3", "programme": "yes"}
    quarters = ("2026-04-01", "2026-07-01", "2026-10-01", "2027-01-01")
    path = written(tmp_path, *(jobs | {"started": day} for day in quarters))
    assert [m["quantity"] for m in data(path, "--catalogue", "toms-national")["measures"]] == ["10"]


@pytest.mark.parametrize(
    ("arguments", "code", "advice"),
    [
        ((CHARITY, "--catalogue", "toms-rotheram"), 2, "toms-rotherham"),
        ((CHARITY, "--catalogue", "toms-rotherham", "--values", "ilustrative"), 2, "illustrative"),
        ((CHARITY, *TERMS, "--explain", "NT31"), 2, "NT31"),
        ((CHARITY, "--catalogue", "toms-rotherham", "--period", "2026Q5"), 2, "like 2026-Q2"),
        ((CHARITY, *TERMS, "--column", "quantity"), 2, "has no “=”"),
        ((CHARITY, *TERMS, "--column", "quantity=Nowhere"), 5, "Nowhere"),
        (("--catalogue", "toms-rotherham"), 2, "--template"),
    ],
)
def test_what_is_asked_for_wrongly_is_answered_with_what_to_write(
    arguments: tuple[object, ...], code: int, advice: str
) -> None:
    result = value(*arguments)
    assert result.exit_code == code
    assert advice in result.output
    assert "Traceback" not in result.output


def test_a_bare_share_is_asked_about_since_it_could_be_either(tmp_path: Path) -> None:
    path = written(tmp_path, {"ref": "NT1", "people": "1", "share": "1", "months": "3", "local": "yes"})
    refused = value(path, *TERMS)
    assert refused.exit_code == 5
    assert "could be" in refused.output
    assert data(path, *TERMS, "--column", "full_time_share=share")["claims"] == 1


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_the_template_comes_back_blank_and_then_filled_in(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"template{ending}"
    made = value("--catalogue", "toms-rotherham", "--template", path)
    assert made.exit_code == 0, made.output
    blank = data(path, *TERMS)
    assert (blank["rows"], blank["blank_rows"], blank["measures"], blank["ignored_columns"]) == (20, 20, [], [])
    again = value("--catalogue", "toms-rotherham", "--template", path)
    assert again.exit_code == 5
    assert "exists already" in again.output


def test_quantities_alone_without_a_value_set() -> None:
    found = data(CHARITY, "--catalogue", "toms-rotherham")
    assert found["value_set"] is None
    assert not found["totals"]["total"]["complete"]
    assert found["totals"]["total"]["pounds"] == "0.000000"
