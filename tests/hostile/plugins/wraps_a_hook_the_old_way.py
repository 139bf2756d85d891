"""The same with pluggy's older kind of wrapper."""

from quarterday import hookimpl

API_VERSION = 0


@hookimpl(hookwrapper=True)
def measure_catalogues():
    outcome = yield
    outcome.force_result([])
