"""The mail sink: messages go to a mail server, one mail to one person."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from quarterday import Document, DocumentKind, Message, NotConfigured, Receipt, Refused, Retryable, said

if TYPE_CHECKING:
    from email.message import EmailMessage

    from quarterday import PluginSettings
    from quarterday_scheduler.mail_settings import SmtpSettings


class PerhapsSent(Exception):
    """The whole mail was handed over, and the server's answer never came: nobody knows whether it was taken."""


class SmtpSink:
    """Sends messages through a mail server, over a connection that is kept open from mail to mail."""

    id = "smtp"
    title: str = said("Mail")
    accepts = frozenset({DocumentKind.MESSAGE})

    def __init__(self, settings: PluginSettings) -> None:
        self._settings = cast("SmtpSettings", settings)

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """:class:`SmtpSettings`."""
        from quarterday_scheduler.mail_settings import SmtpSettings

        return SmtpSettings

    def deliver(self, document: Document, key: str) -> Receipt:
        """Send the mail, and return once the server has taken it; the receipt names its Message-ID.

        What this machine has sent under a key isn't sent again. Raises :class:`Refused` for what is no message, for an
        address or a mail that the server refuses for good; :class:`NotConfigured` where name and password, TLS or the
        sender are wrong; :class:`Retryable` for a server that is away or busy; and :class:`PerhapsSent`, as a fault,
        where the server went away when it had the whole mail.
        """
        if not isinstance(document, Message):
            raise Refused("Only messages go out by mail; send this to another sink.")
        from quarterday.services.messages import mime, sent

        settings = self._settings
        sender = mime.address(settings.sender, settings.sender_name)
        mail = mime.mail(document, key, sender=sender, at=datetime.now(UTC))

        def send() -> str:
            _send(settings, mail, mime.address(document.to).addr_spec)
            return str(mail["Message-ID"])

        return Receipt(sent.once(document, key, send))


def _send(settings: SmtpSettings, mail: EmailMessage, to: str) -> None:
    """Send one mail; whatever goes wrong becomes an error that says who should act."""
    from quarterday_scheduler import connections

    server = f"{settings.host}:{settings.the_port}"
    try:
        connection, was_kept = connections.take(settings)
        try:
            try:
                _begin(connection, settings.sender, to)
            except (_Said, OSError, smtplib.SMTPServerDisconnected) as error:
                if not was_kept or (isinstance(error, _Said) and error.code != 421):
                    raise
                connection.close()  # the server had enough of it meanwhile
                connection = connections.connected(settings)
                _begin(connection, settings.sender, to)
            _hand_over(connection, mail, to)
        except BaseException:
            connection.close()
            raise
        connections.keep(settings, connection)
    except _Said as error:
        raise _judged(error, f"The mail server {server} says: {error}") from error
    except smtplib.SMTPNotSupportedError as error:
        field = "tls" if "STARTTLS" in str(error) else "user"
        raise NotConfigured(field, f"The mail server {server} can't do what “{field}” asks for.") from error
    except smtplib.SMTPAuthenticationError as error:
        said = _Said("sign in", error.smtp_code, error.smtp_error)
        raise _judged(said, f"The mail server {server} doesn't let “{settings.user}” in: {said}") from error
    except smtplib.SMTPResponseException as error:
        said = _Said("greet", error.smtp_code, error.smtp_error)
        raise _judged(said, f"The mail server {server} says: {said}") from error
    except ssl.SSLCertVerificationError as error:
        why = f"The certificate of the mail server {server} can't be trusted ({error.verify_message})."
        raise NotConfigured("certificates", why) from error
    except ssl.SSLError as error:
        why = f"The mail server {server} doesn't speak TLS as “tls” says ({error.reason or error})."
        raise NotConfigured("tls", why) from error
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise Retryable(f"The name {settings.host} can't be looked up at the moment.") from error
        raise NotConfigured("host", f"There is no mail server of the name {settings.host}.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Retryable(f"The mail server {server} can't be reached, or went away ({error}).") from error


def _begin(connection: smtplib.SMTP, sender: str, to: str) -> None:
    """Begin one mail on an open connection."""
    options = list[str]()
    if not (sender + to).isascii():
        if not connection.has_extn("smtputf8"):
            raise Refused("The mail server takes no addresses with letters like “é”; give this person another one.")
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    _must("sender", 250, connection.mail(sender, options))


def _hand_over(connection: smtplib.SMTP, mail: EmailMessage, to: str) -> None:
    """The rest of it, step by step, so that it is known how far it came."""
    _must("recipient", 250, connection.rcpt(to))
    _must("content", 354, connection.docmd("DATA"))
    connection.send(re.sub(rb"(?m)^\.", b"..", mail.as_bytes()) + b".\r\n")
    try:
        answer = connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise PerhapsSent(f"the mail server went away when it had the whole mail ({error})") from error
    _must("content", 250, answer)


class _Said(Exception):
    """What the server said at a step, instead of what it should."""

    def __init__(self, step: str, code: int, words: bytes | str) -> None:
        text = words.decode(errors="replace") if isinstance(words, bytes) else words
        words_of_it = re.sub(r"\S+@\S+", "…", " ".join(text.split()))  # why a mail waits is kept, and logged
        super().__init__(f"{code} {words_of_it}"[:300])
        self.step = step
        self.code = code


def _must(step: str, wanted: int, answer: tuple[int, bytes]) -> None:
    code, words = answer
    if code != wanted and (step, code) != ("recipient", 251):  # 251: it will be passed on
        raise _Said(step, code, words)


def _judged(said: _Said, why: str) -> Exception:
    """Who should act on an answer: 4xx means later; for a 5xx it depends on what the server was told."""
    if not 500 <= said.code <= 599:
        return Retryable(why)
    match said.step:
        case "recipient" | "content":
            return Refused(why)
        case "greet":
            return NotConfigured("host", why)
        case "sender" if said.code not in (530, 535):
            return NotConfigured("sender", why)
        case _:
            return NotConfigured("password", why)
