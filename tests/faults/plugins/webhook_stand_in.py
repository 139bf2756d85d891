"""A plugin whose sink posts to an address of this machine, with the key of the delivery."""

from urllib.request import Request, urlopen

from quarterday import Document, DocumentKind, PluginSettings, Receipt, Retryable, hookimpl

API_VERSION = 0


class Webhook:
    """The sink."""

    id = "webhook"
    title = "A webhook"
    accepts = frozenset({DocumentKind.RECORDS})

    def __init__(self, settings):
        self._url = settings.url

    @classmethod
    def settings_class(cls):
        """Where to."""

        class Settings(PluginSettings):
            """The webhook."""

            url: str
            """Its address."""

        return Settings

    def deliver(self, document: Document, key: str) -> Receipt:
        """Post it."""
        try:
            urlopen(Request(self._url, document.content, {"Idempotency-Key": key}), timeout=5).close()
        except OSError as error:
            raise Retryable(f"The webhook can't be reached ({error}).") from error
        return Receipt(key)


@hookimpl
def report_sinks():
    """The webhook."""
    return [Webhook]
