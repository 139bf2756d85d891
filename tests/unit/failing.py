"""Which checks of a conformance kit something fails."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quarterday.testing import watch


def failed_by(kit: Any, trial_in: Callable[[Path], object], room: Path) -> set[str]:
    """The checks of the kit that fail, each tried with a place of its own within the room."""
    failed = set()
    places = (room / str(number) for number in itertools.count())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(watch, "LETTING_GO", 0.05)
        for check in checks_of(type(kit)):
            test = getattr(kit, check)
            for given in _given(test):
                place = next(places)
                place.mkdir(parents=True)
                try:
                    test(trial=trial_in(place), **given)
                except (AssertionError, pytest.fail.Exception):
                    failed.add(check)
    return failed


def checks_of(kit: type, *, own: bool = False) -> list[str]:
    """The names of the kit's checks; its own alone, without those of the kits that it continues."""
    return sorted(name for name in (vars(kit) if own else dir(kit)) if name.startswith("test_"))


def _given(test: Any) -> Iterator[dict[str, object]]:
    """What a check is tried with besides the trial, by its marks."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    for values in itertools.product(*(mark.args[1] for mark in marks)):
        yield {mark.args[0]: value for mark, value in zip(marks, values, strict=True)}
