"""Who was paid: the doubtful, the most money first, each with the suppliers that it may be, twenty to a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday import Permission, Refused, Sentence, said
from quarterday_erp_import.ledger.offered import FOLDER
from quarterday_erp_import.payees.kinds import Kind
from quarterday_erp_import.payees.reasons import reasons
from quarterday_erp_import.screens.overview import has_engine

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk, Form
    from quarterday.services.record import Actor
    from quarterday_erp_import.ledger.deciding import Decided
    from quarterday_erp_import.ledger.settling import AtStake, Payees, Settlement

PAGE = 20
"""How many payees are on one page."""
MOST = 200
"""How many payees one form may settle."""
SHOWN = ("asked", "all")
"""Which payees are listed: those of whom it is doubtful who they are, or everybody."""
KINDS: dict[str, Sentence] = {
    Kind.INDIVIDUAL: said("A person"),
    Kind.REDACTED: said("Somebody whose name is withheld"),
    Kind.INTERNAL: said("The council itself"),
    Kind.FACTOR: said("A firm that buys invoices"),
    Kind.CARD_MERCHANT: said("A card payment’s merchant"),
}
"""What a payee may be instead of a supplier on the list, in words."""
NEW, KIND, OTHER, IS = "new", "kind", "other", "is:"
"""What may be chosen; behind the last stands the supplier."""


@dataclass(frozen=True, slots=True)
class Row:
    """A payee on the page, with what was typed of it."""

    of: AtStake
    id: int
    """The decision that is seen; its controls are named by it."""
    candidates: Sequence[Mapping[str, Any]]
    choice: str = ""
    other: str = ""
    kind: str = ""
    meanwhile: Decided | None = None
    """What somebody else said of it since it was shown here."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the page to the ledger's."""

    @pages.get("/payees")
    def payees() -> ResponseReturnValue:
        """Who was paid, the doubtful first."""
        return _payees(desk, desk.actor())

    @pages.post("/payees")
    @desk.needs(Permission.SET_VALUES)
    def settle_payees() -> ResponseReturnValue:
        """Settle who that is."""
        return _payees(desk, desk.actor(Permission.SET_VALUES))


def _payees(desk: Desk, actor: Actor) -> ResponseReturnValue:
    """The page, after what was sent of it is kept."""
    if not has_engine():
        return render_template("ledger/payees.html", has_engine=False, form=desk.form())
    from quarterday_erp_import.ledger import settling
    from quarterday_erp_import.ledger.files import LineFiles

    may_change = desk.may(Permission.SET_VALUES)
    authority_id, form = desk.authority_id(), desk.form()
    files = LineFiles(desk.data_dir / FOLDER)
    found = settling.payees(desk.uow, actor, files=files, authority_id=authority_id)
    rows: list[Row] = []
    if form.is_sent:
        ids = _ids(form)
        shown = settling.seen(desk.uow, actor, authority_id=authority_id, decision_ids=ids)
        said_of = _settlements(form, shown, found)
        overtaken: Sequence[Decided] = ()
        if not form.errors:
            try:
                number = settling.settle(desk.uow, actor, authority_id=authority_id, settlements=said_of)
            except settling.Meanwhile as refused:
                overtaken = refused.payees
                form.refuse("", refused)
            except Refused as refused:
                form.refuse("", refused)
            else:
                desk.tell(_done(number))
                return redirect(_address(1), 303)
        rows = _as_typed(form, found, shown, overtaken)
    wanted = _wanted(found)
    page = max(1, min(_page(), -(-len(wanted) // PAGE)))
    if not form.is_sent:
        rows = [_row(one, found, form) for one in wanted[(page - 1) * PAGE : page * PAGE]]
    turns = {"previous": page - 1, "next": page + 1 if len(wanted) > page * PAGE else 0}
    shown_page = render_template(
        "ledger/payees.html",
        has_engine=True,
        form=form,
        found=found,
        rows=rows,
        number=len(wanted),
        kinds=KINDS,
        show=_show(),
        may_change=may_change,
        turns={name: _address(turn) for name, turn in turns.items() if turn},
    )
    return shown_page, 422 if form.errors else 200


def _wanted(found: Payees) -> list[AtStake]:
    """The payees that are looked for."""
    text, feed = request.args.get("q", "").casefold().strip(), request.args.get("feed", "")
    return [
        one
        for one in found.found
        if (_show() == "all" or not one.is_settled)
        and (not text or text in one.decided.payee.casefold() or text == one.decided.payee_id.casefold())
        and (not feed or feed in one.feeds)
    ]


def _show() -> str:
    show = request.args.get("show", "")
    return show if show in SHOWN else SHOWN[0]


def _page() -> int:
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 1


def _address(page: int) -> str:
    """The same list at a page."""
    q, feed, show = (request.args.get(name) or None for name in ("q", "feed", "show"))
    return url_for(".payees", page=page if page > 1 else None, q=q, feed=feed, show=show)


def _ids(form: Form) -> list[int]:
    """The decisions that the form's payees were shown by."""
    return [int(text) for text in form.texts("shown") if text.isascii() and text.isdecimal() and len(text) < 19][:MOST]


def _settlements(form: Form, shown: Mapping[int, Decided], found: Payees) -> list[Settlement]:
    """What the form says of its payees; what is wrong stands in the form."""
    from quarterday_erp_import.ledger.settling import Settlement

    said_of: list[Settlement] = []
    for seen, decided in shown.items():
        choice, supplier, kind = form.text(f"who-{seen}"), "", ""
        if choice == KIND:
            kind = form.text(f"kind-{seen}")
            if kind not in KINDS:
                form.refuse(f"kind-{seen}", said("Say what “{payee}” is.", payee=decided.payee))
        elif choice == OTHER:
            supplier = form.text(f"other-{seen}")
            if not supplier:
                form.refuse(
                    f"other-{seen}", said("Enter the number of the supplier that “{payee}” is.", payee=decided.payee)
                )
            elif supplier not in found.suppliers:
                form.refuse(
                    f"other-{seen}", said("The list of suppliers has no number “{number}”.", number=supplier[:40])
                )
        elif choice.startswith(IS):
            supplier = choice.removeprefix(IS)
        elif choice != NEW:
            continue
        said_of.append(Settlement(decided.key, supplier, kind, seen))
    if not said_of and not form.errors:
        form.refuse("", said("Choose who at least one of them is."))
    return said_of


def _row(of: AtStake, found: Payees, form: Form, seen: int = 0, meanwhile: Decided | None = None) -> Row:
    """A payee with what was typed of it where it was shown by the decision ``seen``."""
    seen = seen or of.decided.id
    candidates = [
        {
            "supplier": one["supplier"],
            "name": one["name"],
            "known": found.suppliers.get(one["supplier"]),
            "why": reasons(of.decided.payee, one["name"])[:2],
        }
        for one in of.decided.candidates
    ]
    return Row(
        of,
        of.decided.id if meanwhile else seen,
        candidates,
        choice=form.text(f"who-{seen}"),
        other=form.text(f"other-{seen}"),
        kind=form.text(f"kind-{seen}"),
        meanwhile=meanwhile,
    )


def _as_typed(form: Form, found: Payees, shown: Mapping[int, Decided], overtaken: Sequence[Decided]) -> list[Row]:
    """The payees of the form as they stand now, with all that was typed; faults point at their controls."""
    now = {one.decided.key: one for one in found.found}
    late = {one.key: one for one in overtaken}
    rows = [
        _row(now[decided.key], found, form, seen, late.get(decided.key))
        for seen, decided in shown.items()
        if decided.key in now
    ]
    return sorted(rows, key=lambda row: (-abs(row.of.amount), row.of.decided.key))


def _done(number: int) -> Sentence:
    if number == 1:
        return said("One payee is settled. The ledger is asked anew.")
    return said("{number} payees are settled. The ledger is asked anew.", number=number)
