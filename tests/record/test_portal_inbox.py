"""The inbox: what matches nothing here, matched by somebody or set aside, and remembered."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest
from portal_door import PORTAL, SUGGESTED, Council, a_council, made_there
from sqlalchemy import select

from quarterday.db.models import (
    AuditRow,
    EntryEvidence,
    PortalConflict,
    PortalFiling,
    PortalInbox,
    PortalRecord,
    Review,
)
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.errors import NotAllowed, NotThere, Refused
from quarterday.services.portals import door, runs
from quarterday.services.portals.inbox import Filed, Waiting, file, inbox, waiting_one
from quarterday.services.portals.suggestions import suggestions_of
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR

WEEKS = {"ref": "WEEKS", "quantity": "13"}


@pytest.fixture
def council(uow: UnitOfWork) -> Council:
    council = a_council(uow)
    _a_run(council)
    return council


def _a_run(council: Council) -> None:
    """A run that asked the portal what was agreed."""
    with council.uow.begin(OPERATOR) as work:
        run_id = runs.begin(work, council.authority_id, PORTAL, "sync", "worker", terms=council.terms)
        runs.end(work, run_id, {})


def verdict(**said: Any) -> dict[str, Any]:
    its = {"entry": "P-77", "decision": "accepted", "quantity": "8", "words": "Part of it."}
    return {"external_id": "V-1", **its, **said}


def waiting(council: Council) -> list[Waiting]:
    return inbox(council.uow, council.staff, authority_id=council.authority_id)


def match(council: Council, entry_id: int | None) -> bool:
    (one,) = waiting(council)
    return file(council.uow, council.staff, inbox_id=one.id, outcome="matched", entry_id=entry_id, reason="By phone.")


def test_it_shows_what_came_and_why_it_waits(council: Council, uow: UnitOfWork) -> None:
    council.comes("verdict", **verdict(unknown={"officer": "Ann"}))
    council.comes("evidence", external_id="E-1", entry="P-77", kind="link", link="https://example.org/a")
    council.comes("contract", external_id="K-1", contract="EX-9", title="Made there")
    first, second, third = waiting(council)
    assert (first.external_id, first.words, first.unknown) == ("V-1", "Part of it.", {"officer": "Ann"})
    assert first.fields == {"entry": "P-77", "decision": "accepted", "quantity": "8"}
    assert (second.link, second.why) == ("https://example.org/a", "It backs an entry that nothing here matches.")
    assert (third.can_match, second.can_match) == (False, True)
    assert [one.id for one in inbox(uow, council.staff, authority_id=council.authority_id, after=first.id, most=1)] == [
        second.id
    ]
    assert inbox(uow, council.staff, authority_id=council.authority_id, portal="other") == []
    assert waiting_one(uow, council.staff, inbox_id=first.id) == first


def test_only_its_authority_sees_and_files_it(council: Council, uow: UnitOfWork) -> None:
    council.comes("verdict", **verdict())
    (one,) = waiting(council)
    neighbour = a_council(uow)
    (theirs,) = neighbour.submit(WEEKS)
    with pytest.raises(NotThere):
        inbox(uow, neighbour.staff, authority_id=council.authority_id)
    with pytest.raises(NotThere):
        file(uow, neighbour.staff, inbox_id=one.id, outcome="set aside")
    with pytest.raises(NotThere):
        waiting_one(uow, neighbour.staff, inbox_id=one.id)
    with pytest.raises(NotAllowed):
        file(uow, council.supplier, inbox_id=one.id, outcome="set aside")
    for actor in (council.staff, OPERATOR):
        with pytest.raises(NotThere, match="no such entry"):
            file(uow, actor, inbox_id=one.id, outcome="matched", entry_id=theirs)
    assert neighbour.reviews(theirs) == []


def test_a_match_takes_the_verdict_and_is_remembered(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", **verdict())
    assert match(council, entry)
    assert council.reviews(entry) == [("portal", "accepted", "Part of it.")]
    assert waiting(council) == []
    council.comes("verdict", **verdict(quantity="9", words="More."))
    assert council.reviews(entry)[-1] == ("portal", "accepted", "More.")
    assert (council.record("V-1").our_id, council.record("V-1").state) == (entry, "same")
    (filing,) = council.rows(PortalFiling)
    assert (filing.outcome, filing.entry_id, filing.actor) == ("matched", entry, council.staff.name)
    filed = [row for row in council.rows(AuditRow) if row.action == "portal.filed"]
    assert [row.payload["outcome"] for row in filed] == ["matched"]
    assert "By phone." not in str([row.payload for row in filed])


def test_matched_to_an_entry_whose_verdict_is_known_it_is_of_that_record(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", external_id="V-0", entry=str(entry), decision="rejected", words="No.")
    council.comes("verdict", **verdict())
    assert match(council, entry)
    council.comes("verdict", **verdict(quantity="9", version="2"))
    council.comes("verdict", **verdict(quantity="9", version="2"))
    assert [decision for _, decision, _ in council.reviews(entry)] == ["rejected", "accepted", "accepted"]
    assert council.rows(PortalConflict) == []
    with council.uow.read(OPERATOR) as work:
        assert len(work.all(select(PortalRecord.c.id).where(PortalRecord.c.our_id == entry))) == 1


def test_a_match_that_the_rules_refuse_is_in_the_inbox_again(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", **verdict(quantity="20"))
    assert not match(council, entry)
    (again,) = waiting(council)
    assert again.why.startswith("20 is more than was claimed")
    for _ in range(2):
        assert door.take_due(council.uow, OPERATOR, council.authority_id, PORTAL, council.terms) == 0
    assert len(council.rows(PortalInbox)) == 2
    assert council.rows(Review) == []


def test_what_is_matched_before_anything_was_agreed_is_taken_by_the_next_run(uow: UnitOfWork) -> None:
    council = a_council(uow, terms=SUGGESTED)
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", **verdict())
    assert not match(council, entry)
    assert door.take_due(uow, OPERATOR, council.authority_id, PORTAL, SUGGESTED) == 1
    assert door.take_due(uow, OPERATOR, council.authority_id, PORTAL, SUGGESTED) == 0
    assert suggestions_of(uow, council.staff, entry_ids=[entry])[entry].typed == "8"
    assert waiting(council) == []


def test_a_full_inbox_is_tried_some_at_a_time_and_others_write_in_between(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "AT_ONCE", 2)
    entries = council.submit(WEEKS, {**WEEKS, "activity": "More"}, {**WEEKS, "activity": "Still more"})
    for number in range(3):
        council.comes("verdict", **verdict(external_id=f"V-{number}", entry=f"P-{number}"))
    for number, entry in enumerate(entries):
        council.comes("entry", external_id=f"P-{number}", key=f"entry/{entry}")
    begun: list[Actor] = []

    class Counting(UnitOfWork):
        def begin(self, actor: Actor) -> AbstractContextManager[Work]:
            begun.append(actor)
            return super().begin(actor)

    counting = Counting(council.uow.engine, council.uow.clock)
    assert door.take_due(counting, OPERATOR, council.authority_id, PORTAL, council.terms) == 3
    assert len(begun) == 2
    assert waiting(council) == []


def test_evidence_finds_its_entry_and_what_follows_it_too(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    link = {"external_id": "E-1", "entry": "P-77", "kind": "link"}
    council.comes("evidence", **link, link="https://example.org/a")
    assert match(council, entry)
    council.comes("evidence", **link, link="https://example.org/b")
    with council.uow.read(OPERATOR) as work:
        assert work.all(select(EntryEvidence.c.entry_id)) == [(entry,)] * 2


def test_an_entry_made_there_can_be_one_of_ours(council: Council) -> None:
    entry, other = council.submit(WEEKS, {"ref": "GIFTS", "quantity": "5"})
    council.comes("entry", **made_there(council))
    assert match(council, entry)
    record = council.record("P-12")
    assert (record.our_id, record.state) == (entry, "same")
    council.comes("entry", **made_there(council, external_id="P-13"))
    with pytest.raises(Refused, match="The portal has this entry already, as “P-12”"):
        match(council, entry)
    assert match(council, other)
    assert council.record("P-13").state == "conflict"


def test_what_is_set_aside_stays_so_until_it_changes(council: Council) -> None:
    council.comes("verdict", **verdict())
    (one,) = waiting(council)
    assert not file(council.uow, council.staff, inbox_id=one.id, outcome="set aside", reason="Not ours.")
    council.comes("verdict", **verdict())
    assert (waiting(council), council.record("V-1").state) == ([], "same")
    council.comes("verdict", **verdict(quantity="9"))
    assert [one.fields["quantity"] for one in waiting(council)] == ["9"]


def test_of_two_who_file_it_the_second_is_told(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", **verdict())
    (one,) = waiting(council)
    council.comes("verdict", **verdict(quantity="9"))
    with pytest.raises(Filed):
        file(council.uow, council.staff, inbox_id=one.id, outcome="set aside")
    assert match(council, entry)
    newest = council.rows(PortalInbox)[-1].id
    with pytest.raises(Filed):
        file(council.uow, council.staff, inbox_id=newest, outcome="set aside")


@pytest.mark.parametrize(
    ("kind", "given", "why"),
    [
        ("contract", {"outcome": "matched", "entry_id": 1}, "Only entries, decisions on them and evidence"),
        ("verdict", {"outcome": "matched"}, "Say which entry it is about."),
        ("verdict", {"outcome": "kept"}, "Match it to an entry, or set it aside."),
        ("verdict", {"outcome": "set aside", "entry_id": 1}, "Match it to an entry, or set it aside."),
    ],
)
def test_nothing_else_can_be_done_with_it(council: Council, kind: str, given: dict[str, Any], why: str) -> None:
    council.comes(kind, **(verdict() if kind == "verdict" else {"external_id": "K-1", "contract": "EX-9"}))
    (one,) = waiting(council)
    with pytest.raises(Refused, match=why):
        file(council.uow, council.staff, inbox_id=one.id, **given)
    assert council.rows(PortalFiling) == []


def test_what_was_reviewed_meanwhile_is_asked_about_and_not_overridden(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", **verdict())
    reviews.reject(council.uow, council.staff, entry_id=entry, reason="No evidence.")
    match(council, entry)
    assert [row.is_ruled for row in council.rows(PortalConflict)] == [True]
