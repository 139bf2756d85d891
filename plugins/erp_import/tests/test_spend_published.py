"""What a council publishes: the columns, who is not named, what is undecided, and one delivery for one document."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from made_up_ledger import Council, Northmoor
from made_up_lines import Part, Spend, a_line, lines
from openpyxl import load_workbook

from quarterday import NotConfigured, Payee, Refused
from quarterday.db.engine import open_engine
from quarterday.services.figures.reporting import built
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock
from quarterday_erp_import.feeds.incoming import dismiss, hand_in
from quarterday_erp_import.feeds.keeping import IncomingFiles
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import Hold, import_file
from quarterday_erp_import.outputs.columns import FIELDS, FILE, columns
from quarterday_erp_import.outputs.listing import Named, listed
from quarterday_erp_import.outputs.papers import Paper, Sheet, document, pence
from quarterday_erp_import.outputs.publishing import FORMS_OF, Ordered, papers, publish


@pytest.fixture(scope="module")
def made(northmoor_template: tuple[Path, Council]) -> Iterator[dict[str, list[Paper]]]:
    """What is published of a quarter, by report; nothing is changed by that."""
    data, council = northmoor_template
    engine = open_engine(f"sqlite:///{data / 'record.db'}")
    uow, files = UnitOfWork(engine, Clock(datetime(2026, 7, 1, 9, 30, tzinfo=UTC))), LineFiles(data / "ledger")
    yield {
        report: papers(uow, OPERATOR, files=files, folder=data, ordered=quarter(council.id, report))
        for report in FORMS_OF
    }
    engine.dispose()


def quarter(authority: int, report: str, form: str = "csv", period: str = "2026-Q1") -> Ordered:
    return Ordered(authority_id=authority, report=report, period=period, form=form)


def table(paper: Paper) -> list[list[str]]:
    return list(csv.reader(io.StringIO(document(paper, "csv").content.decode("utf-8-sig"))))


def test_spend_over_500_names_nobody_who_is_a_person(made: dict[str, list[Paper]], tmp_path: Path) -> None:
    (paper,) = made["transparency"]
    assert document(paper, "csv").name == "spend-transparency-northmoor-2026-27-q1.csv"
    header, *rows = table(paper)
    assert header == list(columns("transparency", tmp_path))
    shown = [(row[2], row[3], row[4], row[6], row[7], row[8], row[11]) for row in rows]
    day = "2026-06-10"
    assert shown == [
        ("REDACTED", "", "", day, "D4", "5000.00", ""),
        ("REDACTED PERSONAL DATA", "", "", day, "D5", "7000.00", ""),
        ("REDACTED PERSONAL DATA", "", "", day, "D6", "3000.00", "Parks"),
        ("Alder Advice CIC", "700002", "", day, "D3", "60000.00", "Advice"),
        ("Elm Supplies Ltd", "", "", day, "D9", "400.00", ""),
        ("Elm Supplies Ltd", "", "", day, "D9", "200.00", ""),
        ("LARCH BUILDING LTD", "700001", "01234567", day, "D1C", "-20000.00", "Roads"),
        ("Larch Building Ltd", "700001", "01234567", day, "D1", "150000.00", "Roads"),
        ("'=Quince Orchards Ltd", "", "", "2026-06-30", "D7", "26000.00", "Plants"),
    ]


def test_payments_over_30000_are_listed_with_contract_and_supplier_and_the_undecided_apart(
    made: dict[str, list[Paper]],
) -> None:
    certain, undecided = made["over-30k"]
    (row,) = table(certain)[1:]
    assert (row[1], row[3:]) == (
        "NM-1",
        ["Larch Building Ltd", "GB-COH-01234567", "2026-06-10", "", "150000.00", "D1"],
    )
    assert [(row[3], row[7], row[9]) for row in table(undecided)[1:]] == [
        ("Alder Advice CIC", "60000.00", "it is on no contract for certain"),
        (
            "'=Quince Orchards Ltd",
            "26000.00",
            "what is known is between £25,000 and £30,000; with VAT it may be over",
        ),
    ]
    workbook = load_workbook(io.BytesIO(document(undecided, "xlsx").content))
    cell = workbook["Undecided"]["D3"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=Quince Orchards Ltd", "s", True)
    about = {row[0].value: row[1].value for row in workbook["About"].iter_rows(min_row=2)}
    assert about["Payments known up to"] == "2026-06-30"
    assert about["In no period"] == "1 payments, £900.00: no day is known of them"


def test_local_spend_is_reported_by_each_definition_with_what_is_known(made: dict[str, list[Paper]]) -> None:
    (paper,) = made["local"]
    header, *rows = table(paper)
    found = {(row[2], row[3]): dict(zip(header, row, strict=True)) for row in rows}
    whole = found["Local spend, local by “The borough”", "All payments"]
    assert (whole["£"], whole["£ with a known postcode"], whole["£ local"]) == ("232999.00", "193000.00", "133000.00")
    assert whole["local share of what is known"] == "68.9%"
    assert whole["note"] == "The payee's postcode is known for 82.8% of £232,999.00."
    both = found["Local spend, local by “With Sheffield”", "All payments"]
    assert both["local share of what is known"] == "100.0%"
    sme = found["By size of the payee", "all SMEs together, micro ones among them"]
    assert sme["£"] == "190000.00"
    vcse = found["By sector of the payee", "voluntary, community and social enterprise (VCSE)"]
    assert vcse["said by"] == "its name says community interest company, 2026-04-01"
    text = document(paper, "html").content.decode()
    assert "figures by unlike definitions of “local” are never added" in text
    assert '<th scope="row">=Quince Orchards Ltd</th>' in text


def test_a_supplier_is_known_by_what_the_record_of_contracts_has_where_the_ledger_has_nothing() -> None:
    row = {"payee": "Alder Advice CIC", "payee_id": None, "supplier": None, "kind": "supplier", "document": "D1"}
    row |= {"company_number": None, "charity_number": None, "paid_on": date(2026, 6, 1), "amount": 1, "contract_id": 1}
    identifiers = (("VAT", "123456789"), ("GB-PPON", "PABC-1234-DEFG"))
    alder = Payee(("Alder Advice CIC",), identifiers)
    named = Named("Northmoor", {1: ("NM-1", "Advice")}, {}, {("Alder Advice CIC", ""): alder})
    wanted = {"Identifier": "supplier_identifier", "Contract": "contract_reference"}
    assert listed("x", "x", [row], wanted, named).rows == [["GB-PPON-PABC-1234-DEFG", "NM-1"]]
    assert listed("x", "x", [row | {"payee": None}], wanted, named).rows == [["", "NM-1"]]


def test_nobody_is_named_who_is_a_person(made: dict[str, list[Paper]]) -> None:
    for paper in [paper for of_report in made.values() for paper in of_report]:
        assert all(name not in repr(paper) for name in ("Smith", "Birch"))


def test_what_is_published_says_how_many_files_wait_for_somebody(northmoor: Northmoor) -> None:
    of = {"authority_id": northmoor.council.id, "feed": "cards", "name": "july.csv"}
    given = {"files": northmoor.files, "folder": northmoor.data, "ordered": quarter(northmoor.council.id, "local")}

    def said() -> str | None:
        (paper,) = papers(northmoor.uow, OPERATOR, **given)  # type: ignore[arg-type]
        return dict(paper.about).get("Files not counted")

    assert said() is None
    kept = IncomingFiles(northmoor.data / "ledger")
    row = hand_in(northmoor.uow, OPERATOR, content=io.BytesIO(b"a"), files=kept, **of)  # type: ignore[arg-type]
    spend = Spend.of(northmoor.data, "july.csv", Part(lines(a_line(1, document="D77"))))
    bring = {"files": northmoor.files, "path": spend.path, "read": spend.read, "hold": Hold.ALWAYS}
    import_file(northmoor.uow, OPERATOR, **of, **bring)  # type: ignore[arg-type]
    assert said() == "2 that came in and wait to be read or accepted"
    dismiss(northmoor.uow, OPERATOR, incoming_id=row)
    assert said() == "1 that came in and wait to be read or accepted"


def test_it_goes_to_a_folder_and_is_listed_with_the_reports(northmoor: Northmoor, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    of = quarter(northmoor.council.id, "over-30k")
    publish(northmoor.uow, OPERATOR, files=northmoor.files, folder=northmoor.data, ordered=of, into=out)
    assert sum(path.suffix == ".csv" for path in out.iterdir()) == 2
    listed = built(northmoor.uow, OPERATOR, authority_id=northmoor.council.id)
    assert {(one.report, one.period) for one in listed} == {
        ("over-30k", "2026/27 Q1"),
        ("over-30k-undecided", "2026/27 Q1"),
    }


@pytest.mark.parametrize(
    ("report", "form", "period", "why"),
    [("local", "html", "soon", "is no period"), ("over-30k", "html", "2026-Q1", "“over-30k” is written as csv, xlsx")],
)
def test_what_is_no_period_or_no_form_of_it_is_refused(
    northmoor: Northmoor, report: str, form: str, period: str, why: str
) -> None:
    of = quarter(northmoor.council.id, report, form, period)
    with pytest.raises(Refused, match=why):
        publish(northmoor.uow, OPERATOR, files=northmoor.files, folder=northmoor.data, ordered=of, sink="folder")


def test_a_council_may_have_its_own_columns(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('[over-30k]\n"Payee" = "payee"\n"Paid" = "paid_on"\n')
    assert columns("over-30k", tmp_path) == {"Payee": "payee", "Paid": "paid_on"}
    assert set(columns("transparency", tmp_path).values()) <= FIELDS["transparency"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[over-30k]\n"Payee" = "name"\n', "“Payee”: there is no “name”; there are amount, authority"),
        ("[over-30k]\n", r"names no columns below \[over-30k\]"),
        ("[over-30k", "can't be used"),
    ],
)
def test_columns_that_are_wrong_are_said(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(NotConfigured, match=why):
        columns("over-30k", tmp_path)


def test_nothing_of_a_page_runs() -> None:
    sheet = Sheet("x", "<script>1</script>", ("a", "b"), [["<b>", pence(2_505_000)]], ["<i>"], 1)
    paper = Paper("local", "<title>", "northmoor", "2026", [("<dt>", "&")], [sheet])
    text = document(paper, "html").content.decode()
    assert "<script>1" not in text
    assert "<b>" not in text
    assert '<td class="number">2.50</td>' in text
