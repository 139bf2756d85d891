"""What the tests of export and import share: bringing in, loading values again, and looking at what is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from council import ENDS, LICENCE, Council
from sqlalchemy import Table, func, select

from quarterday.db.models import METADATA
from quarterday.db.work import UnitOfWork
from quarterday.evidence import Store
from quarterday.reports.documents import Format
from quarterday.services.exchange import Manifest, import_authority
from quarterday.services.figures import reporting
from quarterday.services.figures.reporting import Ordered
from quarterday.services.measures.loading_values import Outcome, load_values
from quarterday.testing.builders import OPERATOR, a_catalogue


def silent(what: str, done: int, of: int) -> None:
    """Nobody watches."""


def bring_in(uow: UnitOfWork, tmp_path: Path) -> Manifest:
    return import_authority(
        uow, OPERATOR, Store(str(tmp_path / "their evidence")), folder=tmp_path / "export", told=silent
    )


def load_again(uow: UnitOfWork, council: Council) -> Outcome:
    return load_values(
        uow,
        OPERATOR,
        authority_id=council.authority_id,
        path=council.values_file,
        edition=a_catalogue(),
        stated=LICENCE,
    ).outcome


def report(uow: UnitOfWork, council: Council, period: str = "") -> dict[str, Any]:
    ordered = Ordered(authority_id=council.authority_id, form=Format.JSON, period=period, at=ENDS)
    return dict(json.loads(reporting.build(uow, OPERATOR, ordered).content))


def rows(uow: UnitOfWork, table: Table) -> list[dict[str, Any]]:
    with uow.read(OPERATOR) as work:
        query = select(table).order_by(*table.primary_key.columns)
        return [dict(row) for row in work.connection.execute(query).mappings()]


def tables_of(uow: UnitOfWork) -> dict[str, int]:
    with uow.read(OPERATOR) as work:
        count = select(func.count())
        return {
            one.name: work.connection.execute(count.select_from(one)).scalar_one() for one in METADATA.sorted_tables
        }


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def text_of(folder: Path) -> str:
    return "\n".join(
        path.read_text() for path in sorted(folder.rglob("*")) if path.suffix in (".jsonl", ".json", ".txt")
    )
