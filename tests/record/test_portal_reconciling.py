"""Reconciling with a portal, and sending again: what each side has alone, what differs, totals that hide nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from council import Kept
from portal_there import PORTAL, WORKER, Exchange, beside, started
from sqlalchemy import delete, select

from quarterday.db.models import PortalRecord, PortalRun, Review
from quarterday.domain.portal_records import RecordKind
from quarterday.errors import NotConfigured, Refused, Retryable
from quarterday.services.plugins.children import Children
from quarterday.services.plugins.process import PluginFault
from quarterday.services.portals import conflicts
from quarterday.services.portals.compared import Reconciliation, Tally, Which
from quarterday.services.portals.deciding import settle
from quarterday.services.portals.exchanging import one_exchange
from quarterday.services.portals.reconciling import reconcile, reconciliation
from quarterday.services.portals.replaying import replay
from quarterday.services.portals.runs import Run, begin, runs


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    yield from started(tmp_path_factory)


@pytest.fixture
def exchange(children: Children, kept_council: Kept, council_url: str, tmp_path: Path) -> Iterator[Exchange]:
    for one in beside(children, kept_council.council, council_url, tmp_path / "there.db"):
        one.sync()
        yield one


def given(exchange: Exchange) -> dict[str, object]:
    return {"authority_id": exchange.council.authority_id, "portal": PORTAL, "actor_name": "cli"}


def reconciled(exchange: Exchange) -> Reconciliation:
    return reconcile(exchange.uow, exchange.children, **given(exchange))


def replayed(exchange: Exchange, **wanted: object) -> Run:
    return replay(exchange.uow, exchange.children, **given(exchange), **wanted)


def tally(found: Reconciliation, kind: RecordKind) -> Tally:
    return next(one for one in found.tallies if one.kind is kind)


def named(found: Reconciliation, which: Which) -> dict[str, tuple[str, ...]]:
    return {one.key or one.external_id: one.fields for one in found.differences if one.which is which}


def of_kind(exchange: Exchange, kind: str) -> list[str]:
    return [key for key in exchange.there.records() if key.startswith(f"{kind}/")]


def test_after_an_exchange_both_sides_are_alike_to_the_last_fraction(exchange: Exchange) -> None:
    found = reconciled(exchange)
    assert found.is_alike
    assert found.listed == len(exchange.there.records()) == sum(one.alike for one in found.tallies)
    assert {one.kind for one in found.tallies} == set(RecordKind)
    assert {one.kind for one in found.totals} == {RecordKind.COMMITMENT, RecordKind.ENTRY, RecordKind.VERDICT}
    assert all(one.is_alike for one in found.totals)
    hours = next(one for one in found.totals if (one.kind, one.measure) == (RecordKind.ENTRY, "HOURS"))
    assert hours.ours == hours.theirs == Fraction(16, 3), "a third of 2 hours for 8 people"
    assert found.differences == []


def test_what_each_side_has_alone_and_what_differs_is_named(exchange: Exchange) -> None:
    contract, *_ = of_kind(exchange, "contract")
    entry = next(
        key for key, one in exchange.there.records().items() if one.get("measure") == "GIFTS" and "first" in one
    )
    gone = next(
        key for key, one in exchange.there.records().items() if one.get("measure") == "WASTE" and "first" in one
    )
    was = Fraction(exchange.there.records()[entry]["quantity"])
    exchange.there.change(entry, quantity="9000")
    exchange.there.forget(gone)
    exchange.there.put("contract", "", contract="ELSEWHERE", title="Theirs", starts="2026-04-01", ends="2027-03-31")
    found = reconciled(exchange)
    assert not found.is_alike
    assert named(found, Which.DIFFERENT) == {entry: ("quantity",)}
    assert named(found, Which.ONLY_HERE) == {gone: ()}
    ((alone, _),) = named(found, Which.ONLY_THERE).items()
    assert alone.startswith("P-")
    entries, contracts = tally(found, RecordKind.ENTRY), tally(found, RecordKind.CONTRACT)
    assert (entries.only_here, entries.gone, entries.different, entries.asked) == (1, 1, 1, 2)
    assert entries.ours == entries.alike + entries.different + entries.only_here
    assert entries.theirs == entries.alike + entries.different + entries.only_there
    assert (contracts.only_there, contracts.unmapped, contracts.theirs) == (1, 1, contracts.ours + 1)
    gifts = next(one for one in found.totals if (one.kind, one.measure) == (RecordKind.ENTRY, "GIFTS"))
    assert gifts.theirs - gifts.ours == 9000 - was
    waste = next(one for one in found.totals if (one.kind, one.measure) == (RecordKind.ENTRY, "WASTE"))
    assert waste.ours > waste.theirs
    assert contract in exchange.there.records()


def test_a_page_needs_no_call(exchange: Exchange) -> None:
    council = exchange.council
    whose = {"authority_id": council.authority_id, "portal": PORTAL}
    assert reconciliation(exchange.uow, council.staff, **whose) is None
    exchange.there.change(of_kind(exchange, "contract")[0], title="Another title")
    found = reconciled(exchange)
    exchange.there.file.unlink()
    assert reconciliation(exchange.uow, council.staff, **whose) == found
    assert reconciliation(exchange.uow, council.staff, **whose, run_id=found.run_id) == found
    assert json.loads(json.dumps(found.counts())) == found.counts()
    (run, *_) = runs(exchange.uow, council.staff, **whose, purpose="reconcile")
    assert (run.id, run.actor, run.error) == (found.run_id, "cli", "")


def test_what_cannot_go_there_is_said_apart_and_hidden_by_no_total(exchange: Exchange) -> None:
    """A measure without a counterpart: what both sides have of it isn't alike, even where the sums were."""
    exchange.there.do("DELETE FROM record")
    exchange.there.do("DELETE FROM done")
    exchange.set(mapping="2")
    exchange.there.tell(without="WEEKS")
    with exchange.uow.begin(WORKER) as work:
        work.connection.execute(delete(PortalRecord))
    exchange.sync()
    found = reconciled(exchange)
    entries = tally(found, RecordKind.ENTRY)
    assert entries.stopped == entries.only_here > 0
    weeks = next(one for one in found.totals if (one.kind, one.measure) == (RecordKind.ENTRY, "WEEKS"))
    assert (weeks.stopped, weeks.theirs, weeks.is_alike) == (entries.stopped, 0, False)
    assert all(one.is_alike for one in found.totals if one.measure != "WEEKS")
    assert not found.is_alike


def test_what_is_not_sent_is_not_missed_there(exchange: Exchange) -> None:
    """Decisions only come in: those on which they said nothing are theirs to make, and in no total."""
    decided = of_kind(exchange, "verdict")
    exchange.there.do("DELETE FROM record WHERE key IN (?, ?)", *decided[:2])
    exchange.set(inward="verdict")
    with exchange.uow.begin(WORKER) as work:
        work.connection.execute(delete(PortalRecord).where(PortalRecord.c.kind == "verdict"))
    found = reconciled(exchange)
    verdicts = tally(found, RecordKind.VERDICT)
    assert (verdicts.unsent, verdicts.only_here, verdicts.alike) == (2, 0, len(decided) - 2)
    assert all(one.is_alike for one in found.totals)
    assert found.is_alike


def test_what_is_gone_there_is_asked_about_and_comes_back_or_stays(exchange: Exchange) -> None:
    council = exchange.council
    first, second, *_ = of_kind(exchange, "entry")
    for key in (first, second):
        exchange.there.forget(key)
    reconciled(exchange)
    whose = {"authority_id": council.authority_id}
    one, other = conflicts.conflicts(exchange.uow, council.staff, **whose)
    assert (one.key, one.theirs, one.proposed, one.decisions) == (first, None, "ours", ("ours", "leave"))
    assert exchange.sync().counts["sent"] == 0, "nothing that somebody deleted is sent again without asking"
    settle(exchange.uow, council.staff, conflict_id=one.id, decision="ours")
    settle(exchange.uow, council.staff, conflict_id=other.id, decision="leave")
    assert exchange.sync().counts["taken"] == 1
    assert first in exchange.there.records()
    assert second not in exchange.there.records()
    found = reconciled(exchange)
    assert tally(found, RecordKind.ENTRY).gone == 1
    assert conflicts.conflicts(exchange.uow, council.staff, **whose) == [], "it was left as it is"
    exchange.there.put("entry", second, **dict(other.ours or {}))
    reconciled(exchange)
    assert reconciled(exchange).is_alike, "it was put back over there"


def test_a_portal_that_lists_nothing_at_all_has_lost_nothing(exchange: Exchange) -> None:
    exchange.there.do("DELETE FROM record")
    found = reconciled(exchange)
    assert found.listed == 0
    assert all(one.only_here == one.ours and not one.gone for one in found.tallies)
    assert conflicts.conflicts(exchange.uow, exchange.council.staff, authority_id=exchange.council.authority_id) == []


def test_what_can_not_be_read_of_a_listing_is_not_taken_to_be_gone(exchange: Exchange) -> None:
    """Nor is anything else: which record it is that can't be read, nobody knows."""
    staff, key = exchange.council.staff, of_kind(exchange, "contract")[0]
    before = exchange.there.records()
    exchange.there.change(key, title="x" * 3000)
    found = reconciled(exchange)
    assert (found.rejected, tally(found, RecordKind.CONTRACT).only_here) == (1, 1)
    assert conflicts.conflicts(exchange.uow, staff, authority_id=exchange.council.authority_id) == []
    exchange.there.forget(key)
    exchange.there.put("contract", key, **before[key])
    assert reconciled(exchange).is_alike


def test_nothing_is_compared_with_half_a_listing(exchange: Exchange) -> None:
    exchange.there.tell(listing="later")
    with pytest.raises(Retryable, match="Come back"):
        reconciled(exchange)
    whose = {"authority_id": exchange.council.authority_id, "portal": PORTAL}
    assert reconciliation(exchange.uow, exchange.council.staff, **whose) is None
    (run, *_) = runs(exchange.uow, exchange.council.staff, **whose, purpose="reconcile")
    assert (run.error, run.ended_at is not None) == ("Come back later.", True)
    assert 0 < run.counts["listed"] < len(exchange.there.records())
    assert exchange.states() == {"same": len(exchange.records())}
    exchange.there.tell(listing="break")
    with pytest.raises(PluginFault):
        reconciled(exchange)
    exchange.there.tell()
    assert reconciled(exchange).is_alike


def test_one_exchange_at_a_time(exchange: Exchange) -> None:
    with (
        one_exchange(exchange.uow, authority_id=exchange.council.authority_id, portal=PORTAL),
        pytest.raises(Retryable, match="being exchanged with this portal already"),
    ):
        reconciled(exchange)
    with pytest.raises(NotConfigured, match="No plugin offers the portal “folder”"):
        reconcile(exchange.uow, exchange.children, **{**given(exchange), "portal": "folder"})


def test_what_was_sent_goes_again_under_the_same_keys_and_nothing_doubles(exchange: Exchange) -> None:
    before, keys = exchange.records(), sends(exchange)
    versions = exchange.there.versions()
    run = replayed(exchange)
    assert (run.purpose, run.error, run.counts["sent"]) == ("replay", "", len(before))
    assert run.counts["taken"] == len(before)
    again = sends(exchange)[len(keys) :]
    assert sorted(again) == sorted(keys)
    assert exchange.there.versions() == versions, "each key acts once"
    after = exchange.records()
    for key, row in after.items():
        was = before[key]
        assert (row.sent_key, row.sends, row.agreed, row.version) == (was.sent_key, was.sends, was.agreed, was.version)
        assert (row.external_id, row.their_version, row.state) == (was.external_id, was.their_version, "same")
    assert exchange.sync().counts["sent"] == 0


def test_one_record_and_what_was_sent_since_a_moment_can_go_alone(exchange: Exchange) -> None:
    key = of_kind(exchange, "entry")[0]
    assert replayed(exchange, record=key).counts["sent"] == 1
    assert replayed(exchange, since=exchange.uow.clock()).counts["sent"] == len(exchange.records())
    exchange.uow.clock.now = exchange.uow.clock().replace(hour=23)
    assert replayed(exchange, since=exchange.uow.clock()).counts["sent"] == 0
    with pytest.raises(Refused, match="“entry/999999” was never sent"):
        replayed(exchange, record="entry/999999")
    with pytest.raises(Refused, match="“nonsense” was never sent"):
        replayed(exchange, record="nonsense")


def test_a_portal_that_was_put_back_has_everything_again(exchange: Exchange) -> None:
    """It forgot some records and their keys, and has an earlier version of others."""
    lost, older, *_ = of_kind(exchange, "contract")
    everything = exchange.there.records()
    exchange.there.do("UPDATE record SET version = 5")
    with exchange.uow.begin(WORKER) as work:
        work.connection.exec_driver_sql("UPDATE portal_record SET their_version = '5'")
    exchange.there.forget(lost)
    exchange.there.do("DELETE FROM done")
    exchange.there.do(
        "UPDATE record SET fields = ?, version = 4 WHERE key = ?",
        json.dumps({**everything[older], "title": "Earlier"}),
        older,
    )
    run = replayed(exchange)
    assert run.counts["overtaken"] == 0
    assert exchange.there.records() == everything
    assert reconciled(exchange).is_alike
    assert exchange.sync().counts["sent"] == 0


def test_sending_again_overwrites_nothing_that_was_changed_there(exchange: Exchange) -> None:
    key = of_kind(exchange, "contract")[0]
    exchange.there.do("DELETE FROM done")
    exchange.there.change(key, title="Another title")
    replayed(exchange)
    assert exchange.there.records()[key]["title"] == "Another title"
    (one,) = conflicts.conflicts(exchange.uow, exchange.council.staff, authority_id=exchange.council.authority_id)
    assert one.key == key


def test_what_waits_in_the_inbox_finds_its_place_by_a_mapping_that_was_mended(exchange: Exchange) -> None:
    entry = of_kind(exchange, "entry")[0].partition("/")[2]
    exchange.there.put("verdict", "", entry="999999", decision="queried", quantity="")
    name = exchange.there.do("SELECT id FROM record ORDER BY id DESC")[0]["id"]
    exchange.there.do("UPDATE record SET words = 'Whose is it?' WHERE id = ?", name)
    exchange.sync()
    assert [row.state for row in rows(exchange) if row.external_id == f"P-{name}"] == ["waiting"]
    exchange.there.do(
        "UPDATE record SET fields = ? WHERE id = ?",
        json.dumps({"entry": entry, "decision": "queried", "quantity": ""}),
        name,
    )
    replayed(exchange)
    assert ("same", int(entry)) in [(row.state, row.our_id) for row in rows(exchange) if row.external_id == f"P-{name}"]
    with exchange.uow.read(WORKER) as work:
        filed = work.all(select(Review).where(Review.c.entry_id == int(entry)).order_by(Review.c.id))
    assert (filed[-1].decision, filed[-1].actor) == ("queried", "portal")


def sends(exchange: Exchange) -> list[str]:
    """The idempotency keys that came there, in order."""
    return [one["send"] for _, records in exchange.there.calls() for one in records]


def rows(exchange: Exchange) -> list[object]:
    with exchange.uow.read(WORKER) as work:
        return work.all(select(PortalRecord))


def test_a_run_that_never_ended_is_said_to_have_been_cut_short(exchange: Exchange) -> None:
    with exchange.uow.begin(WORKER) as work:
        cut = begin(work, exchange.council.authority_id, PORTAL, "reconcile", "worker")
    reconciled(exchange)
    with exchange.uow.read(WORKER) as work:
        row = work.one(select(PortalRun).where(PortalRun.c.id == cut))
    assert row is not None
    assert row.error == "It was cut short; the next run went on where it was."
