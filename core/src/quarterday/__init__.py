"""What every plugin may import: the hooks, the shapes of the answers, the errors.

The use cases are in ``quarterday.services``, the conformance kit in ``quarterday.testing``; a plugin imports from
these three front doors only. What is missing here is added here, with a docstring and a test, or refused.
"""

from quarterday.domain.catalogue import Catalogue, Confidence, Kind, LocalArea, Measure, Policy, RuleData
from quarterday.domain.units import UNITS, Runs, Unit, unit
from quarterday.domain.values import Shipped, UnitValue, ValueSet
from quarterday.errors import BadRecord, NotConfigured, Refused, Retryable, Trouble
from quarterday.hookspecs import API_VERSION, hookimpl
from quarterday.ports import Check, Command, Health, MeasureCatalogue, Verdict

__all__ = [
    "API_VERSION",
    "UNITS",
    "BadRecord",
    "Catalogue",
    "Check",
    "Command",
    "Confidence",
    "Health",
    "Kind",
    "LocalArea",
    "Measure",
    "MeasureCatalogue",
    "NotConfigured",
    "Policy",
    "Refused",
    "Retryable",
    "RuleData",
    "Runs",
    "Shipped",
    "Trouble",
    "Unit",
    "UnitValue",
    "ValueSet",
    "Verdict",
    "hookimpl",
    "unit",
]
