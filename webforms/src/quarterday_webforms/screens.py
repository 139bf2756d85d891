"""The screens of plugins: their blueprints behind the same gate as our own pages, and kept to their own addresses.

A blueprint is registered on an empty app first, where it can be seen what it changes: one that reaches beyond its own
pages costs its plugin the screens, and nobody else anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, TypeVar

from flask import Blueprint, Flask, Response, abort, current_app, flash, request
from flask.sansio import blueprints as scaffold
from flask.typing import ResponseReturnValue
from jinja2 import Environment, TemplateError

from quarterday import Permission, Screens
from quarterday.services.access.permissions import may
from quarterday.services.plugins.screens import Made, made, require_tables
from quarterday.services.record import Actor, UnitOfWork
from quarterday_webforms import visiting
from quarterday_webforms.language import told
from quarterday_webforms.security import HEADERS
from quarterday_webforms.site import site
from quarterday_webforms.typed import Typed

LOG = logging.getLogger("quarterday.web")
View = TypeVar("View", bound=Callable[..., Any])

OURS = frozenset(
    {
        "",
        "account",
        "council",
        "healthz",
        "hooks",
        "look",
        "mailbox",
        "metrics",
        "readyz",
        "returns",
        "sign-in",
        "static",
    }
    | {"accessibility", "contact", "cookies", "privacy"}
)
"""How addresses of the host's own begin."""
MOST_MEGABYTES = 2000
"""The largest form that a view may take."""
_NOT_ITS_OWN = {
    "after_request_funcs": "after_request",
    "teardown_request_funcs": "teardown_request",
    "template_context_processors": "context_processor",
    "url_default_functions": "url_defaults",
    "url_value_preprocessors": "url_value_preprocessor",
    "error_handler_spec": "errorhandler",
}
"""What would also run for visitors whom the gate sends away: it would answer in their place."""


class SiteDesk:
    """The desk at which one plugin's views work."""

    def __init__(self, screens: Screens) -> None:
        self._needs = screens.needs

    @property
    def uow(self) -> UnitOfWork:
        """The record of the site that answers."""
        return site().uow

    @property
    def data_dir(self) -> Path:
        """Its data folder."""
        return site().data_dir

    def actor(self, permission: Permission | None = None) -> Actor:
        """The visitor, for the authority they act for; a page that isn't there for whoever may not do that for it."""
        actor = visiting.staff_actor(self._needs)
        if permission is not None and not _may(actor, permission):
            abort(404)
        return actor

    def authority_id(self) -> int:
        """The authority they act for."""
        return self.actor().authority_id or 0

    def may(self, permission: Permission) -> bool:
        """Whether they may do that for it."""
        return _may(self.actor(), permission)

    def needs(self, permission: Permission) -> Callable[[View], View]:
        """Mark a view for the gate."""
        return _marked("needs", permission)

    def takes(self, megabytes: int) -> Callable[[View], View]:
        """Mark a view for the limit of its form."""
        return _marked("megabytes", megabytes)

    def form(self, usual: Mapping[str, str] | None = None) -> Typed:
        """What was sent, was kept while they signed in again, or is usual."""
        return Typed(usual)

    def tell(self, text: str) -> None:
        """Flash it."""
        flash(str(told(text)))


def _may(actor: Actor, permission: Permission) -> bool:
    return actor.role is not None and may(actor.role, permission)


def _marked(name: str, value: object) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, name, value)
        return view

    return mark


def mount(app: Flask, offered: Sequence[Made]) -> None:
    """Put screens that :func:`flaw` found none in behind the gate, below their paths."""
    app.before_request(_gate)
    before_forms = app.before_request_funcs[None]
    before_forms.insert(1, _let_forms_be_large)  # after the request's id, and before its form is read for a token
    app.after_request(_as_everywhere)
    for one in offered:
        path, name = one.screens.path, one.blueprint.name
        app.register_blueprint(one.blueprint, url_prefix=f"/{path}")
        for endpoint in [endpoint for endpoint in app.view_functions if endpoint.startswith(f"{name}.")]:
            view = app.view_functions[endpoint]
            permission = getattr(view, "needs", one.screens.needs)
            app.view_functions[endpoint] = visiting.needs(permission)(_contained(view))
        app.extensions.setdefault(visiting.SCREENS, {})[name] = visiting.Entry(
            one.plugin, one.screens.title, one.screens.needs, _first(app, path)
        )
        for template in _templates(one.blueprint):
            try:
                app.jinja_env.get_template(template)
            except TemplateError as error:  # a page of the plugin's will be a fault of the plugin's
                LOG.error("the template %s can't be used", template, exc_info=error)


def to_mount() -> list[Made]:
    """The screens of the installed plugins; why others are left out goes to the log, and ``doctor`` says it."""
    found = []
    for one in made(SiteDesk, flaw):
        if isinstance(one, Made):
            found.append(one)
        else:
            LOG.error("%s", one)
    return found


def flaw(screens: Screens, blueprint: object) -> str | None:
    """Why a blueprint can't be had, None where it can; raises whatever registering it raises."""
    path, name = screens.path, screens.path.replace("-", "_")
    if not isinstance(blueprint, Blueprint):
        return f"{screens.load} returned {type(blueprint).__name__}, not a flask.Blueprint"
    if path in OURS:
        return f"the address “/{path}” is taken; choose another path"
    if blueprint.name != name:
        return f"its blueprint is called “{blueprint.name}”; call it “{name}”, as its path"
    if astray := [found for found in _templates(blueprint) if not found.startswith(f"{name}/")]:
        return f"its template “{astray[0]}” isn't in a folder “{name}” of its templates"
    _read_templates(blueprint)
    alone = Flask(__name__, static_folder=None)
    before = _state(alone, name, path)
    alone.register_blueprint(blueprint, url_prefix=f"/{path}")
    after = _state(alone, name, path)
    if changed := [what for what, state in after.items() if state != before.get(what)]:
        return f"it changes what isn't its own: {', '.join(sorted(changed))}"
    for kept, called in _NOT_ITS_OWN.items():
        there = getattr(alone, kept)
        if any(set(found) - set(there.get(None, ())) for whose, found in there.items() if whose):
            return f"it has “{called}”, which runs for people who may not see its pages too; do that in its views"
    for endpoint, view in alone.view_functions.items():
        if iscoroutinefunction(view):
            return f"its view “{endpoint}” is async; a view is a plain function"
        if not _is_marked_well(view):
            return f"its view “{endpoint}” asks for what can't be asked for, by “needs” or “takes”"
    return None if _first(alone, path) else f"nothing answers at “/{path}”, where the menu leads"


def _is_marked_well(view: object) -> bool:
    needs, megabytes = getattr(view, "needs", Permission.SEE_FIGURES), getattr(view, "megabytes", 1)
    is_size = type(megabytes) is int and 0 < megabytes <= MOST_MEGABYTES
    return isinstance(needs, Permission) and needs is not Permission.REPORT and is_size


def _state(app: Flask, name: str, path: str) -> dict[str, object]:
    """All of an app that is nobody's own: what a blueprint may not change."""
    env = app.jinja_env
    state: dict[str, object] = {what: id(held) for what, held in vars(app).items() if what != "_got_first_request"}
    state |= {
        _NOT_ITS_OWN.get(what, what): [id(one) for one in getattr(app, what).get(None, ())]
        for what in ("before_request_funcs", *_NOT_ITS_OWN)
    }
    errors = app.error_handler_spec.get(None, {})
    own_addresses = (f"/{path}", f"/{path}/")
    return state | {
        "errorhandler": {code: [id(one) for one in found.values()] for code, found in errors.items()},
        "teardown_appcontext": len(app.teardown_appcontext_funcs),
        "shell_context_processor": len(app.shell_context_processors),
        "handlers of addresses": len(app.url_build_error_handlers),
        "converters of addresses": list(app.url_map.converters),
        "template filters": {key: id(one) for key, one in env.filters.items()},
        "template tests": {key: id(one) for key, one in env.tests.items()},
        "template globals": {key: id(one) for key, one in env.globals.items()},
        "config": dict(app.config),
        "extensions": list(app.extensions),
        "commands": list(app.cli.commands),
        "views": [one for one in app.view_functions if not one.startswith(f"{name}.")],
        "addresses": [
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.rule != own_addresses[0] and not rule.rule.startswith(own_addresses[1])
        ],
    }


def _first(app: Flask, path: str) -> str:
    """The endpoint that answers at a path itself; "" for none."""
    for rule in app.url_map.iter_rules():
        if rule.rule in (f"/{path}", f"/{path}/") and "GET" in (rule.methods or ()):
            return str(rule.endpoint)
    return ""


def _folders(blueprint: scaffold.Blueprint) -> Iterator[Path]:
    """The folders of its templates, and of what is registered on it."""
    if blueprint.template_folder:
        yield Path(blueprint.root_path) / blueprint.template_folder
    for inner, _ in blueprint._blueprints:
        yield from _folders(inner)


def _templates(blueprint: Blueprint) -> list[str]:
    """The names of its templates."""
    return sorted(
        file.relative_to(folder).as_posix() for folder in _folders(blueprint) for file in folder.rglob("*.html")
    )


def _read_templates(blueprint: Blueprint) -> None:
    """Raise where a template of it is none."""
    env = Environment(autoescape=True)
    for folder in _folders(blueprint):
        for file in folder.rglob("*.html"):
            env.parse(file.read_text(encoding="utf-8"), filename=str(file))


def _entry() -> visiting.Entry | None:
    """The screens that the request is for; None for a page of ours."""
    there: Mapping[str, visiting.Entry] = current_app.extensions.get(visiting.SCREENS, {})
    return next((there[name] for name in request.blueprints if name in there), None)


def _gate() -> ResponseReturnValue | None:
    """Let nobody through to anything of a plugin's, not even to what it does before its views, who may not; and nobody
    before its tables are as it works with them."""
    entry = _entry()
    if entry is None:
        return None
    if (first := visiting.elsewhere(entry.needs, request.view_args or {})) is not None:
        return first
    ready: set[str] = current_app.extensions.setdefault("quarterday tables that are there", set())
    if entry.plugin not in ready:
        require_tables(site().uow, entry.plugin)
        ready.add(entry.plugin)
    return None


def _let_forms_be_large() -> None:
    """Take a larger form where a view wants it, from those only who may send it there."""
    view = current_app.view_functions.get(request.endpoint or "")
    megabytes = getattr(view, "megabytes", 0)
    if megabytes and _entry() is not None and visiting.is_let_in(view.needs):  # type: ignore[union-attr]
        request.max_content_length = max(megabytes * 2**20, current_app.config["MAX_CONTENT_LENGTH"])


def _as_everywhere(response: Response) -> Response:
    """Let a plugin's answers keep to the policy of all pages."""
    if _entry() is not None:
        for name in HEADERS:
            response.headers.remove(name)
    return response


def _contained(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
    """A view that can't end the process."""

    @wraps(view)
    def contained(*args: Any, **named: Any) -> Any:
        try:
            return view(*args, **named)
        except SystemExit as error:
            raise RuntimeError("the view exits") from error

    return contained
