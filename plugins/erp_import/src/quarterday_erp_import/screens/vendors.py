"""The finance system's list of suppliers: which counts; a new one is sent, seen as it was understood, then accepted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday import NotThere, Permission, Refused, Sentence, Trouble, said
from quarterday_erp_import.feeds.incoming import plain_name
from quarterday_erp_import.feeds.keeping import MEGABYTE, IncomingFiles
from quarterday_erp_import.figures.shown import WORDS
from quarterday_erp_import.ledger.newest_vendors import newest_list, taken_in
from quarterday_erp_import.ledger.offered import FOLDER
from quarterday_erp_import.ledger.stated import day_of
from quarterday_erp_import.screens.overview import has_engine

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk, Form
    from quarterday_erp_import.payees.vendors import Vendor

MEGABYTES = 10
"""The largest list that is taken in the browser, where it is read while somebody waits; a command takes larger ones."""
SHOWN = 20
"""How many rows with something doubtful are shown."""
FIRST = 3
"""How many entries are shown as they were read."""
LONGEST = 200
"""How long what a list goes by may be."""
FIELDS: dict[str, Sentence] = {
    "number": said("Number of the supplier"),
    "name": said("Name"),
    "address": said("Address, for its postcode only"),
    "address_2": said("Address, second line"),
    "address_3": said("Address, third line"),
    "town": said("Town"),
    "postcode": said("Postcode"),
    "company_number": said("Company number"),
    "charity_number": said("Charity number"),
    "vat_number": said("VAT number"),
    "size": said("Size"),
    "sector": said("Sector"),
    "ownership": said("Ownership"),
}
"""What a column of the list is, in words."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file that was sent is understood to be."""

    columns: Mapping[str, tuple[str, Sentence]]
    """What each field's column is called, and why it was taken for that; in the order of the file."""
    unused: list[str]
    first: list[Vendor]
    counts: Mapping[str, int]
    """How many entries there are, and how many say what."""
    odd: list[tuple[int, Sentence]]
    """The lines that weren't understood, and why."""


def add(pages: Blueprint, desk: Desk) -> None:
    """Add the pages to the ledger's."""

    @pages.get("/vendors")
    def vendors() -> ResponseReturnValue:
        """The list that counts, and where a new one is sent."""
        return _vendors(desk, desk.form())

    @pages.post("/vendors")
    @desk.needs(Permission.SET_VALUES)
    @desk.takes(megabytes=MEGABYTES)
    def send_vendors() -> ResponseReturnValue:
        """Send a list; it is kept to be looked at, and counts for nothing yet."""
        form = desk.form()
        if has_engine() and (digest := _received(desk, form)):
            name = plain_name(request.files["file"].filename or "")
            return redirect(url_for(".check_vendors", digest=digest, name=name), 303)
        return _vendors(desk, form)

    @pages.route("/vendors/<digest>", methods=["GET", "POST"])
    @desk.needs(Permission.SET_VALUES)
    def check_vendors(digest: str) -> ResponseReturnValue:
        """See what it was understood to be, and have it count, or not."""
        path = _path(desk, digest)
        if not has_engine():
            return redirect(url_for(".vendors"), 303)
        form = desk.form({"source": str(said("the finance system’s list of suppliers"))})
        name = plain_name(request.args.get("name", ""))
        if form.is_sent and form.text("wanted") == "not":
            desk.tell(said("The list you sent isn’t taken in. It is removed from this server within two days."))
            return redirect(url_for(".vendors"), 303)
        if form.is_sent and _accepted(desk, form, path, name):
            desk.tell(said("The list counts from now on. The payees that no person settled are matched with it soon."))
            return redirect(url_for(".vendors"), 303)
        try:
            checked = _checked(path)
        except Refused as refused:
            form.refuse("file", refused)
            return _vendors(desk, form)
        whose = {"authority_id": desk.authority_id()}
        page = render_template(
            "ledger/check_vendors.html",
            form=form,
            name=name,
            fields=FIELDS,
            words=WORDS,
            checked=checked,
            shown=SHOWN,
            now=newest_list(desk.uow, desk.actor(), **whose),
            known=taken_in(desk.uow, desk.actor(Permission.SET_VALUES), sha256=digest, **whose),
        )
        return page, 422 if form.errors else 200


def _vendors(desk: Desk, form: Form) -> ResponseReturnValue:
    page = render_template(
        "ledger/vendors.html",
        form=form,
        found=newest_list(desk.uow, desk.actor(), authority_id=desk.authority_id()),
        most=MEGABYTES,
        may_change=desk.may(Permission.SET_VALUES),
        has_engine=has_engine(),
    )
    return page, 422 if form.errors else 200


def _received(desk: Desk, form: Form) -> str | None:
    """Keep the list that was sent, for a day; returns its digest, or None where something is wrong with it."""
    sent, files = request.files.get("file"), IncomingFiles(desk.data_dir / FOLDER)
    if sent is None or not sent.filename:
        form.refuse("file", said("Choose the list of suppliers that the finance system gave out."))
        return None
    actor, authority_id = desk.actor(Permission.SET_VALUES), desk.authority_id()
    try:
        with files.received(cast("BinaryIO", sent.stream), most=MEGABYTES * MEGABYTE) as received:
            if taken_in(desk.uow, actor, authority_id=authority_id, sha256=received.sha256):
                form.refuse("file", said("This file was taken in before. Send a newer list, if there is one."))
                return None
            _checked(received.path)
            files.keep(received, authority_id)
    except Trouble as trouble:
        form.refuse("file", trouble)
        return None
    return received.sha256


def _path(desk: Desk, digest: str) -> Path:
    """Where a list that was sent is; raises :class:`NotThere` for what isn't there, or not any more."""
    path = IncomingFiles(desk.data_dir / FOLDER).path(desk.authority_id(), digest)
    if not _DIGEST.fullmatch(digest) or not path.is_file():
        raise NotThere("There is no such list. Send it again.")
    return path


def _checked(path: Path) -> Checked:
    """What a file is understood to be; raises :class:`Refused` for what is no list of suppliers."""
    from quarterday_erp_import.ledger.vendor_lists import read_vendors
    from quarterday_erp_import.reading.opening import opened

    if opened(path).format == "gzip":
        raise Refused("The file is packed. Unpack it, and send what is in it.")
    read = read_vendors(path, source="", as_at=date.min)
    what, listed = read.understood, read.vendors
    columns = sorted(what.columns.items(), key=lambda one: one[1].index) if what else []
    odd = [(one.line, one.why) for one in read.not_vendors]
    odd += [(one.line, why) for one in listed for why in one.doubts]
    return Checked(
        columns={
            field: (one.name or str(said("number {number}", number=one.index + 1)), one.why) for field, one in columns
        },
        unused=what.unused if what else [],
        first=list(listed[:FIRST]),
        counts={
            "entries": len(listed),
            "postcodes": sum(1 for one in listed if one.postcode),
            "company_numbers": sum(1 for one in listed if one.company_number),
            "sizes": sum(1 for one in listed if one.size),
            "sectors": sum(1 for one in listed if one.sector),
        },
        odd=sorted(odd, key=lambda one: one[0]),
    )


def _accepted(desk: Desk, form: Form, path: Path, name: str) -> bool:
    """Have the list count; False where something is wrong with what was typed."""
    from quarterday_erp_import.ledger.vendor_lists import import_vendors

    as_at, source = day_of(form.text("as_at")), form.text("source")
    if as_at is None:
        form.refuse("as_at", said("Enter the day on which the list was given out, like 10/06/2026."))
    if not source:
        form.refuse("source", said("Enter what the list is, and who says so."))
    elif len(source) > LONGEST:
        form.refuse("source", said("Write at most {most} characters.", most=LONGEST))
    if form.errors or as_at is None:
        return False
    try:
        import_vendors(
            desk.uow,
            desk.actor(Permission.SET_VALUES),
            path=path,
            authority_id=desk.authority_id(),
            source=source,
            as_at=as_at,
            name=name,
        )
    except Trouble as trouble:
        form.refuse("", trouble)
        return False
    return True
