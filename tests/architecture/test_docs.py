"""The documentation stays true: reference pages match the code, and what a page shows is what happens."""

from __future__ import annotations

import atexit
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import pytest
from typed_command import typed_command

from quarterday import hookspecs

ROOT = Path(__file__).parents[2]
PYTHON = Path(sys.executable).parent
REFERENCE = ROOT / "docs" / "reference"
HOOKS = [name for name, member in vars(hookspecs).items() if hasattr(member, "quarterday_spec")]
PAGES = [
    page for folder in ("docs", "core", "plugins", "webforms", "scheduler") for page in (ROOT / folder).rglob("*.md")
]


@dataclass(frozen=True)
class Block:
    """One fenced block of a page: ``console``, ``python``, or ``csv NAME`` for a file that later blocks use."""

    language: str
    name: str
    text: str


def blocks(page: str) -> list[Block]:
    found = re.findall(r"^```(\w+) *(\S*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [Block(*parts) for parts in found]


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output that is shown for it."""
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    assert not parts[0].strip(), f"A console block begins with “$ ”: {text}"
    return list(zip(parts[1::2], parts[2::2], strict=True))


def shows(expected: str, output: str) -> bool:
    """Whether that is the output, where a line ``…`` stands for any lines, and nothing shown for anything."""
    lines = [r"(?:.*\n)*?" if line == "…" else re.escape(line) + r"\s*?\n" for line in expected.splitlines()]
    return not lines or re.fullmatch("".join(lines), output) is not None


@cache
def programs() -> str:
    """The PATH of whoever types commands."""
    lasting = ExitStack()
    atexit.register(lasting.close)
    return os.pathsep.join([str(lasting.enter_context(typed_command())), str(PYTHON), os.environ["PATH"]])


def run(command: str, folder: Path) -> tuple[int, str]:
    """Exit code and output of a command line typed in that folder, without a terminal."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("QUARTERDAY_")}
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=folder,
        env={**plain, "PATH": programs(), "PYTHONWARNINGS": "error"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def untrue(page: str, folder: Path) -> list[str]:
    """What the page shows and doesn't happen when its commands are typed one after the other in the folder."""
    wrong = []
    for block in blocks(page):
        if block.name:
            (folder / block.name).write_text(block.text)
        elif block.language == "python":
            code, output = run(f"python -c {shlex.quote(block.text)}", folder)
            wrong += [f"{block.text}{output}"] if code else []
        elif block.language == "console":
            for command, expected in commands(block.text):
                code, output = run(command, folder)
                promised = re.search(r"# exit (\d+)$", command)
                if code != (int(promised[1]) if promised else 0) or not shows(expected, output):
                    wrong.append(f"$ {command}\n{output}(exit {code})")
    return wrong


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder that looks like the project's, where a page's commands may leave files."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith("."):
            (tmp_path / entry.name).symlink_to(entry)
    return tmp_path


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_happens(page: Path, workplace: Path) -> None:
    assert untrue(page.read_text(), workplace) == []


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("```csv one.csv\na,b\n```\n```console\n$ cat one.csv\na,b\n```\n", 0),
        ("```console\n$ printf 'one\\ntwo\\nthree\\n'\none\n…\nthree\n```\n", 0),
        ("```console\n$ printf 'one\\ntwo\\n'\none\n```\n", 1),
        ("```console\n$ echo one\n$ echo two\nthree\n```\n", 1),
        ("```console\n$ exit 3\n```\n", 1),
        ("```console\n$ exit 3 # exit 3\n```\n", 0),
        ("```text\n$ exit 3\n```\n", 0),
        ("```python\nimport quarterday\n```\n", 0),
        ("```python\nimport quarterday.nowhere\n```\n", 1),
    ],
)
def test_a_page_that_shows_something_else_is_found(page: str, wrong: int, tmp_path: Path) -> None:
    assert len(untrue(page, tmp_path)) == wrong


def check_reference(folder: Path) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, ROOT / "scripts" / "reference.py", "--check", folder]
    return subprocess.run(script, capture_output=True, text=True, check=False)


def test_the_reference_pages_are_what_the_code_says() -> None:
    found = check_reference(REFERENCE)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["hooks.md", "settings.md", "commands.md"])
def test_a_stale_reference_page_is_found(name: str, tmp_path: Path) -> None:
    shutil.copytree(REFERENCE, tmp_path, dirs_exist_ok=True)
    with (tmp_path / name).open("a") as page:
        page.write("\nWritten by hand.\n")
    found = check_reference(tmp_path)
    assert (found.returncode, found.stdout) == (1, f"{name} is stale: run make docs\n")


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_its_entry_and_a_test(hook: str) -> None:
    assert f"\n## {hook}()\n" in (REFERENCE / "hooks.md").read_text()
    tests = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    assert any(f"def test_hook_{hook}(" in text for text in tests)


def test_every_command_has_its_entry() -> None:
    page = (REFERENCE / "commands.md").read_text()
    code, told = run("quarterday --help", ROOT)
    named = re.findall(r"^  ([a-z][a-z-]*)  ", told.partition("Commands:")[2], re.MULTILINE)
    assert code == 0
    assert named
    assert [name for name in named if f"\n## quarterday {name}\n" not in page] == []


def test_every_setting_has_its_entry() -> None:
    from quarterday.settings import Plugins, Settings

    names = [field.name for field in fields(Settings) if field.name != "plugins"]
    names += [f"plugins.{field.name}" for field in fields(Plugins)]
    page = (REFERENCE / "settings.md").read_text()
    assert [name for name in names if f"\n## {name}\n" not in page] == []
