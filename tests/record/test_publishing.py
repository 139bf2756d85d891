"""Documents that plugins made: delivered once, and listed with core's reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from quarterday.db.work import UnitOfWork
from quarterday.errors import NotConfigured, Refused
from quarterday.ports import Document, DocumentKind
from quarterday.services.figures.publishing import publish
from quarterday.services.figures.reporting import built
from quarterday.testing.builders import OPERATOR, an_authority


def paper(content: bytes) -> Document:
    meta = {"report": "over-30k", "period": "2026/27 Q1"}
    return Document(DocumentKind.REPORT, "over-30k.csv", "text/csv", content, meta)


def test_a_document_goes_to_one_place_once_and_is_listed(uow: UnitOfWork, tmp_path: Path) -> None:
    of = {"authority_id": an_authority(uow)}
    first = publish(uow, OPERATOR, document=paper(b"1"), folder=tmp_path, **of)
    assert publish(uow, OPERATOR, document=paper(b"1"), folder=tmp_path, **of) == first
    other = publish(uow, OPERATOR, document=paper(b"2"), folder=tmp_path, **of)
    assert [(tmp_path / one.reference).read_bytes() for one in (first, other)] == [b"1", b"2"]
    assert sum(path.suffix == ".csv" for path in tmp_path.iterdir()) == 2
    listed = built(uow, OPERATOR, authority_id=of["authority_id"])
    assert {(one.report, one.period, one.form) for one in listed} == {("over-30k", "2026/27 Q1", "csv")}


def test_it_goes_to_a_folder_or_to_a_sink(uow: UnitOfWork, tmp_path: Path) -> None:
    of = {"authority_id": an_authority(uow)}
    with pytest.raises(Refused, match="where the document is to go"):
        publish(uow, OPERATOR, document=paper(b"1"), **of)
    with pytest.raises(Refused, match="where the document is to go"):
        publish(uow, OPERATOR, document=paper(b"1"), sink="folder", folder=tmp_path, **of)
    with pytest.raises(NotConfigured):
        publish(uow, OPERATOR, document=paper(b"1"), sink="carrier-pigeon", **of)
