"""A plugin that returns its editions by name."""

from quarterday import Catalogue, hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    return {"one": Catalogue(id="one", edition="1", title="One")}
