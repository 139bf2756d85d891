"""One run of an exchange with a portal: its order, its row, one at a time, and how it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from council import Kept
from portal_there import PORTAL, WORKER, Exchange, beside, started
from sqlalchemy import select, update

from quarterday import NotConfigured, Retryable
from quarterday.db import queue
from quarterday.db.models import OutboxRow, PortalRun, Review
from quarterday.db.one_at_a_time import one_at_a_time
from quarterday.db.outbox import Due
from quarterday.services.background import syncing
from quarterday.services.background.exchanges import ask_for
from quarterday.services.background.kinds import errands
from quarterday.services.background.reading import ask_for_readings
from quarterday.services.plugins.children import Children, Reading, Terms
from quarterday.services.plugins.process import PluginFault
from quarterday.services.portals import exchanging
from quarterday.services.portals.reconciling import reconciliation
from quarterday.services.portals.runs import Purpose
from quarterday.services.reminders.syncs import failing_syncs
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    yield from started(tmp_path_factory)


@pytest.fixture
def exchange(children: Children, kept_council: Kept, council_url: str, tmp_path: Path) -> Iterator[Exchange]:
    yield from beside(children, kept_council.council, council_url, tmp_path / "there.db")


def runs(exchange: Exchange) -> list[tuple[str, str, bool]]:
    """The runs: who asked, what cut each short, and whether it ended."""
    with exchange.uow.read(WORKER) as work:
        rows = work.all(select(PortalRun).order_by(PortalRun.c.id))
    return [(row.actor, row.error, row.ended_at is not None) for row in rows]


def test_what_a_portal_repeats_of_what_somebody_wrote_is_not_kept_with_the_reason(exchange: Exchange) -> None:
    exchange.there.tell(repeats="yes")
    assert exchange.sync().counts["stopped"] > 0
    reasons = {row.why for row in exchange.records().values() if row.state == "stopped"}
    assert reasons == {"It is too long: …"}


def test_what_is_set_shows_in_no_order(exchange: Exchange) -> None:
    """Secrets are among the settings, and what a log shows of an order is its ``repr``."""
    council = exchange.council.authority_id
    given = {"portal": PORTAL, "authority_id": council, "actor_name": "cli"}
    found = exchanging.with_portal(exchange.uow, exchange.children, **given)
    orders = (Reading(PORTAL, found.values, "", council), Terms(PORTAL, found.values, council))
    assert found.values["where"] == str(exchange.there.file)
    assert all(str(exchange.there.file) not in repr(one) for one in (found, *orders))


def test_what_was_read_before_a_stop_is_counted(exchange: Exchange) -> None:
    exchange.sync()
    exchange.there.tell(reading="later")
    with pytest.raises(Retryable):
        exchange.sync()
    with exchange.uow.read(WORKER) as work:
        cut = work.all(select(PortalRun.c.counts).order_by(PortalRun.c.id))[-1].counts
    exchange.there.tell()
    assert 0 < cut["read"] == len(exchange.there.records()) - exchange.sync().counts["read"]


def test_what_was_left_under_way_waits_while_its_kind_does_not_go_out(exchange: Exchange) -> None:
    """Whether it arrived, nobody knows: it goes again under the same key once it may."""
    exchange.set(kinds="contract")
    exchange.sync()
    exchange.set(kinds="contract commitment")
    exchange.there.tell(after="later")
    with pytest.raises(Retryable):
        exchange.sync()
    ((key, _),) = exchange.there.calls()[1:]
    exchange.there.tell()
    for withdrawn in ({"kinds": "contract"}, {"kinds": "contract commitment", "inward": "commitment"}):
        exchange.set(mapping="2", **withdrawn)
        assert exchange.sync().counts["sent"] == 0
    exchange.set(mapping="1", inward="")
    counts = exchange.sync().counts
    assert counts["sent"] == counts["taken"] > 0
    assert exchange.there.calls()[-1][0] == key
    assert set(exchange.there.versions().values()) == {1}


def test_ours_go_out_and_theirs_come_in(exchange: Exchange) -> None:
    exchange.set(kinds="contract entry verdict", owner="theirs")
    first = exchange.sync()
    assert first.counts["sent"] == first.counts["taken"] == len(exchange.there.records())
    echoed = exchange.sync()
    assert (echoed.counts["read"], echoed.counts["sent"]) == (len(exchange.there.records()), 0)
    exchange.there.change("verdict/2", decision="rejected", quantity="")
    third = exchange.sync()
    assert (third.counts["read"], third.counts["sent"], third.error) == (1, 0, "")
    with exchange.uow.read(WORKER) as work:
        newest = work.all(select(Review).where(Review.c.entry_id == 2).order_by(Review.c.id.desc()))[0]
    assert (newest.decision, newest.actor) == ("rejected", "portal")
    last = exchange.sync()
    assert (last.counts["read"], last.counts["sent"]) == (0, 0)
    assert runs(exchange) == [("worker", "", True)] * 4
    assert exchange.states() == {"same": len(exchange.there.records())}


def test_what_was_overtaken_is_settled_by_what_is_read_then(exchange: Exchange) -> None:
    exchange.set(kinds="verdict", owner="theirs")
    exchange.send()
    exchange.there.change("verdict/2", decision="queried", quantity="")
    reviews.reject(exchange.uow, OPERATOR, entry_id=2, reason="No.")
    assert exchange.send().overtaken == 1
    exchange.sync()
    exchange.sync()
    with exchange.uow.read(WORKER) as work:
        newest = work.all(select(Review).where(Review.c.entry_id == 2).order_by(Review.c.id.desc()))[0]
    assert (newest.decision, newest.actor) == ("queried", "portal")
    assert exchange.there.records()["verdict/2"]["decision"] == "queried"
    assert exchange.states() == {"same": len(exchange.there.records())}


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ("later", Retryable, "Come back later."),
        ("unset", NotConfigured, "Say where."),
        ("break", PluginFault, "The sink “keeping” failed"),
    ],
)
def test_what_cut_a_run_short_is_said_with_it(exchange: Exchange, how: str, error: type[Exception], said: str) -> None:
    exchange.set(kinds="contract")
    exchange.there.tell(before=how)
    with pytest.raises(error):
        exchange.sync()
    ((_, why, ended),) = runs(exchange)
    assert (said in why, ended) == (True, True)
    exchange.there.tell()
    assert exchange.sync().counts["taken"] == 3


def test_a_run_that_was_killed_is_said_to_be_cut_short_by_the_next(exchange: Exchange) -> None:
    exchange.set(kinds="contract")
    exchange.sending()
    exchange.sync()
    assert [why for _, why, _ in runs(exchange)] == ["It was cut short; the next run went on where it was.", ""]


def test_of_two_at_once_the_second_says_so_and_does_nothing(exchange: Exchange) -> None:
    over = f"portal-{exchange.council.authority_id}-{PORTAL}"
    with one_at_a_time(exchange.uow.engine, over, "now"):
        with pytest.raises(Retryable, match="are being exchanged with this portal already"):
            exchange.sync()
        with one_at_a_time(exchange.uow.engine, "portal-9-keeping", "of another authority"):
            pass
    assert runs(exchange) == []
    exchange.set(kinds="contract")
    assert exchange.sync().counts["taken"] == 3


def test_what_is_no_portal_is_exchanged_with_nobody(exchange: Exchange) -> None:
    given = {"portal": "returned-mail", "authority_id": exchange.council.authority_id, "actor_name": "cli"}
    with pytest.raises(NotConfigured, match="No plugin offers the portal “returned-mail”"):
        syncing.sync(exchange.uow, exchange.children, **given)
    assert runs(exchange) == []


def test_a_run_is_asked_for_where_a_reading_would_be_and_done_from_the_outbox(exchange: Exchange) -> None:
    exchange.set(kinds="contract")
    assert ask_for_readings(exchange.uow, AT) == 1
    assert ask_for_readings(exchange.uow, AT + timedelta(minutes=15)) == 0, "it is still to come"
    with exchange.uow.read(WORKER) as work:
        (row,) = work.all(select(OutboxRow).where(OutboxRow.c.kind == queue.SYNC))
    assert (row.authority_id, row.payload) == (exchange.council.authority_id, {"source": PORTAL})
    due = Due(row.id, row.authority_id, row.kind, row.key, row.payload, 1, 0)
    said = errands(exchange.children)[queue.SYNC].run(exchange.uow, due)
    assert said == "Read: 0, sent: 3, taken there: 3, stopped: 0, conflicts: 0."


def test_the_comparison_that_somebody_asks_for_is_done_from_the_outbox(exchange: Exchange) -> None:
    exchange.set(kinds="contract")
    exchange.sync()
    of = {"portal": PORTAL, "authority_id": exchange.council.authority_id}
    for purpose in (Purpose.RECONCILE, Purpose.SYNC):
        assert ask_for(exchange.uow, exchange.council.staff, **of, purpose=purpose)
    with exchange.uow.read(WORKER) as work:
        rows = work.all(select(OutboxRow).where(OutboxRow.c.kind == queue.SYNC).order_by(OutboxRow.c.id))
    for row in rows:
        due = Due(row.id, row.authority_id, row.kind, row.key, row.payload, 1, 0)
        errands(exchange.children)[queue.SYNC].run(exchange.uow, due)
    with exchange.uow.read(WORKER) as work:
        found = work.all(select(PortalRun.c.purpose).order_by(PortalRun.c.id))
    assert [row.purpose for row in found] == ["sync", "reconcile", "sync"]
    staff = exchange.council.staff
    compared = reconciliation(exchange.uow, staff, portal=PORTAL, authority_id=exchange.council.authority_id)
    assert compared is not None
    assert compared.is_alike


def test_a_run_that_keeps_failing_is_a_failing_sync(exchange: Exchange) -> None:
    ask_for_readings(exchange.uow, AT)
    with exchange.uow.begin(WORKER) as work:
        failed = {"attempts": 3, "error": "Come back later."}
        work.connection.execute(update(OutboxRow).where(OutboxRow.c.kind == queue.SYNC).values(**failed))
        (found,) = failing_syncs(work, times=3)
    assert (found.authority_id, found.part, found.why) == (exchange.council.authority_id, PORTAL, "Come back later.")


def test_a_sink_that_keeps_breaking_rests_though_it_is_read_well(exchange: Exchange) -> None:
    exchange.set(kinds="contract")
    exchange.there.tell(before="break")
    for _ in range(3):
        with pytest.raises(PluginFault):
            exchange.sync()
    with pytest.raises(NotConfigured, match="is paused here"):
        exchange.sync()
    assert len(exchange.there.calls()) == 3
