"""A plugin whose hook is an asynchronous generator."""

from quarterday import hookimpl

API_VERSION = 0


@hookimpl
async def measure_catalogues():
    yield None
