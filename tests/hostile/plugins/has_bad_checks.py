"""A plugin whose checks fail in their own ways when ``doctor`` runs them."""

import sys

from quarterday import Health, Verdict, hookimpl

API_VERSION = 0


class Raises:
    title = "raises"

    def run(self):
        yield Verdict(Health.GOOD, "so far")
        raise OSError("and then not")


class Exits:
    title = "exits"

    def __init__(self):
        sys.exit()

    def run(self):
        return []


class Mumbles:
    title = "mumbles"

    def run(self):
        return ["all is well"]


class Works:
    title = "works"

    def run(self):
        return [Verdict(Health.WARNING, "the door is open", "Close it.")]


@hookimpl
def checks():
    return [Raises, Exits, Mumbles, Works]
