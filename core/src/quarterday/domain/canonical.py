"""Canonical JSON: the one spelling of a value, so that equal values have equal digests on every machine."""

from __future__ import annotations

import json
from hashlib import sha256


def canonical(value: object) -> bytes:
    """The value as JSON with sorted keys, no spaces and ASCII only; raises what ``json`` raises for what isn't JSON.

    NaN and infinity are refused with :class:`ValueError`, because other readers of JSON don't know them.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(value: object) -> str:
    """The SHA-256 of the value's canonical JSON, as 64 hexadecimal digits."""
    return sha256(canonical(value)).hexdigest()
