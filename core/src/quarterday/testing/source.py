"""The conformance kit for evidence sources: subclass it in your plugin's tests, say what to try it on, run pytest."""
# ruff: noqa: S101 - a test kit asserts

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from quarterday.errors import BadRecord
from quarterday.ports import Bulk, EvidenceSource, Item
from quarterday.testing.trial import OfferConformance, Trial
from quarterday.testing.watch import left_open, peak_of

Given = Item | BadRecord

MOST_KEY = 500
"""How long the key of a record may be, in characters."""

FEW, MANY = 30, 150
"""How many records more come to the place where memory is measured, and how many then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTrial(Trial[EvidenceSource]):
    """What a source is tried on: a place of its own for each test, in which there are at least three records.

    Where records come in pages, there are no more than thirty on one.
    """

    add: Callable[[int], object]
    """Has so many records more come to that place, each as large as they may well be."""

    def use(self, made: EvidenceSource) -> object:
        """Read it from the beginning."""
        return list(made.items(""))

    def read(self, since: str = "") -> list[Given]:
        """Every record from a cursor on, by a new instance."""
        return list(self.make().items(since))


class SourceConformance(OfferConformance):
    """What every evidence source keeps to.

    ::

        class TestPortal(SourceConformance):
            @pytest.fixture
            def trial(self, portal):
                away = {"url": "http://127.0.0.1:9"}
                return SourceTrial(Portal, {"url": portal.url}, away=away, refusing=away, add=portal.add)

    Each check is a test of its own, so that a failure names the one sentence that is broken.
    """

    most_held = 512
    """How many bytes of memory each record may take for as long as a reading goes on: a name in a list, not what it
    says. A hundred thousand records are 50 MB then, where a process has 1,024 unless somebody says otherwise."""

    @pytest.fixture
    def trial(self) -> SourceTrial:
        """The source, and what it is tried on."""
        raise NotImplementedError("Override the fixture “trial”: return a SourceTrial with your source.")

    def test_it_gives_records_as_plain_data(self, trial: SourceTrial) -> None:
        """Every record is an Item or a BadRecord; a payload holds what JSON has, and no float: an amount is text."""
        records = trial.read()
        assert len(records) >= 3, f"there are {len(records)} records; try it where there are three at least"
        for one in records:
            assert type(one) in (Item, BadRecord), f"it gives {one!r}"
            if isinstance(one, Item):
                assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one.kind), f"a record of the kind “{one.kind}”"
                odd = sorted({type(value).__name__ for value in _values(one.payload) if not _is_plain(value)})
                assert not odd, f"the payload of “{one.key}” holds: {', '.join(odd)}"

    def test_its_moments_say_their_offset(self, trial: SourceTrial) -> None:
        """A moment in a payload has its offset, so that nobody has to guess which hour is meant."""
        for one in trial.read():
            for value in _values(one.payload if isinstance(one, Item) else {}):
                assert not _is_naive(value), f"“{one.key}” says “{value}”: in which time zone?"

    def test_every_record_has_a_key_of_its_own(self, trial: SourceTrial) -> None:
        """A key is text of 1 to 500 characters, and no two records of one reading share one."""
        keys = [one.key for one in trial.read()]
        bad = [key for key in keys if type(key) is not str or not 0 < len(key) <= MOST_KEY]
        assert not bad, f"no keys: {bad}"
        twice = [key for key, number in Counter(keys).items() if number > 1]
        assert not twice, f"given twice: {', '.join(twice)}"

    def test_two_readings_are_the_same(self, trial: SourceTrial) -> None:
        """Read again from the beginning, by the same instance or a new one, it gives the same records in order."""
        source = trial.make()
        first, again, new = list(source.items("")), list(source.items("")), trial.read()
        assert first == again == new, "it gives other records, or in another order, when it is read again"

    def test_reading_goes_on_after_each_record(self, trial: SourceTrial) -> None:
        """From any cursor on it gives the records after the last that has it, and only those."""
        records = trial.read()
        for cursor, number in {one.cursor: number for number, one in enumerate(records, start=1) if one.cursor}.items():
            rest = trial.read(cursor)
            assert rest == records[number:], f"after “{records[number - 1].key}” it gives {[one.key for one in rest]}"

    def test_no_cursor_goes_back(self, trial: SourceTrial) -> None:
        """A cursor stands for one place only: none comes again later, as if the reading had gone back."""
        first: dict[str, str] = {}
        for one in trial.read():
            before = first.setdefault(one.cursor, one.key) if one.cursor else one.key
            assert before == one.key, f"“{one.key}” has the cursor of “{before}”, which came before it"

    def test_what_comes_later_comes_after(self, trial: SourceTrial) -> None:
        """What comes to the place later comes after the last cursor, and nothing that was there before goes."""
        before = trial.read()
        last = next((one.cursor for one in reversed(before) if one.cursor), "")
        trial.add(2)
        new = {one.key for one in trial.read(last)} - {one.key for one in before}
        assert len(new) >= 2, f"two records were added, and after the last cursor there are new: {sorted(new)}"
        after = trial.read()
        assert len(after) >= len(before) + 2, f"of {len(before)} records and two more it gives {len(after)}"

    def test_every_item_moves_the_cursor(self, trial: SourceTrial) -> None:
        """The cursor of every item is some text: without one everything before it would be read again.

        A source of whole files (``Bulk``) may go without, since the host passes over the files it knows.
        """
        still = [one.key for one in trial.read() if isinstance(one, Item) and not _is_text(one.cursor)]
        assert not still or isinstance(trial.make(), Bulk), f"no cursor: {', '.join(still)}"

    def test_stopping_early_lets_go_of_everything(self, trial: SourceTrial) -> None:
        """Where the host stops after the first record, nothing stays open and nothing goes on."""
        source = trial.make()
        left = left_open(lambda: source.items(""))
        assert not left, f"still open: {', '.join(left)}"

    def test_memory_does_not_grow_with_the_records(self, trial: SourceTrial) -> None:
        """However many records there are, they pass one by one: what was given isn't held."""
        held = held_of_each(trial, lambda: trial.make().items(""))
        assert held <= self.most_held, f"each record more takes {held:,.0f} bytes more for as long as it reads"


def held_of_each(trial: SourceTrial, elements: Callable[[], Iterator[object]]) -> float:
    """How many bytes more are in use at most for each record more that is at the place."""
    trial.add(FEW)
    for _ in elements():  # what is made once for good is made now
        pass
    few = peak_of(elements)
    trial.add(MANY)
    return (peak_of(elements) - few) / MANY


def _values(value: Any) -> Iterator[Any]:
    """Every value within a payload, and each name."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from (name, *_values(one))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _values(one)
    else:
        yield value


def _is_plain(value: object) -> bool:
    return value is None or type(value) in (str, int, bool)


def _is_text(cursor: object) -> bool:
    return type(cursor) is str and cursor != ""


def _is_naive(value: object) -> bool:
    """Whether a text is a moment, a day and an hour, without an offset."""
    if not isinstance(value, str) or len(value) < 16:
        return False
    with suppress(ValueError):
        return datetime.fromisoformat(value).tzinfo is None
    return False
