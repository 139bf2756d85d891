"""A small council with a year of everything: contracts, returns, reviews, evidence, words, and values of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

from sqlalchemy import select

from quarterday.db.engine import open_engine
from quarterday.db.models import Entry, Return
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.domain.promises import Promise
from quarterday.evidence import Keeper, Store
from quarterday.services.measures.loading_values import load_values, values_named
from quarterday.services.measures.values import Stated
from quarterday.services.organisations import authorities, local_areas, people, periods, suppliers
from quarterday.services.promises import awards, contracts, opening
from quarterday.services.promises.contracts import NewContract
from quarterday.services.returns import activities, drafts, evidencing, reviews, submissions
from quarterday.testing.builders import OPERATOR, PROMISES, a_catalogue, a_value_set
from quarterday.testing.clock import Clock

BEGINS, ENDS = datetime(2026, 4, 20, 9, tzinfo=UTC), datetime(2026, 11, 2, 9, tzinfo=UTC)
OWN_VALUES = """ref,unit value,unit,area,derivation
SPEND,0.55,£,E08000018,our own study
WEEKS,161.25,weeks,,our own study
HOURS,13.2,session hours × attendees,,our own study
GIFTS,1,£,,a pound is a pound
ACCESS,83.3333333,employees with access,,our own study
JOBS,20429.5,FTE,E08000018,our own study
"""
LICENCE = Stated(licence="Held under licence; not to be passed on", source="A study of 2025", redistributable=False)
Q1: Sequence[Mapping[str, str]] = (
    {"ref": "JOBS", "people": "4", "full_time_share": "0.5", "months": "3", "part_postcode": "S60", "is_local": "yes"},
    {"ref": "WEEKS", "people": "2", "weeks": "6.5", "activity": "Apprentice 1", "words": "Two apprentices, =1+1."},
    {"ref": "HOURS", "hours": "2", "attendees": "8", "activity": "Careers fair", "contract_share": "1/3"},
    {"ref": "GIFTS", "quantity": "250.10", "words": "Given to the food bank “Ærø”."},
    {"ref": "ACCESS", "quantity": "40"},
    {"ref": "POLICY", "quantity": "yes", "words": "Our policy of 2025."},
    {"ref": "WASTE", "quantity": "62.5"},
)
Q2: Sequence[Mapping[str, str]] = (
    {"ref": "WEEKS", "people": "2", "weeks": "13", "activity": "Apprentice 1"},
    {"ref": "ACCESS", "quantity": "55"},
    {"ref": "GIFTS", "quantity": "100"},
    {"ref": "WASTE", "quantity": "70"},
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Council:
    """The ids of what is there, and who acts."""

    authority_id: int
    neighbour_id: int
    """Another authority of the installation, with a contract of the same supplier."""
    own_values: int
    """The contract that the council's own values value."""
    illustrative: int
    yearly: int
    neighbours: int
    staff: Actor
    supplier: Actor
    values_file: Path


def a_council(uow: UnitOfWork, clock: Clock, keeper: Keeper, folder: Path) -> Council:
    """Everything from April to November 2026; the clock stands at the end of it afterwards."""
    clock.now = BEGINS
    authority = authorities.add_authority(uow, OPERATOR, key="northmoor", name="Northmoor Council")
    neighbour = authorities.add_authority(uow, OPERATOR, key="westvale", name="Westvale Council")
    areas = {"codes": ["E08000018"], "name": "The borough", "valid_from": date(2026, 4, 1)}
    local = local_areas.define(uow, OPERATOR, authority_id=authority, **areas)
    lead = suppliers.add_supplier(
        uow, OPERATOR, name="Larch Building Ltd", identifiers={"GB-COH": "01234567"}, aliases={"Larch": "a spend file"}
    )
    partner = suppliers.add_supplier(uow, OPERATOR, name="Alder Advice", identifiers={"GB-CHC": "1098765"})
    suppliers.add_supplier(uow, OPERATOR, name="Nobody's Supplier")
    manager = people.add_user(
        uow, OPERATOR, email="m@example.org", name="M. Anager", role="contract manager", authority_id=authority
    )
    reporter = people.add_user(
        uow, OPERATOR, email="r@example.org", name="R. Porter", role="supplier", supplier_id=lead
    )
    values_file = folder / "our-values.csv"
    values_file.write_text(OWN_VALUES)
    edition = a_catalogue()
    load_values(uow, OPERATOR, authority_id=authority, path=values_file, edition=edition, stated=LICENCE)
    own = values_named(uow, OPERATOR, authority_id=authority, name="our-values", edition=edition)

    def contract(reference: str, of: int, starts: date, rhythm: str, parts: Mapping[int, str]) -> int:
        new = NewContract(
            reference=reference,
            title=f"Works {reference}",
            starts=starts,
            ends=date(2028, 3, 31),
            rhythm=rhythm,
            parties=parts,
            owner_id=manager if of == authority else None,
        )
        return contracts.add_contract(uow, OPERATOR, authority_id=of, contract=new)

    began = date(2026, 4, 1)
    first = contract("NM-1", authority, began, "quarter", {lead: "lead", partner: "partner"})
    second = contract("NM-2", authority, began, "quarter", {lead: "lead"})
    third = contract("NM-3", authority, began, "year", {partner: "lead"})
    fourth = contract("WV-1", neighbour, began, "quarter", {lead: "lead"})
    promises = {**PROMISES, "WASTE": Promise("70"), "POLICY": Promise("yes"), "HOURS": Promise("300", "front")}
    for contract_id, value_set in ((first, own), (second, a_value_set()), (third, None), (fourth, a_value_set())):
        awards.award(
            uow,
            OPERATOR,
            contract_id=contract_id,
            edition=edition,
            value_set=value_set,
            local_area_id=local if contract_id != fourth else None,
            promises=promises,
        )
    council = Council(
        authority_id=authority,
        neighbour_id=neighbour,
        own_values=first,
        illustrative=second,
        yearly=third,
        neighbours=fourth,
        staff=Actor(f"user/{manager}", user_id=manager, authority_id=authority, role=MemberRole.ADMINISTRATOR),
        supplier=Actor(f"user/{reporter}", user_id=reporter, supplier_id=lead),
        values_file=values_file,
    )
    opening.add_opening_balance(
        uow, OPERATOR, contract_id=first, ref="GIFTS", as_of=date(2026, 4, 10), quantity="75", source="the old sheet"
    )
    periods.open_returns(uow, OPERATOR, authority_id=authority, on=date(2026, 4, 20))
    periods.open_returns(uow, OPERATOR, authority_id=neighbour, on=date(2026, 4, 20))
    _first_quarter(uow, clock, keeper, council)
    _second_quarter(uow, clock, council)
    return council


def report(
    uow: UnitOfWork,
    council: Council,
    contract_id: int,
    day: date,
    typed: Sequence[Mapping[str, str]],
    *,
    keeper: Keeper | None = None,
    replacing: int | None = None,
) -> dict[str, int]:
    """Report and submit entries for the period with that day; returns ref → entry, the latest of each."""
    return_id = periods.return_of(uow, OPERATOR, contract_id=contract_id, day=day)
    supplier = council.supplier
    with uow.read(OPERATOR) as work:
        version = work.connection.execute(select(Return.c.draft_version).where(Return.c.id == return_id)).scalar_one()
    for cells in typed:
        saved = drafts.save_entry(
            uow, supplier, return_id=return_id, seen_version=version, typed=cells, replaces_entry_id=replacing
        )
        version = saved.version
        where = {"return_id": return_id, "draft_id": saved.draft_id}
        if keeper and cells["ref"] == "GIFTS":
            file = {"name": "Letter of thanks.pdf", "stream": BytesIO(PDF)}
            version = evidencing.attach_file(uow, supplier, keeper, **where, **file).version
            link = "https://example.org/thanks"
            version = evidencing.attach_link(uow, supplier, keeper, **where, address=link).version
            stated = "The food bank confirmed the sum."
            version = evidencing.attach_statement(uow, supplier, keeper, **where, text=stated).version
    submissions.submit(uow, supplier, return_id=return_id, seen_version=version, declared_as="finance manager")
    with uow.read(OPERATOR) as work:
        rows = work.all(select(Entry.c.ref, Entry.c.id).where(Entry.c.return_id == return_id).order_by(Entry.c.id))
        return {row.ref: row.id for row in rows}


def _first_quarter(uow: UnitOfWork, clock: Clock, keeper: Keeper, council: Council) -> None:
    clock.now = datetime(2026, 7, 6, 9, tzinfo=UTC)
    fair = activities.add_activity(
        uow,
        council.supplier,
        supplier_id=council.supplier.supplier_id or 0,
        label="Careers fair",
        ref="HOURS",
        started=date(2026, 5, 2),
        typed={"hours": "2"},
    )
    for contract_id, part in ((council.own_values, "1/3"), (council.neighbours, "2/3")):
        activities.share_activity(uow, council.supplier, activity_id=fair, contract_id=contract_id, part=part)
    day = date(2026, 6, 30)
    own = report(uow, council, council.own_values, day, Q1, keeper=keeper)
    made_up = report(uow, council, council.illustrative, day, Q1[3:])
    report(uow, council, council.neighbours, day, [{**Q1[2], "contract_share": "2/3"}])
    clock.forward(days=2)
    for ref, entry in own.items():
        match ref:
            case "GIFTS":
                reviews.query(uow, council.staff, entry_id=entry, reason="Which food bank was it?")
            case "WEEKS":
                reviews.accept(uow, council.staff, entry_id=entry, quantity="12.5", reason="Half a week was holiday.")
            case "JOBS":
                reviews.reject(uow, council.staff, entry_id=entry, reason="These jobs were there before.")
            case _:
                reviews.accept(uow, council.staff, entry_id=entry)
    for entry in made_up.values():
        reviews.accept(uow, council.staff, entry_id=entry)
    clock.forward(days=2)
    again = {"ref": "GIFTS", "quantity": "240.05", "words": "The one in Mill Lane."}
    amended = report(uow, council, council.own_values, day, [again], replacing=own["GIFTS"])
    reviews.accept(uow, council.staff, entry_id=amended["GIFTS"])


def _second_quarter(uow: UnitOfWork, clock: Clock, council: Council) -> None:
    clock.now = datetime(2026, 10, 5, 9, tzinfo=UTC)
    for authority_id in (council.authority_id, council.neighbour_id):
        periods.open_returns(uow, OPERATOR, authority_id=authority_id, on=date(2026, 10, 1))
    day = date(2026, 9, 30)
    for entry in report(uow, council, council.own_values, day, Q2).values():
        reviews.accept(uow, council.staff, entry_id=entry)
    changed = {"WEEKS": Promise("500")}
    awards.vary(
        uow, council.staff, contract_id=council.own_values, promises=changed, reason="More apprentices were agreed."
    )
    clock.now = ENDS


@dataclass(frozen=True, slots=True)
class Kept:
    """A council that was made once, to be copied by many tests: where its record and its evidence are."""

    council: Council
    record: str
    """A SQLite file, or the name of a PostgreSQL database."""
    evidence: Path


def made_once(url: str, record: str, folder: Path) -> Kept:
    """A council in the record of that URL."""
    engine = open_engine(url)
    clock = Clock(BEGINS)
    council = a_council(UnitOfWork(engine, clock), clock, Keeper(Store(str(folder / "evidence"))), folder)
    engine.dispose()
    return Kept(council, record, folder / "evidence")
