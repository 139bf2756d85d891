"""The web process's log: a JSON line for each request and fault, to the standard error, without what was typed."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Lines(logging.Formatter):
    """One record as one line of JSON: when, how bad, what, and whatever was said with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a fault's place is in it, and none of its values are."""
        said = {name: value for name, value in vars(record).items() if name not in _USUAL}
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "what": record.getMessage(),
            **said,
        }
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def begin() -> None:
    """Write the log of this process."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    for name in ("quarterday", "gunicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
