"""Workbooks that we write: whatever a text or a sheet's name holds, there is a workbook, and Excel opens it."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from quarterday.sheets.writing import Grid, workbook_bytes


def test_signs_that_no_workbook_holds_are_left_out() -> None:
    book = load_workbook(io.BytesIO(workbook_bytes([Grid("Payments", ("payee",), [("Alder\x01 Print\x0b Ltd",)])])))
    assert book["Payments"]["A2"].value == "Alder Print Ltd"


def test_each_sheet_has_a_name_of_its_own_that_excel_takes() -> None:
    names = (
        "Local: [A/B]",
        "local: [a/b]",
        "Within twenty miles of the town hall",
        "Within twenty miles of the town, north",
    )
    book = load_workbook(io.BytesIO(workbook_bytes([Grid(name, ("a",), []) for name in names])))
    assert book.sheetnames == [
        "Local   A B ",
        "local   a b  2",
        "Within twenty miles of the town",
        "Within twenty miles of the to 2",
    ]
