"""What plugins offer under an id: the first of two counts, and what can't be used is left out and said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Generic, NamedTuple, Protocol, TypeVar

from quarterday.errors import NotConfigured
from quarterday.registry import Answer, Registry


class Named(Protocol):
    """Something with an id."""

    id: str


K = TypeVar("K", bound=Named)


class Offered(NamedTuple, Generic[K]):
    """A kind of something, and the plugin it comes from."""

    plugin: str
    kind: type[K]


def offered(
    registry: Registry, hook: Callable[[], Iterable[type[K]]], what: str, flaw: Callable[[type[K]], str | None]
) -> dict[str, Offered[K]]:
    """What the plugins answer to a hook, by id; ``what`` it is, in a word, and ``flaw`` says why one can't be used.

    What can't be used is recorded as a failure of its plugin. An id that an earlier plugin has is left out.
    """
    found: dict[str, Offered[K]] = {}
    for answer in registry.ask(hook):
        if not isinstance(answer, Answer):
            continue
        why = registry.use(answer.plugin, hook.__name__, partial(_why_not, answer.value, what, flaw))
        if why is None and answer.value.id not in found:
            found[answer.value.id] = Offered(answer.plugin, answer.value)
        elif why is None:
            earlier = found[answer.value.id].plugin
            why = f"its {what} “{answer.value.id}” is left out: the plugin “{earlier}” has one of that id"
        if isinstance(why, str):
            registry.fail(answer.plugin, hook.__name__, why)
    return found


def one_of(found: dict[str, Offered[K]], what: str, wanted: str) -> Offered[K]:
    """The one of that id; raises :class:`NotConfigured` where no plugin offers it."""
    if wanted not in found:
        known = ", ".join(f"“{one}”" for one in found) or "none"
        why = f"No plugin offers the {what} “{wanted}” ({known} is there); install or enable the plugin that does."
        raise NotConfigured("plugins", why)
    return found[wanted]


def _why_not(kind: type[K], what: str, flaw: Callable[[type[K]], str | None]) -> str | None:
    """Why one can't be used, None for one that can."""
    if not isinstance(kind.id, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind.id):
        return f"its {what} “{kind.id}” is left out: an id is small letters, digits and hyphens"
    return flaw(kind)
