"""The job that keeps figures: what it needs of the engine is imported when there is something to reckon."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir
from time import time

from quarterday import Trouble, numbered
from quarterday_erp_import.ledger.offered import FOLDER

COMING = "quarterday-figures-"
"""How the temporary folders begin that payments lie in while they are reckoned over."""

_LEFT_BEHIND = timedelta(days=1)


def reckon_figures(at: datetime) -> str:
    """Reckon the figures of every authority that would come out otherwise than they are kept.

    One authority whose figures can't be reckoned holds none of the others up; its trouble is raised in the end.
    """
    from quarterday.services.organisations.authorities import authorities
    from quarterday.services.record import Actor, installation_settings, open_record
    from quarterday_erp_import.figures.keeping import reckon
    from quarterday_erp_import.figures.terms import terms
    from quarterday_erp_import.ledger.batches import batches
    from quarterday_erp_import.ledger.files import LineFiles

    sweep()
    uow, actor = open_record(), Actor.operator("clock")
    data = installation_settings().data_dir
    troubles: list[Trouble] = []
    new = 0
    for authority in authorities(uow, actor):
        if not batches(uow, actor, authority_id=authority.id):
            continue
        try:
            new += reckon(uow, actor, files=LineFiles(data / FOLDER), authority_id=authority.id, terms=terms(data))
        except Trouble as trouble:
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
    return numbered(new, "{n} figure is new.", "{n} figures are new.")


def sweep() -> None:
    """Remove what runs that were ended left behind a day ago and longer."""
    for folder in Path(gettempdir()).glob(f"{COMING}*"):
        with suppress(FileNotFoundError):  # another run is done with it
            if time() - folder.stat().st_mtime > _LEFT_BEHIND.total_seconds():
                rmtree(folder, ignore_errors=True)
