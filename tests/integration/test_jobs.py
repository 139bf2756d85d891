"""The jobs that plugins offer: what can't be struck for is left out, one by one, and said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quarterday import Refused
from quarterday.registry import installed
from quarterday.services.plugins.jobs import job_of, jobs

JOBS = (Path(__file__).parents[1] / "hostile" / "jobs.py").read_text()
MINUTES = "“minutes” is a whole number from 1 to 1440"
DAYS = "“weekdays” is a frozenset of days from 0 (Monday) to 6"
TIME = "“at” is a time without a time zone: it is what clocks in the United Kingdom show"
GAP = "is missing on one day of the year and comes twice on another; choose 02:00 or later"
LEFT_OUT = {
    "LOUD": "a name is small letters, digits and hyphens",
    "moody": "a name is small letters, digits and hyphens",
    "silent": "its summary is no line of text",
    "lost": "its place “somewhere” is malformed: write module:attribute",
    "never": MINUTES,
    "seldom": MINUTES,
    "half": MINUTES,
    "truly": MINUTES,
    "gap": f"01:00 {GAP}",
    "gap-ends": f"01:59 {GAP}",
    "zoned": TIME,
    "worded": TIME,
    "no-day": DAYS,
    "eighth-day": DAYS,
    "listed": DAYS,
    "whenever": "“when” is Every or Daily",
    "sound": "the plugin “hostile-jobs” has one of that name",
}


def test_jobs_are_found_and_the_unusable_left_out(distribute, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(distribute("hostile-jobs", JOBS))
    found = jobs(installed())
    assert {"seal", "sound", "two", "before-one"} <= set(found)
    assert [name for name, offered in found.items() if offered.plugin == "hostile-jobs"] == [
        "sound",
        "two",
        "before-one",
    ]
    assert found["sound"].job.summary == "It does as it should."
    said = [failure.what for failure in installed().failures if failure.hook == "jobs"]
    assert said == [f"its job “{name}” is left out: {why}" for name, why in LEFT_OUT.items()]
    with pytest.raises(Refused, match="No plugin offers the job “gap”; there are: ask-ledger, before-one, "):
        job_of(installed(), "gap")


def test_what_was_left_out_is_shown_by_the_doctor(distribute, quarterday) -> None:
    distribute("hostile-jobs", JOBS)
    said = json.dumps(json.loads(quarterday("doctor", "--json").stdout), ensure_ascii=False)
    assert all(f"its job “{name}” is left out: {why}" in said for name, why in LEFT_OUT.items())
    listed = json.loads(quarterday("plugins", "show", "hostile-jobs", "--json").stdout)
    assert len(listed["failures"]) == len(LEFT_OUT)


def test_a_plugin_whose_jobs_fail_costs_nobody_else_a_job(
    distribute, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = JOBS.partition("@hookimpl")[0] + "@hookimpl\ndef jobs():\n    raise ValueError('no jobs')\n"
    monkeypatch.syspath_prepend(distribute("broken-jobs", broken))
    assert {one.plugin for one in jobs(installed()).values()} >= {"scheduler"}
    assert [failure.what for failure in installed().failures] == ["no jobs"]
