"""What core says to a person can be said in another language: it is made by ``said``, or raised as it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core" / "src" / "quarterday"
BEHIND_PAGES = (
    "domain",
    "evidence",
    "sheets",
    *(
        f"services/{name}"
        for name in ("access", "figures", "ledger", "messages", "organisations", "portals", "promises")
    ),
    *(f"services/{name}" for name in ("reminders", "returns", "scope.py", "words.py")),
    *(f"services/plugins/{name}.py" for name in ("ledgers", "pauses")),
)
"""The parts of core whose sentences pages show; the others speak to the command line and to authors of plugins."""
NOT_SHOWN = (
    *(f"domain/{name}.py" for name in ("conformance", "overlay", "plain", "snapshots", "value_rows")),
    "domain/return_fields.py",
    "domain/sentences.py",
    *(f"services/messages/{name}.py" for name in ("composing", "facts", "sent", "templates")),
)
"""Of these: what the kit says to a plugin's author, a file of values to who loads it, a spreadsheet's own words, where
sentences are made, and e-mails, whose words are each council's."""
FOR_NOBODY = {"debug", "info", "warning", "error", "exception", "execute", "text", "compile"}
"""What is called with a text for a log, a database or a pattern."""


def messages() -> ModuleType:
    """The script that gathers the texts for translators."""
    spec = spec_from_file_location("messages", ROOT / "scripts" / "messages.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FOUND = messages()
MODULES: dict[Path, ast.Module] = FOUND.modules()
RAISED: set[str] = FOUND.errors(MODULES.values())


def unsaid(tree: ast.Module) -> Iterator[str]:
    """Each text for a person in a module that no translator would see, or that no page could translate."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    kept = docstrings | {id(part) for node in ast.walk(tree) for part in _marked(node)}
    kept |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from [f"{node.lineno}: {ast.unparse(one)}" for one in _wrong_in(node)]
        if id(node) not in kept and (_reads_as_one(node) if isinstance(node, ast.JoinedStr) else _is_one(node)):
            yield f"{getattr(node, 'lineno', 0)}: {ast.unparse(node)}"


def _marked(node: ast.AST) -> Iterator[ast.expr]:
    """What a call has translated, or takes for nobody."""
    if isinstance(node, ast.Call) and FOUND.name_of(node.func) in {*FOUND.MARKED, *RAISED, *FOR_NOBODY}:
        for one in node.args:
            yield from (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,)


def _wrong_in(called: ast.Call) -> Iterator[ast.expr]:
    """What a call says in a way that can't be translated: no literal pattern, or English among its parts."""
    name = FOUND.name_of(called.func)
    if name in ("said", "numbered"):
        patterns = called.args if name == "said" else called.args[1:]
        yield from [one for one in patterns if not isinstance(one, ast.Constant)]
    if name in RAISED:
        yield from [one for one in called.args if isinstance(one, ast.JoinedStr) and not _is_for_authors(one)]
    if name in {"said", "numbered", *RAISED}:
        yield from [part.value for part in called.keywords if re.search("[A-Za-z]{2}", _english(part.value))]


def _english(part: ast.expr) -> str:
    """The letters that stand in the code itself of what is filled into a sentence."""
    texts = part.values if isinstance(part, ast.JoinedStr) else [part]
    return " ".join(one.value for one in texts if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _is_for_authors(text: ast.JoinedStr) -> bool:
    """Whether it begins as no sentence does: as an error says it that only a programmer meets."""
    return isinstance(text.values[0], ast.Constant) and str(text.values[0].value)[:1].islower()


def _reads_as_one(text: ast.JoinedStr) -> bool:
    last = text.values[-1]
    is_ended = isinstance(last, ast.Constant) and str(last.value).rstrip().endswith((".", "?"))
    return is_ended and " " in _english(text) and not _is_for_authors(text)


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and FOUND.is_sentence(node.value)


def test_every_sentence_that_pages_show_can_be_translated() -> None:
    found = [
        f"{path.relative_to(CORE)}, line {one}"
        for path, tree in MODULES.items()
        if path.is_relative_to(CORE) and str(path.relative_to(CORE)).startswith(BEHIND_PAGES)
        if str(path.relative_to(CORE)) not in NOT_SHOWN
        for one in unsaid(tree)
    ]
    assert found == [], "Give these to said(…), their values as its parts:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        'raise Refused(f"“{name}” is used already.")',
        'raise NotAName(f"{name}: {problem}")',
        'why = f"Only {n} months count."\nfound.append(Finding("months", Effect.ASK, why))',
        'return "Enter a number, like 12 or 12.5."',
        "row.wrong('words', 'Say what was done.' if blank else 'Say it shorter, please.')",
        'said(f"{name} is there.")',
        "said(pattern, name=name)",
        'said("It is {what}.", what="on a day")',
        'raise Refused("It is {what}.", what=f"{n} days late")',
        'numbered(n, "{n} day", many)',
    ],
)
def test_what_can_not_be_translated_is_found(code: str) -> None:
    assert list(unsaid(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        'raise Refused("There is no such contract.")',
        'raise Refused("“{name}” is used already.", name=name)',
        'raise NotConfigured("token", "It is missing." if blank else "It is wrong, somehow.")',
        'raise ValueError(f"a forecast is for a whole contract, not for {period}.")',
        'LOG.warning("Delivering %s failed again.", what)',
        'class One:\n    """It is a sentence."""\n    x: int\n    """So is this one."""',
        'numbered(n, "{n} day is left.", "{n} days are left.")',
        'said("{ref}: {why}", ref=f"{line}: {ref}", why=said("it is late"))',
    ],
)
def test_what_can_be_translated_is_left_alone(code: str) -> None:
    assert list(unsaid(ast.parse(code))) == []
