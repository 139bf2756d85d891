"""A file read in one pass comes to what understanding all of it first comes to, whatever its opening says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from spend_generator import spend, write
from spend_styles import Payment, Style, styles, tables, written

from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.reading import (
    Chunk,
    Once,
    Otherwise,
    Profile,
    arrays,
    money,
    opening,
    profile,
    read,
    typed,
)  # fmt: skip
from quarterday_erp_import.reading.contents import NOTHING


def said(chunks: list[Chunk]) -> tuple[list[object], ...]:
    """All that some chunks say, however they are cut."""
    return (
        [line for chunk in chunks for line in chunk.lines.to_pylist()],
        [one for chunk in chunks for one in chunk.quarantined],
        [sum(chunk.rows for chunk in chunks), sum(chunk.skipped for chunk in chunks)],
    )


def once(path: Path) -> tuple[Profile, list[Chunk]]:
    """A file read in one pass, or in a second one where its opening was no help."""
    reading = Once(path)
    try:
        return reading.profile, list(reading.chunks)
    except Otherwise:
        return reading.profile, list(reading.chunks)
    finally:
        assert reading.understood == profile(path).to_json()


@seed(11)
@settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tables, styles, st.integers(40, 400))
def test_one_pass_says_what_understanding_first_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: list[Payment], style: Style, piece: int
) -> None:
    path = tmp_path / "spend.csv"
    path.write_bytes(written(table, style))
    monkeypatch.setattr(opening, "PIECE", 2**20)
    whole = profile(path)
    meant = said(list(read(path, whole)))
    monkeypatch.setattr(opening, "PIECE", piece)
    _, chunks = once(path)
    assert said(chunks) == meant
    assert profile(path) == whole


AMERICAN = "".join(f"{month}/{day}/2010,Elm Ltd,5.00\n" for month in (4, 5) for day in (*range(1, 13), 30))


def test_an_opening_that_says_otherwise_than_the_whole_file_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uow: UnitOfWork, files: LineFiles
) -> None:
    monkeypatch.setattr(opening, "PIECE", 200)
    path = tmp_path / "spend.csv"
    path.write_text("Date,Supplier,Net Amount\n13/4/2010,Elm Ltd,5.00\n" + AMERICAN)
    reading = Once(path)
    assert reading.profile.order.order == "day first"
    with pytest.raises(Otherwise):
        list(reading.chunks)
    assert reading.profile.order.order == "month first"
    assert said(list(reading.chunks)) == said(list(read(path, profile(path))))
    authority = an_authority(uow)
    batch = import_file(uow, OPERATOR, files=files, path=path, authority_id=authority, feed="spend").batch
    days = pq.read_table(files.path(authority, batch.sha256, 1))["paid_on"].to_pylist()
    assert [day.month for day in days] == [4] * 14 + [5] * 13
    assert batch.rows == batch.accepted == 27
    assert len([one for one in files.folder.rglob("*") if one.is_file()]) == 1


def test_a_letter_that_two_pieces_share_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "spend.csv"
    path.write_text("Date,Supplier,Net Amount\n30/4/2010,Café £ Ærø,5.00\n30/4/2010,Café £ Ærø,5.00\n")
    for size in range(3, 100, 2):
        monkeypatch.setattr(opening, "PIECE", size)
        _, chunks = once(path)
        assert [line["payee"] for chunk in chunks for line in chunk.lines.to_pylist()] == ["Café £ Ærø"] * 2


ODD = st.text(st.sampled_from("0123456789.,-+£()eE CRnaN/A \xa0\0\t\n#é"), max_size=9)
AMOUNTS = st.decimals(-(10**13), 10**13, places=2).map(str) | st.integers(-(10**9), 10**9).map("{:,}.05".format) | ODD


@seed(12)
@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(AMOUNTS, max_size=12))
def test_columns_are_typed_as_their_texts_are_one_by_one(said_to_be: list[str]) -> None:
    column = arrays.texts(said_to_be)
    amounts, known = money.read(column)
    found = [amount if there else None for amount, there in zip(amounts.tolist(), known.tolist(), strict=True)]
    assert found == [money.micropounds(text) for text in said_to_be]
    for reader, one_by_one in ((typed.words, word), (typed.numbers, number)):
        meant = [one_by_one(text) for text in said_to_be]
        assert reader(column).to_pylist() == meant
        assert reader(column.dictionary_encode()).to_pylist() == meant


def word(text: str) -> str | None:
    return None if typed.tidy(text).lower() in NOTHING else typed.tidy(text)


def number(text: str) -> str | None:
    return None if re.fullmatch(r"(?i)\d(\.\d+)?e\+\d+", typed.tidy(text)) else word(text)


READING = """
import sys
from pathlib import Path
from quarterday_erp_import.ledger import importing
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.payees.known import Known
from quarterday_erp_import.payees.payee import Payee, Supplier

path = Path(sys.argv[1])
with LineFiles(path.parent / "ledger").writing("0" * 64) as written:
    for chunk in importing.as_understood(path).chunks:
        written.write(chunk.lines)
    written.finish()
Known([Supplier("1", ("Elm Ltd",), ("700001",))]).settle([Payee("Elm Limited", "700001")])
print(written.lines, *sys.modules)
"""


def test_taking_in_what_is_known_imports_nothing_heavy(tmp_path: Path) -> None:
    meant = write(spend(500, suppliers=40), tmp_path / "spend.csv")
    done = subprocess.run([sys.executable, "-c", READING, meant.path], stdout=subprocess.PIPE, text=True, check=True)
    lines, *modules = done.stdout.split()
    assert int(lines) == 500
    assert {"pandas", "scipy", "sklearn", "ibis", "duckdb", "rapidfuzz", "openpyxl"}.isdisjoint(modules)
