"""A plugin that gives a live check where a kind of check is asked for."""

from quarterday import hookimpl

API_VERSION = 0


class Live:
    title = "live"

    def run(self):
        return []


@hookimpl
def checks():
    return [Live()]
