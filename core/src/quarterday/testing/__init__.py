"""The third front door: the conformance kit a plugin is tested with."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quarterday.testing.bulk import BulkConformance, BulkTrial
    from quarterday.testing.catalogue import CatalogueConformance
    from quarterday.testing.ledger import LedgerConformance, LedgerTrial
    from quarterday.testing.portals import OurRecord, ReconcilableTrial
    from quarterday.testing.reconcilable import ReconcilableConformance
    from quarterday.testing.sink import SinkConformance, SinkTrial
    from quarterday.testing.source import SourceConformance, SourceTrial
    from quarterday.testing.tables import TablesConformance, TablesTrial

__all__ = [
    "BulkConformance",
    "BulkTrial",
    "CatalogueConformance",
    "LedgerConformance",
    "LedgerTrial",
    "OurRecord",
    "ReconcilableConformance",
    "ReconcilableTrial",
    "SinkConformance",
    "SinkTrial",
    "SourceConformance",
    "SourceTrial",
    "TablesConformance",
    "TablesTrial",
]

_PLACES = {
    "BulkConformance": "quarterday.testing.bulk",
    "BulkTrial": "quarterday.testing.bulk",
    "CatalogueConformance": "quarterday.testing.catalogue",
    "LedgerConformance": "quarterday.testing.ledger",
    "LedgerTrial": "quarterday.testing.ledger",
    "OurRecord": "quarterday.testing.portals",
    "ReconcilableConformance": "quarterday.testing.reconcilable",
    "ReconcilableTrial": "quarterday.testing.portals",
    "SinkConformance": "quarterday.testing.sink",
    "SinkTrial": "quarterday.testing.sink",
    "SourceConformance": "quarterday.testing.source",
    "SourceTrial": "quarterday.testing.source",
    "TablesConformance": "quarterday.testing.tables",
    "TablesTrial": "quarterday.testing.tables",
}


def __getattr__(name: str) -> object:
    """The kit, imported when it is asked for: it needs pytest, while the clock beside it is used without."""
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module “quarterday.testing” has no attribute “{name}”")
