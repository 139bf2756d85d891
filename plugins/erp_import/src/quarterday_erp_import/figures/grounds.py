"""What an authority's figures follow from: where none of it changed, no figure has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, func, select

from quarterday import LedgerQuestion
from quarterday.services.ledger.asking import questions_of
from quarterday.services.organisations.local_areas import Defined
from quarterday.services.organisations.locating import edition_of_wards
from quarterday.services.promises.awards import with_commitments
from quarterday_erp_import.figures.terms import Terms
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.contract_marks import marks_of
from quarterday_erp_import.ledger.tables import (
    ContractMark,
    Correction,
    Parting,
    PayeeDecision,
    Quarantined,
    VendorList,
)

if TYPE_CHECKING:
    from quarterday.db.work import Work

EDITION = 1
"""Of the analyses: one more where they come to something else over the same lines."""

OF_A_DAY = frozenset({"gaps", "contracts", "without_commitments"})
"""The analyses that come to something else as days go by."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """All of it, as it stands."""

    authority_id: int
    today: date
    terms: Terms
    areas: tuple[Defined, ...]
    """The authority's definitions of “local” that hold today."""
    questions: tuple[LedgerQuestion, ...]
    """Its contracts."""
    promised: frozenset[int]
    """Those of them that hold commitments."""
    facts: tuple[object, ...]
    """The batches that count, how far records, payees and suppliers are known, by which directory wards are, and by
    what payments are known to be on a contract."""

    def rests_on(self, analysis: str, area: Defined | None) -> str:
        """The SHA-256 of all that one figure follows from."""
        said = {
            "edition": EDITION,
            "analysis": analysis,
            "area": area and [area.id, asdict(area.area)],
            "day": self.today if analysis in OF_A_DAY else None,
            "terms": self.terms.data,
            "contracts": [asdict(one) for one in self.questions],
            "promised": sorted(self.promised),
            "facts": self.facts,
        }
        return hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()


def grounds(work: Work, *, authority_id: int, areas: Sequence[Defined], terms: Terms) -> Grounds:
    """The grounds of an authority's figures now, for a use case that has looked at the scope."""
    _, questions = questions_of(work, authority_id)
    counting = [one for one in batches.of_authority(work, authority_id) if one.counts]
    ids = [one.id for one in counting]
    return Grounds(
        authority_id=authority_id,
        today=work.today,
        terms=terms,
        areas=tuple(areas),
        questions=questions,
        promised=frozenset(with_commitments(work, [one.contract_id for one in questions])),
        facts=(
            tuple((one.id, one.sha256, one.reading) for one in counting),
            _corrected(work, ids),
            _newest(work, PayeeDecision, authority_id),
            _newest(work, VendorList, authority_id),
            _newest(work, Parting, authority_id),
            _newest(work, ContractMark, authority_id),
            edition_of_wards(),
            marks_of(work, authority_id),
        ),
    )


def _newest(work: Work, table: Table, authority_id: int) -> Any:
    query = select(func.max(table.c.id)).where(table.c.authority_id == authority_id)
    return work.connection.execute(query).scalar()


def _corrected(work: Work, batch_ids: Sequence[int]) -> Any:
    query = select(func.max(Correction.c.id)).join(Quarantined, Quarantined.c.id == Correction.c.quarantined_id)
    return work.connection.execute(query.where(Quarantined.c.batch_id.in_(batch_ids))).scalar()
