"""The ledger is asked in the background; what it answers are rows, which pages read without asking any plugin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, cast

import pytest
from hostile_site import install
from sqlalchemy import select

from quarterday import LedgerAnswer, NotConfigured, NotThere, Refused, Retryable
from quarterday.db import outbox
from quarterday.db.models import LedgerFigure, OutboxRow, PluginSetting
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.domain.ledger import Standing
from quarterday.domain.promises import Promise
from quarterday.registry import installed
from quarterday.services.background.kinds import errands
from quarterday.services.exchange.selection import Selection
from quarterday.services.ledger import asking
from quarterday.services.ledger.beside import is_there, ledger_of_contract
from quarterday.services.ledger.triggers import set_trigger
from quarterday.services.organisations import local_areas, suppliers
from quarterday.services.plugins.children import Asking, Children, Limits
from quarterday.services.plugins.process import PluginFault
from quarterday.services.promises import handovers
from quarterday.testing.builders import OPERATOR, PROMISES, a_contract, a_return, a_submission, an_authority, an_award
from quarterday.testing.clock import Clock

POUND = 1_000_000


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    folder = tmp_path_factory.mktemp("ledgers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDAY_DATA_DIR", str(folder))
        (folder / "quarterday.toml").write_text('[plugins]\norder = ["hostile-ledgers"]\n')  # the first ledger counts
        install(folder / "site-packages", patch, "ledgers")
        with Children(Limits(seconds=20, job_seconds=20)) as children:
            yield children
    installed.cache_clear()


@pytest.fixture
def authority(uow: UnitOfWork) -> int:
    return an_authority(uow)


@pytest.fixture
def contract(uow: UnitOfWork, authority: int) -> int:
    """A contract that promises local spend, by a definition of “local”."""
    area = local_areas.define(uow, OPERATOR, authority_id=authority, name="The borough", codes=["E08000018"])
    supplier = suppliers.add_supplier(
        uow, OPERATOR, name="Larch Building Ltd", identifiers={"GB-COH": "01234567"}, aliases={"Larch": "a spend file"}
    )
    return an_award(
        uow,
        contract_id=a_contract(uow, authority_id=authority, supplier_id=supplier, reference="NM-1"),
        promises={**PROMISES, "SPEND": Promise("80000")},
        local_area_id=area,
    )


def set_up(uow: UnitOfWork, authority: int, **values: object) -> None:
    with uow.begin(OPERATOR) as work:
        work.add(PluginSetting, authority_id=authority, plugin="hostile-ledgers", values=values, sealed="")


def asked(uow: UnitOfWork, children: Children, authority: int) -> str:
    """What comes of asking the ledger, as the worker does it."""
    row = Due(1_000, authority, "ledger.ask", "ledger/1", {}, 1, 0)
    return errands(children)["ledger.ask"].run(uow, row)


def waiting(uow: UnitOfWork) -> list[str]:
    with uow.read(OPERATOR) as work:
        return [row.key for row in work.all(select(OutboxRow.c.key).where(OutboxRow.c.kind == "ledger.ask"))]


def test_what_a_ledger_is_asked(uow: UnitOfWork, authority: int, contract: int) -> None:
    with uow.read(OPERATOR) as work:
        _, (question,) = asking.questions_of(work, authority)
    assert (question.contract_id, question.numbers) == (contract, ("NM-1",))
    (payee,) = question.payees
    assert (payee.names, payee.identifiers) == (("Larch Building Ltd", "Larch"), (("GB-COH", "01234567"),))
    assert question.local is not None
    assert (question.local.name, question.trigger) == ("The borough", None)
    assert (question.starts, question.ends) == (date(2026, 4, 1), date(2028, 3, 31))


def test_answers_become_rows_and_the_same_answer_adds_none(
    uow: UnitOfWork, children: Children, authority: int, contract: int
) -> None:
    assert asked(uow, children, authority) == "What is new: of 1 contract of 1."
    assert asked(uow, children, authority) == "What is new: of 0 contracts of 1."
    set_up(uow, authority, paid=60_000 * POUND)
    assert asked(uow, children, authority) == "What is new: of 1 contract of 1."
    with uow.read(OPERATOR) as work:
        rows = work.all(select(LedgerFigure.c.paid, LedgerFigure.c.ledger, LedgerFigure.c.batches))
    assert [row.paid for row in rows] == [50_000 * POUND, 60_000 * POUND]
    assert (rows[0].ledger, rows[0].batches) == ("books", ["batch/1"])


def test_a_contract_shows_the_newest_answer_and_the_claim_beside_it(
    uow: UnitOfWork, children: Children, authority: int, contract: int
) -> None:
    nothing = ledger_of_contract(uow, OPERATOR, contract_id=contract)
    assert (is_there(), nothing.known, nothing.claims) == (True, None, ())
    spend = {"ref": "SPEND", "quantity": "12000.50", "part_postcode": "S60 1AA", "is_local": "yes"}
    a_submission(uow, spend, return_id=a_return(uow, contract_id=contract))
    asked(uow, children, authority)
    found = ledger_of_contract(uow, OPERATOR, contract_id=contract)
    assert found.known is not None
    assert (found.known.paid, found.known.placed, found.known.local) == (50_000 * POUND, 25_000 * POUND, 10_000 * POUND)
    assert found.known.area is not None
    assert found.known.area.name == "The borough"
    assert (found.known.until, found.asked_at) == (date(2026, 7, 1), datetime(2026, 7, 1, 9, 30, tzinfo=UTC))
    (claim,) = found.claims
    assert (claim.measure.ref, claim.claimed.amount, claim.claimed.until) == (
        "SPEND",
        12_000_500_000,
        date(2026, 9, 30),
    )
    assert claim.compared.standing is Standing.WITHIN
    assert [one for one in claim.compared.reasons if "A subcontractor's spend can't appear" in one]
    set_up(uow, authority, paid=1_000 * POUND)
    asked(uow, children, authority)
    (claim,) = ledger_of_contract(uow, OPERATOR, contract_id=contract).claims
    assert claim.compared.standing is Standing.ABOVE


def test_a_spend_trigger_is_asked_with_and_reached(
    uow: UnitOfWork, children: Children, authority: int, contract: int
) -> None:
    assert set_trigger(uow, OPERATOR, contract_id=contract, pounds="£50,000.01") == 50_000_010_000
    asked(uow, children, authority)
    found = ledger_of_contract(uow, OPERATOR, contract_id=contract)
    assert found.known is not None
    assert (found.trigger, found.known.trigger, found.known.reached_on) == (50_000_010_000, 50_000_010_000, None)
    set_trigger(uow, OPERATOR, contract_id=contract, pounds="50000")
    asked(uow, children, authority)
    found = ledger_of_contract(uow, OPERATOR, contract_id=contract)
    assert found.known is not None
    assert (found.known.trigger, found.known.reached_on) == (50_000 * POUND, date(2026, 4, 1))
    assert set_trigger(uow, OPERATOR, contract_id=contract, pounds=" ") is None
    assert ledger_of_contract(uow, OPERATOR, contract_id=contract).trigger is None
    assert [key.rpartition("/")[0] for key in waiting(uow)] == [f"ledger/{authority}/trigger"] * 3


@pytest.mark.parametrize("pounds", ["nothing", "0", "-5", "0.0000001"])
def test_what_is_no_trigger_is_refused(uow: UnitOfWork, contract: int, pounds: str) -> None:
    with pytest.raises(Refused):
        set_trigger(uow, OPERATOR, contract_id=contract, pounds=pounds)


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ("crashes", PluginFault, r"The ledger ended its process \(exit code 9\)"),
        ("raises", PluginFault, r"^The ledger failed: ValueError in hostile_ledgers"),
        ("later", Retryable, "being bound"),
        ("unset", NotConfigured, "Say how"),
        ("too few", PluginFault, "or none of one"),
        ("another", PluginFault, "that nobody asked for"),
        ("float", PluginFault, "a number isn't whole"),
        ("text", PluginFault, "a day is no date"),
        ("words", PluginFault, "a value of the type str, not a LedgerAnswer"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # it fails before anything is written
def test_a_ledger_that_answers_badly_changes_nothing(
    uow: UnitOfWork, children: Children, authority: int, contract: int, how: str, error: type[Exception], words: str
) -> None:
    set_up(uow, authority, how=how)
    with pytest.raises(error, match=words) as caught:
        asked(uow, children, authority)
    assert "ann@" not in str(caught.value)
    assert ledger_of_contract(uow, OPERATOR, contract_id=contract).known is None


def test_a_contract_without_a_definition_is_asked_without_one(
    uow: UnitOfWork, children: Children, authority: int
) -> None:
    contract = a_contract(uow, authority_id=authority)
    asked(uow, children, authority)
    found = ledger_of_contract(uow, OPERATOR, contract_id=contract)
    assert found.known is not None
    assert (found.known.local, found.known.area, found.claims) == (None, None, ())


def test_after_a_handover_the_new_council_is_asked_by_its_own_number_and_shown_its_own_payments(
    uow: UnitOfWork, clock: Clock, children: Children, authority: int, contract: int
) -> None:
    asked(uow, children, authority)
    successor = an_authority(uow)
    since = date(2026, 7, 2)
    handovers.move(uow, OPERATOR, contract_id=contract, authority_id=successor, since=since, reference="SUC-9")
    clock.forward(days=1)
    assert ledger_of_contract(uow, OPERATOR, contract_id=contract).known is None
    with uow.read(OPERATOR) as work:
        _, (question,) = asking.questions_of(work, successor)
    assert question.numbers == ("SUC-9",)
    set_up(uow, successor, paid=7 * POUND)
    asked(uow, children, successor)
    found = ledger_of_contract(uow, OPERATOR, contract_id=contract)
    assert found.known is not None
    assert found.known.paid == 7 * POUND
    with uow.read(OPERATOR) as work:  # what goes along when a council leaves
        theirs = Selection(work, successor).condition(LedgerFigure)
        assert [row.paid for row in work.all(select(LedgerFigure.c.paid).where(theirs))] == [7 * POUND]


def test_of_two_questions_at_once_the_later_ones_answer_counts(
    uow: UnitOfWork, clock: Clock, authority: int, contract: int
) -> None:
    class Slow:
        """While it answers the first question the second is put, and answered, with what was there before."""

        paid = iter((50, 60, 50))

        def ask_ledger(self, question: Asking) -> list[LedgerAnswer]:
            paid = next(self.paid)
            if paid == 60:
                clock.forward(minutes=1)
                assert asked(uow, cast("Children", self), authority) == "What is new: of 0 contracts of 1."
            none: dict[str, Any] = {"until": None, "lines": 1, "placed": 0, "local": 0, "unattributed": 0}
            return [LedgerAnswer(contract_id=contract, paid=paid * POUND, **none)]

    slow: Any = Slow()
    assert asked(uow, slow, authority) == "What is new: of 1 contract of 1."
    clock.forward(minutes=1)
    assert asked(uow, slow, authority) == "It was asked again meanwhile, and that answer counts."
    found = ledger_of_contract(uow, OPERATOR, contract_id=contract)
    assert found.known is not None
    assert (found.known.paid, found.asked_at) == (50 * POUND, clock.now)


def test_each_authority_is_asked_for_and_shown_its_own(
    uow: UnitOfWork, children: Children, authority: int, contract: int
) -> None:
    neighbour = an_authority(uow)
    assert asked(uow, children, neighbour) == "What is new: of 0 contracts of 0."
    lead = Actor("user/7", user_id=7, authority_id=neighbour, role=MemberRole.LEAD)
    with pytest.raises(NotThere):
        ledger_of_contract(uow, lead, contract_id=contract)
    with pytest.raises(NotThere):
        asking.ask(uow, lead, authority_id=authority)
    with pytest.raises(NotThere):
        set_trigger(uow, lead, contract_id=contract, pounds="1")
    with pytest.raises(Refused):
        ledger_of_contract(uow, Actor("user/8", user_id=8, supplier_id=1), contract_id=contract)


def test_after_a_batch_the_ledger_is_asked_once(uow: UnitOfWork, authority: int) -> None:
    with uow.begin(OPERATOR) as work:
        asking.ask_after(work, authority, "batch/7")
    assert waiting(uow) == [f"ledger/{authority}/batch/7"]


def test_each_day_it_is_asked_for_every_council_once(
    uow: UnitOfWork, clock: Clock, authority: int, contract: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    neighbour, _ = an_authority(uow), an_authority(uow)  # the other one has no contract
    a_contract(uow, authority_id=neighbour)
    assert [asking.ask_each(uow, clock.now) for _ in range(2)] == [2, 0]
    assert asking.ask_each(uow, clock.forward(days=1)) == 2
    days = ("2026-07-01", "2026-07-02")
    assert {key.partition("T")[0] for key in waiting(uow)} == {
        f"ledger/{one}/daily/{day}" for one in (authority, neighbour) for day in days
    }
    monkeypatch.setattr(asking, "ledger", lambda _: None)
    assert asking.ask_each(uow, clock.forward(days=1)) == 0


def test_what_is_asked_again_is_left_to_the_last(
    uow: UnitOfWork, children: Children, authority: int, contract: int
) -> None:
    neighbour = an_authority(uow)
    with uow.begin(OPERATOR) as work:
        for batch in (7, 8):
            asking.ask_after(work, authority, f"batch/{batch}")
        asking.ask_after(work, neighbour, "batch/9")
        rows = outbox.take(work, 10, OutboxRow.c.kind == "ledger.ask")  # as a worker does, all at once
    run = errands(children)["ledger.ask"].run
    said = [run(uow, row) for row in rows]
    assert said[0] == "It is asked again, and that answers this, too."
    assert said[1:] == ["What is new: of 1 contract of 1.", "What is new: of 0 contracts of 0."]


def test_without_a_ledger_nothing_is_asked(uow: UnitOfWork, authority: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("asking", "beside"):
        monkeypatch.setattr(f"quarterday.services.ledger.{place}.ledger", lambda _: None)
    with uow.begin(OPERATOR) as work:
        asking.ask_after(work, authority, "batch/7")
    assert waiting(uow) == []
    assert not is_there()
