"""What comes in files: in their order, each once, whatever state they are in."""

from __future__ import annotations

import io
import os
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from exchange_folders import HEADER, OLD, Exchange, mapping_in, names, row

from quarterday import BadRecord, NotConfigured
from quarterday.services.figures.written import Grid, workbook_bytes
from quarterday_portal_sync.mapping.file import PortalMapping
from quarterday_portal_sync.transports import folder_progress
from quarterday_portal_sync.transports.port import Told


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return Exchange(tmp_path / "exchange")


@pytest.fixture
def changes(tmp_path: Path) -> PortalMapping:
    """A mapping whose files hold what changed since the file before."""
    return mapping_in(tmp_path, holds="changes")


def read(exchange: Exchange, mapping: PortalMapping, since: str = "", **said: object) -> list[Told | BadRecord]:
    return list(exchange.way(mapping, **said).changed(since))


def troubles(told: list[Told | BadRecord]) -> dict[str, str]:
    return {one.key: one.why for one in told if isinstance(one, BadRecord)}


def test_files_come_in_their_order_and_a_row_holds_each_kind(exchange: Exchange, changes: PortalMapping) -> None:
    exchange.put("claims_10.csv", HEADER + row(1) + row(2, ref="entry/5", status="Verified"))
    exchange.put("claims_9.csv", HEADER + row(3))
    exchange.put("notes.csv", HEADER + row(4))
    of_ten = ["entry CL-1", "entry CL-2", "verdict CL-2"]
    assert names(read(exchange, changes)) == [*of_ten, "entry CL-3"]
    assert names(read(exchange, changes, exchange_order="name")) == ["entry CL-3", *of_ten]


def test_reading_goes_on_after_each_record(exchange: Exchange, changes: PortalMapping) -> None:
    exchange.put("claims_1.csv", HEADER + row(1, ref="entry/5", status="Query") + "x,x\r\n" + row(2))
    exchange.put("claims_2.csv", HEADER + ",,,\r\n")
    exchange.put("claims_3.csv", "")
    exchange.put("claims_4.csv", HEADER + row(3))
    told = read(exchange, changes)
    assert len({one.key for one in told}) == len(told) == 6
    for number, one in enumerate(told, 1):
        assert [later.key for later in read(exchange, changes, one.cursor)] == [later.key for later in told[number:]]
    assert read(exchange, changes, "the cursor of another source") == told


def test_a_file_is_read_whenever_it_comes_and_again_when_it_changes(exchange: Exchange, changes: PortalMapping) -> None:
    exchange.put("claims_2.csv", HEADER + row(2))
    cursor = read(exchange, changes)[-1].cursor
    exchange.put("claims_1.csv", HEADER + row(1), at=OLD)
    (late,) = read(exchange, changes, cursor)
    assert names([late]) == ["entry CL-1"]
    exchange.put("claims_2.csv", HEADER + row(2, amount="13"))
    (again,) = read(exchange, changes, late.cursor)
    assert isinstance(again, Told)
    assert again.raw["Amount"] == "13"
    assert read(exchange, changes, again.cursor) == []


def test_many_files_make_no_long_cursor(
    exchange: Exchange, changes: PortalMapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_progress, "NAMED", 3)
    for number in range(9, 0, -1):
        exchange.put(f"claims_{number}.csv", HEADER + row(number))
    for order in ("time", "name"):
        told = read(exchange, changes, exchange_order=order)
        assert len(told) == 9
        assert len(told[-1].cursor) < 100
        for number, one in enumerate(told, 1):
            rest = read(exchange, changes, one.cursor, exchange_order=order)
            assert [later.key for later in rest] == [later.key for later in told[number:]]


def test_an_export_of_all_that_is_older_than_one_read_is_passed_over(exchange: Exchange, tmp_path: Path) -> None:
    whole = mapping_in(tmp_path, holds="all")
    exchange.put("claims_1.csv", HEADER + row(1))
    exchange.put("claims_2.csv", HEADER + row(2))
    told = read(exchange, whole)
    assert names(told) == ["entry CL-1", "entry CL-2"]
    exchange.put("claims_0.csv", HEADER + row(1, amount="1"), at=OLD)
    assert read(exchange, whole, told[-1].cursor) == []
    exchange.put("claims_3.csv", HEADER + row(3))
    assert names(read(exchange, whole, told[-1].cursor)) == ["entry CL-3"]


def test_a_file_that_is_being_written_waits(exchange: Exchange, changes: PortalMapping) -> None:
    exchange.put("claims_1.csv", HEADER + row(1), at=time.time())
    exchange.put("claims_2.csv.part", HEADER + row(2))
    exchange.put(".claims_3.csv", HEADER + row(3))
    (exchange.theirs / "claims_4.csv").mkdir()
    (exchange.theirs / "archive").mkdir()
    (exchange.theirs / "archive" / "claims_5.csv").write_text(HEADER + row(5))
    os.utime(exchange.theirs / "archive" / "claims_5.csv", (OLD, OLD))
    assert read(exchange, changes) == []
    assert names(read(exchange, changes, exchange_quiet=0)) == ["entry CL-1"]


def test_a_file_that_changes_while_it_is_fetched_comes_with_the_next_reading(
    exchange: Exchange, changes: PortalMapping
) -> None:
    exchange.put("claims_1.csv", HEADER + row(1))
    exchange.put("claims_2.csv", HEADER + row(2))
    reading = exchange.way(changes).changed("")
    first = next(reading)
    exchange.put("claims_2.csv", HEADER + row(2, amount="13"))
    assert troubles(list(reading)) == {
        "claims_2.csv": "The file was changed while it was read; it is taken when it is whole."
    }
    (told,) = read(exchange, changes, first.cursor)
    assert isinstance(told, Told)
    assert told.raw["Amount"] == "13"


def test_what_is_no_record_is_left_out_and_what_is_wrong_is_named(exchange: Exchange, changes: PortalMapping) -> None:
    mess = (
        "\ufeff"
        + HEADER
        + "\r\n"
        + row(1)
        + ",,,,,,,,,,\r\n"
        + HEADER
        + row(2).replace("\r\n", "\n")
        + ",,C-7,NT1,,,5,,,,\r\n"
        + row(3).replace("\r\n", ",further,cells\r\n")
        + "CL-4,,C-7\r\n"
        + "'=CL-5,,C-7,NT1,,,1,,,,\r\n"
        + "Grand total,,,,,,37.5,,,,\r\n"
        + "© A portal 2026\r\n"
    )
    exchange.put("claims_1.csv", mess)
    told = read(exchange, changes)
    rows = ["claims_1.csv, row 7", "claims_1.csv, row 8"]
    assert names(told) == ["entry CL-1", "entry CL-2", *rows, "entry CL-4", "entry =CL-5"]
    assert list(troubles(told).values()) == [
        "It says neither what the portal calls the record nor what we call it.",
        "It has 13 cells under 11 headers.",
    ]
    short = next(one for one in told if isinstance(one, Told) and one.raw["Claim no"] == "CL-4")
    assert short.raw["Comment"] == ""


def test_other_encodings_are_read_as_they_are(exchange: Exchange, changes: PortalMapping, tmp_path: Path) -> None:
    text = HEADER + row(1).replace("C-7", "Café – 7")
    for number, encoding in enumerate(("utf-8", "utf-8-sig", "cp1252", "utf-16")):
        exchange.put(f"claims_{number}.csv", text.encode(encoding))
    told = read(exchange, changes)
    assert [one.raw["Agreement"] for one in told if isinstance(one, Told)] == ["Café – 7"] * 4
    declared = mapping_in(tmp_path, holds="changes", files='format = "csv"\nencoding = "cp1252"')
    two_letters = HEADER + row(1).replace("C-7", "Ã©")
    exchange.put("claims_5.csv", two_letters.encode("cp1252"))
    assert [one.raw["Agreement"] for one in read(exchange, declared)[-1:] if isinstance(one, Told)] == ["Ã©"]


def bomb() -> bytes:
    """A workbook whose sheet unpacks to a hundred times what is read."""
    good = workbook_bytes([Grid("Claims", HEADER.strip().split(","), [])])
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, b" " * 100_000_000 if name.startswith("xl/worksheets/") else old.read(name))
    return packed.getvalue()


def test_a_file_that_can_not_be_read_stops_nothing_else(exchange: Exchange, changes: PortalMapping) -> None:
    broken = {
        "claims_empty.csv": (b"", "is empty"),
        "claims_page.csv": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        "claims_old.csv": (b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel file"),
        "claims_zip.csv": (b"PK\x03\x04" + bytes(600), "damaged"),
        "claims_pdf.csv": (b"%PDF-1.7", "PDF"),
        "claims_mixed.csv": ((HEADER + "é,é\r\n").encode() + b"\xe9,x\r\n", "mixes two encodings"),
        "claims_renamed.csv": (
            (HEADER.replace("Amount", "Quantity").replace("Code", "KPI") + row(1)).encode(),
            "has no column “Code”, “Amount” in its row 1; ask the portal whether its files were changed",
        ),
        "claims_header.csv": (b"\r\n\r\nClaim no\r\n", "has no column “Your ref”"),
        "claims_large.csv": (b"x" * (33 * 2**20), "larger than 32 MB"),
        "claims_bomb.csv": (bomb(), "another name"),
    }
    for name, (content, _) in broken.items():
        exchange.put(name, content)
    exchange.put("claims_z.csv", HEADER + row(1) + 'CL-2,"never closed\r\n')
    exchange.put("claims_zz.csv", HEADER + row(3))
    told = read(exchange, changes)
    assert names(told) == [*broken, "entry CL-1", "claims_z.csv", "entry CL-3"]
    found = troubles(told)
    for name, (_, why) in broken.items():
        assert why in found[name], name
    assert "is opened and not closed" in found["claims_z.csv"]
    assert read(exchange, changes, told[-1].cursor) == []


def test_a_workbook_is_read_by_its_sheet(exchange: Exchange, tmp_path: Path) -> None:
    headers = HEADER.strip().split(",")
    claims = Grid(
        "Claims", headers, [row(1).strip().split(","), row(2, ref="entry/9", status="Declined").strip().split(",")]
    )
    exchange.put("claims_1.xlsx", workbook_bytes([Grid("Cover", ["Made by a portal"], []), claims]))
    exchange.put("claims_2.xlsx", workbook_bytes([Grid("Cover", ["Made by a portal"], [])]))
    exchange.put("claims_3.xlsx", bomb())
    sheet = mapping_in(tmp_path, ending="xlsx", holds="changes", files='format = "xlsx"\nsheet = "claims"')
    told = read(exchange, sheet)
    assert names(told) == ["entry CL-1", "entry CL-2", "verdict CL-2", "claims_2.xlsx", "claims_3.xlsx"]
    assert "has no sheet “claims”" in troubles(told)["claims_2.xlsx"]
    assert "unpacks to more than" in troubles(told)["claims_3.xlsx"]


def test_a_header_may_stand_in_two_rows(exchange: Exchange, tmp_path: Path) -> None:
    files = 'format = "csv"\ndelimiter = ";"\nheader_row = 3\nheader_rows = 2'
    above = {name: "Claim" if number < 2 else "Measured" for number, name in enumerate(HEADER.strip().split(","))}
    mapping = mapping_in(tmp_path, holds="changes", files=files, above=above)
    lower, claim = HEADER.replace(",", ";"), row(1).replace(",", ";")
    table = f"Claim;;Measured\r\n{lower}{claim}"
    exchange.put("claims_1.csv", f"Made on 1 July\r\n\r\n{table}{table}")
    exchange.put("claims_2.csv", f"Made on 1 July\r\n\r\n{lower}{claim}")
    told = read(exchange, mapping)
    assert [one.raw["Measured / Amount"] for one in told if isinstance(one, Told)] == ["12.5", "12.5"]
    assert "has no column “Claim / Claim no”" in troubles(told)["claims_2.csv"]


def test_json_is_read_from_where_its_list_stands(exchange: Exchange, tmp_path: Path) -> None:
    mapping = mapping_in(tmp_path, ending="json", holds="changes", files='format = "json"\nitems = "data.claims"')
    exchange.put("claims_1.json", '{"data": {"claims": [{"Claim no": "CL-1", "Amount": 0.10}, 7, {"Amount": 1}]}}')
    exchange.put("claims_2.json", '{"data": []}')
    exchange.put("claims_3.json", '{"data": {"cl')
    told = read(exchange, mapping)
    assert names(told) == [
        "entry CL-1",
        "claims_1.json, row 2",
        "claims_1.json, row 3",
        "claims_2.json",
        "claims_3.json",
    ]
    assert isinstance(told[0], Told)
    assert str(told[0].raw["Amount"]) == "0.10"
    assert "no list at “data.claims”" in troubles(told)["claims_2.json"]


def test_the_newest_export_is_all_there_is(exchange: Exchange, tmp_path: Path) -> None:
    whole, changes = mapping_in(tmp_path), mapping_in(tmp_path, holds="changes")
    nothing = "There is no such file; ask the portal for an export."
    assert list(exchange.way(whole).listed()) == [BadRecord("claims_*.csv", nothing)]
    exchange.put("claims_1.csv", HEADER + row(1))
    exchange.put("claims_2.csv", HEADER + row(2) + row(3, ref="entry/5", status="Query") + row(2, amount="1"))
    told = list(exchange.way(whole).listed())
    assert names(told) == ["entry CL-2", "entry CL-3", "verdict CL-3", "claims_2.csv, row 4"]
    assert troubles(told) == {"claims_2.csv, row 4": "It stands further up already."}
    assert names(list(exchange.way(changes).listed())) == ["claims_*.csv"]
    exchange.put("claims_3.csv", "")
    assert "is empty" in troubles(list(exchange.way(whole).listed()))["claims_3.csv"], "the older is no longer true"


def test_a_hundred_thousand_rows_are_never_held(exchange: Exchange, changes: PortalMapping) -> None:
    def rows() -> Iterator[str]:
        yield HEADER
        for number in range(100_000):
            yield row(number)

    exchange.put("claims_1.csv", "".join(rows()))
    count = 0
    reading = exchange.way(changes).changed("")
    next(reading)
    tracemalloc.start()
    for _ in range(2_000):
        next(reading)
    start, _ = tracemalloc.get_traced_memory()
    for _ in range(5_000):
        next(reading)
    end, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert end - start < 50_000
    count = 7_001 + sum(1 for _ in reading)
    assert count == 100_000


def test_an_exchange_without_its_folder(exchange: Exchange, changes: PortalMapping) -> None:
    with pytest.raises(NotConfigured, match="There is no folder"):
        read(exchange, changes, exchange_theirs="elsewhere")
