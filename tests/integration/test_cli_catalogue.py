"""``quarterday catalogue``: list, show and diff, as a person and a program use them, and with a council's bad files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main

pytestmark = pytest.mark.usefixtures("data")

MEASURE = {
    *("ref", "code", "base_ref", "title", "unit", "things", "kind", "runs", "localised", "local_economic", "theme"),
    *("outcome", "headline", "evidence", "evidence_from", "seen_in", "confidence", "notes"),
}


def quarterday_catalogue(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["catalogue", *arguments])


def as_json(*arguments: str) -> Any:
    done = quarterday_catalogue(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_list_names_every_edition_and_its_plugin() -> None:
    listed = as_json("list")
    assert listed["left_out"] == []
    assert {f"{one['id']}/{one['edition']}": (one["plugin"], one["measure_count"]) for one in listed["catalogues"]} == {
        "toms-national/2022-compiled": ("toms_national", 41),
        "toms-national/2019": ("toms_national", 13),
        "toms-national/2017": ("toms_national", 3),
        "toms-rotherham/2024-27": ("toms_rotherham", 20),
    }
    plain = quarterday_catalogue("list").stdout
    assert "toms-rotherham/2024-27" in plain
    assert "not current, in part" in plain


def test_show_gives_every_field_of_every_measure() -> None:
    shown = as_json("show", "toms-rotherham")
    assert (shown["id"], shown["edition"], shown["based_on"]) == (
        "toms-rotherham",
        "2024-27",
        "toms-national/2022-compiled",
    )
    assert all(set(measure) == MEASURE for measure in shown["measures"])
    assert shown["local_area"]["codes"] == ["E08000018"]
    assert shown["policy"]["facts"]["delivery_plan_above"] == 250000
    assert {rule["rule"] for rule in shown["rules"]} >= {"once", "weeks-each", "local-only"}


def test_show_gives_the_joined_question() -> None:
    questions = {one["headline"]: one["refs"] for one in as_json("show", "toms-rotherham")["questions"]}
    assert len(questions) == 18
    assert questions["Local jobs"] == ["NT1", "NT1a", "NT1c"]


def test_an_edition_that_stands_alone_is_based_on_nothing() -> None:
    assert as_json("show", "toms-national/2019")["based_on"] is None


def test_what_no_source_says_is_unknown_and_not_no() -> None:
    measures = {one["ref"]: one for one in as_json("show", "toms-national")["measures"]}
    assert (measures["NT1"]["localised"], measures["NT3"]["localised"], measures["NT58"]["localised"]) == (
        True,
        False,
        None,
    )


def test_show_groups_measures_by_theme_for_a_person() -> None:
    plain = quarterday_catalogue("show", "toms-rotherham").stdout
    themes = [
        "Expanding economic opportunity",
        "Every child able to",
        "Every neighbourhood thriving",
        "A cleaner, greener",
    ]
    assert [plain.index(theme) for theme in themes] == sorted(plain.index(theme) for theme in themes)
    assert "Local area: Rotherham borough (E08000018)" in plain
    assert "weeks-each" in plain


def test_show_one_measure_by_ref_or_by_the_councils_code() -> None:
    by_code = as_json("show", "toms-rotherham", "12")
    assert by_code == as_json("show", "toms-rotherham", "nt12")
    assert by_code["catalogue"] == "toms-rotherham/2024-27"
    (weeks,) = (rule for rule in by_code["rules"] if rule["rule"] == "weeks-each")
    assert weeks["numbers"] == {"at_least": 1, "at_most": 6}
    plain = quarterday_catalogue("show", "toms-rotherham", "12").stdout
    assert "Unpaid placements, 1-6 weeks" in plain
    assert "at_least: 1, at_most: 6" in plain


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "toms-rotheram"], "There is no catalogue “toms-rotheram”; did you mean “toms-rotherham”?"),
        (["show", "zzz"], "There is no catalogue “zzz”; “quarterday catalogue list” shows what there is."),
        (["show", "toms-rotherham", "NT99"], "toms-rotherham/2024-27 has no measure “NT99”; did you mean “NT9”?"),
        (["diff", "toms-national/2018", "toms-national"], "There is no catalogue “toms-national/2018”; did you mean"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(arguments: list[str], says: str) -> None:
    done = quarterday_catalogue(*arguments)
    assert done.exit_code == 2
    assert says in done.stderr


def test_diff_puts_a_changed_unit_first_and_says_what_is_known_in_part() -> None:
    found = as_json("diff", "toms-national/2019", "toms-national")
    assert found["in_part"] == ["toms-national/2019"]
    assert [one["ref"] for one in found["changed"] if one["in_another_unit"]] == ["NT20"]
    assert [one["ref"] for one in found["removed"]] == ["NT25", "NT26", "NT27"]
    assert len(found["added"]) == 31
    lines = quarterday_catalogue("diff", "toms-national/2019", "toms-national").stdout.splitlines()
    assert lines[1] == "toms-national/2019 is known in part only: a measure missing there may exist."
    assert lines[2] == "In another unit: never carry a quantity over"
    assert lines[4].split("  ")[0] == "NT20"


def test_diff_of_an_edition_with_itself() -> None:
    assert "0 added, 0 removed, 0 changed." in quarterday_catalogue("diff", "toms-rotherham", "toms-rotherham").stdout


# --- a council's own plugin, installed and wrong ------------------------------------------------------------------

PLUGIN = """from pathlib import Path

from quarterday import hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues():
    from quarterday import read_catalogue

    return [read_catalogue(Path(__file__).parent / "council_files")]
"""
HEAD = 'id = "toms-council"\nedition = "1"\ntitle = "Council"\n'
OVERLAY = HEAD + 'based_on = "toms-national/2022-compiled"\n'
OWN = "ref,title,theme,outcome,unit\n"

Install = Callable[[str, str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def council(distribute: Callable[..., Path], quarterday: Callable[..., Any]) -> Install:
    """Install a council's plugin with these two files, and list the catalogues in a process of its own."""

    def council(head: str, rows: str) -> subprocess.CompletedProcess[str]:
        files = distribute("council", PLUGIN) / "council_files"
        files.mkdir()
        (files / "catalogue.toml").write_text(head, encoding="utf-8")
        (files / "measures.csv").write_text(rows, encoding="utf-8")
        done: subprocess.CompletedProcess[str] = quarterday("catalogue", "list", "--json")
        return done

    return council


def test_a_councils_overlay_is_read_from_its_two_files(council: Install, quarterday: Callable[..., Any]) -> None:
    rows = "ref,base_ref,title,theme\nECC17,NT12,Unpaid placements of 1-9 weeks,Work\n"
    rule = '[[rules]]\nrule = "weeks-each"\nmeasures = ["ECC17"]\nat_least = 1\nat_most = 9\n'
    assert json.loads(council(OVERLAY + rule, rows).stdout)["left_out"] == []
    shown = json.loads(quarterday("catalogue", "show", "toms-council", "ECC17", "--json").stdout)
    assert (shown["base_ref"], shown["unit"], shown["theme"]) == ("NT12", "weeks", "Work")
    assert [rule["numbers"] for rule in shown["rules"]] == [{"at_least": 1, "at_most": 9}]
    changed = json.loads(quarterday("catalogue", "diff", "toms-national", "toms-council", "--json").stdout)["changed"]
    assert {"what": "rule weeks-each", "before": "at_least 1, at_most 6", "after": "at_least 1, at_most 9"} in changed[
        0
    ]["changes"]


@pytest.mark.parametrize(
    ("head", "rows", "says"),
    [
        (
            HEAD,
            OWN + "X1,A,B,C,FTE\nX2,A,B,C,FTE\nx1,A,B,C,FTE\n",
            "toms-council/1, measures.csv line 4: the ref “x1” stands there twice (first on measures.csv line 2)",
        ),
        (HEAD, OWN + "X1,A,B,C,FTE\nX2,,B,C,weeks\n", "measures.csv line 3: “X2” has no title"),
        (HEAD, OWN + "X1,A,B,C,hours\n", "measures.csv line 2, column “unit”: “hours” is not a unit; did you mean"),
        (
            HEAD + 'based_on = "toms-council/1"\n',
            "ref,base_ref\nX1,NT1\n",
            "in a circle (toms-council/1 → toms-council/1)",
        ),
        (
            HEAD + 'based_on = "toms-national/2023"\n',
            "ref,base_ref\nX1,NT1\n",
            "it is based on “toms-national/2023”, which isn't installed; did you mean “toms-national/20",
        ),
        (
            OVERLAY,
            "ref,base_ref\nX1,NT1\nX2,NT1d\n",
            "measures.csv line 3: “X2” stands on “NT1d”, which toms-national/",
        ),
        (OVERLAY, "ref,base_ref,unit\nX1,NT1,weeks\n", "measures.csv line 2: “X1” is counted in “weeks”, but “NT1” in"),
        (
            HEAD + '[[rules]]\nrule = "week-each"\nmeasures = ["X1"]\n',
            OWN + "X1,A,B,C,weeks\n",
            "catalogue.toml rule 1 (“week-each”): “week-each” is not a rule; did you mean “weeks-each”?",
        ),
        (
            HEAD + '[[rules]]\nrule = "completed"\nmeasures = ["X2"]\n',
            OWN + "X1,A,B,C,weeks\n",
            "catalogue.toml rule 1 (“completed”): it binds “X2”, which isn't in the edition; did you mean “X1”?",
        ),
    ],
)
def test_a_bad_file_is_one_sentence_and_loads_nothing(
    council: Install, quarterday: Callable[..., Any], head: str, rows: str, says: str
) -> None:
    done = council(head, rows)
    listed = json.loads(done.stdout)
    assert done.returncode == 0
    assert len(listed["catalogues"]) == 4
    (out,) = listed["left_out"]
    assert out["plugin"] == "council"
    assert says in out["why"]
    assert "council" in done.stderr
    assert out["why"] in quarterday("catalogue", "list").stdout


def test_an_edition_that_is_left_out_says_why_when_it_is_asked_for(
    council: Install, quarterday: Callable[..., Any]
) -> None:
    council(HEAD, OWN + "X1,,B,C,FTE\n")
    done = quarterday("catalogue", "show", "toms-council")
    assert done.returncode == 1
    assert "“toms-council” is left out: toms-council/1, measures.csv line 2: “X1” has no title" in done.stderr
