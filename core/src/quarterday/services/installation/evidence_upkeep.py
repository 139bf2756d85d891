"""Keeping the evidence store in order: what nothing refers to, what is missing, and how it stands with scanning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import Trouble
from quarterday.evidence import Keeper, Outcome, Store
from quarterday.ports import Health, Verdict
from quarterday.services import scope
from quarterday.services.record import open_record
from quarterday.services.returns.evidencing import A_DAY, digests_in_use, open_keeper


@dataclass(frozen=True, slots=True)
class Stock:
    """What the store has beside what the record refers to."""

    files: int
    unused: frozenset[str]
    """Files that were kept and that no evidence refers to (an attaching that broke off, what was erased), a day old."""
    missing: frozenset[str]
    """Files that evidence refers to and that aren't there."""


def take_stock(uow: UnitOfWork, actor: Actor, store: Store) -> Stock:
    """Compare the store with the record, by digest; raises :class:`Refused` for anybody but the operator."""
    there = frozenset(store.digests())  # before the record is read: what is attached meanwhile is then referred to
    with uow.read(actor) as work:
        scope.only_the_operator(work)
        used = digests_in_use(work)
    ages = {digest: store.age(digest) for digest in there - used}
    unused = frozenset(digest for digest, age in ages.items() if age is not None and age > A_DAY)
    return Stock(len(there), unused, frozenset(used - there))


def sweep(uow: UnitOfWork, actor: Actor, store: Store) -> int:
    """Remove the files that nothing has referred to for a day; returns how many. Raises as :func:`take_stock`."""
    unused = take_stock(uow, actor, store).unused
    store.tidy(older_than=A_DAY)
    return sum(store.remove(digest, older_than=A_DAY) for digest in unused)


def examine() -> Iterator[Verdict]:
    """What ``quarterday doctor`` says of evidence."""
    try:
        keeper = open_keeper()
        with keeper.store.receive(BytesIO(b"a try"), "a try", most_bytes=10):
            pass
    except Trouble as trouble:
        yield Verdict(Health.WRONG, str(trouble), "No evidence can be attached until then.")
        return
    yield _scanning(keeper)
    try:
        stock = take_stock(open_record(), Actor.operator("doctor"), keeper.store)
    except Trouble:  # another check says what is wrong with the record
        yield Verdict(Health.GOOD, "the store can be written to")
        return
    if stock.missing:
        some = ", ".join(f"{digest[:12]}…" for digest in sorted(stock.missing)[:3])
        what = f"files that evidence refers to are missing: {len(stock.missing)} ({some})."
        yield Verdict(Health.WRONG, what, "Restore them from a backup.")
    if stock.unused:
        what = f"files in the store that no evidence refers to: {len(stock.unused)}."
        yield Verdict(Health.WARNING, what, "Run “quarterday evidence sweep”; it removes them.")
    if not stock.missing and not stock.unused:
        yield Verdict(Health.GOOD, f"what the record refers to is there; files kept: {stock.files}")


def _scanning(keeper: Keeper) -> Verdict:
    if keeper.scanner is None:
        to_do = "Say with “clamav” where ClamAV's daemon answers, so that viruses are found."
        return Verdict(Health.WARNING, "files aren't scanned.", to_do)
    scan = keeper.scanner.scan(BytesIO(b""))
    if scan.outcome is not Outcome.CLEAN:
        to_do = "Start it, or mend “clamav”; until then files are marked “not scanned”."
        return Verdict(Health.WRONG, f"files aren't scanned: {scan.what}.", to_do)
    return Verdict(Health.GOOD, "files are scanned by ClamAV")
