"""Fields that a portal has no place for: a record of ours that comes back without them is the one that was sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from portal_door import PORTAL, TERMS, a_council

from quarterday.db.models import PortalConflict
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.portal_records import Agreement, Direction, Owner, PortalTerms, RecordKind, digest_of
from quarterday.services.plugins.exchanged import Unagreed, agreed_terms, terms_as_data, terms_of
from quarterday.services.portals import standing
from quarterday.services.portals.ours import ours_of

UNTOLD = {RecordKind.CONTRACT: frozenset({"supplier_number", "ends"})}
OUT = PortalTerms({RecordKind.CONTRACT: Agreement(Direction.OUT, Owner.OURS)}, mapping="m")


@pytest.mark.parametrize(("untold", "conflicts"), [(UNTOLD, 0), ({}, 1)])
def test_what_a_portal_is_never_told_is_as_it_was_sent(
    untold: dict[RecordKind, frozenset[str]], conflicts: int, uow: UnitOfWork
) -> None:
    council = a_council(uow)
    council.terms = replace(OUT, untold=untold)
    with uow.begin(Actor.operator("worker")) as work:
        ours = ours_of(work, council.authority_id, RecordKind.CONTRACT, [council.contract_id], council.terms)
        sent = dict(ours[council.contract_id].fields)
        digest = digest_of(RecordKind.CONTRACT, sent)
        standing.put(
            work,
            council.authority_id,
            PORTAL,
            RecordKind.CONTRACT,
            our_id=council.contract_id,
            external_id="A-1",
            sent=sent,
            agreed=digest,
            theirs_digest=digest,
            state=standing.SAME,
        )
    told = {name: text for name, text in sent.items() if name not in UNTOLD[RecordKind.CONTRACT]}
    council.comes("contract", external_id="A-1", key=f"contract/{council.contract_id}", version="2", **told)
    assert len(council.rows(PortalConflict)) == conflicts
    council.comes(
        "contract",
        external_id="A-1",
        key=f"contract/{council.contract_id}",
        version="3",
        **{**told, "title": "Another"},
    )
    assert council.rows(PortalConflict)[-1].theirs["title"] == "Another"


def test_what_is_untold_passes_between_host_and_portal() -> None:
    terms = replace(TERMS, untold=UNTOLD)
    assert terms_of(terms_as_data(agreed_terms(terms))) == terms


@pytest.mark.parametrize(
    "untold",
    [{"contract": frozenset()}, {RecordKind.CONTRACT: {"ends"}}, {RecordKind.CONTRACT: frozenset({"goal"})}, []],
)
def test_what_is_no_field_is_not_untold(untold: object) -> None:
    with pytest.raises(Unagreed, match="as untold what isn't a frozenset of fields"):
        agreed_terms(replace(TERMS, untold=untold))  # type: ignore[arg-type]
