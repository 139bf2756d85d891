"""Bench: how long a start takes, in whole processes.

`quarterday --help` against a bare import of its two libraries (goal: 3 at most), and the same with 50 plugins installed
besides our own against 5 (goal: 1.5 at most): it finds, imports and asks every plugin, and does little else. The two
sides run in turn; the ratio is the median of the pairs.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAIRS = 21
HELP_GOAL, PLUGINS_GOAL = 3.0, 1.5
QUARTERDAY = str(Path(sys.executable).with_name("quarterday"))
PLUGIN = """\
from quarterday import Command, hookimpl

API_VERSION = 0


@hookimpl
def commands() -> list[Command]:
    return [Command("bench-{number}", "A command of a plugin.", "bench_plugin_{number}:nothing")]
"""


def install(folder: Path, plugins: int) -> Path:
    """Make that many small distributions, each with one plugin, as pip leaves them."""
    for number in range(plugins):
        name = f"bench_plugin_{number}"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[quarterday.plugins]\n{name} = {name}\n")
        (folder / f"{name}.py").write_text(PLUGIN.format(number=number))
    return folder


def seconds(command: list[str], folder: Path) -> float:
    """How long one process takes, with the distributions of that folder on its path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QUARTERDAY_")}
    before = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment | {"PYTHONPATH": str(folder)}, check=True, capture_output=True)
    return time.perf_counter() - before


def compare(name: str, goal: float, ours: tuple[list[str], Path], theirs: tuple[list[str], Path]) -> bool:
    """Print the ratio of two commands; whether it keeps to the goal. The first pair warms up and doesn't count."""
    pairs = [(seconds(*ours), seconds(*theirs)) for _ in range(PAIRS + 1)][1:]
    found = statistics.median(mine / other for mine, other in pairs)
    mine, other = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    print(f"{name}: {found:.2f} (goal <= {goal:g}; {mine:.0f} ms / {other:.0f} ms)")
    return found <= goal


def main() -> int:
    """Print both ratios; 1 when one falls short of its goal."""
    with tempfile.TemporaryDirectory() as place:
        few, many = install(Path(place) / "few", 5), install(Path(place) / "many", 50)
        bare = [sys.executable, "-c", "import click, pluggy"]
        start = [QUARTERDAY, "--help"]
        kept = [
            compare("quarterday --help / bare imports", HELP_GOAL, (start, Path(place)), (bare, Path(place))),
            compare("start-up with 50 plugins / with 5", PLUGINS_GOAL, (start, many), (start, few)),
        ]
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
