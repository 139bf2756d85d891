"""Write the reference pages of hooks, settings and commands from the code; with ``--check`` only name the stale ones.

The pages tell what this repository's own distributions offer, whatever else is installed.
"""

from __future__ import annotations

import inspect
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_args

import click

from quarterday import hookspecs, ports
from quarterday.cli import commands
from quarterday.cli.main import main as quarterday
from quarterday.finding import GROUP
from quarterday.registry import Registry
from quarterday.roster import Roster
from quarterday.settings import RULES, SECRETS, Plugins, Settings, about
from quarterday.settings_file import PREFIX

ROOT = Path(__file__).parents[1]
WIDTH = 100


def own_registry() -> Registry:
    """The plugins of this repository, loaded in the order of their names."""
    projects = [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]
    ours = {tomllib.loads(project.read_text())["project"]["name"] for project in projects}
    points = entry_points(group=GROUP)
    return Registry.discover(Roster(), [point for point in points if point.dist and point.dist.name in ours])


def hooks_page(registry: Registry) -> Iterator[str]:
    """Each hook: its question, who answers it here, and the shape of an answer."""
    yield "# Hooks"
    yield (
        "A plugin answers a hook with a function of the same name, marked `@quarterday.hookimpl`, in the module that "
        f"its entry point in the group `{GROUP}` names. The module also says which API it was written for: "
        f"`API_VERSION = {hookspecs.API_VERSION}`."
    )
    for name, hook in inspect.getmembers(hookspecs, lambda member: hasattr(member, f"{hookspecs.NAMESPACE}_spec")):
        signature = inspect.signature(hook)
        named = re.split(r"[\[\]]+", signature.return_annotation)[-2]
        answering = [f"`{plugin.name}`" for plugin in registry.plugins if name in plugin.hooks]
        yield f"## {name}({', '.join(signature.parameters)})"
        yield prose(hook)
        yield f"It gives `{signature.return_annotation}`; answered in this repository by {', '.join(answering)}."
        shapes = list(get_args(getattr(ports, named)) or [getattr(ports, named)])
        more = [getattr(ports, word, None) for word in re.findall(r"``(\w+)``", inspect.getdoc(hook) or "")]
        for shape in [*shapes, *(one for one in more if inspect.isclass(one) and one not in shapes)]:
            yield f"### quarterday.{shape.__name__}"
            yield prose(shape)


def settings_page() -> Iterator[str]:
    """Each setting: what it is for, where it is set, what it is when nothing is set."""
    yield "# Settings"
    yield (
        "A setting stands in `quarterday.toml` in the data folder, or in an environment variable, which wins. "
        "A secret may stand in a file of its own, which a variable ending in `_FILE` names, or a line of "
        "`quarterday.toml` ending in `_file`, from the data folder on. A name nobody knows is an error. "
        "`quarterday settings` lists each with its value and where that came from."
    )
    for field in fields(Settings):
        name = field.name
        if isinstance(field.default, Plugins):
            for inner in fields(Plugins):
                places = [f"`{inner.name}` in the table `[{name}]` of `quarterday.toml`"]
                yield from setting(f"{name}.{inner.name}", Plugins, inner, places)
            continue
        variable = PREFIX + name.upper()
        places = [] if name == "data_dir" else [f"`{name}` in `quarterday.toml`"]
        places += [f"`{name}_file` there"] if name in SECRETS else []
        places += [f"`{variable}`", *([f"`{variable}_FILE`"] if name in SECRETS else [])]
        yield from setting(name, Settings, field, places)


def setting(name: str, kind: type, field: Field[Any], places: list[str]) -> Iterator[str]:
    """One setting, from what its class says."""
    limits = getattr(RULES[kind][field.name], "limits", "")
    default = f"{field.default:g}" if isinstance(field.default, int | float) else field.default
    yield f"## {name}"
    yield tidy(about(kind)[field.name])
    yield "\n".join(
        [
            f"* set as {' or '.join(places)}",
            *([] if default is MISSING else [f"* by default `{default}`" if default else "* by default nothing"]),
            *([f"* {limits}"] if limits else []),
        ]
    )


def commands_page(registry: Registry) -> Iterator[str]:
    """Each command as its own ``--help`` tells it."""
    yield "# Commands"
    yield "Exit codes: 0 done, 1 a fault, 2 usage, 3 done with rejects (said which), 4 not configured, 5 refused."
    yield from command_entry("quarterday", quarterday, whole=False)
    offered = {name: command for name, (_, command) in commands.offered(registry).items()}
    listed = {command.name: command for command in commands.CORE} | offered
    for name in sorted(listed):
        yield from command_entry(f"quarterday {name}", commands.loaded(listed[name]))


def command_entry(path: str, command: click.Command, *, whole: bool = True) -> Iterator[str]:
    """One command and, where ``whole``, those within it."""
    context = click.Context(command, info_name=path, terminal_width=WIDTH, **quarterday.context_settings)
    formatter = context.make_formatter()
    command.format_usage(context, formatter)
    command.format_help_text(context, formatter)
    click.Command.format_options(command, context, formatter)
    yield f"## {path}"
    yield f"```text\n{formatter.getvalue().strip()}\n```"
    if whole and isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from command_entry(f"{path} {name}", inner)


def prose(documented: object) -> str:
    """A docstring as a page shows it."""
    return tidy(inspect.getdoc(documented) or "")


def tidy(text: str) -> str:
    """Docstring markup as Markdown: roles and double backticks become code."""
    return re.sub(r"(?::\w+:)?`+~?([^`]+)`+", r"`\1`", text)


def pages() -> dict[str, str]:
    """The pages by file name."""
    registry = own_registry()
    made = {"hooks": hooks_page(registry), "settings": settings_page(), "commands": commands_page(registry)}
    note = "<!-- Written by `make docs` from the code; change it there. -->"
    return {f"{name}.md": "\n\n".join([note, *paragraphs]) + "\n" for name, paragraphs in made.items()}


def main(arguments: list[str]) -> int:
    """Write the pages into the folder named, or with ``--check`` say which differ from the code; 1 when one does."""
    is_check = "--check" in arguments
    folder = Path(next((given for given in arguments if given != "--check"), ROOT / "docs" / "reference"))
    stale = {name: text for name, text in pages().items() if not is_written(folder / name, text)}
    for name, text in stale.items():
        if is_check:
            print(f"{name} is stale: run make docs")
        else:
            (folder / name).write_text(text)
            print(f"{name} is written")
    return int(is_check and bool(stale))


def is_written(path: Path, text: str) -> bool:
    """Whether the page holds that text already."""
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
