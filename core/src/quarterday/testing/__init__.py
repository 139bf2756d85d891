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
    """The kit, imported when it is asked for: it needs pytest, while the clock beside it is used without."""
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module “quarterday.testing” has no attribute “{name}”")
