"""Definitions of “local”: an authority's own, dated, followed by newer ones, and kept by contracts that used them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from refusals import not_refused
from sqlalchemy import select

from quarterday.db.models import Entry
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.catalogue import LocalArea, RuleData
from quarterday.domain.promises import Promise
from quarterday.services.organisations import local_areas
from quarterday.services.promises.dossier import dossier
from quarterday.services.returns import drafts, submissions
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

TODAY = date(2026, 7, 1)


def names(uow: UnitOfWork, council: int, **when: object) -> dict[str, tuple[str, ...]]:
    found = local_areas.definitions(uow, OPERATOR, authority_id=council, **when)  # type: ignore[arg-type]
    return {one.area.name: one.area.codes for one in found}


def test_a_definition_is_kept_in_the_newest_codes_with_its_wards_and_radius(uow: UnitOfWork) -> None:
    council = builders.an_authority(uow)
    made = local_areas.define(
        uow,
        OPERATOR,
        authority_id=council,
        name=" Town  and neighbours ",
        codes=["E08000018", "e08000019"],
        wards=["e05001045"],
        radius_km="7.5",
        centre="s60 1aa",
    )
    (found,) = local_areas.definitions(uow, OPERATOR, authority_id=council)
    assert found.id == made
    assert found.area == LocalArea(
        name="Town and neighbours",
        codes=("E08000018", "E08000039"),
        since="2026-07-01",
        wards=("E05001045",),
        radius_km="7.5",
        centre="S60 1",
    )


def test_a_newer_definition_follows_and_a_contract_keeps_its_own(uow: UnitOfWork, clock: Clock) -> None:
    council = builders.an_authority(uow)
    define = partial(local_areas.define, uow, OPERATOR, authority_id=council, name="Local")
    first = define(codes=["E08000018"])
    contract = builders.an_award(
        uow,
        contract_id=builders.a_contract(uow, authority_id=council),
        edition=builders.a_catalogue(),
        local_area_id=first,
    )
    known = clock.now
    clock.forward(days=1)
    soon = TODAY + timedelta(days=30)
    define(codes=["E08000018", "E08000017"], valid_from=soon)
    assert names(uow, council) == {"Local": ("E08000018",)}
    assert names(uow, council, day=soon) == {"Local": ("E08000018", "E08000017")}
    assert names(uow, council, day=soon, at=known) == {"Local": ("E08000018",)}
    assert names(uow, council, day=TODAY - timedelta(days=1)) == {}
    clock.forward(days=60)
    pinned = dossier(uow, OPERATOR, contract_id=contract).pinned
    assert pinned is not None
    assert pinned.local is not None
    assert pinned.local.codes == ("E08000018",)
    assert local_areas.definition_of_name(uow, OPERATOR, authority_id=council, name="Local").id != first


def test_what_defines_nothing_is_refused(uow: UnitOfWork) -> None:
    council = builders.an_authority(uow)
    define = partial(local_areas.define, uow, OPERATOR, authority_id=council, name="Local", codes=["E08000018"])
    cases: list[tuple[Callable[[], object], str]] = [
        (partial(define, codes=[]), "Say which areas are local, or within how many km"),
        (partial(define, codes=["Rotherham"]), "is not the code of an area"),
        (partial(define, name=""), "Enter the definition's name"),
        (partial(define, wards=["E08000018"]), "is not the code of a ward"),
        (partial(define, codes=[], wards=["E05001045"], radius_km="5", centre="S60"), "in which area the wards lie"),
        (partial(define, radius_km="5"), "around which part postcode"),
        (partial(define, centre="S60"), "within how many km"),
        (partial(define, radius_km="5", centre="ZZ9"), "not in the postcode directory"),
        (partial(define, radius_km="5", centre="London"), "around which part postcode"),
        (partial(define, radius_km="0", centre="S60"), "more than 0 and at most 500 km"),
        (partial(define, radius_km="1,5", centre="S60"), "decimal comma"),
        (partial(define, radius_km="1e400", centre="S60"), "exponent"),
        (partial(define, authority_id=999), "There is no such authority"),
        (
            partial(local_areas.definition_of_name, uow, OPERATOR, authority_id=council, name="Local"),
            "it has none yet",
        ),
    ]
    assert not_refused(uow, cases) == []


def test_another_authoritys_definition_measures_nothing(uow: UnitOfWork) -> None:
    theirs = local_areas.define(
        uow, OPERATOR, authority_id=builders.an_authority(uow), name="Local", codes=["E08000018"]
    )
    award = partial(builders.an_award, uow, contract_id=builders.a_contract(uow), local_area_id=theirs)
    assert not_refused(uow, [(award, "no such definition of “local” for this authority")]) == []


@pytest.mark.parametrize("codes", [["E10000012"], ["E12000003", "E08000018"]])
def test_a_county_or_region_is_kept_as_its_authorities(uow: UnitOfWork, codes: list[str]) -> None:
    council = builders.an_authority(uow)
    local_areas.define(uow, OPERATOR, authority_id=council, name="Wide", codes=codes)
    (found,) = names(uow, council).values()
    assert len(found) >= 12
    assert not any(code.startswith(("E10", "E12")) for code in found)


@pytest.mark.parametrize(
    ("part", "stated", "effect", "counted"),
    [
        ("S60 2", "", "note", "100"),
        ("S60 2", "no", "note", "100"),  # the postcode decides, whatever is stated
        ("LS1", "yes", "excluded", "0"),
        ("S1", "yes", "note", "100"),  # partly within 10 km: what is stated stands
        ("S1", "no", "excluded", "0"),
        ("S1", "", "undecided", "0"),
    ],
)
def test_a_claim_is_judged_by_the_radius_its_contract_was_awarded_with(
    uow: UnitOfWork, part: str, stated: str, effect: str, counted: str
) -> None:
    council = builders.an_authority(uow)
    near = local_areas.define(uow, OPERATOR, authority_id=council, name="Near", radius_km="10", centre="S60 2")
    edition = replace(builders.a_catalogue(), rules=(RuleData(rule="local-only", measures=("SPEND",)),))
    contract = builders.an_award(
        uow,
        contract_id=builders.a_contract(uow, authority_id=council),
        edition=edition,
        local_area_id=near,
        promises={"SPEND": Promise("1000")},
    )
    return_id = builders.a_return(uow, contract_id=contract)
    cells = {"ref": "SPEND", "quantity": "100", "part_postcode": part, "is_local": stated, "words": "A skip."}
    saved = drafts.save_entry(uow, OPERATOR, return_id=return_id, seen_version=0, typed=cells)
    assert saved.problems == ()
    person = Actor("user/1", user_id=builders.a_user(uow, authority_id=council), is_operator=True)
    submissions.submit(uow, person, return_id=return_id, seen_version=saved.version, declared_as="director")
    with uow.read(OPERATOR) as work:
        findings = work.connection.execute(select(Entry.c.findings)).scalar_one()
    assert findings["rules"] == [["local-only", effect]]
    assert findings["counted"] == counted
