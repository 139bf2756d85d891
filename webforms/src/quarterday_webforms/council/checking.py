"""Checking one return: its entries with all there is to know of them, and accepting the plain ones in one press."""

from __future__ import annotations

from collections import defaultdict

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday.services.access.permissions import Permission
from quarterday.services.figures.for_review import for_review
from quarterday.services.ledger.beside import ledger_of_contract
from quarterday.services.record import Actor
from quarterday.services.returns import evidencing, reviews, telling
from quarterday.services.returns.evidencing import Piece
from quarterday_webforms import downloads
from quarterday_webforms.council.forms import ManyForm
from quarterday_webforms.council.pages import ID, council
from quarterday_webforms.site import site
from quarterday_webforms.visiting import may, needs, staff_actor


@council.get(f"/returns/<{ID}:return_id>")
@needs(Permission.SEE_FIGURES)
def check(return_id: int) -> ResponseReturnValue:
    """One return, entry by entry."""
    actor = staff_actor()
    found = for_review(site().uow, actor, return_id=return_id)
    decided = request.args.get("decided", "")
    return render_template(
        "council/check.html",
        found=found,
        pieces=evidence(actor, return_id),
        quiet_minutes=telling.QUIET.seconds // 60,
        ledger=ledger_of_contract(site().uow, actor, contract_id=found.contract_id),
        may_review=may(Permission.REVIEW),
        may_give_time=may(Permission.KEEP_CONTRACTS),
        decided=next((one for one in found.entries if str(one.id) == decided and one.decision), None),
        many=decided == "plain",
        is_illustrative=found.is_illustrative and any(one.worth for one in found.entries),
    )


@council.route(f"/returns/<{ID}:return_id>/accept-plain", methods=["GET", "POST"])
@needs(Permission.REVIEW)
def accept_plain(return_id: int) -> ResponseReturnValue:
    """Accept the plain entries that this page shows; pressed twice, each is accepted once."""
    actor = staff_actor(Permission.REVIEW)
    there = url_for("council.check", return_id=return_id, decided="plain")
    form = ManyForm()
    if form.validate_on_submit():
        reviews.accept_plain(site().uow, actor, return_id=return_id, only=form.shown)
        return redirect(there, 303)
    found = for_review(site().uow, actor, return_id=return_id)
    form.entries.data = ",".join(str(one.id) for one in found.plain)
    back = url_for("council.check", return_id=return_id)
    if not found.plain:
        return redirect(back, 303)
    return render_template("council/accept_plain.html", found=found, form=form, back=back)


@council.get(f"/evidence/<{ID}:evidence_id>")
@needs(Permission.SEE_FIGURES)
def download(evidence_id: int) -> ResponseReturnValue:
    """A file of evidence, only ever as a download; the audit trail has who opened it."""
    opened = evidencing.open_evidence(site().uow, staff_actor(), site().keeper, evidence_id=evidence_id)
    return downloads.download(opened.file, opened.media_type, opened.name)


def evidence(actor: Actor, return_id: int) -> dict[int, list[Piece]]:
    """The evidence of a return by the entry it backs."""
    found: dict[int, list[Piece]] = defaultdict(list)
    for piece in evidencing.evidence_of(site().uow, actor, return_id=return_id):
        if piece.entry_id is not None:
            found[piece.entry_id].append(piece)
    return found
