"""A return with one entry being written, to attach evidence to, and everybody around it."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from sqlalchemy import func, select

from quarterday.db.models import AuditRow, EntryEvidence, Evidence, Return, Words
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.evidence import Keeper, Limits, Store
from quarterday.services.returns import drafts, submissions
from quarterday.services.returns.evidencing import (
    Attached,
    attach_file,
)
from quarterday.testing.builders import OPERATOR, a_contract, a_return, a_supplier, a_user, an_authority, an_award

CONTENT = b"Two apprentices began in April.\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
A_WEEK = 7 * 86_400


@dataclass(frozen=True)
class Case:
    """A return with one entry being written, and everybody around it."""

    uow: UnitOfWork
    keeper: Keeper
    folder: Path
    return_id: int
    draft_id: int
    supplier: Actor
    council: Actor
    other_supplier: Actor
    other_council: Actor

    def attach(self, content: bytes = CONTENT, name: str = "letter.txt", **more: object) -> Attached:
        place = {"return_id": self.return_id, "draft_id": self.draft_id} | more
        stream = BytesIO(content)
        return attach_file(self.uow, self.supplier, self.keeper, name=name, stream=stream, **place)  # type: ignore[arg-type]

    def save(self, ref: str = "GIFTS", **more: int) -> int:
        typed = {"ref": ref, "quantity": "250"}
        return drafts.save_entry(
            self.uow, self.supplier, return_id=self.return_id, seen_version=self.version(), typed=typed, **more
        ).draft_id

    def submit(self) -> submissions.Submitted:
        return submissions.submit(
            self.uow, self.supplier, return_id=self.return_id, seen_version=self.version(), declared_as="manager"
        )

    def version(self) -> int:
        with self.uow.read(OPERATOR) as work:
            row = work.one(select(Return.c.draft_version).where(Return.c.id == self.return_id))
            assert row
            return row.draft_version

    def rows(self, table: type[Evidence] | type[EntryEvidence] | type[Words]) -> int:
        with self.uow.read(OPERATOR) as work:
            return work.connection.execute(select(func.count()).select_from(table)).scalar_one()

    def audited(self, action: str) -> list[dict[str, object]]:
        with self.uow.read(OPERATOR) as work:
            query = select(AuditRow).where(AuditRow.c.action == action).order_by(AuditRow.c.id)
            return [dict(row._mapping) for row in work.all(query)]

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())

    def grow_old(self) -> None:
        """Make every file a week old."""
        then = time.time() - A_WEEK
        for path in self.folder.rglob("*"):
            os.utime(path, (then, then))


def a_case(uow: UnitOfWork, folder: Path) -> Case:
    """A case whose evidence is kept in that folder, with room for three pieces of at most a megabyte."""
    authority, supplier = an_authority(uow), a_supplier(uow)
    contract = an_award(uow, contract_id=a_contract(uow, authority_id=authority, supplier_id=supplier))
    return_id = a_return(uow, contract_id=contract)
    person = a_user(uow, supplier_id=supplier)
    made = Case(
        uow=uow,
        keeper=Keeper(Store(str(folder)), Limits(most_bytes=2**20, most_pieces=3)),
        folder=folder,
        return_id=return_id,
        draft_id=0,
        supplier=Actor(f"user/{person}", user_id=person, supplier_id=supplier),
        council=Actor("user/900", authority_id=authority, role=MemberRole.ADMINISTRATOR),
        other_supplier=Actor("user/901", supplier_id=a_supplier(uow)),
        other_council=Actor("user/902", authority_id=an_authority(uow), role=MemberRole.ADMINISTRATOR),
    )
    return replace(made, draft_id=made.save())
