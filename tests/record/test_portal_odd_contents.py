"""What a portal says and nobody expected: it stops nothing else, no later run, and no person who settles it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from portal_door import PORTAL, SUGGESTED, Council, a_council, an_item, made_there

from quarterday.db.models import PortalConflict
from quarterday.db.work import UnitOfWork
from quarterday.domain.portal_records import EntriesSent, PortalTerms
from quarterday.errors import Refused
from quarterday.services.background.reading import Desk, Read
from quarterday.services.background.receiving import receive
from quarterday.services.background.syncing import ITEM
from quarterday.services.portals import door, overview, runs
from quarterday.services.portals.deciding import settle
from quarterday.services.portals.theirs import read
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR

NEVER = ("0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00")
"""What systems write for a moment that there was none of."""


@pytest.mark.parametrize("never", NEVER)
def test_a_moment_that_stands_for_never_is_none(uow: UnitOfWork, never: str) -> None:
    council = a_council(uow)
    for quantity in ("13", "14"):
        council.comes("entry", **made_there(council, external_id="P-1", quantity=quantity), changed_at=never)
        record = council.record("P-1")
        assert (record.their_changed_at, record.theirs["quantity"]) == (None, quantity)


def test_a_number_beyond_all_is_nobodys(uow: UnitOfWork) -> None:
    council = a_council(uow)
    council.comes("entry", **made_there(council, external_id="P-1"), key=f"entry/{'9' * 20}")
    assert "nothing of ours" in council.record("P-1").why
    assert overview.records(uow, OPERATOR, authority_id=council.authority_id, key=f"entry/{'9' * 20}") == []


def test_a_file_under_another_name_is_refused_and_stops_no_run() -> None:
    with pytest.raises(Refused, match="stands under a name"):
        read({"record": "evidence", "external_id": "E-1", "fields": {" file": "QQ=="}})


def clashed(uow: UnitOfWork, terms: PortalTerms, **theirs: str) -> tuple[Council, int]:
    """An entry that the council rejected, and what the portal says of it now; returns the conflict."""
    council = a_council(uow, terms=terms)
    (entry,) = council.submit({"ref": "WEEKS", "quantity": "13", "words": "Two apprentices."})
    with uow.begin(OPERATOR) as work:
        runs.begin(work, council.authority_id, PORTAL, "sync", "worker", terms=terms)
    reviews.reject(uow, council.staff, entry_id=entry, reason="It is somebody else's.")
    council.comes("verdict", external_id="V-1", entry=str(entry), **theirs)
    (conflict,) = council.rows(PortalConflict)
    return council, conflict.id


@pytest.mark.parametrize("decision", ["ours", "theirs", "leave"])
def test_a_decision_on_an_entry_that_does_not_go_out_can_be_settled(uow: UnitOfWork, decision: str) -> None:
    terms = replace(SUGGESTED, entries=EntriesSent.ACCEPTED)
    council, conflict = clashed(uow, terms, decision="accepted", quantity="13")
    assert settle(uow, council.staff, conflict_id=conflict, decision=decision, reason="We looked again.")


def test_a_quantity_of_theirs_that_is_no_number_is_refused_in_a_sentence(uow: UnitOfWork) -> None:
    council, conflict = clashed(uow, SUGGESTED, decision="accepted", quantity="eight")
    with pytest.raises(Refused, match="“eight” is not a number"):
        settle(uow, council.staff, conflict_id=conflict, decision="theirs", reason="We looked again.")


def test_what_was_told_at_once_is_not_undone_by_the_reading_that_comes_after(uow: UnitOfWork) -> None:
    """A list of changes has the one before it, too; where nothing tells which is newer, its own order does."""
    council = a_council(uow)
    first, second = (an_item("entry", **made_there(council, external_id="P-1", quantity=one)) for one in ("13", "14"))
    whose = {"portal": PORTAL, "authority_id": council.authority_id}
    told = receive(uow, items=[second], terms=council.terms, **whose)
    again = receive(uow, items=[second], terms=council.terms, **whose)
    assert (told.taken, again.taken, again.known) == (1, 0, 1)
    for _ in range(2):
        with uow.begin(OPERATOR) as work:
            taker = partial(door.take, portal=PORTAL, terms=council.terms)
            Desk(work, PORTAL, council.authority_id, {ITEM: taker}, Read()).take([first, second], "")
        assert council.record("P-1").theirs["quantity"] == "14"
    assert receive(uow, items=[first], terms=council.terms, **whose).known == 1
