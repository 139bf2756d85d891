"""What files of each kind seen are understood to be: short samples, cut from published files, of companies only."""

from __future__ import annotations

from pathlib import Path

import pytest

from quarterday import Refused
from quarterday_erp_import.lines import SCHEMA
from quarterday_erp_import.reading import Account, Settled, account, profile, read

LEEDS = b"""Organisation Label,Effective Date,Service Division Label,Payment Date,Transaction Number,\
Irrecoverable VAT Amount,Amount,Beneficiary Name,Procurement Card
Leeds City Council,30/06/2020,Leeds Building Services,10/06/2020,2006-00002,0.00,14.10,BOC LIMITED,No
Leeds City Council,30/06/2020,Fleet\xa0Services,24/06/2020,2006-00003,0.00," \xa31,604.00 ",AMAZON UK MARKETPLACE,Yes
"""
CCWATER = b"""Nov-11,,,,,,,,\r
,,,,,,,,\r
,,,,,,Transaction ,,Supplier\r
Department family,Entity,Date paid,Expense type,Expense area,Supplier,number, Amount ,Postcode\r
,,,,,,,,\r
DEFRA & WG,Consumer Council for Water ,13/12/2011,Rentals,ICT Services,NORTHGATE MANAGED SERVICES LTD,91187412,\
" \xa329,167.50 ",HP2 4NW\r
"""
WALES = """SUPPLIER NAME,PAYMENT DATE,INVOICE AMOUNT,Total Invoice Value,PO Number
BROOK STREET (UK) LTD,6-Jul-12,604.50,$725.40,40000000329
CARDIFF COUNTY COUNCIL,23-Jul-12,"4,317.00","$4,317.00",
CARDA BUSINESS TRAVEL,16-Jul-12,"1,298.50","$1,558.20",40000000364
,Commission on Devolution Spend incurred by Silk Commission ,,,
"""
CARDS = """FIN.TRANSACTION DATE,MCH.MERCHANT NAME,FIN.TRANSACTION AMOUNT
27/02/2018,CARPETS4LESS,-731.68
27/02/2018,DELL PRODUCT,-186.00
28/02/2018,GWR WEBSALES,-71.30
28/02/2018,EYRE & ELLISTON LTD,-27.64
28/02/2018,TRAINLINE,-76.65
"""


def understood(
    tmp_path: Path, data: bytes | str, settled: Settled | None = None
) -> tuple[Account, list[dict[str, object]]]:
    path = tmp_path / "spend.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    found = account(path, mapping=settled)
    return found, [line for chunk in read(path, found.profile) for line in chunk.lines.to_pylist()]


def names(found: Account) -> dict[str, str]:
    return {field: column.name for field, column in found.profile.used.items()}


def test_a_windows_file_with_cards_among_payments(tmp_path: Path) -> None:
    found, lines = understood(tmp_path, LEEDS)
    assert found.profile.encoding == "cp1252"
    assert names(found) == {
        "payee": "Beneficiary Name",
        "document": "Transaction Number",
        "service": "Service Division Label",
        "card": "Procurement Card",
        "paid_on": "Payment Date",
        "amount": "Amount",
    }
    assert [(line["kind_of_record"], line["amount"], line["service"]) for line in lines] == [
        ("spend", 14_100_000, "Leeds Building Services"),
        ("card", 1_604_000_000, "Fleet Services"),
    ]
    assert found.to_json()["amount_total"] == "1618.10"


def test_a_header_over_two_rows_under_a_preamble(tmp_path: Path) -> None:
    found, (line,) = understood(tmp_path, CCWATER)
    assert (found.profile.header_row, found.profile.header_rows, found.rows) == (4, 2, 2)
    assert names(found)["document"] == "Transaction number"
    assert (line["postcode"], line["line"], line["ordinal"], line["amount"]) == ("HP2 4NW", 6, 2, 29_167_500_000)
    assert dict(found.skipped) == {"blank": 1}


def test_a_vat_rate_between_two_columns_tells_net_from_gross(tmp_path: Path) -> None:
    found, lines = understood(tmp_path, WALES)
    assert found.profile.amount_is == "net"
    assert (lines[0]["amount"], lines[0]["gross"]) == (604_500_000, 725_400_000)
    assert "VAT" in found.profile.why["amount"]
    assert dict(found.skipped) == {"note": 1}


def test_net_and_vat_that_add_up_decide_whatever_the_names_say(tmp_path: Path) -> None:
    rows = [(100 * n, 7 * n, 107 * n) for n in range(1, 6)]
    text = "Supplier,Value,Total,VAT\n" + "".join(f"Elm Ltd,{gross},{net},{vat}\n" for net, vat, gross in rows)
    found, lines = understood(tmp_path, text)
    assert names(found) == {"payee": "Supplier", "amount": "Total", "vat": "VAT", "gross": "Value"}
    assert [line["amount"] for line in lines] == [net * 10**6 for net, _, _ in rows]


def test_gross_and_vat_alone_leave_the_net_amount(tmp_path: Path) -> None:
    found, lines = understood(
        tmp_path, "Supplier,Gross Amount,VAT\nElm Ltd,120.00,20.00\nOak Ltd,50.00,\nAsh Ltd,x,1\n"
    )
    assert [(line["amount"], line["amount_is"]) for line in lines] == [(100_000_000, "net"), (50_000_000, "gross")]
    assert found.to_json()["amount_total"] == "150.00"
    assert [(one.ordinal, one.reason) for one in found.quarantined] == [(3, "“x” is no amount.")]


@pytest.mark.parametrize(
    ("names", "cells", "answer", "days"),
    [
        ("Year,Month", ("2026,June", "2026,Jan"), "calendar", ("2026-06-01", "2026-01-01")),
        ("Year,Month", ("2026,6", "2026,01"), "calendar", ("2026-06-01", "2026-01-01")),
        ("Financial Year,Month", ("2025/26,June", "2025/26,January"), "calendar", ("2025-06-01", "2026-01-01")),
        ("Financial Year,Period", ("2025/26,P03", "2025/26,P10"), "financial year, by its first year",
         ("2025-06-01", "2026-01-01")),
        ("Year,Period", ("2026,3", "2026,10"), "financial year, by its last year", ("2025-06-01", "2026-01-01")),
        ("Year,Period", ("2025,3", "2025,10"), "financial year, by its first year", ("2025-06-01", "2026-01-01")),
    ],
)  # fmt: skip
def test_a_month_in_a_column_beside_its_year(
    names: str, cells: tuple[str, str], answer: str, days: tuple[str, str], tmp_path: Path
) -> None:
    rows = "".join(f"Elm Ltd,{one},5.00\n" for one in (*cells, f"{cells[0].split(',')[0]},"))
    broken = f"Oak Ltd,{cells[0].split(',')[0]},13,5.00\n"
    text = f"Supplier,{names},Amount\n{rows}{broken}"
    found, lines = understood(tmp_path, text, Settled().answering([f"periods={answer}"]))
    assert [(str(line["paid_on"]), line["paid_precision"]) for line in lines[:2]] == [(day, "month") for day in days]
    assert lines[2]["paid_precision"] == "year"
    assert [one.reason for one in found.quarantined] == ["“13” is no month."]
    asked = [one.key for one in understood(tmp_path, text)[0].profile.questions]
    assert ("periods" in asked) == names.endswith("Period")


def test_a_month_beside_a_whole_date_says_nothing_more(tmp_path: Path) -> None:
    found, lines = understood(tmp_path, "Supplier,Date,Month,Amount\nElm Ltd,13/06/2026,July,5.00\n")
    assert "month" not in found.profile.columns
    assert str(lines[0]["paid_on"]) == "2026-06-13"


@pytest.mark.parametrize("sign", ["", "-"])
def test_credits_in_a_column_of_their_own_are_taken_off(tmp_path: Path, sign: str) -> None:
    text = f"""\
Supplier,Date,Debit,Credit
Elm Ltd,13/06/2026,120.00,
Oak Ltd,14/06/2026,,{sign}20.50
Ash Ltd,15/06/2026,0.00,{sign}5.00
Yew Ltd,16/06/2026,x,{sign}7.00
Fir Ltd,17/06/2026,,
"""
    found, lines = understood(tmp_path, text)
    assert names(found) == {"payee": "Supplier", "paid_on": "Date", "amount": "Debit", "credit": "Credit"}
    assert [line["amount"] for line in lines] == [120_000_000, -20_500_000, -5_000_000]
    assert [one.ordinal for one in found.quarantined] == [4, 5]
    assert found.profile.settled().columns["credit"] == "Credit"
    again, _ = understood(tmp_path, text, found.profile.settled())
    assert (again.amount, names(again)) == (found.amount, names(found))


def test_a_column_that_is_only_called_credit_counts_for_nothing(tmp_path: Path) -> None:
    text = "Supplier,Date,Amount,Credit\n" + "".join(f"Elm Ltd,1{n}/06/2026,{n}.00,{n}.00\n" for n in range(1, 6))
    found, lines = understood(tmp_path, text)
    assert found.profile.credit is None
    assert [line["amount"] for line in lines] == [n * 10**6 for n in range(1, 6)]


def test_a_month_of_cards_that_is_negative_throughout_is_asked_about(tmp_path: Path) -> None:
    found, lines = understood(tmp_path, CARDS)
    asked = [(one.key, one.assumed) for one in found.profile.questions]
    assert asked == [("amount_is", "unknown"), ("payments", "positive")]
    assert (found.to_json()["amount_total"], lines[0]["kind_of_record"]) == ("-1093.27", "card")
    turned, _ = understood(tmp_path, CARDS, Settled().answering(["payments=negative", "amount_is=gross"]))
    assert (turned.to_json()["amount_total"], turned.profile.questions) == ("1093.27", ())


@pytest.mark.parametrize(
    ("header", "fields", "kind"),
    [
        ("Paid To,£,Pay Date", {"payee": 0, "amount": 1, "paid_on": 2}, "unknown"),
        ("Merchant,Total Amount Paid (Excl VAT),Tran Date", {"payee": 0, "amount": 1, "paid_on": 2}, "net"),
        ("SUPPLIER_NAME,LineAmountIncVAT,InvoicePaymentDate", {"payee": 0, "amount": 1, "paid_on": 2}, "gross"),
        (
            "Name of Suplier (Beneficary),Sum of Net Amount,Effective Date",
            {"payee": 0, "amount": 1, "paid_on": 2},
            "net",
        ),
    ],
)
def test_names_in_other_words_are_understood(tmp_path: Path, header: str, fields: dict[str, int], kind: str) -> None:
    found, _ = understood(tmp_path, f"{header}\nElm Ltd,12.50,13/02/2012\nOak Ltd,7.00,14/02/2012\n")
    assert {field: column.index for field, column in found.profile.used.items() if field in fields} == fields
    assert (found.profile.amount_is, found.accepted) == (kind, 2)


def test_every_record_is_one_of_three(tmp_path: Path) -> None:
    text = (
        "Date,Supplier,Supplier ID,Amount,Ref\n"
        "01/02/2012,Elm Ltd,007,10.00,1\n"  # a payment
        "13/02/2012,,4.71532E+23,20.00,2\n"  # a payee who isn't named is paid all the same
        ",Oak Ltd,8,30.00,3\n"  # so is one on no day
        "\n"
        "Date,Supplier,Supplier ID,Amount,Ref\n"
        "31/02/2012,Ash Ltd,9,40.00,4\n"
        "14/02/2012,Ash Ltd,9,#REF!,5\n"
        "14/02/2012,Ash Ltd,9,,6\n"
        "14/02/2012,Ash, Thorn Ltd,9,50.00,7\n"
        ",,,60.00,\n"  # the sum of what was accepted
        ",,,61.00,\n"
        ",Grand Total,,60.00,\n"
        ",Elm Ltd Total,,10.00,\n"
        "14/02/2012,Grand Total,9,1.00,8\n"  # a payee who is called so
        "(c) Anytown Council,,,,\n"
    )
    found, lines = understood(tmp_path, text)
    assert [(line["line"], line["payee"], line["payee_id"]) for line in lines] == [
        (2, "Elm Ltd", "007"),
        (3, "", None),
        (4, "Oak Ltd", "8"),
        (15, "Grand Total", "9"),
    ]
    assert [(one.line, one.ordinal, one.reason) for one in found.quarantined] == [
        (7, 6, "“31/02/2012” is no date."),
        (8, 7, "“#REF!” is no amount."),
        (9, 8, "No amount stands in it."),
        (10, 9, "It has 1 more cells than the others, so what stands in it may be in the wrong columns."),
        (12, 11, "Nothing but an amount stands in it: no payee, no date, no number."),
    ]
    assert found.quarantined[0].text == "31/02/2012,Ash Ltd,9,40.00,4"
    assert dict(found.skipped) == {"blank": 1, "header again": 1, "total": 3, "note": 1}
    assert (found.rows, found.accepted) == (15, 4)


def test_identifiers_are_kept_only_in_their_form(tmp_path: Path) -> None:
    text = (
        "Date,Supplier,Amount,Company Number,VAT Registration Number,Charity Number,Supplier Postcode\n"
        "01/02/2012,Elm Ltd,1,123456,GB 123 4567 89,1064541,ec1a1bb\n"
        "13/02/2012,Oak Ltd,1,SC123456,123456789012,none,EC1A\n"
    )
    _, lines = understood(tmp_path, text)
    assert [
        [line[key] for key in ("company_number", "vat_number", "charity_number", "postcode")] for line in lines
    ] == [
        ["00123456", "123456789", "1064541", "EC1A 1BB"],
        ["SC123456", "123456789012", None, None],
    ]


def test_columns_without_names_are_told_by_content_and_asked_about(tmp_path: Path) -> None:
    rows = "".join(f"{day:02d}/03/2012,Elm {day} Ltd,{day * 7}.50,x\n" for day in range(1, 20))
    found, lines = understood(tmp_path, rows)
    assert (found.profile.header_row, found.rows, len(lines)) == (0, 19, 19)
    assert {one.key for one in found.profile.questions} == {"payee", "amount", "paid_on", "amount_is"}
    assert (lines[0]["payee"], lines[0]["amount"], str(lines[0]["paid_on"])) == ("Elm 1 Ltd", 7_500_000, "2012-03-01")


def test_text_that_was_encoded_twice_is_put_right(tmp_path: Path) -> None:
    text = "\ufeffBody Name,Supplier,Amount\nTown,Café Rowan’s,£5\n".encode().decode("cp1252").encode()
    _, (line,) = understood(tmp_path, text)
    assert (line["payee"], line["amount"]) == ("Café Rowan’s", 5_000_000)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "Contract Title,Supplier,Start Date,End Date,Contract Value\nRoads,Elm Ltd,01/01/2020,01/01/2024,5000\n",
            "register",
        ),
        ("Row Labels,Sum of Amount\nElm Ltd,5.00\n", "pivot"),
        ("<!DOCTYPE html>\n<table><tr><td>Supplier</td></tr></table>", "web page"),
        ("", "empty"),
        ("\ufeff\r\n , \r\n", "empty"),
        ("Supplier,Amount\n", "no record"),
        ("Supplier,Amount" + "," * 1_000 + "\nElm Ltd,5\n", "more than 1000 columns"),
        ("Supplier,Colour\nElm Ltd,red\n", "how much was paid"),
        ("Colour,Amount\nred,5.00\n", "whom was paid"),
        ("%PDF-1.7\n", "PDF"),
    ],
)
def test_what_is_no_spend_file_is_refused_with_a_sentence(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        understood(tmp_path, text)
    assert str(refused.value).endswith(".")


def test_lines_are_in_the_agreed_shape(tmp_path: Path) -> None:
    (tmp_path / "spend.csv").write_bytes(LEEDS)
    (chunk,) = read(tmp_path / "spend.csv", profile(tmp_path / "spend.csv"))
    assert chunk.lines.schema == SCHEMA
    assert [
        name for name in SCHEMA.names if not SCHEMA.field(name).nullable and chunk.lines.column(name).null_count
    ] == []
