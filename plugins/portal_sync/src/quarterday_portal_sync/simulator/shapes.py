"""What the simulated portal keeps: five resources, their fields, and the codes of its measures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

KPIS: Mapping[str, str] = {
    "JOB-LOC": "Local people employed",
    "JOB-TRF": "Local people kept on after a transfer",
    "JOB-SUB": "Local people employed by subcontractors",
    "JOB-LTU": "People employed who were long out of work",
    "JOB-NEET": "Young people employed who were in neither work nor school",
    "JOB-CARE": "Care leavers employed",
    "JOB-DIS": "Disabled people employed",
    "PAY-LIV": "People raised to a living wage",
    "TRN-WKS": "Weeks of training",
    "APP-WKS": "Weeks of apprenticeship",
    "PLC-UNP": "Weeks of unpaid placement",
    "PLC-PAY": "Weeks of paid placement",
    "SUP-WRK": "Hours of help to find work",
    "SCH-HRS": "Hours with schools and colleges",
    "ADV-HRS": "Hours of advice to small organisations",
    "GIV-EQP": "Equipment given to community organisations",
    "GIV-VCS": "Money given to community organisations",
    "SPD-LOC": "Spent with local suppliers",
    "CO2-RED": "Carbon saved",
}
"""The portal's own measures, by code. It has none for whatever isn't here."""

RESULTS = ("approved", "queried", "declined")

NUMBER = re.compile(r"-?\d{1,24}(\.\d{1,24})?(/[1-9]\d{0,23})?")
"""An amount is text, so that none is rounded on its way: ``12.5``, or ``1/3`` where decimals don't end."""

MOST_BYTES = 1_000_000
"""How large the file of a piece of evidence may be."""
MOST_RECORDS = 1_000
"""How many records come in one batch, or on one page."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a resource: always text, "" for what isn't known."""

    name: str
    means: str
    example: str
    is_needed: bool = False
    longest: int = 500


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record."""

    name: str
    prefix: str
    means: str
    fields: tuple[Field, ...]
    alike: tuple[str, ...] = ()
    """What no two of its records share."""
    is_about_a_claim: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What its fields are called."""
        return tuple(one.name for one in self.fields)


_AGREEMENT = Field("agreementNo", "The number of the agreement", "AG-2026-014", True, 80)
_KPI = Field("kpi", "The code of the measure, one of /v1/kpis", "JOB-LOC", True, 40)
_UOM = Field("uom", "The unit that amounts are in", "FTE", False, 40)
_CLAIM = Field("claim", "The claim's id here; or leave it out and give claimRef", "C-12", False, 40)
_CLAIM_REF = Field("claimRef", "The claim's our_ref; blank for a claim that has none yet", "entry/56", False, 200)

RESOURCES: Mapping[str, Resource] = {
    one.name: one
    for one in (
        Resource(
            "contracts",
            "A",
            "An agreement with a provider",
            (
                _AGREEMENT,
                Field("title", "What it is about", "Upkeep of parks", True),
                Field("provider", "Who provides it", "Greenleaf Grounds Ltd"),
                Field("providerNo", "The provider's number in a register", "GB-COH-01234567", False, 80),
                Field("startDate", "Its first day", "2026-04-01", False, 10),
                Field("endDate", "Its last day", "2029-03-31", False, 10),
            ),
            alike=("agreementNo",),
        ),
        Resource(
            "commitments",
            "K",
            "What an agreement promises for one measure",
            (_AGREEMENT, _KPI, _UOM, Field("goal", "How much is promised", "24", True, 80)),
            alike=("agreementNo", "kpi"),
        ),
        Resource(
            "entries",
            "C",
            "What a provider claims for one agreement, measure and period",
            (
                _AGREEMENT,
                _KPI,
                _UOM,
                Field("amount", "How much is claimed", "12.5", True, 80),
                Field("periodStart", "The period's first day", "2026-04-01", True, 10),
                Field("periodEnd", "The period's last day", "2026-06-30", True, 10),
                Field("portion", "Which part of it counts for this agreement", "1", False, 80),
                Field("note", "What the provider wrote", "", False, 10_000),
            ),
        ),
        Resource(
            "evidence",
            "E",
            "What backs a claim: a link or a file",
            (
                _CLAIM,
                _CLAIM_REF,
                Field("type", "Which kind of evidence it is", "payroll", False, 80),
                Field("url", "Where it is, of a link", "https://example.org/payroll", False, 2_000),
                Field("contentBase64", "A file's content", "", False, MOST_BYTES * 4 // 3 + 4),
                Field("mime", "A file's media type", "text/plain", False, 120),
                Field("checksum", "SHA-256 of the file, or whatever tells this evidence apart", "", False, 80),
                Field("note", "What somebody wrote on it", "", False, 10_000),
            ),
            is_about_a_claim=True,
        ),
        Resource(
            "verdicts",
            "O",
            "The outcome of a claim",
            (
                _CLAIM,
                _CLAIM_REF,
                Field("result", "approved, queried or declined", "approved", True, 20),
                Field("approvedAmount", "How much is approved", "12", False, 80),
                Field("comment", "What the assessor wrote", "", False, 10_000),
                Field("by", "Who assessed it", "A. Assessor", False, 200),
            ),
            alike=("claim",),
            is_about_a_claim=True,
        ),
    )
}
"""The resources by name; ``entries`` are what the portal's people call claims."""


def trouble_with(resource: Resource, fields: Mapping[str, str]) -> str:
    """What is wrong with the whole of a record's fields: a sentence, or "" where nothing is."""
    for field in resource.fields:
        value = fields.get(field.name, "")
        if field.is_needed and not value:
            return f"{field.name} is missing."
        if value and field.name in ("amount", "goal", "portion", "approvedAmount") and not NUMBER.fullmatch(value):
            return f"{field.name} “{value}” is no number like 12.5 or 1/3."
        if value and field.name in ("startDate", "endDate", "periodStart", "periodEnd") and not _is_day(value):
            return f"{field.name} “{value}” is no day like 2026-04-01."
    if (kpi := fields.get("kpi")) and kpi not in KPIS:
        return f"There is no KPI {kpi} here."
    if (result := fields.get("result")) and result not in RESULTS:
        return f"result “{result}” is none of approved, queried and declined."
    return ""


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
