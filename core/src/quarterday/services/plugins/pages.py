"""The addresses at which plugins are told something, and the applications behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from importlib import import_module
from typing import Any, NamedTuple

from quarterday import hookspecs
from quarterday.ports import Page
from quarterday.registry import Answer, Failure, Registry, installed

Application = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]
"""As WSGI has it."""


class Offered(NamedTuple):
    """A page, and the plugin it comes from."""

    plugin: str
    page: Page


@cache
def pages(registry: Registry) -> dict[str, Offered]:
    """The pages of plugins, by path; what can't be used is recorded as a failure.

    A path that an earlier plugin has is left out.
    """
    found: dict[str, Offered] = {}
    for answer in registry.ask(hookspecs.pages):
        if not isinstance(answer, Answer):
            continue
        flaw = registry.use(answer.plugin, "pages", partial(_flaw, answer.value))
        if flaw is None and answer.value.path not in found:
            found[answer.value.path] = Offered(answer.plugin, answer.value)
        elif flaw is None:
            flaw = f"the plugin “{found[answer.value.path].plugin}” has one of that path"
        if isinstance(flaw, str):
            registry.fail(answer.plugin, "pages", f"its page “{answer.value.path}” is left out: {flaw}")
    return found


def applications() -> dict[str, Application]:
    """The applications behind the pages, by path, imported now; one that can't be had is recorded as a failure."""
    registry = installed()
    loaded = {
        one.page.path: registry.use(one.plugin, "pages", partial(_load, one.page)) for one in pages(registry).values()
    }
    return {path: application for path, application in loaded.items() if not isinstance(application, Failure)}


def _load(page: Page) -> Application:
    module, _, attribute = page.load.partition(":")
    found = getattr(import_module(module), attribute)
    if not callable(found):
        raise TypeError(f"{page.load} is {type(found).__name__}, not a WSGI application")
    application: Application = found
    return application


def _flaw(page: Page) -> str | None:
    """Why a page can't be used, None for one that can."""
    if not _is(r"[a-z0-9]+(-[a-z0-9]+)*", page.path):
        return "a path is small letters, digits and hyphens"
    if not _is(r"\S.*", page.summary):
        return "its summary is no line of text"
    if not _is(r"[\w.]+:\w+", page.load):
        return f"its place “{page.load}” is malformed: write module:attribute"
    return None


def _is(pattern: str, text: object) -> bool:
    return type(text) is str and re.fullmatch(pattern, text) is not None
