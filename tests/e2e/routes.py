"""The app's routes, and addresses on them: own and others', for every role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from running import HALF_WAY, Visitor
from town import Scene, Town, at_home
from werkzeug.routing import Map, Rule

from quarterday.services.access.permissions import Permission
from quarterday_webforms.app import create_app
from quarterday_webforms.screens import to_mount
from quarterday_webforms.site import open_site

FILES = {"static", "look"}
"""What pages are drawn with; these hold nothing of anybody."""
NO_PAGES = {"health.alive", "health.ready", "health.metrics", "hooks.call"}
"""What machines read, and where they say something."""
OPEN = {
    "home",
    "public.accessibility",
    "public.contact",
    "public.cookies",
    "public.privacy",
    "mailbox.listed",
    "mailbox.read",
    "sign_in.ask",
    "sign_in.sent",
    "sign_in.use",
    "sign_in.fresh",
    "sign_in.on_its_way",
}
"""What anybody may see who knows the address; a new page stands here only by somebody's decision."""


WHO_ONE_IS = {"account.end_session", "sign_in.out", "sign_in.use"}
"""What begins or ends a session when it is posted."""
ANYBODYS = {"ending": "xlsx", "kind": "receipt", "analysis": "category"}
"""Parts of addresses that are the same for everybody."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route with what it asks of a visitor."""

    rule: Rule
    map: Map
    needs: Permission | None
    """What a visitor must be allowed to do; None for a page that asks nothing, or no more than to be signed in."""

    @property
    def endpoint(self) -> str:
        return str(self.rule.endpoint)

    @property
    def is_open(self) -> bool:
        """Whether anybody may see it."""
        return self.endpoint in OPEN

    @property
    def parts(self) -> set[str]:
        """The parts of its address that vary."""
        return set(self.rule.arguments)

    def takes(self, method: str) -> bool:
        """Whether it answers that method."""
        return method in (self.rule.methods or ())

    def address(self, scene: Scene) -> str:
        """Where it is in a scene that has all its parts."""
        parts = {name: scene[name] for name in self.parts}
        return self.map.bind("").build(self.endpoint, parts, method="GET" if self.takes("GET") else "POST")

    def addresses(self, scenes: Iterator[Scene] | list[Scene]) -> list[str]:
        """Where it is in those of the scenes that have all its parts, each once."""
        return list(dict.fromkeys(self.address(scene) for scene in scenes if self.parts <= scene.keys()))


def the_app(folder: Path) -> Flask:
    """The app that serves the installation in a folder, in this process."""
    with at_home(folder):
        app = create_app(open_site(), offered=to_mount())
    app.extensions["quarterday"].uow.engine.dispose()
    return app


def routes(app: Flask) -> list[Route]:
    """Every route that has a page or changes something; those that can't be undone come last.

    A route that says neither what it needs nor stands among those that are open to all is an error.
    """
    found, lawless = [], []
    for rule in app.url_map.iter_rules():
        endpoint = str(rule.endpoint)
        view = app.view_functions[endpoint]
        if endpoint in FILES | NO_PAGES:
            continue
        if not hasattr(view, "needs") and endpoint not in OPEN:
            lawless.append(endpoint)
        found.append(Route(rule, app.url_map, getattr(view, "needs", None)))
    assert lawless == [], f"Say who may see {lawless}: by visiting.needs, visiting.signed_in, or as open to all."
    return sorted(found, key=lambda one: (_ends_something(one), one.endpoint in WHO_ONE_IS, one.endpoint))


def _ends_something(route: Route) -> bool:
    """Whether what it was about isn't there any more when it was posted."""
    return any(word in route.endpoint for word in ("remove", ".end_"))


def who_sees(route: Route) -> list[str]:
    """In which roles a route is looked at."""
    if route.needs is not None:
        return ["supplier" if route.needs is Permission.REPORT else "administrator"]
    return ["nobody", "supplier"] if route.is_open else ["supplier", "lead", HALF_WAY]


def scenes(town: Town, own: list[Scene], visitor: Visitor, link: str) -> list[Scene]:
    """Scenes with the parts that depend on who visits: a session to end, a mail, a link to sign in by."""
    sessions = re.findall(r"/account/sessions/(\d+)/end", visitor.get("/account").html)
    letter = next((town.folder / "mailbox").glob("*.eml")).stem
    mine: dict[str, int | str] = {**ANYBODYS, "name": letter, "link": link.rpartition("/")[2]}
    if sessions:
        mine["session_id"] = int(sessions[0])
    return [{**mine, **scene} for scene in own]


def mixed(route: Route, own: Scene, foreign: Scene) -> Iterator[Mapping[str, int | str]]:
    """A scene of one's own with one number in it that is another's, for each number in the route's address."""
    for part in sorted(route.parts):
        if part.endswith("_id") and len(route.parts) > 1 and part in foreign:
            yield {**own, part: foreign[part]}
