"""A plugin whose hook is a coroutine."""

from quarterday import hookimpl

API_VERSION = 0


@hookimpl
async def measure_catalogues():
    return []
