"""What one plugin gives to one hook, taken in whole and held against the hook's own return type."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from itertools import islice
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

MOST = 1000
"""More items than this from one plugin for one hook is taken for an endless iterator."""


def items_of(hook: Callable[..., Iterable[T]], answer: Callable[[], object]) -> tuple[T, ...]:
    """The items ``answer`` returns to ``hook``, whose return type says what they must be.

    Raises :class:`TypeError` for anything but an iterable of such items, :class:`ValueError` for more than
    :data:`MOST`, and whatever the plugin raises.
    """
    (wanted,) = get_args(get_type_hints(hook)["return"])
    returned = answer()
    if isinstance(returned, Coroutine):
        returned.close()
        raise TypeError("it is async; a hook is a plain function")
    if isinstance(returned, (str, bytes, Mapping)) or not isinstance(returned, Iterable):
        raise TypeError(f"it returned {type(returned).__name__}, not an iterable of {_words(wanted)}")
    items = tuple(islice(returned, MOST + 1))
    if len(items) > MOST:
        raise ValueError(f"it gave more than {MOST:,} items, perhaps without end")
    for number, item in enumerate(items, start=1):
        if not _fits(item, wanted):
            raise TypeError(f"its item {number} is {_words(type(item))}, not {_words(wanted)}")
    return items


def _fits(item: object, wanted: Any) -> bool:
    """Whether an item is of the wanted type; for ``type[P]`` whether it is a class with all that ``P`` names.

    Data must be of exactly the type: a subclass may run code of its own whenever a field is read.
    """
    if get_origin(wanted) is not type:
        return type(item) in (get_args(wanted) or (wanted,))
    (port,) = get_args(wanted)
    names = {name for name in {*vars(port), *port.__annotations__} if not name.startswith("_")}
    return isinstance(item, type) and all(hasattr(item, name) for name in names)


def _words(kind: Any) -> str:
    """A type as a person reads it: ``Command``, ``a kind of Check``."""
    if get_origin(kind) is type:
        return f"a kind of {get_args(kind)[0].__name__}"
    if isinstance(kind, UnionType):
        return " or ".join(_words(one) for one in get_args(kind))
    return str(kind.__name__)
