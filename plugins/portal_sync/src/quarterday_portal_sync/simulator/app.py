"""The simulated portal as one Flask app."""

from __future__ import annotations

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

from quarterday_portal_sync.simulator import control, interface, pages, unwell
from quarterday_portal_sync.simulator.running import Running

MOST_IN_A_CALL = 64_000_000
"""How many bytes come in one call."""


class _InOrder(DefaultJSONProvider):
    """What is told keeps its order."""

    sort_keys = False


class _Portal(Flask):
    json_provider_class = _InOrder


def make_app(portal: Running) -> Flask:
    """The portal: its interface, the page for its people, and what tests ask of it."""
    app = _Portal(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MOST_IN_A_CALL
    app.extensions["portal"] = portal
    app.register_error_handler(HTTPException, interface.said)
    app.before_request(unwell.before_it_acts)
    app.before_request(interface.refuse_strangers)
    app.after_request(unwell.before_it_answers)
    for routes in (interface.routes, control.routes, pages.routes):
        app.register_blueprint(routes)
    return app
