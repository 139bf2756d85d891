"""Excel workbooks: cells as a person would type them, and no file that takes the machine with it."""

import datetime as dt
import random
import resource
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from quarterday.errors import Refused
from quarterday.sheets import Sheet, open_sheet

WORDS = {"ref": ("reference",), "amount": ("quantity",), "note": ()}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER = '<row r="1"><c t="inlineStr"><is><t>ref</t></is></c><c t="inlineStr"><is><t>amount</t></is></c></row>'


def saved(folder: Path, *rows: tuple[Any, ...], formats: dict[str, str] | None = None) -> Path:
    """A workbook as openpyxl writes it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Return"
    for row in rows:
        sheet.append(row)
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    path = folder / "book.xlsx"
    book.save(path)
    return path


def packed(
    folder: Path,
    rows: str = "",
    *,
    texts: str = "",
    styles: str = "",
    head: str = "",
    more: dict[str, bytes] | None = None,
    method: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """A workbook put together by hand, so that it can be wrong."""
    related = [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")]
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(related)
        if kind == "worksheet" or {"sharedStrings": texts, "styles": styles}[kind]
    )
    path = folder / "book.xlsx"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" r:id="r0"/></sheets></workbook>',
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{links}</Relationships>")
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'{head}<worksheet xmlns="{MAIN}"><sheetData>{HEADER}{rows}</sheetData></worksheet>',
        )
        if texts:
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{texts}</sst>')
        if styles:
            archive.writestr("xl/styles.xml", f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>')
        for name, data in (more or {}).items():
            archive.writestr(name, data)
    return path


def amounts(sheet: Sheet) -> list[str]:
    return [row["amount"] for row in sheet]


@pytest.mark.parametrize(
    ("typed", "code", "text"),
    [
        (12, "General", "12"),
        (0.1 + 0.2, "General", "0.3"),
        (83.3333333, "0.00", "83.3333333"),
        (123456789012345680, "0", "123456789012346000"),
        (1e-7, "General", "0.0000001"),
        (0.5, "0%", "50%"),
        (1 / 3, "0.00%", "33.3333333333333%"),
        (1234.5, '"£"#,##0.00', "1234.5"),
        (dt.date(2026, 7, 31), "dd/mm/yyyy", "2026-07-31"),
        (dt.datetime.fromisoformat("2026-07-31T09:30:00"), "dd/mm/yyyy hh:mm", "2026-07-31 09:30:00"),
        (dt.time(2, 30), "hh:mm", "02:30:00"),
        (46234, "General", "46234"),
        (True, "General", "TRUE"),
        ("  £1,234 ", "General", "£1,234"),
        ("007", "@", "007"),
    ],
)
def test_a_cell_is_the_text_a_person_would_type(tmp_path: Path, typed: object, code: str, text: str) -> None:
    path = saved(tmp_path, ("ref", "amount"), ("NT1", typed), formats={"B2": code})
    assert amounts(open_sheet(path, WORDS)) == [text]


def test_days_counted_from_1904_are_the_same_days(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.worksheets[0].append(("ref", "amount"))
    book.worksheets[0].append(("NT1", dt.date(2026, 7, 31)))
    book.save(tmp_path / "mac.xlsx")
    assert amounts(open_sheet(tmp_path / "mac.xlsx", WORDS)) == ["2026-07-31"]


def test_rows_have_the_numbers_excel_shows(tmp_path: Path) -> None:
    path = saved(tmp_path, ("Return of a charity",), (), ("Reference", "Quantity"), ("NT1", 5), (), ("NT2", 6))
    sheet = open_sheet(path, WORDS)
    assert (sheet.kind, sheet.line_word, sheet.header_line) == ("Excel sheet “Return”", "row", 3)
    assert [(row.line, row["ref"], row["amount"]) for row in sheet] == [(4, "NT1", "5"), (6, "NT2", "6")]
    assert sheet.place(4, "amount") == "row 4, column B “Quantity”"


def test_a_cell_beside_the_columns_is_no_problem(tmp_path: Path) -> None:
    sheet = open_sheet(saved(tmp_path, ("ref", "amount"), ("NT1", 5, None, "see below")), WORDS)
    assert sheet.rows[0].cells == ("NT1", "5")
    assert not sheet.rows[0].problems


def test_a_formula_counts_as_what_excel_made_of_it(tmp_path: Path) -> None:
    rows = (
        '<row r="2"><c t="inlineStr"><is><t>NT1</t></is></c><c><f>2+3</f><v>5</v></c></row>'
        '<row r="3"><c t="inlineStr"><is><t>NT2</t></is></c><c t="str"><f>""</f><v></v></c></row>'
    )
    sheet = open_sheet(packed(tmp_path, rows), WORDS)
    assert amounts(sheet) == ["5", ""]
    assert not any(row.problems for row in sheet)


def test_a_formula_without_a_result_and_an_error_are_problems_of_their_cells(tmp_path: Path) -> None:
    path = saved(tmp_path, ("ref", "amount", "other"), ("NT1", "=1+1", "=1+1"), ("NT2", "#REF!", 1), ("=A1", 3, 1))
    assert [[(p.field, p.why[:36]) for p in row.problems] for row in open_sheet(path, WORDS)] == [
        [("amount", "a formula without a stored result; o")],
        [("amount", "an Excel error (#REF!); mend the for")],
        [("ref", "a formula without a stored result; o")],
    ]


def test_a_date_excel_cannot_show_is_a_problem_of_its_cell(tmp_path: Path) -> None:
    path = saved(tmp_path, ("ref", "amount"), ("NT1", 9e12), formats={"B2": "yyyy-mm-dd"})
    assert [p.why for p in open_sheet(path, WORDS).rows[0].problems] == ["a date that Excel can't show; type it again."]


def test_a_text_of_several_runs_is_one_text_without_its_reading_aid(tmp_path: Path) -> None:
    runs = "<si><r><t>N</t></r><r><t>T1</t></r><rPh><t>aid</t></rPh></si>"
    inline = runs.replace("si>", "is>")
    rows = f'<row><c t="s"><v>0</v></c><c t="n"><v>1E1</v></c></row><row><c t="inlineStr">{inline}</c></row>'
    sheet = open_sheet(packed(tmp_path, rows, texts=runs), WORDS)
    assert [(row.line, row["ref"], row["amount"]) for row in sheet] == [(2, "NT1", "10"), (3, "NT1", "")]


@pytest.mark.parametrize(("limit", "most"), [("MOST_TEXTS", 2), ("MOST_CHARACTERS", 11)])
def test_texts_beyond_a_limit_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    path = packed(tmp_path, texts="<si><t>four</t></si>" * 3)
    monkeypatch.setattr(f"quarterday.sheets.workbook.{limit}", most)
    with pytest.raises(Refused, match="different texts"):
        open_sheet(path, WORDS)


def test_a_sheet_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(saved(tmp_path, ("ref", "amount"), ("NT1", 5)))
    book.create_sheet("Broken").append(("x",))
    book.save(tmp_path / "two.xlsx")
    with zipfile.ZipFile(tmp_path / "two.xlsx") as whole, zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as broken:
        for part in whole.namelist():
            data = whole.read(part)
            broken.writestr(part, data[:-20] if part.endswith("sheet2.xml") else data)
    with pytest.raises(Refused, match="is damaged"):
        open_sheet(tmp_path / "bad.xlsx", WORDS)


def test_elements_with_a_prefix_are_read_alike(tmp_path: Path) -> None:
    path = packed(tmp_path, '<x:row xmlns:x="x"><x:c r="B2"><x:f>1</x:f></x:c></x:row>')
    assert [p.field for p in open_sheet(path, WORDS).rows[0].problems] == ["amount"]


def test_a_table_in_two_sheets_is_refused_and_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(saved(tmp_path, ("ref", "amount"), ("NT1", 5)))
    other = book.create_sheet("Old")
    other.append(("ref", "amount"))
    book.create_sheet("How to fill it in").append(("Read", "me"))
    book.save(tmp_path / "two.xlsx")
    with pytest.raises(Refused, match=r"more than one sheet .*“Old”.*“Return”.* hide the others"):
        open_sheet(tmp_path / "two.xlsx", WORDS)
    other.sheet_state = "hidden"
    book.save(tmp_path / "two.xlsx")
    assert amounts(open_sheet(tmp_path / "two.xlsx", WORDS)) == ["5"]


@pytest.mark.parametrize(
    ("member", "what"),
    [
        ("xl/workbook.bin", "binary Excel file"),
        ("content.xml", "OpenDocument"),
        ("word/document.xml", "Word document"),
        ("../../evidence.txt", "zip archive"),
    ],
)
def test_a_zip_of_something_else_is_said(tmp_path: Path, member: str, what: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr(member, b"x")
    with pytest.raises(Refused, match=what):
        open_sheet(tmp_path / "a.csv", WORDS)


def test_a_workbook_under_another_name_is_said(tmp_path: Path) -> None:
    path = saved(tmp_path, ("ref", "amount"))
    with pytest.raises(Refused, match=r"is an Excel workbook under another name; rename it to prices\.xlsx"):
        open_sheet(path.rename(tmp_path / "prices.csv"), WORDS)


ENTITY = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
USED = '<row r="2"><c t="inlineStr"><is><t>&{};</t></is></c><c><v>1</v></c></row>'


@pytest.mark.parametrize(
    ("head", "rows"), [(ENTITY, USED.format("x")), (LAUGHS, USED.format("c")), (ENTITY, ""), ("<!DOCTYPE w>", "")]
)
def test_a_workbook_that_declares_entities_is_not_read(tmp_path: Path, head: str, rows: str) -> None:
    with pytest.raises(Refused, match="declares XML entities"):
        open_sheet(packed(tmp_path, rows, head=head), WORDS)


def _bomb(folder: Path) -> Path:
    return packed(folder, f"<row>{'<c/>' * 3_000_000}</row>")


def _large(folder: Path) -> Path:
    quarter = random.Random(1).randbytes(2**18) + bytes(3 * 2**18)
    return packed(folder, more={f"xl/media/{n}.png": quarter for n in range(65)})


def _many_parts(folder: Path) -> Path:
    return packed(folder, more={f"xl/{n}": b"" for n in range(1_000)})


def _large_styles(folder: Path) -> Path:
    return packed(folder, more={"xl/other.xml": random.Random(1).randbytes(8 * 2**20 + 1)})


def _odd_packing(folder: Path) -> Path:
    return packed(folder, method=zipfile.ZIP_LZMA)


def _locked(folder: Path) -> Path:
    path = packed(folder)
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    return path


def _liar(folder: Path) -> Path:
    path = packed(folder, "".join(f"<row><c><v>{n}</v></c></row>" for n in range(2_000)))
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 500)
    path.write_bytes(data)
    return path


def _cut(folder: Path) -> Path:
    path = packed(folder, "".join(f"<row><c><v>{n}</v></c></row>" for n in range(2_000)))
    path.write_bytes(path.read_bytes()[:-200])
    return path


def _no_sheet(folder: Path) -> Path:
    path = folder / "book.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return path


def _with(rows: str, texts: str = "") -> Callable[[Path], Path]:
    return lambda folder: packed(folder, rows, texts=texts)


CELL = '<row r="2"><c t="s"><v>{}</v></c></row>'


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (_bomb, "unpacks to more"),
        (_large, "unpacks to more"),
        (_many_parts, "unpacks to more"),
        (_large_styles, "unpacks to more"),
        (_odd_packing, "packed in a way"),
        (_locked, "locked"),
        (_liar, "damaged"),
        (_cut, "damaged"),
        (_no_sheet, "damaged"),
        (_with("<row>"), "damaged"),
        (_with('<row r="2"><c r="12"><v>1</v></c></row>'), "damaged"),
        (_with('<row r="-2"/>'), "damaged"),
        (_with('<row r="2"><c><v>one</v></c></row>'), "damaged"),
        (_with(CELL.format(1), "<si><t>x</t></si>"), "damaged"),
        (_with(CELL.format(-1), "<si><t>x</t></si>"), "damaged"),
        (_with('<row r="2000000000"><c><v>1</v></c></row>'), "larger than is read"),
        (_with('<row r="2"><c r="AAAA2"><v>1</v></c></row>'), "larger than is read"),
        (_with("".join(f'<row r="{n}"><c r="XFD{n}"><v>{n}</v></c></row>' for n in range(2, 200))), "larger than"),
    ],
)
def test_a_damaged_or_hostile_workbook_is_refused(tmp_path: Path, make: Callable[[Path], Path], what: str) -> None:
    with pytest.raises(Refused, match=what) as refusal:
        open_sheet(make(tmp_path), WORDS)
    assert "/" not in str(refusal.value).replace("book.xlsx", "")


def test_a_row_of_millions_of_cells_costs_little_time_and_memory(tmp_path: Path) -> None:
    spaces = random.Random(1).choices(("<c/>", "<c />", "<c  />"), k=4_000_000)
    path = packed(tmp_path, f"<row>{''.join(spaces)}</row>")
    del spaces
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(Refused, match="larger than is read"):
        open_sheet(path, WORDS)
    assert time.monotonic() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_sheet_that_claims_to_be_huge_is_read_as_large_as_it_is(tmp_path: Path) -> None:
    path = packed(tmp_path, '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>NT1</t></is></c></row>')
    assert [row.line for row in open_sheet(path, WORDS)] == [1_048_576]


def test_ten_thousand_rows_are_read_as_openpyxl_reads_them(tmp_path: Path) -> None:
    made = random.Random(7)
    rows = [(f"NT{n % 90}", round(made.uniform(0, 1e6), made.randrange(7)), f"word {n}") for n in range(10_000)]
    path = saved(tmp_path, ("ref", "amount", "note"), *rows)
    ours = [(row["ref"], float(row["amount"]), row["note"]) for row in open_sheet(path, WORDS)]
    book = openpyxl.load_workbook(path, read_only=True)
    theirs = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    book.close()
    assert ours == theirs
