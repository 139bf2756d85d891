"""The ledger in the browser: a file is sent, read, accepted; records that weren't understood are put right."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from io import BytesIO
from typing import Any

import pytest
from ledger_site import LedgerSite
from made_up_lines import POUND, Broken, Part, Spend, a_line, lines
from visits import Visitor

from quarterday.db.branches import version_table
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.cli.engine import PACKAGES
from quarterday_erp_import.feeds import incoming, rules
from quarterday_erp_import.feeds.incoming import State, hand_in, step
from quarterday_erp_import.ledger import batches, control_totals, corrections
from quarterday_erp_import.ledger.importing import Hold, import_file

WITHOUT_ENGINE = """
import sys


class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {packages}:
            raise ModuleNotFoundError(name, name=name)


sys.meta_path.insert(0, Blocked())
from quarterday.services.plugins.screens import Made, made
from quarterday_webforms.screens import SiteDesk, flaw

print(*[one.plugin if isinstance(one, Made) else one for one in made(SiteDesk, flaw)])
"""
JUNE = b"Supplier,Payment Date,Amount\nLarch Ltd,13/06/2026,1000.00\n"
UNDERSTOOD = {
    "format": "text",
    "encoding": "utf-8",
    "delimiter": ",",
    "header_row": 1,
    "columns": {
        "payee": {"index": 0, "name": "Supplier", "sure": 0.97, "why": "its name says so"},
        "amount": {"index": 1, "name": "", "sure": 0.8, "why": "it holds amounts"},
        "paid_on": {"index": 2, "name": "Paid", "sure": 1.0, "why": "it holds dates"},
    },
    "not_kept": ["Narrative", "Card holder"],
    "amount_is": "net",
    "kind": "card",
    "dates": {"order": "day first", "sure": 1.0, "why": "13 June can only be that."},
    "why": {"amount": "a column of VAT stands beside it"},
}
QUESTION = {
    "key": "date_order",
    "text": "Which comes first?",
    "choices": ["day first", "month first"],
    "assumed": "day first",
}
BROKEN = (
    Broken(3, 4, "Larch Ltd,abc,10/06/2026", "The amount is no number."),
    Broken(4, 5, "=Total,,", "No payee."),
    Broken(5, 6, "Alder Ltd,12.00,soon", "The date is no date."),
)


def take_in(site: LedgerSite, name: str, *rows: dict[str, Any], broken: Any = (), hold: Hold = Hold.NEVER) -> int:
    """Have a made-up file read; returns its batch."""
    spend = Spend.of(site.folder, name, Part(lines(*rows), broken))

    def read(path: Any) -> Any:
        return spend.read(path).__class__(UNDERSTOOD, spend.parts)

    of = {"files": site.files, "path": spend.path, "authority_id": site.authority, "feed": "payments", "read": read}
    return import_file(site.uow, OPERATOR, hold=hold, **of).batch.id  # type: ignore[arg-type]


def test_a_file_is_sent_and_how_far_it_is_is_said(visited: LedgerSite) -> None:
    lead = visited.visitor()
    empty = lead.open("/ledger")
    assert "No spend file has come in yet" in empty.text
    page = lead.open("/ledger/upload")
    nothing = lead.send(page, "/ledger/upload", other=" ")
    assert nothing.status == 422
    assert nothing.title.startswith("Error: Upload a spend file")
    assert "Enter what the file is one of" in nothing.errors
    assert "Choose the spend file" in nothing.errors
    blank = lead.send(page, "/ledger/upload", other="payments over £500", file=(BytesIO(b""), "june.csv"))
    assert (blank.status, blank.value("other")) == (422, "payments over £500")
    assert "The file is empty" in blank.errors
    sent = lead.send(page, "/ledger/upload", other="payments over £500", file=(BytesIO(JUNE), "june <b>.csv"))
    assert "The file is being read" in sent.text
    (row,) = incoming.incoming(visited.uow, OPERATOR, authority_id=visited.authority)
    assert (row.feed, row.name, row.origin, row.state) == ("payments over £500", "june <b>.csv", "by hand", "waiting")
    assert (visited.folder / "ledger" / str(visited.authority) / "incoming" / row.sha256).read_bytes() == JUNE
    listed = lead.open("/ledger")
    assert "june <b>.csv" in listed.text
    assert "Waiting to be read" in listed.text
    again = lead.fill_in("/ledger/upload", feed="payments over £500", file=(BytesIO(JUNE), "copy.csv"))
    assert "june <b>.csv" in again.text


def test_what_a_file_leaves_open_is_asked_and_kept_for_its_feed(visited: LedgerSite) -> None:
    of = {"authority_id": visited.authority, "feed": "payments", "name": "june.csv", "content": BytesIO(JUNE)}
    file = hand_in(visited.uow, OPERATOR, **of)  # type: ignore[arg-type]
    with visited.uow.begin(OPERATOR) as work:
        step(work, file, State.ASKS, questions=(QUESTION,), understood=UNDERSTOOD)
    lead, address = visited.visitor(), f"/ledger/files/{file}"
    assert "june.csv leaves 1 question open" in lead.open("/ledger").text
    page = lead.open(address)
    assert "Which comes first?" in page.text
    assert 'value="day first" checked' in page.html
    for words in (
        "Who was paid Supplier 97% sure",
        "Amount number 2",
        "day first: 13 June",
        "a column of VAT",
        "Narrative",
    ):
        assert words in page.text, words
    wrong = lead.send(page, address, date_order="both")
    assert (wrong.status, wrong.errors) == (422, "There is a problem Choose one of the answers.")
    done = lead.send(page, address, date_order="month first")
    assert "Kept for this file and the next ones of “payments”." in done.text
    (rule,) = rules.feeds(visited.uow, OPERATOR, authority_id=visited.authority)
    assert rule.settled["date_order"] == "month first"
    late = lead.send(page, address, date_order="day first")
    assert (late.status, "asks nothing any more" in late.errors) == (422, True)


def test_a_refused_file_is_tried_again_or_let_go(visited: LedgerSite) -> None:
    of = {"authority_id": visited.authority, "feed": "payments", "name": "june.csv", "content": BytesIO(JUNE)}
    file = hand_in(visited.uow, OPERATOR, **of)  # type: ignore[arg-type]
    with visited.uow.begin(OPERATOR) as work:
        step(work, file, State.REFUSED, why="It is a register of contracts.")
    lead, address = visited.visitor(), f"/ledger/files/{file}"
    page = lead.open(address)
    assert "It is a register of contracts." in page.text
    assert "It is read once more." in lead.send(page, address, wanted="try").text
    gone = lead.send(page, address, wanted="dismiss")
    assert "The file isn’t wanted" in gone.title
    batch = take_in(visited, "june.csv", a_line(1))
    with visited.uow.begin(OPERATOR) as work:
        step(work, file, State.READ, batch_id=batch)
    assert "What was read from a file" in lead.open(address, follow=True).title


def test_a_batch_says_how_it_was_understood_and_what_it_comes_to(visited: LedgerSite) -> None:
    batch = take_in(visited, "june.csv", a_line(1), a_line(2, amount=-POUND), broken=BROKEN)
    page = visited.visitor("contract manager").open(f"/ledger/batches/{batch}")
    for words in (
        "5: 2 payments, 3 not understood, 0 skipped",
        "£99.00",
        "Who was paid Supplier 97% sure: its name says so",
        "Amount number 2 80% sure",
        "day first: 13 June can only be that.",
        "net of VAT that is got back: a column of VAT stands beside it",
        "Narrative and Card holder",
        "3 records aren’t settled, so no figure has them.",
    ):
        assert words in page.text
    assert "Accept" not in page.text
    assert "Leave it out" not in page.text


def test_a_batch_is_compared_with_the_finance_system(visited: LedgerSite) -> None:
    batch = take_in(visited, "june.csv", a_line(1), a_line(2))
    lead, address = visited.visitor(), f"/ledger/batches/{batch}/total"
    wrong = lead.fill_in(address, lines="two", amount="a lot")
    assert (wrong.status, wrong.value("lines"), wrong.value("amount")) == (422, "two", "a lot")
    assert "Enter a whole number of payments" in wrong.errors
    assert "Enter the amount in pounds" in wrong.errors
    assert "Enter the number of payments, the amount, or both." in lead.fill_in(address).errors
    differs = lead.fill_in(address, lines="3", amount="£199.50")
    assert "3 payments, £199.50. Differs The file has 1 payment less. The file comes to £0.50 more." in differs.text
    assert "2 payments. Agrees" in lead.fill_in(address, lines="2").text
    assert len(control_totals.reconciled(visited.uow, OPERATOR, batch_id=batch)) == 1


def test_what_waits_is_accepted_instead_of_what_it_looks_like(visited: LedgerSite) -> None:
    old = take_in(visited, "june.csv", a_line(1), a_line(2))
    new = take_in(visited, "june, again.csv", a_line(1), a_line(2), a_line(3), hold=Hold.ALWAYS)
    lead, address = visited.visitor(), f"/ledger/batches/{new}/accept"
    assert "june, again.csv is read, and counts once it is accepted" in lead.open("/ledger").text
    assert "2 of its 2 payments are in this file too. Both are of the same months." in lead.open(address).text
    unsaid = lead.fill_in(address)
    assert (unsaid.status, "Say whether this file takes the place" in unsaid.errors) == (422, True)
    page = lead.open(address)
    done = lead.send(page, address, **{f"replaces-{old}": "yes"})
    assert "Its payments count from now on." in done.text
    assert f"batch {new} took its place" in lead.open(f"/ledger/batches/{old}").text
    twice = lead.send(page, address, **{f"replaces-{old}": "yes"})
    assert (twice.status, twice.errors) == (422, "There is a problem The batch counts already.")
    out = lead.fill_in(f"/ledger/batches/{new}/leave-out")
    assert "Somebody left it out" in out.text
    stands = batches.batches(visited.uow, OPERATOR, authority_id=visited.authority)
    assert [one.counts for one in stands] == [False, False]
    assert "Replaced" in lead.open("/ledger/batches").text


def test_records_are_put_right_one_after_the_other(visited: LedgerSite) -> None:
    batch = take_in(visited, "june.csv", a_line(1), broken=BROKEN)
    first, second, third = corrections.quarantined(visited.uow, OPERATOR, batch_id=batch)
    lead = visited.visitor()
    assert "june.csv has 3 records that weren’t understood" in lead.open("/ledger").text
    listed = lead.open(f"/ledger/batches/{batch}/records")
    assert "The amount is no number." in listed.text
    page = lead.open(f"/ledger/records/{first.id}")
    assert [page.value(name) for name in ("payee", "amount", "paid_on")] == ["Larch Ltd", "abc", "10/06/2026"]
    neither = lead.send(page, f"/ledger/records/{first.id}")
    assert "Say whether it is a payment." in neither.errors
    typed = {"is": "payment", "payee": "Larch Ltd", "amount": "1,0.5", "paid_on": "31/06/2026", "document": "A1"}
    wrong = lead.send(page, f"/ledger/records/{first.id}", **typed)
    assert (wrong.status, wrong.value("amount"), wrong.value("document")) == (422, "1,0.5", "A1")
    assert "Enter the amount in pounds" in wrong.errors
    assert "Enter the day of payment" in wrong.errors
    right = {**typed, "amount": "-£1,000.50", "paid_on": "30/06/2026"}
    onward = lead.send(page, f"/ledger/records/{first.id}", **right)
    assert "Kept. This is the next one." in onward.text
    assert "june.csv, line 5" in onward.text
    twice = lead.send(page, f"/ledger/records/{first.id}", **right)
    assert "june.csv, line 5" in twice.text
    late = lead.send(page, f"/ledger/records/{first.id}", **{**right, "amount": "7"})
    assert (late.status, late.value("amount")) == (422, "7")
    assert "Somebody said what this record means since you opened it." in late.errors
    assert "What is kept of it Larch Ltd, −£1,000.50" in late.text
    unsaid = lead.send(onward, f"/ledger/records/{second.id}", **{"is": "none"})
    assert "Say why it is no payment." in unsaid.errors
    lead.send(onward, f"/ledger/records/{second.id}", **{"is": "none", "why": "total"})
    done = lead.fill_in(f"/ledger/records/{third.id}", **{"is": "payment", "payee": "Alder Ltd", "amount": "12"})
    assert "Kept. All records of this file are settled." in done.text
    means = [one.means for one in corrections.quarantined(visited.uow, OPERATOR, batch_id=batch)]
    of_file = {"amount_is": "net", "kind_of_record": "card"}
    assert means[0] == {
        "payee": "Larch Ltd",
        "amount": -1_000_500_000,
        "document": "A1",
        "paid_on": "2026-06-30",
        "paid_precision": "day",
        **of_file,
    }
    assert means[1:] == [None, {"payee": "Alder Ltd", "amount": 12 * POUND, **of_file}]
    shown = lead.open(f"/ledger/batches/{batch}/records?show=all").text
    assert "It is a total or a heading" in shown
    assert lead.open(f"/ledger/records/{first.id}").value("amount") == "-1000.50"


def test_records_are_put_right_in_a_csv(visited: LedgerSite) -> None:
    batch = take_in(visited, "june.csv", a_line(1), broken=BROKEN)
    lead, address = visited.visitor(), f"/ledger/batches/{batch}/records/send"
    answer = lead._client.get(f"/ledger/batches/{batch}/records.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="records-of-batch-{batch}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [(row["record"], row["line"], row["text"]) for row in rows] == [
        ("3", "4", "Larch Ltd,abc,10/06/2026"),
        ("4", "5", "'=Total,,"),
        ("5", "6", "Alder Ltd,12.00,soon"),
    ]
    rows[0] |= {"payee": "Larch Ltd", "amount": "10.50", "paid_on": "2026-06-10"}
    rows[1] |= {"no payment": "Total"}
    more = [
        rows[0] | {"amount": "x"},
        rows[0],
        rows[0] | {"record": "99"},
        rows[1] | {"payee": "Larch"},
        {"record": "?"},
    ]

    def sent(of: list[dict[str, str]]) -> Any:
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows(of)
        return lead.fill_in(address, file=(BytesIO(text.getvalue().encode("utf-8-sig")), "right.csv"))

    page = sent(rows + more)
    assert page.status == 422
    for words in (
        "2 records were kept. 5 rows are to put right. In 1 row nothing is typed.",
        "5 amount: Enter the amount in pounds",
        "6 Record 3 stands in the file twice.",
        "7 Record 99 isn’t one that was set aside.",
        "8 It is said to be no payment, and what it pays; leave one of both blank.",
        "9 “record” is the number of the record",
    ):
        assert words in page.text
    assert "0 records were kept. In 1 row nothing is typed." in sent(rows).text
    settled = corrections.quarantined(visited.uow, OPERATOR, batch_id=batch)
    assert [(one.is_settled, one.why) for one in settled] == [(True, ""), (True, "total"), (False, "")]
    for content in (b"", b"a,b\n1,2\n", b"\x00\xff\xfe"):
        wrong = lead.fill_in(address, file=(BytesIO(content), "wrong.csv"))
        assert (wrong.status, "The file has no column “record”" in wrong.errors) == (422, True)
    assert "Choose the file in which you put the records right." in lead.fill_in(address).errors


def test_what_is_another_councils_is_not_there(visited: LedgerSite) -> None:
    batch = take_in(visited, "june.csv", a_line(1), broken=BROKEN)
    record = corrections.quarantined(visited.uow, OPERATOR, batch_id=batch)[0].id
    of = {"authority_id": visited.authority, "feed": "payments", "name": "june.csv", "content": BytesIO(JUNE)}
    file = hand_in(visited.uow, OPERATOR, **of)  # type: ignore[arg-type]
    stranger, manager = visited.visitor("lead", an_authority(visited.uow)), visited.visitor("contract manager")
    of_batch = ("", "/accept", "/leave-out", "/total", "/records", "/records.csv", "/records/send")
    addresses = [f"/ledger/files/{file}", f"/ledger/records/{record}"]
    addresses += [f"/ledger/batches/{batch}{one}" for one in of_batch]
    assert [stranger.open(address).status for address in addresses] == [404] * len(addresses)
    for_leads = ("/accept", "/leave-out", "/total", "/send", f"/records/{record}")
    for address in addresses:
        assert manager.open(address).status == (404 if address.endswith(for_leads) else 200), address


@pytest.mark.parametrize("page", ["0", "x", "99999999", "²"])
def test_a_page_that_is_none_is_the_first(visited: LedgerSite, page: str) -> None:
    batch = take_in(visited, "june.csv", a_line(1), broken=BROKEN)
    assert "Line 4" in visited.visitor().open(f"/ledger/batches/{batch}/records?page={page}").text


def test_without_the_engine_the_pages_are_there_and_say_what_to_install(
    visited: LedgerSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = WITHOUT_ENGINE.replace("{packages}", repr(PACKAGES))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "erp_import" in run.stdout.split()
    monkeypatch.setattr("quarterday_erp_import.screens.overview.has_engine", lambda: False)
    monkeypatch.setattr("quarterday_erp_import.screens.uploads.has_engine", lambda: False)
    lead, words = visited.visitor(), "pip install quarterday-erp-import[ledger]"
    page = lead.open("/ledger/upload")
    sent = lead.send(page, "/ledger/upload", other="payments", file=(BytesIO(JUNE), "june.csv"))
    for shown in (lead.open("/ledger"), page, sent):
        assert (shown.status, words in shown.text) == (200, True)


def test_no_page_is_shown_before_the_tables_are_there(visited: LedgerSite) -> None:
    lead = visited.visitor()
    visited.app.extensions.pop("quarterday tables that are there", None)
    with visited.uow.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {version_table('erp_import')} SET version_num = '0001'")
    assert lead.open("/ledger").status == 503
    assert lead.open("/council/contracts").status == 200


def test_what_was_typed_is_there_after_signing_in_again(visited: LedgerSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "the installation's key for tests, long enough")
    batch = take_in(visited, "june.csv", a_line(1))
    user, address = (
        builders.a_user(visited.uow, authority_id=visited.authority, role="lead"),
        f"/ledger/batches/{batch}",
    )
    lead = Visitor(visited.app.test_client())
    link = builders.a_link(visited.uow, user)
    lead.send(lead.open(link), link)
    page = lead.open(f"{address}/total")
    visited.uow.clock.forward(hours=2)  # type: ignore[attr-defined]
    away = lead.send(page, f"{address}/total", lines="1204", amount="1,000.50")
    assert "What you typed is kept" in away.text
    link = builders.a_link(visited.uow, user)
    back = lead.send(lead.open(link), link)
    assert (back.value("lines"), back.value("amount")) == ("1204", "1,000.50")
    assert "1204 payments. Differs" in lead.send(back, f"{address}/total", lines="1204").text
    of = {"authority_id": visited.authority, "feed": "payments", "name": "june.csv", "content": BytesIO(JUNE)}
    file = hand_in(visited.uow, OPERATOR, **of)  # type: ignore[arg-type]
    with visited.uow.begin(OPERATOR) as work:
        step(work, file, State.ASKS, questions=(QUESTION,))
    page = lead.open(f"/ledger/files/{file}")
    visited.uow.clock.forward(hours=2)  # type: ignore[attr-defined]
    lead.send(page, f"/ledger/files/{file}", date_order="month first")
    link = builders.a_link(visited.uow, user)
    back = lead.send(lead.open(link), link)
    assert 'value="month first" checked' in back.html
