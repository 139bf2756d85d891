"""Delimited text as people send it: read right, or refused with a sentence that says what to do."""

from pathlib import Path

import pytest

from quarterday.errors import Refused
from quarterday.sheets import Sheet, open_sheet

WORDS = {"ref": ("reference",), "amount": ("quantity", "sum"), "note": ("comment",)}


def write(folder: Path, data: bytes, name: str = "sheet.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def texts(sheet: Sheet) -> list[tuple[int, str, str]]:
    return [(row.line, row["ref"], row["amount"]) for row in sheet]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("ref,amount\nNT1,£5\n".encode(), "comma-separated text, UTF-8"),
        ("\ufeffref,amount\r\nNT1,£5\r\n".encode(), "comma-separated text, UTF-8"),
        ("ref;amount\nNT1;£5\n".encode(), "semicolon-separated text, UTF-8"),
        ("ref|amount\rNT1|£5".encode(), "bar-separated text, UTF-8"),
        ("ref\tamount\nNT1\t£5\n".encode("utf-16"), "tab-separated text, UTF-16"),
        ("ref,amount\nNT1,£5\n".encode("cp1252"), "comma-separated text, Windows-1252"),
    ],
)
def test_encoding_and_delimiter_are_recognised(tmp_path: Path, data: bytes, kind: str) -> None:
    sheet = open_sheet(write(tmp_path, data), WORDS)
    assert sheet.kind == kind
    assert texts(sheet) == [(2, "NT1", "£5")]


def test_the_header_may_stand_below_ten_rows_of_preamble(tmp_path: Path) -> None:
    preamble = "".join(f"Row {n} of a preamble, with ref in it\n" for n in range(10))
    sheet = open_sheet(write(tmp_path, f"{preamble}Reference,Sum (£)\nNT1,5\n".encode()), WORDS)
    assert (sheet.header_line, sheet.columns) == (11, ("Reference", "Sum (£)"))
    assert texts(sheet) == [(12, "NT1", "5")]


def test_a_header_below_eleven_rows_is_not_looked_for(tmp_path: Path) -> None:
    path = write(tmp_path, b"preamble\n" * 11 + b"ref,amount\nNT1,5\n")
    with pytest.raises(Refused, match=r"sheet\.csv has no header row .* reference, quantity, comment"):
        open_sheet(path, WORDS)


def test_the_row_that_names_most_fields_is_the_header(tmp_path: Path) -> None:
    sheet = open_sheet(write(tmp_path, b"ref,sum,by,me\nref,amount,note,x\nNT1,5,,\n"), WORDS)
    assert sheet.header_line == 2


def test_lines_are_those_an_editor_shows_also_after_a_cell_of_several_lines(tmp_path: Path) -> None:
    sheet = open_sheet(write(tmp_path, b'ref,amount,note\nNT1,5,"two\nlines"\n\n,,\nNT2,6,"x, ""y"""\n'), WORDS)
    assert [(row.line, row["note"]) for row in sheet] == [(2, "two\nlines"), (6, 'x, "y"')]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ('NT1,5\n"NT2,6\n' + "NT3,7\n" * 2_000, 3),
        ('"NT1,5\nNT2,6\n"NT3",7\n', 2),
        ('NT1,5\nNT2,"six" pounds\n', 3),
        ('NT1,5\n"' + "NT2 " * 40_000, 3),
    ],
)
def test_a_quote_that_is_not_closed_swallows_nothing(tmp_path: Path, rows: str, line: int) -> None:
    with pytest.raises(Refused, match=rf"sheet\.csv, line {line}\b.*(quote|characters)"):
        open_sheet(write(tmp_path, b"ref,amount\n" + rows.encode()), WORDS)


def test_a_comma_that_shifts_the_cells_of_a_row_is_noticed(tmp_path: Path) -> None:
    sheet = open_sheet(write(tmp_path, b"ref,amount\nNT1,1,000\nNT2,2\nNT3\nNT4,4,,\n"), WORDS)
    assert [(row.line, [problem.why for problem in row.problems]) for row in sheet] == [
        (2, ["3 cells under 2 headers; put quotes around a cell that holds the separator."]),
        (3, []),
        (4, []),
        (5, []),
    ]
    assert sheet.rows[2].cells == ("NT3", "")


def test_a_character_that_cannot_be_seen_is_a_problem_of_its_cell(tmp_path: Path) -> None:
    sheet = open_sheet(write(tmp_path, b"ref,amount,other\nN\x00T1,5,\x00\nNT2,6\t,\n"), WORDS)
    assert [[(problem.field, problem.why) for problem in row.problems] for row in sheet] == [
        [("ref", "it holds a character that can't be seen; type it again.")],
        [],
    ]


def test_a_file_of_two_encodings_is_refused_and_the_lines_named(tmp_path: Path) -> None:
    data = "ref,amount\nCafé,1\n".encode() + "Café,2\n".encode("cp1252")
    with pytest.raises(Refused, match="mixes two encodings \\(lines 2 and 3\\)"):
        open_sheet(write(tmp_path, data), WORDS)


def test_a_letter_that_no_windows_has_is_refused_and_the_line_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="line 2: a character can't be read"):
        open_sheet(write(tmp_path, b"ref,amount\nCaf\x81,1\n"), WORDS)


def test_text_that_breaks_off_inside_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="breaks off"):
        open_sheet(write(tmp_path, "ref,amount\n".encode("utf-16") + b"\x31"), WORDS)


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "is empty"),
        ("a.csv", b" \n\n", "is empty"),
        ("a.csv", b"<!DOCTYPE html><table><tr><td>ref</td></tr></table>", "is a web page"),
        ("a.xlsx", b"  <html><body>", "is a web page"),
        ("a.xlsx", b"<?xml version='1.0'?><Workbook/>", "is a web page or XML"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "is an old Excel file"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "with a password"),
        ("a.csv", b"%PDF-1.7", "is a PDF"),
        ("a.csv", b"\x1f\x8b\x08", "unpack it"),
        ("a.csv", b"{\\rtf1", "text document"),
        ("a.xlsx", b"ref,amount\nNT1,5\n", "isn't an Excel workbook"),
        ("a.csv", "ref,amount\n".encode("utf-16-le"), "isn't text that can be read"),
        ("a.csv", b"nothing,here\n1,2\n", "no header row"),
        ("a.csv", b"ref,size\n1,2\n", "no header row"),
        ("a.csv", b'name,size\n"one",2\n', "no header row"),
    ],
)
def test_what_is_no_such_text_is_refused_by_its_content(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    with pytest.raises(Refused, match=what) as refusal:
        open_sheet(write(tmp_path, data, name), WORDS)
    assert refusal.value.code == 5


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is a folder"):
        open_sheet(tmp_path, WORDS)
    with pytest.raises(Refused, match="isn't there"):
        open_sheet(tmp_path / "none.csv", WORDS)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"ref,amount\n" + b"NT1,5\n" * 101, "more than 100 rows"),
        (b"ref,amount\nNT1," + b"5" * 10_001, "row 2: a cell holds more than 10,000 characters"),
        (b"ref,amount\n" + b"," * 100_001, "line 2 has more than 100,000 characters"),
        (b"ref,amount\n" + b"\n" * 1_048_577, "more than 1,048,576 lines"),
        (b"ref,amount\n" + b" " * (32 * 2**20), "MB is read"),
    ],
)
def test_what_is_too_large_is_refused_and_not_read_in_part(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises(Refused, match=what):
        open_sheet(write(tmp_path, data), WORDS, most_rows=100)
