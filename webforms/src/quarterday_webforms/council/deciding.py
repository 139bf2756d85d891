"""Deciding on one entry: accept it, accept a part, ask the supplier, or reject it."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday import Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.figures.for_review import Checked, for_review
from quarterday.services.ledger.beside import ledger_of_contract
from quarterday.services.portals.suggestions import Suggested, suggestions_of
from quarterday.services.record import Actor
from quarterday.services.returns import reviews, telling
from quarterday_webforms.amounts import in_unit
from quarterday_webforms.council.checking import evidence
from quarterday_webforms.council.forms import DecideForm
from quarterday_webforms.council.pages import ID, council
from quarterday_webforms.language import gettext
from quarterday_webforms.site import site
from quarterday_webforms.visiting import needs, staff_actor


@council.route(f"/returns/<{ID}:return_id>/entries/<{ID}:entry_id>", methods=["GET", "POST"])
@needs(Permission.REVIEW)
def decide(return_id: int, entry_id: int) -> ResponseReturnValue:
    """One entry with all there is to know of it, and the decision on it."""
    actor = staff_actor(Permission.REVIEW)
    found = for_review(site().uow, actor, return_id=return_id)
    entry = found.entry(entry_id)
    form = DecideForm(entry, in_unit(entry.counted * entry.share, entry.measure))
    if form.validate_on_submit():
        try:
            _decide(actor, entry, form)
        except reviews.Decided as meanwhile:
            found = for_review(site().uow, actor, return_id=return_id)
            entry = found.entry(entry_id)
            if not _is_the_same(actor, entry, form):
                form.refuse(meanwhile)
                form.seen_version.data = str(entry.newest)
        except Refused as refused:
            _blame(form, refused)
        if not form.errors:
            return redirect(url_for("council.check", return_id=return_id, decided=entry_id), 303)
    suggested = _suggested(actor, entry)
    return render_template(
        "council/decide.html",
        found=found,
        entry=entry,
        suggested=suggested,
        following=_following(entry, suggested) if suggested else {},
        pieces=evidence(actor, return_id)[entry_id],
        quiet_minutes=telling.QUIET.seconds // 60,
        ledger=ledger_of_contract(site().uow, actor, contract_id=found.contract_id),
        form=form,
        back=url_for("council.check", return_id=return_id, _anchor=f"entry-{entry_id}"),
        is_illustrative=found.is_illustrative and entry.worth is not None,
    ), 422 if form.errors else 200


def _decide(actor: Actor, entry: Checked, form: DecideForm) -> None:
    uow, seen = site().uow, _seen(form)
    match form.decision.data:
        case "accept":
            reviews.accept(uow, actor, entry_id=entry.id, seen=seen)
        case "part":
            quantity = (form.quantity.data or "").strip()
            if not quantity:
                raise Refused(gettext("Enter how much you accept, like 12 or 12.5"))
            reviews.accept(
                uow, actor, entry_id=entry.id, quantity=quantity, reason=form.part_reason.data or "", seen=seen
            )
        case "query":
            reviews.query(uow, actor, entry_id=entry.id, reason=form.asks, seen=seen)
        case "reject":
            reviews.reject(uow, actor, entry_id=entry.id, reason=form.reject_reason.data or "", seen=seen)


def _suggested(actor: Actor, entry: Checked) -> Suggested | None:
    """What a portal says of the entry; None where it says nothing, or what was decided."""
    found = suggestions_of(site().uow, actor, entry_ids=[entry.id]).get(entry.id)
    if found is None or found.decision != entry.decision:
        return found
    accepted = next((said.accepted for said in reversed(entry.talk) if said.decision == "accepted"), None)
    return None if found.decision != "accepted" or found.quantity == accepted else found


def _following(entry: Checked, suggested: Suggested) -> dict[str, str]:
    """What the form of this page is filled with to decide as a portal says; nothing where that can't be in one press.

    The rules are those of every decision: the supplier is asked, or told that it doesn't count, with the portal's
    words, so without any there is nothing to press.
    """
    seen = {"seen_version": str(entry.newest)}
    match suggested.decision:
        case "accepted" if suggested.quantity == entry.counted:
            return {**seen, "decision": "accept"} if not entry.counts_for_nothing else {}
        case "accepted" if entry.measure.unit.is_counted and "/" not in suggested.typed:
            reason = suggested.words or gettext("The portal accepted this much.")
            return {**seen, "decision": "part", "quantity": suggested.typed, "part_reason": reason}
        case "queried" if suggested.words:
            return {**seen, "decision": "query", "question": suggested.words}
        case "rejected" if suggested.words:
            return {**seen, "decision": "reject", "reject_reason": suggested.words}
    return {}


def _seen(form: DecideForm) -> int:
    text = str(form.seen_version.data)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else -1


def _is_the_same(actor: Actor, entry: Checked, form: DecideForm) -> bool:
    """Whether what was said meanwhile is this decision, by the same person: the button was pressed twice."""
    if not entry.talk:
        return False
    last = entry.talk[-1]
    reason = {"part": form.part_reason.data, "query": form.asks, "reject": form.reject_reason.data}
    wanted = {"accept": "accepted", "part": "accepted", "query": "queried", "reject": "rejected"}
    chosen = form.decision.data
    same_words = (reason.get(chosen) or "").strip() == last.words
    return last.door == actor.name and last.decision == wanted[chosen] and same_words


def _blame(form: DecideForm, refused: Refused) -> None:
    """Show the sentence by the field that mends it."""
    field = form.blamed
    if field is form.part_reason and not str(refused).startswith("Say why"):
        field = form.quantity
    field.errors = [str(refused)]
