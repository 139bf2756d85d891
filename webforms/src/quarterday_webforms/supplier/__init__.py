"""What suppliers see: their returns, one return measure by measure, evidence, queries, submitting, and colleagues."""

import quarterday_webforms.supplier.checking as checking
import quarterday_webforms.supplier.entries as entries
import quarterday_webforms.supplier.evidence as evidence
import quarterday_webforms.supplier.late as late
import quarterday_webforms.supplier.people as people
import quarterday_webforms.supplier.queries as queries
import quarterday_webforms.supplier.spreadsheet as spreadsheet
import quarterday_webforms.supplier.tasks as tasks
from quarterday_webforms.supplier.pages import supplier

__all__ = ["checking", "entries", "evidence", "late", "people", "queries", "spreadsheet", "supplier", "tasks"]
