"""The audit trail: sealing its rows into a chain for each authority, and checking the chains.

A seal is a digest of one row together with the digest before it. Rows are sealed after they are committed, because a
chain inside every transaction would make all writers wait for one another. What is not yet sealed can be changed
unseen, so seal often; and a tail cut off whole is seen only by somebody who has kept a chain's head elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Row, Select, Text, cast, func, insert, or_, select, type_coerce, union
from sqlalchemy.exc import IntegrityError

from quarterday.db.columns import microseconds
from quarterday.db.models import AuditRow, AuditSeal, Authority
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.canonical import digest

LONGEST = timedelta(hours=1) // timedelta(microseconds=1)
"""The longest a transaction may take, in microseconds. A row that claims to be older by more than this than one sealed
before it can't come from a transaction that was still open then: somebody has put it in."""

BATCH = 5000
"""How many rows are sealed in one transaction, so that no writer waits long, or read at once."""

_Row = Row[*tuple[Any, ...]]
_SEALER = Actor("sealer")
_recorded_at = type_coerce(AuditRow.c.recorded_at, BigInteger)
_ROW = (
    AuditRow.c.id,
    AuditRow.c.authority_id,
    AuditRow.c.actor,
    AuditRow.c.action,
    AuditRow.c.subject,
    cast(AuditRow.c.payload, Text).label("payload"),
    cast(AuditRow.c.recorded_at, BigInteger).label("recorded_at"),
)
"""A row as it is stored, so that what somebody has put there by hand is found and not stumbled over."""
_SEALED_AT = cast(AuditSeal.c.sealed_at, BigInteger).label("sealed_at")
_IS_SEALED = select(AuditSeal.c.id).where(AuditSeal.c.row_id == AuditRow.c.id).exists()


class Meddling(StrEnum):
    """What can have happened to a chain."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Break:
    """One place where a chain doesn't hold: what happened, and a sentence that says where."""

    kind: Meddling
    says: str
    authority: str | None = None
    """The key of the authority whose chain it is; None for the installation's, and for a digest that none holds."""
    row_id: int | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """One authority's chain as it stands."""

    authority: str | None
    """The authority's key; None for the installation's own chain."""
    sealed: int
    """How many seals it has."""
    head: str
    """The digest of its last seal: whoever keeps it elsewhere sees later whether anything was cut off."""
    unsealed: tuple[int, ...]
    """The ids of the rows that no seal covers yet."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: every chain, and every break."""

    chains: tuple[Chain, ...]
    breaks: tuple[Break, ...]


def seal(uow: UnitOfWork) -> int:
    """Seal what has been committed and is not sealed yet; returns how many rows.

    Each chain goes in the order of recording. Two at once do no harm: one seals, and the other leaves it to that one.
    """
    with uow.read(_SEALER) as work:
        chains = [None, *(row.id for row in work.all(select(Authority.c.id).order_by(Authority.c.id)))]
    return sum(_seal_chain(uow, chain) for chain in chains)


def _seal_chain(uow: UnitOfWork, chain: int | None) -> int:
    sealed = 0
    after: _Row | None = None
    while True:
        try:
            with uow.begin(_SEALER) as work:
                rows = _unsealed(work, chain, after)
                _add_links(work, chain, rows)
        except IntegrityError:  # another sealer was quicker
            return sealed
        sealed += len(rows)
        if len(rows) < BATCH:
            return sealed
        after = rows[-1]


def _unsealed(work: Work, chain: int | None, after: _Row | None) -> list[_Row]:
    """The next rows of a chain to seal. Those that claim to be too old stay out, and are found by :func:`verify`."""
    query = select(*_ROW).where(AuditRow.c.authority_id == chain, ~_IS_SEALED)
    last = work.one(_last_link(chain, AuditSeal.c.row_id, _SEALED_AT))
    newest = last and work.one(select(_recorded_at).where(AuditRow.c.id == last.row_id))
    if last and newest:
        query = query.where(_recorded_at >= min(newest[0], last.sealed_at) - LONGEST)
    if after is not None:
        beyond = or_(_recorded_at > after.recorded_at, AuditRow.c.id > after.id)
        query = query.where(_recorded_at >= after.recorded_at, beyond)
    return work.all(query.order_by(_recorded_at, AuditRow.c.id).limit(BATCH))


def _add_links(work: Work, chain: int | None, rows: list[_Row]) -> None:
    last = work.one(_last_link(chain, AuditSeal.c.number, AuditSeal.c.digest))
    number, previous = last or (0, "")
    links = []
    for row in rows:
        number += 1
        previous = _digest(number, previous, microseconds(work.now), row)
        link = {"number": number, "row_id": row.id, "digest": previous, "sealed_at": work.now}
        links.append({"authority_id": chain, **link})
    if links:
        work.connection.execute(insert(AuditSeal), links)


def oldest_unsealed(work: Work) -> datetime | None:
    """When the oldest row was written that no seal covers yet; None where every row is sealed."""
    return work.connection.execute(select(func.min(AuditRow.c.recorded_at)).where(~_IS_SEALED)).scalar_one()


def verify(uow: UnitOfWork, *, expect: Collection[str] = ()) -> Checked:
    """Check every chain from its first link, and name what is not yet sealed.

    ``expect`` holds digests that were heads of chains once and were kept elsewhere; one that no chain holds any more
    means that a chain was cut off before it, or written anew.
    """
    missing = set(expect)
    with uow.read(_SEALER) as work:
        walks = [_walked(work, chain, name, missing) for chain, name in _chains(work)]
    cut = [
        Break(
            Meddling.CUT,
            f"No chain holds the digest {lost} any more; its chain was cut off before it, or written anew.",
        )
        for lost in sorted(missing)
    ]
    chains = tuple(Chain(walk.authority, walk.number, walk.head, tuple(walk.unsealed)) for walk in walks)
    return Checked(chains, (*(one for walk in walks for one in walk.breaks), *cut))


def _chains(work: Work) -> list[tuple[int | None, str | None]]:
    """Each chain that has a row or a seal, with the key of its authority; the installation's own comes first."""
    keys = {row.id: row.key for row in work.all(select(Authority.c.id, Authority.c.key))}
    either = union(select(AuditRow.c.authority_id), select(AuditSeal.c.authority_id))
    found = work.connection.execute(either).scalars()
    ordered = sorted(found, key=lambda chain: (chain is not None, chain))
    return [(chain, None if chain is None else keys.get(chain, str(chain))) for chain in ordered]


def _walked(work: Work, chain: int | None, name: str | None, missing: set[str]) -> _Walk:
    """The whole way along a chain; takes the digests that stand in it from the ``missing`` ones."""
    walk = _Walk(name)
    for link in _links(work, chain):
        walk.step(link)
        missing.discard(link.digest)
    left = select(*_ROW).where(AuditRow.c.authority_id == chain, ~_IS_SEALED)
    walk.beyond(work.all(left.order_by(AuditRow.c.id)))
    return walk


def _links(work: Work, chain: int | None) -> Iterator[_Row]:
    """Every seal of a chain in order, each with its row, whose columns are None where it is gone."""
    number = 0
    while True:
        query = (
            select(AuditSeal.c.number, AuditSeal.c.row_id, AuditSeal.c.digest, _SEALED_AT, *_ROW)
            .outerjoin(AuditRow, AuditRow.c.id == AuditSeal.c.row_id)
            .where(AuditSeal.c.authority_id == chain, AuditSeal.c.number > number)
        )
        links: list[_Row] = work.all(query.order_by(AuditSeal.c.number).limit(BATCH))
        yield from links
        if len(links) < BATCH:
            return
        number = links[-1].number


class _Walk:
    """The way along one chain, and what was found on it."""

    def __init__(self, authority: str | None) -> None:
        self.authority = authority
        self.number = 0
        self.head = ""
        self.unsealed: list[int] = []
        self.breaks: list[Break] = []
        self._should_be = ""
        """What the last digest should be: where only that one seal was changed, the next is made on this."""
        self._newest: int | None = None

    def step(self, link: _Row) -> None:
        """Take the next seal and its row."""
        gap = link.number - self.number - 1
        should_be = link.digest
        if gap:
            seals = "1 seal" if gap == 1 else f"{gap} seals"
            self._broken(
                Meddling.REMOVED, f"{seals} before seal {link.number} can't be found; rows may be gone with them."
            )
        if link.id is None:
            self._broken(
                Meddling.REMOVED, f"Row {link.row_id} is gone; seal {link.number} was made on it.", link.row_id
            )
        elif not gap:
            should_be = self._digest(self.head, link)
            if link.digest in (should_be, self._digest(self._should_be, link)):
                should_be = link.digest
                self._in_time(link)
                self._newest = max(self._newest or 0, min(link.recorded_at, link.sealed_at))
            else:
                says = (
                    f"Row {link.id} and seal {link.number} don't match; one of them, or the seal before, was changed."
                )
                self._broken(Meddling.CHANGED, says, link.id)
        self.number, self.head, self._should_be = link.number, link.digest, should_be

    def beyond(self, rows: list[_Row]) -> None:
        """Take the rows that no seal covers."""
        self.unsealed = [row.id for row in rows if self._in_time(row)]

    def _in_time(self, row: _Row) -> bool:
        """Whether the row can have been written when it says."""
        can_be = self._newest is None or row.recorded_at >= self._newest - LONGEST
        if not can_be:
            says = (
                f"Row {row.id} claims to be older than rows that were sealed before it; somebody has put it in since."
            )
            self._broken(Meddling.INSERTED, says, row.id)
        return can_be

    def _digest(self, previous: str, link: _Row) -> str:
        return _digest(link.number, previous, link.sealed_at, link)

    def _broken(self, kind: Meddling, says: str, row_id: int | None = None) -> None:
        self.breaks.append(Break(kind, says, self.authority, row_id))


def _last_link(chain: int | None, *columns: Any) -> Select[*tuple[Any, ...]]:
    """The given columns of a chain's last seal."""
    query = select(*columns).where(AuditSeal.c.authority_id == chain)
    return query.order_by(AuditSeal.c.number.desc()).limit(1)


def _digest(number: int, previous: str, sealed_at: int, row: _Row) -> str:
    """The digest of a link: its number, the digest before it, when it was sealed, and the row as it is stored."""
    return digest(
        {
            "number": number,
            "previous": previous,
            "sealed_at": sealed_at,
            "id": row.id,
            "authority": row.authority_id,
            "actor": row.actor,
            "action": row.action,
            "subject": row.subject,
            "payload": row.payload,
            "recorded_at": row.recorded_at,
        }
    )
