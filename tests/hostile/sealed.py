"""A plugin with a source of which every setting is a secret."""

from collections.abc import Iterator

from pydantic import SecretStr

from quarterday import BadRecord, Item, PluginSettings, hookimpl

API_VERSION = 0


class Settings(PluginSettings):
    """How it signs in."""

    token: SecretStr
    """What the other side knows the authority by."""


class Sealed:
    id = "sealed-source"
    title = "It tells nobody what it needs"

    def __init__(self, settings: Settings) -> None:
        pass

    @classmethod
    def settings_class(cls) -> type[Settings]:
        return Settings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        yield Item("n1", "note", {}, "1")


@hookimpl
def evidence_sources() -> list[type[Sealed]]:
    return [Sealed]
