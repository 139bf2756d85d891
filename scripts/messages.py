"""Gathers the texts of the pages into the template that translators begin with; ``make messages`` writes it.

What core and the plugins say to a person, why something is refused or what a rule finds, is among them: pages tell it
in the reader's language. A translation stands beside the template as LANGUAGE/LC_MESSAGES/messages.po, and the compiled
one as messages.mo.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from quarterday import UNITS

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "webforms" / "src" / "quarterday_webforms"
TEMPLATE = PAGES / "translations" / "messages.pot"
TEMPLATES = [("**/templates/**.html", "jinja2")]
OF_TEMPLATES = {"_": None, "gettext": None, "ngettext": (1, 2)}
MEMBERS = [ROOT / "core", ROOT / "webforms", ROOT / "scheduler", *sorted((ROOT / "plugins").iterdir())]
MARKED = {"_": 1, "gettext": 1, "lazy_gettext": 1, "ngettext": 2, "said": 1, "numbered": 2}
"""What a text is passed to that is to be translated, and how many forms of it: for one, and for other numbers."""
ERRORS = {"Trouble", "ValueError"}
"""The errors whose words a person is shown, with all that derive from them."""


def modules() -> dict[Path, ast.Module]:
    """Every module of every member, read."""
    files = [file for member in MEMBERS for file in sorted((member / "src").rglob("*.py"))]
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}


def errors(trees: Iterable[ast.Module]) -> set[str]:
    """The names of :data:`ERRORS` and of every class that derives from them."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found, before = set(ERRORS), 0
    while len(found) > before:
        before = len(found)
        found |= {one.name for one in classes if found & {name_of(parent) for parent in one.bases}}
    return found


def name_of(node: ast.expr) -> str:
    """What a call or a base class is called, without the module before it."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_sentence(text: str) -> bool:
    """Whether a text is made for a person: it begins and ends as a sentence does."""
    return " " in text and text.endswith((".", "?")) and (text[0] in "“£{" or text[0].isupper() or text[0].isdigit())


def of_module(tree: ast.Module, raised: set[str]) -> Iterator[str | tuple[str, str]]:
    """The texts that a module passes to be translated, or raises an error with, as they stand."""
    for called in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
        name = name_of(called.func)
        if name in MARKED:
            plain = [one.value for one in called.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if len(plain) >= MARKED[name]:
                yield plain[0] if MARKED[name] == 1 else (plain[0], plain[1])
        elif name in raised:
            yield from [text for text in literals(called) if is_sentence(text) or (called.keywords and "{" in text)]


def literals(called: ast.Call) -> Iterator[str]:
    """The texts among what is passed, with either of two between which is chosen."""
    for one in called.args:
        for choice in (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,):
            if isinstance(choice, ast.Constant) and isinstance(choice.value, str):
                yield choice.value


def gathered() -> Catalog:
    """Every text that the pages pass through gettext, and every sentence of core and the plugins."""
    catalog, trees = Catalog(project="quarterday-webforms", fuzzy=False), modules()
    raised = errors(trees.values())
    for unit in UNITS.values():
        catalog.add(unit.one)
        catalog.add(unit.many)
    for tree in trees.values():
        for text in of_module(tree, raised):
            catalog.add(text)
    for member in MEMBERS:
        of_pages = extract_from_dir(member / "src", TEMPLATES, keywords=OF_TEMPLATES, strip_comment_tags=True)
        for _, _, message, _, context in of_pages:
            catalog.add(message, context=context)
    return catalog


def template() -> bytes:
    """The texts as a PO template: by file and without line numbers, so that it changes only when a text does."""
    written = BytesIO()
    write_po(written, gathered(), omit_header=True, sort_output=True, no_location=True, width=0)
    return written.getvalue()


if __name__ == "__main__":
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(template())
