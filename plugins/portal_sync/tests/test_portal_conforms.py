"""The portal keeps to what every portal keeps to, over both ways: files in a folder, and an interface on the web."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from exchange_folders import HEADER, MAPPING, Exchange
from portal_servers import Simulated, simulated

from quarterday import RecordKind
from quarterday.testing import OurRecord, ReconcilableConformance, ReconcilableTrial
from quarterday_portal_sync.mapping.file import shipped
from quarterday_portal_sync.portal import Portal
from quarterday_portal_sync.simulator import acts
from quarterday_portal_sync.simulator.dump import dump
from quarterday_portal_sync.simulator.faults import Fault

FIELDS = {"contract": "C-7", "first": "2026-04-01", "last": "2026-06-30", "quantity": "12.5", "share": "1/3"}
NOBODY = "http://127.0.0.1:9"


def entries(**units: str) -> tuple[OurRecord, ...]:
    """Entries of ours, for measures of their own."""
    said = enumerate(units.items(), start=1)
    return tuple(OurRecord(RecordKind.ENTRY, at, {**FIELDS, "measure": one, "unit": unit}) for at, (one, unit) in said)


class FilesDesk:
    """The people of a portal that exchanges files: they take in ours, and export all they hold."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.claims: list[dict[str, str]] = []
        self.taken: set[str] = set()
        self.add(3)

    def add(self, number: int) -> None:
        """Claims are made there."""
        for _ in range(number):
            self.keep({"Amount": "2.5", "Agreement": "C-7", "Code": "NT1", "From": "01/04/2026", "To": "30/06/2026"})
        self.export()

    def keep(self, said: dict[str, str]) -> None:
        """A claim is kept: one that has our reference in place of what it was."""
        same = (one for one in self.claims if said.get("Your ref") and one["Your ref"] == said["Your ref"])
        if (here := next(same, None)) is None:
            here = dict.fromkeys(HEADER.strip().split(","), "")
            self.claims.append(here)
            here["Claim no"] = f"CL-{len(self.claims)}"
        here.update({name: value for name, value in said.items() if name != "Claim no"})
        here["Share"], here["Comment"] = here["Share"] or "1", "seen by the desk " * 12

    def export(self) -> None:
        """All that there is, in a file."""
        written = io.StringIO(newline="")
        rows = csv.DictWriter(written, HEADER.strip().split(","))
        rows.writeheader()
        rows.writerows(self.claims)
        self.exchange.put(f"claims_{self.exchange.times + 1}.csv", written.getvalue())

    def take_in(self) -> None:
        """The files of ours that came since."""
        new = {name: content for name, content in self.exchange.written().items() if name not in self.taken}
        for name, content in sorted(new.items()):
            self.taken.add(name)
            for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
                self.keep(row)
        if new:
            self.export()

    def edit(self, key: str) -> None:
        """Somebody puts another amount."""
        self.keep({"Your ref": key, "Amount": "3"})
        self.export()


class TestFolder(ReconcilableConformance):
    @pytest.fixture
    def trial(self, tmp_path: Path) -> ReconcilableTrial:
        exchange = Exchange(tmp_path / "exchange")
        desk = FilesDesk(exchange)
        mapping = tmp_path / "mapping.toml"
        mapping.write_text(MAPPING.format(ending="csv", holds="all", files='format = "csv"'))
        settings = {"transport": "folder", "mapping": str(mapping), "exchange_folder": str(exchange.folder)}
        return ReconcilableTrial(
            Portal,
            settings,
            away={**settings, "exchange_folder": str(tmp_path / "gone")},
            wrong=({**settings, "exchange_folder": "exchange"}, {**settings, "exchange_ours": "../ours"}, {}),
            add=desk.add,
            sink=Portal,
            records=entries(NT1="", NT9="", NT10=""),
            bad=OurRecord(RecordKind.ENTRY, 4, {**FIELDS, "measure": "NT1", "quantity": "1/3"}),
            state=lambda: (exchange.written(), desk.claims),
            edit=desk.edit,
            take_in=desk.take_in,
            arrived=lambda: exchange.written().values(),
        )


class TestWeb(ReconcilableConformance):
    @pytest.fixture
    def portal(self, tmp_path: Path) -> Iterator[Simulated]:
        with simulated(tmp_path / "portal") as portal:
            yield portal

    @pytest.fixture
    def trial(self, portal: Simulated, tmp_path: Path) -> ReconcilableTrial:
        shown = shipped("simulator")
        assert shown is not None
        mapping = tmp_path / "mapping.toml"
        mapping.write_text(shown.read_text().replace("size = 500", "size = 20"))
        settings = portal.settings(mapping=str(mapping), web_patience=0)

        def add(number: int) -> None:
            claimed = {"agreementNo": "C-7", "kpi": "JOB-LOC", "uom": "FTE", "amount": "2.5", "portion": "1"}
            period = {"periodStart": "2026-04-01", "periodEnd": "2026-06-30", "note": "made at the desk " * 20}
            for _ in range(number):
                acts.make(portal.store, acts.CLAIMS, {**claimed, **period})

        def edit(key: str) -> None:
            claim = portal.store.find(acts.CLAIMS, our_ref=key)
            assert claim is not None
            acts.change(portal.store, claim, {"amount": "3"})

        def lose() -> None:
            portal.show(lost=Fault(every=2))
            portal.faults.draw("lost")  # the first chance is spent, so the next answer is lost, and not the one after

        add(3)
        away = {**settings, "web_address": NOBODY}
        return ReconcilableTrial(
            Portal,
            settings,
            away=away,
            refusing=away,
            wrong=({**settings, "web_address": "portal"}, {**settings, "web_address": ""}, {}),
            add=add,
            sink=Portal,
            records=entries(NT1="FTE", NT9="weeks", NT10="weeks"),
            bad=OurRecord(RecordKind.ENTRY, 4, {**FIELDS, "measure": "none such", "unit": "FTE"}),
            state=lambda: dump(portal.store),
            edit=edit,
            lose=lose,
            arrived=lambda: portal.bodies,
        )
