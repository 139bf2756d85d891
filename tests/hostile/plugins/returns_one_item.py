"""A plugin that returns its edition bare, not in a list."""

from quarterday import Catalogue, hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    return Catalogue(id="one", edition="1", title="One")
