"""What every answer carries and every request must keep to, whatever the page: headers, request ids, limits, CSRF."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from time import perf_counter
from typing import Any

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect, generate_csrf
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.middleware.proxy_fix import ProxyFix

from quarterday.services.logs import trace
from quarterday_webforms import measured

LOG = logging.getLogger("quarterday.web")
FORM_KILOBYTES, FORM_PARTS = 500, 1000
"""The most a form without files may hold; more is refused with a plain page (413)."""
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer says, by name."""
_TOKEN, _TOKEN_SALT = "csrf_token", "wtf-csrf-token"
"""Where Flask-WTF keeps a visitor's token, in the session and for the request, and what it signs it with."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

csrf = CSRFProtect()


class Cookies(SecureCookieSessionInterface):
    """Flask's own signed cookies; what signs them is made once, and a cookie found good isn't checked again."""

    _signer: Any = None

    def get_signing_serializer(self, app: Flask) -> Any:
        """The same for the app's whole life, as its key is."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session that the request's cookie holds; an empty one where there is none that is ours and recent."""
        said = request.cookies.get(self.get_cookie_name(app))
        if not said:
            return self.session_class()
        try:
            held, signed_at = _held(self.get_signing_serializer(app), said)
        except BadSignature:
            return self.session_class()
        is_recent = timedelta() <= datetime.now(UTC) - signed_at <= app.permanent_session_lifetime
        return self.session_class(deepcopy(held) if is_recent else None)


@lru_cache(5000)
def _held(signer: Any, cookie: str) -> tuple[dict[str, Any], datetime]:
    """What a cookie holds, and when it was signed; raises BadSignature for one that isn't ours."""
    found: tuple[dict[str, Any], datetime] = signer.loads(cookie, return_timestamp=True)
    return found


def token() -> str:
    """The token that says that this visitor's forms are ours; signed once for a visitor and kept."""
    raw = session.get(_TOKEN)
    if raw is not None and _TOKEN not in g:
        setattr(g, _TOKEN, _signed(str(current_app.secret_key), str(raw)))
    return str(generate_csrf())


@contextmanager
def without_token(instead: str) -> Iterator[None]:
    """Draw forms with something else where this visitor's token belongs."""
    known = g.pop(_TOKEN, None)
    setattr(g, _TOKEN, instead)
    try:
        yield
    finally:
        g.pop(_TOKEN)
        if known is not None:
            setattr(g, _TOKEN, known)


@lru_cache(5000)
def _signed(key: str, raw: str) -> str:
    """As Flask-WTF signs it, which then finds it done."""
    return str(URLSafeTimedSerializer(key, salt=_TOKEN_SALT).dumps(raw))


def secure(app: Flask, *, key: str, is_secure: bool, megabytes: int, proxies: int) -> None:
    """Make an app keep to the rules; ``proxies`` is how many stand before it and say who asks, and under which path."""
    app.config.update(
        SECRET_KEY=key,
        SESSION_COOKIE_NAME="quarterday",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form may stay open over lunch
        WTF_CSRF_SSL_STRICT=is_secure,
        WTF_I18N_ENABLED=False,  # every sentence of a form is ours; reading the library's costs 6% of a page
        MAX_CONTENT_LENGTH=(megabytes + 1) * 2**20,  # the largest file that is kept, and the form around it
        MAX_FORM_MEMORY_SIZE=FORM_KILOBYTES * 1000,
        MAX_FORM_PARTS=FORM_PARTS,
    )
    app.session_interface = Cookies()
    app.before_request(_begin)  # before any check, so that its refusal has a request id too
    csrf.init_app(app)
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_prefix=proxies
        )
    app.after_request(_finish)


def _begin() -> None:
    said = request.headers.get("X-Request-ID", "")
    g.request_id = trace.begin(said if _REQUEST_ID.fullmatch(said) else "")
    g.began = perf_counter()


def _finish(response: Response) -> Response:
    there = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 (headers iterate as pairs)
    response.headers.extend([(name, value) for name, value in HEADERS.items() if name.lower() not in there])
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Request-ID"] = g.request_id
    took = perf_counter() - g.began
    measured.note(request.endpoint or "nowhere", response.status_code, took)
    # The path holds ids only; what was typed, the query and addresses stay out of the log.
    LOG.info(
        "request",
        extra={
            "method": request.method,
            "endpoint": request.endpoint,
            "path": request.path if request.endpoint and not request.endpoint.startswith("sign_in") else "",
            "status": response.status_code,
            "milliseconds": round(took * 1000, 1),
        },
    )
    return response
