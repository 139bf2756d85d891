"""What the town paid: files that came in, what was read of them, who was paid, and the figures over it."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR
from quarterday_erp_import import reading
from quarterday_erp_import.feeds import incoming
from quarterday_erp_import.feeds.keeping import IncomingFiles
from quarterday_erp_import.figures.keeping import reckon
from quarterday_erp_import.figures.terms import terms
from quarterday_erp_import.ledger import corrections
from quarterday_erp_import.ledger.deciding import match_with_vendors
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import Hold, import_file
from quarterday_erp_import.ledger.offered import FOLDER
from quarterday_erp_import.ledger.vendor_lists import import_vendors

PAID = "Supplier,Payment Date,Amount\nAlder Ltd,14/06/2026,-20.50\nElm Ltd,15/06/2026,a lot\nAsh Ltd,16/06/2026,7\n"
"""A spend file of which one record can't be understood."""
SUPPLIERS = "Supplier No,Supplier Name,Post Code\n1,Alder Care Ltd,S60 1AE\n2,Larch Building Ltd,S60 1AE\n"
"""A list of suppliers by which it is doubtful who was paid."""
ASKED = {
    "key": "date_order",
    "text": "Which comes first?",
    "choices": ["day first", "month first"],
    "assumed": "day first",
}


def a_ledger(uow: UnitOfWork, folder: Path, authority: int) -> dict[str, int | str]:
    """The scene of an authority's ledger: a file that asks, a batch that waits, a record that wasn't understood, and a
    list of suppliers that waits to be looked at."""
    lines = LineFiles(folder / FOLDER)
    of = {"authority_id": authority, "feed": "payments"}
    asks = f"Supplier,Payment Date,Amount\nLarch Ltd,0{authority}/06/2026,1.00\n".encode()
    file = incoming.hand_in(uow, OPERATOR, name="asks.csv", content=BytesIO(asks), **of)
    path, batch = folder / f"paid-{authority}.csv", 0
    path.write_bytes(asks)
    understood = reading.profile(path).to_json()
    with uow.begin(OPERATOR) as work:
        incoming.step(work, file, incoming.State.ASKS, questions=(ASKED,), understood=understood)
    for hold, number in ((Hold.NEVER, 1), (Hold.ALWAYS, 2)):
        path.write_text(PAID + f"Larch Ltd,2{number}/06/2026,{authority}.50\n" * number)
        batch = import_file(uow, OPERATOR, files=lines, path=path, hold=hold, **of).batch.id
    path.write_text(SUPPLIERS)
    whose = {"authority_id": authority, "source": "the vendor list", "as_at": date(2026, 4, 1)}
    import_vendors(uow, OPERATOR, path=path, **whose)
    path.unlink()
    newer = f"{SUPPLIERS}{authority + 2},Elm Training CIC,S60 2TH\n".encode()
    kept = IncomingFiles(folder / FOLDER)
    with kept.received(BytesIO(newer)) as sent:
        kept.keep(sent, authority)
    match_with_vendors(uow, OPERATOR, files=lines, authority_id=authority)
    reckon(uow, OPERATOR, files=lines, authority_id=authority, terms=terms(folder))
    (record,) = corrections.quarantined(uow, OPERATOR, batch_id=batch)
    return {"file_id": file, "batch_id": batch, "record_id": record.id, "digest": sent.sha256}
