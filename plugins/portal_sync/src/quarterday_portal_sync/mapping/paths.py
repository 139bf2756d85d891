"""Where something stands in a record of theirs: under a header, or at a dotted path into what is nested.

A path is names with dots between; ``[0]`` is the first of a list, ``[name=Quantity]`` the one in which ``name`` is
“Quantity”, and ``[*]`` every one, for what is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from quarterday import said

Place: TypeAlias = tuple[str | int, ...]
"""One spot of a record: the names and numbers that lead to it."""

DEEPEST = 20
"""So deep a record is looked into."""
_STEP = re.compile(r"(?P<name>[^.\[\]]+)|\[(?P<number>\d+)\]|\[(?P<all>\*)\]|\[(?P<key>[^=\]]+)=(?P<value>[^\]]*)\]")


@dataclass(frozen=True, slots=True)
class _The:
    """The one of a list in which a name has a value."""

    key: str
    value: str


_ALL = _The("", "*")
Step: TypeAlias = str | int | _The


@dataclass(frozen=True, slots=True)
class Path:
    """A place that a mapping names."""

    text: str
    steps: tuple[Step, ...]

    def places(self, raw: object) -> list[Place]:
        """Where it leads in a record: nowhere, to one place, or with ``[*]`` to several."""
        found: list[tuple[Place, object]] = [((), raw)]
        for step in self.steps:
            found = [((*place, at), one) for place, value in found for at, one in _within(value, step)]
        return [place for place, _ in found]

    def told_by(self, raw: object) -> list[Place]:
        """Where the names stand by which it finds its way through lists."""
        names = [number for number, step in enumerate(self.steps) if isinstance(step, _The) and step != _ALL]
        before = [(Path(self.text, self.steps[: number + 1]), self.steps[number]) for number in names]
        return [(*place, step.key) for path, step in before if isinstance(step, _The) for place in path.places(raw)]

    def get(self, raw: object) -> object:
        """What stands there; None for nothing. Of several the first."""
        if len(self.steps) == 1 and isinstance(raw, Mapping):
            return raw.get(self.steps[0])
        for place in self.places(raw):
            return at(raw, place)
        return None

    def put(self, target: dict[str, Any], value: object) -> None:
        """Put something there, with whatever leads to it."""
        if len(self.steps) == 1:
            target[self.text] = value
            return
        here: Any = target
        for step, following in zip(self.steps, (*self.steps[1:], None), strict=True):
            new: object = value if following is None else {} if isinstance(following, str) else []
            here = _put(here, step, new, is_last=following is None)


def header(text: str) -> Path:
    """The path of a table's column."""
    return Path(text, (text,))


def dotted(text: str) -> Path:
    """The path that a text names; raises :class:`ValueError` with a sentence for what is none."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            break
        if found["name"]:
            steps.append(found["name"])
        elif found["number"]:
            steps.append(int(found["number"]))
        else:
            steps.append(_ALL if found["all"] else _The(found["key"], found["value"]))
        position = found.end()
        if text[position : position + 1] == "." and position + 1 < len(text):
            position += 1
    if position < len(text) or not steps or not isinstance(steps[0], str):
        raise ValueError(
            said("“{text}” is no path; write it like claim.measure.code or values[name=Amount].value.", text=text[:80])
        )
    return Path(text, tuple(steps))


def leaves(raw: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    """Every value of a record that isn't made of others, and where it stands; what is empty is one, too."""
    if len(place) == DEEPEST and isinstance(raw, Mapping | list) and raw:
        yield place, said("it is nested too deep to be shown")
    elif isinstance(raw, Mapping) and raw:
        for name, value in raw.items():
            yield from leaves(value, (*place, str(name)))
    elif isinstance(raw, Sequence) and not isinstance(raw, str | bytes) and raw:
        for number, value in enumerate(raw):
            yield from leaves(value, (*place, number))
    else:
        yield place, raw


def named(place: Place) -> str:
    """A place as a path names it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


def at(raw: object, place: Place) -> object:
    """What stands at a place of a record."""
    here: Any = raw
    for step in place:
        here = here[step]
    return here


def text_of(value: object) -> str:
    """A value of theirs as text, exactly as it is: a number in full, true and false as JSON has them.

    Raises :class:`ValueError` with a sentence for what is made of several values.
    """
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() | Decimal():
            number = Decimal(repr(value)) if isinstance(value, float) else value
            if not number.is_finite():
                raise ValueError(said("it is no number"))
            text = f"{number:f}"
            return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
        case Mapping() | Sequence() if not value:
            return ""
    raise ValueError(said("it is made of several values, and one is wanted; name a path into it"))


def _within(value: object, step: Step) -> Iterator[tuple[str | int, object]]:
    match step, value:
        case str(), Mapping():
            if step in value:
                yield step, value[step]
        case int(), [*items]:
            if step < len(items):
                yield step, items[step]
        case _The(), [*items]:
            for number, one in enumerate(items):
                if step == _ALL or (isinstance(one, Mapping) and _is(one.get(step.key), step.value)):
                    yield number, one


def _is(value: object, text: str) -> bool:
    return not isinstance(value, Mapping | list) and text_of(value) == text


def _put(here: Any, step: Step, new: object, *, is_last: bool) -> object:
    if isinstance(step, str):
        if is_last or step not in here:
            here[step] = new
        return here[step]
    if isinstance(step, int):
        while len(here) <= step:
            here.append({} if not is_last else None)
        here[step] = new if is_last or here[step] is None or type(here[step]) is not type(new) else here[step]
        return here[step]
    for one in here:
        if isinstance(one, dict) and one.get(step.key) == step.value:
            return one
    here.append({step.key: step.value})
    return here[-1]
