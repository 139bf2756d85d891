"""An authority goes out as open files and comes back whole: the same ids, figures and digests; what may not, stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import DATABASES, numbers
from council import ENDS, LICENCE, Council, Kept
from exchanged import bring_in, lines, load_again, report, rows, silent, tables_of, text_of
from sqlalchemy import select

from quarterday.cli.main import main
from quarterday.db.engine import open_engine
from quarterday.db.models import METADATA, Entry, PluginSetting, Revision, RevisionEntry, Supplier, Valuation
from quarterday.db.schema import upgrade
from quarterday.db.work import UnitOfWork
from quarterday.errors import Refused, Trouble
from quarterday.evidence import Store
from quarterday.services import audit_trail
from quarterday.services.exchange import export_authority, import_authority
from quarterday.services.exchange.exporting import Exported
from quarterday.services.exchange.selection import LEFT_OUT, TABLES
from quarterday.services.figures.recomputing import recompute
from quarterday.services.measures.loading_values import Outcome
from quarterday.services.returns.submissions import digest_of_revision
from quarterday.testing.builders import OPERATOR, a_supplier, an_authority
from quarterday.testing.clock import Clock

SECRET_VALUES = ("161.25", "20429.5", "13.2", "0.55")
"""The council's own values, which may not be passed on."""


@pytest.fixture
def record_url(council_url: str) -> str:
    """Every test here begins with a council."""
    return council_url


@pytest.fixture
def council(kept_council: Kept, clock: Clock) -> Council:
    clock.now = ENDS
    return kept_council.council


@pytest.fixture
def store(kept_council: Kept, tmp_path: Path) -> Store:
    shutil.copytree(kept_council.evidence, tmp_path / "evidence")
    return Store(str(tmp_path / "evidence"))


@pytest.fixture
def export(uow: UnitOfWork, council: Council, store: Store, tmp_path: Path) -> Exported:
    folder = tmp_path / "export"
    return export_authority(uow, OPERATOR, store, authority_id=council.authority_id, folder=folder, told=silent)


@pytest.fixture(params=DATABASES)
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[UnitOfWork]:
    """An empty installation, on each database in turn, whichever the export comes from."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'elsewhere.db'}")
        upgrade(engine)
        yield UnitOfWork(engine, clock)
        engine.dispose()
        return
    cluster = request.getfixturevalue("cluster")
    name = f"elsewhere_{next(numbers)}"
    engine = open_engine(cluster.create(name, template=request.getfixturevalue("template")))
    yield UnitOfWork(engine, clock)
    engine.dispose()
    cluster.drop(name)


@pytest.fixture
def arrived(elsewhere: UnitOfWork, export: Exported, tmp_path: Path) -> UnitOfWork:
    """The other installation, with the council in it."""
    bring_in(elsewhere, tmp_path)
    return elsewhere


class TestTheRoundTrip:
    """Out of one installation and into another, on every pair of databases."""

    def test_what_went_out_is_what_came_in(
        self, uow: UnitOfWork, export: Exported, arrived: UnitOfWork, council: Council
    ) -> None:
        for table in TABLES:
            here, there = rows(uow, table), rows(arrived, table)
            came = there[:-1] if table.name == "audit_row" else there
            assert len(came) == export.manifest.tables[table.name].rows
            key = [column.name for column in table.primary_key.columns]
            by_key = {tuple(row[name] for name in key): row for row in here}
            for row in came:
                before = by_key[tuple(row[name] for name in key)]
                if table.name == "value_set_snapshot" and not row["is_redistributable"]:
                    before = {**before, "content": None}
                assert row == before

    def test_figures_are_incomplete_and_say_why_until_the_values_are_loaded_again(
        self, uow: UnitOfWork, arrived: UnitOfWork, council: Council
    ) -> None:
        for period in ("2026-Q1", "2026-Q2", ""):
            before, without = report(uow, council, period), report(arrived, council, period)
            together = {one["of"]: one for one in without["totals"]["committed"]}["Together"]
            assert not together["is_complete"]
            assert any("are not in this record; load the same file again" in one for one in together["reasons"]), (
                together
            )
            quantities = [
                {name: measure[name]["quantity"] for name in ("committed", "due", "claimed", "accepted")}
                for report_of in (before, without)
                for measure in report_of["measures"]
            ]
            half = len(quantities) // 2
            assert quantities[:half] == quantities[half:]
        accepted = {one["ref"]: one for one in report(arrived, council, "2026-Q1")["measures"]}["WEEKS"]["accepted"]
        assert (accepted["quantity"], accepted["is_complete"]) == ("12.5", False)
        assert load_again(arrived, council) is Outcome.FILLED
        for period in ("2026-Q1", "2026-Q2", "2026/27", ""):
            assert report(arrived, council, period) == report(uow, council, period)

    def test_every_valuation_is_what_it_was(self, uow: UnitOfWork, arrived: UnitOfWork, council: Council) -> None:
        entries = [row["id"] for row in rows(arrived, Entry)]
        said = ("review_id", "entry_id", "micropounds", "is_complete", "reason", "unit_value")

        def valued(at: UnitOfWork) -> list[tuple[Any, ...]]:
            kept = [row for row in rows(at, Valuation) if row["entry_id"] in entries]
            return sorted(tuple(row[name] for name in said) for row in kept)

        assert len(valued(arrived)) < len(valued(uow))
        load_again(arrived, council)
        assert valued(arrived) == valued(uow)
        assert recompute(arrived, OPERATOR).differing == ()

    def test_every_revision_has_its_digest(self, arrived: UnitOfWork) -> None:
        revisions = rows(arrived, Revision)
        assert len(revisions) == 4
        with arrived.read(OPERATOR) as work:
            for row in revisions:
                entries = work.all(
                    select(RevisionEntry.c.entry_id)
                    .where(RevisionEntry.c.revision_id == row["id"])
                    .order_by(RevisionEntry.c.entry_id)
                )
                found = digest_of_revision(
                    work,
                    [one.entry_id for one in entries],
                    row["return_id"],
                    row["number"],
                    row["is_nothing_to_report"],
                )
                assert found == row["digest"]

    def test_the_audit_trail_holds_there_too(
        self, uow: UnitOfWork, council: Council, store: Store, elsewhere: UnitOfWork, tmp_path: Path
    ) -> None:
        audit_trail.seal(uow)
        (before,) = [one for one in audit_trail.verify(uow).chains if one.authority == "northmoor"]
        export_authority(
            uow, OPERATOR, store, authority_id=council.authority_id, folder=tmp_path / "export", told=silent
        )
        bring_in(elsewhere, tmp_path)
        found = audit_trail.verify(elsewhere, expect=[before.head])
        assert found.breaks == ()
        (chain,) = found.chains
        assert (chain.head, chain.sealed, len(chain.unsealed)) == (before.head, before.sealed, 1)
        audit_trail.seal(elsewhere)
        assert audit_trail.verify(elsewhere, expect=[before.head]).breaks == ()

    def test_evidence_comes_along(self, uow: UnitOfWork, export: Exported, arrived: UnitOfWork, tmp_path: Path) -> None:
        theirs = Store(str(tmp_path / "their evidence"))
        assert export.manifest.evidence == 1
        (digest,) = theirs.digests()
        with theirs.open(digest) as file:
            assert file.read().startswith(b"%PDF")

    def test_work_goes_on_there(self, arrived: UnitOfWork, council: Council) -> None:
        """New rows take numbers after those that came."""
        highest = max(row["id"] for row in rows(arrived, Supplier))
        assert a_supplier(arrived) > highest
        an_authority(arrived)
        load_again(arrived, council)

    def test_it_can_be_exported_again_and_is_the_same(
        self, export: Exported, arrived: UnitOfWork, council: Council, tmp_path: Path
    ) -> None:
        again = export_authority(
            arrived,
            OPERATOR,
            Store(str(tmp_path / "their evidence")),
            authority_id=council.authority_id,
            folder=tmp_path / "again",
            told=silent,
        )
        first, second = dict(export.manifest.tables), dict(again.manifest.tables)
        first.pop("audit_row"), second.pop("audit_row")
        assert second == first


class TestWhatStays:
    """What may not leave, or isn't the authority's, isn't in the export."""

    def test_values_that_may_not_be_passed_on(self, export: Exported, tmp_path: Path) -> None:
        text = text_of(tmp_path / "export")
        assert [value for value in SECRET_VALUES if f'"{value}"' in text] == []
        (one,) = export.manifest.without_values
        assert (one.name, one.licence, one.source) == ("our-values", LICENCE.licence, LICENCE.source)

    def test_nor_what_would_give_them_away(self, uow: UnitOfWork, export: Exported, tmp_path: Path) -> None:
        """What was accepted, and what it was worth, make the unit value: 2015.625 / 12.5 = 161.25."""
        worth = {str(row["micropounds"]) for row in rows(uow, Valuation) if row["unit_value"] in SECRET_VALUES}
        assert worth
        assert [amount for amount in worth if f":{amount}," in text_of(tmp_path / "export")] == []

    def test_values_that_ship_do_go_along(self, tmp_path: Path, export: Exported) -> None:
        sets = lines(tmp_path / "export/tables/value_set_snapshot.jsonl")
        assert {one["name"]: one["content"] is not None for one in sets} == {"our-values": False, "round": True}

    def test_another_authoritys_contracts(
        self, uow: UnitOfWork, council: Council, export: Exported, tmp_path: Path
    ) -> None:
        """Both have the same supplier, and an activity that they share."""
        text = text_of(tmp_path / "export")
        assert "WV-1" not in text
        assert "Westvale" not in text
        shares = lines(tmp_path / "export/tables/activity_share.jsonl")
        assert {one["contract_id"] for one in shares} == {council.own_values}
        for name in ("entry", "return", "commitment", "contract_pin"):
            of = [one["contract_id"] for one in lines(tmp_path / f"export/tables/{name}.jsonl")]
            assert council.neighbours not in of

    def test_a_supplier_that_has_nothing_with_it(self, export: Exported, tmp_path: Path) -> None:
        assert "Nobody's Supplier" not in text_of(tmp_path / "export")

    def test_secrets(self, uow: UnitOfWork, council: Council, store: Store, tmp_path: Path) -> None:
        with uow.begin(OPERATOR) as work:
            values = {"plugin": "pigeons", "values": {"grains": 7}, "sealed": "sealed-secret"}
            work.add(PluginSetting, authority_id=council.authority_id, **values)
        export_authority(
            uow, OPERATOR, store, authority_id=council.authority_id, folder=tmp_path / "export", told=silent
        )
        (row,) = lines(tmp_path / "export/tables/plugin_setting.jsonl")
        assert (row["values"], row["sealed"]) == ({"grains": 7}, "")
        assert "sealed-secret" not in text_of(tmp_path / "export")

    def test_every_table_goes_along_or_is_left_out_for_a_reason(self) -> None:
        assert set(TABLES) | set(LEFT_OUT) == set(METADATA.sorted_tables)
        assert set(TABLES) & set(LEFT_OUT) == set()
        assert all(LEFT_OUT.values())

    def test_the_audit_trail_says_that_it_went(self, uow: UnitOfWork, council: Council, export: Exported) -> None:
        audit = METADATA.tables["audit_row"]
        with uow.read(OPERATOR) as work:
            said = work.connection.execute(
                select(audit.c.payload).where(audit.c.action == "authority.exported")
            ).scalar_one()
        assert said == {"manifest": export.digest, "rows": export.manifest.rows, "files": 1}


class TestWhatIsRefused:
    """An import that can't be whole isn't begun, and nothing of it stays."""

    @pytest.fixture
    def nowhere(self, empty_url: str, clock: Clock) -> Iterator[UnitOfWork]:
        engine = open_engine(empty_url)
        upgrade(engine)
        yield UnitOfWork(engine, clock)
        engine.dispose()

    @pytest.fixture
    def record_url(self, council_file: Kept, tmp_path: Path) -> str:
        """The source is on SQLite, because the empty database of these tests takes the other's place."""
        shutil.copy(council_file.record, tmp_path / "source.db")
        return f"sqlite:///{tmp_path / 'source.db'}"

    def test_a_record_that_is_not_empty(self, export: Exported, nowhere: UnitOfWork, tmp_path: Path) -> None:
        an_authority(nowhere)
        before = tables_of(nowhere)
        with pytest.raises(Refused, match="The record isn't empty"):
            bring_in(nowhere, tmp_path)
        assert tables_of(nowhere) == before

    @pytest.mark.parametrize("name", ["entry", "words", "contract_pin"])
    def test_a_file_that_was_changed(self, export: Exported, nowhere: UnitOfWork, tmp_path: Path, name: str) -> None:
        path = tmp_path / f"export/tables/{name}.jsonl"
        path.write_bytes(path.read_bytes().replace(b"2026", b"2027", 1))
        with pytest.raises(Trouble, match=rf"{name}\.jsonl isn't what it was when the export was made"):
            bring_in(nowhere, tmp_path)
        assert not any(tables_of(nowhere).values())

    def test_a_file_that_is_missing(self, export: Exported, nowhere: UnitOfWork, tmp_path: Path) -> None:
        (tmp_path / "export/tables/review.jsonl").unlink()
        with pytest.raises(Trouble, match="isn't what it was when the export was made"):
            bring_in(nowhere, tmp_path)

    def test_rows_that_do_not_hold_together(self, export: Exported, nowhere: UnitOfWork, tmp_path: Path) -> None:
        """Somebody took a supplier out and made the manifest fit: the database itself says no, and nothing stays."""
        from hashlib import sha256

        path, label = tmp_path / "export/tables/supplier.jsonl", tmp_path / "export/manifest.json"
        left = b"".join(path.read_bytes().splitlines(keepends=True)[1:])
        path.write_bytes(left)
        said = json.loads(label.read_text())
        said["tables"]["supplier"] = {"rows": 1, "digest": sha256(left).hexdigest()}
        label.write_text(json.dumps(said))
        with pytest.raises(Trouble, match="doesn't hold together"):
            bring_in(nowhere, tmp_path)
        assert not any(tables_of(nowhere).values())

    def test_evidence_that_was_damaged(self, export: Exported, nowhere: UnitOfWork, tmp_path: Path) -> None:
        (file,) = [path for path in (tmp_path / "export/evidence").rglob("*") if path.is_file()]
        file.write_bytes(b"something else")
        with pytest.raises(Trouble, match="The export's evidence was damaged"):
            bring_in(nowhere, tmp_path)
        assert not any(tables_of(nowhere).values())

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"form": 2}, "is an export of form 2"),
            ({"revision": "9999"}, "Import it with that version"),
            ({"tables": {}}, "has other tables than this version"),
            ({"made_at": "yesterday"}, "is no export of Quarterday"),
        ],
    )
    def test_an_export_of_another_version(
        self, export: Exported, nowhere: UnitOfWork, tmp_path: Path, change: dict[str, Any], why: str
    ) -> None:
        label = tmp_path / "export/manifest.json"
        label.write_text(json.dumps(json.loads(label.read_text()) | change))
        with pytest.raises(Refused, match=why):
            bring_in(nowhere, tmp_path)

    def test_a_folder_that_is_no_export(self, nowhere: UnitOfWork, tmp_path: Path) -> None:
        (tmp_path / "export").mkdir()
        with pytest.raises(Refused, match="is no export of Quarterday"):
            bring_in(nowhere, tmp_path)

    def test_a_folder_that_is_there_already(
        self, uow: UnitOfWork, council: Council, store: Store, export: Exported, tmp_path: Path
    ) -> None:
        with pytest.raises(Refused, match="name a new folder"):
            export_authority(
                uow, OPERATOR, store, authority_id=council.authority_id, folder=tmp_path / "export", told=silent
            )

    def test_who_may(
        self, uow: UnitOfWork, council: Council, store: Store, export: Exported, nowhere: UnitOfWork, tmp_path: Path
    ) -> None:
        for actor in (council.supplier, replace(council.staff, authority_id=council.neighbour_id)):
            with pytest.raises(Refused):
                export_authority(
                    uow, actor, store, authority_id=council.authority_id, folder=tmp_path / "stolen", told=silent
                )
        assert list(tmp_path.glob("stolen*")) == []
        with pytest.raises(Refused, match="Only the operator"):
            import_authority(nowhere, council.staff, store, folder=tmp_path / "export", told=silent)


def test_missing_evidence_is_named_and_the_rest_goes(
    uow: UnitOfWork, council: Council, store: Store, tmp_path: Path
) -> None:
    (digest,) = store.digests()
    (file,) = [path for path in (tmp_path / "evidence").rglob(digest) if path.is_file()]
    file.unlink()
    done = export_authority(
        uow, OPERATOR, store, authority_id=council.authority_id, folder=tmp_path / "export", told=silent
    )
    assert (done.manifest.evidence, len(done.manifest.lost)) == (0, 1)
    assert digest[:12] in done.manifest.lost[0]


def test_the_commands(
    council_url: str, council: Council, store: Store, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out with one command; in with another, where no record is laid down yet."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir(), there.mkdir()
    shutil.copytree(tmp_path / "evidence", here / "evidence")
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(here))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", council_url)
    out = CliRunner().invoke(main, ["authority", "export", "northmoor", str(tmp_path / "export")])
    assert out.exit_code == 0, out.output
    assert "Not there, for they may not be passed on: the values of “our-values”" in out.stdout
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(there))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", f"sqlite:///{there / 'record.db'}")
    came = CliRunner().invoke(main, ["authority", "import", str(tmp_path / "export")])
    assert came.exit_code == 0, came.output
    assert '--catalogue made-up/1 --name "our-values"' in came.stdout
    assert (there / "evidence").is_dir()
    again = CliRunner().invoke(main, ["authority", "import", str(tmp_path / "export")])
    assert (again.exit_code, "The record isn't empty" in again.output) == (5, True)
