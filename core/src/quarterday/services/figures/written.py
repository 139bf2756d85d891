"""Tables that leave us as files, for plugins with reports of their own: no cell of them is a formula."""

from __future__ import annotations

from quarterday.sheets.writing import Grid, csv_bytes, guarded, unguarded, workbook_bytes

__all__ = ["Grid", "csv_bytes", "guarded", "unguarded", "workbook_bytes"]
