"""Screens: the pages that plugins add for people, made when the pages start; and the desk at which they work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from quarterday.ports import Permission, Screens
from quarterday.registry import Failure, installed
from quarterday.services.plugins.pages import named
from quarterday.services.plugins.pages import screens as offered
from quarterday.services.record import Actor, UnitOfWork

View = TypeVar("View", bound=Callable[..., Any])


class Desk(Protocol):
    """What a plugin's views work with. It is given once, when the pages start, and kept; all but :meth:`needs` and
    :meth:`takes` is of the request that is being answered, and raises :class:`RuntimeError` outside one."""

    @property
    def uow(self) -> UnitOfWork:
        """The record, for use cases."""

    @property
    def data_dir(self) -> Path:
        """The data folder."""

    def actor(self, permission: Permission | None = None) -> Actor:
        """The visitor, in the scope of the authority that they act for: where they may do that, by default what the
        screens need."""

    def authority_id(self) -> int:
        """The authority that they act for."""

    def may(self, permission: Permission) -> bool:
        """Whether the visitor may do that for it: show no button that leads nowhere."""

    def needs(self, permission: Permission) -> Callable[[View], View]:
        """A view for those only who may do that besides what the screens need. Put it below the route."""

    def takes(self, megabytes: int) -> Callable[[View], View]:
        """A view whose form may hold so much, and no less than other forms. Put it below the route."""

    def typed(self) -> Mapping[str, Sequence[str]]:
        """What the visitor was sending on this page when their session ended, to be shown again: names of controls
        and their values; empty where nothing was."""

    def tell(self, text: str) -> None:
        """Say something at the top of the next page that the visitor sees, in their language where it is ``said``."""


class Made(NamedTuple):
    """Screens, the plugin they come from, and the blueprint that their function returned."""

    plugin: str
    screens: Screens
    blueprint: Any


Fit = Callable[[Screens, object], str | None]
"""What says of screens and the blueprint they came as why a host can't have it; None where it can."""


def made(desk: Callable[[Screens], Desk], fit: Fit, *, share: float = 1) -> Iterator[Made | Failure]:
    """The screens of all plugins, made now, each with a desk of its own; what can't be had is recorded as a failure.

    Each may take as long as a plugin may take to load; with a ``share``, all together that part of it.
    """
    registry = installed()
    found = offered(registry)
    seconds = registry.seconds if share == 1 else registry.seconds * share / max(1, len(found))
    for plugin, screens in found.values():
        tried = registry.use(plugin, "pages", partial(_try, screens, desk, fit), seconds=seconds)
        if isinstance(tried, Failure):
            yield tried
        elif isinstance(tried, str):
            yield registry.fail(plugin, "pages", f"its screens “{screens.path}” are left out: {tried}")
        else:
            yield Made(plugin, screens, tried.blueprint)


class _Tried(NamedTuple):
    blueprint: object


def _try(screens: Screens, desk: Callable[[Screens], Desk], fit: Fit) -> _Tried | str:
    """What the function returned; or why that can't be used."""
    blueprint = named(screens)(desk(screens))
    return fit(screens, blueprint) or _Tried(blueprint)
