"""The import contracts hold, and each one is broken by the import it forbids."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECTS = [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]
MEMBERS = [str(file.parent.relative_to(ROOT)) for file in PROJECTS]

BREACHES = {
    "each part knows core, none knows another": [
        ("scheduler/src/quarterday_scheduler/plugin.py", "import quarterday_webforms"),
        ("plugins/toms_rotherham/src/quarterday_toms_rotherham/plugin.py", "import quarterday_toms_national"),
        ("core/src/quarterday/errors.py", "import quarterday_webforms"),
    ],
    "each part comes in through core's front doors: quarterday, quarterday.services, quarterday.testing": [
        ("webforms/src/quarterday_webforms/plugin.py", "import quarterday.registry"),
        ("plugins/erp_import/src/quarterday_erp_import/plugin.py", "from quarterday.domain.values import ValueSet"),
        ("plugins/portal_sync/src/quarterday_portal_sync/plugin.py", "from quarterday import sheets"),
    ],
    "in core, commands use services, services use adapters, adapters use the shapes, and rules know nobody": [
        ("core/src/quarterday/services/__init__.py", "import quarterday.cli"),
        ("core/src/quarterday/registry.py", "import quarterday.services"),
        ("core/src/quarterday/errors.py", "import quarterday.ports"),
        ("core/src/quarterday/domain/exact.py", "import quarterday.errors"),
        ("core/src/quarterday/nowhere.py", '"""A module that no layer names."""'),
    ],
    "use cases build on each other one way: who and what, then promises, returns, figures, and what runs them": [
        ("core/src/quarterday/services/promises/awards.py", "import quarterday.services.returns.drafts"),
        ("core/src/quarterday/services/scope.py", "import quarterday.services.promises"),
        ("core/src/quarterday/services/nowhere.py", '"""A module that no layer names."""'),
    ],
    "rules are pure: no framework, no file, no network, no clock": [
        ("core/src/quarterday/domain/exact.py", "import flask"),
        ("core/src/quarterday/domain/exact.py", "import requests"),
        ("core/src/quarterday/domain/exact.py", "import sqlalchemy"),
        ("core/src/quarterday/domain/values.py", "from pathlib import Path"),
    ],
}


def broken_contracts(tree: Path) -> list[str]:
    """The names of the contracts that the members under ``tree`` break."""
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [lint, "--no-cache", "--no-logo", "--config", ROOT / "pyproject.toml"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(tree / member / "src") for member in MEMBERS)},
        capture_output=True,
        text=True,
        check=False,
    )
    report = " ".join(run.stdout.split())
    broken = [name for name in BREACHES if f"{name} BROKEN" in report]
    assert f"Contracts: {len(BREACHES) - len(broken)} kept, {len(broken)} broken." in report, run.stdout + run.stderr
    return broken


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for member in MEMBERS:
        shutil.copytree(ROOT / member / "src", tmp_path / member / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    assert broken_contracts(tree) == []


@pytest.mark.parametrize(
    ("contract", "path", "line"),
    [pytest.param(name, *breach, id=" ".join(breach)) for name, breaches in BREACHES.items() for breach in breaches],
)
def test_a_breach_breaks_its_contract_and_no_other(tree: Path, contract: str, path: str, line: str) -> None:
    with (tree / path).open("a") as module:
        module.write(f"\n{line}\n")
    assert broken_contracts(tree) == [contract]
