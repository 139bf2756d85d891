"""GOV.UK Notify as a sink: it is asked first whether it has a message, so that none goes out twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from quarterday import Document, DocumentKind, Message, NotConfigured, Receipt, Refused, Retryable

if TYPE_CHECKING:
    from notifications_python_client.errors import APIError
    from notifications_python_client.notifications import NotificationsAPIClient

    from quarterday import PluginSettings
    from quarterday_govuk_notify.notify_settings import NotifySettings

_A_MINUTE, _AN_HOUR = 60.0, 3600.0


class NotifySink:
    """Sends messages through GOV.UK Notify, under their keys as references."""

    id = "govuk-notify"
    title = "GOV.UK Notify"
    accepts = frozenset({DocumentKind.MESSAGE})

    def __init__(self, settings: PluginSettings) -> None:
        self._settings = cast("NotifySettings", settings)

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """:class:`NotifySettings`."""
        from quarterday_govuk_notify.notify_settings import NotifySettings

        return NotifySettings

    def deliver(self, document: Document, key: str) -> Receipt:
        """Send the message, and return once GOV.UK Notify has it; the receipt is its id there.

        GOV.UK Notify keeps no keys, but it can be asked for a reference: what it has under this one, from whichever
        machine and with whatever answer lost on the way, isn't sent again. It answers for seven days, longer than
        anything is tried. Raises :class:`Refused` for what is no message, for an address it doesn't take and for other
        words under a key that this machine sent; :class:`NotConfigured` for a key or a template that is wrong; and
        :class:`Retryable` where it is away, busy, or its limit is reached.
        """
        if not isinstance(document, Message):
            raise Refused("GOV.UK Notify takes messages only; send this to another sink.")
        from notifications_python_client.errors import APIError
        from notifications_python_client.notifications import NotificationsAPIClient

        from quarterday.services.messages import mime, sent

        mime.address(document.to)
        settings = self._settings
        client = NotificationsAPIClient(settings.api_key.get_secret_value(), settings.address, settings.seconds)

        def send() -> str:
            try:
                return _asked(client, key) or _sent(client, settings, document, key)
            except APIError as error:
                raise _judged(error) from error

        try:
            return Receipt(sent.once(document, key, send))
        finally:
            client.request_session.close()


def _asked(client: NotificationsAPIClient, key: str) -> str:
    """The id of the message that GOV.UK Notify has under a reference; "" for none."""
    found = client.get_all_notifications(reference=key)["notifications"]
    return str(found[0]["id"]) if found else ""


def _sent(client: NotificationsAPIClient, settings: NotifySettings, message: Message, key: str) -> str:
    own = settings.template_of(message.template)
    answer = client.send_email_notification(
        email_address=message.to,
        template_id=own or settings.template,
        personalisation=dict(message.facts) if own else {"subject": message.subject, "body": message.text},
        reference=key,
        email_reply_to_id=settings.reply_to or None,
    )
    return str(answer["id"])


def _judged(error: APIError) -> Exception:
    """Who should act on an answer that isn't yes."""
    said = _words(error)
    why = f"GOV.UK Notify says: {error.status_code} {said}"
    match error.status_code:
        case 403:
            return NotConfigured("api_key", why)
        case 429:
            return Retryable(why, after=_AN_HOUR if "today" in said else _A_MINUTE)
        case 400 if "team-only" in said or "trial mode" in said:
            return NotConfigured("api_key", why)
        case 400 if "emplate" in said or "personalisation" in said:
            return NotConfigured("template", why)
        case 400 if "reply_to" in said:
            return NotConfigured("reply_to", why)
        case 400:
            return Refused(why)
        case status if 400 < status < 500 and status != 408:
            return NotConfigured("address", why)
        case _:
            return Retryable(why if error.response is not None else "GOV.UK Notify can't be reached at the moment.")


def _words(error: Any) -> str:
    """What it says, on one line."""
    found = error.message
    texts = [str(one.get("message", one)) for one in found] if isinstance(found, list) else [str(found)]
    return " ".join(" ".join(texts).split())[:300]
