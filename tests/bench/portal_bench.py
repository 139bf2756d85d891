"""Bench: records sent to a portal against a bare loop of ``requests``, and a run in which nothing is to do against the
bare query that finds so.

1. 50,000 entries that changed are sent, by all that a run has: looked at, written down, sent through the plugin's
   process and its mapping, settled. The yardstick posts the same batches as JSON, one after the other in one session,
   to the same sort of simulated portal, with its records on the disk. Each has a portal of its own, started afresh.
   Goal: 1.3 × its time.
2. A whole run over 20,000 contracts with all that hangs on them, of which nothing changed, against one query for each
   kind that joins the sync ledger to the facts a version rests on. Both sides know all of it. Goal: 2 × its time.

Both run in turn on one record; the ratios printed are the medians of the pairs. ``--quick`` takes a tenth of it.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "record"))

import requests
from generator import Size, records
from sqlalchemy import Engine, text

from quarterday.db.models import PortalRecord
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.portal_records import RecordKind
from quarterday.ports import PortalTerms
from quarterday.services.background.syncing import sync
from quarterday.services.plugins.children import Children, Terms
from quarterday.services.portals import parcels, runs
from quarterday.services.portals.ours import changed, everything, ours_of
from quarterday.services.portals.parcels import Batch
from quarterday.services.portals.sending import Sending
from quarterday_portal_sync.portal import Portal
from quarterday_portal_sync.portal_settings import PortalSettings
from quarterday_portal_sync.simulator.shapes import KPIS
from quarterday_portal_sync.simulator.testing import KEY, SimulatedPortal

PAIRS, SEND_GOAL, NOTHING_GOAL = 3, 1.3, 2.0
PORTAL, ACTOR = "portal", Actor.operator("bench")


def mapping(folder: Path, *kinds: str) -> Path:
    """The simulator's mapping for some kinds of record, with codes for the measures of a generated record."""
    whole = (files("quarterday_portal_sync") / "mappings" / "simulator.toml").read_text()
    tables = re.split(r"\n(?=\[)", whole)
    wanted = ("exchange", "web", *kinds)
    kept = [tables[0], *(one for one in tables[1:] if re.match(rf"\[({'|'.join(wanted)})[.\]]", one))]
    codes = [f'M{number} = "{code}"' for number, code in enumerate(KPIS)]
    path = folder / "mapping.toml"
    path.write_text("\n".join([*kept, '[measures."generated/1"]', *codes]))
    return path


class Bench:
    """A record, and what is sent from it."""

    def __init__(self, engine: Engine, children: Children, folder: Path) -> None:
        self.uow, self.children, self.folder = UnitOfWork(engine), children, folder
        self.portals = 0

    @contextmanager
    def portal(self) -> Iterator[SimulatedPortal]:
        """A new portal, empty."""
        self.portals += 1
        found = SimulatedPortal(self.folder / f"portal-{self.portals}")
        found.start()
        try:
            yield found
        finally:
            found.close()

    def settings(self, portal: SimulatedPortal, mapped: Path) -> dict[str, str]:
        """What must be known of it."""
        return {"transport": "web", "web_address": portal.url, "web_key": KEY, "mapping": str(mapped)}

    def sending(self, settings: dict[str, str]) -> Sending:
        """The sending of one run, with the plugin's process at hand."""
        for name, value in settings.items():
            os.environ[f"QUARTERDAY_PORTAL_SYNC__{name.upper()}"] = value
        terms = self.children.terms(Terms(PORTAL, settings, 1))
        with self.uow.begin(ACTOR) as work:
            run_id = runs.begin(work, 1, PORTAL, "sync", "bench", terms=terms)
        return Sending(self.uow, self.children, ACTOR, PORTAL, 1, terms, run_id)

    def bodies(self, settings: dict[str, str], terms: PortalTerms) -> Iterator[object]:
        """What a run would post, batch by batch."""
        portal = Portal(PortalSettings(**settings))
        after = 0
        with self.uow.read(ACTOR) as work:
            while ids := changed(work, 1, PORTAL, RecordKind.ENTRY, terms, after=after, most=terms.batch):
                after = ids[-1]
                found = ours_of(work, 1, RecordKind.ENTRY, ids, terms)
                going = [
                    parcels.going(one, one.digest, send=f"entry-{one.id}-1-{one.digest[:12]}", external_id="", seen="")
                    for one in found.values()
                ]
                batch = Batch(after, f"batch-{after}", RecordKind.ENTRY, tuple(going))
                sent = portal.rehearse(parcels.parcel(batch, terms, _nothing).document, "key")
                yield json.loads(sent.content.partition(b"\n\n")[2])


def _nothing() -> None:
    raise AssertionError


def bare(portal: SimulatedPortal, bodies: list[object]) -> float:
    """How long posting them takes."""
    before = time.perf_counter()
    with requests.Session() as session:
        session.trust_env = False
        session.headers["X-Api-Key"] = KEY
        for body in bodies:
            answer = session.post(f"{portal.url}/v1/entries/batch", json=body)
            answer.raise_for_status()
            assert len(answer.json()["results"]) == len(body["records"])  # type: ignore[index]
    return time.perf_counter() - before


def sent(sending: Sending, entries: int) -> float:
    """How long a run's sending takes."""
    before = time.perf_counter()
    sending.changes()
    took = time.perf_counter() - before
    assert sending.done.taken == entries, sending.done
    return took


def forget(engine: Engine) -> None:
    """As if nothing had ever been sent."""
    with engine.begin() as connection:
        for table in ("portal_record", "portal_batch"):
            connection.execute(text(f"DELETE FROM {table}"))


def sending(size: Size, children: Children) -> bool:
    """Print how sending compares; whether the goal is met on each database."""
    met = True
    for database, engine in records(size):
        with tempfile.TemporaryDirectory() as name:
            bench = Bench(engine, children, Path(name))
            mapped = mapping(bench.folder, "entries")
            with engine.begin() as connection:
                connection.execute(text(f"UPDATE entry SET ref = 'M' || (id % {len(KPIS)})"))
            pairs = []
            for _ in range(PAIRS):
                forget(engine)
                with bench.portal() as ours, bench.portal() as theirs:
                    run = bench.sending(bench.settings(ours, mapped))
                    bodies = list(bench.bodies(bench.settings(theirs, mapped), run.terms))
                    gc.collect()
                    gc.freeze()  # no worker has all of them in its memory, to be looked through time and again
                    pairs.append((sent(run, size.entries), bare(theirs, bodies)))
                    del bodies
                    gc.unfreeze()
            ratio = statistics.median(mine / yardstick for mine, yardstick in pairs)
            mine, yardstick = (statistics.median(side) for side in zip(*pairs, strict=True))
            print(
                f"{size.entries:,} entries sent / a bare loop of requests, {database}: {ratio:.2f} "
                f"(goal <= {SEND_GOAL:g}; {mine:.2f} s / {yardstick:.2f} s)",
                flush=True,
            )
            met = met and ratio <= SEND_GOAL
    return met


BARE = {
    "contract": """
        SELECT count(*) FROM contract c
        JOIN contract_authority held ON held.contract_id = c.id AND held.authority_id = 1
        LEFT JOIN contract_party lead ON lead.contract_id = c.id AND lead.role = 'lead' AND lead.is_in
        LEFT JOIN portal_record r ON r.authority_id = 1 AND r.portal = 'portal' AND r.kind = 'contract'
            AND r.our_id = c.id
        WHERE r.id IS NULL OR r.version <> held.id || '.'
            || coalesce((SELECT max(e.id) FROM contract_end e WHERE e.contract_id = c.id), 0) || '.'
            || coalesce(lead.id, 0) || '.'
            || coalesce((SELECT max(i.id) FROM supplier_identifier i WHERE i.supplier_id = lead.supplier_id), 0)""",
    "commitment": """
        SELECT count(*) FROM commitment c
        JOIN contract_authority held ON held.contract_id = c.contract_id AND held.authority_id = 1
        LEFT JOIN portal_record r ON r.authority_id = 1 AND r.portal = 'portal' AND r.kind = 'commitment'
            AND r.our_id = c.id
        WHERE r.id IS NULL OR r.version <> held.id || '.'
            || (SELECT max(t.id) FROM target t WHERE t.commitment_id = c.id)""",
    "entry": """
        SELECT count(*) FROM entry e
        JOIN contract_authority held ON held.contract_id = e.contract_id AND held.authority_id = 1
        LEFT JOIN portal_record r ON r.authority_id = 1 AND r.portal = 'portal' AND r.kind = 'entry'
            AND r.our_id = e.id
        WHERE r.id IS NULL OR r.version <> CAST(held.id AS TEXT)""",
    "verdict": """
        SELECT count(*) FROM entry e
        JOIN contract_authority held ON held.contract_id = e.contract_id AND held.authority_id = 1
        JOIN (SELECT entry_id, max(id) AS id FROM review WHERE decision <> 'answered' GROUP BY entry_id) d
            ON d.entry_id = e.id
        LEFT JOIN portal_record r ON r.authority_id = 1 AND r.portal = 'portal' AND r.kind = 'verdict'
            AND r.our_id = e.id
        WHERE r.id IS NULL OR r.version <> CAST(d.id AS TEXT)""",
}
"""What must be asked at the least: nothing of when a fact holds, what was replaced, or what is under way."""


def know_all(uow: UnitOfWork, terms: PortalTerms) -> None:
    """As if all had gone out and nothing had changed since."""
    blank = dict.fromkeys(("why", "sent_key", "agreed", "theirs_digest", "their_version"), "")
    same = {"authority_id": 1, "portal": PORTAL, "state": "same", "sends": 1, "external_id": "P", **blank}
    with uow.begin(ACTOR) as work:
        for kind in RecordKind:
            found = everything(work, 1, kind, terms)
            while some := list(islice(found, 5_000)):
                rows = [{**same, "kind": str(kind), "our_id": one.id, "version": one.version} for one in some]
                work.add_all(PortalRecord, rows)


def nothing(size: Size, children: Children) -> bool:
    """Print how a run with nothing to do compares; whether the goal is met on each database."""
    met = True
    for database, engine in records(size):
        with tempfile.TemporaryDirectory() as name, (bench := Bench(engine, children, Path(name))).portal() as portal:
            mapped = mapping(bench.folder, "contracts", "commitments", "entries", "evidence", "verdicts")
            know_all(bench.uow, bench.sending(bench.settings(portal, mapped)).terms)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
            pairs = []
            for _ in range(PAIRS + 1):
                before = time.perf_counter()
                run = sync(bench.uow, children, portal=PORTAL, authority_id=1, actor_name="bench")
                took = time.perf_counter() - before
                assert run.counts["sent"] == run.counts["read"] == 0, run
                before = time.perf_counter()
                with engine.connect() as connection:
                    assert {connection.execute(text(one)).scalar() for one in BARE.values()} == {0}
                pairs.append((took, time.perf_counter() - before))
        ratio = statistics.median(ours / theirs for ours, theirs in pairs[1:])
        ours, theirs = (statistics.median(side) for side in zip(*pairs[1:], strict=True))
        print(
            f"nothing to do over {size.contracts:,} contracts, {size.entries:,} entries / the bare query, {database}: "
            f"{ratio:.2f} (goal <= {NOTHING_GOAL:g}; {ours:.2f} s / {theirs:.2f} s)",
            flush=True,
        )
        met = met and ratio <= NOTHING_GOAL
    return met


def main() -> int:
    """Print the ratios; 1 when one misses its goal."""
    words = argparse.ArgumentParser()
    words.add_argument("--quick", action="store_true")
    part = 10 if words.parse_args().quick else 1
    with tempfile.TemporaryDirectory() as folder, Children() as children:
        os.environ["QUARTERDAY_DATA_DIR"] = folder
        met = [sending(Size(2_500 // part, 5), children), nothing(Size(20_000 // part, 2), children)]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
