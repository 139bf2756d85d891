"""Whether an edition is plain data: exactly the types its fields say, so that it answers the same every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from quarterday.domain.catalogue import Catalogue, Overlay
from quarterday.domain.values import ValueSet


def not_plain(edition: object) -> str:
    """Where and how an edition isn't plain data, in a sentence; "" when it is.

    A subclass isn't plain: a property of it could give another ref each time it is read.
    """
    if type(edition) not in (Catalogue, Overlay):
        return f"{_name(type(edition))} is neither a Catalogue nor an Overlay; give one of these, and no subclass."
    return next(_misfits(edition, type(edition), _name(type(edition))), "")


def _misfits(value: object, hint: Any, path: str) -> Iterator[str]:
    """A sentence for each part of a value that isn't of the type its hint says."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return
    if origin in (Union, UnionType):
        choices = [choice for choice in inner if choice is type(value) or get_origin(choice) is type(value)]
        yield from _misfits(value, choices[0], path) if choices else [_says(value, hint, path)]
    elif origin is tuple and type(value) is tuple:
        hints = inner[:1] * len(value) if inner[1:] == (...,) else inner
        if len(hints) != len(value):
            yield _says(value, hint, path)
        for at, (item, of) in enumerate(zip(value, hints, strict=False)):
            yield from _misfits(item, of, f"{path}[{at}]")
    elif origin is Mapping and isinstance(value, dict | MappingProxyType) and type(value) in (dict, MappingProxyType):
        for name, item in value.items():
            yield from _misfits(name, inner[0], f"{path} key")
            yield from _misfits(item, inner[1], f"{path}[“{name}”]")
    elif type(value) is not hint:
        yield _says(value, hint, path)
    elif is_dataclass(hint):
        for name, of in _hints(hint).items():
            yield from _misfits(getattr(value, name), of, f"{path}.{name}")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, localns={"ValueSet": ValueSet})


def _says(value: object, hint: Any, path: str) -> str:
    return f"{path} is {_name(type(value))}, not {_name(hint)}."


def _name(kind: Any) -> str:
    return (
        kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind).replace("quarterday.domain.", "")
    )
