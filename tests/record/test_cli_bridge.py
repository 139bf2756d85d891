"""``quarterday report bridge``: the steps sum to the difference, to the last millionth, on each database alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main
from quarterday.registry import installed
from quarterday.services.measures.catalogues import catalogues

AT = ("--authority", "northmoor")
YEAR = ("--from", "2026-07-07", "--to", "2026-11-02")


@pytest.fixture(autouse=True)
def council(council_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The council with two quarters in it, where the command finds it."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", council_url)
    for asked in (installed, catalogues):
        asked.cache_clear()
    yield
    for asked in (installed, catalogues):
        asked.cache_clear()


def bridge(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", "bridge", *arguments])


def data(*arguments: str) -> Any:
    result = bridge(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_steps_of_each_measure_and_of_all_sum_exactly(council: None) -> None:
    found = data(*AT, *YEAR)
    for stage in ("committed", "accepted"):
        ends = {"before": 0, "after": 0}
        for one in found["measures"]:
            side = one[stage]
            for name, start in (("micropounds", 0), ("quantity", Fraction(0))):
                whole = sum((type(start)(step[name]) for step in side["steps"]), type(start)(side["before"][name]))
                assert whole == type(start)(side["after"][name]), one["ref"]
            ends = {end: ends[end] + side[end]["micropounds"] for end in ends}
        together = found["totals"][stage]["together"]
        assert {end: together[end]["micropounds"] for end in ends} == ends
        moved = sum(step["micropounds"] for step in together["steps"])
        assert together["before"]["micropounds"] + moved == together["after"]["micropounds"]
    assert ends["after"] > 0


def test_the_figures_are_exact_and_the_same_on_each_database(council: None) -> None:
    measures = {one["ref"]: one["accepted"] for one in data(*AT, *YEAR, "--contract", "NM-1")["measures"]}
    weeks, access = measures["WEEKS"], measures["ACCESS"]
    assert (weeks["before"]["quantity"], weeks["after"]["quantity"]) == ("0", "38.5")
    assert weeks["steps"] == [
        {"step": "delivered", "quantity": "38.5", "pounds": "6208.125000", "micropounds": 6_208_125_000}
    ]
    assert access["after"]["micropounds"] == 4_583_333_332  # 55 × 83.3333333, rounded once, half-even
    assert measures["HOURS"]["after"]["quantity"] == "16/3"
    varied = {one["ref"]: one["committed"]["steps"] for one in data(*AT, *YEAR, "--contract", "NM-1")["measures"]}
    assert [(step["step"], step["quantity"]) for step in varied["WEEKS"]] == [("varied", "100")]


def test_a_person_reads_the_same_as_a_table(council: None) -> None:
    shown = bridge(*AT, *YEAR, "--contract", "NM-1").stdout
    committed, accepted = shown.split("\nAccepted\n")
    assert committed.startswith("Committed\nmeasure")
    lines = [" ".join(line.split()) for line in accepted.splitlines()]
    at = lines.index("WEEKS before 0 weeks £0.00")
    assert lines[at + 1 : at + 3] == ["delivered 38.5 £6,208.12", "after 38.5 weeks £6,208.12"]


def test_of_two_moments_that_are_one_nothing_moves(council: None) -> None:
    found = data(*AT, "--from", "2026-11-02", "--to", "2026-11-02")
    assert found["totals"]["accepted"]["together"]["steps"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (AT, 2, "Say from where"),
        ((*AT, "--from", "2026-11-02", "--to", "2026-07-01"), 2, "leads forward"),
        ((*AT, "--from", "1e400"), 2, "is no moment"),
        ((*AT, "--from", "2026-07-01", "--values", "open-uk"), 2, "--catalogue"),
        ((*AT, *YEAR, "--catalogue", "nowhere"), 2, "nowhere"),
        ((*AT, *YEAR, "--catalogue", "toms-national", "--values", "nothing"), 5, "There is no value set “nothing”"),
        ((*AT, *YEAR, "--contract", "NM-9"), 5, "There is no contract “NM-9”"),
        (("--authority", "nowhere", *YEAR), 5, "There is no authority “nowhere”"),
    ],
)
def test_what_can_not_be_bridged_is_said_in_a_sentence(
    council: None, arguments: tuple[str, ...], code: int, why: str
) -> None:
    result = bridge(*arguments)
    assert (result.exit_code, why in result.stderr) == (code, True), result.output


def test_another_edition_without_the_measures_shows_that_they_are_gone(council: None) -> None:
    found = data(*AT, "--to", "2026-11-02", "--catalogue", "toms-national")
    steps = {step["step"] for one in found["measures"] for step in one["accepted"]["steps"]}
    assert steps == {"ended"}
    assert found["totals"]["accepted"]["together"]["after"]["micropounds"] == 0
