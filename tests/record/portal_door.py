"""What a portal tells, put through the door: a contract with a return, and whoever reports and reviews."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from sqlalchemy import Row, Table, select

from quarterday.db.models import Entry, PortalRecord, Return, Review, Words
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.domain.portal_records import Agreement, Direction, Owner, PortalTerms, RecordKind, VerdictsTaken
from quarterday.ports import Item
from quarterday.services.portals import door
from quarterday.testing.builders import (
    OPERATOR,
    a_contract,
    a_reporter,
    a_return,
    a_submission,
    a_supplier,
    a_user,
    an_authority,
    an_award,
)

PORTAL = "portal"
BOTH = Agreement(Direction.BOTH, Owner.THEIRS)
TERMS = PortalTerms(agreements=dict.fromkeys(RecordKind, BOTH), mapping="m" * 64, verdicts=VerdictsTaken.REVIEW)
SUGGESTED = replace(TERMS, verdicts=VerdictsTaken.SUGGESTION)
FIRST, LAST = "2026-07-01", "2026-09-30"
_numbers = count(1)


@dataclass
class Council:
    """A council with one contract and its return of the third quarter of 2026."""

    uow: UnitOfWork
    authority_id: int
    contract_id: int
    return_id: int
    staff: Actor
    supplier: Actor
    reference: str = "EX-1"
    terms: PortalTerms = field(default=TERMS)

    def comes(self, kind: str, /, *, listing: bool = False, **said: Any) -> None:
        """A record of that kind comes from the portal; what it says is by the names of a payload, and of fields."""
        self.take(an_item(kind, **said), listing=listing)

    def take(self, item: Item, *, listing: bool = False) -> None:
        """An item comes, as a reading brings it."""
        (ready,) = door.ready([item])
        assert isinstance(ready, Item)
        with self.uow.begin(Actor.operator("worker")) as work:
            how = {"portal": PORTAL, "terms": self.terms, "is_listing": listing}
            door.take(work, self.authority_id, ready, **how)  # type: ignore[arg-type]

    def submit(self, *typed: Mapping[str, str]) -> list[int]:
        """Its supplier submits the return with these entries; returns all of its entries."""
        return a_submission(self.uow, *typed, return_id=self.return_id)

    def rows(self, table: Table) -> list[Row[Any]]:
        """All of a table, by id."""
        with self.uow.read(OPERATOR) as work:
            return work.all(select(table).order_by(table.c.id))

    def record(self, external_id: str = "", **named: Any) -> Row[Any]:
        """The one record of the sync ledger that bears a name, or is of one of ours."""
        wanted = {"external_id": external_id, **named} if external_id else named
        with self.uow.read(OPERATOR) as work:
            return work.connection.execute(select(PortalRecord).filter_by(**wanted)).one()

    def reviews(self, entry_id: int) -> list[tuple[str, str, str]]:
        """Who decided what on an entry, and why."""
        with self.uow.read(OPERATOR) as work:
            rows = work.all(
                select(Review.c.actor, Review.c.decision, Words.c.text)
                .outerjoin(Words, Words.c.id == Review.c.words_id)
                .where(Review.c.entry_id == entry_id)
                .order_by(Review.c.id)
            )
            return [(row.actor, row.decision, row.text or "") for row in rows]

    def version(self) -> int:
        """The version of the return."""
        with self.uow.read(OPERATOR) as work:
            of = select(Return.c.draft_version).where(Return.c.id == self.return_id)
            return int(work.connection.execute(of).scalar_one())

    def entries(self) -> list[Row[Any]]:
        """Every entry there is."""
        return self.rows(Entry)


def a_council(uow: UnitOfWork, *, terms: PortalTerms = TERMS, authority_id: int = 0) -> Council:
    """A council whose supplier has yet to report."""
    authority_id, supplier_id = authority_id or an_authority(uow), a_supplier(uow)
    reference = f"EX-{next(_numbers)}"
    contract_id = an_award(
        uow, contract_id=a_contract(uow, authority_id=authority_id, supplier_id=supplier_id, reference=reference)
    )
    staff = a_user(uow, authority_id=authority_id)
    return Council(
        uow=uow,
        authority_id=authority_id,
        contract_id=contract_id,
        return_id=a_return(uow, contract_id=contract_id),
        staff=Actor(f"user/{staff}", user_id=staff, authority_id=authority_id, role=MemberRole.MANAGER),
        supplier=a_reporter(uow, contract_id=contract_id),
        reference=reference,
        terms=terms,
    )


def an_item(kind: str, /, **said: Any) -> Item:
    """A portal's item; whatever is no part of a payload is a field."""
    names = ("external_id", "key", "words", "unknown", "version", "changed_at", "trouble")
    payload = {name: said.pop(name) for name in names if name in said}
    return Item(f"{kind}/{next(_numbers)}", "portal-record", {"record": kind, "fields": said, **payload}, "")


def made_there(council: Council, **said: Any) -> dict[str, Any]:
    """What the portal says of an entry that was made there: 13 weeks."""
    made = {"contract": council.reference, "measure": "WEEKS", "unit": "weeks", "first": FIRST, "last": LAST}
    return {"external_id": "P-12", **made, "quantity": "13", "share": "1", **said}
