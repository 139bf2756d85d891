"""Samples of real spend files, held to what a person saw in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from quarterday.cli.main import main

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.csv")))
def test_a_sample_is_understood_as_it_was_seen_to_be(name: str) -> None:
    done = CliRunner().invoke(main, ["spend", "import", str(SAMPLES / name), "--dry-run", "--json"])
    said = json.loads(done.stdout)
    said["columns"] = {role: column["name"] for role, column in said["columns"].items()}
    assert said == EXPECTED[name]
