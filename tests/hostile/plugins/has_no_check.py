"""A plugin whose check has no title."""

from quarterday import hookimpl

API_VERSION = 0


class Untitled:
    def run(self):
        return []


@hookimpl
def checks():
    return [Untitled]
