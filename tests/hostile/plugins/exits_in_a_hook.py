"""A plugin that ends the process when it is asked."""

import sys

from quarterday import hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    sys.exit()
