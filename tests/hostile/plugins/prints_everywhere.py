"""A plugin that works, and talks where only JSON should be."""

from quarterday import hookimpl

API_VERSION = 0
print("hello from the import")


@hookimpl
def measure_catalogues():
    print("hello from the hook")
    return []
