"""The blueprint of the supplier's pages, and what each of them begins with."""

from __future__ import annotations

from flask import Blueprint, request

from quarterday import Refused
from quarterday.services.figures.in_hand import InHand, in_hand
from quarterday.services.record import Actor
from quarterday_webforms.site import site
from quarterday_webforms.supplier import wording
from quarterday_webforms.visiting import supplier_actors

supplier = Blueprint("supplier", __name__, url_prefix="/returns")

supplier.add_app_template_filter(wording.made_of)
supplier.add_app_template_filter(wording.of_cell)
supplier.add_app_template_global(wording.asked_in_words)

ID = "int(max=9223372036854775807)"
"""How an id stands in an address: what no database could hold is no page."""


def hand(return_id: int, ref: str | None = None, *, with_lines: bool = True) -> tuple[Actor, InHand]:
    """The return as it stands, and as whom the visitor acts on it: the first of their suppliers who has a part in it.

    ``ref`` and ``with_lines`` are those of :func:`~quarterday.services.figures.in_hand.in_hand`.
    Raises :class:`~quarterday.Refused` where it is none of theirs, which is shown as a page that isn't there.
    """
    *others, last = supplier_actors()
    for actor in others:
        try:
            return actor, in_hand(site().uow, actor, return_id=return_id, ref=ref, with_lines=with_lines)
        except Refused:
            continue
    return last, in_hand(site().uow, last, return_id=return_id, ref=ref, with_lines=with_lines)


def seen() -> int:
    """The version of the return that the posted form was made from; -1 where it says none that could be."""
    text = request.form.get("seen_version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else -1
