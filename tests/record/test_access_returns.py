"""Links in mails about one return, and those an operator prints: any browser may use them, each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from refusals import not_refused
from sqlalchemy import select

from quarterday.db.models import OutboxRow, Return, SignInToken
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import Refused
from quarterday.evidence import Keeper, Store
from quarterday.services.access import keys, links, sessions
from quarterday.services.access.links import NotGood, Purpose, State
from quarterday.services.organisations import people
from quarterday.services.promises import handovers
from quarterday.services.returns import drafts, evidencing, standing
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

pytestmark = pytest.mark.usefixtures("secret_key")
CLIENT = "192.0.2.7"


@pytest.fixture
def firm(uow: UnitOfWork) -> int:
    return builders.a_supplier(uow, name="Larch Ltd")


@pytest.fixture
def jo(uow: UnitOfWork, firm: int) -> int:
    """Somebody who reports for the firm, and manages contracts for a council."""
    user_id = builders.a_user(uow, supplier_id=firm)
    (me,) = people.members(uow, OPERATOR)
    facts = {"email": me.email, "name": me.name, "role": "contract manager"}
    assert people.add_user(uow, OPERATOR, **facts, authority_id=builders.an_authority(uow)) == user_id
    return user_id


@pytest.fixture
def return_id(uow: UnitOfWork, firm: int) -> int:
    contract = builders.a_contract(uow, supplier_id=firm)
    return builders.a_return(uow, contract_id=builders.an_award(uow, contract_id=contract))


def link_to_return(uow: UnitOfWork, user_id: int, return_id: int) -> str:
    with uow.begin(OPERATOR) as work:
        token_id = links.for_return(work, user_id, return_id)
    return links.link_for(keys.installed(), token_id)


def use(uow: UnitOfWork, link: str) -> links.Opened:
    return links.use(uow, link, browser=None, client_label="Safari on iPhone")


def links_mailed(uow: UnitOfWork) -> list[str]:
    with uow.read(OPERATOR) as work:
        rows = work.all(select(OutboxRow.c.payload).where(OutboxRow.c.kind == "mail.sign_in").order_by(OutboxRow.c.id))
    return [links.link_for(keys.installed(), row.payload["token"]) for row in rows]


def test_a_link_in_a_mail_opens_that_return_and_nothing_else(
    uow: UnitOfWork, jo: int, firm: int, return_id: int
) -> None:
    link = link_to_return(uow, jo, return_id)
    assert links.look(uow, link, None) == links.Looked(State.GOOD, False, Purpose.RETURN, return_id)
    opened = use(uow, link)
    assert opened.visit.return_id == return_id
    (place,) = opened.visit.places
    assert (place.supplier_id, place.authority_id, place.name) == (firm, None, "Larch Ltd")
    assert opened.visit.actor(place) == Actor(
        f"user/{jo}", user_id=jo, supplier_id=firm, return_id=return_id, role=MemberRole.SUPPLIER
    )
    assert sessions.visit(uow, opened.cookie) == opened.visit
    assert not opened.visit.is_staff
    whole = builders.a_session(uow, jo).visit
    assert [one.authority_id is None for one in whole.places] == [False, True]


def test_a_link_to_a_return_lives_until_it_closes_and_at_least_thirty_days(
    uow: UnitOfWork, clock: Clock, jo: int, return_id: int
) -> None:
    early = link_to_return(uow, jo, return_id)  # the quarter to September closes on 29 December
    clock.now = datetime(2026, 12, 29, 23, 59, tzinfo=UTC)
    late = link_to_return(uow, jo, return_id)
    assert links.look(uow, early, None).state is State.GOOD
    clock.forward(minutes=1)
    assert links.look(uow, early, None).state is State.OLD
    clock.now = datetime(2026, 12, 29, 23, 59, tzinfo=UTC) + timedelta(days=30) - timedelta(seconds=1)
    assert links.look(uow, late, None).state is State.GOOD
    clock.forward(seconds=1)
    assert links.look(uow, late, None).state is State.OLD


def test_a_used_or_old_link_gives_a_fresh_one_at_one_press(
    uow: UnitOfWork, clock: Clock, jo: int, return_id: int
) -> None:
    link = link_to_return(uow, jo, return_id)
    use(uow, link)
    links.fresh(uow, link, client=CLIENT)
    (second,) = links_mailed(uow)
    clock.forward(days=300)
    links.fresh(uow, second, client=CLIENT)
    third = links_mailed(uow)[-1]
    assert [links.look(uow, one, None).state for one in (link, second, third)] == [State.USED, State.OLD, State.GOOD]
    assert use(uow, third).visit.return_id == return_id
    for _ in range(4):
        links.fresh(uow, third, client=CLIENT)
    with pytest.raises(Refused, match="Too many links"):
        links.fresh(uow, third, client="198.51.100.1")


def test_a_link_that_opens_no_return_is_not_renewed(uow: UnitOfWork, jo: int) -> None:
    for link in (builders.a_link(uow, jo), "nonsense", f"{links.PATH}x.1"):
        with pytest.raises(Refused, match="on the sign-in page"):
            links.fresh(uow, link, client=CLIENT)
    assert links_mailed(uow) == []


def test_who_left_the_supplier_opens_nothing_and_is_sent_nothing(
    uow: UnitOfWork, jo: int, firm: int, return_id: int
) -> None:
    link, other = (link_to_return(uow, jo, return_id) for _ in range(2))
    opened = use(uow, link)
    people.end_role(uow, OPERATOR, user_id=jo, supplier_id=firm)
    assert sessions.visit(uow, opened.cookie) is None
    assert links.look(uow, other, None).state is State.OLD
    with pytest.raises(NotGood):
        use(uow, other)
    links.fresh(uow, other, client=CLIENT)  # says nothing
    assert links_mailed(uow) == []
    assert sessions.visit(uow, builders.a_session(uow, jo).cookie) is not None  # the council's role is still there


def test_a_supplier_that_is_no_party_any_more_opens_nothing(
    uow: UnitOfWork, jo: int, firm: int, return_id: int
) -> None:
    opened = use(uow, link_to_return(uow, jo, return_id))
    with uow.read(OPERATOR) as work:
        contract_id = work.connection.execute(select(Return.c.contract_id).where(Return.c.id == return_id)).scalar_one()
    heir = builders.a_supplier(uow)
    parties = {"leaving_id": firm, "entering_id": heir}
    handovers.novate(uow, OPERATOR, contract_id=contract_id, **parties, since=uow.clock().date())
    assert sessions.visit(uow, opened.cookie) is None


def test_an_operators_link_works_anywhere_for_an_hour(uow: UnitOfWork, clock: Clock, jo: int) -> None:
    link = builders.a_link(uow, jo)
    assert links.look(uow, link, "any browser") == links.Looked(State.GOOD, False, Purpose.OPERATOR)
    assert builders.a_link(uow, jo) != link
    clock.forward(minutes=60)
    assert links.look(uow, link, None).state is State.OLD
    assert use(uow, builders.a_link(uow, jo)).visit.return_id is None
    for actor in (Actor("user/1", authority_id=1, role=MemberRole.ADMINISTRATOR), Actor("user/1", supplier_id=1)):
        with pytest.raises(Refused, match="Only the operator"):
            links.for_operator(uow, actor, user_id=jo)
    with pytest.raises(Refused, match="has no role"):
        links.for_operator(uow, OPERATOR, user_id=999)
    with uow.read(OPERATOR) as work:
        asked = work.all(select(SignInToken.c.browser, SignInToken.c.address, SignInToken.c.network))
    assert {tuple(row) for row in asked} == {("", "", "")}


def test_who_came_by_a_link_to_one_return_reaches_nothing_else(uow: UnitOfWork, clock: Clock, tmp_path: Path) -> None:
    firm = builders.a_supplier(uow)
    contract_id = builders.an_award(uow, contract_id=builders.a_contract(uow, supplier_id=firm))
    other_contract = builders.an_award(uow, contract_id=builders.a_contract(uow, supplier_id=firm))
    first, elsewhere = (builders.a_return(uow, contract_id=one) for one in (contract_id, other_contract))
    clock.now = datetime(2026, 10, 1, 9, tzinfo=UTC)
    second = builders.a_return(uow, contract_id=contract_id, on=clock.now.date())
    keeper = Keeper(Store(str(tmp_path)))
    pieces = {}
    for one in (first, second, elsewhere):
        draft_id = builders.a_draft(uow, {"ref": "GIFTS", "quantity": "5"}, return_id=one)
        stated = {"draft_id": draft_id, "text": f"Given, says return {one}."}
        pieces[one] = evidencing.attach_statement(uow, OPERATOR, keeper, return_id=one, **stated).evidence_id
    jo = builders.a_user(uow, supplier_id=firm)
    visit = builders.a_session(uow, jo, return_id=second).visit
    actor = visit.actor(visit.places[0])
    assert [one.id for one in standing.returns(uow, actor)] == [second]
    assert standing.whole_return(uow, actor, return_id=second).listed.id == second
    assert len(evidencing.evidence_of(uow, actor, return_id=second)) == 1
    with pytest.raises(Refused, match="is a statement and no file"):  # it is found, and can be read
        evidencing.open_evidence(uow, actor, keeper, evidence_id=pieces[second])
    save = partial(drafts.save_entry, uow, actor, typed={"ref": "GIFTS", "quantity": "6"})
    cases: list[tuple[Callable[[], object], str]] = []
    for one in (first, elsewhere):
        version = builders.version_of(uow, return_id=one)
        cases += [
            (partial(standing.whole_return, uow, actor, return_id=one), "no such return"),
            (partial(evidencing.evidence_of, uow, actor, return_id=one), "no such return"),
            (partial(evidencing.open_evidence, uow, actor, keeper, evidence_id=pieces[one]), "no such evidence"),
            (partial(save, return_id=one, seen_version=version), "no such return"),
        ]
    cases += [(partial(standing.returns, uow, actor, contract_id=other_contract), "no such contract")]
    assert not_refused(uow, cases) == []
    whole = builders.a_session(uow, jo).visit
    assert len(standing.returns(uow, whole.actor(whole.places[0]))) == 3
