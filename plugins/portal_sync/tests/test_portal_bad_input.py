"""What a whole exchange does with what is bad: certificates, clocks, mappings, files, full disks, two runs at once.

Commands are run as processes against portals on this machine; each refusal is one sentence with its exit code, stands
in the run's row, and loses nothing: once it is mended, the next run goes on by itself.
"""

from __future__ import annotations

import os
import re
import resource
import ssl
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import portal_site
import pytest
import trustme
from exchange_folders import HEADER, OLD
from portal_servers import Reply, simulated, told
from portal_site import Commands, Done, Site

from quarterday.db.engine import open_engine
from quarterday.db.one_at_a_time import one_at_a_time
from quarterday_portal_sync.simulator.acts import act, make
from quarterday_portal_sync.simulator.faults import Fault
from quarterday_portal_sync.simulator.shapes import RESOURCES

NOTHING = Reply({"changes": [], "next": "", "more": False})


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    with closing(Commands()) as commands:
        yield commands


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with portal_site.laid_down(tmp_path_factory.mktemp("laid down")) as template:
        yield template


@pytest.fixture
def site(commands: Commands, template: Path, tmp_path: Path) -> Site:
    return portal_site.copied(template, tmp_path, commands)


def last_run(site: Site) -> dict[str, Any]:
    run: dict[str, Any] = site.sync("status", "--json").data["runs"][0]
    return run


def refused(done: Done, code: int, says: str) -> str:
    """That a command ended so, with one sentence; returns that."""
    assert done.code == code, done
    (line,) = done.err.splitlines()
    assert says in line
    assert "Traceback" not in done.err + done.out
    return line.removeprefix("Error: ")


@pytest.mark.parametrize(
    ("name", "days", "is_known", "says"),
    [
        ("127.0.0.1", 30, False, "local issuer certificate"),
        ("127.0.0.1", -1, True, "certificate has expired"),
        ("portal.example.org", 30, True, "not valid for '127.0.0.1'"),
    ],
)
def test_a_certificate_that_is_not_valid(site: Site, name: str, days: int, is_known: bool, says: str) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=datetime.now(UTC) + timedelta(days=days)).configure_cert(context)
    with told(context) as portal:
        trusted = {"web_authority": authority.cert_pem.bytes().decode()} if is_known else {}
        site.set(**portal.settings(mapping=portal_site.mapping_in(site.folder), **trusted))
        sentence = refused(site.sync("run", "--json"), 4, says)
        assert portal.asked == []
    assert re.fullmatch(r"The certificate of 127\.0\.0\.1 isn't valid \(.+\), so nothing was sent there\.", sentence)
    run = last_run(site)
    assert (run["error"], run["ended_at"] is not None, run["counts"].get("sent", 0)) == (sentence, True, 0)


def test_clocks_that_are_a_day_off_lose_nothing(site: Site, tmp_path: Path) -> None:
    with simulated(tmp_path / "there") as portal:
        site.set(**portal.settings(mapping=portal_site.mapping_in(tmp_path)))
        said = {"agreementNo": "NM-1", "kpi": "APP-WKS", "uom": "weeks", "amount": "5"}
        made = make(
            portal.store, RESOURCES["entries"], {**said, "periodStart": "2027-01-01", "periodEnd": "2027-03-31"}
        )
        for hours, amount in ((24, "5"), (-24, "7")):
            portal.show(skewed=Fault(every=1, hours=hours))
            act(portal.store, "change", 1, {"claim": made.id, "amount": amount})
            run = site.sync("run", "--json").data
            assert (run["counts"]["rejected"], run["error"]) == (0, "")
            (waiting,) = site.sync("inbox", "--json").data
            assert waiting["fields"]["quantity"] == amount, "what came last counts, whatever its clock says"


@pytest.mark.parametrize(("days", "waits"), [(1, True), (-1, False)])
def test_a_pause_by_a_clock_that_is_a_day_off(site: Site, days: int, waits: bool) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(days=days), usegmt=True)
    with told() as portal:
        portal.replies["/v1/changes"] = [Reply({}, 503, {"Retry-After": date}), NOTHING]
        for kind in ("contracts", "commitments", "entries"):
            portal.replies[f"/v1/{kind}/batch"] = [Reply({}, 503, {"Retry-After": date})]
        site.set(**portal.settings(mapping=portal_site.mapping_in(site.folder)))
        refused(site.sync("run"), 1, "can't answer now (status 503)")
        asked = sum(one.path.startswith("/v1/changes") for one in portal.asked)
    assert asked == (1 if waits else 2), "a moment that is past is no pause"


def test_a_measure_without_a_counterpart_stops_that_record_alone(site: Site, tmp_path: Path) -> None:
    with simulated(tmp_path / "there") as portal:
        without = portal_site.mapping_in(tmp_path, without="GIFTS")
        site.set(**portal.settings(mapping=without))
        claimed = {"agreementNo": "NM-1", "kpi": "GIV-VCS", "uom": "£", "amount": "5"}
        make(portal.store, RESOURCES["entries"], {**claimed, "periodStart": "2026-07-01", "periodEnd": "2026-09-30"})
        assert site.sync("run").code == 3
        stopped = {one["key"]: one["why"] for one in site.sync("status", "--json").data["stopped"]}
        assert stopped.keys() == {"commitment/3", "commitment/4", "entry/2", "entry/3"}
        assert "“GIFTS” has no code there" in stopped["entry/2"]
        (waiting,) = site.sync("inbox", "--json").data
        assert "GIV-VCS" in waiting["why"]
        assert portal_site.mapping_in(tmp_path) == without
        assert site.sync("run").code == 3
        still = {one["key"] for one in site.sync("status", "--json").data["stopped"]}
        assert still == {"commitment/4", "entry/3"}, "what the mended mapping has goes by itself"
        site.sync("replay")
        assert all("GIV-VCS" not in one["why"] for one in site.sync("inbox", "--json").data)


def test_a_mapping_that_is_gone_or_broken(site: Site, tmp_path: Path) -> None:
    with simulated(tmp_path / "there") as portal:
        mapping = Path(portal_site.mapping_in(tmp_path))
        site.set(**portal.settings(mapping=str(mapping)))
        mapping.rename(tmp_path / "away.toml")
        gone = refused(site.sync("run"), 4, "mapping.toml")
        assert last_run(site)["error"] == gone
        mapping.write_text((tmp_path / "away.toml").read_text()[:-40] + "\n[entries\n")
        refused(site.sync("run", "--json"), 4, "mapping.toml")
        refused(site.sync("reconcile"), 4, "mapping.toml")
        (tmp_path / "away.toml").rename(mapping)
        done = site.sync("run", "--json")
        assert (done.code, done.data["counts"]["taken"]) == (3, 6)


def test_of_two_runs_at_once_the_second_says_so(site: Site, tmp_path: Path) -> None:
    with told() as portal:
        portal.replies["/v1/changes"] = [NOTHING]
        site.set(**portal.settings(mapping=portal_site.mapping_in(tmp_path)))
        engine = open_engine(f"sqlite:///{site.data / 'record.db'}")
        with one_at_a_time(engine, "portal-1-portal", "now"):
            for command in ("run", "reconcile", "replay"):
                refused(site.sync(command), 1, "are being exchanged with this portal already")
        engine.dispose()
        assert portal.asked == []
        assert site.sync("status", "--json").data["runs"] == []


FILES = """
format = 1
title = "A portal with files"

[files]
format = "csv"

[entries]
direction = "both"
owner = "ours"
id = "Claim no"
key = "Your ref"

[entries.table]
incoming = "claims_*.csv"
outgoing = "ours_{key}.csv"
holds = "all"

[entries.fields]
contract = "Agreement"
measure = "Code"
first = { at = "From", date = "dd/MM/yyyy" }
last = { at = "To", date = "dd/MM/yyyy" }
quantity = "Amount"
share = { at = "Share", fractions = true }

[measures."made-up/1"]
WEEKS = { code = "W" }
GIFTS = { code = "G" }
"""


def in_files(site: Site, *, measures: str = "") -> Path:
    """Set an exchange folder; returns the folder that the portal writes to."""
    folder = site.folder / "exchange"
    (folder / "theirs").mkdir(parents=True)
    (site.folder / "files.toml").write_text(FILES + measures)
    site.set(transport="folder", mapping=str(site.folder / "files.toml"), exchange_folder=str(folder))
    return folder / "theirs"


def put(folder: Path, name: str, content: bytes, minute: int = 0) -> None:
    (folder / name).write_bytes(content)
    os.utime(folder / name, (OLD + 60 * minute, OLD + 60 * minute))


def claims(*rows: str) -> bytes:
    header = HEADER.replace(",Status,Agreed,Comment", ",Note")
    return (header + "".join(f"{one}\r\n" for one in rows)).encode()


def test_exports_that_are_no_exports(site: Site, tmp_path: Path) -> None:
    theirs = in_files(site)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("claims.csv", b"0" * (20 << 20))
    put(theirs, "claims_1.csv", b"", 1)
    put(theirs, "claims_2.csv", b"<html><body>Sign in</body></html>", 2)
    put(theirs, "claims_3.csv", bomb.read_bytes(), 3)
    put(theirs, "claims_4.csv", claims("CL-1,,NM-1,W,01/07/2026,30/09/2026,3,1,kept")[:-60], 4)
    put(theirs, "claims_5.csv", claims("CL-2,,NM-1,X,01/07/2026,30/09/2026,3,1,kept"), 5)
    done = site.sync("run", "--json")
    assert (done.code, done.err) == (3, "")
    assert done.data["counts"]["rejected"] >= 1
    (waiting,) = [one for one in site.sync("inbox", "--json").data if one["external_id"] == "CL-2"]
    assert "X" in waiting["why"]
    assert waiting["unknown"] == {"Note": "kept"}
    stopped = {one["key"] for one in site.sync("status", "--json").data["stopped"]}
    assert stopped == {"entry/3"}
    (site.folder / "files.toml").write_text(FILES + 'WASTE = { code = "X" }\n')
    assert site.sync("run").code in (0, 3)
    assert site.sync("status", "--json").data["stopped"] == []
    site.sync("replay")
    assert all("no measure" not in one["why"] for one in site.sync("inbox", "--json").data)


def test_a_disk_that_is_full_for_our_files(site: Site) -> None:
    in_files(site)
    ours = site.folder / "exchange" / "ours"
    ours.mkdir()
    sentence = refused(site.sync("run", PYTHONPATH=limited(site.folder)), 1, "can't be used now")
    assert last_run(site)["error"] == sentence
    assert [path for path in ours.iterdir() if path.suffix == ".csv"] == []
    done = site.sync("run", "--json")
    assert (done.code, done.data["counts"]["taken"]) == (3, 2)
    (written,) = ours.glob("*.csv")
    assert written.read_text().count("entry/") == 2


def limited(folder: Path) -> str:
    """Where the plugin's processes are made to find the disk full: none of their files gets longer than 100 bytes."""
    site = folder / "full"
    site.mkdir()
    limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, (100, {resource.RLIM_INFINITY}))"
    lines = ("import resource, signal", "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)", limit)
    (site / "sitecustomize.py").write_text("\n".join(lines))
    return str(site)
