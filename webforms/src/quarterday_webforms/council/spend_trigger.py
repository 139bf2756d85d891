"""From which paid spend on a contract its delivery is recorded, on a page of its own."""

from __future__ import annotations

from decimal import Decimal

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField

from quarterday import Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.figures.one_contract import one_contract
from quarterday.services.ledger.beside import ledger_of_contract
from quarterday.services.ledger.triggers import set_trigger
from quarterday_webforms.council.pages import ID, council
from quarterday_webforms.language import gettext
from quarterday_webforms.language import lazy_gettext as _
from quarterday_webforms.site import site
from quarterday_webforms.visiting import needs, staff_actor
from quarterday_webforms.widgets import Form, Hidden, TextInput


class SpendTriggerForm(Form):
    """An amount in pounds, or nothing."""

    seen = HiddenField(widget=Hidden())
    pounds = StringField(
        _("From how much paid on this contract?"),
        widget=TextInput(prefix="£", width=10, inputmode="decimal", label={"classes": "govuk-label--m"}),
        description=_("Like 50,000. Leave it empty if delivery is recorded from the beginning."),
    )


@council.route(f"/contracts/<{ID}:contract_id>/spend-trigger", methods=["GET", "POST"])
@needs(Permission.KEEP_CONTRACTS)
def spend_trigger(contract_id: int) -> ResponseReturnValue:
    """Set the trigger; pressed twice, it is set once, and what somebody else set meanwhile is shown first."""
    uow, actor = site().uow, staff_actor(Permission.KEEP_CONTRACTS)
    back = url_for("council.contract", contract_id=contract_id, _anchor="ledger")
    found = one_contract(uow, actor, contract_id=contract_id, ref="").dossier.contract
    now = _typed(ledger_of_contract(uow, actor, contract_id=contract_id).trigger)
    form = SpendTriggerForm(pounds=now, seen=now)
    if form.validate_on_submit():
        if form.pounds.data and _plain(form.pounds.data) == _plain(now):
            flash(_done(now))
            return redirect(back, 303)
        if form.seen.data != now:
            form.refuse(gettext("Somebody changed this since you opened it. See what is set now, then save again."))
            form.seen.data = now
        else:
            try:
                amount = set_trigger(uow, actor, contract_id=contract_id, pounds=form.pounds.data or "")
            except Refused as refused:
                form.pounds.errors = [str(refused)]
            else:
                flash(_done(_typed(amount)))
                return redirect(back, 303)
    page = render_template("council/spend_trigger.html", form=form, of=found, now=now, back=back)
    return page, 422 if form.errors else 200


def _typed(micropounds: int | None) -> str:
    """An amount as it stands in the box; "" for none."""
    return "" if micropounds is None else f"{Decimal(micropounds).scaleb(-6).normalize():,f}"


def _plain(typed: str) -> str:
    return typed.strip().removeprefix("£").replace(",", "").strip()


def _done(amount: str) -> str:
    if not amount:
        return gettext("Delivery is recorded from the beginning. The ledger is asked anew.")
    return gettext("Delivery is recorded from £%(amount)s paid. The ledger is asked anew.", amount=amount)
