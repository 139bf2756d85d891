"""A plugin that returns a string, which is an iterable of letters."""

from quarterday import hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    return "toms"
