"""The ledger's pages over a record of a test's own."""

from __future__ import annotations

from council_site import CouncilSite

from quarterday_erp_import.ledger.files import LineFiles


class LedgerSite(CouncilSite):
    """A site whose plugin keeps lines in the data folder."""

    @property
    def files(self) -> LineFiles:
        """The lines."""
        return LineFiles(self.folder / "ledger")
