"""What commands print: whole lines in a pipe, colour on a terminal, JSON that stays JSON."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from datetime import date
from fractions import Fraction

import pytest

from quarterday.cli.output import print_json, print_table

ROWS = [["NT1", "good", "10"], ["NT1a", "wrong", "2,500"]]


def test_a_table_in_a_pipe_is_plain_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 100
    print_table(["ref", "state", "£"], [*ROWS, ["x", long.strip(), ""]], title="Measures", numbers={"£"})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Measures"
    assert [line.split() for line in lines[1:4]] == [
        ["ref", "state", "£"],
        ["NT1", "good", "10"],
        ["NT1a", "wrong", "2,500"],
    ]
    assert lines[2].endswith("   10")
    assert long.strip() in lines[4]


def test_a_cell_stays_on_its_line_and_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["a"], [["one\ntwo\x1b[31m\u202ered"]])
    assert capsys.readouterr().out.splitlines() == ["a", "one two [31m red"]


def test_a_table_on_a_terminal_has_colour_and_takes_no_markup() -> None:
    shown = on_a_terminal("print_table(['ref', 'state'], [['[red]NT1', 'good'], ['NT2', 'wrong']], title='All')")
    assert "[red]NT1" in shown
    assert "\x1b[32mgood" in shown
    assert "\x1b[1;31mwrong" in shown


def on_a_terminal(line: str) -> str:
    """What a line of Python prints when its standard output is a terminal."""
    master, slave = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM")}
    code = f"from quarterday.cli.output import print_table; {line}"
    subprocess.run([sys.executable, "-c", code], stdout=slave, env=environment | {"TERM": "xterm"}, check=True)
    os.close(slave)
    shown = b""
    while True:
        try:
            shown += (part := os.read(master, 4096))
        except OSError:
            break
        if not part:
            break
    os.close(master)
    return shown.decode()


def test_json_is_readable_and_knows_dates(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"on": date(2026, 3, 25), "unit": "£"})
    out = capsys.readouterr().out
    assert json.loads(out) == {"on": "2026-03-25", "unit": "£"}
    assert "£" in out


def test_json_survives_a_terminal_without_a_pound_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    print_json({"unit": "£"})
    sys.stdout.flush()
    assert json.loads(raw.getvalue()) == {"unit": "£"}


def test_json_takes_no_number_that_it_would_round() -> None:
    with pytest.raises(TypeError, match="Fraction is not JSON"):
        print_json({"quantity": Fraction(1, 3)})
