"""The tree stays small and readable: short files, names that say something, links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("core", "webforms", "scheduler", "plugins", "tests", "scripts", "demo", "docs")
MOST_LINES = 400
SHAPELESS = {"utils", "util", "helpers", "helper", "common", "base", "misc"}


def files(root: Path, ending: str) -> Iterator[Path]:
    """The files of the project with that ending, in its folders and beside them; not what npm fetched."""
    yield from sorted(root.glob(f"*{ending}"))
    for folder in FOLDERS:
        yield from sorted(path for path in (root / folder).rglob(f"*{ending}") if "node_modules" not in path.parts)


def long_files(root: Path) -> list[str]:
    return [path.name for path in files(root, ".py") if len(path.read_text().splitlines()) > MOST_LINES]


def shapeless_names(root: Path) -> list[str]:
    """Modules and packages whose name says what they are made of and not what they are."""
    paths = [path.parent if path.name == "__init__.py" else path for path in files(root, ".py")]
    return [path.name for path in paths if path.stem.strip("_") in SHAPELESS]


def links(page: Path) -> list[str]:
    """The files of the project to which a page leads."""
    found = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    return [link for link in found if "://" not in link and not link.startswith("mailto:")]


def dead_links(root: Path) -> list[str]:
    """Links of the documentation to a file or picture that isn't there."""
    return [
        f"{page.name}: {link}"
        for page in files(root, ".md")
        for link in links(page)
        if not (page.parent / link).exists()
    ]


def lost_pages(root: Path) -> list[str]:
    """Pages of ``docs`` to which no page leads."""
    reached = {(page.parent / link).resolve() for page in files(root, ".md") for link in links(page)}
    return [page.name for page in sorted((root / "docs").rglob("*.md")) if page.resolve() not in reached]


def test_no_file_is_too_long() -> None:
    assert long_files(ROOT) == []


def test_a_file_of_401_lines_is_too_long(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "fits.py").write_text("\n" * MOST_LINES)
    (tmp_path / "core" / "long.py").write_text("\n" * (MOST_LINES + 1))
    assert long_files(tmp_path) == ["long.py"]


def test_every_module_says_what_it_is() -> None:
    assert shapeless_names(ROOT) == []


def test_a_shapeless_name_is_found(tmp_path: Path) -> None:
    for name in ("core/utils.py", "plugins/mine/common/__init__.py", "core/based_on.py", "core/__init__.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert shapeless_names(tmp_path) == ["utils.py", "common"]


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    assert dead_links(ROOT) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("[A](there.md#part) ![B](gone.svg) [C](https://example.org/)")
    assert dead_links(tmp_path) == ["there.md: gone.svg"]


def test_every_page_of_the_documentation_can_be_reached() -> None:
    assert lost_pages(ROOT) == []


def test_a_page_to_which_nothing_leads_is_found(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("[A](docs/reached.md)")
    (tmp_path / "docs" / "reached.md").touch()
    (tmp_path / "docs" / "lost.md").touch()
    assert lost_pages(tmp_path) == ["lost.md"]
