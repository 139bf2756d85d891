"""Find the plugins that are installed, without importing one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

from quarterday.guard import Fault

GROUP = "quarterday.plugins"
"""The entry-point group under which a distribution names its plugins."""


@dataclass(frozen=True, slots=True)
class Found:
    """One entry point: the plugin's name, where its module is, and the distribution it came with."""

    point: EntryPoint
    distribution: str = ""
    version: str = ""

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.point.name

    @property
    def origin(self) -> str:
        """The distribution and module as a person reads them."""
        return f"{self.distribution or 'no distribution'} {self.version}".rstrip() + f" ({self.point.value})"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A distribution whose entry points can't be read, and why."""

    distribution: str
    version: str
    fault: Fault


def find() -> Iterator[Found | Unreadable]:
    """Every plugin of every distribution on the path; the first of two copies of one distribution counts.

    Read one distribution after the other, because a single broken one makes ``entry_points()`` fail for all.
    """
    seen: set[str] = set()
    for distribution in distributions():
        try:
            points = [point for point in distribution.entry_points if point.group == GROUP]
        except Exception as error:  # whatever a broken distribution does
            yield Unreadable(*_head(distribution), Fault.of(error))
            continue
        if points:
            name, version = _head(distribution)
            if name not in seen:
                yield from (Found(point, name, version) for point in points)
            seen.add(name)


def installed_names() -> set[str]:
    """The names of the plugins that are installed, whether they load or not."""
    return {found.name for found in find() if isinstance(found, Found)}


def given(points: Iterable[EntryPoint]) -> Iterator[Found]:
    """The same for entry points that are already at hand."""
    for point in points:
        yield Found(point, *(_head(point.dist) if point.dist else ()))


def _head(distribution: Distribution) -> tuple[str, str]:
    """Name and version; reading two lines takes a tenth of the time of the mail parser behind ``metadata``."""
    try:
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    except (OSError, UnicodeDecodeError):
        text = ""
    head = dict(line.split(": ", 1) for line in text.partition("\n\n")[0].splitlines() if ": " in line)
    return head.get("Name", "unknown"), head.get("Version", "unknown")
