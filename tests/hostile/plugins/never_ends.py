"""A plugin that gives editions without end."""

from quarterday import Catalogue, hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    while True:
        yield Catalogue(id="more", edition="1", title="More and more")
