"""Spreadsheets as people send them: CSV, TSV or Excel, read strictly and within bounds.

:func:`open_sheet` finds the header row by the words it knows, matches the columns and reads every row as text.
What can't be read for certain is refused, or marked on its row, with a sentence for the person who sent the file.
"""

from quarterday.domain.cells import CellProblem
from quarterday.sheets.columns import ColumnMatch, Vocabulary, match_columns
from quarterday.sheets.opening import open_sheet
from quarterday.sheets.sheet import RowFault, Sheet, SheetRow

__all__ = ["CellProblem", "ColumnMatch", "RowFault", "Sheet", "SheetRow", "Vocabulary", "match_columns", "open_sheet"]
