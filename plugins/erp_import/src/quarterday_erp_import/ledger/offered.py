"""What this plugin offers to core: its ledger and a job; what they need of the engine is imported when they work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from quarterday import LedgerAnswer, LedgerQuestion

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


def sweep(at: datetime) -> str:
    """Remove the files that interrupted imports left behind a day ago and longer."""
    from quarterday.services.record import Actor, installation_settings, open_record
    from quarterday_erp_import.ledger import batches
    from quarterday_erp_import.ledger.files import LineFiles

    files = LineFiles(installation_settings().data_dir / FOLDER)
    removed = batches.sweep(open_record(), Actor.operator("clock"), files=files)
    return f"Files removed: {len(removed)}."
