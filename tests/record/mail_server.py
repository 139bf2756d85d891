"""A mail server of the test's own, on this machine: what it has taken, and how it answers."""
# ruff: noqa: N802 - the names by which the server calls its handler

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD = "a sound password"


@dataclass
class Desk:
    """What the server has taken, and the answers it was told to give instead of “yes”, by command."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    callers: set[Any] = field(default_factory=set)
    """The server's end of each connection."""
    answers: dict[str, str] = field(default_factory=dict)
    closes: bool = False
    """Whether it goes away when it has a whole mail, which it keeps."""

    @property
    def texts(self) -> list[bytes]:
        """The plain text of each mail, the lines ended by a line feed."""
        return [part(mail, "plain").replace("\r\n", "\n").encode() for mail in self.mails]

    async def hang_up(self) -> None:
        """End the connections that are open, so that none is left when the server goes."""
        for server in self.callers:
            if server.transport is not None:
                server.transport.abort()
        await asyncio.sleep(0.05)

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any) -> Any:
        self.callers.add(server)
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        mail = message_from_bytes(envelope.content, policy=SMTP)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.raw.append(envelope.content)
        self.envelopes.append((envelope.mail_from, *envelope.rcpt_tos))
        if self.closes:
            server.transport.abort()
        return "250 OK"


def part(mail: EmailMessage, kind: str) -> str:
    """One part of a mail, plain or html, decoded."""
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


@contextmanager
def running(
    *, certificate: Path | None = None, implicit: bool = False, asks: bool = False, **more: Any
) -> Iterator[Desk]:
    """A server on a free port: with TLS where there is a certificate, and asking for a password where it ``asks``."""
    desk = Desk()
    options: dict[str, Any] = {"enable_SMTPUTF8": True, **more}
    if certificate is not None:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options |= {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}
    if asks:
        options |= {"authenticator": _lets_in, "auth_required": True, "auth_require_tls": not implicit}
    desk.port = free_port()
    controller = Controller(desk, hostname="127.0.0.1", port=desk.port, **options)
    controller.start()
    try:
        yield desk
    finally:
        asyncio.run_coroutine_threadsafe(desk.hang_up(), controller.loop).result(10)
        controller.stop()


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _lets_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = (data.login, data.password) == (b"quarterday", PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def settings(desk: Desk, **more: object) -> Mapping[str, object]:
    """The settings by which mails go to that server."""
    said = {"host": "127.0.0.1", "port": desk.port, "tls": "none", "sender": "returns@northmoor.example"}
    return {**said, "sender_name": "Northmoor Council", "seconds": 2, **more}


def a_certificate(folder: Path, name: str = "127.0.0.1") -> Path:
    """A file with a certificate that was made for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a mail server")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoded = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / f"{name}.pem"
    path.write_bytes(key.private_bytes(*encoded) + made.public_bytes(serialization.Encoding.PEM))
    return path
