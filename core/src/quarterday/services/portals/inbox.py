"""The inbox: what came from a portal and matches nothing here, until somebody matches it or sets it aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from quarterday.db.models import PortalFiling, PortalInbox, PortalRecord, Words
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.domain.portal_records import FIELDS, RecordKind
from quarterday.domain.sentences import said
from quarterday.errors import NotThere, Refused
from quarterday.services import scope, words
from quarterday.services.portals import door, runs, standing, waiting
from quarterday.services.portals.coming import in_its_name, is_in_scope
from quarterday.services.portals.theirs import said_in, unknown_of, words_in

MOST = 50
"""So much of the inbox is shown at once."""

MATCHED, SET_ASIDE = waiting.MATCHED, waiting.SET_ASIDE
"""What somebody can decide of something in the inbox."""

_HAVE_ENTRIES = (RecordKind.ENTRY, RecordKind.VERDICT, RecordKind.EVIDENCE)


class Filed(Refused):
    """Somebody filed it since the person opened it, or the portal sent it again; nothing was done now."""

    def __init__(self) -> None:
        super().__init__(said("Somebody dealt with this since you opened it, or the portal changed it: look again."))


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record of theirs in the inbox."""

    id: int
    record_id: int
    portal: str
    kind: RecordKind
    external_id: str
    """What the portal calls it."""
    fields: Mapping[str, str]
    """As the portal has it, by our names."""
    words: str
    """What somebody wrote there; "" for nothing, and once it is erased."""
    link: str
    """Of evidence: its address."""
    unknown: Mapping[str, str]
    """What the portal says besides, by its own names."""
    why: str
    """Why nothing here takes it, in a sentence."""
    can_match: bool
    """Whether it can be matched to an entry."""
    at: datetime


def inbox(
    uow: UnitOfWork, actor: Actor, *, authority_id: int, portal: str = "", after: int = 0, most: int = MOST
) -> list[Waiting]:
    """What waits in an authority's inbox, the oldest first, after the one of that id; of one portal, or of all.

    Raises :class:`~quarterday.errors.NotAllowed` for a role that sees no figures.
    """
    wanted = [PortalRecord.c.authority_id == authority_id, PortalInbox.c.id > after, PortalFiling.c.id.is_(None)]
    wanted += [PortalRecord.c.portal == portal] if portal else []
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        newest_of_record = newest(PortalInbox, PortalInbox.c.record_id)
        rows = work.all(_waiting().where(*wanted, newest_of_record).order_by(PortalInbox.c.id).limit(most))
    return [_as_shown(row) for row in rows]


def waiting_one(uow: UnitOfWork, actor: Actor, *, inbox_id: int) -> Waiting:
    """What waits in the inbox under that id; raises :class:`NotThere` where nothing does in the actor's scope, and as
    :func:`inbox`."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        return _as_shown(_of_id(work, inbox_id))


def file(
    uow: UnitOfWork, actor: Actor, *, inbox_id: int, outcome: str, entry_id: int | None = None, reason: str = ""
) -> bool:
    """Match something in the inbox to an entry, or set it aside; returns whether what was matched took its place.

    A match is remembered: what comes of that record later finds the entry. A decision or a piece of evidence then comes
    in through the door, by what was agreed with the portal; what the rules refuse is in the inbox again, with the
    reason. What is set aside stays so until its content is another. Raises :class:`Filed` where somebody was first, and
    :class:`Refused` for an entry that isn't the authority's or is another record's over there.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REVIEW)
        row = _of_id(work, inbox_id)
        record = work.connection.execute(
            select(PortalRecord).where(PortalRecord.c.id == row.record_id).with_for_update()
        ).one()
        if work.all(select(PortalInbox.c.id).where(PortalInbox.c.record_id == record.id, PortalInbox.c.id > inbox_id)):
            raise Filed
        if work.all(select(PortalFiling.c.id).where(PortalFiling.c.inbox_id == inbox_id)):
            raise Filed
        if outcome == MATCHED:
            _must_match(work, record, entry_id)
        elif outcome != SET_ASIDE or entry_id is not None:
            raise Refused("Match it to an entry, or set it aside.")
        work.add(
            PortalFiling,
            inbox_id=inbox_id,
            outcome=outcome,
            entry_id=entry_id,
            by_user_id=actor.user_id,
            actor=actor.name,
            words_id=words.keep(work, reason),
        )
        subject = f"portal-record/{record.id}"
        work.audit(record.authority_id, "portal.filed", subject, inbox=inbox_id, outcome=outcome, entry=entry_id)
        if outcome == SET_ASIDE:
            standing.set_state(work, record.id, standing.SAME)
            return False
        terms = runs.agreed_last(work, record.authority_id, record.portal)
        return terms is not None and door.take_waiting(work, record, terms)


def _must_match(work: Work, record: Row[*tuple[Any, ...]], entry_id: int | None) -> None:
    kind = RecordKind(record.kind)
    if kind not in _HAVE_ENTRIES:
        raise Refused("Only entries, decisions on them and evidence can be matched to an entry.")
    if entry_id is None:
        raise Refused("Say which entry it is about.")
    if not is_in_scope(in_its_name(work, record.authority_id), RecordKind.ENTRY, entry_id):
        raise NotThere("There is no such entry.")
    there = standing.find(work, record.authority_id, record.portal, RecordKind.ENTRY, our_id=entry_id)
    if kind is RecordKind.ENTRY and there is not None and there.id != record.id:
        raise Refused("The portal has this entry already, as “{name}”.", name=there.external_id or there.id)


def _of_id(work: Work, inbox_id: int) -> Row[*tuple[Any, ...]]:
    row = work.one(_waiting().where(PortalInbox.c.id == inbox_id))
    if row is None or row.authority_id not in {one.id for one in scope.authorities(work)}:
        raise NotThere("There is nothing of that number in the inbox.")
    return row


def _waiting() -> Select[*tuple[Any, ...]]:
    return (
        select(
            PortalInbox,
            PortalRecord.c.authority_id,
            PortalRecord.c.portal,
            PortalRecord.c.kind,
            PortalRecord.c.external_id,
            Words.c.text,
        )
        .join(PortalRecord, PortalRecord.c.id == PortalInbox.c.record_id)
        .outerjoin(PortalFiling, PortalFiling.c.inbox_id == PortalInbox.c.id)
        .outerjoin(Words, Words.c.id == PortalInbox.c.words_id)
    )


def _as_shown(row: Row[*tuple[Any, ...]]) -> Waiting:
    kind, told = RecordKind(row.kind), said_in(row.text)
    return Waiting(
        id=row.id,
        record_id=row.record_id,
        portal=row.portal,
        kind=kind,
        external_id=row.external_id,
        fields={name: text for name, text in row.fields.items() if name in FIELDS[kind]},
        words=words_in(row.text),
        link=told.get("link", ""),
        unknown=unknown_of(told),
        why=row.why,
        can_match=kind in _HAVE_ENTRIES,
        at=row.recorded_at,
    )
