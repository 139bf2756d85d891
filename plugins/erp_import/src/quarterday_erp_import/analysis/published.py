"""What councils must publish of their payments: items over an amount, and payments over one with VAT.

An item is an invoice: the lines of one document to one payee on one day. A line without a document is one for itself.
"""

from __future__ import annotations

from datetime import date

import ibis
from ibis.expr.types import Table

_ITEM = ("item", "paid_on", "payee_id", "supplier")
_WITH_VAT = (6, 5)
"""What is net comes to no more than six fifths with VAT, which is 20% at the most."""


def of_period(spend: Table, first: date, last: date) -> Table:
    """The payments of a period, both days included; of some nobody knows more than the year, and they are in none."""
    return spend.filter(spend.paid_on >= first, spend.paid_on <= last, spend.paid_precision != "year")


def over(spend: Table, micropounds: int) -> Table:
    """The lines of items of more than so much, and of credit notes of more than so much; purchases by card left out.

    The Local Government Transparency Code asks for both, and for purchases by card in a list of their own.
    """
    spend = _items(spend.filter(spend.kind_of_record == "spend"))
    total = spend.amount.sum().over(ibis.window(group_by=list(_ITEM)))
    return spend.mutate(total=total).filter(lambda found: found.total.abs() > micropounds).drop("item", "total")


def over_with_vat(spend: Table, micropounds: int) -> Table:
    """Payments that come to more than so much with VAT, or may: one row for each item and contract.

    ``gross`` is what it comes to where that is known of all its lines. ``is_certain`` says whether it is over; where
    it is not, the amount known is net, or nobody knows what it is, and with VAT at 20% it would be over. The
    Procurement Act 2023, section 70, asks for payments of more than £30,000.
    """
    spend = _items(spend.filter(spend.kind_of_record == "spend"))
    told = (spend.amount_is == "net") & spend.vat.notnull()
    gross = ibis.cases((spend.gross.notnull(), spend.gross), (spend.amount_is == "gross", spend.amount))
    gross = ibis.coalesce(gross, ibis.ifelse(told, spend.amount + spend.vat, ibis.null("int64")))
    most, whole = _WITH_VAT
    is_credit = spend.amount < 0
    spend = spend.mutate(
        gross=gross,
        at_least=ibis.coalesce(gross * whole, spend.amount * ibis.ifelse(is_credit, most, whole)),
        at_most=ibis.coalesce(gross * whole, spend.amount * ibis.ifelse(is_credit, whole, most)),
    )
    payments = spend.group_by("contract_id", *_ITEM).agg(
        payee=spend.payee.max(),
        kind=spend.kind.max(),
        document=spend.document.max(),
        company_number=spend.company_number.max(),
        charity_number=spend.charity_number.max(),
        lines=spend.count(),
        amount=spend.amount.sum(),
        gross=ibis.ifelse(spend.gross.count() == spend.count(), spend.gross.sum(), ibis.null("int64")),
        at_least=spend.at_least.sum(),
        at_most=spend.at_most.sum(),
    )
    payments = payments.filter(payments.at_most > micropounds * whole)
    return payments.mutate(is_certain=payments.at_least > micropounds * whole).drop("item", "at_least", "at_most")


def _items(spend: Table) -> Table:
    alone = spend.source + "/" + spend.ordinal.cast("string")
    return spend.mutate(item=ibis.coalesce(spend.document, alone))
