"""The hostile files made for tests: each is read right or refused in a sentence, in bounded time and memory."""

import resource
import time
from pathlib import Path

import pytest

from quarterday.errors import Refused
from quarterday.sheets import open_sheet

WORDS: dict[str, tuple[str, ...]] = {"supplier": (), "amount": (), "comment": ()}
READ = {
    "formula_injection.csv": [("=HYPERLINK", "500.00"), ("+441709382121", "-25.00")],
    "nul_bytes.csv": [("A\0cme Ltd", "10.00")],
    "utf16le_tab_excel_unicode_text.txt": [("Café £ Ltd", "£1,234.50")],
}
REFUSED = {
    "billion_laughs.xlsx": "declares XML entities",
    "declares_1048576_rows_has_1.xlsx": "no header row",
    "empty.csv": "is empty",
    "mixed_encodings_one_file.csv": "mixes two encodings (lines 2 and 3)",
    "only_bom.csv": "is empty",
    "unclosed_quote.csv": "line 2: a quote",
    "xxe_etc_passwd.xlsx": "declares XML entities",
    "zip_bomb_250MB.xlsx": "unpacks to more",
    "zip_slip_evidence.zip": "is a zip archive",
    "blns.base64.json": "no header row",
    "blns.base64.txt": "no header row",
    "blns.json": "no header row",
    "blns.txt": "no header row",
}


def test_every_hostile_file_is_known_here(field_data: Path) -> None:
    assert {path.name for path in (field_data / "hostile").iterdir()} == {*READ, *REFUSED}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_in_a_sentence(field_data: Path, name: str) -> None:
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(Refused) as refusal:
        open_sheet(field_data / "hostile" / name, WORDS)
    assert REFUSED[name] in str(refusal.value)
    assert time.monotonic() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize("name", READ)
def test_an_odd_file_is_read_right(field_data: Path, name: str) -> None:
    sheet = open_sheet(field_data / "hostile" / name, WORDS)
    assert [
        (row["supplier"][: len(supplier)], row["amount"]) for row, (supplier, _) in zip(sheet, READ[name], strict=True)
    ] == READ[name]
    assert any(row.problems for row in sheet) is (name == "nul_bytes.csv")
