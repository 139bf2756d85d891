"""An authority's own words for its messages: list, preview, set, go back to the standard ones, send oneself a test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from quarterday.db.models import MessageTemplate, OutboxRow, Words
from quarterday.db.newest import newest
from quarterday.db.work import Actor, Priority, UnitOfWork, Work
from quarterday.domain.messages import NotATemplate, Written, write
from quarterday.domain.nearest import did_you_mean
from quarterday.domain.permissions import Permission
from quarterday.errors import NotThere, Refused
from quarterday.services import scope, words
from quarterday.services.messages.templates import EXAMPLES, OFFERED, standard_source, template_in
from quarterday.services.organisations.people import role_of

LONGEST = 10_000
"""How many characters a template may have: five pages."""

KINDS = tuple(kind for kind, offered in OFFERED.items() if not offered.is_the_installations)
"""The kinds of message that an authority may word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A kind of message, and how an authority words it."""

    kind: str
    title: str
    needed: tuple[str, ...]
    """The placeholders that it must have."""
    others: tuple[str, ...]
    """Those that it may have."""
    source: str
    """The template that holds, as it is written."""
    standard: str
    version: int
    """Goes up when it changes; 0 where the authority never changed it."""
    changed_at: datetime | None
    """When the authority's own words were set; None for the standard ones."""
    flaw: str = ""
    """Why its own words can't be used any more, so that the standard ones are; "" for those that can."""

    @property
    def is_own(self) -> bool:
        """Whether the authority words it itself."""
        return self.changed_at is not None


def wordings(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> list[Wording]:
    """Each kind of message that an authority may word, as it words it.

    Raises :class:`Refused` where there is no such authority in the actor's scope.
    """
    with uow.read(actor) as work:
        scope.authority(work, authority_id)
        return _wordings(work, authority_id)


def wording(uow: UnitOfWork, actor: Actor, *, authority_id: int, kind: str) -> Wording:
    """The same of one kind; raises :class:`~quarterday.errors.NotThere` for a kind there isn't."""
    _must_be(kind)
    return next(one for one in wordings(uow, actor, authority_id=authority_id) if one.kind == kind)


def preview(kind: str, source: str) -> Written:
    """A template filled with invented facts; raises :class:`Refused`, saying what to put right in it."""
    _must_be(kind)
    if len(source) > LONGEST:
        raise Refused("Shorten this to {most:,} characters.", most=LONGEST)
    try:
        return write(template_in(kind, source), EXAMPLES)
    except NotATemplate as problem:
        raise Refused(str(problem)) from problem


def word(
    uow: UnitOfWork, actor: Actor, *, authority_id: int, kind: str, source: str, seen: int | None = None
) -> Wording:
    """Have an authority's messages of a kind written by its own template from now on; returns how it stands.

    The standard template as it is goes back to the standard words, as an empty one does, and what holds already
    changes nothing. ``seen`` is the version on which the change is made. Raises :class:`Refused` for a template that
    can't be used, where somebody changed it since, and for who may not.
    """
    source = source.strip().replace("\r\n", "\n")
    if source:
        preview(kind, source)
    _must_be(kind)
    with uow.begin(actor) as work:
        _must_word(work, authority_id)
        work.take_turns(f"message/{authority_id}/{kind}")
        now = _of(work, authority_id, kind)
        own = "" if source == now.standard else source
        if own != (now.source if now.is_own else ""):
            if seen is not None and seen != now.version:
                raise Refused("Somebody changed these words since you opened them; look at them again.")
            words_id = words.keep(work, own)
            made = work.add(MessageTemplate, authority_id=authority_id, kind=kind, words_id=words_id)
            work.audit(authority_id, "message.worded", f"authority/{authority_id}", template=made, kind=kind)
        return _of(work, authority_id, kind)


def send_test(uow: UnitOfWork, actor: Actor, *, authority_id: int, kind: str, user_id: int) -> int:
    """Have a message of a kind sent to somebody of the authority, as it words it, with invented facts.

    Asked for again within the same second it is sent once. Returns the delivery's id. Raises :class:`Refused` for a
    kind there isn't, for somebody without a role there, and for who may not.
    """
    _must_be(kind)
    with uow.begin(actor) as work:
        _must_word(work, authority_id)
        if not role_of(work, user_id, authority_id=authority_id, day=work.today):
            raise Refused("A test goes to somebody who works for the authority.")
        key = f"test/{authority_id}/{kind}/{user_id}/{work.now:%Y%m%dT%H%M%S}"
        work.take_turns(key)
        there = work.one(select(OutboxRow.c.id).where(OutboxRow.c.key == key))
        if there is not None:
            return int(there.id)
        work.audit(authority_id, "message.tested", f"authority/{authority_id}", kind=kind, user=user_id)
        payload = {"user": user_id, "template": kind}
        return work.send("mail.test", key, payload, authority_id=authority_id, priority=Priority.PERSON_WAITS)


def _wordings(work: Work, authority_id: int) -> list[Wording]:
    rows = {
        row.kind: row
        for row in work.all(
            select(MessageTemplate.c.id, MessageTemplate.c.kind, MessageTemplate.c.recorded_at, Words.c.text)
            .outerjoin(Words, Words.c.id == MessageTemplate.c.words_id)
            .where(
                MessageTemplate.c.authority_id == authority_id,
                newest(MessageTemplate, MessageTemplate.c.authority_id, MessageTemplate.c.kind),
            )
        )
    }
    found = []
    for kind in KINDS:
        row, offered, standard = rows.get(kind), OFFERED[kind], standard_source(kind).strip()
        own = (row.text or "") if row else ""
        found.append(
            Wording(
                kind=kind,
                title=offered.title,
                needed=tuple(sorted(offered.needed)),
                others=tuple(sorted(offered.others)),
                source=own or standard,
                standard=standard,
                version=row.id if row else 0,
                changed_at=row.recorded_at if row and own else None,
                flaw=_flaw(kind, own) if own else "",
            )
        )
    return found


def _of(work: Work, authority_id: int, kind: str) -> Wording:
    return next(one for one in _wordings(work, authority_id) if one.kind == kind)


def _flaw(kind: str, own: str) -> str:
    try:
        template_in(kind, own)
    except NotATemplate as problem:
        return str(problem)
    return ""


def _must_be(kind: str) -> None:
    if kind not in KINDS:
        raise NotThere(
            "There is no message “{kind}” to word; {hint}",
            kind=kind[:40],
            hint=did_you_mean(kind, KINDS),
        )


def _must_word(work: Work, authority_id: int) -> None:
    scope.needs(work, Permission.WORD_MESSAGES)
    scope.authority(work, authority_id)
