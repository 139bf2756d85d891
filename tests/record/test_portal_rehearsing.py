"""A dry run of an exchange with a portal says exactly what a run then does, and changes nothing on either side."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from council import PDF, Kept
from portal_there import PORTAL, WORKER, Exchange, beside, started
from sqlalchemy import select

from quarterday.db.models import METADATA
from quarterday.errors import Retryable
from quarterday.services.background.rehearsing import Rehearsal, rehearse
from quarterday.services.plugins.children import Children
from quarterday.services.portals import conflicts
from quarterday.services.promises import ends
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    yield from started(tmp_path_factory)


@pytest.fixture
def exchange(children: Children, kept_council: Kept, council_url: str, tmp_path: Path) -> Iterator[Exchange]:
    yield from beside(children, kept_council.council, council_url, tmp_path / "there.db")


def rehearsed(exchange: Exchange) -> Rehearsal:
    given = {"authority_id": exchange.council.authority_id, "portal": PORTAL, "actor_name": "cli"}
    return rehearse(exchange.uow, exchange.children, **given)


def everything_here(exchange: Exchange) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with exchange.uow.read(WORKER) as work:
        return {table.name: sorted(map(tuple, work.all(select(table))), key=repr) for table in METADATA.sorted_tables}


def everything_there(exchange: Exchange) -> list[tuple[object, ...]]:
    tables = [row["name"] for row in exchange.there.do("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [tuple(row) for table in sorted(tables) for row in exchange.there.do(f"SELECT * FROM {table}")]


def files_of(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_all_that_would_go_is_said_and_nothing_goes(exchange: Exchange, tmp_path: Path) -> None:
    exchange.terms()
    rehearsed(exchange)
    before, there, files = everything_here(exchange), everything_there(exchange), files_of(tmp_path)
    found = rehearsed(exchange)
    assert everything_here(exchange) == before
    assert everything_there(exchange) == there, "it was only read"
    assert files_of(tmp_path) == files, "nothing is left beside the record"
    assert found.incoming == found.conflicts == found.stopped == []
    run = exchange.sync()
    assert run.counts["sent"] == len(found.outgoing)
    sent = [one for _, records in exchange.there.calls() for one in records]
    assert [one["key"] for one in sent] == [one.key for one in found.outgoing]
    assert [{**one["fields"], "file": ""} for one in sent] == [{**one.fields, "file": ""} for one in found.outgoing]
    told = "\n".join(one.content.decode() for one in found.documents).splitlines()
    assert told == [f"PUT {one['key']} {one['send']}" for one in sent], "the very keys it goes under"


def test_what_would_come_in_and_each_conflict_is_said_as_a_run_then_does_it(exchange: Exchange) -> None:
    exchange.set(owner="theirs")
    exchange.sync()
    verdict = next(key for key, one in exchange.there.records().items() if one.get("decision") == "accepted")
    other = [key for key, one in exchange.there.records().items() if one.get("decision") == "accepted"][1]
    exchange.there.change(verdict, decision="rejected", quantity="")
    exchange.there.say(verdict, "It is somebody else's.")
    exchange.there.change(other, decision="rejected", quantity="")
    exchange.there.say(other, "Twice.")
    reviews.query(exchange.uow, exchange.council.staff, entry_id=int(other.partition("/")[2]), reason="Whose is it?")
    contract = f"contract/{exchange.council.own_values}"
    exchange.there.change(contract, title="Another title")
    exchange.there.put("verdict", "", entry="999999", decision="queried", quantity="")
    later = exchange.uow.clock().date().replace(year=2028)
    ends.change_end(exchange.uow, OPERATOR, contract_id=2, ends=later, reason="It goes on.")
    before, there = everything_here(exchange), everything_there(exchange)
    found = rehearsed(exchange)
    assert everything_here(exchange) == before
    assert everything_there(exchange) == there
    states = {one.key or one.external_id: (one.state, bool(one.acts)) for one in found.incoming if one.state != "same"}
    assert states.pop(contract) == ("conflict", False)
    ((waiting, (state, acts)),) = states.items()
    assert (waiting[:2], state, acts) == ("P-", "waiting", True)
    acted = {one.key: one.acts for one in found.incoming if one.key in (verdict, other)}
    assert {act.partition(" ")[0] for acts in acted.values() for act in acts} == {"entry.rejected"}
    assert {(one.key, one.is_ruled) for one in found.conflicts} == {(contract, False), (other, True)}
    exchange.sync()
    noticed = conflicts.conflicts(
        exchange.uow, exchange.council.staff, authority_id=exchange.council.authority_id, open_only=False
    )
    assert {(one.key, one.is_ruled) for one in noticed} == {(one.key, one.is_ruled) for one in found.conflicts}
    calls = [one["key"] for _, records in exchange.there.calls() for one in records]
    assert calls[-len(found.outgoing) :] == [one.key for one in found.outgoing] != []


def test_what_was_left_under_way_and_what_cannot_go_are_said(exchange: Exchange) -> None:
    exchange.set(kinds="contract entry", batch=6)
    exchange.there.tell(after="later")
    with pytest.raises(Retryable):
        exchange.sync()
    under_way = [key for key, row in exchange.records().items() if row.state == "under way"]
    assert under_way
    exchange.there.tell()
    found = rehearsed(exchange)
    exchange.sync()
    calls = [one["key"] for _, records in exchange.there.calls() for one in records]
    assert set(under_way) <= {one.key for one in found.outgoing}
    assert calls[-len(found.outgoing) :] == [one.key for one in found.outgoing]


def test_what_the_portal_has_no_place_for_would_not_go(exchange: Exchange) -> None:
    exchange.there.tell(without="WEEKS")
    found = rehearsed(exchange)
    run = exchange.sync()
    assert run.counts["stopped"] == len(found.stopped) > 0
    assert run.counts["taken"] == len(found.outgoing)
    assert {key for key, row in exchange.records().items() if row.state == "stopped"} == {
        key for key, _ in found.stopped
    }
    assert {why for _, why in found.stopped} == {"It has no counterpart."}


def test_a_file_of_theirs_is_looked_at_and_kept_nowhere(exchange: Exchange, tmp_path: Path) -> None:
    exchange.sync()
    entry = next(key for key, one in exchange.there.records().items() if "first" in one)
    fields = {"entry": entry.partition("/")[2], "kind": "file", "link": "", "file": b64encode(PDF).decode()}
    exchange.there.put("evidence", "", **fields, media_type="application/pdf", digest="")
    exchange.set(gives_files=True)
    before, files = everything_here(exchange), files_of(tmp_path)
    found = rehearsed(exchange)
    (one,) = [one for one in found.incoming if one.kind == "evidence" and not one.key]
    assert one.acts
    assert (one.state, one.why) == ("same", "")
    assert "file" not in json.dumps(found.as_data()["incoming"])
    assert files_of(tmp_path) == files
    assert everything_here(exchange) == before


def test_it_is_said_as_json(exchange: Exchange) -> None:
    found = rehearsed(exchange)
    data = json.loads(json.dumps(found.as_data()))
    assert data["outgoing"][0]["key"] == found.outgoing[0].key
    assert data["documents"][0]["content"].startswith("PUT contract/")
    assert str(found).startswith("Would come in: 0, would go out: ")
