"""What figures rest on, kept in the record by content hash: editions, value sets, definitions of “local”."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Select, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from quarterday.db.models import EditionSnapshot, LocalAreaDefinition, ValueSetSnapshot
from quarterday.db.work import Work
from quarterday.domain.canonical import digest
from quarterday.domain.catalogue import Catalogue, LocalArea
from quarterday.domain.snapshots import (
    edition_from_data,
    edition_to_data,
    value_set_from_data,
    value_set_to_data,
)
from quarterday.domain.values import Shipped, ValueSet
from quarterday.errors import Trouble

T = TypeVar("T")

# Looked up for every return, and so made once: making a statement costs more than running it.
_EDITION_DIGEST = select(EditionSnapshot.c.digest).where(EditionSnapshot.c.id == bindparam("of"))
_VALUE_SET_HEAD = select(
    ValueSetSnapshot.c.digest, ValueSetSnapshot.c.name, ValueSetSnapshot.c.content.is_(None).label("is_empty")
).where(ValueSetSnapshot.c.id == bindparam("of"))
_LOCAL_AREA = select(LocalAreaDefinition).where(LocalAreaDefinition.c.id == bindparam("of"))


class Head(NamedTuple):
    """What tells a value set's snapshot from others."""

    digest: str
    name: str
    is_empty: bool
    """Whether its values are not in this record."""


_here: WeakKeyDictionary[Connection, dict[tuple[str, int], Any]] = WeakKeyDictionary()
"""What one transaction has looked up: an id is sure to mean the same thing only within it."""
_editions: dict[str, Catalogue] = {}
_value_sets: dict[tuple[str, str], ValueSet] = {}
"""What this process has read and checked, by digest, and value sets by their name too."""


def edition(work: Work, edition_id: int, key: str | None = None) -> Catalogue:
    """The edition of that snapshot, whatever plugins are installed. Its ``value_sets`` are empty.

    ``key`` is the snapshot's digest, where the caller has just read it.
    Raises :class:`~quarterday.errors.Trouble` when it was changed in the database.
    """
    known = _known(work)
    if found := known.get(("edition", edition_id)):
        return cast(Catalogue, found)
    if key is None:
        key = _the(work, _EDITION_DIGEST, of=edition_id)
    if key not in _editions:
        content = _the(work, select(EditionSnapshot.c.content).where(EditionSnapshot.c.id == edition_id))
        if digest(content) != key:
            raise Trouble(f"Edition snapshot {edition_id} was changed in the database; restore it from a backup.")
        _editions[key] = edition_from_data(content)
    known["edition", edition_id] = _editions[key]
    return _editions[key]


def value_set(work: Work, value_set_id: int | None, head: Head | None = None) -> ValueSet | None:
    """The value set of that snapshot; None for none. Where its values are not in this record it has none and says so.

    ``head`` is what tells it from others, where the caller has just read it.
    Raises :class:`~quarterday.errors.Trouble` when it was changed in the database.
    """
    if value_set_id is None:
        return None
    known = _known(work)
    if found := known.get(("value_set", value_set_id)):
        return cast(ValueSet, found)
    if head is None:
        head = Head(*work.all(_VALUE_SET_HEAD, of=value_set_id)[0])  # noted where a reading is kept: values can come in
    if head.is_empty:  # whatever this process has read from another record
        return _without_values(work, value_set_id)
    if (head.digest, head.name) not in _value_sets:
        content = _the(work, select(ValueSetSnapshot.c.content).where(ValueSetSnapshot.c.id == value_set_id))
        read = value_set_from_data(cast(dict[str, Any], content))
        if read.fingerprint != head.digest:
            raise Trouble(f"Value set snapshot {value_set_id} was changed in the database; restore it from a backup.")
        _value_sets[head.digest, head.name] = read
    known["value_set", value_set_id] = _value_sets[head.digest, head.name]
    return _value_sets[head.digest, head.name]


def local_area(work: Work, local_area_id: int | None) -> LocalArea | None:
    """The definition of “local” in that row; None for none."""
    if local_area_id is None:
        return None
    known = _known(work)
    if ("local_area", local_area_id) not in known:
        [row] = work.all(_LOCAL_AREA, of=local_area_id)
        known["local_area", local_area_id] = LocalArea(
            name=row.name,
            codes=tuple(row.codes),
            since=row.valid_from.isoformat(),
            wards=tuple(row.wards),
            radius_km=row.radius_km,
            centre=row.centre,
        )
    return cast(LocalArea, known["local_area", local_area_id])


def keep_edition(work: Work, edition: Catalogue) -> int:
    """The id of the edition's snapshot, which is added where this content isn't in the record yet."""
    known = _known(work)
    key = ("kept", id(edition))  # one import pins thousands of contracts to one edition
    if key not in known:
        known[key] = (edition, _keep_edition(work, edition))  # held too, so that its identity stays its own
    return cast(int, known[key][1])


def keep_value_set(work: Work, values: ValueSet, authority_id: int) -> tuple[int, bool]:
    """The id of the value set's snapshot, and whether it was added or filled now.

    A set that a council loaded is that authority's; one that ships is nobody's. Where the same content came in without
    its values, as an export of values that may not be passed on does, these are filled in.
    """
    known = _known(work)
    owner = authority_id if values.shipped is Shipped.OWN else 0
    key = (f"kept for {owner}", id(values))
    if key in known:
        return cast(int, known[key][1]), False
    value_set_id, is_new = _keep_value_set(work, values, owner or None)
    known[key] = (values, value_set_id)
    return value_set_id, is_new


def _keep_edition(work: Work, edition: Catalogue) -> int:
    content = edition_to_data(edition)
    key = digest(content)
    there = select(EditionSnapshot.c.id).where(EditionSnapshot.c.digest == key)
    if found := work.connection.execute(there).scalar_one_or_none():
        return found
    try:
        with work.connection.begin_nested():
            return work.add(EditionSnapshot, key=edition.key, digest=key, content=content)
    except IntegrityError:  # somebody else kept the same content in this moment
        return _the(work, there)


def _keep_value_set(work: Work, values: ValueSet, owner: int | None) -> tuple[int, bool]:
    there = select(ValueSetSnapshot.c.id, ValueSetSnapshot.c.content.is_(None).label("is_empty")).where(
        ValueSetSnapshot.c.digest == values.fingerprint, ValueSetSnapshot.c.authority_id.is_not_distinct_from(owner)
    )
    found = work.connection.execute(there).first()
    if found is None:
        try:
            with work.connection.begin_nested():
                return _add_value_set(work, values, owner), True
        except IntegrityError:  # somebody else kept the same content in this moment
            found = work.connection.execute(there).one()
    if found.is_empty:
        work.connection.execute(
            update(ValueSetSnapshot).where(ValueSetSnapshot.c.id == found.id).values(content=value_set_to_data(values))
        )
    return found.id, bool(found.is_empty)


def _add_value_set(work: Work, values: ValueSet, owner: int | None) -> int:
    return work.add(
        ValueSetSnapshot,
        authority_id=owner,
        name=values.id,
        edition_key=values.edition,
        digest=values.fingerprint,
        licence=values.licence,
        source=values.source,
        is_redistributable=values.redistributable,
        content=value_set_to_data(values),
    )


def _without_values(work: Work, value_set_id: int) -> ValueSet:
    row = work.connection.execute(
        select(
            ValueSetSnapshot.c.name,
            ValueSetSnapshot.c.edition_key,
            ValueSetSnapshot.c.licence,
            ValueSetSnapshot.c.source,
            ValueSetSnapshot.c.is_redistributable,
        ).where(ValueSetSnapshot.c.id == value_set_id)
    ).one()
    return ValueSet(
        id=row.name,
        title=row.name,
        edition=row.edition_key,
        shipped=Shipped.OWN,
        licence=row.licence,
        source=row.source,
        redistributable=row.is_redistributable,
        is_here=False,
    )


def _known(work: Work) -> dict[tuple[str, int], Any]:
    return _here.setdefault(work.connection, {})


def _the(work: Work, query: Select[T], **given: object) -> T:
    return work.connection.execute(query, given).scalar_one()
