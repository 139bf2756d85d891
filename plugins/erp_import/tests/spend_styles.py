"""Tables of payments written in the styles that councils' files are found in."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st


@dataclass(frozen=True)
class Payment:
    """One payment, as it should come back."""

    paid_on: date
    payee: str
    net: Decimal
    document: str
    service: str


@dataclass(frozen=True)
class Style:
    """How a file is written."""

    encoding: str
    delimiter: str
    line_end: str
    quoting: int
    preamble: tuple[tuple[str, ...], ...]
    names: tuple[tuple[str, ...], ...]
    day: str
    amount: str
    footer: str
    blanks: int
    trailing: int


NAMES = (
    (("Payment Date", "Supplier Name", "Net Amount", "Transaction Number", "Directorate"),),
    (("Date Paid", "Vendor Name", "Nett", "Document No.", "Service Area"),),
    (("DATE", "Beneficiary", "Amount (ex VAT)", "Trans No", "Cost Centre Name"),),
    (("Paid Date", "Suplier Name", "NetAmount", "Voucher\nNumber", "Directotate"),),
    (("Payment", "Supplier", "Net", "Transaction", ""), ("Date", "Name", "Amount", "Number", "Directorate")),
)
PREAMBLES: tuple[tuple[tuple[str, ...], ...], ...] = (
    (),
    (("Payments over £500, March 2012",), ()),
    (("SELECT inv_date, supp_name FROM ap_paid", " WHERE amount > 500", "ORDER BY 1"), ()),
    (("Anytown Council",), (), ("Spend", "", "Q4"), ()),
)
DAYS = {
    "iso": "%Y-%m-%d",
    "iso with time": "%Y-%m-%d 00:00:00",
    "british": "%d/%m/%Y",
    "two digits": "%d/%m/%y",
    "american": "%m/%d/%Y",
    "named": "%d-%b-%y",
    "long": "%d %B %Y",
    "packed": "%Y%m%d",
    "serial": "",
}

SERVICES = ("Adult Social Care", "Highways, Parks & Waste", "Children's Services")
payments = st.builds(
    Payment,
    st.dates(date(2012, 1, 1), date(2012, 3, 31)),
    st.sampled_from(
        (
            "Alder & Sons Ltd",
            "Oak, Ash and Thorn Limited",
            'The "Birch" Trust',
            "Café Rowan £ Shop Ltd",
            "Larch\nWorks Ltd",
        )
    ),
    st.decimals(Decimal("-99999.99"), Decimal("9999999.99"), places=2),
    st.integers(1, 99999).map(lambda number: f"INV{number:05d}"),
    st.sampled_from(SERVICES),
)
# One date that can only be read one way, so that every style can be understood.
tables = st.lists(payments, min_size=1, max_size=12).map(
    lambda rows: [Payment(date(2012, 3, 31), "Elm Council", Decimal("500.01"), "INV00000", SERVICES[0]), *rows]
)
styles = st.builds(
    Style,
    st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850", "mac_roman")),
    st.sampled_from(",\t;|"),
    st.sampled_from(("\n", "\r\n", "\r")),
    st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    st.sampled_from(PREAMBLES),
    st.sampled_from(NAMES),
    st.sampled_from(tuple(DAYS)),
    st.sampled_from(("plain", "commas", "pounds", "brackets", "trailing minus")),
    st.sampled_from(("", "total", "named total", "note")),
    st.integers(0, 2),
    st.integers(0, 3),
)


def written(table: list[Payment], style: Style) -> bytes:
    """The table as a file in that style."""
    out = io.StringIO(newline="")
    # Python's writer quotes a line feed inside a cell only where lines end with one.
    quoting = csv.QUOTE_ALL if style.line_end == "\r" else style.quoting
    writer = csv.writer(out, delimiter=style.delimiter, lineterminator=style.line_end, quoting=quoting)
    rows: list[tuple[str, ...]] = [*style.preamble, *style.names]
    for one in table:
        rows.append(
            (_day(one.paid_on, style.day), one.payee, _amount(one.net, style.amount), one.document, one.service)
        )
    total = _amount(sum((one.net for one in table), Decimal()), style.amount)
    rows += [()] * style.blanks
    rows += {
        "": [],
        "total": [("", "", total, "", "")],
        "named total": [("", "Grand Total", total, "", "")],
        "note": [("Published by the council under an open licence",)],
    }[style.footer]
    for row in rows:
        writer.writerow((*row, *[""] * style.trailing) if len(row) > 1 else row)
    return out.getvalue().encode(style.encoding)


def _day(day: date, style: str) -> str:
    return str((day - date(1899, 12, 30)).days) if style == "serial" else day.strftime(DAYS[style])


def _amount(amount: Decimal, style: str) -> str:
    if style == "plain":
        return f"{amount:f}"
    if style == "pounds":
        return f"{'-' if amount < 0 else ''}£{abs(amount):,}"
    if style == "brackets" and amount < 0:
        return f"({abs(amount):,})"
    if style == "trailing minus" and amount < 0:
        return f"{abs(amount):,}-"
    return f" {amount:,} "
