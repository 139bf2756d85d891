"""``catalogue show toms-rotherham --json`` against the table the council published."""

import csv
import json
from pathlib import Path

from click.testing import CliRunner

from quarterday.cli.main import main

UNITS = {
    "no. people FTE": "FTE",
    "no. weeks": "weeks",
    "GBP": "£",
    "no. hrs (session duration) x no. attendees": "session hours × attendees",
    "no. staff hours": "staff hours",
    "no. staff expert hrs": "expert hours",
    "tCO2e": "tCO2e",
}
"""The table's words for a unit, and ours."""

LOCALISED = {"yes": True, "no": False, "unknown": None}


def test_every_published_row_is_shown_as_published(field_data: Path) -> None:
    with (field_data / "toms" / "rotherham_measures.csv").open(encoding="utf-8-sig", newline="") as file:
        published = [row for row in csv.DictReader(file) if not row["ref"].endswith("?")]
    done = CliRunner().invoke(main, ["catalogue", "show", "toms-rotherham", "--json"])
    shown = json.loads(done.stdout)
    assert [
        {
            "ref": row["ref"],
            "code": row["tom_number"],
            "theme": row["council_plan_theme"],
            "outcome": row["social_value_outcome"],
            "headline": row["headline"],
            "title": row["title_own_words"],
            "unit": UNITS[row["unit"]],
            "localised": LOCALISED[row["localised"]],
            "evidence": row["evidence_hint"],
            "evidence_from": row["evidence_hint_origin"],
            "confidence": row["confidence"],
        }
        for row in published
    ] == [
        {
            name: measure[name]
            for name in (
                *("ref", "code", "theme", "outcome", "headline", "title", "unit", "localised", "evidence"),
                *("evidence_from", "confidence"),
            )
        }
        for measure in shown["measures"]
    ]
    assert len(shown["measures"]) == 20


def test_every_pair_that_counts_once_is_a_rule(field_data: Path) -> None:
    with (field_data / "toms" / "double_count_pairs_rotherham.csv").open(encoding="utf-8-sig", newline="") as file:
        published = {
            (row["ref_a"], row["ref_b"], row["what_may_not_be_counted_twice"], row["confidence"])
            for row in csv.DictReader(file)
        }
    done = CliRunner().invoke(main, ["catalogue", "show", "toms-rotherham", "--json"])
    shown = json.loads(done.stdout)
    assert {
        (*rule["measures"], rule["numbers"]["of"], rule["confidence"])
        for rule in shown["rules"]
        if rule["rule"] == "once"
    } == published
