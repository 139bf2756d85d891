"""What ``doctor`` says of the ledger's lines: whether all that count are on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from quarterday import Health, Trouble, Verdict, said

if TYPE_CHECKING:
    from quarterday_erp_import.ledger.batches import BatchRow


class LedgerLines:
    """Whether the lines of every batch that counts are on this machine."""

    title: str = said("Lines of the ledger")

    def run(self) -> Iterator[Verdict]:
        """One finding, where there are batches."""
        from quarterday.services.organisations.authorities import authorities
        from quarterday.services.record import Actor, installation_settings, is_empty_record, open_record
        from quarterday_erp_import.ledger.batches import of_authority
        from quarterday_erp_import.ledger.offered import FOLDER

        try:
            if is_empty_record():
                return
            uow = open_record(plugin="erp_import")
        except Trouble:  # the checks of the record and of plugins' tables say so
            return
        folder, doctor = installation_settings().data_dir / FOLDER, Actor.operator("doctor")
        of = [one.id for one in authorities(uow, doctor)]
        with uow.read(doctor) as work:
            counting = [one for authority_id in of for one in of_authority(work, authority_id) if one.counts]
        gone = [one for one in counting if not _lines(folder, one).is_file()]
        if gone:
            what = said(
                "those of {gone} batches out of {all} aren't in {folder}.",
                gone=len(gone),
                all=len(counting),
                folder=str(folder),
            )
            to_do = said("Have all machines that run pages or workers share that folder, or restore it from a backup.")
            yield Verdict(Health.WRONG, what, to_do)
        elif counting:
            yield Verdict(Health.GOOD, said("those of all {number} batches are here", number=len(counting)))


def _lines(folder: Path, one: BatchRow) -> Path:
    """Where they are, as :class:`~quarterday_erp_import.ledger.files.LineFiles` has it, which needs the engine."""
    return folder / str(one.authority_id) / f"{one.sha256}-{one.reading}.parquet"
