"""A council's pages of an exchange, and what a portal says to it, put through the door."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import portal_door
from council_site import CouncilSite
from sqlalchemy import Row, select

from quarterday import Agreement, Direction, Owner, PortalTerms, RecordKind, VerdictsTaken
from quarterday.db.engine import open_engine
from quarterday.db.models import OutboxRow
from quarterday.db.queue import SYNC
from quarterday.db.schema import upgrade
from quarterday.registry import installed
from quarterday.services.plugins.configuring import configure
from quarterday.services.portals import conflicts, inbox, runs
from quarterday.services.portals.conflicts import Conflict
from quarterday.services.portals.inbox import Waiting
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR

PORTAL = "portal"
ASKS = PortalTerms(
    dict.fromkeys(RecordKind, Agreement(Direction.BOTH, Owner.NEWEST)), "made up", verdicts=VerdictsTaken.REVIEW
)
OURS_HOLDS = replace(ASKS, agreements=dict.fromkeys(RecordKind, Agreement(Direction.BOTH, Owner.OURS)))
WEEKS = {"ref": "WEEKS", "quantity": "13", "activity": "Apprentice 1"}


class ExchangeSite(CouncilSite):
    """A council with a contract of which 13 weeks were claimed."""

    @cached_property
    def council(self) -> portal_door.Council:
        """Its contract, its return and who works on them."""
        council = portal_door.a_council(self.uow, terms=ASKS, authority_id=self.authority)
        self.agree(council, ASKS)
        return council

    @cached_property
    def entry(self) -> int:
        """The claim of 13 weeks."""
        (entry,) = self.council.submit(WEEKS)
        return entry

    def configure(self, authority: int = 0) -> None:
        """Set a portal, which is a folder."""
        answers = {"transport": "folder", "exchange_folder": str(self.folder), "mapping": "simulator"}
        whose = {"authority_id": authority or self.authority, "plugin": "portal_sync"}
        configure(self.uow, OPERATOR, installed(), answers=answers, **whose)

    def agree(self, council: portal_door.Council, terms: PortalTerms) -> None:
        """Have something else be agreed with the portal, as its next run is told."""
        council.terms = terms
        with self.uow.begin(OPERATOR) as work:
            run = runs.begin(work, self.authority, PORTAL, "sync", "worker", terms=terms)
            runs.end(work, run, {"read": 3})

    def claims_otherwise(self, quantity: str = "7.5", **said: Any) -> int:
        """The portal has the claim with another quantity; returns the conflict."""
        claim = {**portal_door.made_there(self.council), "external_id": "P-12", "quantity": quantity}
        self.council.comes("entry", key=f"entry/{self.entry}", **{**claim, **said})
        return self.conflict().id

    def decides_otherwise(self, decision: str = "rejected", words: str = "No sign-in sheet.") -> int:
        """The portal decided otherwise on the claim than the council, which took all of it; returns the conflict."""
        reviews.accept(self.uow, self.council.staff, entry_id=self.entry)
        said = {"external_id": "V-1", "entry": str(self.entry), "decision": decision, "quantity": "", "words": words}
        self.council.comes("verdict", **said)
        return self.conflict(open_only=False).id

    def comes_in_vain(self, external_id: str = "P-77", **said: Any) -> int:
        """The portal has a claim for which there is no place here; returns its number in the inbox."""
        claim = portal_door.made_there(self.council)
        self.council.comes("entry", **{**claim, "external_id": external_id, "contract": "EX-999", **said})
        return self.waiting()[-1].id

    def conflict(self, *, open_only: bool = True) -> Conflict:
        """The newest conflict."""
        of = {"authority_id": self.authority, "open_only": open_only}
        return conflicts.conflicts(self.uow, OPERATOR, **of)[-1]

    def waiting(self) -> list[Waiting]:
        """What waits in the inbox."""
        return inbox.inbox(self.uow, OPERATOR, authority_id=self.authority, most=1000)

    def asked_for(self) -> list[str]:
        """What for the worker was asked to exchange."""
        with self.uow.read(OPERATOR) as work:
            rows: list[Row[Any]] = work.all(select(OutboxRow).where(OutboxRow.c.kind == SYNC).order_by(OutboxRow.c.id))
        return [row.payload["purpose"] for row in rows]


def lay_down(path: Path) -> Path:
    """An empty record in a SQLite file."""
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path
