"""The log of a process that runs for long: a line for each thing, to the standard error, with the id it belongs to.

In JSON every line has the same id, ``trace``, from the request or the strike of the clock to the mail that comes of it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from datetime import UTC, datetime

from quarterday.db import trace

__all__ = ["Lines", "Words", "begin", "trace"]

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def begin(*, as_json: bool, also: Collection[str] = ()) -> None:
    """Write the log of this process, of ours and of the loggers ``also``; for people, or as lines of JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines() if as_json else Words())
    for name in ("quarterday", *also):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False


class Lines(logging.Formatter):
    """One record as one line of JSON: when, how bad, what, and whatever was said with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a fault's place is in it, and none of its values are."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "what": record.getMessage(),
            **_said(record),
        }
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Words(logging.Formatter):
    """One record as a line for people: when, what, and ``name=value`` for whatever was said with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and a fault's place below it."""
        at = datetime.fromtimestamp(record.created, UTC)
        said = " ".join(f"{name}={value}" for name, value in _said(record).items())
        line = f"{at:%H:%M:%S}Z {record.getMessage()} {said}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _said(record: logging.LogRecord) -> dict[str, object]:
    """What was said with a record beside its message, and the id of what is being worked on, where it has one."""
    known = {"trace": trace.current()} if trace.current() else {}
    return {**known, **{name: value for name, value in vars(record).items() if name not in _USUAL}}
