"""A source that is open in a process of its plugin's: what it gives, batch by batch, and the files of what it gave."""

from __future__ import annotations

import logging
from collections.abc import Generator
from pathlib import Path
from typing import Any

from quarterday.errors import BadRecord, Trouble
from quarterday.ports import Item
from quarterday.services.plugins.fetching import Fetch, Further
from quarterday.services.plugins.orders import Enough, More, Reading
from quarterday.services.plugins.process import PluginFault, Process, error_of

_log = logging.getLogger(__name__)


class Opened:
    """A source that is open."""

    def __init__(self, process: Process, reading: Reading) -> None:
        self._process = process
        self._reading = reading
        self._is_open = False

    def batches(self) -> Generator[list[Item | BadRecord], None, None]:
        """What it gives, in batches that are bounded in number and size; raises after what was read before an error."""
        answer = self._process.ask(self._reading)
        while True:
            self._is_open = not answer["is_last"]
            if answer["items"]:
                yield [_item(one) for one in answer["items"]]
            if "broken" in answer:
                raise error_of(answer["broken"])
            if not self._is_open:
                return
            answer = self._process.ask(More(self._reading.what))

    def fetch(self, item: Item, to: Path, *, most_bytes: int, most_seconds: float) -> None:
        """Have the file of an item written there, whole.

        Raises :class:`~quarterday.errors.Refused` where this one can't be had, or is larger or takes longer than that.
        """
        answer = self._process.ask(Fetch(self._reading.what, item, to, most_bytes, most_seconds))
        while not answer["is_last"]:
            answer = self._process.ask(Further(self._reading.what))

    def close(self) -> None:
        """Have it closed, where it is still open; what goes wrong then is logged, and hides no error."""
        if self._is_open and self._process.lives:
            try:
                self._process.ask(Enough(self._reading.what))
            except (PluginFault, Trouble) as error:
                _log.warning("%s could not be closed: %s", self._reading.what, error)


def _item(data: dict[str, Any]) -> Item | BadRecord:
    return BadRecord(**data) if "why" in data else Item(**data)
