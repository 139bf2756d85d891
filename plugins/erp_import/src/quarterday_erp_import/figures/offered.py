"""The job that keeps figures: what it needs of the engine is imported when there is something to reckon."""

from __future__ import annotations

from datetime import datetime

from quarterday import Trouble, numbered
from quarterday_erp_import.ledger.offered import FOLDER


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
