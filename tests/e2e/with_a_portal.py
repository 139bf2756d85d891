"""What the town exchanged with a portal: a claim that both have otherwise, a decision that is suggested, a record that
found no place, and both sides compared."""

from __future__ import annotations

from pathlib import Path

from quarterday import Agreement, Direction, Item, Owner, PortalTerms, RecordKind
from quarterday.registry import installed
from quarterday.services.plugins.configuring import configure
from quarterday.services.portals import conflicts, door, inbox, runs
from quarterday.services.portals.compared import Difference, Reconciliation, Tally, Total, Which
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR

PORTAL = "portal"
TERMS = PortalTerms(
    {
        RecordKind.ENTRY: Agreement(Direction.BOTH, Owner.NEWEST),
        RecordKind.VERDICT: Agreement(Direction.IN, Owner.THEIRS),
    },
    mapping="made up",
)


def an_exchange(uow: UnitOfWork, folder: Path, authority: int, entry: int) -> dict[str, int]:
    """The scene of an authority's exchange: what of it waits for somebody."""
    configure(
        uow,
        OPERATOR,
        installed(),
        authority_id=authority,
        plugin="portal_sync",
        answers={"transport": "folder", "exchange_folder": str(folder), "mapping": "simulator"},
    )
    claim = {"contract": "NM-999", "measure": "NT1", "unit": "FTE", "first": "2026-07-01", "last": "2026-09-30"}
    said = [
        ("entry", f"C-{entry}", f"entry/{entry}", {**claim, "quantity": "7.5", "share": "1"}),
        ("entry", f"C-{entry}0", "", {**claim, "quantity": "2", "share": "1"}),
        ("verdict", f"V-{entry}", "", {"entry": str(entry), "decision": "rejected", "quantity": ""}),
    ]
    with uow.begin(OPERATOR) as work:
        run = runs.begin(work, authority, PORTAL, "sync", "worker", terms=TERMS)
        for record, name, key, fields in said:
            payload = {
                "record": record,
                "external_id": name,
                "key": key,
                "fields": fields,
                "words": "Told by phone.",
                "unknown": {"colour": "Mauve"},
                "version": "1",
                "changed_at": work.now.isoformat(),
                "trouble": "",
            }
            item = Item(f"{name}@1", "portal-record", payload, name)
            door.take(work, authority, item, portal=PORTAL, terms=TERMS, run_id=run)
        runs.end(work, run, {"read": 3})
        compared = runs.begin(work, authority, PORTAL, "reconcile", "worker", terms=TERMS)
        found = Reconciliation(compared, PORTAL, work.now, listed=3, rejected=1)
        found.tallies.append(Tally(RecordKind.ENTRY, ours=2, theirs=2, alike=1, different=1, stopped=1, unmapped=1))
        found.totals.append(Total(RecordKind.ENTRY, "NT1", "FTE", stopped=1, unread=1))
        found.differences.append(
            Difference(RecordKind.ENTRY, Which.DIFFERENT, f"entry/{entry}", f"C-{entry}", ("quantity",))
        )
        runs.end(work, compared, found.counts())
    of = {"authority_id": authority}
    differing, *_ = conflicts.conflicts(uow, OPERATOR, **of)
    waiting, *_ = inbox.inbox(uow, OPERATOR, **of)
    return {"conflict_id": differing.id, "inbox_id": waiting.id}
