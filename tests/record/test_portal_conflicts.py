"""Conflicts with a portal: shown with both contents, settled by persons, and not asked about again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from council import Kept
from portal_there import WORKER, Exchange, beside, started
from sqlalchemy import func, select

from quarterday.db.models import AuditRow, PortalConflict, PortalSettlement, Review
from quarterday.domain.contracts import MemberRole
from quarterday.domain.portal_records import RecordKind
from quarterday.errors import NotAllowed, NotThere, Refused
from quarterday.services.plugins.children import Children
from quarterday.services.portals import conflicts
from quarterday.services.portals.conflicts import Conflict
from quarterday.services.portals.deciding import Settled, settle
from quarterday.services.promises import ends
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    yield from started(tmp_path_factory)


@pytest.fixture
def exchange(children: Children, kept_council: Kept, council_url: str, tmp_path: Path) -> Iterator[Exchange]:
    for one in beside(children, kept_council.council, council_url, tmp_path / "there.db"):
        one.set(kinds="contract entry verdict")
        one.sync()
        yield one


def asked(exchange: Exchange, **wanted: object) -> list[Conflict]:
    staff = exchange.council.staff
    return conflicts.conflicts(exchange.uow, staff, authority_id=exchange.council.authority_id, **wanted)


def decide(exchange: Exchange, one: Conflict, decision: str, **said: object) -> int:
    return settle(exchange.uow, exchange.council.staff, conflict_id=one.id, decision=decision, **said)


def a_conflict(exchange: Exchange) -> Conflict:
    """Somebody there calls a contract otherwise."""
    exchange.there.change(f"contract/{exchange.council.own_values}", title="Another title")
    exchange.sync()
    (one,) = asked(exchange)
    return one


def a_verdict(exchange: Exchange) -> str:
    """The key of a decision that both sides have: an acceptance."""
    return next(key for key, fields in exchange.there.records().items() if fields.get("decision") == "accepted")


def test_a_conflict_is_shown_with_both_contents_and_what_can_be_decided(exchange: Exchange) -> None:
    one = a_conflict(exchange)
    assert (one.kind, one.key, one.portal) == (
        RecordKind.CONTRACT,
        f"contract/{exchange.council.own_values}",
        "keeping",
    )
    assert one.theirs == {**(one.ours or {}), "title": "Another title"}
    assert (one.proposed, one.is_ruled, one.is_open, one.settlement) == ("ours", False, True, None)
    assert one.decisions == ("ours", "leave"), "nothing here takes a contract of theirs"
    assert conflicts.conflict(exchange.uow, exchange.council.staff, conflict_id=one.id) == one
    exchange.sync()
    assert asked(exchange) == [one], "it is asked about once"
    assert exchange.there.records()[one.key]["title"] == "Another title"


def test_what_is_decided_for_us_goes_out_and_is_not_asked_about_again(exchange: Exchange) -> None:
    one = a_conflict(exchange)
    decide(exchange, one, "ours", reason="The title is the contract's.")
    assert asked(exchange) == []
    run = exchange.sync()
    assert (run.counts["taken"], run.counts["conflicts"]) == (1, 0)
    assert exchange.there.records()[one.key] == one.ours
    assert exchange.sync().counts["sent"] == 0
    (after,) = asked(exchange, open_only=False)
    assert after.settlement is not None
    assert (after.settlement.decision, after.settlement.reason) == ("ours", "The title is the contract's.")
    assert after.settlement.actor == exchange.council.staff.name
    assert after.decisions == ()


def test_what_is_left_as_it_is_stays_until_one_of_the_two_changes(exchange: Exchange) -> None:
    one = a_conflict(exchange)
    decide(exchange, one, "leave")
    for _ in range(2):
        assert exchange.sync().counts["conflicts"] == 0
    assert asked(exchange) == []
    assert exchange.there.records()[one.key] == one.theirs
    exchange.there.change(one.key, title="A third title")
    exchange.sync()
    (other,) = asked(exchange)
    assert other.id != one.id
    assert (other.theirs or {})["title"] == "A third title"


def test_a_content_that_comes_up_again_after_it_was_settled_is_another_conflict(exchange: Exchange) -> None:
    one = a_conflict(exchange)
    decide(exchange, one, "ours")
    exchange.sync()
    again = a_conflict(exchange)
    assert again.id != one.id
    assert (again.ours, again.theirs) == (one.ours, one.theirs)


def test_what_can_not_be_done_is_refused_in_a_sentence(exchange: Exchange) -> None:
    one = a_conflict(exchange)
    with pytest.raises(Refused, match="Nothing here takes what the portal has"):
        decide(exchange, one, "theirs")
    with pytest.raises(Refused, match=r"“both” is no decision here: it is ours or leave\."):
        decide(exchange, one, "both")
    exchange.set(inward="contract")
    exchange.sync()
    (same,) = asked(exchange)
    assert same.decisions == ("leave",), "ours doesn't go there any more"
    with pytest.raises(Refused, match="Ours can't go to the portal"):
        decide(exchange, one, "ours")


def test_nobody_decides_on_what_they_do_not_see(exchange: Exchange) -> None:
    one = a_conflict(exchange)
    ends.change_end(
        exchange.uow,
        OPERATOR,
        contract_id=exchange.council.own_values,
        ends=exchange.uow.clock().date().replace(year=2027),
        reason="It goes on.",
    )
    with pytest.raises(Refused, match="One of the two was changed since"):
        decide(exchange, one, "ours")
    exchange.sync()
    (newer,) = asked(exchange, after=one.id, open_only=False)
    assert newer.ours != one.ours
    with pytest.raises(Refused, match="newer one"):
        decide(exchange, one, "ours")


def test_of_two_persons_at_once_the_first_holds_and_the_second_is_told(exchange: Exchange) -> None:
    one = a_conflict(exchange)

    def decided(decision: str) -> object:
        try:
            return decide(exchange, one, decision)
        except Refused as why:
            return why

    with ThreadPoolExecutor(2) as threads:
        came = list(threads.map(decided, ["ours", "leave"]))
    assert sorted(isinstance(one, int) for one in came) == [False, True]
    (told,) = [one for one in came if not isinstance(one, int)]
    assert isinstance(told, Settled)
    with exchange.uow.read(WORKER) as work:
        (settlement,) = work.all(select(PortalSettlement))
        assert settlement.id in came


def test_who_saw_a_settlement_may_settle_otherwise(exchange: Exchange) -> None:
    one = a_conflict(exchange)
    first = decide(exchange, one, "leave")
    with pytest.raises(Settled):
        decide(exchange, one, "ours")
    (after,) = asked(exchange, open_only=False)
    assert (after.is_open, after.decisions) == (False, ("ours", "leave"))
    second = decide(exchange, one, "ours", seen=first)
    assert second != first
    assert exchange.sync().counts["taken"] == 1


def test_their_decision_comes_in_at_once_by_the_door(exchange: Exchange) -> None:
    exchange.set(owner="newest")
    key = a_verdict(exchange)
    entry = int(exchange.there.records()[key]["entry"])
    exchange.there.change(key, decision="rejected", quantity="")
    exchange.there.say(key, "It is somebody else's.")
    reviews.query(exchange.uow, exchange.council.staff, entry_id=entry, reason="Whose is it?")
    exchange.sync()
    (one,) = asked(exchange)
    assert (one.ours or {})["decision"] == "queried"
    assert one.their_words == "It is somebody else's."
    assert one.decisions == ("ours", "theirs", "leave")
    decide(exchange, one, "theirs")
    with exchange.uow.read(WORKER) as work:
        newest = work.all(select(Review).where(Review.c.entry_id == entry).order_by(Review.c.id))[-1]
    assert (newest.decision, newest.actor) == ("rejected", "portal")
    run = exchange.sync()
    assert (run.counts["sent"], run.counts["conflicts"], asked(exchange)) == (0, 0, [])
    assert exchange.there.records()[key]["decision"] == "rejected"


def test_who_gives_a_reason_makes_their_decision_his_own(exchange: Exchange) -> None:
    exchange.set(owner="newest")
    key = a_verdict(exchange)
    entry = int(exchange.there.records()[key]["entry"])
    exchange.there.change(key, decision="rejected", quantity="")
    exchange.there.say(key, "")
    reviews.query(exchange.uow, exchange.council.staff, entry_id=entry, reason="Whose is it?")
    exchange.sync()
    (one,) = asked(exchange)
    with pytest.raises(Refused, match="Say why it doesn't count"):
        decide(exchange, one, "theirs")
    decide(exchange, one, "theirs", reason="I agree with the portal.")
    with exchange.uow.read(WORKER) as work:
        newest = work.all(select(Review).where(Review.c.entry_id == entry).order_by(Review.c.id))[-1]
    assert (newest.decision, newest.actor) == ("rejected", exchange.council.staff.name)


@pytest.mark.parametrize(("owner", "won", "lost"), [("theirs", "rejected", "queried"), ("ours", "queried", "rejected")])
def test_what_the_rule_decided_is_shown_and_may_be_decided_otherwise(
    exchange: Exchange, owner: str, won: str, lost: str
) -> None:
    exchange.set(owner=owner)
    key = a_verdict(exchange)
    entry = int(exchange.there.records()[key]["entry"])
    exchange.there.change(key, decision="rejected", quantity="")
    exchange.there.say(key, "It is somebody else's.")
    reviews.query(exchange.uow, exchange.council.staff, entry_id=entry, reason="Whose is it?")
    exchange.sync()
    assert exchange.there.records()[key]["decision"] == won
    assert asked(exchange) == [], "the owner's word counts"
    (one,) = asked(exchange, open_only=False)
    assert one.is_ruled
    assert {(one.ours or {})["decision"], (one.theirs or {})["decision"]} == {"queried", "rejected"}
    assert one.proposed == owner
    (other,) = one.decisions
    assert other != owner
    decide(exchange, one, other, reason="The council looked at it again.")
    exchange.sync()
    assert exchange.there.records()[key]["decision"] == lost
    with exchange.uow.read(WORKER) as work:
        newest = work.all(select(Review).where(Review.c.entry_id == entry).order_by(Review.c.id))[-1]
    assert newest.decision == lost
    assert exchange.sync().counts["sent"] == 0
    assert asked(exchange) == []


def test_what_was_overwritten_by_the_rule_and_nothing_takes_is_shown_and_past(exchange: Exchange) -> None:
    """Both sides changed a contract, and our word counts."""
    key = f"contract/{exchange.council.own_values}"
    exchange.there.change(key, title="Another title")
    later = exchange.uow.clock().date().replace(year=2028)
    ends.change_end(exchange.uow, OPERATOR, contract_id=exchange.council.own_values, ends=later, reason="It goes on.")
    exchange.sync()
    (one,) = asked(exchange, open_only=False)
    assert (one.is_ruled, one.proposed, one.decisions) == (True, "ours", ())
    assert (one.theirs or {})["title"] == "Another title", "what was overwritten there is kept"
    with pytest.raises(Refused, match="Nothing is to be decided here"):
        decide(exchange, one, "theirs")


def test_only_who_reviews_settles_and_only_in_their_authority(exchange: Exchange) -> None:
    one = a_conflict(exchange)
    council = exchange.council
    stranger = replace(council.staff, authority_id=council.neighbour_id)
    with pytest.raises(NotThere):
        settle(exchange.uow, stranger, conflict_id=one.id, decision="ours")
    with pytest.raises(NotThere):
        conflicts.conflict(exchange.uow, stranger, conflict_id=one.id)
    with pytest.raises(NotThere):
        conflicts.conflicts(exchange.uow, stranger, authority_id=council.authority_id)
    for act in (
        lambda: settle(exchange.uow, council.supplier, conflict_id=one.id, decision="ours"),
        lambda: conflicts.conflict(exchange.uow, council.supplier, conflict_id=one.id),
    ):
        with pytest.raises(NotAllowed):
            act()
    manager = replace(council.staff, role=MemberRole.MANAGER)
    assert settle(exchange.uow, manager, conflict_id=one.id, decision="leave")


def test_the_audit_trail_has_ids_and_digests_and_the_record_no_words(exchange: Exchange) -> None:
    one = a_conflict(exchange)
    decide(exchange, one, "ours", reason="Because Ada said so.")
    with exchange.uow.read(WORKER) as work:
        (row,) = work.all(select(AuditRow).where(AuditRow.c.action == "portal.settled"))
        kept = work.one(select(PortalConflict).where(PortalConflict.c.id == one.id))
        assert work.connection.execute(select(func.count()).select_from(PortalConflict)).scalar() == 1
    assert kept is not None
    assert row.subject == f"portal-record/{one.record_id}"
    assert row.payload.keys() == {"conflict", "settlement", "decision", "ours", "theirs"}
    assert (row.payload["ours"], row.payload["theirs"]) == (kept.ours_digest, kept.theirs_digest)
