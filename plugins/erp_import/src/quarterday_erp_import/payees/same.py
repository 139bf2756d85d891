"""Entries of the list of suppliers that are one supplier: the finance system holds it under several numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from quarterday import Sentence, said
from quarterday_erp_import.payees.identifiers import comparable
from quarterday_erp_import.payees.names import normal
from quarterday_erp_import.payees.vendors import Vendor

MOST = 25
"""So many entries or more under one number or name stand for none: that is a filling, or the finance system's own."""


@dataclass(frozen=True, slots=True)
class Same:
    """Entries that are one supplier. ``key``: what it goes by, the first of ``keys``."""

    keys: tuple[str, ...]
    why: tuple[Sentence, ...]

    @property
    def key(self) -> str:
        """What the supplier goes by."""
        return self.keys[0]


def same(listed: Mapping[str, Vendor], *, apart: Collection[str] = ()) -> list[Same]:
    """The entries that are one: the same company number; or the same name and postcode, and no two company numbers.

    ``listed``: the entries, by what they go by. ``apart``: those that a person said to be suppliers by themselves.
    """
    by_number: dict[str, list[str]] = defaultdict(list)
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in sorted(listed.keys() - set(apart)):
        one = listed[key]
        if number := comparable(one.company_number):
            by_number[number].append(key)
        if one.postcode and (name := normal(one.name)):
            by_place[name, one.postcode].append(key)
    joined = _Joined()
    for number, keys in by_number.items():
        joined.add(keys, said("the same company number, {number}", number=number))
    for (_, postcode), keys in by_place.items():
        if len({comparable(listed[key].company_number) for key in keys} - {None}) < 2:
            joined.add(keys, said("the same name at the same postcode, {postcode}", postcode=postcode))
    return joined.groups()


def suppliers_of(groups: Iterable[Same]) -> dict[str, str]:
    """Each entry that is one of several → what the supplier goes by."""
    return {key: one.key for one in groups for key in one.keys}


class _Joined:
    """Keys that belong together, by whichever reasons."""

    def __init__(self) -> None:
        self._root: dict[str, str] = {}
        self._why: list[tuple[str, Sentence]] = []

    def add(self, keys: Sequence[str], why: Sentence) -> None:
        if not 1 < len(keys) < MOST:
            return
        for key in keys:
            self._root.setdefault(key, key)
            one, other = sorted((self._of(keys[0]), self._of(key)))
            self._root[other] = one
        self._why.append((keys[0], why))

    def groups(self) -> list[Same]:
        members: dict[str, list[str]] = defaultdict(list)
        whys: dict[str, list[Sentence]] = defaultdict(list)
        for key in sorted(self._root):
            members[self._of(key)].append(key)
        for key, why in self._why:
            whys[self._of(key)].append(why)
        return [Same(tuple(keys), tuple(whys[root])) for root, keys in sorted(members.items())]

    def _of(self, key: str) -> str:
        while self._root[key] != key:
            key = self._root[key]
        return key
