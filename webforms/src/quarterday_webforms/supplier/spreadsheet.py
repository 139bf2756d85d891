"""The return as a spreadsheet: take it, fill it in without a connection, send it back and see what is wrong by row."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from quarterday import Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor
from quarterday.services.returns.filling import Filled, fill, promised_measures
from quarterday.services.returns.on_file import write_template
from quarterday.services.returns.reported import SomebodyElse
from quarterday_webforms import downloads
from quarterday_webforms.language import gettext
from quarterday_webforms.site import site
from quarterday_webforms.supplier.forms import SpreadsheetForm, blame
from quarterday_webforms.supplier.pages import ID, hand, seen, supplier
from quarterday_webforms.visiting import needs

MEDIA_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
ENDINGS = (".xlsx", ".csv", ".tsv")


@supplier.route(f"/<{ID}:return_id>/spreadsheet", methods=["GET", "POST"])
@needs(Permission.REPORT)
def spreadsheet(return_id: int) -> ResponseReturnValue:
    """Send the filled-in spreadsheet: its rows are saved as entries, and what can't be used is told by row."""
    actor, found = hand(return_id)
    form, filled = SpreadsheetForm(), None
    if form.validate_on_submit():
        try:
            filled = _fill(actor, return_id, form.file.data)
        except SomebodyElse as said:
            _, found = hand(return_id)
            blame(form.file, said)
        except Refused as refused:
            blame(form.file, refused)
    form.seen_version.data = str(filled.version if filled else found.version)
    return render_template(
        "supplier/spreadsheet.html",
        hand=found,
        form=form,
        filled=filled,
        back=url_for("supplier.tasks", return_id=return_id),
    ), 422 if form.errors or (filled and filled.rejected) else 200


@supplier.get(f"/<{ID}:return_id>/spreadsheet/<any(xlsx, csv):ending>")
@needs(Permission.REPORT)
def template(return_id: int, ending: str) -> ResponseReturnValue:
    """The spreadsheet to fill in: a row for each measure that the contract promises."""
    actor, found = hand(return_id)
    measures = promised_measures(site().uow, actor, return_id=return_id)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"return.{ending}"
        write_template(path, measures)
        content = BytesIO(path.read_bytes())
    period = found.period.name.replace("/", "-").replace(" ", "-")
    name = f"return-{period}-{return_id}.{ending}"
    return downloads.download(content, MEDIA_TYPES[ending], name)


def _fill(actor: Actor, return_id: int, sent: FileStorage | None) -> Filled:
    """Save a sent file's rows; raises :class:`~quarterday.Refused` for one that is no such spreadsheet."""
    if not sent:
        raise Refused(gettext("Choose the spreadsheet you filled in."))
    ending = PurePath(sent.filename or "").suffix.casefold()
    if ending not in ENDINGS:
        raise Refused(gettext("Choose a spreadsheet that ends in .xlsx, .csv or .tsv."))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"return{ending}"
        sent.save(path)
        return fill(site().uow, actor, return_id=return_id, path=path, seen_version=seen())
