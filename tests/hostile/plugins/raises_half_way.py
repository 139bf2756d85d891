"""A plugin that gives one sound edition and then fails."""

from quarterday import Catalogue, hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    yield Catalogue(id="half", edition="1", title="Half")
    raise OSError("the second file can't be read")
