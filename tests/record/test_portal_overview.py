"""How an exchange stands: in numbers, record by record, what each is about, and which entries one may be about."""

from __future__ import annotations

from typing import Any

import pytest
from portal_door import PORTAL, Council, a_council, made_there
from sqlalchemy import select

from quarterday.db import queue
from quarterday.db.models import AuditRow, Commitment, OutboxRow, PortalRecord
from quarterday.db.work import UnitOfWork
from quarterday.domain.portal_records import RecordKind
from quarterday.errors import NotAllowed, NotThere
from quarterday.services.background.exchanges import ask_for
from quarterday.services.portals import inbox, naming, standing
from quarterday.services.portals.candidates import candidates
from quarterday.services.portals.naming import Asked
from quarterday.services.portals.overview import overview, records
from quarterday.services.portals.runs import Purpose

WEEKS = {"ref": "WEEKS", "quantity": "13"}
GIFTS = {"ref": "GIFTS", "quantity": "250.10"}


@pytest.fixture
def council(uow: UnitOfWork) -> Council:
    return a_council(uow)


def waits(council: Council, **said: Any) -> int:
    """A record of theirs that no entry takes; returns its number in the inbox."""
    claim = {**made_there(council), "trouble": "Which entry it is, nobody said.", **said}
    council.comes("entry", **claim)
    return inbox.inbox(council.uow, council.staff, authority_id=council.authority_id)[-1].id


def offered(council: Council, inbox_id: int) -> list[int]:
    return [one.entry_id for one in candidates(council.uow, council.staff, inbox_id=inbox_id)]


def test_each_exchange_is_told_in_numbers(council: Council, uow: UnitOfWork) -> None:
    of = {"authority_id": council.authority_id}
    assert overview(uow, council.staff, **of) == []
    (entry,) = council.submit(WEEKS)
    council.comes("entry", **{**made_there(council), "key": f"entry/{entry}", "quantity": "8"})
    waits(council, external_id="P-2")
    with uow.begin(council.staff) as work:
        standing.put(work, council.authority_id, "other", RecordKind.CONTRACT, our_id=1, state=standing.STOPPED)
    other, portal = overview(uow, council.staff, **of)
    assert (other.portal, other.stopped, other.inbox) == ("other", 1, 0)
    assert (portal.portal, portal.inbox, portal.stopped) == (PORTAL, 1, 0)
    assert sum(portal.states[RecordKind.ENTRY].values()) == 2
    assert portal.conflicts + portal.ruled == 1


def test_records_are_listed_by_portal_state_key_and_page(council: Council, uow: UnitOfWork) -> None:
    with uow.begin(council.staff) as work:
        for our_id, state in ((7, standing.SAME), (8, standing.STOPPED), (9, standing.STOPPED)):
            of = {"our_id": our_id, "state": state, "why": "It has no counterpart." if our_id > 7 else ""}
            standing.put(work, council.authority_id, PORTAL, RecordKind.ENTRY, **of)

    def listed(**wanted: Any) -> list[str]:
        found = records(uow, council.staff, authority_id=council.authority_id, **wanted)
        return [one.key for one in found]

    assert listed() == ["entry/7", "entry/8", "entry/9"]
    assert listed(state=standing.STOPPED) == ["entry/8", "entry/9"]
    assert listed(key="entry/8") == ["entry/8"]
    assert listed(key="entry/x") == listed(key="verdict/8") == listed(portal="other") == []
    first, *_ = records(uow, council.staff, authority_id=council.authority_id, most=1)
    assert listed(after=first.id, most=1) == ["entry/8"]


def test_entries_of_the_contract_are_offered_the_likeliest_first(council: Council) -> None:
    gifts, weeks = council.submit(GIFTS, WEEKS)
    neighbour = a_council(council.uow)
    neighbour.submit(WEEKS)
    assert offered(council, waits(council, external_id="P-1")) == [weeks, gifts]
    assert offered(council, waits(council, external_id="P-2", measure="GIFTS")) == [gifts, weeks]
    assert offered(council, waits(council, external_id="P-3", first="")) == [weeks, gifts]
    assert offered(council, waits(council, external_id="P-4", contract=neighbour.reference)) == []
    with council.uow.begin(council.staff) as work:
        known = {"our_id": weeks, "external_id": "P-9"}
        standing.put(work, council.authority_id, PORTAL, RecordKind.ENTRY, **known)
    assert offered(council, waits(council, external_id="P-5")) == [gifts]  # the other is theirs already
    council.comes("verdict", external_id="V-1", entry="P-404", decision="accepted", quantity="1", contract="")
    assert inbox.inbox(council.uow, council.staff, authority_id=council.authority_id)[-1].kind == RecordKind.VERDICT


def test_what_waits_elsewhere_has_no_candidates(council: Council) -> None:
    waiting, neighbour = waits(council, external_id="P-1"), a_council(council.uow)
    with pytest.raises(NotThere):
        candidates(council.uow, neighbour.staff, inbox_id=waiting)
    with pytest.raises(NotAllowed):
        candidates(council.uow, council.supplier, inbox_id=waiting)


def test_records_are_named_by_contract_measure_and_entry(council: Council, uow: UnitOfWork) -> None:
    (entry,) = council.submit(WEEKS)
    mine = [row for row in council.rows(Commitment) if row.contract_id == council.contract_id]
    (commitment,) = [row.id for row in mine if row.ref == "GIFTS"]
    asked = [
        Asked(RecordKind.CONTRACT, f"contract/{council.contract_id}", {}),
        Asked(RecordKind.COMMITMENT, f"commitment/{commitment}", {}),
        Asked(RecordKind.ENTRY, f"entry/{entry}", {"contract": "another", "measure": "another"}),
        Asked(RecordKind.VERDICT, f"verdict/{entry}", {}),
        Asked(RecordKind.EVIDENCE, "evidence/1", {"entry": str(entry)}),
        Asked(RecordKind.ENTRY, "", {"contract": council.reference, "measure": "JOBS"}),
        Asked(RecordKind.ENTRY, "", {"contract": council.reference, "measure": "K-9"}),
        Asked(RecordKind.ENTRY, "", {"contract": "EX-0", "measure": "JOBS", "entry": "9" * 40}),
    ]
    found = naming.subjects(uow, council.staff, authority_id=council.authority_id, records=asked)
    of_contract = [one.contract_id for one in found]
    assert of_contract == [council.contract_id] * 7 + [None]
    titles = [one.measure.title if one.measure else "" for one in found]
    weeks = "Apprenticeship weeks"
    assert titles == ["", "Gifts to charities", weeks, weeks, weeks, "Jobs for local people", "", ""]
    claims = [one.claim.quantity if one.claim else None for one in found]
    assert claims == [None, None, 13, 13, 13, None, None, None]
    assert {one.reference for one in found[:7]} == {council.reference}
    measures = naming.measures(uow, council.staff, authority_id=council.authority_id)
    assert measures["GIFTS"].title == "Gifts to charities"


def test_what_is_another_councils_is_not_named(council: Council, uow: UnitOfWork) -> None:
    (entry,) = council.submit(WEEKS)
    neighbour = a_council(uow)
    keys = ((RecordKind.ENTRY, f"entry/{entry}"), (RecordKind.CONTRACT, f"contract/{council.contract_id}"))
    asked = [Asked(kind, key, {"contract": neighbour.reference}) for kind, key in keys]
    asked.append(Asked(RecordKind.VERDICT, "", {"entry": str(entry)}))
    asked.append(Asked(RecordKind.ENTRY, "", {"contract": council.reference}))
    found = naming.subjects(uow, neighbour.staff, authority_id=neighbour.authority_id, records=asked)
    assert found == [naming.Subject()] * 4
    for ask in (naming.subjects, naming.measures):
        more: dict[str, Any] = {"records": asked} if ask is naming.subjects else {}
        with pytest.raises(NotThere):
            ask(uow, neighbour.staff, authority_id=council.authority_id, **more)


def test_an_exchange_waits_once_for_all_who_ask(council: Council, uow: UnitOfWork) -> None:
    of = {"portal": PORTAL, "authority_id": council.authority_id}
    assert ask_for(uow, council.staff, **of) is True
    assert ask_for(uow, council.staff, **of) is False
    assert ask_for(uow, council.staff, **of, purpose=Purpose.RECONCILE) is True
    with uow.read(council.staff) as work:
        mine = (OutboxRow.c.kind == queue.SYNC, OutboxRow.c.authority_id == council.authority_id)
        rows = work.all(select(OutboxRow).where(*mine).order_by(OutboxRow.c.id))
        asked = work.all(select(AuditRow).where(AuditRow.c.action == "portal.asked"))
        assert [row.payload["purpose"] for row in rows] == ["sync", "reconcile"]
        assert len([row for row in asked if row.authority_id == council.authority_id]) == 2
        assert work.all(select(PortalRecord).where(PortalRecord.c.authority_id == council.authority_id)) == []
    neighbour = a_council(uow)
    with pytest.raises(NotThere):
        ask_for(uow, neighbour.staff, **of)
