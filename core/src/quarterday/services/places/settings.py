"""Kinds of settings that say where a place is; imported where settings are, since pydantic takes its time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def _whole(folder: Path) -> Path:
    if not folder.is_absolute():
        raise ValueError("give the whole path, like /srv/spend.")
    return folder


def _public_key(key: str) -> str:
    if not re.fullmatch(r"(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/]+={0,2}( .*)?", key.strip()):
        raise ValueError("give the kind of key and the key, like “ssh-ed25519 AAAA…”, without the server's name.")
    return key.strip()


WholePath = Annotated[Path, AfterValidator(_whole)]
"""A folder of this machine, by its whole path."""

HostKey = Annotated[str, AfterValidator(_public_key)]
"""The public key of a server, as in a file known_hosts, without the server's name."""
