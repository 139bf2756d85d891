"""What plugins add to the web: addresses at which they are told something, with the applications behind them, and
screens for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from importlib import import_module
from typing import Any, Generic, NamedTuple, TypeVar

from quarterday import hookspecs
from quarterday.ports import Page, Pages, Permission, Screens
from quarterday.registry import Failure, Registry, installed
from quarterday.services.plugins.described import NAME, PLACE, fits, usable

Application = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]
"""As WSGI has it."""


Kind = TypeVar("Kind", Page, Screens)


class Offered(NamedTuple, Generic[Kind]):
    """What a plugin offers, and the plugin."""

    plugin: str
    page: Kind


def pages(registry: Registry) -> dict[str, Offered[Page]]:
    """The pages of plugins for other systems, by path; what can't be used is recorded as a failure.

    A path that an earlier plugin has is left out.
    """
    return _usable(registry, Page)


def screens(registry: Registry) -> dict[str, Offered[Screens]]:
    """The screens of plugins for people, by path; the same holds."""
    return _usable(registry, Screens)


@cache
def _usable(registry: Registry, kind: type[Kind]) -> dict[str, Offered[Kind]]:
    offered = usable(
        registry,
        hookspecs.pages,
        _flaw,
        called=lambda page: ("page" if isinstance(page, Page) else "screen", "path", page.path),
        wanted=lambda page: isinstance(page, kind),
    )
    return {path: Offered(plugin, page) for path, plugin, page in offered if isinstance(page, kind)}


def applications() -> dict[str, Application]:
    """The applications behind the pages, by path, imported now; one that can't be had is recorded as a failure."""
    registry = installed()
    loaded = {
        one.page.path: registry.use(one.plugin, "pages", partial(_load, one.page)) for one in pages(registry).values()
    }
    return {path: application for path, application in loaded.items() if not isinstance(application, Failure)}


def _load(page: Page) -> Application:
    application: Application = named(page)
    return application


def named(page: Pages) -> Callable[..., Any]:
    """What ``load`` names, imported now; raises what importing raises, and :class:`TypeError` for nothing to call."""
    module, _, attribute = page.load.partition(":")
    found = getattr(import_module(module), attribute)
    if not callable(found):
        wanted = "a WSGI application" if isinstance(page, Page) else "a function"
        raise TypeError(f"{page.load} is {type(found).__name__}, not {wanted}")
    return found  # type: ignore[no-any-return]  # it can be called, and more isn't known


def _flaw(page: Pages) -> str | None:
    """Why a page can't be used, None for one that can."""
    if not fits(NAME, page.path):
        return "a path is small letters, digits and hyphens"
    if isinstance(page, Page) and not fits(r"\S.*", page.summary):
        return "its summary is no line of text"
    if isinstance(page, Screens):
        if not isinstance(page.title, str) or re.fullmatch(r"\S.{0,29}", page.title) is None:
            return "its title is no line of at most 30 characters"
        if not isinstance(page.needs, Permission) or page.needs is Permission.REPORT:
            return "“needs” is a Permission of the council's staff"
    if not fits(PLACE, page.load):
        return f"its place “{page.load}” is malformed: write module:attribute"
    return None
