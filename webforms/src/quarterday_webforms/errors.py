"""What a person sees when something can't be done: a plain page, a sentence, and what to do; what they typed stays."""

from __future__ import annotations

import logging

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from quarterday import NotConfigured, NotThere, Refused, Retryable

LOG = logging.getLogger("quarterday.web")
_NEVER_SHOWN = {"csrf_token"}
_PAGES = (400, 403, 404, 405, 413, 429, 500, 503)
"""The statuses that have a page of their own."""


def teach(app: Flask) -> None:
    """Give an app its error pages."""
    app.register_error_handler(CSRFError, _forgotten)
    app.register_error_handler(HTTPException, _plain)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotConfigured, _unfinished)
    app.register_error_handler(Retryable, _unfinished)
    app.register_error_handler(Exception, _ours)


def _page(status: int, said: str = "") -> tuple[str, int]:
    there = status if status in _PAGES else 400 if status < 500 else 500
    return render_template(f"errors/{there}.html", said=said, request_id=g.get("request_id", "")), status


def _forgotten(error: CSRFError) -> tuple[str, int]:
    """A form that isn't known to come from our own page: what was typed is shown, to be copied, and nothing is done."""
    typed = [
        (name, text)
        for name, texts in request.form.lists()
        for text in texts
        if name not in _NEVER_SHOWN and text.strip()
    ]
    return render_template("errors/form_expired.html", typed=typed, request_id=g.request_id), 400


def _plain(error: HTTPException) -> tuple[str, int] | HTTPException:
    if error.code is None or error.code < 400:
        return error  # a redirect
    return _page(error.code)


def _refused(error: Refused) -> tuple[str, int]:
    """What nobody may see is said not to be there; what can't be done is said as the use case says it."""
    return _page(404 if isinstance(error, NotThere) else 409, str(error))


def _unfinished(error: Exception) -> tuple[str, int]:
    g.visit = None
    LOG.error("not available", exc_info=error)
    return _page(503)


def _ours(error: Exception) -> tuple[str, int]:
    g.visit = None  # finding out who asks may be what failed
    LOG.error("a fault of ours", exc_info=error)
    return _page(500)
