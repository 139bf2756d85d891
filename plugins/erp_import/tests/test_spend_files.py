"""Files that are something else than their name says, workbooks, and files made to do harm."""

from __future__ import annotations

import gzip
import time
import zipfile
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path

import openpyxl
import pytest

from quarterday import Refused
from quarterday_erp_import.reading import Settled, account, encodings, opening, profile, read, workbooks
from quarterday_erp_import.reading.workbooks import as_text

CSV = b"Date,Supplier,Amount\n13/02/2012,Elm Ltd,5.00\n"


def lines_of(path: Path, settled: Settled | None = None) -> list[dict[str, object]]:
    return [line for chunk in read(path, profile(path, mapping=settled)) for line in chunk.lines.to_pylist()]


def workbook(path: Path) -> Path:
    """A workbook with a title sheet, two sheets of payments that begin at C3, a hidden one and an empty one."""
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active["A1"] = "Payments over £500"
    for name, months in (("March", 3), ("April", 2)):
        sheet = book.create_sheet(name)
        for column, head in enumerate(("Date", "Supplier", "Net Amount", "Document"), 3):
            sheet.cell(3, column, head)
        for row in range(months):
            for column, value in enumerate((date(2012, 3, row + 1), "Elm\nLtd", 1234.5 * (row + 1), 1900205974), 3):
                sheet.cell(row + 4, column, value)
        sheet.cell(30, 3).number_format = "0.00"
    book.create_sheet("Hidden").sheet_state = "hidden"
    book["Hidden"]["A1"] = "Supplier"
    book.create_sheet("Empty")
    book.save(path)
    return path


def test_a_workbook_saved_as_csv_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = workbook(tmp_path / "spend.csv")
    found = account(path)
    assert (found.profile.format, found.profile.sheet, found.profile.header_row) == ("xlsx", "March", 3)
    assert (found.rows, found.accepted, found.to_json()["amount_total"]) == (3, 3, "7407.00")
    first = lines_of(path)[0]
    assert (first["line"], first["paid_on"], first["payee"], first["amount"], first["document"]) == (
        4,
        date(2012, 3, 1),
        "Elm Ltd",
        1_234_500_000,
        "1900205974",
    )
    (question,) = found.profile.questions
    assert (question.key, question.choices, question.assumed) == ("sheet", ("March", "April"), "March")
    assert len(lines_of(path, Settled(sheet="April"))) == 2
    with pytest.raises(Refused, match="no sheet “May”; it has Notes, March, April"):
        profile(path, mapping=Settled(sheet="May"))


def ods(path: Path, content: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
            ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
            ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="Paid">{content}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def test_an_open_document_sheet_is_read(tmp_path: Path) -> None:
    def row(*cells: str) -> str:
        return "<table:table-row>" + "".join(cells) + "</table:table-row>"

    def text(said: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{said}</text:p></table:table-cell>'

    day = '<table:table-cell office:value-type="date" office:date-value="2012-03-05"/>'
    amount = '<table:table-cell office:value-type="float" office:value="12.5"/>'
    path = ods(
        tmp_path / "a.ods", row(text("Date"), text("Supplier"), text("Amount")) + row(day, text("Elm Ltd"), amount)
    )
    (line,) = lines_of(path)
    assert (line["paid_on"], line["payee"], line["amount"]) == (date(2012, 3, 5), "Elm Ltd", 12_500_000)


def test_an_open_document_row_repeated_for_ever_is_refused_in_bounded_time(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    with pytest.raises(Refused, match=r"can't be read|needs more memory or time"):
        profile(ods(tmp_path / "a.ods", row))


def sheet(path: Path, xml: str) -> Path:
    """A small workbook whose one sheet is this XML."""
    openpyxl.Workbook().save(path.with_suffix(".tmp"))
    with zipfile.ZipFile(path.with_suffix(".tmp")) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in made.namelist():
            archive.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else made.read(name))
    return path


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
CORNERS = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
ENTITIES = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>' + SHEET.format(
    '<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + SHEET.format(
    '<row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row>'
)


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        (SHEET.format(CORNERS), "needs more memory or time"),
        (ENTITIES, "can't be read"),
        (OUTSIDE, "can't be read"),
        (SHEET.format('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "no record"),
        ("<worksheet", "empty|can't be read"),
    ],
)
def test_a_sheet_made_to_do_harm_is_refused(tmp_path: Path, xml: str, why: str) -> None:
    begun = time.monotonic()
    with pytest.raises(Refused, match=why):
        profile(sheet(tmp_path / "a.xlsx", xml))
    assert time.monotonic() - begun < 60


def test_a_workbook_that_unpacks_to_too_much_is_refused_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sheet(tmp_path / "a.xlsx", SHEET.format("<row/>" * 200_000))
    monkeypatch.setattr(workbooks, "UNPACKED", 1_000_000)
    assert workbooks.unpacks_to_too_much(path)
    monkeypatch.setattr(workbooks, "UNPACKED", 2_000_000)
    assert not workbooks.unpacks_to_too_much(path)
    monkeypatch.setattr(workbooks, "SECONDS", 0.001)
    with pytest.raises(Refused, match="needs more memory or time"):
        profile(path)


def test_what_a_cell_holds_is_written_as_a_person_would() -> None:
    moment = datetime.combine(date(2012, 3, 1), clock(9, 30))
    written = [as_text(one) for one in (1900205974.0, 0.1, 4.71532e23, date(2012, 3, 1), moment, True, "x")]
    assert written == ["1900205974", "0.1", "4.71532e+23", "2012-03-01", "2012-03-01 09:30:00", "TRUE", "x"]


def test_a_packed_file_is_read_and_one_cut_off_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CSV * 3))
    assert account(path).accepted == 3
    path.write_bytes(gzip.compress(CSV * 3000)[:-40])
    with pytest.raises(Refused, match="damaged or cut off"):
        account(path)
    path.write_bytes(gzip.compress(CSV * 3000))
    monkeypatch.setattr(opening, "MOST", 10_000)
    with pytest.raises(Refused, match="larger than"):
        account(path)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04garbage", "damaged or cut off"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1garbage", "can't be read"),
        (b"Rar!....", "RAR"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(Refused, match=why):
        profile(tmp_path / "a.csv")


def test_a_zip_of_other_files_and_no_file_at_all_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr("../../owned.txt", "x")
    with pytest.raises(Refused, match="zip archive"):
        profile(tmp_path / "a.csv")
    with pytest.raises(Refused, match=r"no file “b\.csv”"):
        profile(tmp_path / "b.csv")


def test_each_encoding_is_told_by_its_bytes_also_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [
        b"Supplier,Amount",
        "Café Utf8,£10".encode(),
        "Café Cp1252,£20".encode("cp1252"),
        "Café Dos,£30".encode("cp850"),
    ]
    path.write_bytes(b"\n".join(lines))
    found = account(path)
    assert found.profile.mixed_encodings
    assert [(line["payee"], line["amount"] // 10**6) for line in lines_of(path)] == [
        ("Café Utf8", 10),
        ("Café Cp1252", 20),
        ("Café Dos", 30),
    ]


def test_text_in_utf16_without_a_mark_is_told_by_its_zeros() -> None:
    assert encodings.marked("Supplier,Amount".encode("utf-16-le")) == "utf-16-le"
    assert encodings.marked("Supplier,Amount".encode("utf-16-be")) == "utf-16-be"
    assert encodings.marked(b"Supplier,Amount") is None


def test_zero_bytes_formulas_and_a_line_without_end_are_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'Supplier,Amount\r\nA\x00cme Ltd,10.00\r\n"=HYPERLINK(""x"")",500.00\r\n+441709382121,-25.00\r\n')
    assert [(line["payee"], line["amount"]) for line in lines_of(path)] == [
        ("Acme Ltd", 10_000_000),
        ('=HYPERLINK("x")', 500_000_000),
        ("+441709382121", -25_000_000),
    ]
    monkeypatch.setattr(opening, "PIECE", 2**20)
    with path.open("wb") as file:
        file.write(b"Supplier,Amount\nElm Ltd,5.00\n")
        for _ in range(30):
            file.write(b"x" * 2**20)
        file.write(b"\nOak Ltd,7.00\n")
    found = account(path)
    assert (found.rows, found.accepted, found.to_json()["amount_total"]) == (3, 2, "12.00")
    (aside,) = found.quarantined
    assert (aside.line, len(aside.text) < 5_000, "megabyte" in aside.reason) == (3, True, True)
