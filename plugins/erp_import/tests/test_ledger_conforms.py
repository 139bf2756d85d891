"""The ledger of spend files keeps to what every ledger keeps to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from made_up_lines import POUND, Part, Spend, a_line, lines

from quarterday import LedgerQuestion, LocalArea, Payee
from quarterday.services.record import UnitOfWork
from quarterday.testing import LedgerConformance, LedgerTrial
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.offered import SpendFiles

BOROUGH = LocalArea(name="Rotherham", codes=("E08000018",), since="2026-04-01")
PAID = (
    a_line(1, contract_number="NM-1", postcode="S60 1AE"),
    a_line(2, contract_number="NM-1", amount=50 * POUND, postcode="LS1 1UR", paid_on=date(2026, 6, 20)),
    a_line(3, contract_number="NM-2", amount=7 * POUND),
    a_line(4, payee="Quince Orchards Ltd", amount=1_000 * POUND, paid_on=date(2026, 6, 29)),
)


def question(contract_id: int, local: LocalArea | None) -> LedgerQuestion:
    return LedgerQuestion(
        contract_id=contract_id,
        numbers=(f"NM-{contract_id}",),
        payees=(Payee(("Larch Building Ltd",), ()),),
        starts=date(2026, 4, 1),
        ends=date(2027, 3, 31),
        local=local,
        trigger=None,
    )


class TestSpendFiles(LedgerConformance):
    @pytest.fixture
    def trial(
        self, uow: UnitOfWork, ledger_url: str, files: LineFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> LedgerTrial:
        monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("QUARTERDAY_DATABASE_URL", ledger_url)
        authority = an_authority(uow)
        spend = Spend.of(tmp_path, "june.csv", Part(lines(*PAID)))
        of = {"files": files, "path": spend.path, "authority_id": authority, "feed": "spend", "read": spend.read}
        import_file(uow, OPERATOR, **of)  # type: ignore[arg-type]
        return LedgerTrial(
            ledger=SpendFiles,
            settings={},
            authority_id=authority,
            questions=(question(1, BOROUGH), question(2, None)),
            until=date(2026, 6, 30),
        )
