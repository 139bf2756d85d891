"""The locks hold what the members need, in one version each, without addresses, under licences that fit MIT."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from email.message import Message
from importlib.metadata import metadata, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-ledger.lock", "requirements-test.lock")
PROJECTS = [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]

LICENCES_THAT_FIT = {
    "Apache License, Version 2.0",
    "Apache Software License",
    "Apache-2.0",
    "Apache-2.0 AND BSD-2-Clause",
    "Apache-2.0 OR BSD-2-Clause",
    "Apache-2.0 OR BSD-3-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
    "BSD License",
    "Dual License",  # so says python-dateutil alone: Apache-2.0 or BSD-3-Clause, as one likes
    "LGPL-2.1",  # the same (paramiko), and only with the extra that fetches spend files
    "LGPL-3.0-only",  # binds changes of the library itself; imported as it is, and replaceable (psycopg)
    "MIT",
    "MIT License",
    "MIT-0",
    "MPL-2.0",  # binds changed files of the package itself only; certifi is a list of certificates
    "Mozilla Public License 2.0 (MPL 2.0)",  # binds changed files of the package itself only; part of the build
    "OGL-UK-3.0",  # data of the Office for National Statistics: say where it comes from
    "PSF-2.0",
    "PSFL",
}


def pins(lock: str) -> dict[str, str]:
    """Package → version."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))


def installed(lock: str) -> list[str]:
    """The packages that the lock installs here: not those for other systems."""
    wanted = [Requirement(line) for line in re.findall(r"^([a-z0-9-]+==.*) \\$", lock, re.MULTILINE)]
    return [need.name for need in wanted if need.marker is None or need.marker.evaluate()]


def installed_here(lock: str) -> list[str]:
    """The packages that belong on this machine: a lock also holds some for other systems."""
    lines = re.findall(r"^[a-z0-9-]+==.*?(?= \\$)", lock, re.MULTILINE)
    found = [Requirement(line) for line in lines]
    return [need.name for need in found if need.marker is None or need.marker.evaluate()]


def strange_lines(lock: str) -> list[str]:
    """What is neither a pinned package, a hash nor a remark: an address, a folder, an option."""
    allowed = re.compile(r"[a-z0-9-]+==\S+( ; [^/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?| *#[^:]*(:[^/]*)?|")
    return [line for line in lock.splitlines() if not allowed.fullmatch(line)]


def needs(project: Path, *, extra: str = "") -> list[Requirement]:
    """What a member needs from elsewhere to be built and run, or what one of its extras adds to that."""
    data = tomllib.loads(project.read_text())
    table = data["project"]
    texts = [*data["build-system"]["requires"], *table["dependencies"]]
    found = [Requirement(text) for text in (table["optional-dependencies"][extra] if extra else texts)]
    return [need for need in found if not need.name.startswith("quarterday")]


def licence(package: Message) -> str:
    """The licence a package states: as an expression, else by its name, else by its classifier (some give the text)."""
    named = package.get("License", "")
    classifiers = [
        text.split(" :: ")[-1] for text in package.get_all("Classifier", []) if text.startswith("License ::")
    ]
    return package.get("License-Expression") or ("" if "\n" in named else named) or " and ".join(classifiers) or "none"


def undeclared(project: Path) -> set[str]:
    """What a member's code imports from another distribution that its ``pyproject.toml`` doesn't name."""
    table = tomllib.loads(project.read_text())["project"]
    optional = [text for texts in table.get("optional-dependencies", {}).values() for text in texts]
    declared = {canonicalize_name(Requirement(text).name) for text in [*table["dependencies"], *optional]}
    own = {path.name for path in (project.parent / "src").iterdir()}
    imported = {
        name.partition(".")[0]
        for path in (project.parent / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in names_in(node)
    }
    origin = packages_distributions()
    foreign = imported - own - sys.stdlib_module_names
    return {name for name in foreign if declared.isdisjoint(canonicalize_name(one) for one in origin.get(name, [name]))}


def names_in(node: ast.AST) -> list[str]:
    """The modules that a statement imports."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
    return []


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.parent.name)
def test_a_member_declares_what_it_imports(project: Path) -> None:
    assert undeclared(project) == set()


def test_an_undeclared_import_is_found(tmp_path: Path) -> None:
    (tmp_path / "src" / "mine").mkdir(parents=True)
    (tmp_path / "src" / "mine" / "plugin.py").write_text(
        "import json\nimport mine.rules\nimport rich\nfrom click import echo\n"
    )
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["click>=8"]\n')
    assert undeclared(tmp_path / "pyproject.toml") == {"rich"}


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.parent.name)
def test_the_running_lock_holds_what_a_member_needs(project: Path) -> None:
    pinned = pins((ROOT / "requirements.lock").read_text())
    lacking = [
        str(need) for need in needs(project) if pinned.get(canonicalize_name(need.name), "0") not in need.specifier
    ]
    assert lacking == []


def test_the_ledger_engine_is_in_the_ledger_lock_and_not_in_the_running_one() -> None:
    running, ledger = (pins((ROOT / lock).read_text()) for lock in LOCKS[:2])
    engine = needs(ROOT / "plugins" / "erp_import" / "pyproject.toml", extra="ledger")
    assert [str(need) for need in engine if ledger.get(canonicalize_name(need.name), "0") not in need.specifier] == []
    assert [str(need) for need in engine if canonicalize_name(need.name) in running] == []


def test_the_test_lock_holds_what_the_checks_need() -> None:
    pinned = pins((ROOT / "requirements-test.lock").read_text())
    lines = (ROOT / "requirements" / "test.in").read_text().splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert [str(need) for need in wanted if pinned.get(need.name, "0") not in need.specifier] == []


def test_a_package_has_one_version_in_all_locks() -> None:
    running, ledger, test = (pins((ROOT / lock).read_text()) for lock in LOCKS)
    assert running.items() <= ledger.items() <= test.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_packages_and_hashes_only(lock: str) -> None:
    assert strange_lines((ROOT / lock).read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://registry.example/simple",
        "-e file:///somewhere/core",
        "click @ https://registry.example/click.whl",
        "# from https://registry.example/simple",
        "click==8.5.1",
    ],
)
def test_an_address_or_a_missing_hash_is_found(line: str) -> None:
    assert strange_lines(line) == [line]


@pytest.mark.parametrize("name", installed((ROOT / "requirements-ledger.lock").read_text()))
def test_the_licence_of_what_runs_fits(name: str) -> None:
    assert licence(metadata(name)) in LICENCES_THAT_FIT


def test_what_belongs_on_another_system_is_not_looked_for_here() -> None:
    lock = "click==8.5.1 \\\ntzdata==2026.6 ; sys_platform == 'win32' \\\nmako==1.4.3 ; sys_platform != 'win32' \\\n"
    assert installed_here(lock) == ["click", "mako"]


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("License-Expression", "AGPL-3.0-only", "AGPL-3.0-only"),
        ("License", "GPL", "GPL"),
        ("License", "Everything is permitted,\n        but this text has no name.", "none"),
        (
            "Classifier",
            "License :: OSI Approved :: GNU General Public License v2 (GPLv2)",
            "GNU General Public License v2 (GPLv2)",
        ),
        ("Summary", "It says nothing of a licence", "none"),
    ],
)
def test_a_licence_that_does_not_fit_is_seen(field: str, text: str, said: str) -> None:
    package = Message()
    package[field] = text
    assert licence(package) == said
    assert said not in LICENCES_THAT_FIT
