"""Pages that anybody may read: how accessible the site is, what it does with data, its one cookie."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

public = Blueprint("public", __name__)


@public.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """The accessibility statement."""
    return render_template("public/accessibility.html")


@public.get("/privacy")
def privacy() -> ResponseReturnValue:
    """What is kept of whom, and for how long."""
    return render_template("public/privacy.html")


@public.get("/cookies")
def cookies() -> ResponseReturnValue:
    """The one cookie there is."""
    return render_template("public/cookies.html")
