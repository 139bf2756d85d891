"""What plugins say of their tables: where they are, and which revision they work with; nothing heavy is imported."""

from __future__ import annotations

import re
from functools import cache, partial

from quarterday import hookspecs
from quarterday.ports import Tables
from quarterday.registry import Answer, Registry

HOOK = hookspecs.tables.__name__
OF_CORE = frozenset({"evidence", "mailbox"})
"""The folders of the data folder that are core's own."""


@cache
def tables(registry: Registry) -> dict[str, Tables]:
    """What plugins say of their tables, by plugin; what can't be used is recorded as a failure."""
    found: dict[str, Tables] = {}
    for answer in registry.ask(hookspecs.tables):
        if not isinstance(answer, Answer):
            continue
        plugin, said = answer.plugin, answer.value
        why = registry.use(plugin, HOOK, partial(flaw, plugin, said))
        if why is None:
            why = _is_there(plugin, said, found)
        if why is None:
            found[plugin] = said
        elif isinstance(why, str):
            registry.fail(plugin, HOOK, why)
    return found


def speaks(plugin: str, registry: Registry) -> bool:
    """Whether a plugin says anything of tables, be it that it can be used or not."""
    return any(one.plugin == plugin for one in registry.ask(hookspecs.tables))


def flaw(plugin: str, said: Tables) -> str | None:
    """Why what a plugin says of its tables can't be used, None for what can."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", plugin):
        return f"no table's name can begin with “{plugin}_”: a name is small letters, digits and “_”"
    if not re.fullmatch(r"[\w.]+:\w+", said.metadata) or not re.fullmatch(r"[\w.]+", said.migrations):
        return f"the place of its tables is malformed ({said.metadata}, {said.migrations}): write module:attribute"
    if not re.fullmatch(r"\w{1,32}", said.revision):
        return f"its revision “{said.revision}” is malformed"
    if not re.fullmatch(r"([a-z][a-z0-9-]*)?", said.files):
        return f"its folder “{said.files}” is malformed: one name, of small letters, digits and hyphens"
    if said.files in OF_CORE:
        return f"its folder “{said.files}” is one of core's: it needs another"
    return None


def _is_there(plugin: str, said: Tables, found: dict[str, Tables]) -> str | None:
    """Why what a plugin says can't stand beside what was said before; None where it can."""
    if plugin in found:
        return "it says twice where its tables are, and the first counts"
    others = [one for one, theirs in found.items() if theirs.files and theirs.files == said.files]
    return f"its folder “{said.files}” is the one of the plugin “{others[0]}”: it needs another" if others else None
