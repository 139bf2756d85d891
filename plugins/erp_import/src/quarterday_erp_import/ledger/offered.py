"""What this plugin offers to core: its ledger and a job; what they need of the engine is imported when they work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quarterday import Item, LedgerAnswer, LedgerQuestion, Refused, Trouble, numbered, said

if TYPE_CHECKING:
    from quarterday import PluginSettings

FOLDER = "ledger"
"""The folder of the lines, in the data folder."""

MAPPINGS = "spend-mappings"
"""The folder in the data folder with the mappings that a council keeps."""


class SpendFiles:
    """What the council's spend files say was paid."""

    id = "spend-files"
    title = "The council's spend files"

    def __init__(self, settings: PluginSettings) -> None:
        pass

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """Nothing has to be set."""
        from quarterday_erp_import.ledger.no_settings import NoSettings

        return NoSettings

    def answers(self, authority_id: int, questions: Sequence[LedgerQuestion], until: date) -> Iterable[LedgerAnswer]:
        """What was paid on each contract up to and including a day, one answer for each question."""
        from quarterday.services.record import Actor, installation_settings, open_record
        from quarterday_erp_import.ledger.answering import answered
        from quarterday_erp_import.ledger.files import LineFiles
        from quarterday_erp_import.ledger.standing import standing

        files = LineFiles(installation_settings().data_dir / FOLDER)
        now = standing(open_record(), Actor.operator("ledger"), files=files, authority_id=authority_id)
        return answered(now, questions, until)

    def take_in(self, authority_id: int, source: str, item: Item, file: Path) -> None:
        """Keep a file that a source fetched, to be read soon; raises :class:`Refused` for what is no spend file."""
        from quarterday.services.record import Actor, open_record
        from quarterday_erp_import.feeds.entries import KIND
        from quarterday_erp_import.feeds.incoming import hand_in

        if item.kind != KIND:
            raise Refused("The ledger takes no “{kind}”.", kind=item.kind)
        with file.open("rb") as content:
            hand_in(
                open_record(),
                Actor.operator("source"),
                authority_id=authority_id,
                feed=str(item.payload.get("feed", "")),
                name=str(item.payload.get("name", "")),
                content=content,
                origin=source,
            )


def import_spend(at: datetime) -> str:
    """Read the spend files that came in and wait."""
    from quarterday.services.record import Actor, installation_settings, open_record
    from quarterday_erp_import.feeds import incoming, rules

    settings, uow = installation_settings(), open_record()
    with uow.read(Actor.operator("clock")) as work:
        if not incoming.in_states(work, incoming.State.WAITING, incoming.State.BEGUN):
            return said("No file waits.")
    from quarterday_erp_import.feeds.reading_in import read_waiting
    from quarterday_erp_import.ledger.files import LineFiles

    done = read_waiting(
        uow,
        files=incoming.installed_files(),
        lines=LineFiles(settings.data_dir / FOLDER),
        again_after=timedelta(seconds=settings.job_seconds),
        mappings=rules.installed_mappings(),
    )
    if done.trouble:
        raise done.trouble
    return done.said()


def match_payees(at: datetime) -> str:
    """Decide who the payees are: anew for every authority whose list of suppliers came after that was last done, and
    those that nobody decided on for one with new files.

    One authority whose payees can't be matched holds none of the others up; its trouble is raised in the end.
    """
    from quarterday.services.organisations.authorities import authorities
    from quarterday.services.record import Actor, installation_settings, open_record
    from quarterday_erp_import.ledger.newest_vendors import has_new_payees, is_unmatched

    uow, actor = open_record(), Actor.operator("clock")
    known = [one.id for one in authorities(uow, actor)]
    anew = [one for one in known if is_unmatched(uow, actor, authority_id=one)]
    waiting = [one for one in known if one in anew or has_new_payees(uow, actor, authority_id=one)]
    if not waiting:
        return said("No list of suppliers is new, and no spend file.")
    from quarterday_erp_import.ledger.deciding import match_with_vendors
    from quarterday_erp_import.ledger.files import LineFiles

    files = LineFiles(installation_settings().data_dir / FOLDER)
    troubles: list[Trouble] = []
    number = 0
    for authority_id in waiting:
        try:
            of: dict[str, Any] = {"files": files, "authority_id": authority_id}
            number += match_with_vendors(uow, actor, anew=authority_id in anew, **of).total()
        except Trouble as trouble:
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
    return numbered(number, "{n} payee is decided.", "{n} payees are decided.")


def sweep(at: datetime) -> str:
    """Remove the files that interrupted imports left behind a day ago and longer, and what was read from files."""
    from quarterday.services.record import Actor, installation_settings, open_record
    from quarterday_erp_import.feeds import incoming
    from quarterday_erp_import.ledger import batches
    from quarterday_erp_import.ledger.files import LineFiles

    files = LineFiles(installation_settings().data_dir / FOLDER)
    uow, actor = open_record(), Actor.operator("clock")
    removed = batches.sweep(uow, actor, files=files) + incoming.sweep(uow, actor, files=incoming.installed_files())
    return f"Files removed: {len(removed)}."
