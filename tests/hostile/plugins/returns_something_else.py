"""A plugin whose items are not editions."""

from quarterday import hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    return ["toms/2022"]
