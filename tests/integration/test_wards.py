"""Wards are known where a directory of them was loaded, in any shape that one is given out in."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from click.testing import CliRunner, Result

from quarterday import Refused, wards
from quarterday.cli.main import main
from quarterday.domain.catalogue import LocalArea
from quarterday.services.organisations.locating import local_postcodes

BOSTON, CASTLE = "E05012832", "E05012835"
CODE_POINT = f"""\
"S60 2HX",10,443000,392800,"E92000001","E19000001","E18000003","","E08000018","{BOSTON}"
"S60 1AE",10,442700,392500,"E92000001","E19000001","E18000003","","E08000018","{CASTLE}"
"S1  2HH",10,435400,387200,"E92000001","E19000001","E18000003","","E08000019",""
"""
NSPL = f"pcd,pcds,osward,long1\nS60 2HX,S60 2HX,{CASTLE},-1.3\nXX,XX,{CASTLE},0\nS60 9ZZ\n"
NAMES = f"WD24CD,WD24NM\n{BOSTON}, Boston  Castle\nE05999999,Elsewhere\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def given_out(tmp_path: Path) -> Path:
    """Code-Point Open as it comes."""
    path = tmp_path / "codepo_gb.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        file.writestr("Doc/licence.txt", "OGL")
        file.writestr("Data/CSV/s.csv", CODE_POINT)
    return path


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def quarterday(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["areas", *map(str, words)])


def test_without_a_directory_no_ward_is_known() -> None:
    assert (wards.wards_of(["S60 2HX"]), wards.names_of([BOSTON]), wards.edition()) == ({}, {}, "")
    assert "Ward: not known" in quarterday("find", "s602hx").stdout


def test_each_shape_is_read_and_what_is_loaded_takes_the_place_of_what_was(given_out: Path, tmp_path: Path) -> None:
    done = quarterday("load", given_out, written(tmp_path, "names.csv", NAMES))
    assert done.stdout == "Postcodes: 2, in 2 wards, of which 1 have names.\n"
    assert wards.wards_of(["S60 2HX", "S60 1AE", "S1 2HH", "nonsense"]) == {"S60 2HX": BOSTON, "S60 1AE": CASTLE}
    assert quarterday("find", "S60 2hx").stdout == (f"S60 2HX: Rotherham (E08000018)\nWard: Boston Castle ({BOSTON})\n")
    before = wards.edition()
    assert wards.load([written(tmp_path, "nspl.csv.gz", NSPL)]) == wards.Loaded(1, 1, 0)
    assert "" != wards.edition() != before
    assert wards.wards_of(["S60 2HX", "S60 1AE"]) == {"S60 2HX": CASTLE}


def test_a_definition_that_is_made_of_wards_is_decided_by_them(given_out: Path) -> None:
    area = LocalArea(name="Two wards", codes=("E08000018",), since="", wards=(BOSTON,))
    asked = ["S60 2HX", "S60 1AE", "S60 1AA", "S1 2HH"]
    assert local_postcodes(asked, area) == dict.fromkeys(asked[:3]) | {"S1 2HH": False}
    wards.load([given_out])
    assert local_postcodes(asked, area) == {"S60 2HX": True, "S60 1AE": False, "S60 1AA": None, "S1 2HH": False}
    near = replace(area, radius_km="5", centre="S60 2")
    assert local_postcodes(["S60 1AE", "S1 2HH"], near) == {"S60 1AE": True, "S1 2HH": False}


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("other.csv", "a,b\n1,2\n", "other.csv names no postcodes with their wards"),
        ("empty.csv", "", "empty.csv names no postcodes"),
        ("names.csv", NAMES, "None of these files says which ward"),
        ("odd.csv", "pcds,osward\nS60 2HX,nowhere\n", "None of these files says which ward"),
        ("bytes.csv", "pcds,osward\n\0", "None of these files"),
    ],
)
def test_what_is_no_directory_is_refused_and_what_was_loaded_stays(
    name: str, text: str, why: str, given_out: Path, tmp_path: Path, home: Path
) -> None:
    wards.load([given_out])
    with pytest.raises(Refused, match=why):
        wards.load([written(tmp_path, name, text)])
    assert wards.wards_of(["S60 2HX"]) == {"S60 2HX": BOSTON}
    assert [path.name for path in home.iterdir()] == [wards.FILE]


def test_a_file_that_unpacks_too_far_or_breaks_off_is_refused(
    given_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = gzip.compress(CODE_POINT.encode())
    (tmp_path / "broken.csv.gz").write_bytes(whole[:-20])
    with pytest.raises(Refused, match="can't be read"):
        wards.load([tmp_path / "broken.csv.gz"])
    monkeypatch.setattr(wards, "MOST_BYTES", 100)
    with pytest.raises(Refused, match="too large"):
        wards.load([given_out])


def test_a_place_that_nobody_knows_is_refused() -> None:
    assert quarterday("find", "ZZ9 9ZZ").exit_code == 5
