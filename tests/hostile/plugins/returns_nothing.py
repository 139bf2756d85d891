"""A plugin that forgot its ``return``."""

from quarterday import hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    pass
