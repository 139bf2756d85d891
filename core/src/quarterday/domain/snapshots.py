"""Editions and value sets as plain data and back: what a figure rests on outlives the plugin that brought it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from quarterday.domain.catalogue import Catalogue
from quarterday.domain.units import UNITS, Unit
from quarterday.domain.values import ValueSet


class NotASnapshot(ValueError):
    """The data isn't such a thing as it is kept; the message says where."""


def edition_to_data(edition: Catalogue) -> dict[str, Any]:
    """An edition whole, without the value sets that ship with it (one of them is pinned beside it) as JSON data."""
    data: dict[str, Any] = _to_data(replace(edition, value_sets=()))
    return data


def edition_from_data(data: Mapping[str, Any]) -> Catalogue:
    """The edition that :func:`edition_to_data` gave; raises :class:`NotASnapshot`."""
    edition: Catalogue = _from_data(Catalogue, data, "the edition")
    return edition


def value_set_to_data(values: ValueSet) -> dict[str, Any]:
    """A value set whole, as JSON data."""
    data: dict[str, Any] = _to_data(values)
    return data


def value_set_from_data(data: Mapping[str, Any]) -> ValueSet:
    """The value set that :func:`value_set_to_data` gave; raises :class:`NotASnapshot`."""
    values: ValueSet = _from_data(ValueSet, data, "the value set")
    return values


def _to_data(value: Any) -> Any:
    # A field that says only its default is left out, so that one which a later version adds changes no digest.
    match value:
        case Unit():
            return value.id
        case StrEnum() | Fraction():
            return str(value)
        case date():
            return value.isoformat()
        case tuple():
            return [_to_data(item) for item in value]
        case Mapping():
            return {name: _to_data(item) for name, item in value.items()}
        case _ if is_dataclass(value):
            said = {field.name: (getattr(value, field.name), field) for field in _content(type(value))}
            return {name: _to_data(item) for name, (item, field) in said.items() if item != _default(field)}
        case _:
            return value


def _from_data(hint: Any, data: Any, path: str) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        if data is None and NoneType in inner:
            return None
        choices = [choice for choice in inner if choice is not NoneType]
        return _from_data(choices[0], data, path) if len(choices) == 1 else _only(data, choices, path)
    if origin is tuple:
        hints = inner[:1] * len(_only(data, [list], path)) if inner[1:] == (...,) else inner
        if len(hints) != len(_only(data, [list], path)):
            raise NotASnapshot(f"{path} has {len(data)} items instead of {len(hints)}.")
        return tuple(
            _from_data(of, item, f"{path}[{at}]") for at, (of, item) in enumerate(zip(hints, data, strict=True))
        )
    if origin is Mapping:
        return {name: _from_data(inner[1], item, f"{path}.{name}") for name, item in _only(data, [dict], path).items()}
    if is_dataclass(hint) and hint is not Unit:
        return _made(hint, _only(data, [dict], path), path)
    if hint in _READERS or issubclass(hint, StrEnum):
        try:
            return _READERS.get(hint, hint)(_only(data, [str], path))
        except (ValueError, KeyError) as problem:
            raise NotASnapshot(f"{path} is “{data}”, which can't be read as {hint.__name__}.") from problem
    return _only(data, [hint], path)


def _made(kind: Any, data: Mapping[str, Any], path: str) -> Any:
    hints = _hints(kind)
    known = {field.name for field in _content(kind)}
    if odd := data.keys() - known:
        raise NotASnapshot(f"{path} says “{min(odd)}”, which this version of Quarterday doesn't know; upgrade it.")
    try:
        return kind(**{name: _from_data(hints[name], item, f"{path}.{name}") for name, item in data.items()})
    except TypeError as problem:
        raise NotASnapshot(f"{path} is incomplete: {problem}.") from problem


def _only(data: Any, kinds: Sequence[type], path: str) -> Any:
    if type(data) not in kinds:
        raise NotASnapshot(f"{path} is {type(data).__name__}, not {' or '.join(kind.__name__ for kind in kinds)}.")
    return data


def _content(kind: Any) -> list[Field[Any]]:
    """The fields that make two of a kind equal; where something was read from isn't among them."""
    return [field for field in fields(kind) if field.compare]


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, localns={"ValueSet": ValueSet})


_READERS: Mapping[Any, Callable[[str], Any]] = {
    Unit: UNITS.__getitem__,
    Fraction: Fraction,
    date: date.fromisoformat,
}
