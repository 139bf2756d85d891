"""Any table of payments, written in any of the known styles, comes back equal, and every record is accounted for."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from spend_styles import Payment, Style, styles, tables, written

from quarterday_erp_import.reading import Chunk, Profile, account, profile, read


def lines_of(path: Path, found: Profile) -> list[dict[str, object]]:
    chunks: list[Chunk] = list(read(path, found))
    return [line for chunk in chunks for line in chunk.lines.to_pylist()]


@seed(6)
@settings(
    max_examples=80,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tables, styles)
def test_a_table_in_any_style_comes_back_equal(tmp_path: Path, table: list[Payment], style: Style) -> None:
    path = tmp_path / "spend.csv"
    path.write_bytes(written(table, style))
    found = account(path)
    lines = lines_of(path, found.profile)
    assert [
        Payment(line["paid_on"], line["payee"], Decimal(line["amount"]).scaleb(-6), line["document"], line["service"])
        for line in lines
    ] == [Payment(one.paid_on, " ".join(one.payee.split()), one.net, one.document, one.service) for one in table]
    assert (found.rows, found.quarantined) == (found.accepted + found.skipped.total(), [])
    text = path.read_bytes().decode(found.profile.encoding)
    counted = list(csv.reader(io.StringIO(text, newline=""), delimiter=found.profile.delimiter))
    assert found.rows == found.profile.rows == len(counted) - found.profile.header_row
    assert found.profile.header_row == len(style.preamble) + len(style.names)
    assert found.amount == sum(line["amount"] for line in lines)
    assert {line["paid_precision"] for line in lines} == {"day"}
    assert found.profile.amount_is == "net"


def test_a_whole_month_in_american_dates_is_asked_about_and_the_answer_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "april.csv"
    days = [date(2010, 4, 1) + timedelta(days=one) for one in range(12)]
    path.write_text(
        "Date,Supplier,Net Amount\n" + "".join(f"{day.month}/{day.day}/2010,Elm Ltd,5.00\n" for day in days)
    )
    found = profile(path)
    assert [(one.key, one.assumed) for one in found.questions] == [("date_order", "month first")]
    assert [line["paid_on"] for line in lines_of(path, found)] == days
    from quarterday_erp_import.reading import Settled

    told = profile(path, mapping=Settled().answering(["date_order=day first"]))
    assert told.questions == ()
    assert lines_of(path, told)[1]["paid_on"] == date(2010, 2, 4)


@pytest.mark.parametrize("settled", ["day first", "month first"])
def test_dates_that_rule_out_what_was_settled_are_asked_about(tmp_path: Path, settled: str) -> None:
    from quarterday_erp_import.reading import Settled

    path = tmp_path / "april.csv"
    path.write_text("Date,Supplier,Net Amount\n4/30/2010,Elm Ltd,5.00\n4/3/2010,Elm Ltd,5.00\n")
    found = profile(path, mapping=Settled(date_order=settled))
    assert found.order.order == "month first"
    assert [one.key for one in found.questions] == (["date_order"] if settled == "day first" else [])
