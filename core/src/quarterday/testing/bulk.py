"""The conformance kit for sources of whole files: subclass it in your plugin's tests, beside a trial with files."""
# ruff: noqa: S101 - a test kit asserts

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain

import pytest

from quarterday.errors import NotConfigured, Refused, Retryable
from quarterday.ports import Bulk, Item
from quarterday.testing.source import SourceConformance, SourceTrial
from quarterday.testing.watch import left_open, peak_of, watched

MOST_PIECE = 8 << 20
"""How large a piece of a file may be, in bytes."""

COMMON_PIECE = 1 << 20
"""How large pieces mostly are, in bytes."""

MOST_SAID = 10_000
"""How much an item may say, in characters: what a file holds doesn't belong there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkTrial(SourceTrial):
    """What a source of files is tried on: a place with three files at least, two of them with different contents."""

    lose: Callable[[], object]
    """Takes all files away from that place."""
    change: Callable[[int], object]
    """Has one of the files hold something else, of so many bytes."""

    def bulk(self) -> tuple[Bulk, list[Item]]:
        """A new instance, and the files it says there are."""
        source = self.make()
        assert isinstance(source, Bulk), "it has no content(), so it isn't one of whole files"
        return source, [one for one in source.items("") if isinstance(one, Item)]


class BulkConformance(SourceConformance):
    """What every source of whole files keeps to, beside what every source does.

    ::

        class TestShare(BulkConformance):
            @pytest.fixture
            def trial(self, share):
                return BulkTrial(Share, {"folder": share}, away={"folder": "/gone"}, add=…, lose=…, change=…)
    """

    most_held = 4_096  # a place may say in one answer which files there are: ten thousand are 40 MB

    @pytest.fixture
    def trial(self) -> BulkTrial:
        """The source, and what it is tried on."""
        raise NotImplementedError("Override the fixture “trial”: return a BulkTrial with your source.")

    def test_an_item_says_what_its_file_is(self, trial: BulkTrial) -> None:
        """The payload has the file's name and its feed, and nothing of its content."""
        for one in trial.bulk()[1]:
            for name in ("name", "feed"):
                assert str(one.payload.get(name) or "").strip(), f"“{one.key}” doesn't say its {name}"
            length = len(json.dumps(one.payload))
            assert length <= MOST_SAID, f"what “{one.key}” says has {length} characters"

    def test_a_file_comes_in_pieces_of_bytes(self, trial: BulkTrial) -> None:
        """Pieces are bytes, none larger than 8 MB, so that a file of any size needs little memory."""
        source, items = trial.bulk()
        for one in items:
            for piece in source.content(one):
                assert type(piece) is bytes, f"“{one.key}” gives {type(piece).__name__}"
                assert len(piece) <= MOST_PIECE, f"a piece of “{one.key}” has {len(piece):,} bytes"

    def test_a_file_is_the_same_whenever_it_is_fetched(self, trial: BulkTrial) -> None:
        """Fetched twice, in another order or by a new instance, each file holds the same; not all are alike."""
        source, items = trial.bulk()
        first = {one.key: b"".join(source.content(one)) for one in items}
        again = {one.key: b"".join(source.content(one)) for one in reversed(items)}
        other, _ = trial.bulk()
        new = {one.key: b"".join(other.content(one)) for one in items}
        assert first == again == new, "a file holds something else when it is fetched again"
        assert len(set(first.values())) > 1, "all files are alike; does it give the one that is asked for?"

    def test_a_changed_file_has_another_key(self, trial: BulkTrial) -> None:
        """Where a file holds something else, its key is another one, so that it is fetched again; the others' stay."""
        before = {one.key for one in trial.bulk()[1]}
        trial.change(1_000)
        after = {one.key for one in trial.bulk()[1]}
        assert (len(after - before), len(before - after)) == (1, 1), f"before {before}, after {after}"

    def test_fetching_writes_nothing(self, trial: BulkTrial) -> None:
        """What is fetched goes to the host and nowhere else: no file is written."""
        source, items = trial.bulk()
        _, done = watched(lambda: [b"".join(source.content(one)) for one in items])
        written = [event for event in done if event.startswith(("open ", "os."))]
        assert not written, f"fetching did: {', '.join(written)}"

    def test_stopping_in_the_middle_of_a_file_lets_go_of_everything(self, trial: BulkTrial) -> None:
        """Where the host stops after the first piece, nothing stays open."""
        source, items = trial.bulk()
        left = left_open(lambda: source.content(items[0]))
        assert not left, f"still open: {', '.join(left)}"

    def test_memory_does_not_grow_with_the_file(self, trial: BulkTrial) -> None:
        """A file of several pieces needs less memory than it has bytes: what was given isn't held."""
        for piece in (COMMON_PIECE, MOST_PIECE):
            trial.change(4 * piece)
            source, items = trial.bulk()
            if max(map(len, chain.from_iterable(map(source.content, items)))) <= piece:
                break
        most = peak_of(lambda: chain.from_iterable(map(source.content, items)))
        assert most < 4 * piece, f"a file of {4 * piece:,} bytes needs {most:,} bytes of memory"

    def test_a_file_that_is_gone(self, trial: BulkTrial) -> None:
        """Where a file isn't there any more it raises Refused, Retryable or NotConfigured, and gives nothing."""
        source, items = trial.bulk()
        trial.lose()
        for one in (items[0], replace(items[-1], cursor="")):
            try:
                given = list(source.content(one))
            except (Refused, Retryable, NotConfigured):
                continue
            except Exception as error:
                pytest.fail(f"it ends in {error!r}")
            pytest.fail(f"it gives {len(given)} pieces of a file that is gone")
