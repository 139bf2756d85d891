"""What other systems tell plugins: a call to ``/hooks/…`` is answered by the plugin's own application."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from quarterday.services.access.limits import network_of
from quarterday_webforms.security import csrf
from quarterday_webforms.site import site

MOST_BYTES = 64_000
"""The most that a call may hold; a delivery receipt has half a kilobyte."""

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
csrf.exempt(hooks)  # a call has nobody's cookies, and shows a secret of its own


@hooks.route("/<path>", defaults={"rest": ""}, methods=["GET", "POST"])
@hooks.route("/<path>/<path:rest>", methods=["GET", "POST"])
def call(path: str, rest: str) -> Response:
    """Hand a call over without its cookies, so that no form elsewhere can use a visitor's session here."""
    application = site().hooks.get(path)
    if application is None:
        abort(404)
    turned_away, network = site().turned_away, network_of(request.remote_addr or "")
    if turned_away.too_often(network):
        abort(429)
    if "Transfer-Encoding" in request.headers:  # of what comes in pieces nobody knows how much there is
        abort(411)
    if (request.content_length or 0) > MOST_BYTES:
        abort(413)
    try:
        answer = Response.from_app(application, _environ(path, rest), buffered=True)
    except SystemExit as error:  # it would end this process
        raise RuntimeError("the application exits") from error
    answer.headers.remove("Set-Cookie")
    if answer.status_code in (401, 403):
        turned_away.once_more(network)
    return answer


def _environ(path: str, rest: str) -> dict[str, Any]:
    """What the application is called with: the call as it came, without what is ours."""
    ours = ("HTTP_COOKIE", "werkzeug.", "flask.")
    environ = {name: value for name, value in request.environ.items() if not name.startswith(ours)}
    environ["SCRIPT_NAME"] = f"{request.script_root}/hooks/{path}"
    environ["PATH_INFO"] = f"/{rest}" if rest else ""
    environ["quarterday.record"] = site().uow
    return environ
