"""Sending to a portal: what changed goes out once, whatever broke in between, and nothing there is overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from council import ENDS, Kept
from hostile_site import install
from portal_there import PORTAL, WORKER, Exchange, There
from sqlalchemy import select, update

from quarterday import NotConfigured, Retryable
from quarterday.db.engine import open_engine
from quarterday.db.models import AuditRow, PortalConflict, PortalRecord
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.contracts import MemberRole
from quarterday.domain.portal_records import RecordKind
from quarterday.registry import installed
from quarterday.services.plugins.children import Children, Limits
from quarterday.services.plugins.process import PluginFault
from quarterday.services.portals import ours
from quarterday.services.portals.sending import Sent
from quarterday.services.promises import ends
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    folder = tmp_path_factory.mktemp("portal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDAY_DATA_DIR", str(folder))
        install(folder / "site-packages", patch, "keeping")
        with Children(Limits(seconds=20)) as children:
            yield children
    installed.cache_clear()


@pytest.fixture
def exchange(children: Children, kept_council: Kept, council_url: str, tmp_path: Path) -> Iterator[Exchange]:
    engine = open_engine(council_url)
    found = Exchange(UnitOfWork(engine, Clock(ENDS)), children, kept_council.council, There(tmp_path / "there.db"))
    found.set()
    yield found
    engine.dispose()


def ours_now(exchange: Exchange) -> dict[str, dict[str, str]]:
    """What the authority has to give, without what is withdrawn."""
    terms = exchange.terms()
    with exchange.uow.read(WORKER) as work:
        found = [
            one
            for kind in terms.agreements
            for one in ours.everything(work, exchange.council.authority_id, kind, terms)
        ]
    return {one.key: dict(one.fields) for one in found if not one.is_withdrawn}


def without_links(records: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {key: fields | ({"link": ""} if "link" in fields else {}) for key, fields in records.items()}


def test_all_goes_out_once(exchange: Exchange) -> None:
    everything = ours_now(exchange)
    assert {key.partition("/")[0] for key in everything} == set(RecordKind)
    assert exchange.send() == Sent(sent=len(everything), taken=len(everything))
    assert without_links(exchange.there.records()) == everything
    assert set(exchange.there.versions().values()) == {1}
    assert exchange.states() == {"same": len(everything)}
    for key, row in exchange.records().items():
        assert row.agreed == row.theirs_digest != ""
        assert (row.sent, row.sends, row.batch_id is not None) == (row.theirs, 1, True)
        assert (row.external_id[:2], row.their_version) == ("P-", "1"), key
    calls = len(exchange.there.calls())
    assert exchange.send() == Sent()
    assert len(exchange.there.calls()) == calls == 5


def test_only_what_changed_goes_out_again(exchange: Exchange, children: Children) -> None:
    exchange.send()
    first = dict(exchange.records())
    contract, entry = exchange.council.own_values, 2
    ends.change_end(exchange.uow, OPERATOR, contract_id=contract, ends=ENDS.date().replace(year=2027), reason="Sold.")
    reviews.reject(exchange.uow, OPERATOR, entry_id=entry, reason="It is in the books twice.")
    done = exchange.send()
    changed = {key for key, version in exchange.there.versions().items() if version > 1}
    assert done.taken == len(changed)
    assert {f"contract/{contract}", f"verdict/{entry}"} <= changed
    assert exchange.there.records()[f"verdict/{entry}"] == {"entry": "2", "decision": "rejected", "quantity": ""}
    assert exchange.there.words()[f"verdict/{entry}"] == "It is in the books twice."
    after = exchange.records()
    for key in changed:
        assert (after[key].sends, after[key].their_version) == (2, "2")
        assert after[key].sent_key != first[key].sent_key
    sent = {one["key"]: one for _, records in exchange.there.calls()[5:] for one in records}
    assert sent.keys() == changed
    assert (sent[f"contract/{contract}"]["external_id"], sent[f"contract/{contract}"]["version"]) == (
        first[f"contract/{contract}"].external_id,
        "1",
    )


def test_a_version_that_changed_for_nothing_sends_nothing(exchange: Exchange) -> None:
    """Somebody says the same once more: another fact, and no other content."""
    exchange.send()
    reviews.reject(exchange.uow, OPERATOR, entry_id=1, reason="Still.")
    assert exchange.send() == Sent()
    assert exchange.records()["verdict/1"].version != ""
    with exchange.uow.read(WORKER) as work:
        given = (work, exchange.council.authority_id, PORTAL, RecordKind.VERDICT, exchange.terms())
        assert ours.changed(*given) == [], "it was looked at, and isn't again"


class Killed(UnitOfWork):
    """A record whose process ends at one of its transactions: before it begins, or once it is committed."""

    def __init__(self, uow: UnitOfWork, at: int, *, committed: bool) -> None:
        super().__init__(uow.engine, uow.clock)
        self.left, self._committed = at, committed

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[Work]:
        self.left -= 1
        if self.left == 0 and not self._committed:
            raise KeyboardInterrupt
        with super().begin(actor) as work:
            yield work
        if self.left == 0:
            raise KeyboardInterrupt


def test_a_run_that_is_killed_anywhere_loses_nothing_and_does_nothing_twice(exchange: Exchange) -> None:
    """Each run is killed a transaction later than the one before, until one gets to its end."""
    exchange.set(kinds="contract entry verdict", batch=6)
    everything = ours_now(exchange)
    kills = 0
    for at in range(1, 30):
        killed = Killed(exchange.uow, 1 + at // 2, committed=bool(at % 2))
        sending = exchange.sending(killed)
        try:
            sending.again()
            sending.changes()
        except KeyboardInterrupt:
            kills += 1
        if killed.left > 0:
            break
    assert kills >= 6
    assert exchange.send().sent == 0
    assert exchange.there.records() == everything
    assert set(exchange.there.versions().values()) == {1}
    assert exchange.states() == {"same": len(everything)}
    assert {batch.state for batch in exchange.batches()} == {"done"}
    assert {batch.content for batch in exchange.batches()} == {""}
    by_key: dict[str, set[str]] = {}
    for key, records in exchange.there.calls():
        by_key.setdefault(key, set()).add(str(records))
    assert {len(contents) for contents in by_key.values()} == {1}, "one content under a key"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("how", "error"), [("later", Retryable), ("unset", NotConfigured), ("break", PluginFault)])
def test_what_failed_goes_again_under_the_same_keys(
    exchange: Exchange, when: str, how: str, error: type[Exception]
) -> None:
    exchange.set(kinds="contract")
    exchange.there.tell(**{when: how})
    with pytest.raises(error):
        exchange.send()
    (batch,) = exchange.batches()
    assert (batch.state, batch.records, exchange.states()) == ("under way", 3, {"under way": 3})
    exchange.there.tell()
    assert exchange.send() == Sent(sent=3, taken=3)
    first, second = exchange.there.calls()
    assert first == second
    assert set(exchange.there.versions().values()) == {1}
    assert exchange.states() == {"same": 3}


def test_a_portal_whose_process_ends_did_it_or_did_not_and_it_is_done_once(exchange: Exchange) -> None:
    exchange.set(kinds="contract")
    for when in ("before", "after"):
        exchange.there.tell(**{when: "end"})
        with pytest.raises(PluginFault, match="ended its process"):
            exchange.send()
    exchange.there.tell()
    assert exchange.send().taken == 3
    assert set(exchange.there.versions().values()) == {1}


def test_what_a_portal_that_is_down_left_under_way_goes_in_order_before_what_changed(exchange: Exchange) -> None:
    exchange.set(kinds="contract entry", batch=2)
    exchange.there.tell(before="later")
    with pytest.raises(Retryable):
        exchange.send()
    handed_over = [records[0]["record"] for _, records in exchange.there.calls()]
    assert set(handed_over) == {"contract"}  # an entry that goes ahead of its contract would be refused
    exchange.there.tell()
    exchange.send()
    kinds = [records[0]["record"] for _, records in exchange.there.calls()]
    assert kinds.index("contract") < kinds.index("entry")
    assert exchange.there.records() == ours_now(exchange)
    assert set(exchange.there.versions().values()) == {1}


def test_what_is_refused_as_a_whole_is_stopped_with_the_reason_until_the_mapping_is_another(
    exchange: Exchange,
) -> None:
    exchange.set(kinds="contract")
    exchange.there.tell(before="refuse")
    assert exchange.send() == Sent(sent=3, stopped=3)
    (batch,) = exchange.batches()
    assert (batch.state, batch.answer, batch.content) == ("refused", "We take nothing from you.", "")
    assert {row.why for row in exchange.records().values()} == {"We take nothing from you."}
    exchange.there.tell()
    assert exchange.send() == Sent()
    exchange.set(mapping="2")
    assert exchange.send() == Sent(sent=3, taken=3)
    assert exchange.states() == {"same": 3}


def test_one_record_without_a_counterpart_stops_alone(exchange: Exchange) -> None:
    exchange.set(kinds="commitment")
    exchange.there.tell(without="JOBS")
    everything = ours_now(exchange)
    stopped = {key for key, fields in everything.items() if fields["measure"] == "JOBS"}
    assert exchange.send() == Sent(sent=len(everything), taken=len(everything) - len(stopped), stopped=len(stopped))
    assert exchange.there.records().keys() == everything.keys() - stopped
    assert {key: row.why for key, row in exchange.records().items() if row.state == "stopped"} == dict.fromkeys(
        stopped, "“JOBS” has no counterpart there."
    )
    assert exchange.send() == Sent(), "nothing has changed"
    exchange.set(mapping="2")
    assert exchange.send() == Sent(sent=len(stopped), stopped=len(stopped))
    exchange.there.tell()
    exchange.set(mapping="3")
    assert exchange.send().taken == len(stopped)
    assert exchange.there.records() == everything


def test_what_was_changed_there_meanwhile_is_not_overwritten(exchange: Exchange) -> None:
    exchange.set(kinds="verdict")
    exchange.send()
    exchange.there.change("verdict/2", decision="queried", quantity="")
    reviews.reject(exchange.uow, OPERATOR, entry_id=2, reason="No.")
    assert exchange.send() == Sent(sent=1, overtaken=1)
    row = exchange.records()["verdict/2"]
    assert (row.state, row.version) == ("waiting", "")
    assert row.why == "It was changed in the portal meanwhile; what is there now is read first."
    assert exchange.there.records()["verdict/2"]["decision"] == "queried"


def test_what_is_read_of_a_record_on_its_way_stays(exchange: Exchange) -> None:
    """It was sent, the answer was lost, somebody changed it there, and that was read before it is sent again."""
    exchange.set(kinds="verdict")
    exchange.there.tell(after="later")
    with pytest.raises(Retryable):
        exchange.send()
    exchange.there.tell()
    theirs = {"entry": "2", "decision": "queried", "quantity": ""}
    with exchange.uow.begin(WORKER) as work:
        read = {"theirs": theirs, "theirs_digest": "d" * 64, "their_version": "2", "why": ""}
        work.connection.execute(update(PortalRecord).where(PortalRecord.c.our_id == 2).values(**read))
    sending = exchange.sending()
    sending.again()
    row = exchange.records()["verdict/2"]
    assert (row.theirs, row.theirs_digest, row.their_version) == (theirs, "d" * 64, "2")
    assert row.agreed == ours.digest_of(RecordKind.VERDICT, row.sent)
    assert (row.state, row.version) == ("same", ""), "it is looked at again"
    others = [one for one in exchange.records().values() if one.our_id != 2]
    assert {one.theirs_digest == one.agreed for one in others} == {True}


@pytest.mark.parametrize(
    ("owner", "besides", "sent", "ruled"),
    [("ours", {}, 1, 1), ("newest", {}, 0, 0), ("ours", {"trouble": "“title” can't be read."}, 0, 0)],
)
def test_two_changes_are_a_conflict_that_is_shown(
    exchange: Exchange, owner: str, besides: dict[str, str], sent: int, ruled: int
) -> None:
    exchange.set(kinds="contract", owner=owner)
    exchange.send()
    contract = exchange.council.own_values
    ends.change_end(exchange.uow, OPERATOR, contract_id=contract, ends=ENDS.date().replace(year=2027), reason="Sold.")
    exchange.there.change(f"contract/{contract}", title="Another")
    theirs = exchange.there.records()[f"contract/{contract}"] | besides
    digest = ours.digest_of(RecordKind.CONTRACT, theirs)
    with exchange.uow.begin(WORKER) as work:
        read = {"theirs": theirs, "theirs_digest": digest, "their_version": "2"}
        work.connection.execute(update(PortalRecord).where(PortalRecord.c.our_id == contract).values(**read))
    assert exchange.send() == Sent(sent=sent, taken=sent, conflicts=1 - ruled, ruled=ruled)
    with exchange.uow.read(WORKER) as work:
        (conflict,) = work.all(select(PortalConflict))
    assert (conflict.ours["ends"], conflict.theirs, conflict.is_ruled) == ("2027-11-02", theirs, bool(ruled))
    there = exchange.there.records()[f"contract/{contract}"]
    assert there["title"] == ("Works NM-1" if ruled else "Another")
    assert exchange.states() == ({"same": 3} if ruled else {"same": 2, "conflict": 1})
    assert exchange.send() == Sent(), "nobody is asked twice"


def test_who_is_of_another_authority_finds_nothing_to_give(exchange: Exchange) -> None:
    others = Actor("user/9", user_id=9, authority_id=exchange.council.neighbour_id, role=MemberRole.ADMINISTRATOR)
    for actor in (others, exchange.council.supplier, Actor("somebody")):
        with exchange.uow.read(actor) as work:
            for kind in RecordKind:
                given = (exchange.council.authority_id, kind)
                assert ours.ours_of(work, *given, [1, 2], exchange.terms()) == {}
                assert list(ours.everything(work, *given, exchange.terms())) == []
                assert ours.changed(work, given[0], PORTAL, kind, exchange.terms()) == []


def test_what_went_out_is_in_the_audit_trail(exchange: Exchange) -> None:
    exchange.set(kinds="contract")
    exchange.send()
    with exchange.uow.read(WORKER) as work:
        (row,) = work.all(select(AuditRow).where(AuditRow.c.action == "portal.sending"))
    assert (row.authority_id, row.actor) == (exchange.council.authority_id, "worker")
    assert row.payload == {"kind": "contract", "records": 3}
