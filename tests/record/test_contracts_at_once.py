"""Several at once on one contract, reference or number: one wins, the others are told, and nothing is there twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier

from refusals import rows

from quarterday.db.work import UnitOfWork
from quarterday.domain.promises import Promise
from quarterday.errors import Refused
from quarterday.services.organisations import authorities, people, periods, suppliers
from quarterday.services.promises import awards, handovers
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

WRITERS = 4


def at_once(acts: list[Callable[[], object]]) -> list[str]:
    """Do them all in the same moment; what each was told, "" for the one that was done."""
    barrier = Barrier(len(acts))

    def do(act: Callable[[], object]) -> str:
        barrier.wait()
        try:
            act()
        except Refused as why:
            return str(why)
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(do, acts))


def test_a_contract_is_awarded_once(uow: UnitOfWork) -> None:
    contract = builders.a_contract(uow)
    said = at_once([partial(builders.an_award, uow, contract_id=contract)] * WRITERS)
    assert said == ["", *["This contract has its commitments already; to change them, vary them."] * (WRITERS - 1)]
    assert (rows(uow)["contract_pin"], rows(uow)["commitment"]) == (1, len(builders.PROMISES))


def test_awards_of_several_contracts_keep_one_edition(uow: UnitOfWork) -> None:
    contracts = [builders.a_contract(uow) for _ in range(WRITERS)]
    assert at_once([partial(builders.an_award, uow, contract_id=one) for one in contracts]) == [""] * WRITERS
    assert rows(uow)["edition_snapshot"] == 1
    assert rows(uow)["contract_pin"] == WRITERS


def test_a_reference_is_given_once(uow: UnitOfWork) -> None:
    council = builders.an_authority(uow)
    supplier = builders.a_supplier(uow)
    add = partial(builders.a_contract, uow, authority_id=council, supplier_id=supplier, reference="EX/1")
    said = at_once([add] * WRITERS)
    assert said[0] == ""
    assert all("has a contract “EX/1” already" in told for told in said[1:])
    assert rows(uow)["contract"] == 1


def test_a_period_is_opened_once(uow: UnitOfWork) -> None:
    council = builders.an_authority(uow)
    for _ in range(3):
        builders.an_award(uow, contract_id=builders.a_contract(uow, authority_id=council))
    at_once([partial(periods.open_returns, uow, OPERATOR, authority_id=council, on=date(2026, 7, 1))] * WRITERS)
    assert (rows(uow)["return"], rows(uow)["period"]) == (3, 1)


def test_a_supplier_is_novated_out_once(uow: UnitOfWork) -> None:
    out, entering = builders.a_supplier(uow), [builders.a_supplier(uow) for _ in range(WRITERS)]
    contract = builders.a_contract(uow, supplier_id=out)
    novate = partial(handovers.novate, uow, OPERATOR, contract_id=contract, leaving_id=out, since=date(2026, 8, 1))
    said = at_once([partial(novate, entering_id=one) for one in entering])
    assert said == ["", *["The supplier that is to leave is no party to this contract on 2026-08-01."] * (WRITERS - 1)]


def test_variations_follow_one_another(uow: UnitOfWork) -> None:
    contract = builders.an_award(uow)
    vary = partial(awards.vary, uow, OPERATOR, contract_id=contract, promises={"HOURS": Promise("8")}, reason="r")
    assert at_once([vary] * WRITERS) == [""] * WRITERS
    (hours,) = [one for one in awards.commitments(uow, OPERATOR, contract_id=contract) if one.ref == "HOURS"]
    assert sum(hours.targets.values()) == 8
    assert rows(uow)["variation"] == WRITERS


def test_keys_numbers_and_addresses_are_taken_once(uow: UnitOfWork) -> None:
    council = builders.an_authority(uow)
    for act, table, says in (
        (
            partial(authorities.add_authority, uow, OPERATOR, key="north", name="North"),
            "authority",
            "There is an authority “north” already",
        ),
        (
            partial(suppliers.add_supplier, uow, OPERATOR, name="Oak", identifiers={"GB-COH": "01234567"}),
            "supplier_identifier",
            "use that one",
        ),
        (
            partial(people.add_user, uow, OPERATOR, email="jo@x.org", name="Jo", role="lead", authority_id=council),
            "membership",
            "has that role already",
        ),
    ):
        before = rows(uow)[table]
        said = at_once([act] * WRITERS)
        assert said[0] == "", said
        assert all(says in told for told in said[1:]), said
        assert rows(uow)[table] == before + 1
