"""Connections to mail servers, kept open between mails."""

from __future__ import annotations

import smtplib
import ssl
from collections import OrderedDict

from quarterday import NotConfigured
from quarterday_scheduler.mail_settings import SmtpSettings, Tls

MOST = 4
"""So many connections stay open at most; the one that was used longest ago is closed for another."""

_open: OrderedDict[SmtpSettings, smtplib.SMTP] = OrderedDict()


def take(settings: SmtpSettings) -> tuple[smtplib.SMTP, bool]:
    """A connection by those settings for one mail, and whether it was kept; hand it back with :func:`keep`.

    One that was kept may be closed on the other side by now. Raises :class:`NotConfigured` where server and settings
    don't fit, and what :mod:`smtplib` and the network raise.
    """
    if kept := _open.pop(settings, None):
        return kept, True
    return connected(settings), False


def keep(settings: SmtpSettings, connection: smtplib.SMTP) -> None:
    """Keep a connection on which nothing is under way."""
    if (other := _open.pop(settings, None)) is not None:
        other.close()
    _open[settings] = connection
    while len(_open) > MOST:
        _open.popitem(last=False)[1].close()


def connected(settings: SmtpSettings) -> smtplib.SMTP:
    """A new connection by those settings; raises as :func:`take` does."""
    host, port, seconds = settings.host, settings.the_port, settings.seconds
    if settings.tls is Tls.IMPLICIT:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=seconds, context=_trust(settings))
    else:
        connection = smtplib.SMTP(host, port, timeout=seconds)
    try:
        if settings.tls is Tls.STARTTLS:
            connection.starttls(context=_trust(settings))
        if settings.password is not None:
            connection.login(settings.user, settings.password.get_secret_value())
        connection.ehlo_or_helo_if_needed()
    except BaseException:
        connection.close()
        raise
    return connection


def _trust(settings: SmtpSettings) -> ssl.SSLContext:
    """Whose certificates are trusted."""
    try:
        return ssl.create_default_context(cafile=settings.certificates)
    except OSError as error:
        why = f"The certificates in {settings.certificates} can't be read ({error.strerror or 'no certificates'})."
        raise NotConfigured("certificates", why) from error
