"""The conformance kit for evidence sources: subclass it in your plugin's tests, say what to try it on, run pytest."""
# ruff: noqa: S101 - a test kit asserts

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from quarterday.errors import BadRecord, NotConfigured, Retryable
from quarterday.plugin_settings import taken
from quarterday.ports import Bulk, EvidenceSource, Item
from quarterday.testing.watch import watched

Values = Mapping[str, object]
Given = Item | BadRecord

MOST_KEY = 500
"""How long the key of a record may be, in characters."""


@dataclass(frozen=True, slots=True)
class SourceTrial:
    """What a source is tried on: a place of its own for each test, in which there are at least three records."""

    source: type[EvidenceSource]
    settings: Values
    """Settings with which it works."""
    away: Values
    """Settings that look right, and name a place that isn't there."""
    wrong: tuple[Values, ...] = ()
    """Settings that can be seen to be wrong without trying them."""

    def make(self, settings: Values | None = None) -> EvidenceSource:
        """A new instance, made as the host makes it."""
        return self.source(taken(self.source.settings_class(), self.settings if settings is None else settings))

    def read(self, since: str = "") -> list[Given]:
        """Every record from a cursor on, by a new instance."""
        return list(self.make().items(since))


class SourceConformance:
    """What every evidence source keeps to.

    ::

        class TestPortal(SourceConformance):
            @pytest.fixture
            def trial(self, portal):
                return SourceTrial(Portal, {"url": portal.url}, away={"url": "http://127.0.0.1:9"})

    Each check is a test of its own, so that a failure names the one sentence that is broken.
    """

    @pytest.fixture
    def trial(self) -> SourceTrial:
        """The source, and what it is tried on."""
        raise NotImplementedError("Override the fixture “trial”: return a SourceTrial with your source.")

    def test_it_says_what_it_is(self, trial: SourceTrial) -> None:
        """Its id is a short plain name, and it has a title."""
        source = trial.source
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", source.id), f"“{source.id}”: small letters, digits, hyphens"
        assert source.title.strip(), "it has no title"

    def test_wrong_settings_are_refused_before_anything_is_opened(self, trial: SourceTrial) -> None:
        """A wrong setting, and one that nobody knows, raise NotConfigured when it is made, and nothing was opened."""
        for wrong in (*trial.wrong, {**trial.settings, "no-such-setting": "1"}):
            error, done = watched(partial(_error, partial(trial.make, wrong)))
            assert isinstance(error, NotConfigured), f"{wrong} {_ends(error)}"
            assert not done, f"{wrong} is refused only after: {', '.join(done)}"

    def test_making_one_opens_nothing(self, trial: SourceTrial) -> None:
        """Making an instance writes nothing, calls nobody and starts nothing."""
        _, done = watched(trial.make)
        assert not done, f"making one did: {', '.join(done)}"

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
        """From the cursor of any record on it gives the records after it, and only those."""
        records = trial.read()
        for number, one in enumerate(records, start=1):
            if one.cursor:
                rest = trial.read(one.cursor)
                assert rest == records[number:], f"after “{one.key}” it gives {[later.key for later in rest]}"

    def test_every_item_moves_the_cursor(self, trial: SourceTrial) -> None:
        """The cursor of every item is some text: without one everything before it would be read again.

        A source of whole files (``Bulk``) may go without, since the host passes over the files it knows.
        """
        still = [one.key for one in trial.read() if isinstance(one, Item) and not _is_text(one.cursor)]
        assert not still or isinstance(trial.make(), Bulk), f"no cursor: {', '.join(still)}"

    def test_stopping_early_lets_go_of_everything(self, trial: SourceTrial) -> None:
        """Where the host stops after the first record, nothing stays open and nothing goes on."""
        trial.read()  # what is opened once for good is open now
        before = open_files()
        source = trial.make()
        reading = source.items("")
        next(reading)
        with suppress(AttributeError):
            reading.close()  # type: ignore[attr-defined]
        left = open_files() - before
        assert not left, f"still open: {', '.join(left)}"

    def test_a_place_that_is_away(self, trial: SourceTrial) -> None:
        """Where the place isn't there it raises Retryable or NotConfigured, by who should act."""
        error = _error(lambda: list(trial.make(trial.away).items("")))
        assert isinstance(error, (Retryable, NotConfigured)), f"it {_ends(error)}"


def _error(work: Callable[[], object]) -> Exception | None:
    """What the work raises."""
    try:
        work()
    except Exception as error:
        return error
    return None


def _ends(error: Exception | None) -> str:
    """How an attempt ended, in words."""
    return "is taken" if error is None else f"ends in {error!r}"


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


def open_files() -> set[str]:
    """What this process has open, as Linux tells it; elsewhere nothing."""
    found = set()
    with suppress(OSError):
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                found.add(f"{name} {Path('/proc/self/fd', name).readlink()}")
    return {one for one in found if "/proc/" not in one}
