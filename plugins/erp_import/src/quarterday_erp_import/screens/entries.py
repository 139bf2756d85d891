"""Entries of the list of suppliers that count as one supplier: which, why, and a person who says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday import Permission, said
from quarterday_erp_import.screens.overview import has_engine

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the page to the ledger's."""

    @pages.get("/payees/same")
    def same() -> ResponseReturnValue:
        """See which entries are one supplier."""
        if not has_engine():
            return render_template("ledger/same.html", has_engine=False)
        from quarterday_erp_import.ledger.same import entries

        found = entries(desk.uow, desk.actor(), authority_id=desk.authority_id())
        may_change = desk.may(Permission.SET_VALUES)
        return render_template("ledger/same.html", has_engine=True, found=found, may_change=may_change)

    @pages.post("/payees/same")
    @desk.needs(Permission.SET_VALUES)
    def part_entries() -> ResponseReturnValue:
        """Part them, or have what is found of them hold again."""
        from quarterday_erp_import.ledger.same import part

        actor = desk.actor(Permission.SET_VALUES)
        for name, apart in (("part", True), ("join", False)):
            if number := request.form.get(name, ""):
                part(desk.uow, actor, authority_id=desk.authority_id(), supplier=number, apart=apart)
                desk.tell(said("It is by itself now.") if apart else said("What is found of it holds again."))
        return redirect(url_for(".same"), 303)
