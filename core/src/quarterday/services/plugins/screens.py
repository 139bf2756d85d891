"""Screens: the pages that plugins add for people, made when the pages start; and the desk at which they work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from quarterday.ports import Permission, Screens
from quarterday.registry import Failure, installed
from quarterday.services.plugins.pages import named
from quarterday.services.plugins.pages import screens as offered
from quarterday.services.record import Actor, UnitOfWork
from quarterday.services.tables.standing import require_current

View = TypeVar("View", bound=Callable[..., Any])

ID = "int(max=9223372036854775807)"
"""How an id stands in an address of a view: what no database could hold is no page."""


class Form(Protocol):
    """A form as it was sent, or as the page opens with it; ``form`` in a template."""

    is_sent: bool
    errors: list[dict[str, str]]
    """What is wrong with it, as the error summary takes it."""

    def text(self, name: str) -> str:
        """What stands in a box, without white space around it."""

    def texts(self, name: str) -> list[str]:
        """All that is chosen under a name."""

    def refuse(self, name: str, why: object) -> None:
        """Say what is wrong with a control; "" for the form as a whole."""

    def fault(self, name: str) -> dict[str, str] | None:
        """The error message of a control, as its component takes it."""


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

    def form(self, usual: Mapping[str, str] | None = None) -> Form:
        """The form of this page: what was sent, or was being sent when the visitor's session ended; else what stands in
        its boxes first (``usual``), by the names of the controls."""

    def tell(self, text: str) -> None:
        """Say something at the top of the next page that the visitor sees, in their language where it is ``said``."""


class Made(NamedTuple):
    """Screens, the plugin they come from, and the blueprint that their function returned."""

    plugin: str
    screens: Screens
    blueprint: Any


Fit = Callable[[Screens, object], str | None]
"""What says of screens and the blueprint they came as why a host can't have it; None where it can."""


def made(desk: Callable[[Screens], Desk], fit: Fit) -> Iterator[Made | Failure]:
    """The screens of all plugins, made now, each with a desk of its own; what can't be had is recorded as a failure.

    Each may take as long as a plugin may take to load.
    """
    registry = installed()
    for plugin, screens in offered(registry).values():
        tried = registry.use(plugin, "pages", partial(_try, screens, desk, fit))
        if isinstance(tried, Failure):
            yield tried
        elif isinstance(tried, str):
            yield registry.fail(plugin, "pages", f"its screens “{screens.path}” are left out: {tried}")
        else:
            yield Made(plugin, screens, tried.blueprint)


def require_tables(uow: UnitOfWork, plugin: str) -> None:
    """Nothing, where the plugin's own tables are in the record as it works with them, or it has none.

    Raises :class:`~quarterday.errors.NotConfigured` with the command to run.
    """
    require_current(uow.engine, plugin, installed())


class _Tried(NamedTuple):
    blueprint: object


def _try(screens: Screens, desk: Callable[[Screens], Desk], fit: Fit) -> _Tried | str:
    """What the function returned; or why that can't be used."""
    blueprint = named(screens)(desk(screens))
    return fit(screens, blueprint) or _Tried(blueprint)
