"""The third front door: the conformance kit a plugin is tested with."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quarterday.testing.catalogue import CatalogueConformance
    from quarterday.testing.sink import SinkConformance, SinkTrial

__all__ = ["CatalogueConformance", "SinkConformance", "SinkTrial"]

_PLACES = {
    "CatalogueConformance": "quarterday.testing.catalogue",
    "SinkConformance": "quarterday.testing.sink",
    "SinkTrial": "quarterday.testing.sink",
}


def __getattr__(name: str) -> object:
    """The kit needs pytest, and is imported when it is asked for: the demo uses a clock from here, and has no pytest."""
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module “quarterday.testing” has no attribute “{name}”")
