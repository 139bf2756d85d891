"""A council's year by chance: from a seed, one use case after another, each with what must be there once it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, Select, func, select

from quarterday.db.models import (
    Activity,
    AuditRow,
    Contract,
    DraftEntry,
    Entry,
    EntryEvidence,
    Return,
    Review,
    Revision,
    User,
)
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.domain.promises import Promise
from quarterday.errors import Refused
from quarterday.evidence import Keeper, Store
from quarterday.services import audit_trail
from quarterday.services.measures import loading_values
from quarterday.services.measures.values import Stated
from quarterday.services.organisations import authorities, local_areas, people, periods, suppliers
from quarterday.services.promises import awards, contracts, handovers, opening
from quarterday.services.promises.contracts import NewContract
from quarterday.services.returns import activities, drafts, evidencing, reviews, submissions
from quarterday.testing.builders import PROMISES, a_catalogue, a_value_set

OPERATOR = Actor.operator("cli")
LATER = date(2026, 10, 1)
"""The day from which contracts change hands."""
BEGINS = datetime(2026, 4, 20, 9, tzinfo=UTC)
TYPED: Sequence[dict[str, str]] = (
    {"ref": "JOBS", "people": "2", "full_time_share": "0.5", "months": "3", "is_local": "yes"},
    {"ref": "WEEKS", "people": "2", "weeks": "6", "words": "Two apprentices, six weeks each."},
    {"ref": "HOURS", "hours": "2", "attendees": "8", "activity": "Careers fair", "contract_share": "1/4"},
    {"ref": "GIFTS", "quantity": "250.10", "words": "Given to the food bank."},
    {"ref": "INVESTED", "quantity": "1000", "staff_hours": "3"},
    {"ref": "ACCESS", "quantity": "40"},
    {"ref": "POLICY", "quantity": "yes"},
    {"ref": "GIFTS", "quantity": "soon"},
)
"""What suppliers type; the last can't be submitted."""

Fact = tuple[str, int, dict[str, Any]]
"""A row that is there for good: its table, its id, and what it says. A version goes up, so it is the least there is."""


@dataclass(frozen=True, slots=True)
class Done:
    """One use case that returned: its name, what must be there now, and the newest audit row."""

    what: str
    facts: list[Fact] = field(default_factory=list)
    newest_audit: int = 0


class Ticking:
    """A clock that goes on by a second whenever it is read, so that no two transactions have a moment in common."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


def begin(uow: UnitOfWork) -> None:
    """An authority, a supplier with somebody who reports for it, and two contracts with their returns open."""
    authority = authorities.add_authority(uow, OPERATOR, key="exampleshire", name="Exampleshire Council")
    lead = suppliers.add_supplier(uow, OPERATOR, name="Northmoor Building")
    people.add_user(uow, OPERATOR, email="r@example.org", name="R. Porter", role="supplier", supplier_id=lead)
    manager = {"email": "m@example.org", "name": "M. Anager", "role": "contract manager", "authority_id": authority}
    people.add_user(uow, OPERATOR, **manager)
    for reference in ("C1", "C2"):
        add_contract(uow, authority, lead, reference)
    periods.open_returns(uow, OPERATOR, authority_id=authority, on=date(2026, 4, 20))


def add_contract(uow: UnitOfWork, authority: int, lead: int, reference: str) -> int:
    days = {"starts": date(2026, 4, 1), "ends": date(2027, 3, 31)}
    new = NewContract(reference=reference, title=f"Works {reference}", **days, parties={lead: "lead"})
    contract_id = contracts.add_contract(uow, OPERATOR, authority_id=authority, contract=new)
    edition, values = a_catalogue(), a_value_set()
    awards.award(uow, OPERATOR, contract_id=contract_id, edition=edition, value_set=values, promises=PROMISES)
    return contract_id


def evidence_beside(engine: Engine) -> Store:
    """The evidence store beside a SQLite file, or in the folder of a PostgreSQL cluster."""
    if engine.dialect.name == "sqlite":
        return Store(f"{engine.url.database}.evidence")
    return Store(f"{engine.url.query['host']}/evidence")


class Year:
    """Takes one step after another, each by chance."""

    def __init__(self, uow: UnitOfWork, chance: Random) -> None:
        self._uow = uow
        self._chance = chance
        self._keeper = Keeper(evidence_beside(uow.engine))
        self._supplier = Actor("user/1", user_id=1, supplier_id=1)
        self._council = Actor("user/2", user_id=2, authority_id=1, role=MemberRole.ADMINISTRATOR)
        self._steps = {
            self.save_entry: 8,
            self.remove_entry: 1,
            self.attach_file: 3,
            self.detach: 1,
            self.submit: 4,
            self.accept: 5,
            self.query: 3,
            self.reject: 1,
            self.answer: 1,
            self.replace_queried: 3,
            self.describe_activity: 1,
            self.share_activity: 1,
            self.vary: 1,
            self.add_supplier: 1,
            self.add_contract: 2,
            self.open_returns: 3,
            self.attach_link: 1,
            self.carry_over: 1,
            self.change_owner: 1,
            self.novate: 1,
            self.move: 1,
            self.add_opening_balance: 1,
            self.define_local: 1,
            self.add_user: 1,
            self.end_role: 1,
            self.load_values: 1,
            self.seal: 1,
        }

    def step(self) -> Done:
        """One use case; one that is refused is done too, and leaves nothing."""
        (chosen,) = self._chance.choices(list(self._steps), weights=list(self._steps.values()))
        try:
            facts = chosen()
        except Refused:
            return Done(f"{chosen.__name__}, refused", [], self._newest_audit())
        return Done(chosen.__name__, facts, self._newest_audit())

    def save_entry(self) -> list[Fact]:
        submitted = select(Revision.c.return_id)
        not_yet = self._one(select(Return.c.id, Return.c.draft_version).where(Return.c.id.not_in(submitted)))
        return self._saved(not_yet, self._chance.choices(TYPED, [5] * (len(TYPED) - 1) + [1])[0])

    def replace_queried(self) -> list[Fact]:
        queried = select(Review.c.entry_id).where(Review.c.decision == "queried")
        replaced = select(Entry.c.replaces_entry_id).where(Entry.c.replaces_entry_id.is_not(None))
        chosen = self._one(
            select(Return.c.id, Return.c.draft_version, Entry.c.id.label("entry_id"))
            .join(Entry, Entry.c.return_id == Return.c.id)
            .where(Entry.c.id.in_(queried), Entry.c.id.not_in(replaced))
        )
        return self._saved(chosen, self._chance.choice(TYPED[:-1]), replaces_entry_id=chosen.entry_id)

    def remove_entry(self) -> list[Fact]:
        draft = self._one(select(DraftEntry.c.id, DraftEntry.c.return_id, Return.c.draft_version).join(Return))
        seen = {"return_id": draft.return_id, "seen_version": draft.draft_version}
        version = drafts.remove_entry(self._uow, self._supplier, **seen, draft_id=draft.id)
        return [("return", draft.return_id, {"draft_version": version})]

    def attach_file(self) -> list[Fact]:
        draft = self._one(select(DraftEntry.c.id, DraftEntry.c.return_id))
        place = {"return_id": draft.return_id, "draft_id": draft.id}
        content = f"Receipt {self._chance.randint(1, 9)}".encode()
        made = evidencing.attach_file(
            self._uow, self._supplier, self._keeper, **place, name="receipt.txt", stream=BytesIO(content)
        )
        kept = {"digest": sha256(content).hexdigest(), "size": len(content)}
        return [("evidence", made.evidence_id, kept), ("return", draft.return_id, {"draft_version": made.version})]

    def detach(self) -> list[Fact]:
        link = self._one(
            select(
                EntryEvidence.c.evidence_id, EntryEvidence.c.draft_id, DraftEntry.c.return_id, Return.c.draft_version
            )
            .join(DraftEntry, DraftEntry.c.id == EntryEvidence.c.draft_id)
            .join(Return, Return.c.id == DraftEntry.c.return_id)
        )
        place = {"return_id": link.return_id, "draft_id": link.draft_id, "seen_version": link.draft_version}
        version = evidencing.detach(self._uow, self._supplier, **place, evidence_id=link.evidence_id)
        return [("return", link.return_id, {"draft_version": version})]

    def submit(self) -> list[Fact]:
        drafted = select(DraftEntry.c.return_id)
        chosen = self._one(select(Return.c.id, Return.c.draft_version).where(Return.c.id.in_(drafted)))
        seen = {"return_id": chosen.id, "seen_version": chosen.draft_version}
        made = submissions.submit(self._uow, self._supplier, **seen, declared_as="finance manager")
        return [
            ("revision", made.revision_id, {"digest": made.digest, "number": made.number}),
            ("return", chosen.id, {"draft_version": chosen.draft_version + 1}),
        ]

    def accept(self) -> list[Fact]:
        made = reviews.accept(self._uow, self._council, entry_id=self._entry())
        assert made.worth is not None
        return [("review", made.review_id, {"decision": "accepted"})]

    def query(self) -> list[Fact]:
        made = reviews.query(self._uow, self._council, entry_id=self._entry(), reason="Which weeks were these?")
        return [("review", made.review_id, {"decision": "queried"})]

    def reject(self) -> list[Fact]:
        made = reviews.reject(self._uow, self._council, entry_id=self._entry(), reason="It is outside the area.")
        return [("review", made.review_id, {"decision": "rejected"})]

    def answer(self) -> list[Fact]:
        made = reviews.answer(self._uow, self._supplier, entry_id=self._entry(), text="The weeks in May.")
        return [("review", made.review_id, {"decision": "answered"})]

    def describe_activity(self) -> list[Fact]:
        about = {"supplier_id": 1, "label": f"Hire {self._chance.randint(1, 9)}", "ref": "JOBS"}
        return [("activity", activities.add_activity(self._uow, self._supplier, **about), {"supplier_id": 1})]

    def share_activity(self) -> list[Fact]:
        activity = self._one(select(Activity.c.id)).id
        shared = {"activity_id": activity, "contract_id": self._chance.randint(1, 2), "part": "1/3"}
        activities.share_activity(self._uow, self._supplier, **shared)
        return []

    def vary(self) -> list[Fact]:
        promises = {"WEEKS": Promise(str(self._chance.randint(1, 999)))}
        varied = {"contract_id": self._chance.randint(1, 2), "promises": promises, "reason": "Agreed at the meeting."}
        return [("variation", awards.vary(self._uow, self._council, **varied), {"by_user_id": 2})]

    def add_supplier(self) -> list[Fact]:
        name = f"Larch {self._chance.random()}"
        aliases = {f"{name} Ltd": "a letter"}
        return [("supplier", suppliers.add_supplier(self._uow, OPERATOR, name=name, aliases=aliases), {"name": name})]

    def add_contract(self) -> list[Fact]:
        reference = f"C{self._chance.random()}"
        return [("contract", add_contract(self._uow, 1, 1, reference), {"title": f"Works {reference}"})]

    def open_returns(self) -> list[Fact]:
        opened = periods.open_returns(self._uow, OPERATOR, authority_id=1, on=date(2026, 4, 20))
        return [("return", one.return_id, {"contract_id": one.contract_id}) for one in opened]

    def attach_link(self) -> list[Fact]:
        draft = self._one(select(DraftEntry.c.id, DraftEntry.c.return_id))
        sent = {"return_id": draft.return_id, "draft_id": draft.id, "address": "https://example.org/fair"}
        made = evidencing.attach_link(self._uow, self._supplier, self._keeper, **sent)
        return [("evidence", made.evidence_id, {"kind": "link"})]

    def carry_over(self) -> list[Fact]:
        chosen = self._one(select(Return.c.id, Return.c.draft_version))
        seen = {"return_id": chosen.id, "seen_version": chosen.draft_version}
        made = activities.carry_over(self._uow, self._supplier, **seen)
        return [("return", chosen.id, {"draft_version": chosen.draft_version + 1})] if made else []

    def change_owner(self) -> list[Fact]:
        handovers.change_owner(self._uow, self._council, contract_id=self._chance.randint(1, 2), user_id=2)
        return []

    def novate(self) -> list[Fact]:
        entering = suppliers.add_supplier(self._uow, OPERATOR, name=f"Heir {self._chance.random()}")
        parties = {"leaving_id": 1, "entering_id": entering}
        handovers.novate(self._uow, OPERATOR, contract_id=self._later_contract(), **parties, since=LATER)
        return [("supplier", entering, {})]

    def move(self) -> list[Fact]:
        key = f"new-{self._chance.randint(0, 10**9)}"
        authority = authorities.add_authority(self._uow, OPERATOR, key=key, name="New Council")
        contract = self._later_contract()
        handovers.move(self._uow, OPERATOR, contract_id=contract, authority_id=authority, since=LATER)
        return [("authority", authority, {"key": key})]

    def add_opening_balance(self) -> list[Fact]:
        balance = {"ref": "GIFTS", "as_of": date(2026, 4, 10), "quantity": "12.50", "source": "The paper file."}
        contract = self._chance.randint(1, 2)
        made = opening.add_opening_balance(self._uow, self._council, contract_id=contract, **balance)
        return [("opening_balance", made, {"quantity_text": "12.50"})]

    def define_local(self) -> list[Fact]:
        made = local_areas.define(self._uow, self._council, authority_id=1, name="The borough", codes=["E08000018"])
        return [("local_area", made, {"name": "The borough"})]

    def add_user(self) -> list[Fact]:
        email = f"{self._chance.randint(0, 10**9)}@example.org"
        about = {"email": email, "name": "A. Nother", "role": "lead", "authority_id": 1}
        return [("person", people.add_user(self._uow, OPERATOR, **about), {"email": email})]

    def end_role(self) -> list[Fact]:
        somebody = self._one(select(User.c.id).where(User.c.id > 2)).id
        people.end_role(self._uow, OPERATOR, user_id=somebody, authority_id=1)
        return []

    def load_values(self) -> list[Fact]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "values.csv"
            path.write_text(f"ref,value\nWEEKS,{self._chance.randint(1, 999)}\n")
            stated = Stated(licence="held under agreement 7", source="agreement 7")
            about = {"authority_id": 1, "path": path, "edition": a_catalogue(), "stated": stated}
            loaded = loading_values.load_values(self._uow, self._council, **about)
        return [("value_set_snapshot", loaded.kept.id, {"licence": "held under agreement 7"})]

    def seal(self) -> list[Fact]:
        audit_trail.seal(self._uow)
        return []

    def _later_contract(self) -> int:
        """One of the contracts that were added since: the first two stay where they are."""
        return int(self._one(select(Contract.c.id).where(Contract.c.id > 2)).id)

    def _saved(self, chosen: Any, typed: dict[str, str], **more: int) -> list[Fact]:
        seen = {"return_id": chosen.id, "seen_version": chosen.draft_version}
        saved = drafts.save_entry(self._uow, self._supplier, **seen, typed=typed, **more)
        return [("return", chosen.id, {"draft_version": saved.version})]

    def _entry(self) -> int:
        return int(self._one(select(Entry.c.id)).id)

    def _one(self, query: Select[Any]) -> Any:
        """One of the rows by chance; raises :class:`Refused` where there is none, as a page would."""
        with self._uow.read(OPERATOR) as work:
            rows = sorted(work.all(query))
        if not rows:
            raise Refused("There is nothing to choose from.")
        return self._chance.choice(rows)

    def _newest_audit(self) -> int:
        with self._uow.read(OPERATOR) as work:
            return int(work.connection.scalar(select(func.max(AuditRow.c.id))) or 0)
