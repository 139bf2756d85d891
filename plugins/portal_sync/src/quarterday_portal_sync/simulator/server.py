"""The simulated portal as a server on this machine: a thread for each call, and quiet."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    """Says nothing of each call, and doesn't wait to fill a packet."""

    disable_nagle_algorithm = True

    def log_request(self, *_: Any) -> None:
        """Nothing: a portal to try things with is asked often."""


def serving(app: Flask, port: int, tls: ssl.SSLContext | None = None) -> BaseWSGIServer:
    """A server on 127.0.0.1, at a port (0 for a free one); it listens already, ``serve_forever`` answers."""
    return make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet, ssl_context=tls)


def tls_context(certificate: Path, key: Path, clients: Path | None) -> ssl.SSLContext:
    """TLS with a certificate of ours; with ``clients``, who may sign certificates, theirs is asked for, too."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=None if clients is None else str(clients))
    context.load_cert_chain(certificate, key)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context
