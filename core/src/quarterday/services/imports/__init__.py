"""Imports: suppliers, contracts and commitments from a spreadsheet, row by row, with nothing guessed and nothing lost.

Every row goes in, is there already, or is quarantined with the cell to put right; the same file twice changes nothing.
"""

from quarterday.services.imports.commitments import MeasuredBy, import_commitments
from quarterday.services.imports.contracts import import_contracts
from quarterday.services.imports.intake import Imported, write_quarantine
from quarterday.services.imports.suppliers import import_suppliers

__all__ = ["Imported", "MeasuredBy", "import_commitments", "import_contracts", "import_suppliers", "write_quarantine"]
