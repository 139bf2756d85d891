"""Commitments go in from a sheet, measured by an edition, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest
from imported import PROMISED, counts, everything, faults, sheet

from quarterday.db.work import UnitOfWork
from quarterday.domain.promises import Promise
from quarterday.services.imports import (
    MeasuredBy,
    import_commitments,
)
from quarterday.services.promises import awards
from quarterday.testing.builders import (
    OPERATOR,
    a_catalogue,
    a_contract,
    a_value_set,
    an_authority,
)


class TestCommitments:
    """All of a contract's promises in one step, or none."""

    def measured_by(self) -> MeasuredBy:
        return MeasuredBy(edition=a_catalogue(), values=a_value_set())

    def test_contracts_are_awarded(self, uow: UnitOfWork, tmp_path: Path) -> None:
        authority = an_authority(uow)
        first = a_contract(uow, authority_id=authority, reference="A1")
        a_contract(uow, authority_id=authority, reference="A2")
        text = f"{PROMISED}A1,JOBS,25,\nA1,weeks,400,back\nA2,GIFTS,2000,2026-Q1 = 2000\n"
        path = sheet(tmp_path, text)
        done = import_commitments(uow, OPERATOR, authority_id=authority, path=path, measured_by=self.measured_by())
        assert counts(done) == (3, 0, 0, 0)
        promised = awards.commitments(uow, OPERATOR, contract_id=first)
        assert {one.ref: sum(one.targets.values()) for one in promised} == {"JOBS": 25, "WEEKS": 400}
        before = everything(uow)
        again = import_commitments(uow, OPERATOR, authority_id=authority, path=path, measured_by=self.measured_by())
        assert counts(again) == (0, 0, 3, 0)
        assert everything(uow) == before

    @pytest.mark.parametrize(
        ("row", "column", "why"),
        [
            ("A1,GIFTS,-5,", "quantity", "“-5” is negative"),
            ("A1,GIFTS,1e400,", "quantity", "“1e400” is written with an exponent"),
            ("A1,GIFTS,NaN,", "quantity", "“NaN” is not a number"),
            ('A1,GIFTS,"12,5",', "quantity", "“12,5” has a decimal comma"),
            ("A1,GIFTS,0,", "quantity", "Enter more than 0"),
            ("A1,GIFTS,,", "quantity", "Blank: enter how much is promised."),
            ("A1,GIFT,5,", "measure", "“GIFT” is no measure of made-up/1; did you mean “GIFTS”?"),
            ("A1,JOBS,5,", "measure", "JOBS is promised in line 2 too"),
            ("A1,GIFTS,5,sideways", "spread", "“sideways” says neither"),
            ("A1,GIFTS,5,2026-Q1 = 4", "spread", "The quantities by period for GIFTS add to 4"),
            ("A1,GIFTS,5,2031-Q1 = 5", "spread", "“2031-Q1” is no period of this contract"),
        ],
    )
    def test_one_bad_row_keeps_the_contract_out(
        self, uow: UnitOfWork, tmp_path: Path, row: str, column: str, why: str
    ) -> None:
        authority = an_authority(uow)
        kept_out = a_contract(uow, authority_id=authority, reference="A1")
        a_contract(uow, authority_id=authority, reference="A2")
        path = sheet(tmp_path, f"{PROMISED}A1,JOBS,25,\n{row}\nA2,JOBS,5,\n")
        done = import_commitments(uow, OPERATOR, authority_id=authority, path=path, measured_by=self.measured_by())
        assert counts(done) == (1, 0, 0, 2)
        assert faults(done)[2] == [("", "Put line 3 right first; a contract gets all of its commitments in one step.")]
        ((where, said),) = faults(done)[3]
        assert (where, said[: len(why)]) == (column, why)
        assert awards.commitments(uow, OPERATOR, contract_id=kept_out) == []

    def test_a_contract_nobody_knows(self, uow: UnitOfWork, tmp_path: Path) -> None:
        authority = an_authority(uow)
        path = sheet(tmp_path, f"{PROMISED}A11,JOBS,25,\n")
        done = import_commitments(uow, OPERATOR, authority_id=authority, path=path, measured_by=self.measured_by())
        assert faults(done)[2] == [("contract", "This authority has no contract “A11”; import the contracts first.")]
        a_contract(uow, authority_id=authority, reference="A1")
        done = import_commitments(uow, OPERATOR, authority_id=authority, path=path, measured_by=self.measured_by())
        assert faults(done)[2] == [("contract", "This authority has no contract “A11”; did you mean “A1”?")]

    def test_other_commitments_than_it_has_are_refused(self, uow: UnitOfWork, tmp_path: Path) -> None:
        authority = an_authority(uow)
        contract = a_contract(uow, authority_id=authority, reference="A1")
        awards.award(uow, OPERATOR, contract_id=contract, edition=a_catalogue(), promises={"JOBS": Promise("25")})
        before = everything(uow)
        path = sheet(tmp_path, f"{PROMISED}A1,JOBS,26,\n")
        done = import_commitments(uow, OPERATOR, authority_id=authority, path=path, measured_by=self.measured_by())
        assert faults(done)[2] == [("", "This contract has its commitments already; to change them, vary them.")]
        assert everything(uow) == before

    def test_values_of_another_edition_are_refused(self, uow: UnitOfWork, tmp_path: Path) -> None:
        authority = an_authority(uow)
        a_contract(uow, authority_id=authority, reference="A1")
        path = sheet(tmp_path, f"{PROMISED}A1,JOBS,26,\n")
        wrong = MeasuredBy(edition=a_catalogue("2"), values=a_value_set("1"))
        done = import_commitments(uow, OPERATOR, authority_id=authority, path=path, measured_by=wrong)
        assert [why for _, why in faults(done)[2]] == [
            "“round” values made-up/1, and the contract is measured by made-up/2."
        ]
