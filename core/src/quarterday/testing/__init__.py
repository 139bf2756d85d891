"""The third front door: the conformance kit a plugin is tested with."""

from quarterday.testing.catalogue import CatalogueConformance
from quarterday.testing.sink import SinkConformance, SinkTrial

__all__ = ["CatalogueConformance", "SinkConformance", "SinkTrial"]
