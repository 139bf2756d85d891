"""The third front door: the conformance kit a plugin is tested with."""

from quarterday.testing.catalogue import CatalogueConformance

__all__ = ["CatalogueConformance"]
