"""``quarterday return invite``: everybody who reports is written to once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from quarterday.cli.main import main
from quarterday.db.models import OutboxRow
from quarterday.db.work import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, record_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)


def test_everybody_who_reports_is_written_to_once(uow: UnitOfWork) -> None:
    contract = builders.an_award(uow)
    return_id = builders.a_return(uow, contract_id=contract)
    people = {builders.a_reporter(uow, contract_id=contract).user_id for _ in range(2)}
    first = CliRunner().invoke(main, ["return", "invite", str(return_id), "--json"])
    assert {one["user"] for one in json.loads(first.stdout)["invited"]} == people
    again = CliRunner().invoke(main, ["return", "invite", str(return_id)])
    assert again.stdout == "Invited: 0; invited before: 2.\n"
    with uow.read(OPERATOR) as work:
        assert len(work.all(select(OutboxRow.c.id).where(OutboxRow.c.kind == "mail.invitation"))) == 2


def test_somebody_who_doesnt_report_is_not_invited(uow: UnitOfWork) -> None:
    return_id = builders.a_return(uow)
    user_id = builders.a_user(uow, supplier_id=builders.a_supplier(uow))
    from quarterday.services.organisations.people import members

    (email,) = [one.email for one in members(uow, OPERATOR) if one.user_id == user_id]
    found = CliRunner().invoke(main, ["return", "invite", str(return_id), "--to", email])
    assert found.exit_code == 5
    assert "doesn't report for the contract" in found.output


def test_where_nobody_reports_it_says_what_to_do(uow: UnitOfWork) -> None:
    found = CliRunner().invoke(main, ["return", "invite", str(builders.a_return(uow))])
    assert "Nobody reports for this contract yet" in found.output
