"""Figures of what was paid: how much stayed local by each definition, then by what and by whom, each walked back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, current_app, render_template, request

from quarterday.services.figures.written import csv_bytes
from quarterday.services.promises.contracts import contracts
from quarterday_erp_import.analysis.amounts import percent
from quarterday_erp_import.figures.coverage import coverage
from quarterday_erp_import.figures.keeping import Kept, kept
from quarterday_erp_import.figures.shown import VIEWS, Cell, View, rows_of, smes, table, years
from quarterday_erp_import.screens.bars import across
from quarterday_erp_import.screens.overview import has_engine

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk
    from quarterday.services.scope import ContractRow

POUND = 1_000_000


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the pages to the ledger's."""

    def found(analysis: str) -> list[Kept]:
        return kept(desk.uow, desk.actor(), authority_id=desk.authority_id(), analysis=analysis)

    def held() -> dict[int, ContractRow]:
        mine = desk.authority_id()
        return {one.id: one for one in contracts(desk.uow, desk.actor()) if one.authority_id == mine}

    @pages.get("/figures")
    def figures() -> str:
        """Local spend by each definition, and where to go from here."""
        local = found("local")
        return render_template(
            "ledger/figures.html",
            found=[(one, [(row, coverage(one.coverage, row["year"])) for row in one.rows]) for one in local],
            views=VIEWS,
            share=percent,
            points=[
                [(_year(row["year"]), row["known"] // POUND, row["local"] // POUND) for row in one.rows if row["year"]][
                    ::-1
                ]
                for one in local
            ],
            year=_year,
            has_engine=has_engine(),
        )

    @pages.get("/figures/<analysis>")
    def figure(analysis: str) -> str:
        """One figure of a year, by one definition where it rests on one."""
        view, there = _view(analysis), found(analysis)
        one, year = _chosen(there)
        rows = rows_of(one, year) if one else []
        return render_template(
            "ledger/figure.html",
            analysis=analysis,
            view=view,
            figures=there,
            found=one,
            years=years(one) if one else [],
            year=year,
            named=_year,
            cells=table(one, year) if one else [],
            known=coverage(one.coverage, year) if one else [],
            contracts=held(),
            links="council.contract" in current_app.view_functions,
            sme=smes(rows) if analysis == "size" else None,
            share=percent,
            whole=sum(row["amount"] for row in rows),
            counted=sum(row.get("lines", 0) for row in rows),
            across=across,
            points=[
                (str(view.cells(row)[0].value), row["known"] // POUND, row["local"] // POUND)
                for row in rows
                if "known" in row and not row.get("rest")
            ],
            has_engine=has_engine(),
        )

    @pages.get("/figures/<analysis>.csv")
    def figure_as_csv(analysis: str) -> Response:
        """The same as a file, with what one must know to read it in each row."""
        view, by_id = _view(analysis), held()
        one, year = _chosen(found(analysis))
        if one is None:
            abort(404)
        local = one.definition["local"]
        about = [
            str(_year(year)) if view.has_years else "",
            local["name"] if local else "",
            str(one.known_until or ""),
            " ".join(known.words for known in coverage(one.coverage, year)),
        ]
        header = [*view.header, "Year", "Local by", "Payments known up to", "Known"]
        rows = [[*(_plain(cell, by_id) for cell in cells), *about] for cells in table(one, year)]
        name = f"{analysis}-{_year(year).replace('/', '-') if view.has_years else one.as_of}.csv"
        answer = Response(csv_bytes([header, *rows]), mimetype="text/csv")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def _view(analysis: str) -> View:
    """How an analysis is shown; there is no page of one that has none."""
    if analysis not in VIEWS:
        abort(404)
    return VIEWS[analysis]


def _chosen(there: list[Kept]) -> tuple[Kept | None, int | None]:
    """The figure by the definition that is asked for, else the first; and of which year, else the newest."""
    area, asked = request.args.get("area", ""), request.args.get("year", "")
    one = next((one for one in there if str(one.local_area_id) == area), there[0] if there else None)
    if one is None:
        return None, None
    there_are = years(one)
    chosen = [year for year in there_are if str(year or "none") == asked]
    return one, (chosen or there_are or [None])[0]


def _year(year: int | None) -> str:
    return f"{year}/{(year + 1) % 100:02}" if year else ""


def _plain(cell: Cell, by_id: dict[int, ContractRow]) -> str:
    ids = cell.contracts if cell.kind == "contracts" else [cell.value] if cell.kind == "contract" else []
    if ids:
        return ", ".join(by_id[one].reference for one in ids if one in by_id)
    return cell.plain
