"""Batches: what was read and how, what it adds up to, whether it counts, and the records that weren't understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday import Permission, Refused, Sentence, said
from quarterday.services.plugins.screens import ID
from quarterday_erp_import.ledger import batches, control_totals, corrections
from quarterday_erp_import.ledger.accepting import accept, alike, leave_out
from quarterday_erp_import.ledger.batches import COUNTS, LEFT_OUT, WAITS, BatchRow
from quarterday_erp_import.ledger.stated import amount

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk, Form

STANDING: dict[str, tuple[Sentence, str]] = {
    WAITS: (said("Not accepted yet"), "yellow"),
    COUNTS: (said("Counts"), "green"),
    LEFT_OUT: (said("Left out"), "grey"),
    "superseded": (said("Replaced"), "grey"),
}
"""How a batch stands, in words, and the colour of its tag."""
FIELDS: dict[str, Sentence] = {
    "paid_on": said("When it was paid"),
    "payee": said("Who was paid"),
    "payee_id": said("Number of the supplier"),
    "amount": said("Amount"),
    "vat": said("VAT"),
    "gross": said("Amount with VAT"),
    "document": said("Number of the payment"),
    "order_number": said("Order number"),
    "contract_number": said("Contract number"),
    "service": said("Service"),
    "category": said("What it was for"),
    "category_code": said("Code of what it was for"),
    "company_number": said("Company number"),
    "charity_number": said("Charity number"),
    "vat_number": said("VAT number"),
    "postcode": said("Postcode"),
    "card": said("Card"),
}
"""What a column of a spend file is, in words."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the pages to the ledger's."""

    @pages.get("/batches", endpoint="batches")
    def listed() -> str:
        """The files that were read, the newest first."""
        found = batches.batches(desk.uow, desk.actor(), authority_id=desk.authority_id())
        return render_template("ledger/batches.html", found=found[::-1], standing=standing)

    @pages.get(f"/batches/<{ID}:batch_id>")
    def batch(batch_id: int) -> str:
        """One of them: how it was understood, and what it comes to."""
        actor = desk.actor()
        found, account = batches.whole_batch(desk.uow, actor, batch_id=batch_id)
        return render_template(
            "ledger/batch.html",
            found=found,
            account=account,
            standing=standing(found),
            fields=FIELDS,
            totals=control_totals.reconciled(desk.uow, actor, batch_id=batch_id),
            still_open=corrections.open_records(desk.uow, actor, authority_id=found.authority_id).get(batch_id, 0),
            shares=_shares(desk, found),
            may_change=desk.may(Permission.SET_VALUES),
        )

    @pages.route(f"/batches/<{ID}:batch_id>/accept", methods=["GET", "POST"])
    @desk.needs(Permission.SET_VALUES)
    def accept_batch(batch_id: int) -> ResponseReturnValue:
        """Have a batch count, and say of what it looks like whether it takes its place."""
        actor = desk.actor(Permission.SET_VALUES)
        found, _ = batches.whole_batch(desk.uow, actor, batch_id=batch_id)
        shares, form = _shares(desk, found), desk.form()
        if form.is_sent:
            for old, _ in shares:
                if form.text(f"replaces-{old.id}") not in ("yes", "no"):
                    form.refuse(f"replaces-{old.id}", said("Say whether this file takes the place of that one."))
            instead_of = [old.id for old, _ in shares if form.text(f"replaces-{old.id}") == "yes"]
            if not form.errors and _tried(
                form, lambda: accept(desk.uow, actor, batch_id=batch_id, instead_of=instead_of)
            ):
                desk.tell(said("Its payments count from now on. The ledger is asked anew."))
                return redirect(url_for(".batch", batch_id=batch_id), 303)
        page = render_template(
            "ledger/accept.html",
            form=form,
            found=found,
            shares=shares,
            totals=control_totals.reconciled(desk.uow, actor, batch_id=batch_id),
        )
        return page, 422 if form.errors else 200

    @pages.route(f"/batches/<{ID}:batch_id>/leave-out", methods=["GET", "POST"])
    @desk.needs(Permission.SET_VALUES)
    def leave_batch_out(batch_id: int) -> ResponseReturnValue:
        """Have a batch not count."""
        actor = desk.actor(Permission.SET_VALUES)
        found, _ = batches.whole_batch(desk.uow, actor, batch_id=batch_id)
        form = desk.form()
        if form.is_sent and _tried(form, lambda: leave_out(desk.uow, actor, batch_id=batch_id)):
            desk.tell(said("Its payments don’t count from now on. You can accept it later."))
            return redirect(url_for(".batch", batch_id=batch_id), 303)
        return render_template("ledger/leave_out.html", form=form, found=found), 422 if form.errors else 200

    @pages.route(f"/batches/<{ID}:batch_id>/total", methods=["GET", "POST"])
    @desk.needs(Permission.SET_VALUES)
    def control_total(batch_id: int) -> ResponseReturnValue:
        """Say what the finance system has, to compare."""
        actor = desk.actor(Permission.SET_VALUES)
        found, _ = batches.whole_batch(desk.uow, actor, batch_id=batch_id)
        form = desk.form()
        if form.is_sent:
            given = _total(form)
            if not form.errors:
                control_totals.add_control_total(desk.uow, actor, batch_id=batch_id, source="typed", **given)
                return redirect(url_for(".batch", batch_id=batch_id, _anchor="totals"), 303)
        return render_template("ledger/total.html", form=form, found=found), 422 if form.errors else 200


def standing(one: BatchRow) -> tuple[Sentence, str]:
    """How a batch stands, in words, and the colour of its tag."""
    return STANDING["superseded" if one.superseded_by is not None else one.standing]


def _shares(desk: Desk, found: BatchRow) -> list[tuple[BatchRow, Mapping[str, Any]]]:
    """The batches that count and that it looks like, with what it shares with each."""
    if found.counts:
        return []
    return alike(found, batches.batches(desk.uow, desk.actor(), authority_id=found.authority_id))


def _tried(form: Form, do: Callable[[], None]) -> bool:
    """Whether it was done; why it was refused stands above the form."""
    try:
        do()
    except Refused as refused:
        form.refuse("", refused)
        return False
    return True


def _total(form: Form) -> dict[str, int | None]:
    """The number of payments and the amount that were typed."""
    lines, pounds = form.text("lines").replace(",", ""), form.text("amount")
    found = amount(pounds) if pounds else None
    if lines and not (lines.isascii() and lines.isdecimal() and len(lines) < 10):
        form.refuse("lines", said("Enter a whole number of payments, like 1204, or leave it blank."))
    if pounds and found is None:
        form.refuse("amount", said("Enter the amount in pounds, like 1234.50; a credit is −1234.50."))
    if not lines and not pounds:
        form.refuse("lines", said("Enter the number of payments, the amount, or both."))
    return {"lines": int(lines) if lines and not form.errors else None, "amount": found}
