"""The national editions against the table of what was seen, row by row."""

import csv
from pathlib import Path

from quarterday.services.measures.catalogues import catalogue

EDITIONS = {"2017": ("2017",), "2019": ("2019",), "2022-compiled": ("2022", "refs as cited by Rotherham")}
"""Our editions, and how the table's own words for where a row was seen begin."""


def test_every_row_that_was_seen_is_shipped_and_no_other(field_data: Path) -> None:
    with (field_data / "toms" / "national_measures.csv").open(encoding="utf-8-sig", newline="") as file:
        seen = list(csv.DictReader(file))
    for edition, beginnings in EDITIONS.items():
        shipped = catalogue(f"toms-national/{edition}").measures
        assert {
            (one.ref, one.title, one.theme, one.outcome, one.seen_in, one.confidence.value, one.localised)
            for one in shipped
        } == {
            (
                row["ref"],
                row["title_own_words"],
                row["theme"],
                row["outcome"],
                row["edition_seen"],
                row["confidence"],
                {"yes": True, "no": False, "unknown": None}[row["localised"]],
            )
            for row in seen
            if row["edition_seen"].startswith(beginnings)
        }
