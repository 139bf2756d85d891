"""The app: one installation's pages, put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flask import Flask, redirect, request, url_for
from flask_babel import Babel
from werkzeug.wrappers import Response

from quarterday.services.plugins.screens import Made
from quarterday_webforms import (
    accounts,
    amounts,
    charts,
    council,
    errors,
    language,
    look,
    public,
    screens,
    security,
    supplier,
    texts,
    visiting,
)
from quarterday_webforms.health import health
from quarterday_webforms.hooks import hooks
from quarterday_webforms.mailbox import mailbox
from quarterday_webforms.site import Site
from quarterday_webforms.templating import QuickEnvironment


def create_app(site: Site, *, proxies: int = 0, offered: Sequence[Made] = ()) -> Flask:
    """The app of a site; ``proxies`` is how many stand before it (their X-Forwarded-… are believed, and no others),
    ``offered`` the screens of plugins."""
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.jinja_environment = QuickEnvironment
    app.extensions["quarterday"] = site
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    security.secure(app, key=site.cookie_key, is_secure=site.is_secure, megabytes=site.megabytes, proxies=proxies)
    Babel(app, locale_selector=lambda: language.best_of(request.headers.get("Accept-Language", "")))
    language.teach(app)
    look.teach(app, site.theme)
    texts.teach(app)
    amounts.teach(app)
    charts.teach(app)
    errors.teach(app)
    visiting.teach(app)
    for blueprint in (public.public, health, hooks, *accounts.BLUEPRINTS, supplier.supplier, council.council):
        app.register_blueprint(blueprint)
    if site.keeps_mails:
        app.register_blueprint(mailbox)
    app.add_url_rule("/", "home", _home)
    screens.mount(app, offered)
    _compile_templates(app)
    return app


def _home() -> Response:
    """Where somebody begins: with what is theirs to do."""
    visit = visiting.visit()
    if visit is None:
        return redirect(url_for("sign_in.ask"))
    return redirect(visiting.first_page(visit))


def _compile_templates(app: Flask) -> None:
    """Compile every template now, so that no visitor waits for it (310 ms the first time, measured)."""
    folder = Path(app.root_path) / "templates"
    for file in sorted(folder.rglob("*.html")):
        app.jinja_env.get_template(file.relative_to(folder).as_posix())
