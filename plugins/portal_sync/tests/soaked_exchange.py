"""One exchange of a soak: a council's record, a portal, people on both sides, faults and kills, all from one seed."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import soaked_people
import soaked_sides
from soaked_people import AUTHORITY, REPORTED
from soaked_processes import Doomed, Portal, Told, apart, where_it_fell
from sqlalchemy import Engine

import quarterday_portal_sync
from quarterday import Trouble
from quarterday.db import memory
from quarterday.db.engine import open_engine
from quarterday.db.schema import upgrade
from quarterday.registry import installed
from quarterday.services.background.syncing import sync
from quarterday.services.plugins.children import PluginFault
from quarterday.services.plugins.configuring import configure
from quarterday.services.portals.reconciling import reconcile
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, a_contract, a_return, a_submission, an_authority, an_award
from quarterday.testing.clock import Clock
from quarterday.testing.postgres import Cluster
from quarterday_portal_sync.simulator.testing import KEY

BEGINS = datetime(2026, 11, 2, 9, tzinfo=UTC)
STEPS = 4
MOMENTS = 150
"""A worker is killed before one of so many statements or commits of its own, or it ends before that."""
ROUNDS = 14
"""After so many rounds without faults both sides have come to rest, or something is wrong."""
MATCHING_ROUNDS = 3
"""In so many of them things in the inbox are matched; then all that waits is set aside."""
CODES = {"JOBS": "JOB-LOC", "WEEKS": "APP-WKS", "GIFTS": "GIV-VCS", "ACCESS": "SUP-WRK"}
UNITS = {"JOBS": "FTE", "WEEKS": "weeks", "GIFTS": "£", "ACCESS": "employees with access"}
FIRST = (
    {"ref": "WEEKS", "quantity": "12", "activity": "Apprentice 1"},
    {"ref": "WEEKS", "quantity": "6.5", "activity": "Apprentice 2"},
    {"ref": "GIFTS", "quantity": "250.10", "words": "Given to the food bank."},
    {"ref": "ACCESS", "quantity": "40"},
    {"ref": "WASTE", "quantity": "62.5"},  # it has no counterpart there
)
THERE = ("verdict", "verdict", "claim", "change", "change", "delete", "evidence")
PORTAL = ("portal", 0.0)
"""In place of what the worker is killed by: the portal is."""
UNANSWERED = ("failed", "unavailable", "busy", "lost", "truncated", "html")
"""The faults that leave a call without a good answer; one of these at every call would leave no room for others."""
FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"seconds": 0.02},
    "failed": {},
    "unavailable": {},
    "busy": {},
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


@dataclass
class Place:
    """Where exchanges are, one after the other: each finds the same folder, or the same database on a server."""

    folder: Path
    cluster: Cluster | None
    engine: Engine = field(init=False)
    """It knows its statements already where a process is forked."""

    def __post_init__(self) -> None:
        url = f"sqlite:///{self.run / 'record.db'}" if self.cluster is None else self.cluster.url("run")
        self.engine = open_engine(url)

    @property
    def run(self) -> Path:
        """What belongs to one exchange."""
        return self.folder / "run"

    @property
    def data(self) -> Path:
        """The data folder that the settings name."""
        return self.run / "data"

    @property
    def laid_down(self) -> Path:
        """The record that each exchange gets a copy of, where it is a file."""
        return self.folder / "record.db"

    def anew(self) -> None:
        """Begin another exchange."""
        self.engine.dispose()
        shutil.rmtree(self.run, ignore_errors=True)
        self.data.mkdir(parents=True)
        if self.cluster is None:
            shutil.copy(self.laid_down, self.run / "record.db")
        else:
            self.cluster.drop("run")
            self.cluster.create("run", template="laid_down")


def lay_down(place: Place) -> None:
    """A record with a council, a contract with commitments, and a quarter that was reported."""
    if place.cluster is None:
        engine = open_engine(f"sqlite:///{place.laid_down}")
    else:
        engine = open_engine(place.cluster.create("laid_down"))
        place.cluster.create("run")
    upgrade(engine)
    uow = UnitOfWork(engine, Clock(BEGINS))
    authority = an_authority(uow, key="northmoor")
    contract = an_award(uow, contract_id=a_contract(uow, authority_id=authority, reference="NM-1"))
    assert (authority, contract) == (AUTHORITY, 1)
    a_submission(uow, *FIRST, return_id=a_return(uow, contract_id=contract, on=REPORTED))
    engine.dispose()


def mapping_for(chance: Random, file: Path, numbers: Counter[str]) -> None:
    """The simulated portal's own mapping, for the measures of the tests, with one of the agreements that there are."""
    shipped = Path(quarterday_portal_sync.__file__).parent / "mappings" / "simulator.toml"
    measures = "\n".join(f'{ref} = {{ code = "{code}", unit = "{UNITS[ref]}" }}' for ref, code in CODES.items())
    theirs = re.compile(r'\[measures\."toms-rotherham.*?\n\n', re.S)
    text, replaced = theirs.subn(f'[measures."made-up/1"]\n{measures}\n\n', shipped.read_text())
    assert replaced == 1
    drawn = {
        "owner": chance.choice(("ours", "theirs", "newest")),
        "verdicts": chance.choice(("suggestion", "review")),
        "evidence": chance.choice(("link", "file")),
        "entries": chance.choice(("claimed", "claimed", "accepted")),
    }
    where = {"owner": r'(?<=\[entries\]\ndirection = "both"\n)owner = "\w+"'}
    for name, choice in drawn.items():
        text, replaced = re.subn(where.get(name, rf'^{name} = "\w+"'), f'{name} = "{choice}"', text, flags=re.M)
        assert replaced == 1, name
        numbers[f"agreed: {name} {choice}"] += 1
    file.write_text(text)


class Exchange:
    """One exchange: a council's record, a portal, and a seed."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place, self.chance = place, Random(seed)
        self.hours = count(1)
        self.with_tokens = self.chance.random() < 0.5
        self.portal = Portal(place.run / "portal")
        self.by_people: list[Told] = []
        """The records as people in the portal left them, one for each act."""

    def uow(self, *, hours_off: int = 0) -> UnitOfWork:
        """The record, an hour later each time, by a clock that is off perhaps."""
        return UnitOfWork(self.place.engine, Clock(BEGINS + timedelta(hours=next(self.hours) + hours_off)))

    def be_warm(self) -> None:
        """Exchange once in this process, so that those which are forked from it have read their code already."""
        self.portal.start()
        try:
            self.set_up(self.agreed(Counter()), self.uow())
            said = self.synced(self.uow(), then_reconcile=True)
            assert "trouble" not in said, said
            for seed in range(20):
                soaked_people.act(self.uow(), seed)
            self.compared()
        finally:
            self.portal.close()
            memory.forget()

    def gone_through(self, steps: int, numbers: Counter[str], *, careless: bool = False) -> list[str]:
        """Go through it; counts what happened, and returns what is wrong in the end, a sentence each.

        ``careless`` does afterwards what an exchange must never do, and returns what is found of it.
        """
        self.portal.start()
        try:
            apart(partial(self.set_up, self.agreed(numbers), self.uow()))
            assert apart(partial(self.synced, self.uow())) is not None
            for _ in range(steps):
                self.step(numbers)
            self.portal.faults()
            self.come_to_rest(numbers)
            for kind, number in self.portal.counts().items():
                numbers[f"fault: {kind}"] += number
            wrong = self.compared()
            for what in soaked_sides.WRONG:
                numbers[f"records {what}"] += sum(sentence.startswith(f"{what}:") for sentence in wrong)
            if careless:
                self.be_careless()
                wrong = self.compared()
        finally:
            self.portal.close()
        return wrong

    def compared(self) -> list[str]:
        """What is wrong once both sides are held against each other."""
        measures = {code: ref for ref, code in CODES.items()}
        there = soaked_sides.There(self.portal.dump(), self.changes(), self.by_people, measures)
        uow = self.uow()
        found = apart(lambda: {"wrong": soaked_sides.wrong(uow, AUTHORITY, there)})
        assert found is not None
        return list(found["wrong"])

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

    def agreed(self, numbers: Counter[str]) -> Told:
        """What the council sets for its portal, with the mapping drawn."""
        mapping_for(self.chance, self.place.run / "mapping.toml", numbers)
        answers: Told = {
            "transport": "web",
            "mapping": str(self.place.run / "mapping.toml"),
            "web_address": self.portal.url,
            "web_patience": self.chance.choice((0.2, 0.2, 0.7)),
            "batch": self.chance.choice((2, 3, 200)),
        }
        if not self.with_tokens:
            return {**answers, "web_key": KEY}
        answers |= {"web_client_id": "council", "web_client_secret": "a secret"}
        return {**answers, "web_token_address": f"{self.portal.url}/oauth/token"}

    def set_up(self, answers: Told, uow: UnitOfWork) -> Told:
        """Set it."""
        configure(uow, OPERATOR, installed(), authority_id=AUTHORITY, plugin="portal_sync", answers=answers)
        return {}

    def step(self, numbers: Counter[str]) -> None:
        """People work on both sides, faults are switched on, and the worker is killed, or comes through."""
        chance = self.chance
        self.portal.faults()
        for _ in range(chance.randint(0, 4)):
            self.act_there(chance.choice(THERE), numbers)
        done = apart(partial(soaked_people.act, self.uow(), chance.randrange(10**6))) or {}
        for what, number in done.items():
            numbers[f"here: {what}"] += number
        self.portal.faults(chance.randrange(10**6), **dict(self.fault(kind) for kind in self.kinds()))
        hours_off = chance.choice((0, 0, 0, 24, -24))
        numbers["our clock a day off"] += hours_off != 0
        kill, moment = self.kill(), chance.uniform(0.0, 0.4)
        meanwhile: Callable[[], object] = partial(self.portal_killed, moment) if kill == PORTAL else lambda: None
        uow, is_looked_at = self.uow(hours_off=hours_off), chance.random() < 0.3
        work = partial(self.synced, uow, kill=None if kill == PORTAL else kill, then_reconcile=is_looked_at)
        said = apart(work, meanwhile)
        if kill == PORTAL:
            numbers["portal killed"] += 1
            self.portal.start()
        if said is None:
            fell = apart(partial(where_it_fell, self.uow(), self.portal)) or {}
            numbers[f"worker killed: {fell['where']}"] += 1
        else:
            numbers["run cut short" if "trouble" in said else "run whole"] += 1

    def kinds(self) -> list[str]:
        """Some faults, no more than one that leaves calls unanswered; those of tokens only where there are some."""
        there = sorted(FAULTS.keys() - {*UNANSWERED, "" if self.with_tokens else "expired"})
        unanswered = [self.chance.choice(UNANSWERED)] if self.chance.random() < 0.7 else []
        return self.chance.sample(there, self.chance.randint(0, 4)) + unanswered

    def fault(self, kind: str) -> tuple[str, Told]:
        """A fault as it is switched on."""
        how: Told = {
            "every": self.chance.choice((2, 3, 4, 5) if kind in (*UNANSWERED, "expired") else (1, 2)),
            **FAULTS[kind],
        }
        if kind == "busy":
            how["seconds"] = self.chance.choice((0.0, 0.0, 1.0))
        if kind == "skewed":
            how["hours"] = self.chance.choice((24, -24))
        return kind, how

    def kill(self) -> tuple[str, float] | None:
        """What is killed, and when."""
        chance = self.chance
        match chance.choice(("statement", "statement", "answer", "answer", "delivery", "portal", "", "", "")):
            case "statement":
                return "statement", chance.randint(1, MOMENTS)
            case "answer":
                return "answer", chance.randint(1, 3)
            case "delivery":
                return "delivery", chance.uniform(0.0, 0.05)
            case "portal":
                return PORTAL
        return None

    def portal_killed(self, moment: float) -> None:
        """Kill the portal, a moment from now."""
        time.sleep(moment)
        self.portal.kill()

    def act_there(self, what: str, numbers: Counter[str]) -> None:
        """Do what a person in the portal does, where there is something to do it to."""
        said = {"periodStart": "2026-10-01", "periodEnd": "2026-12-31"} if what == "claim" else {}
        try:
            record = self.portal.act(what, self.chance.randrange(10**6), **said)
        except RuntimeError:
            return  # there is no claim left, or none to assess
        self.by_people.append(record)
        numbers[f"there: {what}"] += 1

    def synced(self, uow: UnitOfWork, *, kill: tuple[str, float] | None = None, then_reconcile: bool = False) -> Told:
        """Be the worker for one run."""
        with Doomed(uow.engine, kill) as children:
            try:
                run = sync(uow, children, portal="portal", authority_id=AUTHORITY, actor_name="worker")
                if then_reconcile:
                    reconcile(uow, children, portal="portal", authority_id=AUTHORITY, actor_name="worker")
            except (Trouble, PluginFault) as trouble:
                return {"trouble": str(trouble)}
        return {"counts": dict(run.counts)}

    def come_to_rest(self, numbers: Counter[str]) -> None:
        """Exchange without faults, settle and file, until nothing is left to do."""
        for number in range(ROUNDS):
            said = apart(partial(self.synced, self.uow(), then_reconcile=True))
            if said is None or "trouble" in said:
                time.sleep(0.1)  # the killed worker's plugin is still at work for a moment
                continue
            may_match = 0.5 if number < MATCHING_ROUNDS else 0.0
            done = apart(partial(self.decided, self.uow(), self.chance.randrange(10**6), may_match)) or {}
            for what, how_often in done.items():
                numbers[what] += how_often
            moved = sum(said["counts"].get(name, 0) for name in ("read", "sent", "came_in", "conflicts"))
            if not moved and not sum(done.values()):
                return
        raise RuntimeError(f"after {ROUNDS} rounds there is still something to do: {said}")

    def decided(self, uow: UnitOfWork, seed: int, may_match: float) -> Told:
        """Settle every conflict that is shown, and file everything that waits in the inbox."""
        chance = Random(seed)
        return {**soaked_people.settled(uow, chance), **soaked_people.filed(uow, chance, may_match=may_match)}

    def changes(self) -> list[Told]:
        """Every change that the portal ever told."""
        found: list[Told] = []
        after, more = "0", True
        while more:
            page = self.portal.call("GET", f"/v1/changes?after={after}&limit=500").json()
            found, after, more = [*found, *page["changes"]], page["next"], page["more"]
        return found
