"""A file that comes is written piece by piece; what it may not be or take ends it, and lets go of the source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from quarterday import Item, Refused, Retryable
from quarterday.services.plugins import fetching
from quarterday.services.plugins.fetching import Arriving, Fetch
from quarterday.services.plugins.telling import Unagreed

ITEM = Item("june", "spend-file", {"name": "june.csv", "feed": "spend"}, "")


class Pieces:
    """So many pieces of a file, and whether somebody let go of it."""

    def __init__(self, *pieces: object) -> None:
        self._pieces = iter(pieces)
        self.is_closed = False

    def __iter__(self) -> Iterator[object]:
        return self

    def __next__(self) -> object:
        return next(self._pieces)

    def close(self) -> None:
        self.is_closed = True


def fetch(to: Path, *, most_bytes: int = 100, most_seconds: float = 60) -> Fetch:
    return Fetch("The source “share”", ITEM, to, most_bytes, most_seconds)


def test_a_file_is_written_whole_and_said_to_come_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SAID_EVERY", 0.0)
    pieces = Pieces(b"what was ", b"paid")
    arriving = Arriving(pieces, fetch(tmp_path / "june"))
    assert [arriving.further()["is_last"] for _ in range(3)] == [False, False, True]
    assert ((tmp_path / "june").read_bytes(), pieces.is_closed) == (b"what was paid", True)


@pytest.mark.parametrize(
    ("piece", "to", "given", "error", "why"),
    [
        (b"x" * 101, "june", {}, Refused, "It is larger than 0 MB, and isn't fetched."),
        (b"x", "june", {"most_seconds": -60.0}, Refused, "It did not come whole within -1 minutes."),
        ("words", "june", {}, Unagreed, "content() gave a value of the type str, not bytes"),
        (b"x" * 50, "/dev/full", {}, Retryable, "What comes in can't be written (No space left on device); make room"),
    ],
)
def test_what_it_may_not_be_ends_it(
    piece: object, to: str, given: dict[str, float], error: type[Exception], why: str, tmp_path: Path
) -> None:
    pieces = Pieces(piece)
    with pytest.raises(error) as raised:
        Arriving(pieces, fetch(tmp_path / to, **given)).further()  # type: ignore[arg-type]
    assert (str(raised.value).startswith(why), pieces.is_closed) == (True, True)
