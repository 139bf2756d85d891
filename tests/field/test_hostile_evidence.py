"""The hostile files of the field data, offered as evidence: each is refused with a sentence, or kept as it came."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from quarterday.errors import Refused
from quarterday.evidence import Keeper, Store

KEPT = {
    "blns.base64.json": "text/plain",
    "blns.base64.txt": "text/plain",
    "declares_1048576_rows_has_1.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "formula_injection.csv": "text/csv",
    "mixed_encodings_one_file.csv": "text/csv",
    "unclosed_quote.csv": "text/csv",
    "utf16le_tab_excel_unicode_text.txt": "text/plain",
}
REFUSED = {
    "billion_laughs.xlsx": "declares XML entities",
    "blns.json": "isn't a PDF",
    "blns.txt": "isn't a PDF",
    "empty.csv": "is empty",
    "nul_bytes.csv": "isn't a PDF",
    "only_bom.csv": "is empty",
    "xxe_etc_passwd.xlsx": "declares XML entities",
    "zip_bomb_250MB.xlsx": "unpacks to more",
    "zip_slip_evidence.zip": "is an archive",
}


@pytest.fixture
def hostile(field_data: Path) -> Path:
    return field_data / "hostile"


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(Store(str(tmp_path / "evidence")))


def test_every_hostile_file_has_its_answer(hostile: Path) -> None:
    assert {path.name for path in hostile.iterdir()} == KEPT.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_comes_back_as_it_came(hostile: Path, keeper: Keeper, name: str) -> None:
    content = (hostile / name).read_bytes()
    with (hostile / name).open("rb") as stream:
        kept = keeper.keep(stream, name)
    assert (kept.digest, kept.media_type) == (hashlib.sha256(content).hexdigest(), KEPT[name])
    with keeper.open(kept.digest, name=name, scanned=kept.scan) as file:
        assert file.read() == content


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_leaves_nothing(hostile: Path, keeper: Keeper, tmp_path: Path, name: str) -> None:
    with (hostile / name).open("rb") as stream, pytest.raises(Refused, match=REFUSED[name]):
        keeper.keep(stream, name)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
