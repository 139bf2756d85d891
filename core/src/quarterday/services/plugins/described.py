"""What plugins describe instead of handing it over, under a name and with the place it is loaded from: jobs, pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

from quarterday.domain.sentences import Sentence
from quarterday.registry import Answer, Registry

One = TypeVar("One")

NAME = r"[a-z0-9]+(-[a-z0-9]+)*"
"""A name: small letters, digits and hyphens."""

PLACE = r"[\w.]+:\w+"
"""A place: ``module:attribute``."""


def usable(
    registry: Registry,
    hook: Callable[[], Iterable[One]],
    flaw: Callable[[One], str | None],
    *,
    called: Callable[[One], tuple[str, str, str]],
    wanted: Callable[[One], bool] = lambda _: True,
) -> Iterator[tuple[str, str, One]]:
    """What the plugins answer to a hook and is wanted: each with its name and its plugin, one of a name.

    ``flaw`` says why one can't be used, and ``called`` what it is (“job”), what its name is (“name”, “path”) and that
    name itself. What can't be used is recorded as a failure of its plugin. A name that an earlier plugin has is left
    out.
    """
    found: dict[str, str] = {}
    for answer in registry.ask(hook):
        if not isinstance(answer, Answer) or not wanted(answer.value):
            continue
        why = registry.use(answer.plugin, hook.__name__, partial(flaw, answer.value))
        if why is not None and not isinstance(why, str):
            continue  # it broke, which is recorded
        what, sort, name = called(answer.value)
        if why is None and name in found:
            why = f"the plugin “{found[name]}” has one of that {sort}"
        if why is None:
            found[name] = answer.plugin
            yield name, answer.plugin, answer.value
        else:
            registry.fail(answer.plugin, hook.__name__, f"its {what} “{name}” is left out: {why}")


def fits(pattern: str, text: object) -> bool:
    """Whether something is a text, or a sentence, of that pattern."""
    return type(text) in (str, Sentence) and re.fullmatch(pattern, str(text)) is not None
