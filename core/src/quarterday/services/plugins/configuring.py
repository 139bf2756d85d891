"""Configuring a plugin for an authority: what it asks, what was answered, and keeping that, checked and sealed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from quarterday.db.models import PluginSetting
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.permissions import Permission
from quarterday.errors import NotConfigured, Refused
from quarterday.plugin_settings import PluginSettings, is_secret, known_to, taken
from quarterday.ports import EvidenceSource, ReportSink
from quarterday.registry import Failure, Registry
from quarterday.services import scope
from quarterday.services.plugins.configured import kept, sealer
from quarterday.services.plugins.sinks import sinks
from quarterday.services.plugins.sources import sources


@dataclass(frozen=True, slots=True)
class Question:
    """One setting a plugin must or may be told."""

    name: str
    about: str
    """What it is for, from the docstring of the field."""
    is_secret: bool
    is_needed: bool
    default: str
    """As text; "" where there is none."""


def questions(registry: Registry, plugin: str) -> list[Question]:
    """What a plugin asks: the settings of everything it offers, each once.

    Raises :class:`Refused` where no such plugin is loaded, and where it offers nothing that can be set.
    """
    found: dict[str, Question] = {}
    for kind in _classes(registry, plugin):
        for name, field in kind.model_fields.items():
            found.setdefault(name, _question(name, field))
    if not found:
        raise Refused(f"The plugin “{plugin}” has nothing to set.")
    return list(found.values())


def answers_in(path: Path) -> dict[str, Any]:
    """The answers in a TOML file, one a line under the setting's name; raises :class:`Refused`."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
        return {name: str(value) if isinstance(value, date | time) else value for name, value in said.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise Refused(f"{path} can't be read as TOML: {problem}.") from problem


def shown(uow: UnitOfWork, actor: Actor, registry: Registry, *, authority_id: int, plugin: str) -> dict[str, Any]:
    """The settings an authority has for a plugin, a secret as ``***``; those that were never set are not among them."""
    secret = {question.name for question in questions(registry, plugin) if question.is_secret}
    with uow.read(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        scope.authority(work, authority_id)
        plain, sealed = kept(work, authority_id, plugin)
    there = _opened(authority_id, plugin, sealed)
    return {**plain, **dict.fromkeys(sorted(there.keys() & secret), "***")}


def configure(
    uow: UnitOfWork,
    actor: Actor,
    registry: Registry,
    *,
    authority_id: int,
    plugin: str,
    answers: Mapping[str, Any],
) -> list[str]:
    """Set a plugin for an authority, in force at its next use; returns the names of the settings that changed.

    What isn't answered stays as it is, and a blank answer unsets. All settings are checked together, by the plugin's
    own classes, before anything is kept. Raises :class:`Refused` for a setting nobody knows, and
    :class:`~quarterday.errors.NotConfigured` with a sentence for each that can't be used, which never holds a value.
    """
    asked = {question.name: question for question in questions(registry, plugin)}
    for name in answers:
        if name not in asked:
            raise Refused(f"The plugin “{plugin}” has no setting “{name[:60]}”; {did_you_mean(name, asked)}")
    with uow.begin(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        scope.authority(work, authority_id, lock=True)
        plain, sealed = kept(work, authority_id, plugin)
        before = {**plain, **_opened(authority_id, plugin, sealed)}
        wanted = {name: value for name, value in {**before, **answers}.items() if value != ""}
        _check(registry, plugin, wanted)
        changed = sorted(name for name in wanted.keys() | before.keys() if wanted.get(name) != before.get(name))
        if not changed:
            return []
        secrets = {name: str(value) for name, value in wanted.items() if asked[name].is_secret}
        work.add(
            PluginSetting,
            authority_id=authority_id,
            plugin=plugin,
            values={name: value for name, value in wanted.items() if name not in secrets},
            sealed=sealer(authority_id, plugin).seal(secrets) if secrets else "",
        )
        work.audit(authority_id, "plugin.configured", f"authority/{authority_id}", plugin=plugin, settings=changed)
        return changed


def _opened(authority_id: int, plugin: str, sealed: str) -> dict[str, str]:
    """The secrets as they are; none where they are under a key that is gone, so that they can be given again."""
    try:
        return sealer(authority_id, plugin).open(sealed) if sealed else {}
    except NotConfigured:
        return {}


def _check(registry: Registry, plugin: str, values: Mapping[str, Any]) -> None:
    """Hold the settings to every class of the plugin that any of them is for; where there are none, to all."""
    kinds = _classes(registry, plugin)
    for kind in [one for one in kinds if known_to(one, values)] or kinds:
        taken(kind, known_to(kind, values))


def _classes(registry: Registry, plugin: str) -> list[type[PluginSettings]]:
    """The settings classes of what the plugin offers; one that can't be had is recorded as the plugin's failure."""
    if plugin not in (names := [one.name for one in registry.plugins if one.state == "loaded"]):
        raise Refused(f"No plugin “{plugin[:60]}” is loaded; {did_you_mean(plugin, names)}")
    offered: list[type[ReportSink] | type[EvidenceSource]] = []
    offered += [one.kind for one in sinks(registry).values() if one.plugin == plugin]
    offered += [one.kind for one in sources(registry).values() if one.plugin == plugin]
    found = [registry.use(plugin, "settings_class", partial(_class_of, one)) for one in offered]
    if failed := next((one for one in found if isinstance(one, Failure)), None):
        raise Refused(f"{failed}. Run “quarterday plugins show {plugin}” to see where.")
    return [one for one in found if not isinstance(one, Failure)]


def _class_of(offered: Any) -> type[PluginSettings]:
    kind = offered.settings_class()
    if not (isinstance(kind, type) and issubclass(kind, PluginSettings)):
        raise TypeError(f"settings_class() gave {kind!r}, not a subclass of PluginSettings")
    return kind


def _question(name: str, field: FieldInfo) -> Question:
    is_needed = field.is_required()
    default = "" if is_needed or field.default is None or field.default_factory else str(field.default)
    return Question(name, field.description or "", is_secret(field), is_needed, "" if is_secret(field) else default)
