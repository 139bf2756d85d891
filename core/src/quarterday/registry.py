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
        self.seconds = seconds
        """How long one thing of a plugin may take."""
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
                registry._failed("", Stage.FIND, "", one.fault, distribution=one.distribution, version=one.version)
        for name in roster.missing(named):
            fault = Fault("LookupError", "quarterday.toml orders it, but no such plugin is installed")
            registry._failed(name, Stage.FIND, "", fault)
        arranged = [named[name] for name in roster.arranged(named)]
        registry._load([one for claims in arranged for one in registry._settled(claims, roster)])
        return registry

    def _settled(self, claims: list[Found], roster: Roster) -> list[Found]:
        """The one plugin to load among those of one name, or none; all of them are listed."""
        name = claims[0].name
        state = State.DISABLED if name in roster.disabled else State.FAILED
        self.plugins += [Plugin(one.name, one.point.value, one.distribution, one.version, state) for one in claims]
        if state is State.DISABLED:
            return []
        if len(claims) > 1:
            origins = " and ".join(one.origin for one in claims)
            fault = Fault("LookupError", f"{origins} offer a plugin of this name, so neither is loaded; uninstall one")
            both = ", ".join(one.distribution for one in claims)
            self._failed(name, Stage.FIND, "", fault, distribution=both)
            return []
        return claims

    def _load(self, found: list[Found]) -> None:
        """Import the plugins one by one, then register those that could be imported."""
        imported = guarded([partial(_import, one.point) for one in found], seconds=self.seconds)
        for one, module in zip(found, imported, strict=True):
            fault = module if isinstance(module, Fault) else self._register(one.name, module)
            if fault is not None:
                self._failed(one.name, Stage.LOAD, "", fault)

    def _register(self, name: str, module: Any) -> Fault | None:
        """Give an imported plugin to pluggy; its fault when its hooks are not ours."""
        try:
            self._pluggy.register(module, name=name)
            self._pluggy.check_pending()
            callers = self._pluggy.get_hookcallers(module) or []
            for caller in callers:
                for impl in caller.get_hookimpls():
                    if impl.plugin is module and (impl.wrapper or impl.hookwrapper):
                        raise TypeError(f"it wraps {caller.name}(); a hook is answered, never wrapped")
        except (Exception, SystemExit) as error:
            if self._pluggy.has_plugin(name):
                self._pluggy.unregister(name=name)
            return Fault.of(error)
        plugin = next(one for one in self.plugins if one.name == name)
        plugin.state, plugin.api = State.LOADED, hookspecs.API_VERSION
        plugin.hooks = tuple(sorted(caller.name for caller in callers))
        return None

    def ask(self, hook: Callable[[], Iterable[T]]) -> Iterator[Answer[T] | Failure]:
        """What the plugins answer to a hook of :mod:`quarterday.hookspecs`, in the order of loading.

        Each plugin is asked once in a process, for all its items; a failure is one answer among the others, and
        costs that plugin its other items of this hook. A plugin that has once taken too long is asked nothing more.
        """
        with self._asking:
            if hook.__name__ not in self._answers:
                self._answers[hook.__name__] = list(self._ask_all(hook))
        yield from self._answers[hook.__name__]

    def _ask_all(self, hook: Callable[[], Iterable[T]]) -> Iterator[Answer[T] | Failure]:
        """Call the answers that pluggy holds one by one, because its own call ends at the first error."""
        name = hook.__name__
        order = [plugin.name for plugin in self.plugins]
        impls = [
            impl for impl in getattr(self._pluggy.hook, name).get_hookimpls() if impl.plugin_name not in self._stuck
        ]
        impls.sort(key=lambda impl: order.index(impl.plugin_name))
        answers = guarded([partial(items_of, hook, impl.function) for impl in impls], seconds=self.seconds)
        for impl, items in zip(impls, answers, strict=True):
            if isinstance(items, Fault):
                yield self._failed(impl.plugin_name, Stage.ASK, name, items)
            else:
                yield from (Answer(impl.plugin_name, item) for item in items)

    def use(self, plugin: str, what: str, work: Callable[[], T], *, seconds: float | None = None) -> T | Failure:
        """Run something a plugin gave (a check, say) behind the same guard; its failure is recorded.

        It may take as long as a plugin may take to load, or so many ``seconds``.
        """
        (done,) = guarded([work], seconds=seconds or self.seconds)
        return self._failed(plugin, Stage.USE, what, done) if isinstance(done, Fault) else done

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
                    yield self._failed(plugin, Stage.STREAM, what, Fault.of(error))
                    return
                yield item
        finally:
            close = getattr(source, "close", None)
            for fault in guarded([close] if close else [], seconds=self.seconds):
                if isinstance(fault, Fault):
                    self._failed(plugin, Stage.STREAM, what, fault)

    def fail(self, plugin: str, hook: str, what: str) -> Failure:
        """Record that something a plugin gave can't be used: a second command of one name, say."""
        return self._failed(plugin, Stage.USE, hook, Fault("ValueError", what))

    def _failed(
        self, name: str, stage: Stage, hook: str, fault: Fault, *, distribution: str = "", version: str = ""
    ) -> Failure:
        """Record a failure of the plugin of that name, or of a distribution that offers none that can be read."""
        if isinstance(fault, TimedOut):
            self._stuck.add(name)
        if not distribution:
            come = [(plugin.distribution, plugin.version) for plugin in self.plugins if plugin.name == name]
            distribution, version = come[0] if come else ("", "")
        failure = Failure(name, stage, hook, distribution, version, fault.error, fault.what, fault.traceback)
        self.failures.append(failure)
        return failure


@cache
def installed() -> Registry:
    """The one registry of this process, made at the first call."""
    return Registry.discover()


def _import(point: EntryPoint) -> Any:
    """The plugin's module; raises when it doesn't speak the API of this host."""
    module = point.load()
    speaks = getattr(module, "API_VERSION", None)
    ours = hookspecs.API_VERSION
    if speaks is None:
        raise ImportError(f"it has no API_VERSION; this host speaks plugin API {ours}")
    if type(speaks) is not int or speaks != ours:
        raise ImportError(f"it speaks plugin API {speaks!r} and this host speaks {ours}; install versions that agree")
    return module
