"""What is agreed about the files of a feed: how they are read, and what a month that is there already does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from quarterday import Refused
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger.offered import MAPPINGS
from quarterday_erp_import.ledger.tables import Batch, Feed, Incoming

if TYPE_CHECKING:
    from pathlib import Path

    from quarterday.db.work import Work
    from quarterday_erp_import.reading import Settled

ASK, REPLACE, ASSUME = "ask", "replace", "assume"
_MOST = 60


@dataclass(frozen=True, slots=True)
class FeedRule:
    """What is agreed about the files of one feed."""

    feed: str
    on_same_period: str = ASK
    """What a file of months that are there already does: “ask”, or “replace” those."""
    on_doubt: str = ASK
    """What a file that leaves something open does: “ask”, or “assume” what is likeliest."""
    mapping: str = ""
    """The mapping its files are read by; "" where each is understood by itself."""
    settled: Mapping[str, Any] = field(default_factory=dict)
    """What people answered, as :class:`~quarterday_erp_import.reading.Settled` has it."""
    days: int | None = None
    """How many days after one file the next should be there; None where nobody said."""


def feed_name(name: str) -> str:
    """The name of a feed, spaces tidied; raises :class:`Refused` for one that is blank or longer than 60 characters."""
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= _MOST or not tidy.isprintable():
        raise Refused("Give the feed a name of at most {most} characters, like “cards”.", most=_MOST)
    return tidy


def feeds(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> list[FeedRule]:
    """The feeds of an authority, by name: those that something is agreed about, and those that files came for."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        names = {
            row.feed
            for table in (Feed, Batch, Incoming)
            for row in work.all(select(table.c.feed).where(table.c.authority_id == authority_id).distinct())
        }
        return [rule_of(work, authority_id, name) for name in sorted(names)]


def agree_on_feed(
    uow: UnitOfWork,
    actor: Actor,
    *,
    authority_id: int,
    feed: str,
    on_same_period: str | None = None,
    on_doubt: str | None = None,
    mapping: str | None = None,
    days: int | None = None,
    answers: Sequence[str] = (),
) -> FeedRule:
    """Agree on how the files of a feed are taken; what isn't given stays as it is. Returns what is agreed now.

    ``mapping`` is the name of one that was saved, or "" for none; ``days`` 0 has no file expected; ``answers`` settle
    what files leave open, each ``KEY=VALUE``. Raises :class:`Refused` for a value that there isn't, and a mapping that
    isn't there.
    """
    if on_same_period not in (None, ASK, REPLACE):
        raise Refused("Say “ask” or “replace” for files of a period that is there already.")
    if on_doubt not in (None, ASK, ASSUME):
        raise Refused("Say “ask” or “assume” for what a file leaves open.")
    if days is not None and not 0 <= days <= 3660:
        raise Refused("Give the days from one file to the next, from 1 to 3660; 0 where none is expected.")
    if mapping:
        _require_mapping(mapping)
    given = {"on_same_period": on_same_period, "on_doubt": on_doubt, "mapping": mapping, "days": days}
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        name = feed_name(feed)
        if answers:
            settle(work, authority_id, name, answers)
        return _agree(work, authority_id, name, {key: one for key, one in given.items() if one is not None})


def settle(work: Work, authority_id: int, feed: str, answers: Sequence[str]) -> None:
    """The step that keeps answers for the files of a feed to come, each ``KEY=VALUE``; raises :class:`Refused`."""
    from dataclasses import asdict

    from quarterday_erp_import.reading import Settled

    known = Settled(**rule_of(work, authority_id, feed).settled)
    _agree(work, authority_id, feed, {"settled": asdict(known.answering(answers))})


def settled(rule: FeedRule, mappings: Path) -> Settled:
    """How the files of a feed are read: as its mapping in that folder says, and over that as people answered.

    Raises :class:`Refused` where the mapping is gone or can't be read.
    """
    from dataclasses import replace

    from quarterday_erp_import.reading import Settled, read_settled, saved

    base = read_settled(saved(rule.mapping, mappings)) if rule.mapping else Settled()
    said = {key: value for key, value in rule.settled.items() if value}
    return replace(base, **{**said, "columns": {**base.columns, **said.get("columns", {})}})


def rule_of(work: Work, authority_id: int, feed: str) -> FeedRule:
    """What is agreed about a feed; what nobody said is as :class:`FeedRule` has it."""
    names = [name for name in FeedRule.__dataclass_fields__ if name != "feed"]
    said_last = (
        select(*[Feed.c[name] for name in names])
        .where(Feed.c.authority_id == authority_id, Feed.c.feed == feed)
        .order_by(Feed.c.id.desc())
        .limit(1)
    )
    row = work.one(said_last)
    return FeedRule(feed, **{name: value for name, value in row._mapping.items() if value} if row else {})


def _agree(work: Work, authority_id: int, feed: str, given: Mapping[str, Any]) -> FeedRule:
    work.take_turns(f"erp_import/feed/{authority_id}")
    before = rule_of(work, authority_id, feed)
    names = [name for name in FeedRule.__dataclass_fields__ if name != "feed"]
    now = {**{name: getattr(before, name) for name in names}, **given}
    row = work.add(Feed, authority_id=authority_id, feed=feed, actor=work.actor.name, **now)
    work.audit(authority_id, "spend.feed", f"feed/{row}", replace=now["on_same_period"] == REPLACE)
    return rule_of(work, authority_id, feed)


def _require_mapping(name: str) -> None:
    """Raise :class:`Refused` where there is no mapping of that name."""
    from quarterday_erp_import.reading import saved

    saved(name, installed_mappings())


def installed_mappings() -> Path:
    """The folder of this installation with the mappings that a council keeps."""
    from quarterday.services.record import installation_settings

    return installation_settings().data_dir / MAPPINGS
