"""What the ledger answers core of contracts: paid, how much of it local, what is on none for certain, and on what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from made_up_lines import POUND, Part, Spend, a_line, lines

from quarterday import Health, LedgerAnswer, LedgerQuestion, LocalArea, Payee, Trouble
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger.answering import answered
from quarterday_erp_import.ledger.check import LedgerLines
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.standing import standing

BOROUGH = LocalArea(name="Rotherham", codes=("E08000018",), since="2026-04-01")
HERE, THERE = "S60 1AE", "LS1 1UR"
LARCH = Payee(("Larch Building Ltd", "Larch"), (("GB-COH", "01234567"),))
ALDER = Payee(("Alder Advice CIC",), ())
END = date(2026, 12, 31)


def asked(contract_id: int, *payees: Payee, **facts: object) -> LedgerQuestion:
    question = LedgerQuestion(
        contract_id=contract_id,
        numbers=(f"NM-{contract_id}",),
        payees=payees,
        starts=date(2026, 4, 1),
        ends=date(2027, 3, 31),
        local=BOROUGH,
        trigger=None,
    )
    return replace(question, **facts)  # type: ignore[arg-type]


QUESTIONS = (
    asked(1, LARCH, trigger=150 * POUND),
    asked(2, LARCH, local=None),
    asked(3, ALDER),
    asked(4, Payee(("Nobody at all",), ())),
)
JUNE = (
    a_line(1, contract_number="nm 1", postcode=HERE),
    a_line(2, contract_number="NM-1", amount=50 * POUND, postcode=THERE, paid_on=date(2026, 6, 20)),
    a_line(3, contract_number="NM-2", amount=7 * POUND, postcode=HERE),
    a_line(4, payee="LARCH BUILDING LIMITED", amount=11 * POUND),
    a_line(5, payee="Alder Advice CIC", amount=13 * POUND),
    a_line(6, payee="Quince Orchards Ltd", amount=1_000 * POUND, paid_on=date(2026, 6, 30)),
)
JULY = (a_line(1, contract_number="NM1", amount=-20 * POUND, paid_on=date(2026, 7, 2), postcode=HERE),)


@pytest.fixture
def authority(uow: UnitOfWork, files: LineFiles, tmp_path: Path) -> int:
    authority = an_authority(uow)
    for name, some in (("june.csv", JUNE), ("july.csv", JULY)):
        spend = Spend.of(tmp_path, name, Part(lines(*some)))
        of = {"files": files, "path": spend.path, "authority_id": authority, "feed": "spend", "read": spend.read}
        import_file(uow, OPERATOR, **of)  # type: ignore[arg-type]
    return authority


def answers(uow: UnitOfWork, files: LineFiles, authority: int, until: date = END) -> dict[int, LedgerAnswer]:
    now = standing(uow, OPERATOR, files=files, authority_id=authority)
    return {one.contract_id: one for one in answered(now, QUESTIONS, until)}


def test_each_contract_is_answered(uow: UnitOfWork, files: LineFiles, authority: int) -> None:
    found = answers(uow, files, authority)
    june, july = standing(uow, OPERATOR, files=files, authority_id=authority).batches
    assert found[1] == LedgerAnswer(
        contract_id=1,
        until=date(2026, 7, 2),
        lines=3,
        paid=130 * POUND,
        placed=130 * POUND,
        local=80 * POUND,
        unattributed=11 * POUND,
        reached_on=date(2026, 6, 20),
        batches=(f"batch/{june}", f"batch/{july}"),
    )
    assert (found[2].paid, found[2].placed, found[2].local, found[2].unattributed) == (
        7 * POUND,
        7 * POUND,
        None,
        11 * POUND,
    )
    assert (found[3].paid, found[3].placed, found[3].local, found[3].unattributed) == (13 * POUND, 0, 0, 0)
    assert (found[4].paid, found[4].lines, found[4].batches) == (0, 0, ())


def test_later_payments_are_left_out(uow: UnitOfWork, files: LineFiles, authority: int) -> None:
    found = answers(uow, files, authority, date(2026, 6, 15))
    assert (found[1].until, found[1].paid, found[1].reached_on) == (date(2026, 6, 10), 100 * POUND, None)


def test_an_empty_ledger_answers_too(uow: UnitOfWork, files: LineFiles) -> None:
    found = answers(uow, files, an_authority(uow))
    assert [(one.until, one.lines, one.paid, one.batches) for one in found.values()] == [(None, 0, 0, ())] * 4


def test_lines_that_arent_on_this_machine_are_said_to_be_and_the_doctor_sees_it(
    uow: UnitOfWork,
    files: LineFiles,
    authority: int,
    ledger_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", ledger_url)
    (good,) = LedgerLines().run()
    assert (good.health, good.what) == (Health.GOOD, "those of all 2 batches are here")
    next((tmp_path / "ledger").glob("*/*.parquet")).rename(tmp_path / "elsewhere.parquet")
    (wrong,) = LedgerLines().run()
    assert (wrong.health, wrong.what) == (
        Health.WRONG,
        f"those of 1 batches out of 2 aren't in {tmp_path / 'ledger'}.",
    )
    with pytest.raises(Trouble, match=r"The lines of batch \d+ aren't in .*ledger on this machine"):
        standing(uow, OPERATOR, files=files, authority_id=authority)
