"""Exchanges with a portal that answers badly, by a worker that is killed, and looks at what each side has afterwards.

Run as ``python soaked_portal.py [--runs N] [--steps N] [--seed SEED]``: as many exchanges are gone through, each from
its own seed. In each, people work on both sides, the portal shows a mixture of faults, and the worker is killed with
``kill -9`` at a statement. Then the faults end, a person settles every conflict that is shown and files what waits in
the inbox, and the two sides are held against each other. What was lost, doubled or written over in silence is told,
with the words that repeat the run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import soaked_sides
from sqlalchemy import event, select

import quarterday_portal_sync
from quarterday import Trouble
from quarterday.db.engine import open_engine
from quarterday.db.models import Entry
from quarterday.db.schema import upgrade
from quarterday.registry import installed
from quarterday.services.background.syncing import sync
from quarterday.services.plugins.children import Children, PluginFault
from quarterday.services.plugins.configuring import configure
from quarterday.services.portals import conflicts, deciding, inbox
from quarterday.services.portals.reconciling import reconcile
from quarterday.services.promises import ends
from quarterday.services.record import UnitOfWork
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR, a_contract, a_return, a_submission, an_authority, an_award
from quarterday.testing.clock import Clock
from quarterday_portal_sync.simulator.testing import KEY, SimulatedPortal

AUTHORITY, CONTRACT = 1, 1
BEGINS = datetime(2026, 11, 2, 9, tzinfo=UTC)
STEPS = 4
MOMENTS = 250
"""A worker is killed before one of so many statements or commits of its own, or it ends before that."""
ROUNDS = 12
"""After so many rounds without faults both sides have come to rest, or something is wrong."""
CODES = {"JOBS": "JOB-LOC", "WEEKS": "APP-WKS", "GIFTS": "GIV-VCS", "ACCESS": "SUP-WRK"}
UNITS = {"JOBS": "FTE", "WEEKS": "weeks", "GIFTS": "£", "ACCESS": "employees with access"}
FIRST = (
    {"ref": "WEEKS", "quantity": "12", "activity": "Apprentice 1"},
    {"ref": "WEEKS", "quantity": "6.5", "activity": "Apprentice 2"},
    {"ref": "GIFTS", "quantity": "250.10", "words": "Given to the food bank."},
    {"ref": "ACCESS", "quantity": "40"},
    {"ref": "WASTE", "quantity": "62.5"},  # it has no counterpart there
)
SECOND = ({"ref": "WEEKS", "quantity": "13", "activity": "Apprentice 1"}, {"ref": "GIFTS", "quantity": "100"})
THERE = ("verdict", "verdict", "claim", "change", "delete", "evidence")
FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"seconds": 0.02},
    "failed": {},
    "unavailable": {},
    "busy": {"seconds": 0.0},
    "lost": {},
    "truncated": {},
    "html": {},
    "reordered": {},
    "duplicated": {},
    "renamed": {"field": "amount", "answers": 2},
    "retyped": {"field": "amount", "answers": 2},
    "expired": {},
    "skewed": {},
}

Told = dict[str, Any]


def main() -> int:
    """Go through as many exchanges as are asked for; returns 1 where one went wrong."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=1)
    asked.add_argument("--steps", type=int, default=STEPS)
    asked.add_argument("--seed", type=int, default=Random().randrange(10**9))
    asked.add_argument("--careless", action="store_true", help=argparse.SUPPRESS)
    said = asked.parse_args()
    numbers: Counter[str] = Counter()
    wrong, began = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        laid_down = Path(name) / "record.db"
        apart(partial(lay_down, laid_down))
        for seed in range(said.seed, said.seed + said.runs):
            folder = Path(name) / str(seed)
            folder.mkdir()
            shutil.copy(laid_down, folder / "record.db")
            try:
                found = Exchange(folder, seed).gone_through(said.steps, numbers, careless=said.careless)
            except Exception:
                found = [traceback.format_exc()]
            wrong += bool(found)
            for sentence in found:
                tell(f"seed {seed}: {sentence}")
            if found:
                tell(f"repeat it: python {sys.argv[0]} --steps {said.steps} --seed {seed}")
            shutil.rmtree(folder)
    counted = ", ".join(f"{what} {number}" for what, number in sorted(numbers.items()))
    tell(f"{said.runs} exchanges in {time.monotonic() - began:.0f} s, {wrong} wrong; {counted}")
    return int(wrong > 0)


def tell(sentence: str) -> None:
    """Say it now: a soak takes long."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def apart(work: Callable[[], Told]) -> Told | None:
    """What some work says in a process of its own; None where that was killed. Raises where it failed by itself."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, json.dumps(work()).encode())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)  # nothing of the parent's is cleared away here
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"what was done apart ended with {code}")
    return dict(json.loads(said)) if code == 0 else None


def lay_down(record: Path) -> Told:
    """A record with a council, a contract with commitments, and a quarter that was reported."""
    engine = open_engine(f"sqlite:///{record}")
    upgrade(engine)
    uow = UnitOfWork(engine, Clock(BEGINS))
    authority = an_authority(uow, key="northmoor")
    contract = an_award(uow, contract_id=a_contract(uow, authority_id=authority, reference="NM-1"))
    assert (authority, contract) == (AUTHORITY, CONTRACT)
    a_submission(uow, *FIRST, return_id=a_return(uow, contract_id=contract, on=date(2026, 8, 1)))
    engine.dispose()
    return {}


def mapping_for(chance: Random, file: Path) -> None:
    """The simulated portal's own mapping, for the measures of the tests, with another agreement now and then."""
    shipped = Path(quarterday_portal_sync.__file__).parent / "mappings" / "simulator.toml"
    measures = "\n".join(f'{ref} = {{ code = "{code}", unit = "{UNITS[ref]}" }}' for ref, code in CODES.items())
    theirs = re.compile(r'\[measures\."toms-rotherham.*?\n\n', re.S)
    text, replaced = theirs.subn(f'[measures."made-up/1"]\n{measures}\n\n', shipped.read_text())
    assert replaced == 1
    owner, evidence = chance.choice(("ours", "newest")), chance.choice(("link", "file"))
    text = re.sub(r'(?<=\[entries\]\ndirection = "both"\nowner = )"ours"', f'"{owner}"', text)
    text = re.sub(r'^verdicts = "\w+"', f'verdicts = "{chance.choice(("suggestion", "review"))}"', text, flags=re.M)
    text = re.sub(r'^evidence = "\w+"', f'evidence = "{evidence}"', text, flags=re.M)
    file.write_text(text)


class Exchange:
    """One exchange: a council's record, a portal, and a seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed, self.chance = folder, seed, Random(seed)
        os.environ["QUARTERDAY_DATA_DIR"] = str(folder / "data")
        os.environ["QUARTERDAY_SECRET_KEY"] = "a key of the soak, of as many characters as one needs"
        (folder / "data").mkdir()
        self.hours = count(1)
        self.with_tokens = self.chance.random() < 0.5
        self.portal = SimulatedPortal(folder / "portal", ["--oauth", "council:a secret"])
        self.by_people: list[Told] = []
        """The records as people in the portal left them, one for each act."""

    def uow(self) -> UnitOfWork:
        """The record, an hour later each time."""
        clock = Clock(BEGINS + timedelta(hours=next(self.hours)))
        return UnitOfWork(open_engine(f"sqlite:///{self.folder / 'record.db'}"), clock)

    def gone_through(self, steps: int, numbers: Counter[str], *, careless: bool = False) -> list[str]:
        """Go through it; counts what happened, and returns what is wrong in the end, a sentence each.

        ``careless`` does in the end what an exchange must never do, and must be found.
        """
        self.portal.start()
        try:
            mapping_for(self.chance, self.folder / "mapping.toml")
            apart(partial(self.set_up, self.uow()))
            assert apart(partial(self.synced, self.uow())) is not None
            for _ in range(steps):
                self.step(numbers)
            self.portal.faults()
            self.come_to_rest(numbers)
            if careless:
                self.be_careless()
            for kind, number in self.portal.counts().items():
                numbers[f"fault “{kind}”"] += number
            there = soaked_sides.There(
                self.portal.dump(), self.changes(), self.by_people, {code: ref for ref, code in CODES.items()}
            )
            uow = self.uow()
            found = apart(lambda: {"wrong": soaked_sides.wrong(uow, AUTHORITY, there)})
            assert found is not None
        finally:
            self.portal.close()
        wrong: list[str] = found["wrong"]
        for what in soaked_sides.WRONG:
            numbers[f"records {what}"] += sum(sentence.startswith(f"{what}:") for sentence in wrong)
        return wrong

    def be_careless(self) -> None:
        """Lose an entry, have another twice, and write over what a person left."""
        listed = self.portal.call("GET", "/v1/entries").json()["records"]
        one, other, third = [row for row in listed if row["our_ref"]][:3]
        self.portal.act("delete", claim=one["id"])
        fields = {name: text for name, text in other.items() if name not in ("id", "revision", "modifiedAt")}
        self.portal.send("entries", {**fields, "our_ref": "entry/99", "idempotency_key": "twice"})
        left = self.portal.act("change", claim=third["id"], amount="77")
        self.by_people.append(left)
        over = {"our_ref": third["our_ref"], "idempotency_key": "over", "if_version": str(left["revision"])}
        self.portal.send("entries", {**over, "amount": "78"})

    def set_up(self, uow: UnitOfWork) -> Told:
        """What the council sets for its portal."""
        answers = {
            "transport": "web",
            "mapping": str(self.folder / "mapping.toml"),
            "web_address": self.portal.url,
            "web_patience": 0.2,
            "batch": self.chance.choice((2, 3, 200)),
        }
        if self.with_tokens:
            answers |= {"web_client_id": "council", "web_client_secret": "a secret"}
            answers |= {"web_token_address": f"{self.portal.url}/oauth/token"}
        else:
            answers["web_key"] = KEY
        configure(uow, OPERATOR, installed(), authority_id=AUTHORITY, plugin="portal_sync", answers=answers)
        return {}

    def step(self, numbers: Counter[str]) -> None:
        """People work on both sides, faults are switched on, and the worker is killed, or comes through."""
        self.portal.faults()
        for _ in range(self.chance.randint(0, 3)):
            self.act_there(self.chance.choice(THERE), numbers)
        acted = apart(partial(self.act_here, self.uow(), self.chance.randrange(10**6)))
        numbers["acts here"] += len((acted or {})["done"])
        kinds = self.chance.sample(sorted(FAULTS), self.chance.randint(0, 4))
        on = {kind: {"share": self.chance.choice((0.1, 0.3, 0.6)), **FAULTS[kind]} for kind in kinds}
        self.portal.faults(self.chance.randrange(10**6), **on)
        at = self.chance.randint(1, MOMENTS) if self.chance.random() < 0.7 else 0
        said = apart(partial(self.synced, self.uow(), kill_at=at))
        numbers["worker killed" if said is None else "run cut short" if "trouble" in said else "run whole"] += 1

    def act_there(self, what: str, numbers: Counter[str]) -> None:
        """Do what a person in the portal does, where there is something to do it to."""
        said = {"periodStart": "2026-10-01", "periodEnd": "2026-12-31"} if what == "claim" else {}
        try:
            record = self.portal.act(what, self.chance.randrange(10**6), **said)
        except RuntimeError:
            return  # there is no claim left, or none to assess
        self.by_people.append(record)
        numbers["acts there"] += 1

    def act_here(self, uow: UnitOfWork, seed: int) -> Told:
        """Do what people at the council and its supplier do."""
        chance, done = Random(seed), []
        for what in chance.sample(("review", "report", "end"), chance.randint(0, 2)):
            try:
                self._act(uow, what, chance)
            except Trouble:
                continue  # it was done before, or can't be done to what was drawn
            done.append(what)
        return {"done": done}

    def _act(self, uow: UnitOfWork, what: str, chance: Random) -> None:
        match what:
            case "review":
                with uow.read(OPERATOR) as work:
                    entry = chance.choice([row.id for row in work.all(select(Entry.c.id).order_by(Entry.c.id))])
                if chance.random() < 0.6:
                    reviews.accept(uow, OPERATOR, entry_id=entry)
                else:
                    reviews.query(uow, OPERATOR, entry_id=entry, reason="Which part of it is ours?")
            case "report":
                a_submission(uow, *SECOND, return_id=a_return(uow, contract_id=CONTRACT, on=date(2026, 11, 1)))
            case "end":
                last = date(2028, 3, 31) + timedelta(days=chance.randint(1, 60))
                ends.change_end(uow, OPERATOR, contract_id=CONTRACT, ends=last, reason="As it was agreed.")

    def synced(self, uow: UnitOfWork, *, kill_at: int = 0, then_reconcile: bool = False) -> Told:
        """Be the worker for one run, killed before that many-th statement or commit."""
        moments = count(1)

        def kill_in_turn(*_: object) -> None:
            if next(moments) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        if kill_at:
            for name in ("before_cursor_execute", "commit"):
                event.listen(uow.engine, name, kill_in_turn)
        with Children() as children:
            try:
                whose = {"portal": "portal", "authority_id": AUTHORITY, "actor_name": "worker"}
                run = sync(uow, children, **whose)
                if then_reconcile:
                    reconcile(uow, children, **whose)
            except (Trouble, PluginFault) as trouble:
                return {"trouble": str(trouble)}
        return {"counts": dict(run.counts)}

    def come_to_rest(self, numbers: Counter[str]) -> None:
        """Exchange without faults, settle and file, until nothing is left to do."""
        for _ in range(ROUNDS):
            said = apart(partial(self.synced, self.uow(), then_reconcile=True))
            if said is None or "trouble" in said:
                time.sleep(0.1)  # the killed worker's plugin is still at work for a moment
                continue
            done = apart(partial(self.settled, self.uow(), self.chance.randrange(10**6))) or {}
            for what, number in done.items():
                numbers[what] += number
            moved = sum(said["counts"].get(name, 0) for name in ("read", "sent", "came_in", "conflicts"))
            if not moved and not sum(done.values()):
                return
        raise RuntimeError(f"after {ROUNDS} rounds there is still something to do: {said}")

    def settled(self, uow: UnitOfWork, seed: int) -> Told:
        """Settle every conflict that is shown, and file everything that waits in the inbox."""
        chance = Random(seed)
        told = {"conflicts settled": 0, "inbox filed": 0}
        for conflict in conflicts.conflicts(uow, OPERATOR, authority_id=AUTHORITY, most=1000):
            sides = [one for one in conflict.decisions if one != conflicts.LEAVE] or [conflicts.LEAVE]
            deciding.settle(
                uow, OPERATOR, conflict_id=conflict.id, decision=chance.choice(sides), reason="We looked at both."
            )
            told["conflicts settled"] += 1
        for waiting in inbox.inbox(uow, OPERATOR, authority_id=AUTHORITY, most=1000):
            inbox.file(uow, OPERATOR, inbox_id=waiting.id, outcome=inbox.SET_ASIDE, reason="Nobody needs it.")
            told["inbox filed"] += 1
        return told

    def changes(self) -> list[Told]:
        """Every change that the portal ever told."""
        found: list[Told] = []
        after, more = "0", True
        while more:
            page = self.portal.call("GET", f"/v1/changes?after={after}&limit=500").json()
            found, after, more = [*found, *page["changes"]], page["next"], page["more"]
        return found


if __name__ == "__main__":
    del sys.modules[
        "__main__"
    ].__file__  # else each process of a plugin would import all this, which a worker's doesn't
    installed()
    sys.exit(main())
