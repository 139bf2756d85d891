"""The ledger's pages over a record of a test's own, and somebody of each role who visits them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from visits import Visitor

from quarterday.evidence import Keeper, Limits, Store
from quarterday.services.access import sessions
from quarterday.services.organisations import people
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_webforms.site import Site
from quarterday_webforms.theme import Theme

KEY = "a key for tests, which signs nothing that anybody keeps"


@dataclass(frozen=True)
class LedgerSite:
    """A site, and its council."""

    app: Flask
    uow: UnitOfWork
    folder: Path
    """The data folder."""
    authority: int

    @classmethod
    def of(cls, app: Flask, uow: UnitOfWork, folder: Path) -> LedgerSite:
        return cls(app, uow, folder, an_authority(uow, key="northmoor"))

    @property
    def files(self) -> LineFiles:
        return LineFiles(self.folder / "ledger")

    def visitor(self, role: str = "lead", authority: int = 0) -> Visitor:
        """Somebody who is signed in."""
        email = f"{role.replace(' ', '-')}-{authority}@northmoor.example"
        whose = {"authority_id": authority or self.authority}
        user = people.add_user(self.uow, OPERATOR, email=email, name="Priya Marlow", role=role, **whose)
        with self.uow.begin(OPERATOR) as work:
            cookie = sessions.open_session(work, user_id=user, return_id=None, label="Firefox on Windows")
        client = self.app.test_client()
        with client.session_transaction() as kept:
            kept["visit"] = cookie
        return Visitor(client)


def site_of(uow: UnitOfWork, folder: Path) -> Site:
    return Site(
        uow=uow,
        keeper=Keeper(Store(str(folder / "evidence")), Limits(most_bytes=2**20, most_pieces=3)),
        cookie_key=KEY,
        theme=Theme(council="Northmoor Council"),
        megabytes=1,
        is_secure=False,
        data_dir=folder,
        keeps_mails=False,
    )
