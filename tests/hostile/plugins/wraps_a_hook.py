"""A plugin that wants to see, and to change, what the others answer."""

from quarterday import hookimpl

API_VERSION = 0


@hookimpl(wrapper=True)
def measure_catalogues():
    yield
    return []
