"""Builders: a record with something in it, made by the same use cases that commands and pages call.

Each takes what a test cares about and makes up the rest; called with nothing else, each makes one whole thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from itertools import count

from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.catalogue import Catalogue, Kind, Measure, RuleData
from quarterday.domain.periods import Rhythm
from quarterday.domain.promises import Promise
from quarterday.domain.units import unit
from quarterday.domain.values import Shipped, UnitValue, ValueSet
from quarterday.services import scope
from quarterday.services.access import keys, links
from quarterday.services.access.links import Opened
from quarterday.services.organisations import authorities, people, periods, suppliers
from quarterday.services.promises import awards, contracts
from quarterday.services.promises.contracts import NewContract
from quarterday.services.returns import activities, drafts, submissions
from quarterday.services.returns.reported import reported

OPERATOR = Actor.operator("cli")
"""Whose scope is the whole installation."""
PROMISES: Mapping[str, Promise] = {
    "JOBS": Promise("25"),
    "WEEKS": Promise("400"),
    "GIFTS": Promise("2000"),
    "ACCESS": Promise("120"),
}

_numbers = count(1)


def a_catalogue(edition: str = "1") -> Catalogue:
    """A made-up edition with a measure of each sort: flows in several units, a stock, a rate, a yes/no."""

    def measure(ref: str, title: str, unit_id: str, kind: Kind = Kind.MONETISED, is_local: bool = False) -> Measure:
        return Measure(
            ref=ref,
            title=title,
            unit=unit(unit_id),
            kind=kind,
            theme="Work" if is_local else "Community",
            outcome="Local people" if is_local else "Stronger together",
            localised=is_local,
            is_local_economic=is_local,
        )

    return Catalogue(
        id="made-up",
        edition=edition,
        title=f"Made-up measures, edition {edition}",
        measures=(
            measure("JOBS", "Jobs for local people", "FTE", is_local=True),
            measure("SPEND", "Spend with local firms", "£", is_local=True),
            measure("WEEKS", "Apprenticeship weeks", "weeks"),
            measure("HOURS", "School visits", "session hours × attendees"),
            measure("GIFTS", "Gifts to charities", "£"),
            measure("INVESTED", "Invested in a community project", "£ invested"),
            measure("ACCESS", "Employees with access to support", "employees with access"),
            measure("WASTE", "Waste kept from landfill", "%", Kind.RECORD_ONLY),
            measure("POLICY", "A modern slavery policy", "yes/no", Kind.YES_NO),
        ),
        rules=(
            RuleData(rule="full-time", measures=("JOBS",), numbers={"hours": 35, "part_time": "as stated"}),
            RuleData(rule="staff-time", measures=("INVESTED",)),
        ),
        source="made up for tests",
    )


def a_value_set(edition: str = "1", *, shipped: Shipped = Shipped.ILLUSTRATIVE) -> ValueSet:
    """Made-up round values for :func:`a_catalogue`; the jobs have none, so that a total that has them is incomplete."""
    pounds = {"SPEND": "0.5", "WEEKS": "150", "HOURS": "12.5", "GIFTS": "1", "INVESTED": "1", "ACCESS": "83.3333333"}
    return ValueSet(
        id="round",
        title="Round values",
        edition=f"made-up/{edition}",
        shipped=shipped,
        licence="made up",
        redistributable=shipped is not Shipped.OWN,
        values=tuple(UnitValue(ref=ref, text=text, value=Fraction(text)) for ref, text in pounds.items()),
        staff_hour=UnitValue(ref="staff hour", text="20", value=Fraction(20)),
    )


def an_authority(
    uow: UnitOfWork, *, key: str = "", first_month: int = 4, due_days: int = 30, closes_days: int = 90
) -> int:
    """An authority; returns its id."""
    number = next(_numbers)
    return authorities.add_authority(
        uow,
        OPERATOR,
        key=key or f"exampleshire-{number}",
        name=f"Exampleshire Council {number}",
        first_month=first_month,
        due_days=due_days,
        closes_days=closes_days,
    )


def a_supplier(uow: UnitOfWork, *, name: str = "", identifiers: Mapping[str, str] | None = None) -> int:
    """A supplier; returns its id."""
    return suppliers.add_supplier(
        uow, OPERATOR, name=name or f"Larch and Sons {next(_numbers)} Ltd", identifiers=identifiers
    )


def a_user(uow: UnitOfWork, *, authority_id: int | None = None, supplier_id: int | None = None, role: str = "") -> int:
    """Somebody with a role: “supplier” for a supplier, else “contract manager”; returns their id."""
    number = next(_numbers)
    return people.add_user(
        uow,
        OPERATOR,
        email=f"person{number}@example.org",
        name=f"Person {number}",
        role=role or ("contract manager" if supplier_id is None else "supplier"),
        authority_id=authority_id,
        supplier_id=supplier_id,
    )


def a_link(uow: UnitOfWork, user_id: int) -> str:
    """The path of a link that signs somebody in, in any browser; the settings must name a ``secret_key``."""
    return links.link_for(keys.installed(), links.for_operator(uow, OPERATOR, user_id=user_id))


def a_session(uow: UnitOfWork, user_id: int, *, return_id: int | None = None) -> Opened:
    """Somebody signed in, or in a session for one return; its cookie and what a visit with it finds."""
    if return_id is None:
        link = a_link(uow, user_id)
    else:
        with uow.begin(OPERATOR) as work:
            link = links.link_for(keys.installed(), links.for_return(work, user_id, return_id))
    return links.use(uow, link, browser=None, client_label="Firefox on Linux")


def a_contract(
    uow: UnitOfWork,
    *,
    authority_id: int | None = None,
    supplier_id: int | None = None,
    reference: str = "",
    rhythm: str = Rhythm.QUARTER,
    starts: date = date(2026, 4, 1),
    ends: date = date(2028, 3, 31),
    owner_id: int | None = None,
) -> int:
    """A contract of two years, with an authority and a supplier of its own unless they are given; returns its id."""
    number = next(_numbers)
    return contracts.add_contract(
        uow,
        OPERATOR,
        authority_id=an_authority(uow) if authority_id is None else authority_id,
        contract=NewContract(
            reference=reference or f"EX-{number}",
            title=f"Grounds maintenance {number}",
            starts=starts,
            ends=ends,
            rhythm=rhythm,
            parties={a_supplier(uow) if supplier_id is None else supplier_id: "lead"},
            owner_id=owner_id,
        ),
    )


def an_award(
    uow: UnitOfWork,
    *,
    contract_id: int | None = None,
    promises: Mapping[str, Promise] = PROMISES,
    edition: Catalogue | None = None,
    value_set: ValueSet | None = None,
    local_area_id: int | None = None,
) -> int:
    """Commitments for a contract, which is made where none is given; returns the contract's id.

    The edition is :func:`a_catalogue` where none is given, and then, unless given, the values are :func:`a_value_set`.
    """
    contract = a_contract(uow) if contract_id is None else contract_id
    awards.award(
        uow,
        OPERATOR,
        contract_id=contract,
        edition=edition or a_catalogue(),
        value_set=a_value_set() if edition is None and value_set is None else value_set,
        local_area_id=local_area_id,
        promises=promises,
    )
    return contract


def a_return(uow: UnitOfWork, *, contract_id: int | None = None, on: date = date(2026, 7, 1)) -> int:
    """The open return of a contract (an award where none is given) for the period with that day; returns its id."""
    contract = an_award(uow) if contract_id is None else contract_id
    with uow.begin(OPERATOR) as work:
        authority_id = scope.contract(work, contract).authority_id
    periods.open_returns(uow, OPERATOR, authority_id=authority_id, on=on)
    return periods.return_of(uow, OPERATOR, contract_id=contract, day=on)


def a_reporter(uow: UnitOfWork, *, contract_id: int) -> Actor:
    """Somebody of the contract's lead, who may submit its returns."""
    with uow.begin(OPERATOR) as work:
        lead = activities.reporting_supplier(work, contract_id)
    user_id = a_user(uow, supplier_id=lead)
    return Actor(f"user/{user_id}", user_id=user_id, supplier_id=lead)


def a_draft(
    uow: UnitOfWork,
    typed: Mapping[str, str],
    *,
    return_id: int,
    replaces_entry_id: int | None = None,
    late_period_id: int | None = None,
) -> int:
    """An entry being written, saved as typed; returns its id."""
    return drafts.save_entry(
        uow,
        OPERATOR,
        return_id=return_id,
        seen_version=version_of(uow, return_id=return_id),
        typed=typed,
        replaces_entry_id=replaces_entry_id,
        late_period_id=late_period_id,
    ).draft_id


def a_submission(uow: UnitOfWork, *typed: Mapping[str, str], return_id: int) -> list[int]:
    """A return submitted with these entries, and whatever was drafted before; returns all its entries' ids."""
    for one in typed:
        a_draft(uow, one, return_id=return_id)
    with uow.begin(OPERATOR) as work:
        contract_id = reported(work, return_id).contract_id
    submissions.submit(
        uow,
        a_reporter(uow, contract_id=contract_id),
        return_id=return_id,
        seen_version=version_of(uow, return_id=return_id),
        declared_as="finance manager",
    )
    with uow.begin(OPERATOR) as work:
        return submissions.entries_now(work, return_id)


def version_of(uow: UnitOfWork, *, return_id: int) -> int:
    """The version of a return that a writer who opens it now has seen."""
    with uow.begin(OPERATOR) as work:
        return reported(work, return_id).draft_version
