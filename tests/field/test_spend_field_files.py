"""Every real spend file: each record accounted for, counted as Python's csv module counts, and read as people do."""

from __future__ import annotations

import csv
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from quarterday import Refused
from quarterday_erp_import.reading import Account, account, read

FIELDS = {"date": "paid_on", "supplier": "payee", "ref": "document", "amount": "amount"}
"""What the people who wrote spec.json call the fields that both have."""


def files(field_data: Path) -> list[Path]:
    return sorted(path for path in (field_data / "spend").rglob("*") if path.name.endswith((".csv", ".csv.gz")))


def records(path: Path, found: Account) -> list[list[str]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = data.decode(found.profile.encoding, "replace")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=found.profile.delimiter))


def test_every_record_of_every_file_is_accounted_for(field_data: Path) -> None:
    seen = 0
    for path in files(field_data):
        found = account(path)
        seen += 1
        assert found.rows == found.accepted + len(found.quarantined) + found.skipped.total(), path.name
        assert len(found.quarantined) <= 0.01 * found.rows, path.name
        assert {"payee", "amount"} <= set(found.profile.used), path.name
        if found.profile.format not in ("text", "gzip"):
            continue
        rows = records(path, found)[found.profile.header_row :]
        assert found.rows == found.profile.rows == len(rows), path.name
        assert found.amount == _added_up(path, found, rows), path.name
    assert seen >= 30


def _added_up(path: Path, found: Account, rows: list[list[str]]) -> int:
    """The accepted records' amounts in micropounds, each taken from the file's own cell another way."""
    column = found.profile.amount
    assert column
    total = Decimal()
    for chunk in read(path, found.profile):
        for ordinal in chunk.lines.column("ordinal").to_pylist():
            cell = rows[ordinal - 1][column.index]
            plain = "".join(letter for letter in cell if letter in "0123456789.-E")
            amount = round(Decimal(plain if plain.strip("-") else "0"), 6)
            total += -amount if "(" in cell else amount
    return int(total * 10**6)


def test_what_people_wrote_down_about_central_files_is_what_is_understood(field_data: Path) -> None:
    compared = 0
    for spec in sorted((field_data / "spend" / "centgov").rglob("spec.json")):
        truth = json.loads(spec.read_text())
        for path in sorted(spec.parent.glob("*.csv")):
            found = account(path)
            said = {ours: truth["fields"][theirs] for theirs, ours in FIELDS.items() if theirs in truth["fields"]}
            assert {field: found.profile.used[field].index for field in said} == said, path
            # People skip rows until the data begins; where a header has two rows they skipped the first alone.
            assert truth["row_skip"] in (found.profile.header_row, found.profile.header_row - 1), path
            compared += 1
    assert compared >= 12


@pytest.mark.parametrize(
    "register", ["norfolk_contracts_register_2015.csv", "exeter_contracts_register_april_2026_rebuilt.csv"]
)
def test_a_register_of_contracts_is_refused(field_data: Path, register: str) -> None:
    with pytest.raises(Refused, match="register of contracts"):
        account(field_data / "contracts" / register)


def test_hostile_files_are_read_or_refused(field_data: Path) -> None:
    refused = 0
    for path in sorted((field_data / "hostile").iterdir()):
        try:
            found = account(path)
        except Refused:
            refused += 1
        else:
            assert found.rows == found.accepted + len(found.quarantined) + found.skipped.total(), path.name
    assert refused >= 9
