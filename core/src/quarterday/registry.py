"""The plugins of this process: found, loaded and asked one by one, each behind its own guard.

A plugin that fails is recorded as a :class:`Failure`, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from importlib.metadata import EntryPoint
from threading import Lock
from typing import Any, Generic, TypeVar

import pluggy

from quarterday import hookspecs
from quarterday.finding import Found, find, given
from quarterday.guard import Fault, TimedOut, guarded
from quarterday.items import items_of
from quarterday.roster import Roster
from quarterday.settings_file import IMPORT_SECONDS

T = TypeVar("T")


class State(StrEnum):
    """What became of an installed plugin."""

    LOADED = "loaded"
    DISABLED = "disabled"
    FAILED = "failed"


class Stage(StrEnum):
    """What the host was doing with a plugin, or with what it gave, when that failed."""

    FIND = "find"
    LOAD = "load"
    ASK = "ask"
    STREAM = "stream"
    USE = "use"


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing a plugin did wrong: which plugin, at which stage, in which hook ("" outside one), and how."""

    plugin: str
    stage: Stage
    hook: str
    distribution: str
    version: str
    error: str
    """The type of the error: ``ImportError``."""
    what: str
    traceback: str = ""

    def __str__(self) -> str:
        """One sentence for a person."""
        where = f" in {self.hook}()" if self.hook else ""
        named = f"The plugin “{self.plugin}”" if self.plugin else "A plugin"
        come = f" ({self.distribution} {self.version})" if self.distribution else ""
        return f"{named}{come} failed at {self.stage}{where}: {self.error}: {self.what}"

    def as_json(self) -> dict[str, str]:
        """The failure as JSON, without its traceback."""
        names = ("plugin", "stage", "hook", "distribution", "version", "error", "what")
        return {name: str(getattr(self, name)) for name in names}


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """One item a plugin gave when it was asked."""

    plugin: str
    value: T


@dataclass(slots=True)
class Plugin:
    """What is known of one installed plugin."""

    name: str
    module: str
    distribution: str
    version: str
    state: State
    api: int | None = None
    """The plugin API it speaks; None when it has not been loaded or doesn't say."""
    hooks: tuple[str, ...] = ()
    """The hooks it answers."""

    def as_json(self) -> dict[str, object]:
        """The plugin as JSON."""
        return {slot: getattr(self, slot) for slot in self.__slots__}


class Registry:
    """The installed plugins, what they answer, and how they failed."""

    def __init__(self, seconds: float = IMPORT_SECONDS) -> None:
        self.plugins: list[Plugin] = []
        """In the order of loading, those that are disabled or failed too."""
        self.failures: list[Failure] = []
        self._seconds = seconds
        self._stuck: set[str] = set()
        self._answers: dict[str, list[Answer[Any] | Failure]] = {}
        self._asking = Lock()
        self._pluggy = pluggy.PluginManager(hookspecs.NAMESPACE)
        self._pluggy.add_hookspecs(hookspecs)

    @classmethod
    def discover(cls, roster: Roster | None = None, found: Iterable[EntryPoint] | None = None) -> Registry:
        """Load what is installed (or only ``found``) in the order of ``roster``, by default the data folder's.

        Nothing a plugin does raises here. When two distributions offer plugins of one name, neither is loaded: which
        of them was meant would be a guess, and a guess could change a council's figures. Raises
        :class:`quarterday.errors.NotConfigured` when ``quarterday.toml`` can't be read.
        """
        roster = Roster.read() if roster is None else roster
        registry = cls(roster.seconds)
        named: dict[str, list[Found]] = {}
        for one in find() if found is None else given(found):
            if isinstance(one, Found):
                named.setdefault(one.name, []).append(one)
            else:
                registry._record("", Stage.FIND, one.fault, distribution=one.distribution, version=one.version)
        for name in roster.missing(named):
            fault = Fault("LookupError", "quarterday.toml orders it, but no such plugin is installed")
            registry._record(name, Stage.FIND, fault)
        for name in roster.arranged(named):
            registry._take(named[name], disabled=name in roster.disabled)
        return registry

    def _take(self, claims: list[Found], *, disabled: bool) -> None:
        """Load the plugin of one name, or record why not."""
        first = claims[0]
        if disabled:
            self.plugins += [_plugin(claim, State.DISABLED) for claim in claims]
        elif len(claims) > 1:
            self.plugins += [_plugin(claim, State.FAILED) for claim in claims]
            origins = " and ".join(claim.origin for claim in claims)
            fault = Fault("LookupError", f"{origins} offer a plugin of this name, so neither is loaded; uninstall one")
            both = ", ".join(claim.distribution for claim in claims)
            self._record(first.name, Stage.FIND, fault, distribution=both)
        else:
            self.plugins.append(plugin := _plugin(first, State.FAILED))
            unloaded = self._load(first, plugin)
            if unloaded:
                self._record(plugin.name, Stage.LOAD, unloaded)
            else:
                plugin.state = State.LOADED

    def _load(self, found: Found, plugin: Plugin) -> Fault | None:
        """Import and register one plugin; its fault when it can't be had."""
        loaded = guarded(lambda: _import(found.point), seconds=self._seconds)
        if isinstance(loaded, Fault):
            return loaded
        module, plugin.api = loaded
        try:
            self._pluggy.register(module, name=plugin.name)
            self._pluggy.check_pending()
            callers = self._pluggy.get_hookcallers(module) or []
            for caller in callers:
                for impl in caller.get_hookimpls():
                    if impl.plugin is module and (impl.wrapper or impl.hookwrapper):
                        raise TypeError(f"it wraps {caller.name}(); a hook is answered, never wrapped")
        except (Exception, SystemExit) as error:
            if self._pluggy.has_plugin(plugin.name):
                self._pluggy.unregister(name=plugin.name)
            return Fault.of(error)
        plugin.hooks = tuple(sorted(caller.name for caller in callers))
        return None

    def ask(self, hook: Callable[[], Iterable[T]]) -> Iterator[Answer[T] | Failure]:
        """What the plugins answer to a hook of :mod:`quarterday.hookspecs`, in the order of loading.

        Each plugin is asked once in a process, for all its items; a failure is one answer among the others, and
        costs that plugin its other items of this hook. A plugin that has once taken too long is asked nothing more.
        """
        name = hook.__name__
        with self._asking:
            if name not in self._answers:
                self._answers[name] = [answer for plugin in self.plugins for answer in self._ask_one(plugin, hook)]
        yield from self._answers[name]

    def _ask_one(self, plugin: Plugin, hook: Callable[[], Iterable[T]]) -> Iterator[Answer[T] | Failure]:
        """The items of one plugin, or its failure."""
        name = hook.__name__
        if name not in plugin.hooks or plugin.name in self._stuck:
            return
        caller = getattr(self._pluggy.hook, name)
        for answer in [impl.function for impl in caller.get_hookimpls() if impl.plugin_name == plugin.name]:
            items = self._guarded(plugin.name, Stage.ASK, name, partial(items_of, hook, answer))
            if isinstance(items, Failure):
                yield items
            else:
                yield from (Answer(plugin.name, item) for item in items)

    def use(self, plugin: str, what: str, work: Callable[[], T]) -> T | Failure:
        """Run something a plugin gave (a check, say) behind the same guard; its failure is recorded."""
        return self._guarded(plugin, Stage.USE, what, work)

    def stream(self, plugin: str, what: str, opened: Callable[[], Iterable[T]]) -> Iterator[T | Failure]:
        """Iterate over what a plugin offers; where it breaks, the last thing given is its failure.

        What came before is kept. The plugin's iterator is closed when the host stops early, too.
        """
        source: Iterator[T] | None = None
        try:
            while True:
                try:
                    source = iter(opened()) if source is None else source
                    item = next(source)
                except StopIteration:
                    return
                except KeyboardInterrupt:
                    raise
                except BaseException as error:
                    yield self._record(plugin, Stage.STREAM, Fault.of(error), hook=what)
                    return
                yield item
        finally:
            close = getattr(source, "close", None)
            if close is not None:
                self._guarded(plugin, Stage.STREAM, what, close)

    def fail(self, plugin: str, hook: str, what: str) -> Failure:
        """Record that something a plugin gave can't be used: a second command of one name, say."""
        return self._record(plugin, Stage.USE, Fault("ValueError", what), hook=hook)

    def _guarded(self, plugin: str, stage: Stage, hook: str, work: Callable[[], T]) -> T | Failure:
        done = guarded(work, seconds=self._seconds)
        if not isinstance(done, Fault):
            return done
        if isinstance(done, TimedOut):
            self._stuck.add(plugin)
        return self._record(plugin, stage, done, hook=hook)

    def _record(
        self, name: str, stage: Stage, fault: Fault, *, hook: str = "", distribution: str = "", version: str = ""
    ) -> Failure:
        for plugin in self.plugins:
            if plugin.name == name and not distribution:
                distribution, version = plugin.distribution, plugin.version
        failure = Failure(name, stage, hook, distribution, version, fault.error, fault.what, fault.traceback)
        self.failures.append(failure)
        return failure


@cache
def installed() -> Registry:
    """The one registry of this process, made at the first call."""
    return Registry.discover()


def _plugin(found: Found, state: State) -> Plugin:
    return Plugin(found.name, found.point.value, found.distribution, found.version, state)


def _import(point: EntryPoint) -> tuple[Any, int]:
    """The plugin's module and the API it speaks; raises when it speaks another one."""
    module = point.load()
    speaks = getattr(module, "API_VERSION", None)
    ours = hookspecs.API_VERSION
    if speaks is None:
        raise ImportError(f"it has no API_VERSION; this host speaks plugin API {ours}")
    if type(speaks) is not int or speaks != ours:
        raise ImportError(f"it speaks plugin API {speaks!r} and this host speaks {ours}; install versions that agree")
    return module, speaks
