"""A plugin that never answers."""

import time

from quarterday import hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    time.sleep(3600)
    return []


@hookimpl
def checks():
    time.sleep(3600)
    return []
