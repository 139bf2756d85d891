"""The door by which a portal's records come in: each is held against ours, and taken, left, shown or asked about.

A record is kept in the sync ledger as they have it; then one of these happens with it. Of a record that both sides
hold, the rule of its kind decides (:mod:`quarterday.domain.merging`). One that was made over there finds its place, as
a draft, a review, a suggestion or evidence, or waits in the inbox with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, or_, select

from quarterday.db.models import Evidence, PortalFiling, PortalInbox, PortalRecord
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.merging import Side, Step, merge, takes_verdict
from quarterday.domain.portal_records import FIELDS, PortalTerms, RecordKind, VerdictsTaken, is_legible
from quarterday.domain.sentences import said
from quarterday.errors import BadRecord, Refused
from quarterday.ports import Item
from quarterday.services import scope
from quarterday.services.portals import conflicts, evidence_in, made_there, standing, verdicts, waiting
from quarterday.services.portals.coming import Coming, in_its_name, is_in_scope
from quarterday.services.portals.ours import AT_ONCE, Ours, ours_here
from quarterday.services.portals.theirs import Theirs, keep_said, kept, let_go, read, with_digest, with_untold
from quarterday.services.returns.evidencing import open_keeper

SKEW = timedelta(days=1)
"""So much may a clock be wrong: what was changed less than that before something isn't sure to be older."""

_ON_ENTRIES = (RecordKind.VERDICT, RecordKind.EVIDENCE)


def ready(items: Sequence[Item | BadRecord]) -> list[Item | BadRecord]:
    """The same items, the files in them put away in the evidence store; done before a transaction begins.

    Raises :class:`~quarterday.errors.Trouble` where the store can't be written.
    """
    keeper = open_keeper() if any(isinstance(one, Item) and evidence_in.has_file(one) for one in items) else None
    return [
        evidence_in.put_away(one, keeper) if keeper and isinstance(one, Item) and evidence_in.has_file(one) else one
        for one in items
    ]


def take(
    work: Work,
    authority_id: int | None,
    item: Item,
    *,
    portal: str,
    terms: PortalTerms,
    run_id: int | None = None,
    is_listing: bool = False,
) -> None:
    """Take one record of a portal, which went through :func:`ready` before; the same one twice is taken once.

    What comes late doesn't replace what is newer. Of two contents of a record the older is the one with the lower
    version, where both versions are whole numbers. Without these it is the one that was changed more than a day earlier
    over there, since a clock may have been wrong by as much; where that is not clear, what came later counts, and
    reconciling finds the rest: a listing (``is_listing``) is what they have now, whatever clocks say.

    Raises :class:`Refused` for what is no record that a portal can have.
    """
    theirs = read(item.payload)
    if authority_id is None:
        raise Refused("A portal's records are of one authority: set the portal up for it.")
    if theirs.kind not in terms.agreements:
        return
    work = in_its_name(work, authority_id)
    place = _Place(work, authority_id, portal, theirs)
    record = _locked(work, place.record)
    theirs = with_digest(work, record, with_untold(record, place.theirs, terms.untold.get(theirs.kind, ())))
    listed = {"listed_run_id": run_id} if is_listing else {}
    if record is not None and _is_older(record, theirs, is_listing):
        if listed:
            standing.set_state(work, record.id, record.state, record.why, **listed)
        return
    words_id = keep_said(work, record, theirs)
    record_id = standing.put(
        work,
        authority_id,
        portal,
        theirs.kind,
        our_id=place.our_id,
        external_id=theirs.external_id if place.our_id is not None else theirs.name,
        theirs=theirs.facts,
        theirs_words_id=words_id,
        theirs_digest=theirs.digest,
        their_version=theirs.version,
        their_changed_at=theirs.changed_at,
        **listed,
    )
    coming = Coming(work, authority_id, portal, terms, record_id, record, theirs, words_id)
    if place.why or theirs.trouble:
        waiting.put(work, authority_id, record_id, theirs, place.why or theirs.trouble, words_id)
    elif not _is_known(coming, place.our_id):
        _decide(coming, place.our_id, place.entry_id)
    if record is not None and record.theirs_words_id not in (None, words_id):
        let_go(work, record_id, record.theirs_words_id)


def take_stored(work: Work, record_id: int, *, terms: PortalTerms) -> None:
    """Take what a portal was last seen to say of one of our records, as the rule of its kind or a person decided.

    Raises :class:`Refused` where the rules of reviewing refuse it, and for a record that nothing here can change.
    """
    record = standing.of_id(work, record_id)
    if record is None or record.our_id is None or record.kind != RecordKind.VERDICT:
        raise Refused("Nothing here takes what the portal has of this: change ours as it should be.")
    coming = _as_kept(work, record, terms)
    state = verdicts.take(coming, record.our_id)
    standing.set_state(work, record_id, state, agreed=coming.theirs.digest)


def take_due(uow: UnitOfWork, actor: Actor, authority_id: int, portal: str, terms: PortalTerms) -> int:
    """Try again what waits in the inbox, and take what somebody matched there; returns how many found their place.

    Some are tried at a time, each time in a transaction of its own: an inbox may hold all that a portal has. Raises
    :class:`~quarterday.errors.NotAllowed` for anybody but the operator, in whose name a run does it.
    """
    found = after = 0
    while True:
        with uow.begin(actor) as work:
            scope.only_the_operator(work)
            rows = work.all(_due(authority_id, portal, after).limit(AT_ONCE))
            found += sum(take_waiting(work, row, terms) for row in rows)
        if len(rows) < AT_ONCE:
            return found
        after = rows[-1].id


def _due(authority_id: int, portal: str, after: int) -> Select[*tuple[Any, ...]]:
    return (
        select(PortalRecord)
        .join(PortalInbox, PortalInbox.c.record_id == PortalRecord.c.id)
        .outerjoin(PortalFiling, PortalFiling.c.inbox_id == PortalInbox.c.id)
        .where(
            PortalRecord.c.id > after,
            PortalRecord.c.authority_id == authority_id,
            PortalRecord.c.portal == portal,
            PortalRecord.c.state == standing.WAITING,
            PortalRecord.c.why != "",  # as a suggestion it waits for a decision, and has its place
            newest(PortalInbox, PortalInbox.c.record_id),
            or_(PortalFiling.c.id.is_(None), PortalFiling.c.outcome == waiting.MATCHED),
        )
        .order_by(PortalRecord.c.id)
    )


def take_waiting(work: Work, record: Any, terms: PortalTerms) -> bool:
    """Try again what waits in the inbox of one record; returns whether it found its place."""
    coming = _as_kept(work, record, terms)
    if coming.theirs.trouble or coming.theirs.kind not in terms.agreements:
        return False
    place = _Place(coming.work, record.authority_id, record.portal, coming.theirs)
    if place.why:
        return False
    if place.record is not None and place.record.id != record.id:
        return _hand_on(coming, place, record)
    if place.our_id != record.our_id:
        standing.set_state(work, record.id, record.state, record.why, our_id=place.our_id, version="")
    _decide(coming, place.our_id, place.entry_id)
    after = standing.of_id(work, record.id)
    return after is not None and not (after.state == standing.WAITING and after.why)


class _Place:
    """Where a record of theirs belongs: which record of ours it is, or which entry it is about."""

    def __init__(self, work: Work, authority_id: int, portal: str, theirs: Theirs) -> None:
        self.why = ""
        """Why that can't be, in a sentence."""
        self.entry_id: int | None = None
        """Of a verdict or a piece of evidence: its entry."""
        self.our_id = theirs.our_id
        whose = (work, authority_id, portal, theirs.kind)
        self.record = standing.find(*whose, our_id=theirs.our_id, external_id=theirs.name)
        if theirs.key and (theirs.our_id is None or not self._is_ours(work, theirs.kind, theirs.our_id)):
            self.our_id, self.why = None, said("It bears “{key}”, which is nothing of ours.", key=theirs.key[:60])
        elif self.our_id is None and self.record is not None:
            self.our_id = self.record.our_id
        if theirs.kind in _ON_ENTRIES and not self.why:
            self.entry_id = self._entry(work, authority_id, portal, theirs)
        if theirs.kind is RecordKind.VERDICT and self.our_id is None and self.entry_id is not None:
            self.our_id = self.entry_id
            self.record = standing.find(*whose, our_id=self.our_id, external_id=theirs.name)
        elif theirs.kind is RecordKind.ENTRY and self.our_id is None and self.record is not None and not self.why:
            self.our_id = waiting.matched_entry(work, self.record.id)
        self.theirs = theirs if self.entry_id is None else verdicts.completed(work, self.entry_id, theirs)

    def _entry(self, work: Work, authority_id: int, portal: str, theirs: Theirs) -> int | None:
        if theirs.kind is RecordKind.VERDICT and self.our_id is not None:
            return self.our_id
        matched = waiting.matched_entry(work, self.record.id) if self.record is not None else None
        entry_id = matched or verdicts.entry_of(work, authority_id, portal, theirs)
        if entry_id is None or is_in_scope(work, RecordKind.ENTRY, entry_id):
            return entry_id
        self.why = said("It is on entry {entry}, which is nothing of ours.", entry=str(entry_id))
        return None

    def _is_ours(self, work: Work, kind: RecordKind, our_id: int) -> bool:
        return (self.record is not None and self.record.our_id == our_id) or is_in_scope(work, kind, our_id)


def _locked(work: Work, record: Any | None) -> Any | None:
    """A row of the sync ledger as it is once nobody else is at it."""
    if record is None:
        return None
    return work.one(select(PortalRecord).where(PortalRecord.c.id == record.id).with_for_update())


def _is_older(record: Any, theirs: Theirs, is_listing: bool) -> bool:
    if not record.theirs_digest:
        return False
    is_same = theirs.external_id in ("", record.external_id) or not record.external_id
    before, now = record.their_version, theirs.version
    if is_same and all(one.isascii() and one.isdecimal() for one in (before, now)):
        return int(now) < int(before)
    if (is_same and is_listing) or None in (record.their_changed_at, theirs.changed_at):
        return False
    # Two records of theirs can be about one of ours, like two decisions on an entry: a listing has both, in any order.
    skew = timedelta(0) if is_listing else SKEW
    return bool(theirs.changed_at < record.their_changed_at - skew)


def _is_known(coming: Coming, our_id: int | None) -> bool:
    """Whether this is what both sides last had alike, and nothing else is to be settled of it."""
    before, digest = coming.before, coming.theirs.digest
    return (
        before is not None
        and digest == before.theirs_digest == before.agreed
        and before.state in (standing.SAME, standing.UNDER_WAY, standing.STOPPED)
        and (our_id is not None or before.theirs_words_id == coming.words_id)
    )


def _decide(coming: Coming, our_id: int | None, entry_id: int | None) -> None:
    work, kind = coming.work, coming.theirs.kind
    if kind is RecordKind.ENTRY and our_id is None and coming.before is not None and coming.before.activity_id:
        made_there.recognise_submitted(work, coming.authority_id, coming.portal)
        there = standing.of_id(work, coming.record_id)
        our_id = there.our_id if there else None
    if our_id is not None and not (kind is RecordKind.EVIDENCE and _came_from_there(coming, our_id)):
        _hold_against_ours(coming, our_id)
    elif not coming.terms.agreements[kind].comes_in:
        standing.set_state(work, coming.record_id, standing.SAME)
    elif kind is RecordKind.ENTRY:
        _let_in(coming, lambda: made_there.take(coming))
    elif kind is RecordKind.EVIDENCE:
        _let_in(coming, lambda: evidence_in.take(coming, entry_id))
    else:
        why = (
            said("It is on an entry that nothing here matches.")
            if kind is RecordKind.VERDICT
            else said("It was made in the portal: enter it here, and the portal is told.")
        )
        waiting.put(work, coming.authority_id, coming.record_id, coming.theirs, why, coming.words_id)


def _hold_against_ours(coming: Coming, our_id: int) -> None:
    work, kind, theirs, terms, before = coming.work, coming.theirs.kind, coming.theirs, coming.terms, coming.before
    is_verdict = kind is RecordKind.VERDICT
    ours = ours_here(work, coming.authority_id, kind, our_id, terms)
    digest = ours.digest if ours else ""
    is_left = conflicts.left(work, [coming.record_id]).get(coming.record_id) == (digest, theirs.digest)
    merged = merge(
        before.agreed if before else "",
        digest,
        theirs.digest,
        terms.agreements[kind],
        can_take=is_verdict and takes_verdict(terms.verdicts, digest),
        newer=_newer(ours, theirs),
        is_left=is_left,
        is_answer=is_verdict and terms.verdicts is VerdictsTaken.SUGGESTION,
        is_legible=is_legible(kind, theirs.facts),
    )
    if merged.step is Step.ASK or merged.proposed:
        conflicts.notice(
            work,
            coming.record_id,
            ours=ours.fields if ours else None,
            ours_digest=digest,
            theirs={name: text for name, text in theirs.facts.items() if name in FIELDS[kind]},
            theirs_digest=theirs.digest,
            merged=merged,
        )
    state = before.state if before else standing.SAME
    under_way = standing.UNDER_WAY if state == standing.UNDER_WAY else standing.SAME
    match merged.step:
        case Step.TAKE:
            _let_in(coming, lambda: verdicts.take(coming, our_id))
        case Step.ASK:
            standing.set_state(work, coming.record_id, standing.CONFLICT)
        case Step.SEND:
            standing.set_state(work, coming.record_id, under_way, version="")
        case Step.NOTHING if digest == theirs.digest:
            waiting.found_its_place(work, coming.authority_id, coming.record_id)
            standing.set_state(work, coming.record_id, under_way, agreed=digest)
        case Step.NOTHING if is_verdict and not digest and terms.agreements[kind].comes_in and not is_left:
            _let_in(coming, lambda: verdicts.take(coming, our_id))  # suggested already, perhaps in other words
        case Step.NOTHING:
            pass


def _let_in(coming: Coming, taken: Callable[[], str]) -> None:
    """Have a record taken, or put it into the inbox with the reason; nothing stays of what was begun then."""
    work, theirs = coming.work, coming.theirs
    try:
        with work.connection.begin_nested():
            state = taken()
    except Refused as why:
        waiting.put(work, coming.authority_id, coming.record_id, theirs, str(why), coming.words_id)
    else:
        waiting.found_its_place(work, coming.authority_id, coming.record_id)
        standing.set_state(work, coming.record_id, state, agreed=theirs.digest)


def _hand_on(coming: Coming, place: _Place, record: Any) -> bool:
    """Have what was matched to an entry taken as of the record that is known of this entry already."""
    whose = (coming.work, coming.authority_id, coming.portal, coming.theirs.kind)
    there = _locked(coming.work, place.record)
    theirs = place.theirs
    record_id = standing.put(
        *whose,
        our_id=place.our_id,
        external_id=theirs.external_id,
        theirs=theirs.facts,
        theirs_words_id=coming.words_id,
        theirs_digest=theirs.digest,
        their_version=theirs.version,
        their_changed_at=theirs.changed_at,
    )
    standing.set_state(coming.work, record.id, standing.SAME)
    known = Coming(*whose[:3], coming.terms, record_id, there, theirs, coming.words_id)
    _decide(known, place.our_id, place.entry_id)
    return True


def _as_kept(work: Work, record: Any, terms: PortalTerms) -> Coming:
    """What was kept of theirs, as if it came now."""
    named = in_its_name(work, record.authority_id)
    theirs = kept(work, record)
    return Coming(named, record.authority_id, record.portal, terms, record.id, record, theirs, record.theirs_words_id)


def _came_from_there(coming: Coming, evidence_id: int) -> bool:
    row = coming.work.one(select(Evidence.c.portal).where(Evidence.c.id == evidence_id))
    return row is not None and row.portal == coming.portal


def _newer(ours: Ours | None, theirs: Theirs) -> Side | None:
    """Who changed it last, by clocks that may be wrong; None where nobody says."""
    if ours is None or theirs.changed_at is None:
        return None
    return Side.OURS if ours.at >= theirs.changed_at else Side.THEIRS
