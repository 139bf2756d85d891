"""Files that wait are read by their feed's rule: what they leave open is asked once, and a bad one stops no other."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path

import pytest

from quarterday import Trouble
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday.testing.clock import Clock
from quarterday_erp_import.feeds import incoming, rules
from quarterday_erp_import.feeds.incoming import State
from quarterday_erp_import.feeds.keeping import IncomingFiles
from quarterday_erp_import.feeds.reading_in import ReadIn, read_waiting
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.files import LineFiles

NAMES = ("Alder Roofing Ltd", "Beech Catering Ltd", "Cedar Cleaning Ltd", "Damson Print Ltd", "Elm Training CIC")
CLEAR = tuple(f"{day:02}/06/2026" for day in (2, 9, 16, 23, 30))
EITHER = ("03/06/2026",) * 5
"""The day, or the month, comes first."""


def spend(days: tuple[str, ...] = CLEAR, *, amount: int = 600) -> bytes:
    rows = [
        f"{day},{name},Cleaning,{amount + number}.00"
        for number, (day, name) in enumerate(zip(days, NAMES, strict=True))
    ]
    return "\n".join(["Payment Date,Supplier Name,Expense Type,Net Amount", *rows, ""]).encode()


class Council:
    """An authority with a folder for what comes in, and one for lines."""

    def __init__(self, uow: UnitOfWork, folder: Path) -> None:
        self.uow, self.id = uow, an_authority(uow)
        self.files, self.lines = IncomingFiles(folder / "ledger"), LineFiles(folder / "ledger")
        self.mappings = folder / "mappings"

    def bring(self, content: bytes, name: str = "june.csv", *, origin: str = "spend-folder") -> int:
        given = {"authority_id": self.id, "feed": "spend", "name": name, "origin": origin, "files": self.files}
        return incoming.hand_in(self.uow, OPERATOR, content=io.BytesIO(content), **given)  # type: ignore[arg-type]

    def read(self) -> ReadIn:
        lines, mappings = self.lines, self.mappings
        hour = timedelta(hours=1)
        return read_waiting(self.uow, files=self.files, lines=lines, again_after=hour, mappings=mappings)

    def stands(self, row: int) -> incoming.IncomingRow:
        return incoming.one_incoming(self.uow, OPERATOR, incoming_id=row)

    def batches(self) -> list[batches.BatchRow]:
        return batches.batches(self.uow, OPERATOR, authority_id=self.id)


@pytest.fixture
def council(uow: UnitOfWork, tmp_path: Path) -> Council:
    return Council(uow, tmp_path)


def test_a_bad_file_stops_no_other_and_is_tried_again(council: Council) -> None:
    bad = council.bring(b"%PDF-1.7 a picture of payments", "june.pdf")
    june = council.bring(spend())
    gone = council.bring(spend(amount=900), "gone.csv")
    council.files.path(council.id, council.stands(gone).sha256).unlink()
    assert str(council.read().said()) == "Files read: 1, that ask: 0, refused: 2."
    assert (council.stands(bad).state, council.stands(bad).why[:12]) == (State.REFUSED, "It is a PDF.")
    assert council.stands(gone).why == "Its content isn't there any more; hand it in again."
    (batch,) = council.batches()
    assert (council.stands(june).batch_id, batch.name, batch.accepted, batch.counts) == (batch.id, "june.csv", 5, True)
    assert council.read().counts == {}
    incoming.try_again(council.uow, OPERATOR, incoming_id=bad)
    assert council.read().counts == {State.REFUSED: 1}
    kept = [path.name for path in incoming.sweep(council.uow, OPERATOR, files=council.files)]
    assert kept == [], "younger than a day"
    for days, row in ((0, june), (91, bad)):
        _clock(council).forward(days=days)
        gone_by = incoming.sweep(council.uow, OPERATOR, files=council.files, older_than=timedelta(seconds=-1))
        assert [path.name for path in gone_by] == [council.stands(row).sha256]


def test_what_a_file_leaves_open_is_asked_once_for_its_feed(council: Council) -> None:
    june = council.bring(spend(EITHER))
    assert council.read().counts == {State.ASKS: 1}
    (question,), understood = council.stands(june).questions, council.stands(june).understood
    assert question["key"] == "date_order"
    assert understood
    assert understood["columns"]["paid_on"]["name"] == "Payment Date"
    incoming.answer(council.uow, OPERATOR, incoming_id=june, answers={"date_order": "month first"})
    assert council.read().counts == {State.READ: 1}
    (batch,) = council.batches()
    assert (batch.first_day, batch.last_day) == (date(2026, 3, 6), date(2026, 3, 6))
    council.bring(spend(("04/07/2026",) * 5), "july.csv")
    assert council.read().counts == {State.READ: 1}, "the answer holds for the next file"
    rules.agree_on_feed(council.uow, OPERATOR, authority_id=council.id, feed="cards", on_doubt="assume")
    row = incoming.hand_in(
        council.uow,
        OPERATOR,
        authority_id=council.id,
        feed="cards",
        name="c.csv",
        content=io.BytesIO(spend(EITHER, amount=100)),
        origin="spend-folder",
        files=council.files,
    )
    council.read()
    assert council.stands(row).state is State.READ


def test_a_file_by_hand_waits_for_a_person_and_a_republished_month_for_the_rule(council: Council) -> None:
    council.bring(spend(), origin=incoming.BY_HAND)
    council.read()
    assert [one.counts for one in council.batches()] == [False]
    council.bring(spend(tuple(day.replace("/06/", "/05/") for day in CLEAR)), "may.csv")
    council.read()
    council.bring(spend(tuple(day.replace("/06/", "/05/") for day in CLEAR), amount=601), "may 2.csv")
    council.read()
    assert [one.counts for one in council.batches()] == [False, True, False], "nobody said what a month twice does"
    given = {"authority_id": council.id, "feed": "spend"}
    rules.agree_on_feed(council.uow, OPERATOR, on_same_period="replace", **given)  # type: ignore[arg-type]
    council.bring(spend(tuple(day.replace("/06/", "/05/") for day in CLEAR), amount=602), "may 3.csv")
    council.read()
    assert [one.counts for one in council.batches()] == [False, False, False, True]


def test_a_known_file_is_said_to_be(council: Council) -> None:
    council.bring(spend())
    council.read()
    (batch,) = council.batches()
    row = incoming.hand_in(
        council.uow,
        OPERATOR,
        authority_id=council.id,
        feed="cards",
        name="june.csv",
        content=io.BytesIO(spend()),
        files=council.files,
    )
    council.read()
    assert (council.stands(row).state, council.stands(row).batch_id) == (State.READ, batch.id)
    assert council.stands(row).why == f"Its content is known: it is batch {batch.id}."


def test_a_feeds_mapping_is_read_by_and_its_loss_is_said(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    council.mappings.mkdir()
    (council.mappings / "ours.toml").write_text('date_order = "month first"\n')
    monkeypatch.setattr(rules, "installed_mappings", lambda: council.mappings)
    rules.agree_on_feed(council.uow, OPERATOR, authority_id=council.id, feed="spend", mapping="ours")
    council.bring(spend(EITHER))
    assert council.read().counts == {State.READ: 1}
    (council.mappings / "ours.toml").unlink()
    row = council.bring(spend(EITHER, amount=900))
    council.read()
    assert council.stands(row).why.startswith("There is no mapping “ours”.")


def test_a_file_that_ends_the_process_is_begun_twice_and_then_refused(council: Council) -> None:
    row, other = council.bring(b"kills"), council.bring(spend())
    for times in (1, 2):
        with council.uow.begin(OPERATOR) as work:
            incoming.step(work, row, State.BEGUN)
        assert council.read().counts == ({State.READ: 1} if times == 1 else {}), "somebody else is at it"
        assert council.stands(row).state is State.BEGUN
        _clock(council).forward(hours=2)
    assert council.stands(other).state is State.READ
    council.read()
    assert (council.stands(row).state, council.stands(row).why[:28]) == (State.REFUSED, "Reading it was ended twice: ")


def test_a_full_disk_is_no_fault_of_the_file(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    row = council.bring(spend())
    sent = _jobs(council.uow)
    with monkeypatch.context() as patch:
        patch.setattr(council.lines, "folder", council.files.path(council.id, council.stands(row).sha256) / "no")
        done = council.read()
    assert isinstance(done.trouble, Trouble)
    assert council.stands(row).state is State.WAITING
    assert _jobs(council.uow) == sent, "it is read when the clock strikes, not at once"
    assert council.read().counts == {State.READ: 1}


def test_a_fault_in_reading_is_the_programs(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    row = council.bring(spend())

    def breaks(*given: object, **said: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("quarterday_erp_import.reading.profile", breaks)
    assert council.read().counts == {State.REFUSED: 1}
    assert "a fault in the program" in council.stands(row).why


def _clock(council: Council) -> Clock:
    assert isinstance(council.uow.clock, Clock)
    return council.uow.clock


def _jobs(uow: UnitOfWork) -> list[str]:
    from sqlalchemy import select

    from quarterday.db import queue
    from quarterday.db.models import OutboxRow

    with uow.read(OPERATOR) as work:
        return [row.key for row in work.all(select(OutboxRow.c.key).where(OutboxRow.c.kind == queue.JOB))]
