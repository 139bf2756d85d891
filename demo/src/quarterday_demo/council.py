"""The council of the demo as it is set up: its people, suppliers, and contracts with what they promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from quarterday.services.access.permissions import MemberRole
from quarterday.services.measures.catalogues import catalogue
from quarterday.services.measures.values import value_set
from quarterday.services.organisations import authorities, local_areas, people, suppliers
from quarterday.services.promises import Promise, awards, contracts, opening
from quarterday.services.record import Actor, UnitOfWork
from quarterday_demo.cast import DEALS, FIRMS, SECOND_MANAGER, STAFF, Deal

OPERATOR = Actor.operator("cli")
EDITION, VALUES = "toms-rotherham", "illustrative"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract of the demo, and who reports and checks it."""

    id: int
    deal: Deal
    reporter: Actor
    manager: Actor


def add_months(day: date, months: int) -> date:
    """The first of a month so many months after another first."""
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)


def this_quarter(today: date) -> date:
    """The first day of the quarter of the year that a day lies in; the financial year begins in April."""
    return date(today.year, (today.month - 1) // 3 * 3 + 1, 1)


def set_up(uow: UnitOfWork, authority: str, since: date) -> list[Contract]:
    """Everybody and every contract; ``since`` is the first day of the first of the demo's four past quarters."""
    authority_id = authorities.authority_by_key(uow, OPERATOR, authority).id
    staff = {role: _user(uow, who, role, authority_id) for role, who in STAFF.items() if role != "administrator"}
    managers = [staff["contract manager"], _user(uow, SECOND_MANAGER, "contract manager", authority_id)]
    firms, reporters = {}, {}
    for key, firm in FIRMS.items():
        firms[key] = suppliers.add_supplier(uow, OPERATOR, name=firm.name, identifiers=firm.identifiers)
        address = f"{firm.person.lower().replace(' ', '.')}@{key}.example"
        user = people.add_user(uow, OPERATOR, email=address, name=firm.person, role="supplier", supplier_id=firms[key])
        reporters[key] = Actor(f"user/{user}", user_id=user, supplier_id=firms[key])
    area = local_areas.definitions(uow, OPERATOR, authority_id=authority_id)[0].id
    edition = catalogue(EDITION)
    values = value_set(VALUES, edition)
    made = []
    for number, deal in enumerate(DEALS):
        starts = add_months(since, 3 * deal.begins)
        manager = managers[number % len(managers)]
        contract_id = contracts.add_contract(
            uow,
            OPERATOR,
            authority_id=authority_id,
            contract=contracts.NewContract(
                reference=f"NM-{number + 101}",
                title=deal.title,
                starts=starts,
                ends=add_months(starts, 3 * deal.quarters) - timedelta(days=1),
                kind=deal.kind,
                rhythm=deal.rhythm,
                owner_id=manager.user_id,
                parties={firms[deal.lead]: "lead", **_others(deal, firms)},
            ),
        )
        awards.award(
            uow,
            OPERATOR,
            contract_id=contract_id,
            edition=edition,
            value_set=values,
            local_area_id=area,
            promises=promises(deal),
        )
        if starts < since and "NT28" in deal.promises:
            opening.add_opening_balance(
                uow,
                OPERATOR,
                contract_id=contract_id,
                ref="NT28",
                as_of=since - timedelta(days=1),
                quantity=f"{deal.promises['NT28'] * deal.size / 5:.2f}",
                source="The spreadsheet that was kept before",
            )
        made.append(Contract(contract_id, deal, reporters[deal.lead], manager))
    return made


def promises(deal: Deal) -> dict[str, Promise]:
    """What a contract promises, scaled to its size."""
    return {ref: Promise(f"{quantity * deal.size:g}") for ref, quantity in deal.promises.items()}


def _others(deal: Deal, firms: Mapping[str, int]) -> dict[int, str]:
    return {firms[firm]: role for firm, role in (deal.others or {}).items()}


def _user(uow: UnitOfWork, who: tuple[str, str], role: str, authority_id: int) -> Actor:
    name, email = who
    user = people.add_user(uow, OPERATOR, email=email, name=name, role=role, authority_id=authority_id)
    return Actor(f"user/{user}", user_id=user, authority_id=authority_id, role=MemberRole(role))
