"""What every plugin may import: the hooks, the shapes of the answers, the errors.

The use cases are in ``quarterday.services``, the conformance kit in ``quarterday.testing``; a plugin imports from
these three front doors only. What is missing here is added here, with a docstring and a test, or refused.
"""

from typing import TYPE_CHECKING

from quarterday.domain.catalogue import (
    Adopted,
    Catalogue,
    Confidence,
    Kind,
    LocalArea,
    Measure,
    Overlay,
    Policy,
    RuleData,
)
from quarterday.domain.exact import exact_text
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.sentences import Sentence, numbered, said
from quarterday.domain.units import UNITS, Runs, Unit, unit
from quarterday.domain.values import Shipped, UnitValue, ValueSet
from quarterday.errors import BadRecord, NotConfigured, NotThere, Refused, Retryable, Trouble
from quarterday.hookspecs import API_VERSION, hookimpl
from quarterday.ports import (
    Agreement,
    Answered,
    Bulk,
    Check,
    Command,
    Daily,
    Direction,
    Document,
    DocumentKind,
    DryRun,
    EntriesSent,
    Every,
    EvidenceSent,
    EvidenceSource,
    Health,
    Item,
    Job,
    Ledger,
    LedgerAnswer,
    LedgerQuestion,
    MeasureCatalogue,
    Message,
    Owner,
    Page,
    Payee,
    Permission,
    PortalTerms,
    Receipt,
    Reconcilable,
    RecordKind,
    ReportSink,
    Screens,
    Tables,
    TakesFiles,
    Verdict,
    VerdictsTaken,
)

if TYPE_CHECKING:
    from quarterday.catalogue_files import read_catalogue
    from quarterday.plugin_settings import PluginSettings, secrets_in
    from quarterday.value_files import read_value_set

__all__ = [
    "API_VERSION",
    "UNITS",
    "Adopted",
    "Agreement",
    "Answered",
    "BadRecord",
    "Bulk",
    "Catalogue",
    "Check",
    "Command",
    "Confidence",
    "Daily",
    "Direction",
    "Document",
    "DocumentKind",
    "DryRun",
    "EntriesSent",
    "Every",
    "EvidenceSent",
    "EvidenceSource",
    "Health",
    "Item",
    "Job",
    "Kind",
    "Ledger",
    "LedgerAnswer",
    "LedgerQuestion",
    "LocalArea",
    "Measure",
    "MeasureCatalogue",
    "Message",
    "NotConfigured",
    "NotThere",
    "Overlay",
    "Owner",
    "Page",
    "Payee",
    "Permission",
    "PluginSettings",
    "Policy",
    "PortalTerms",
    "Receipt",
    "Reconcilable",
    "RecordKind",
    "Refused",
    "ReportSink",
    "Retryable",
    "RuleData",
    "Runs",
    "Screens",
    "Sentence",
    "Shipped",
    "Tables",
    "TakesFiles",
    "Trouble",
    "Unit",
    "UnitValue",
    "ValueSet",
    "Verdict",
    "VerdictsTaken",
    "did_you_mean",
    "exact_text",
    "hookimpl",
    "numbered",
    "read_catalogue",
    "read_value_set",
    "said",
    "secrets_in",
    "unit",
]


_LATE = {
    "PluginSettings": "quarterday.plugin_settings",
    "read_catalogue": "quarterday.catalogue_files",
    "read_value_set": "quarterday.value_files",
    "secrets_in": "quarterday.plugin_settings",
}


def __getattr__(name: str) -> object:
    """What is heavy, imported when it is first asked for, so that ``import quarterday`` stays quick."""
    if name in _LATE:
        from importlib import import_module

        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module “quarterday” has no attribute “{name}”")
