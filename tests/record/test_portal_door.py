"""The door: what is older, what is known, what is none of ours, and that order and repetition make no difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portal_door import TERMS, Council, a_council, an_item, made_there
from sqlalchemy import select

from quarterday.db.models import (
    DraftEntry,
    Entry,
    EntryEvidence,
    Evidence,
    PortalConflict,
    PortalInbox,
    PortalRecord,
    Review,
    SourceItem,
    SourceReject,
    Words,
)
from quarterday.db.newest import newest
from quarterday.db.work import UnitOfWork
from quarterday.domain.portal_records import Agreement, Direction, Owner, RecordKind, VerdictsTaken
from quarterday.errors import BadRecord, Refused
from quarterday.ports import Item
from quarterday.services.background.receiving import receive
from quarterday.services.portals import door
from quarterday.services.portals.theirs import keep_said, kept
from quarterday.services.returns import drafts
from quarterday.testing.builders import OPERATOR

WEEKS = {"ref": "WEEKS", "quantity": "13"}
GIFTS = {"ref": "GIFTS", "quantity": "250"}


@pytest.fixture
def council(uow: UnitOfWork) -> Council:
    return a_council(uow)


def contract(council: Council, title: str, **said: Any) -> dict[str, Any]:
    return {"external_id": "K-1", "key": f"contract/{council.contract_id}", "title": title, **said}


LATE: Sequence[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"version": "10"}, {"version": "9"}, "first"),
    ({"version": "9"}, {"version": "10"}, "second"),
    ({"version": "9"}, {"version": "9"}, "second"),
    ({"version": "b"}, {"version": "a"}, "second"),
    ({"version": "9"}, {}, "second"),
    ({"version": "2", "changed_at": "2026-07-05T09:00:00Z"}, {"version": "3"}, "second"),
    ({"changed_at": "2026-07-05T09:00:00Z"}, {"changed_at": "2026-07-04T08:59:59Z"}, "first"),
    ({"changed_at": "2026-07-05T09:00:00Z"}, {"changed_at": "2026-07-04T09:00:01Z"}, "second"),
    ({"changed_at": "2026-07-05T09:00:00Z"}, {}, "second"),
    ({"version": "2"}, {"version": "1", "changed_at": "2026-07-05T09:00:00Z"}, "first"),
    ({"changed_at": "2026-07-05T09:00:00Z"}, {"changed_at": "2026-01-01T09:00:00Z", "listing": True}, "second"),
    ({"version": "2"}, {"version": "1", "listing": True}, "first"),
]
"""What a record says first, what it says next, and which of the two counts."""


def test_what_comes_late_replaces_nothing_that_is_surely_newer(council: Council) -> None:
    counts = []
    for number, (first, second, _) in enumerate(LATE):
        its = {"external_id": f"K-{number}", "key": ""}
        council.comes("contract", **contract(council, "first", **its), **first)
        council.comes("contract", **contract(council, "second", **its), **second)
        counts.append(council.record(f"K-{number}").theirs["title"])
    assert counts == [one for _, _, one in LATE]


def test_of_two_decisions_on_one_entry_a_listing_keeps_the_later(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    queried = {"external_id": "V-1", "entry": str(entry), "decision": "queried", "words": "Which?"}
    accepted = {"external_id": "V-2", "entry": str(entry), "decision": "accepted", "quantity": "13"}
    for _ in range(2):
        council.comes("verdict", listing=True, **accepted, changed_at="2026-07-04T10:00:00Z")
        council.comes("verdict", listing=True, **queried, changed_at="2026-07-04T09:00:00Z")
    assert [decision for _, decision, _ in council.reviews(entry)] == ["accepted"]


NO_RECORDS: Sequence[tuple[dict[str, Any], str]] = [
    ({"record": "invoice"}, "no record of a kind"),
    ({"record": "entry"}, "neither a name of theirs nor a key of ours"),
    ({"record": "entry", "external_id": 12}, "Its “external_id” is no text"),
    ({"record": "entry", "external_id": "P", "fields": ["a"]}, "Its “fields” are no texts by name"),
    ({"record": "entry", "external_id": "P", "fields": {"quantity": 1.5}}, "Its “quantity” is no text"),
    ({"record": "entry", "external_id": "P", "fields": {"measure": "x" * 2001}}, "more than 2,000 characters"),
    ({"record": "entry", "external_id": "P", "words": "x" * 20001}, "more than 20,000 characters"),
    ({"record": "entry", "external_id": "P", "unknown": {str(n): "x" for n in range(101)}}, "more besides"),
    ({"record": "entry", "external_id": "P", "changed_at": "yesterday"}, "“yesterday” is no moment"),
    ({"record": "entry", "external_id": "P", "changed_at": "2026-07-05T09:00:00"}, "has no time zone"),
]
"""What an item says, and why it is no record."""


def test_what_is_no_record_is_refused(council: Council) -> None:
    for payload, why in NO_RECORDS:
        with pytest.raises(Refused, match=why):
            council.take(Item("k", "portal-record", payload, ""))
    assert council.rows(PortalRecord) == []


def test_the_installation_as_a_whole_has_no_portal(council: Council) -> None:
    with council.uow.begin(OPERATOR) as work, pytest.raises(Refused, match="one authority"):
        door.take(work, None, an_item("entry", external_id="P"), portal="portal", terms=TERMS)


def test_what_somebody_wrote_stands_apart_from_facts(council: Council) -> None:
    said = contract(council, "Works\0 \ud800", words="Ring Ann.", unknown={"note": "Bob"}, colour="red")
    council.comes("contract", **said)
    council.comes("contract", **said)
    record = council.record("K-1")
    assert record.theirs == {"title": "Works\ufffd ?"}
    with council.uow.read(OPERATOR) as work:
        back = kept(work, record)
        assert (back.words, back.unknown) == ("Ring Ann.", {"note": "Bob", "colour": "red"})
        assert keep_said(work, record, back) == record.theirs_words_id
    assert len(council.rows(Words)) == 1


def test_a_kind_that_is_not_exchanged_is_left_out(council: Council) -> None:
    council.terms = replace(TERMS, agreements={RecordKind.CONTRACT: TERMS.agreements[RecordKind.CONTRACT]})
    council.comes("entry", **made_there(council))
    assert council.rows(PortalRecord) == []


def test_what_only_goes_out_takes_nothing_in_and_shows_a_change_there(council: Council) -> None:
    out = dict.fromkeys(RecordKind, Agreement(Direction.OUT, Owner.OURS))
    council.terms = replace(TERMS, agreements=out)
    (entry,) = council.submit(WEEKS)
    council.comes("entry", **made_there(council))
    council.comes("verdict", external_id="V-1", entry=str(entry), decision="accepted", quantity="13")
    assert (council.rows(PortalInbox), council.rows(DraftEntry), council.rows(Review)) == ([], [], [])
    assert council.record("P-12").state == "same"
    assert council.record("V-1").state == "conflict"


def test_contracts_and_promises_made_there_wait_to_be_entered_here(council: Council) -> None:
    council.comes("contract", external_id="K-9", contract="EX-9", title="Made there")
    council.comes("commitment", external_id="C-9", contract=council.reference, measure="WEEKS", target="10")
    assert {row.why for row in council.rows(PortalInbox)} == {
        "It was made in the portal: enter it here, and the portal is told."
    }


def test_a_contract_that_was_changed_there_is_asked_about_and_ours_stays(council: Council) -> None:
    council.terms = replace(TERMS, agreements=dict.fromkeys(RecordKind, Agreement(Direction.BOTH, Owner.NEWEST)))
    council.comes("contract", **contract(council, "Other"), changed_at="2030-01-01T00:00:00Z")
    (conflict,) = council.rows(PortalConflict)
    assert (conflict.proposed, conflict.is_ruled, conflict.theirs) == ("theirs", False, {"title": "Other"})
    assert "size" not in conflict.theirs
    council.comes("contract", **contract(council, "Other"), changed_at="2030-01-01T00:00:00Z")
    assert len(council.rows(PortalConflict)) == 1


def test_what_is_told_and_what_is_read_is_taken_once(council: Council) -> None:
    items = [an_item("entry", **made_there(council)), BadRecord("line 3", "No such line.")]
    bad = Item("worse", "portal-record", {"record": "invoice"}, "")
    stray = Item("stray", "bounce", {}, "")
    given = {"portal": "portal", "authority_id": council.authority_id, "terms": council.terms}
    first = receive(council.uow, items=[*items, bad, stray], **given)
    again = receive(council.uow, items=items, **given)
    assert ((first.taken, first.rejected), (again.taken, again.known, again.rejected)) == ((1, 3), (0, 1, 1))
    assert len(council.rows(DraftEntry)) == 1
    assert [row.key for row in council.rows(SourceItem)] == [items[0].key]
    assert {row.why for row in council.rows(SourceReject)} == {
        "No such line.",
        "It is no record of a kind that is exchanged.",
        "Nothing here takes a “bounce”; install what does, then read the source again.",
    }


def said_by_the_portal(council: Council, weeks: int, gifts: int) -> list[Item]:
    """Several versions of several records, the oldest of each first."""
    accepted = {"external_id": "V-1", "entry": str(weeks), "decision": "accepted", "words": "Part."}
    queried = {"external_id": "V-2", "entry": str(gifts), "decision": "queried", "words": "Which?"}
    link = {"external_id": "E-1", "entry": str(weeks), "kind": "link"}
    return [
        an_item("verdict", **accepted, quantity="8", version="1"),
        an_item("verdict", **accepted, quantity="9", version="2"),
        an_item("verdict", **queried, version="1"),
        an_item("verdict", **{**queried, "decision": "rejected"}, version="2"),
        an_item("verdict", **{**queried, "decision": "accepted", "quantity": "250"}, version="10"),
        an_item("evidence", **link, link="https://example.org/a", version="1"),
        an_item("evidence", **link, link="https://example.org/b", version="2"),
        an_item("contract", external_id="K-1", key=f"contract/{council.contract_id}", title="Other", version="4"),
        an_item("contract", external_id="K-1", key=f"contract/{council.contract_id}", title="Third", version="5"),
        an_item("entry", **made_there(council, contract="EX-0", version="1")),
        an_item("entry", **made_there(council, contract="EX-0", quantity="14", version="2")),
    ]


def made_in_order(council: Council) -> list[Item]:
    """Versions of what was made over there, before its supplier submits."""
    return [
        an_item("entry", **made_there(council, version="1")),
        an_item("entry", **made_there(council, quantity="14", words="Two.", version="2")),
        an_item("entry", **made_there(council, quantity="15", version="3")),
        an_item("entry", **made_there(council, external_id="P-13", measure="GIFTS", unit="£", version="7")),
    ]


def standing(council: Council) -> dict[str, Any]:
    """How all stands in the end, without the ids and the history."""
    with council.uow.read(OPERATOR) as work:
        decided = work.all(
            select(Entry.c.ref, Review.c.decision, Review.c.numerator)
            .join(Review, Review.c.entry_id == Entry.c.id)
            .where(Entry.c.contract_id == council.contract_id, newest(Review, Review.c.entry_id))
            .order_by(Entry.c.ref)
        )
        records = work.all(
            select(PortalRecord, Words.c.text)
            .outerjoin(Words, Words.c.id == PortalRecord.c.theirs_words_id)
            .where(PortalRecord.c.authority_id == council.authority_id)
            .order_by(PortalRecord.c.kind, PortalRecord.c.external_id)
        )
        pieces = work.all(
            select(Words.c.text)
            .join(Evidence, Evidence.c.words_id == Words.c.id)
            .join(EntryEvidence, EntryEvidence.c.evidence_id == Evidence.c.id)
            .where(Evidence.c.return_id == council.return_id)
            .order_by(Evidence.c.id.desc())
            .limit(1)
        )
        waiting = work.all(
            select(PortalInbox.c.why, PortalInbox.c.fields)
            .join(PortalRecord, PortalRecord.c.id == PortalInbox.c.record_id)
            .where(PortalRecord.c.authority_id == council.authority_id, newest(PortalInbox, PortalInbox.c.record_id))
        )
        being_written = [dict(one.typed) for one in drafts.drafts_of(work, council.return_id)]
    return {
        "decided": [tuple(row) for row in decided],
        "records": [
            (
                row.kind,
                row.external_id,
                row.state,
                row.why,
                row.their_version,
                row.text,
                row.agreed == row.theirs_digest,
            )
            for row in records
        ],
        "theirs": [
            {name: one for name, one in row.theirs.items() if name not in ("entry", "contract", "digest")}
            for row in records
        ],
        "newest evidence": [row.text for row in pieces],
        "inbox": sorted((row.why, row.fields["quantity"]) for row in waiting),
        "drafts": sorted(
            ({**one, "activity": one["activity"].split(" ")[0]} for one in being_written), key=lambda one: one["ref"]
        ),
    }


@st.composite
def orders(draw: st.DrawFn, number: int) -> list[int]:
    """All numbers below one, in any order, some of them more than once."""
    twice = draw(st.lists(st.integers(0, number - 1), max_size=number))
    return draw(st.permutations([*range(number), *twice]))


EXAMPLES = settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@pytest.mark.parametrize("verdicts", VerdictsTaken)
@EXAMPLES
@given(data=st.data())
def test_any_order_and_repetition_ends_the_same(uow: UnitOfWork, verdicts: VerdictsTaken, data: st.DataObject) -> None:
    def after(order: Sequence[int] | None) -> dict[str, Any]:
        council = a_council(uow, terms=replace(TERMS, verdicts=verdicts))
        weeks, gifts = council.submit(WEEKS, GIFTS)
        items = said_by_the_portal(council, weeks, gifts)
        for place in order or range(len(items)):
            council.take(items[place])
        return standing(council)

    assert after(data.draw(orders(11))) == after(None)


@EXAMPLES
@given(order=orders(4))
def test_any_order_of_what_was_made_there_leaves_the_same_drafts(uow: UnitOfWork, order: list[int]) -> None:
    first, second = a_council(uow), a_council(uow)
    for item in made_in_order(first):
        first.take(item)
    items = made_in_order(second)
    for place in order:
        second.take(items[place])
    assert standing(first) == standing(second)
    assert len(standing(first)["drafts"]) == 2


def test_the_day_of_a_clock_is_a_moment_with_its_offset(council: Council) -> None:
    council.comes("contract", **contract(council, "x", changed_at="2026-07-05T09:00:00+01:00"))
    assert council.record("K-1").their_changed_at == datetime(2026, 7, 5, 8, tzinfo=UTC)
