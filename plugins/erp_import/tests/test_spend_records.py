"""Records are where Python's csv module finds them, whatever the text, and however it is cut into pieces."""

from __future__ import annotations

import csv
import io

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from quarterday_erp_import.reading import records
from quarterday_erp_import.reading.blocks import Wanted, blocks
from quarterday_erp_import.reading.records import NEVER_CLOSED, TOO_LONG, cells, windows

TEXTS = st.text(st.sampled_from('ab,"\r\n é'), max_size=30)


def pieces(text: str, size: int) -> list[bytes]:
    data = text.encode()
    return [data[at : at + size] for at in range(0, len(data), size)]


def as_csv(text: str) -> tuple[list[list[str]], list[int]]:
    """The records by Python's csv module, and the line each begins on."""
    reader = csv.reader(io.StringIO(text, newline=""))
    rows, lines, before = [], [], 0
    for row in reader:
        rows.append(row)
        lines.append(before + 1)
        before = reader.line_num
    return rows, lines


@seed(6)
@settings(max_examples=500, deadline=None, database=None)
@given(TEXTS, st.integers(1, 40))
def test_records_cells_and_lines_are_those_of_pythons_csv(text: str, size: int) -> None:
    rows, lines = as_csv(text)
    found = list(windows(pieces(text, size), ","))
    assert [cells(one.text(at), ",") for one in found for at in range(len(one))] == rows
    assert [int(line) for one in found for line in one.lines] == lines
    assert sum(map(len, found)) == len(rows)


@seed(8)
@settings(max_examples=300, deadline=None, database=None)
@given(TEXTS, st.integers(1, 40), st.integers(1, 4))
def test_cells_of_any_text_are_those_of_pythons_csv(text: str, size: int, width: int) -> None:
    rows, _ = as_csv(text)
    wanted = Wanted(",", width, [0, 2, 3], [2])
    found = list(blocks(windows(pieces(text, size), ","), wanted, after=0))
    for at in wanted.columns:
        cells_of = [cell for block in found for cell in block.columns[at].to_pylist()]
        unread = [place in block.window.faults for block in found for place in range(len(block))]
        meant = [row[at] if at < len(row) and not lost else "" for row, lost in zip(rows, unread, strict=True)]
        assert cells_of == meant
    strange = [bool(one) for block in found for one in block.strange]
    assert all(one or len(row) in (0, width) for one, row in zip(strange, rows, strict=True))
    blank = [bool(one) for block in found for one in block.blank]
    assert all(not any(row) for one, row in zip(blank, rows, strict=True) if one)


@seed(7)
@settings(max_examples=100, deadline=None, database=None)
@given(
    st.lists(st.lists(st.text(st.sampled_from('ab,"\r\n£'), max_size=5), min_size=3, max_size=4), max_size=20),
    st.integers(1, 64),
)
def test_columns_are_those_of_pythons_csv(rows: list[list[str]], size: int) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    found = [
        block.columns for block in blocks(windows(pieces(out.getvalue(), size), ","), Wanted(",", 3, [0, 2]), after=0)
    ]
    for at in (0, 2):
        assert [cell for columns in found for cell in columns[at].to_pylist()] == [row[at] for row in rows]


def test_records_after_a_number_alone() -> None:
    found = list(blocks(windows([b"a,b\nc,d\ne,f\n"], ","), Wanted(",", 2, [1]), after=2))
    assert [block.columns[1].to_pylist() for block in found] == [["f"]]
    assert [block.numbers.tolist() for block in found] == [[3]]
    assert list(blocks(windows([b"a,b\n"], ","), Wanted(",", 2, [1]), after=1)) == []


def test_records_of_delimiters_alone_are_blank() -> None:
    (block,) = blocks(windows([b'a,b\n,\n\n,,,\n , \n"",\n'], ","), Wanted(",", 2, [0]), after=0)
    assert block.blank.tolist() == [False, True, True, True, False, False]
    assert block.strange.tolist() == [False, False, False, True, False, False]


def test_a_quote_that_never_closes_takes_the_rest_and_says_so() -> None:
    whole, rest = windows([b'a,b\n"c,d\n', b"e,f\n"], ",")
    assert (len(whole), len(rest), whole.faults) == (1, 1, {})
    assert rest.faults == {0: NEVER_CLOSED}
    assert rest.text(0) == '"c,d\ne,f\n'


def test_an_endless_record_is_one_and_only_its_beginning_is_kept() -> None:
    size = 2**16

    def text() -> list[bytes]:
        return [b"a,b\nlong,", *[b"x" * size] * 40, b"\nc,d\n", b"e,f\n"]

    found = list(windows(iter(text()), ","))
    assert sum(map(len, found)) == 4
    long = next(one for one in found if TOO_LONG in one.faults.values())
    assert len(long.data) < records.LONGEST + 2 * size
    assert [int(line) for one in found for line in one.lines] == [1, 2, 3, 4]
    unclosed = list(windows(iter([b'a,b\n"long,', *[b"x\n" * size] * 20]), ","))
    assert [dict(one.faults) for one in unclosed] == [{}, {0: NEVER_CLOSED}]
