"""The demo's check of its own figures sees each kind of wrong figure."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

PATH = Path(__file__).parents[2] / "demo" / "check_values.py"
spec = importlib.util.spec_from_file_location("demo_check", PATH)
assert spec
assert spec.loader
check = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check)

JOBS = {"ref": "NT1", "local_economic": True, "pounds": "3333.333333", "complete": True}
GIFTS = {"ref": "NT28", "local_economic": False, "pounds": "125.000000", "complete": True}
PLEDGE = {"ref": "NT41", "local_economic": False, "pounds": None, "complete": None}
ROWS = [{"line": 2, "quantity": "1/3", "unit_value": "10000", "pounds": "3333.333333"}]
PRINTED = "Local economic value  £3,333.33\nSocial and environmental value  £125.00\nTogether  £3,458.33\n"


def told(measures: list[dict[str, Any]], *, total: str = "3458.333333", complete: bool = True) -> dict[str, Any]:
    totals = {
        "local_economic": {"pounds": "3333.333333", "complete": complete},
        "social": {"pounds": "125.000000", "complete": True},
        "total": {"pounds": total, "complete": complete},
    }
    return {"measures": measures, "totals": totals}


def test_right_figures_pass() -> None:
    assert check.wrong_measure(JOBS, ROWS) == []
    assert check.wrong_totals(told([JOBS, GIFTS, PLEDGE]), PRINTED) == []


@pytest.mark.parametrize(
    ("measure", "row", "named"),
    [
        ({}, {"pounds": "3333.333334"}, "NT1, line 2:"),
        ({}, {"unit_value": "20000"}, "NT1, line 2:"),
        ({"pounds": "3333.333334"}, {}, "NT1:"),
    ],
    ids=["the row's £", "the row's unit value", "the measure's £"],
)
def test_a_wrong_measure_is_named(measure: dict[str, str], row: dict[str, str], named: str) -> None:
    found = check.wrong_measure(JOBS | measure, [ROWS[0] | row])
    assert found
    assert found[0].startswith(named)


@pytest.mark.parametrize(
    ("statement", "printed"),
    [
        (told([JOBS, GIFTS], total="3458.333334"), PRINTED),
        (told([JOBS | {"complete": False}, GIFTS]), PRINTED),
        (told([JOBS, GIFTS]), PRINTED.replace("£3,458.33", "£3,458.34")),
        (
            told([JOBS | {"complete": False}, GIFTS], complete=False),
            PRINTED.replace("£3,333.33", "£3,333.33 (incomplete)"),
        ),
    ],
    ids=["the sum", "a hidden gap", "the printed sum", "a printed total that hides its gap"],
)
def test_a_wrong_total_is_named(statement: dict[str, Any], printed: str) -> None:
    assert check.wrong_totals(statement, printed)
