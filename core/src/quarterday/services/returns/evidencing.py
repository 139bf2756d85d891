"""Evidence: the files, links and statements that back the entries of a return, attached, read and erased.

Evidence is attached to a draft; submitting freezes it with the entry that is made of the draft. To add some to an entry
that was submitted and queried, amend the entry: its successor keeps what it had.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any, BinaryIO

from sqlalchemy import ColumnElement, delete, select

from quarterday.db.models import Contract, EntryEvidence, Evidence, PortalInbox, PortalRecord, Return, Words
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.permissions import Permission
from quarterday.domain.portal_records import RecordKind
from quarterday.errors import NotThere, Refused
from quarterday.evidence import ClamAV, Kept, Limits, Outcome, Store, download_name, plain_name
from quarterday.evidence import Keeper as Keeper  # what attaching needs comes through this door too
from quarterday.finding import installed_names
from quarterday.services import scope, words
from quarterday.services.returns.attaching import FILE, LINK, STATEMENT, attach, draft_to_back, room_for_one
from quarterday.services.returns.reported import take_turn
from quarterday.settings import Settings, load

FOLDER = "evidence"
"""The folder in the data folder that is the store where the settings name no other."""
A_DAY = timedelta(days=1)
"""So old is a file at least before it is removed because nothing refers to it: what is being attached is younger."""

_IN_USE = (
    select(Evidence.c.digest)
    .join(Words, Words.c.id == Evidence.c.words_id)
    .where(Evidence.c.kind == FILE, Words.c.text.is_not(None))
)
_WAITS_WITH_A_FILE = (
    PortalRecord.c.kind == RecordKind.EVIDENCE,
    PortalRecord.c.state == "waiting",
    PortalRecord.c.our_id.is_(None),
    PortalRecord.c.theirs.is_not(None),
)
"""What came from a portal and is in the inbox; the ledger of an exchange has the size of a file that is kept."""


@dataclass(frozen=True, slots=True)
class Attached:
    """The piece of evidence, and the return's new version."""

    evidence_id: int
    version: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence as it stands, with the draft or the entry that it backs."""

    id: int
    kind: str
    """file, link, statement."""
    said: str
    """A file's name, a link's address, a statement's text; "" once erased."""
    is_erased: bool
    digest: str
    size: int
    """Of a file, in bytes; else 0."""
    media_type: str
    scan: Outcome | None
    """What the scanner said of a file when it came; None for links and statements."""
    draft_id: int | None
    entry_id: int | None
    portal: str = ""
    """The portal that it came from; "" for what its supplier attached."""
    at: datetime | None = None
    """When it came."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is handed out: the reader closes it, and offers it for download only, never shows it in a page."""

    file: BinaryIO
    name: str
    """As it was sent, made to end as its content says."""
    media_type: str
    size: int


def evidence_store() -> Store:
    """The evidence store that the settings name; raises :class:`~quarterday.errors.NotConfigured`."""
    return _store(load(installed_names()))


def open_keeper() -> Keeper:
    """The store with the limits and the scanner that the settings name; raises as :func:`evidence_store`."""
    settings = load(installed_names())
    return Keeper(_store(settings), _limits(settings), ClamAV(settings.clamav) if settings.clamav else None)


def evidence_limits() -> Limits:
    """How much evidence is taken, as the settings say."""
    return _limits(load(installed_names()))


def attach_file(
    uow: UnitOfWork, actor: Actor, keeper: Keeper, *, return_id: int, draft_id: int, name: str, stream: IO[bytes]
) -> Attached:
    """Attach a file to a draft; what is attached to it already is not attached again.

    The file is kept first, then the record refers to it. Raises :class:`Refused` for a file that can't be evidence, for
    one too many, when the period is closed, and where there is no such draft in the actor's scope.
    """
    shown = plain_name(name)
    with uow.read(actor) as work:
        scope.needs(work, Permission.REPORT)
        room_for_one(work, draft_to_back(work, return_id, draft_id, lock=False), keeper.limits.most_pieces)
    kept = keeper.keep(stream, shown)
    return _attach(uow, actor, keeper, return_id, draft_id, FILE, shown, kept)


def attach_link(
    uow: UnitOfWork, actor: Actor, keeper: Keeper, *, return_id: int, draft_id: int, address: str
) -> Attached:
    """Attach the address of a page that shows what was done; raises as :func:`attach_file`."""
    return _attach(uow, actor, keeper, return_id, draft_id, LINK, address)


def attach_statement(
    uow: UnitOfWork, actor: Actor, keeper: Keeper, *, return_id: int, draft_id: int, text: str
) -> Attached:
    """Attach what somebody states in words; raises as :func:`attach_file`."""
    return _attach(uow, actor, keeper, return_id, draft_id, STATEMENT, text)


def detach(uow: UnitOfWork, actor: Actor, *, return_id: int, seen_version: int, draft_id: int, evidence_id: int) -> int:
    """Take evidence off a draft; its words go at once, its file with the next sweep. Returns the return's new version.

    Raises :class:`Refused` when the period is closed, and where no such evidence backs that draft;
    :class:`~quarterday.services.returns.reported.SomebodyElse` when the return is no longer at ``seen_version``.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REPORT)
        found = draft_to_back(work, return_id, draft_id).found
        link = (EntryEvidence.c.draft_id == draft_id, EntryEvidence.c.evidence_id == evidence_id)
        if work.connection.execute(delete(EntryEvidence).where(*link)).rowcount != 1:
            raise NotThere("There is no such evidence on this entry.")
        forget_unattached(work, return_id)
        work.audit(found.authority_id, "evidence.detached", found.subject, draft=draft_id, evidence=evidence_id)
        return take_turn(work, found, seen_version)


def forget_unattached(work: Work, return_id: int) -> None:
    """Erase the words of whatever evidence of the return backs nothing any more: a step of other use cases."""
    backs_something = select(EntryEvidence.c.id).where(EntryEvidence.c.evidence_id == Evidence.c.id).exists()
    for row in work.all(select(Evidence.c.words_id).where(Evidence.c.return_id == return_id, ~backs_something)):
        if row.words_id is not None:
            words.erase(work, row.words_id)


def evidence_of(uow: UnitOfWork, actor: Actor, *, return_id: int) -> list[Piece]:
    """The evidence of a return in the order in which it came, once for each draft or entry it backs; to the council
    only what backs an entry, since a draft is its supplier's alone.

    Raises :class:`Refused` where there is no such return in the actor's scope.
    """
    with uow.read(actor) as work:
        in_scope = select(Return.c.id).join(Contract, Contract.c.id == Return.c.contract_id)
        if work.one(in_scope.where(Return.c.id == return_id, scope.visible_return(work))) is None:
            raise NotThere("There is no such return.")
        rows = work.all(
            select(Evidence, Words.c.text, EntryEvidence.c.draft_id, EntryEvidence.c.entry_id)
            .join(EntryEvidence, EntryEvidence.c.evidence_id == Evidence.c.id)
            .outerjoin(Words, Words.c.id == Evidence.c.words_id)
            .where(Evidence.c.return_id == return_id)
            .order_by(Evidence.c.id, EntryEvidence.c.id)
        )
    return [_piece(row) for row in rows if actor.authority_id is None or row.entry_id is not None]


def open_evidence(uow: UnitOfWork, actor: Actor, keeper: Keeper, *, evidence_id: int) -> Opened:
    """A file of evidence, to be closed by the reader. Who opened it is in the audit trail before it is handed out.

    Raises :class:`Refused` where there is no such file in the actor's scope, it was erased, or a scanner that wasn't
    there when it came now finds a virus; :class:`~quarterday.errors.Trouble` where the store has lost it.
    """
    with uow.begin(actor) as work:
        found = _evidence(work, evidence_id)
        _must_be_submitted(work, evidence_id)
        if found.kind != FILE:
            raise Refused("This evidence is a {kind} and no file; read it in the return.", kind=found.kind)
        if found.text is None:
            raise Refused("This file was erased; its digest is all that is kept of it.")
        work.audit(found.authority_id, "evidence.opened", f"evidence/{evidence_id}", digest=found.digest)
    file = keeper.open(found.digest, name=found.text, scanned=Outcome(found.scan))
    return Opened(file, download_name(found.text, found.media_type), found.media_type, found.size)


def erase_evidence(uow: UnitOfWork, actor: Actor, keeper: Keeper, *, evidence_id: int) -> bool:
    """Erase what a piece of evidence says, and its file; the digest stays, and with it every revision's own.

    Returns whether nothing is left: a file that came today, or that backs other entries too, stays until a sweep finds
    it unused. Raises :class:`Refused` for a supplier, and where there is no such evidence in the actor's scope.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
        found = _evidence(work, evidence_id)
        waited = select(PortalInbox.c.words_id).join(PortalRecord, PortalRecord.c.id == PortalInbox.c.record_id)
        known = (select(PortalRecord.c.theirs_words_id.label("words_id")), waited)
        there = [row.words_id for one in known for row in work.all(one.where(*_is_of(evidence_id)))]
        for words_id in {found.words_id, *there} - {None}:
            words.erase(work, words_id)
        work.audit(found.authority_id, "evidence.erased", f"evidence/{evidence_id}", digest=found.digest)
        still_used = bool(work.all(_IN_USE.where(Evidence.c.digest == found.digest)))
    if found.kind != FILE:
        return True
    return not still_used and keeper.store.remove(found.digest, older_than=A_DAY)


def _is_of(evidence_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The condition that a record of an exchange is of that piece of evidence: its name or link is known there too."""
    return PortalRecord.c.kind == RecordKind.EVIDENCE, PortalRecord.c.our_id == evidence_id


def digests_in_use(work: Work) -> set[str]:
    """The digest of every file that evidence refers to and that wasn't erased, or that waits for its entry."""
    waiting = work.all(select(PortalRecord.c.theirs).where(*_WAITS_WITH_A_FILE))
    return {row.digest for row in work.all(_IN_USE)} | {row.theirs["digest"] for row in waiting if "size" in row.theirs}


@dataclass(frozen=True, slots=True)
class _Found:
    """A piece of evidence in the actor's scope."""

    kind: str
    digest: str
    size: int
    media_type: str
    scan: str
    words_id: int | None
    text: str | None
    authority_id: int


def _attach(
    uow: UnitOfWork,
    actor: Actor,
    keeper: Keeper,
    return_id: int,
    draft_id: int,
    kind: str,
    said: str,
    kept: Kept | None = None,
) -> Attached:
    with uow.begin(actor) as work:
        scope.needs(work, Permission.REPORT)
        backed = draft_to_back(work, return_id, draft_id)
        evidence_id, version = attach(work, backed, kind, said, most_pieces=keeper.limits.most_pieces, kept=kept)
        return Attached(evidence_id, version)


def _evidence(work: Work, evidence_id: int) -> _Found:
    row = work.one(
        select(
            Evidence.c.kind,
            Evidence.c.digest,
            Evidence.c.size,
            Evidence.c.media_type,
            Evidence.c.scan,
            Evidence.c.words_id,
            Words.c.text,
            Return.c.contract_id,
        )
        .join(Return, Return.c.id == Evidence.c.return_id)
        .join(Contract, Contract.c.id == Return.c.contract_id)
        .outerjoin(Words, Words.c.id == Evidence.c.words_id)
        .where(Evidence.c.id == evidence_id, scope.visible_return(work))
    )
    if row is None:
        raise NotThere("There is no such evidence.")
    return _Found(
        kind=row.kind,
        digest=row.digest,
        size=row.size,
        media_type=row.media_type,
        scan=row.scan,
        words_id=row.words_id,
        text=row.text,
        authority_id=scope.contract(work, row.contract_id).authority_id,
    )


def _must_be_submitted(work: Work, evidence_id: int) -> None:
    """Raise :class:`NotThere` where the council asks for what backs nothing that was submitted."""
    backs = select(EntryEvidence.c.id).where(
        EntryEvidence.c.evidence_id == evidence_id, EntryEvidence.c.entry_id.is_not(None)
    )
    if work.actor.authority_id is not None and not work.all(backs.limit(1)):
        raise NotThere("There is no such evidence.")


def _piece(row: Any) -> Piece:
    return Piece(
        id=row.id,
        kind=row.kind,
        said=row.text or "",
        is_erased=row.text is None,
        digest=row.digest,
        size=row.size,
        media_type=row.media_type,
        scan=Outcome(row.scan) if row.scan else None,
        draft_id=row.draft_id,
        entry_id=row.entry_id,
        portal=row.portal or "",
        at=row.recorded_at,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(most_bytes=settings.evidence_megabytes * 2**20, most_pieces=settings.evidence_pieces)


def _store(settings: Settings) -> Store:
    options = json.loads(settings.evidence_options.get_secret_value()) if settings.evidence_options else {}
    url = settings.evidence_url or FOLDER
    return Store(url if "://" in url else str(settings.data_dir / url), options)
