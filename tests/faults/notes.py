"""Effects to send under fire, one kind for each sort of receiver, and a worker that makes no long pauses."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event

from quarterday.db.outbox import Due
from quarterday.db.work import UnitOfWork
from quarterday.domain import pauses
from quarterday.ports import Document, DocumentKind, Message
from quarterday.services.background.kinds import KINDS, Kind, Parcel
from quarterday.services.background.worker import run
from quarterday.services.record import open_record

DOMAIN = "northmoor.example"
FIRST_PAUSE, LONGEST_ASKED = 0.2, 1.0
"""Seconds after the first attempt that failed, and the most that a receiver may ask for."""


def _report(uow: UnitOfWork, row: Due) -> Parcel:
    return Parcel("folder", Document(DocumentKind.REPORT, "note.txt", "text/plain", row.key.encode()))


def _records(uow: UnitOfWork, row: Due) -> Parcel:
    return Parcel("webhook", Document(DocumentKind.RECORDS, "note.json", "application/json", row.key.encode()))


def _mail(uow: UnitOfWork, row: Due) -> Parcel:
    words = f"This is {row.key}.\n"
    told = {"to": "grace@supplier.example", "subject": row.key, "html": f"<p>{words}</p>"}
    return Parcel("smtp", Message(DocumentKind.MESSAGE, "note.txt", "text/plain", words.encode(), **told))


NOTES = {
    "note.report": Kind(_report, repeat_perhaps_sent=True),
    "note.records": Kind(_records, repeat_perhaps_sent=True),
    "note.mail": Kind(_mail, repeat_perhaps_sent=True),
    "note.reminder": Kind(_mail, repeat_perhaps_sent=False),
}


def main() -> None:
    """Be a worker of the record that the settings name, until a TERM signal.

    One that is told to be ``careless`` repeats what must not come twice: what the harness must find.
    """
    pauses.FIRST, pauses.LONGEST_ASKED = FIRST_PAUSE, LONGEST_ASKED
    careless = {"note.reminder": Kind(_mail, repeat_perhaps_sent=True)} if sys.argv[1:] == ["careless"] else {}
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run(open_record(), stop=stop, tell=lambda settled: None, kinds={**KINDS, **NOTES, **careless})


def installed_in(folder: Path) -> list[Path]:
    """The folders from which Python finds this module and the webhook's plugin as an installed distribution."""
    info = folder / "webhook_stand_in-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: webhook-stand-in\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[quarterday.plugins]\nwebhook = webhook_stand_in\n")
    here = Path(__file__).parent
    return [folder, here / "plugins", here]
