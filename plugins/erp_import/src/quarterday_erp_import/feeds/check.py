"""What ``quarterday doctor`` says of spend feeds: which has brought nothing for too long, and what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from quarterday import Health, NotConfigured, Verdict, numbered, said

if TYPE_CHECKING:
    from quarterday.db.work import Work
    from quarterday.services.record import UnitOfWork

PATIENCE = timedelta(days=3)
"""How long a file may wait for a person before somebody is told."""


class SpendFeeds:
    """Whether spend files come, and are read."""

    title: str = said("Spend feeds")

    def run(self) -> Iterator[Verdict]:
        """What is wrong with each authority's feeds; nothing where no spend file ever came."""
        from quarterday.services.record import open_record

        try:
            uow = open_record(plugin="erp_import")
        except NotConfigured:
            return  # the record's own check says so
        yield from verdicts(uow)


def verdicts(uow: UnitOfWork) -> Iterator[Verdict]:
    """The findings on a record."""
    from quarterday.services import scope
    from quarterday.services.record import Actor

    with uow.read(Actor.operator("doctor")) as work:
        councils = {one.id: one for one in scope.authorities(work)}
        late = list(_late(work))
        waiting = _waiting(work)
    for authority_id, feed, days in late:
        if authority_id in councils:
            key = councils[authority_id].key
            what = "{key}: no file of “{feed}” came in the last {days} days."
            to_do = "Look what is there with “quarterday spend feeds check --authority {key}”."
            yield Verdict(Health.WARNING, said(what, key=key, feed=feed, days=days), said(to_do, key=key))
    for authority_id, number in sorted(waiting.items()):
        if authority_id in councils:
            key = councils[authority_id].key
            one, many = "{key}: {n} file waits for a person.", "{key}: {n} files wait for a person."
            to_do = said("See “quarterday spend feeds files --authority {key}”, or the ledger's pages.", key=key)
            yield Verdict(Health.WARNING, numbered(number, one, many, key=key), to_do)
    if not late and not waiting and councils:
        yield Verdict(Health.GOOD, said("no feed is late, and no file waits for a person"))


def _late(work: Work) -> Iterator[tuple[int, str, int]]:
    """The feeds that have brought nothing for longer than was said, with the days."""
    from sqlalchemy import func, select

    from quarterday_erp_import.feeds.rules import rule_of
    from quarterday_erp_import.ledger.tables import Batch, Feed, Incoming

    for authority_id, feed in work.all(select(Feed.c.authority_id, Feed.c.feed).distinct()):
        days = rule_of(work, authority_id, feed).days
        newest = [
            work.connection.execute(
                select(func.max(table.c.recorded_at)).where(table.c.authority_id == authority_id, table.c.feed == feed)
            ).scalar()
            for table in (Incoming, Batch)
        ]
        came = max((moment for moment in newest if moment), default=None)
        if days and (came is None or came < work.now - timedelta(days=days)):
            yield authority_id, feed, days


def _waiting(work: Work) -> Counter[int]:
    """How many files of each authority have waited for a person for too long."""
    from quarterday_erp_import.feeds.incoming import State, in_states

    old = work.now - PATIENCE
    return Counter(one.authority_id for one in in_states(work, State.ASKS, State.REFUSED) if one.at < old)
