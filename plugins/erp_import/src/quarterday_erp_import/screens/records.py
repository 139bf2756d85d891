"""Records that weren't understood: what each says and why, put right in a form or in a CSV that is sent back."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday import Permission, Refused, Sentence, said
from quarterday.services.plugins.screens import ID
from quarterday_erp_import.ledger import batches, corrected_files, corrections
from quarterday_erp_import.ledger.corrections import NO_PAYMENT, QuarantinedRow
from quarterday_erp_import.ledger.stated import FIELDS, line_of

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk, Form

PAGE = 50
"""How many records are on one page."""
MOST_PAGES = 100_000
MEGABYTES = 20
"""The largest file of corrections that is taken."""
REASONS: dict[str, Sentence] = {
    "total": said("It is a total or a heading"),
    "note": said("It is a note"),
    "twice": said("The file has this payment once more"),
    "other": said("It is no payment for another reason"),
}
"""Why a record is no payment, in words."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the pages to the ledger's."""

    @pages.get(f"/batches/<{ID}:batch_id>/records", endpoint="records")
    def listed(batch_id: int) -> str:
        """The records of a batch that weren't understood: those that are open, or all."""
        actor, is_open, page = desk.actor(), request.args.get("show") != "all", _page()
        found, _ = batches.whole_batch(desk.uow, actor, batch_id=batch_id)
        rows = corrections.quarantined(
            desk.uow, actor, batch_id=batch_id, is_open=is_open, skip=(page - 1) * PAGE, most=PAGE + 1
        )
        turns = {"previous": page - 1, "next": page + 1 if len(rows) > PAGE else 0}
        shown = None if is_open else "all"
        return render_template(
            "ledger/records.html",
            found=found,
            rows=rows[:PAGE],
            is_open=is_open,
            reasons=REASONS,
            turns={
                name: url_for(".records", batch_id=batch_id, page=turn, show=shown)
                for name, turn in turns.items()
                if turn
            },
            may_change=desk.may(Permission.SET_VALUES),
        )

    @pages.get(f"/batches/<{ID}:batch_id>/records.csv")
    def records_csv(batch_id: int) -> Response:
        """The same as a file to put them right in."""
        content = corrected_files.written(desk.uow, desk.actor(), batch_id=batch_id)
        name = f"records-of-batch-{batch_id}.csv"
        return Response(
            content,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @pages.route(f"/batches/<{ID}:batch_id>/records/send", methods=["GET", "POST"])
    @desk.needs(Permission.SET_VALUES)
    @desk.takes(megabytes=MEGABYTES)
    def send_records(batch_id: int) -> ResponseReturnValue:
        """Send that file back."""
        actor = desk.actor(Permission.SET_VALUES)
        found, _ = batches.whole_batch(desk.uow, actor, batch_id=batch_id)
        form, done = desk.form(), None
        if form.is_sent:
            sent = request.files.get("file")
            if sent is None or not sent.filename:
                form.refuse("file", said("Choose the file in which you put the records right."))
            else:
                try:
                    done = corrected_files.taken_in(
                        desk.uow, actor, batch_id=batch_id, content=sent.stream.read(MEGABYTES * 2**20)
                    )
                except Refused as refused:
                    form.refuse("file", refused)
        page = render_template("ledger/send_records.html", form=form, found=found, done=done)
        return page, 422 if form.errors or (done and done.wrong) else 200

    @pages.route(f"/records/<{ID}:record_id>", methods=["GET", "POST"])
    @desk.needs(Permission.SET_VALUES)
    def record(record_id: int) -> ResponseReturnValue:
        """Say what one record means."""
        actor = desk.actor(Permission.SET_VALUES)
        one, batch = corrections.record(desk.uow, actor, quarantined_id=record_id)
        _, account = batches.whole_batch(desk.uow, actor, batch_id=batch.id)
        cells = _cells(one, account.understood)
        form = desk.form(_usual(one, cells))
        if form.is_sent and _kept(desk, form, one, account.understood):
            return redirect(_next(desk, one), 303)
        page = render_template("ledger/record.html", form=form, one=one, batch=batch, reasons=REASONS)
        return page, 422 if form.errors else 200


def _page() -> int:
    text = request.args.get("page", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 1
    return min(max(1, number), MOST_PAGES)


def _kept(desk: Desk, form: Form, one: QuarantinedRow, understood: Mapping[str, Any]) -> bool:
    """Keep what the form says of a record; False where something is wrong with it."""
    means, why = None, ""
    match form.text("is"):
        case "payment":
            means, wrong = line_of({name: form.text(name) for name in FIELDS})
            for name, text in wrong.items():
                form.refuse(name, text)
            means |= corrected_files.of_file(understood)
        case "none":
            why = form.text("why")
            if why not in NO_PAYMENT:
                form.refuse("why", said("Say why it is no payment."))
        case _:
            form.refuse("is", said("Say whether it is a payment."))
    if form.errors:
        return False
    try:
        actor, seen = desk.actor(Permission.SET_VALUES), form.text("seen_version")
        number = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 19 else None
        corrections.correct(desk.uow, actor, quarantined_id=one.id, means=means, why=why, seen=number)
    except Refused as refused:
        form.refuse("", refused)
        return False
    return True


def _next(desk: Desk, one: QuarantinedRow) -> str:
    """Where to go on: with the next open record of the batch, else with the batch."""
    left = corrections.quarantined(desk.uow, desk.actor(), batch_id=one.batch_id, is_open=True, most=1)
    if left:
        desk.tell(said("Kept. This is the next one."))
        return url_for(".record", record_id=left[0].id)
    desk.tell(said("Kept. All records of this file are settled."))
    return url_for(".batch", batch_id=one.batch_id)


def _cells(one: QuarantinedRow, understood: Mapping[str, Any]) -> dict[str, str]:
    """The record's cells under the fields that their columns were understood to be; none where it isn't whole."""
    delimiter, columns = understood.get("delimiter") or ",", understood.get("columns") or {}
    try:
        (cells,) = csv.reader(io.StringIO(one.text or "", newline=""), delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        return {}
    at = {name: column["index"] for name, column in columns.items()}
    return {name: " ".join(cells[place].split()) for name, place in at.items() if place < len(cells)}


def _usual(one: QuarantinedRow, cells: Mapping[str, str]) -> dict[str, str]:
    """What the form opens with: what somebody said, else what stands in the record's own cells."""
    if not one.is_settled:
        return {name: cells[name] for name in FIELDS if cells.get(name)}
    if one.means is None:
        return {"is": "none", "why": one.why}
    return {"is": "payment", **corrected_files.as_typed(one.means)}
