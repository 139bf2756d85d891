"""One contract's promises from a spreadsheet: a row for each measure, with how much and how it is spread."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from quarterday.domain.cells import CellProblem, blank
from quarterday.domain.promises import Promise, Spread
from quarterday.domain.sentences import said
from quarterday.errors import BadRecord, Refused
from quarterday.services.promises.awards import WrongPromises
from quarterday.sheets import Vocabulary, open_sheet

VOCABULARY: Vocabulary = {
    "ref": ("measure", "reference", "measure ref", "measure reference", "tom", "toms ref", "tom ref", "code"),
    "quantity": ("target", "promised", "commitment", "committed", "amount"),
    "spread": ("how spread", "by period", "profile"),
}
"""Field → other headers it is known by."""
NEEDED = ("ref", "quantity")


def read_promises(path: Path, columns: Mapping[str, str] | None = None) -> dict[str, Promise]:
    """Measure as typed → promise. ``columns`` is a person's own mapping of field → header.

    A blank spread is even. Raises :class:`~quarterday.errors.Refused` for a file that is no such spreadsheet, and
    :class:`~quarterday.services.promises.awards.WrongPromises` with every row to put right.
    """
    sheet = open_sheet(path, VOCABULARY, given=columns, needed=NEEDED)
    if not sheet.rows:
        raise Refused("{file} has a header and no rows: give each measure a row.", file=path.name)
    promises: dict[str, Promise] = {}
    problems = []
    for row in sheet:
        found = list(row.problems)
        found += [CellProblem(name, blank(said("enter the {field}", field=name))) for name in NEEDED if not row[name]]
        if row["ref"] in promises:
            found.append(
                CellProblem("ref", said("{ref} has a row already; put its quantities together.", ref=row["ref"]))
            )
        problems += [BadRecord(sheet.place(row.line, one.field), one.why) for one in found]
        promises[row["ref"]] = Promise(row["quantity"], row["spread"] or Spread.EVEN)
    if problems:
        raise WrongPromises(problems)
    return promises
