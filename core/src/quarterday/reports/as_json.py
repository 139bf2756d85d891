"""The delivery report as canonical JSON: the same report is the same bytes, whichever database it comes from."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from quarterday.domain.canonical import canonical
from quarterday.domain.catalogue import LocalArea
from quarterday.domain.delivery import Figures, Stage
from quarterday.domain.exact import exact_text, pounds_text
from quarterday.domain.valuation import Amount
from quarterday.domain.values import ValueSet
from quarterday.reports.delivery import VALUED, WARNING, DeliveryReport, parts, stage, worth

FORM = 1
"""Goes up when a reader of an earlier form would misread this one."""


def json_bytes(report: DeliveryReport) -> bytes:
    """The report as one line of JSON. Quantities are exact decimal text or fractions, £ decimal text of six places."""
    return canonical(as_data(report)) + b"\n"


def as_data(report: DeliveryReport) -> dict[str, Any]:
    """The report as JSON data."""
    period = report.period
    return {
        "report": "delivery",
        "form": FORM,
        "authority": {"key": report.authority_key, "name": report.authority},
        "period": {"name": period.name, "first": period.first.isoformat(), "last": period.last.isoformat()}
        if period
        else None,
        "as_at": report.as_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "warning": WARNING if report.is_illustrative else None,
        "notes": list(report.notes),
        "measures": [_figures(one) for one in report.figures],
        "totals": {
            name: [{"of": what, **_amount(amount)} for what, amount in parts(totals)]
            for name, totals in report.totals.items()
        },
        "value_sets": [_value_set(values) for values in report.value_sets],
        "local_definitions": [_local(area) for area in report.local_areas],
        "contracts_of_other_rhythms": report.other_rhythms,
    }


def _figures(one: Figures) -> dict[str, Any]:
    measure = one.measure
    return {
        "edition": one.edition,
        "ref": measure.ref,
        "title": measure.title,
        "theme": measure.theme,
        "outcome": measure.outcome,
        "unit": measure.unit.id,
        "kind": measure.kind.value,
        "is_local_economic": measure.is_local_economic,
        "local_definition": one.local.name if one.local else None,
        "before_the_record": _quantity(one.opening),
        "claimed": {"quantity": _quantity(one.claimed)},
        **{name: {"quantity": _quantity(stage(one, name)), **_amount(worth(one, name))} for name in VALUED},
    }


def _quantity(of: Stage) -> str | None:
    return None if of.quantity is None else exact_text(of.quantity)


def _amount(amount: Amount | None) -> dict[str, Any]:
    if amount is None:
        return {"pounds": None, "is_complete": True, "reasons": []}
    return {
        "pounds": pounds_text(amount.micropounds),
        "is_complete": amount.is_complete,
        "reasons": sorted(amount.reasons),
    }


def _value_set(values: ValueSet) -> dict[str, Any]:
    return {
        "name": values.id,
        "title": values.title,
        "edition": values.edition,
        "kind": values.shipped.value,
        "licence": values.licence,
        "source": values.source,
        "is_here": values.is_here,
    }


def _local(area: LocalArea) -> dict[str, Any]:
    return {
        "name": area.name,
        "since": area.since,
        "codes": list(area.codes),
        "wards": list(area.wards),
        "radius_km": area.radius_km,
        "centre": area.centre,
    }
