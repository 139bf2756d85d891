"""What people at a council and its suppliers do in a soak, each act through the use case behind its page."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from io import BytesIO
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import Table, select

from quarterday import Refused, Trouble
from quarterday.db.models import Contract, Entry, Evidence, Review
from quarterday.db.newest import newest
from quarterday.domain.promises import Promise
from quarterday.services import words
from quarterday.services.portals import conflicts, deciding, inbox
from quarterday.services.promises import awards, ends
from quarterday.services.record import UnitOfWork
from quarterday.services.returns import reviews
from quarterday.services.returns.evidencing import (
    attach_file,
    attach_link,
    attach_statement,
    erase_evidence,
    open_keeper,
)
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR, a_contract, a_draft, a_return, a_submission, an_award

AUTHORITY = 1
ACTS = ("review", "review", "report", "amend", "vary", "end", "award", "erase", "settle", "file")
SECOND = ({"ref": "WEEKS", "quantity": "13", "activity": "Apprentice 1"}, {"ref": "GIFTS", "quantity": "100"})
REPORTED, NEXT = date(2026, 8, 1), date(2026, 11, 1)
"""A day in the quarter that was reported before, and one in the quarter that isn't over."""
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


class NothingToDo(Exception):
    """There is nothing that this could be done to."""


def act(uow: UnitOfWork, seed: int) -> dict[str, int]:
    """Do some of what people do; returns what was done, and how often."""
    chance, done = Random(seed), Counter[str]()
    builders._numbers = count(seed * 100)  # each act is in a process of its own, and no two people have one address
    for what in chance.sample(ACTS, chance.randint(0, 4)):
        with suppress(Trouble, NothingToDo):  # it was done before, or can't be done to what was drawn
            done.update({what: 1} if (told := _DO[what](uow, chance)) is None else told)
    return dict(done)


def _drawn(uow: UnitOfWork, chance: Random, table: Table, *where: Any) -> Any:
    with uow.read(OPERATOR) as work:
        found = work.all(select(table).where(*where).order_by(table.c.id))
    if not found:
        raise NothingToDo
    return chance.choice(found)


def _review(uow: UnitOfWork, chance: Random) -> None:
    entry = _drawn(uow, chance, Entry).id
    match chance.choice(("accept", "accept", "query", "query", "reject")):
        case "accept":
            reviews.accept(uow, OPERATOR, entry_id=entry)
        case "query":
            reviews.query(uow, OPERATOR, entry_id=entry, reason="Which part of it is ours?")
        case "reject":
            reviews.reject(uow, OPERATOR, entry_id=entry, reason="It was claimed before.")


def _report(uow: UnitOfWork, chance: Random) -> None:
    """The quarter that isn't over is reported, with what was drafted from the portal's claims."""
    return_id = a_return(uow, contract_id=_drawn(uow, chance, Contract).id, on=NEXT)
    drafts = [a_draft(uow, one, return_id=return_id) for one in chance.sample(SECOND, chance.randint(0, 2))]
    for draft in drafts:
        _back(uow, chance, return_id, draft)
    a_submission(uow, return_id=return_id)


def _back(uow: UnitOfWork, chance: Random, return_id: int, draft_id: int) -> None:
    to, number = {"return_id": return_id, "draft_id": draft_id}, chance.randrange(10**6)
    match chance.choice(("link", "file", "statement", "nothing")):
        case "link":
            attach_link(uow, OPERATOR, open_keeper(), **to, address=f"https://example.org/shown/{number}")
        case "file":
            file = BytesIO(PDF.replace(b"1.4", b"1.4 %% %d" % number))
            attach_file(uow, OPERATOR, open_keeper(), **to, name=f"letter {number}.pdf", stream=file)
        case "statement":
            attach_statement(uow, OPERATOR, open_keeper(), **to, text=f"We were there, {number} of us.")


def _amend(uow: UnitOfWork, chance: Random) -> None:
    """A supplier changes what the council asked about, with evidence perhaps."""
    asked = (Review.c.decision == "queried", newest(Review, Review.c.entry_id))
    entry_id = _drawn(uow, chance, Review, *asked).entry_id
    entry = _drawn(uow, chance, Entry, Entry.c.id == entry_id)
    typed = {"ref": entry.ref, "quantity": f"{chance.randint(1, 80) / 4:g}"}
    typed |= {"activity": "Apprentice 1"} if entry.ref == "WEEKS" else {}
    draft = a_draft(uow, typed, return_id=entry.return_id, replaces_entry_id=entry.id)
    _back(uow, chance, entry.return_id, draft)
    a_submission(uow, return_id=entry.return_id)


def _vary(uow: UnitOfWork, chance: Random) -> None:
    """What is promised changes, and now and then a measure more is."""
    ref = chance.choice(("WEEKS", "GIFTS", "JOBS", "ACCESS", "INVESTED"))
    promise = {ref: Promise(str(chance.randint(100, 3000)))}
    contract = _drawn(uow, chance, Contract).id
    awards.vary(uow, OPERATOR, contract_id=contract, promises=promise, reason="As it was agreed.")


def _end(uow: UnitOfWork, chance: Random) -> None:
    last = date(2028, 3, 31) + timedelta(days=chance.randint(1, 60))
    contract = _drawn(uow, chance, Contract).id
    ends.change_end(uow, OPERATOR, contract_id=contract, ends=last, reason="As it was agreed.")


def _award(uow: UnitOfWork, chance: Random) -> None:
    """A contract more, with what is promised, and now and then its first return."""
    contract = a_contract(uow, authority_id=AUTHORITY, reference=f"NM-{chance.randrange(10**6)}")
    refs = chance.sample(sorted(builders.PROMISES), 2)
    an_award(uow, contract_id=contract, promises={ref: builders.PROMISES[ref] for ref in refs})
    if chance.random() < 0.5:
        a_submission(
            uow, {"ref": "GIFTS", "quantity": "75"}, return_id=a_return(uow, contract_id=contract, on=REPORTED)
        )


def _erase(uow: UnitOfWork, chance: Random) -> None:
    """What somebody wrote of an entry is erased, or a piece of evidence."""
    if chance.random() < 0.5:
        erase_evidence(uow, OPERATOR, open_keeper(), evidence_id=_drawn(uow, chance, Evidence).id)
        return
    words_id = _drawn(uow, chance, Entry, Entry.c.words_id.is_not(None)).words_id
    with uow.begin(OPERATOR) as work:
        words.erase(work, words_id)


def _settle(uow: UnitOfWork, chance: Random) -> dict[str, int]:
    return settled(uow, chance)


def _file(uow: UnitOfWork, chance: Random) -> dict[str, int]:
    return filed(uow, chance, may_match=0.7)


def settled(uow: UnitOfWork, chance: Random) -> dict[str, int]:
    """Settle every conflict that is shown, for one of the two sides where that is possible."""
    told = Counter[str]()
    for conflict in conflicts.conflicts(uow, OPERATOR, authority_id=AUTHORITY, most=1000):
        sides = [one for one in conflict.decisions if one != conflicts.LEAVE]
        for decision in (*chance.sample(sides, len(sides)), conflicts.LEAVE):
            with suppress(Refused):  # like an acceptance over there of more than was claimed here
                deciding.settle(uow, OPERATOR, conflict_id=conflict.id, decision=decision, reason="We looked at both.")
                told[f"settled: {decision}"] += 1
                break
    return dict(told)


def filed(uow: UnitOfWork, chance: Random, *, may_match: float) -> dict[str, int]:
    """File everything that waits in the inbox: match it to an entry, which nothing may hinder, or set it aside."""
    told = Counter[str]()
    for waiting in inbox.inbox(uow, OPERATOR, authority_id=AUTHORITY, most=1000):
        outcome = inbox.SET_ASIDE
        if waiting.can_match and chance.random() < may_match:
            with suppress(Refused, NothingToDo):
                entry = _drawn(uow, chance, Entry).id
                inbox.file(uow, OPERATOR, inbox_id=waiting.id, outcome=inbox.MATCHED, entry_id=entry)
                outcome = inbox.MATCHED
        if outcome == inbox.SET_ASIDE:
            inbox.file(uow, OPERATOR, inbox_id=waiting.id, outcome=outcome, reason="Nobody needs it.")
        told[f"inbox: {waiting.kind} {outcome}"] += 1
    return dict(told)


_DO = {
    "review": _review,
    "report": _report,
    "amend": _amend,
    "vary": _vary,
    "end": _end,
    "award": _award,
    "erase": _erase,
    "settle": _settle,
    "file": _file,
}
