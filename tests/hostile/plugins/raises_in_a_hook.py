"""A plugin that fails when it is asked."""

from quarterday import hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    raise LookupError("my file is gone")
