"""The delivery report: the same bytes on both databases, in every format, and delivered through a sink with a key."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from council import ENDS, Council, Kept
from sqlalchemy import select

from quarterday.cli.main import main
from quarterday.db.models import AuditRow, PluginSetting
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import NotConfigured, Refused
from quarterday.ports import Document
from quarterday.reports.documents import Format
from quarterday.services.background import worker
from quarterday.services.background.deliveries import deliveries
from quarterday.services.figures import reporting
from quarterday.services.figures.reporting import Ordered
from quarterday.services.promises import handovers
from quarterday.testing.builders import OPERATOR, a_contract, a_supplier, an_authority, an_award
from quarterday.testing.clock import Clock

GOLDEN = Path(__file__).parent / "samples" / "delivery-report.json"
AT = ENDS


@pytest.fixture
def record_url(council_url: str) -> str:
    """Every test here begins with a council."""
    return council_url


@pytest.fixture
def council(kept_council: Kept, clock: Clock) -> Council:
    clock.now = ENDS
    return kept_council.council


def built(uow: UnitOfWork, council: Council, form: Format, *, period: str = "2026-Q1", at: datetime = AT) -> Document:
    return reporting.build(uow, OPERATOR, Ordered(authority_id=council.authority_id, form=form, period=period, at=at))


def as_json(uow: UnitOfWork, council: Council, *, period: str = "2026-Q1", at: datetime = AT) -> dict[str, Any]:
    return dict(json.loads(built(uow, council, Format.JSON, period=period, at=at).content))


def by_ref(report: Mapping[str, Any]) -> dict[str, Any]:
    return {one["ref"]: one for one in report["measures"]}


def csv_rows(document: Document) -> list[dict[str, str]]:
    return list(csv.DictReader(document.content.decode("utf-8-sig").splitlines()))


class TestTheFigures:
    """What the report says of a quarter, by hand."""

    def test_the_bytes_are_the_same_on_both_databases(self, uow: UnitOfWork, council: Council) -> None:
        assert built(uow, council, Format.JSON).content == GOLDEN.read_bytes()

    def test_each_stage_of_a_measure(self, uow: UnitOfWork, council: Council) -> None:
        """Two contracts promise 500 and 400 weeks over eight quarters."""
        weeks = by_ref(as_json(uow, council))["WEEKS"]
        assert weeks["committed"]["quantity"] == "112.5" == weeks["due"]["quantity"]
        assert weeks["committed"]["pounds"] == "17578.125000"  # 62.5 × 161.25 + 50 × 150, each by its own values
        assert (weeks["claimed"]["quantity"], weeks["accepted"]["quantity"]) == ("13", "12.5")
        assert weeks["accepted"] == {
            "quantity": "12.5", "pounds": "2015.625000", "is_complete": True, "reasons": [],
        }  # fmt: skip

    def test_what_is_not_accepted_is_worth_nothing_yet(self, uow: UnitOfWork, council: Council) -> None:
        jobs = by_ref(as_json(uow, council))["JOBS"]
        assert (jobs["claimed"]["quantity"], jobs["accepted"]["quantity"]) == ("0.5", "0")
        assert "pounds" not in jobs["claimed"]

    def test_a_measure_without_money_has_no_pounds(self, uow: UnitOfWork, council: Council) -> None:
        report = built(uow, council, Format.JSON)
        waste = by_ref(json.loads(report.content))["WASTE"]
        assert (waste["accepted"]["quantity"], waste["accepted"]["pounds"]) == (None, None)
        (row,) = [row for row in csv_rows(built(uow, council, Format.CSV)) if row["measure"] == "WASTE"]
        assert (row["accepted"], row["accepted £"], row["£ complete"]) == ("", "", "")

    def test_a_contract_that_reports_yearly_is_in_the_years_report(self, uow: UnitOfWork, council: Council) -> None:
        quarter, year = as_json(uow, council), as_json(uow, council, period="2026/27")
        assert (quarter["contracts_of_other_rhythms"], year["contracts_of_other_rhythms"]) == (1, 0)
        assert "1 contract reports for spans that are not within this period" in " ".join(quarter["notes"])
        assert float(by_ref(year)["JOBS"]["committed"]["quantity"]) == 3 * 12.5

    def test_what_was_delivered_before_is_apart_and_in_no_period(self, uow: UnitOfWork, council: Council) -> None:
        assert by_ref(as_json(uow, council))["GIFTS"]["before_the_record"] == "0"
        whole = as_json(uow, council, period="")
        assert by_ref(whole)["GIFTS"]["before_the_record"] == "75"
        assert by_ref(whole)["GIFTS"]["accepted"]["quantity"] == "590.15"

    def test_missing_values_are_said(self, uow: UnitOfWork, council: Council) -> None:
        """NM-3 has no value set: the year's £ are incomplete, and say why."""
        year = as_json(uow, council, period="2026/27")
        totals = {one["of"]: one for one in year["totals"]["committed"]}
        assert totals["Together"]["is_complete"] is False
        assert "No value set is chosen, so there are quantities and no £." in totals["Together"]["reasons"]

    def test_made_up_values_are_said_in_every_format(self, uow: UnitOfWork, council: Council) -> None:
        assert as_json(uow, council)["warning"].startswith("ILLUSTRATIVE")
        assert all(row["note"].startswith("ILLUSTRATIVE") for row in csv_rows(built(uow, council, Format.CSV)))
        assert b'<p class="warning">ILLUSTRATIVE' in built(uow, council, Format.HTML).content
        about = openpyxl.load_workbook(BytesIO(built(uow, council, Format.XLSX).content))["About"]
        assert any(str(row[1].value).startswith("ILLUSTRATIVE") for row in about.iter_rows())

    def test_another_authoritys_contracts_are_not_in_it(self, uow: UnitOfWork, council: Council) -> None:
        ours = by_ref(as_json(uow, council))["HOURS"]["claimed"]["quantity"]
        theirs = json.loads(
            reporting.build(
                uow, OPERATOR, Ordered(authority_id=council.neighbour_id, form=Format.JSON, period="2026-Q1", at=AT)
            ).content
        )
        assert (ours, by_ref(theirs)["HOURS"]["claimed"]["quantity"]) == ("16/3", "32/3")

    def test_no_values_and_no_words_are_in_it(self, uow: UnitOfWork, council: Council) -> None:
        """A value that may not be passed on, what people wrote, and who they are, stay in the record."""
        for form in Format:
            content = built(uow, council, form).content
            text = b"".join(zipfile.ZipFile(BytesIO(content)).read(name) for name in _parts(content)) or content
            for secret in (b"161.25", b"20429", b"food bank", b"example.org", b"Anager", b"half a week"):
                assert secret not in text, (form, secret)


class TestAsAt:
    """A report of a moment is the same whenever it is built."""

    def test_what_came_later_is_not_seen(self, uow: UnitOfWork, council: Council) -> None:
        before = as_json(uow, council, at=datetime(2026, 7, 7, tzinfo=UTC))
        assert by_ref(before)["WEEKS"]["accepted"]["quantity"] == "0"
        assert by_ref(before)["WEEKS"]["claimed"]["quantity"] == "13"

    def test_building_it_later_changes_no_byte(self, uow: UnitOfWork, council: Council, clock: Clock) -> None:
        first = {form: built(uow, council, form).content for form in Format}
        clock.forward(days=400)
        an_award(uow, contract_id=a_contract(uow, authority_id=council.authority_id))
        assert {form: built(uow, council, form).content for form in Format} == first

    def test_a_contract_that_moved_later_stays_in_the_report_of_then(
        self, uow: UnitOfWork, council: Council, clock: Clock
    ) -> None:
        before = built(uow, council, Format.JSON).content
        clock.forward(days=30)
        handovers.move(
            uow,
            OPERATOR,
            contract_id=council.own_values,
            authority_id=council.neighbour_id,
            since=clock.now.date(),
        )
        assert built(uow, council, Format.JSON).content == before
        now = as_json(uow, council, at=clock.now + timedelta(seconds=1))
        assert by_ref(now)["WEEKS"]["accepted"]["quantity"] == "0"


class TestTheFiles:
    """Files that are safe to open and say the same each time."""

    def test_a_workbook_has_no_formula_and_no_time(self, uow: UnitOfWork, council: Council) -> None:
        content = built(uow, council, Format.XLSX).content
        with zipfile.ZipFile(BytesIO(content)) as packed:
            assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert b"dcterms" not in packed.read("docProps/core.xml").split(b"<dc:creator>")[1]
        sheet = openpyxl.load_workbook(BytesIO(content))["Delivery"]
        rows = list(sheet.iter_rows(values_only=True))
        weeks = dict(zip(rows[0], next(row for row in rows if row[2] == "WEEKS"), strict=True))
        assert (weeks["accepted"], weeks["accepted £"]) == (12.5, 2015.62)

    def test_a_name_that_looks_like_a_formula_stays_text(self, uow: UnitOfWork, clock: Clock) -> None:
        from quarterday.services.organisations import local_areas

        authority = an_authority(uow, key="attacked")
        local = local_areas.define(uow, OPERATOR, authority_id=authority, name="=HYPERLINK(1)", codes=["E08000018"])
        an_award(uow, contract_id=a_contract(uow, authority_id=authority), local_area_id=local)
        at = clock.forward(days=1)

        def of(form: Format) -> bytes:
            return reporting.build(uow, OPERATOR, Ordered(authority_id=authority, form=form, at=at)).content

        (row, *_) = list(csv.DictReader(of(Format.CSV).decode("utf-8-sig").splitlines()))
        assert row["local definition"] == "'=HYPERLINK(1)"
        sheet = openpyxl.load_workbook(BytesIO(of(Format.XLSX)))["Delivery"]
        cell = sheet["G2"]
        assert (cell.value, cell.data_type, cell.quotePrefix) == ("=HYPERLINK(1)", "s", True)

    def test_the_page_escapes_what_people_wrote(self, uow: UnitOfWork, clock: Clock) -> None:
        from quarterday.services.organisations import local_areas

        authority = an_authority(uow)
        name = "<script>alert(1)</script>"
        local = local_areas.define(uow, OPERATOR, authority_id=authority, name=name, codes=["E08000018"])
        an_award(uow, contract_id=a_contract(uow, authority_id=authority), local_area_id=local)
        at = clock.forward(days=1)
        page = reporting.build(uow, OPERATOR, Ordered(authority_id=authority, form=Format.HTML, at=at)).content.decode()
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page

    def test_the_page_can_be_read_without_seeing_it(self, uow: UnitOfWork, council: Council) -> None:
        page = Page(built(uow, council, Format.HTML).content.decode())
        assert page.attributes["html"] == [{"lang": "en-GB"}]
        assert (page.count("h1"), page.count("title"), page.count("main")) == (1, 2, 1)
        (chart,) = page.attributes["svg"]
        assert chart["role"] == "img"
        assert set((chart["aria-labelledby"] or "").split()) <= page.ids
        assert all(head.get("scope") in ("col", "row") for head in page.attributes["th"])
        assert page.count("script") == 0
        assert page.unclosed == []

    def test_an_authority_without_commitments_has_an_empty_report(self, uow: UnitOfWork, clock: Clock) -> None:
        authority = an_authority(uow)
        for form in Format:
            assert reporting.build(uow, OPERATOR, Ordered(authority_id=authority, form=form, at=clock.now)).content


class TestDelivery:
    """Through the folder sink, at once or by the worker, once under its key."""

    def order(self, council: Council, period: str = "2026-Q1") -> Ordered:
        return Ordered(authority_id=council.authority_id, form=Format.CSV, period=period, at=AT)

    def test_the_same_report_is_written_once(self, uow: UnitOfWork, council: Council, tmp_path: Path) -> None:
        out = tmp_path / "out"
        out.mkdir()
        made, receipt = reporting.build_into(uow, OPERATOR, self.order(council), out)
        again = reporting.build_into(uow, OPERATOR, self.order(council, "2026/27 Q1"), out)
        assert again[1] == receipt
        files = [path for path in out.iterdir() if path.is_file()]
        assert [path.name for path in files] == [receipt.reference]
        assert receipt.reference.startswith("delivery-northmoor-2026-27-q1.")
        assert files[0].read_bytes() == made.content

    def test_a_folder_that_is_not_there(self, uow: UnitOfWork, council: Council, tmp_path: Path) -> None:
        with pytest.raises(NotConfigured, match="The folder can't be used"):
            reporting.build_into(uow, OPERATOR, self.order(council), tmp_path / "nowhere")

    def test_what_was_built_is_listed_with_its_digest(self, uow: UnitOfWork, council: Council) -> None:
        from hashlib import sha256

        document = built(uow, council, Format.JSON)
        (row,) = reporting.built(uow, council.staff, authority_id=council.authority_id)
        assert (row.period, row.at, row.form, row.actor) == ("2026/27 Q1", AT, "json", "cli")
        assert row.digest == sha256(document.content).hexdigest()

    def test_asked_for_twice_it_is_one_delivery(self, uow: UnitOfWork, council: Council) -> None:
        first, is_new = reporting.send(uow, OPERATOR, self.order(council), "folder")
        assert is_new
        assert reporting.send(uow, OPERATOR, self.order(council, "2026/27 Q1"), "folder") == (first, False)

    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    def test_the_worker_delivers_it(self, uow: UnitOfWork, council: Council, tmp_path: Path) -> None:
        out = tmp_path / "reports"
        out.mkdir()
        with uow.begin(OPERATOR) as work:
            settings = {"authority_id": council.authority_id, "plugin": "folder", "values": {"folder": str(out)}}
            work.add(PluginSetting, **settings, sealed="")
        sent, _ = reporting.send(uow, OPERATOR, self.order(council), "folder")
        worker.run(uow, stop=Event(), tell=lambda settled: None, once=True)
        (row,) = [one for one in deliveries(uow, OPERATOR) if one.id == sent]
        assert row.state is State.DONE, row.error
        assert (out / str(row.reference)).read_bytes() == built(uow, council, Format.CSV).content

    def test_a_sink_nobody_offers(self, uow: UnitOfWork, council: Council) -> None:
        with pytest.raises(NotConfigured, match="No plugin offers the sink “pigeon”"):
            reporting.send(uow, OPERATOR, self.order(council), "pigeon")

    def test_what_names_no_period(self, uow: UnitOfWork, council: Council) -> None:
        for order in (reporting.build, lambda *given: reporting.send(*given, "folder")):
            with pytest.raises(Refused, match="“soon” is no period; write 2026-Q2, 2026-H1 or 2026/27"):
                order(uow, OPERATOR, self.order(council, "soon"))

    def test_it_stays_within_the_scope(self, uow: UnitOfWork, council: Council) -> None:
        others = Actor("user/9", authority_id=an_authority(uow), role=MemberRole.ADMINISTRATOR)
        for actor in (others, Actor("user/9", supplier_id=a_supplier(uow))):
            with pytest.raises(Refused, match="There is no such authority"):
                reporting.build(uow, actor, self.order(council))
        with uow.read(OPERATOR) as work:
            assert work.all(select(AuditRow.c.id).where(AuditRow.c.action == "report.built")) == []


class TestTheCommand:
    """``quarterday report build|list``."""

    @pytest.fixture(autouse=True)
    def _settings(self, council_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("QUARTERDAY_DATABASE_URL", council_url)

    def report(self, *arguments: object) -> Result:
        return CliRunner().invoke(main, ["report", *map(str, arguments)])

    def test_a_report_is_written_and_listed(self, tmp_path: Path) -> None:
        order = ("build", "delivery", "--authority", "northmoor", "--period", "2026-Q1", "--as-at", "2026-11-02T09:00Z")
        done = self.report(*order, "--format", "json", "--out", tmp_path / "new" / "folder", "--json")
        assert done.exit_code == 0, done.output
        assert Path(json.loads(done.stdout)["file"]).read_bytes() == GOLDEN.read_bytes()
        listed = json.loads(self.report("list", "--authority", "northmoor", "--json").stdout)["reports"]
        assert [(one["form"], one["period"]) for one in listed] == [("json", "2026/27 Q1")]
        assert "2026/27 Q1" in self.report("list", "--authority", "northmoor").stdout

    def test_it_must_be_said_where_it_goes(self, tmp_path: Path) -> None:
        order = ("build", "delivery", "--authority", "northmoor")
        for where in ((), ("--out", tmp_path, "--sink", "folder")):
            done = self.report(*order, *where)
            assert (done.exit_code, "Say where it is to go" in done.output) == (2, True)

    def test_the_worker_is_asked(self) -> None:
        order = ("build", "delivery", "--authority", "northmoor", "--as-at", "2026-11-02", "--sink", "folder")
        assert "is to bring it to the sink “folder”" in self.report(*order).stdout
        assert "was asked for before" in self.report(*order).stdout


class Page(HTMLParser):
    """The elements of a page, their attributes and ids, and which were never closed."""

    VOID = frozenset({"meta", "br", "rect", "line"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: dict[str, list[dict[str, str | None]]] = {}
        self.ids: set[str] = set()
        self.unclosed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.attributes.setdefault(tag, []).append(said)
        self.ids |= {said["id"] or ""} if "id" in said else set()
        if tag not in self.VOID:
            self.unclosed.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.unclosed.pop() == tag

    def count(self, tag: str) -> int:
        return len(self.attributes.get(tag, []))


def _parts(content: bytes) -> list[str]:
    return zipfile.ZipFile(BytesIO(content)).namelist() if content.startswith(b"PK") else []
