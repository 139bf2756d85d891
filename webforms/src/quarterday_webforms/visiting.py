"""Who is here: the visit behind the cookie, what they may do, and in whose scope they act."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, abort, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from quarterday.services.access import sessions
from quarterday.services.access.permissions import Permission
from quarterday.services.access.sessions import Visit
from quarterday.services.record import Actor
from quarterday_webforms.site import site

P = ParamSpec("P")
R = TypeVar("R")
_COOKIE = "visit"
"""Under which name the signed cookie holds the session's own secret value."""


def teach(app: Flask) -> None:
    """Give an app's templates the visit."""
    app.context_processor(lambda: {"visit": visit(), "theme": site().theme})


def visit() -> Visit | None:
    """Whoever asks, where they are signed in; looked up once in a request."""
    if "visit" not in g:
        cookie = session.get(_COOKIE, "")
        g.visit = sessions.visit(site().uow, cookie) if cookie else None
    found: Visit | None = g.visit
    return found


def begin(cookie: str) -> None:
    """Let the browser keep a session that was opened now. What it kept before is forgotten, its forms' token too."""
    session.clear()
    session[_COOKIE] = cookie


def forget() -> None:
    """Let the browser forget its session."""
    session.clear()


def cookie() -> str:
    """The session's own secret value; "" for nobody."""
    return str(session.get(_COOKIE, ""))
