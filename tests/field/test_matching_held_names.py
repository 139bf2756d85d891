"""Who is matched: the held half of the labelled names of three ledgers, and hostile names."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from quarterday_erp_import.payees.known import Known
from quarterday_erp_import.payees.payee import Payee, Supplier

ROOT = Path(__file__).parents[2]
LEDGERS = ("calderdale", "gla", "sheffield")


@pytest.fixture(scope="module")
def measuring() -> Iterator[ModuleType]:
    """``scripts/matching.py``, which measures all ledgers."""
    spec = spec_from_file_location("matching", ROOT / "scripts" / "matching.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # Its dataclasses look their own module up.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "matching", module)
        spec.loader.exec_module(module)
        yield module


def test_the_held_half_is_matched_as_the_documentation_says(field_data: Path, measuring: ModuleType) -> None:
    labels = [row for row in measuring.labelled(field_data) if measuring.book_of(row["evidence"]) in LEDGERS]
    books = measuring.books_of(field_data, labels, LEDGERS)
    twins = measuring.Twins(books)
    asked = [one for one in measuring.look_ups(labels) if one.held and one.kind != measuring.UNDECIDABLE]
    found = Counter(
        measuring.outcome_of(one, decision, twins) for one, decision in measuring.settled(measuring.folds(books, asked))
    )
    matched = found["right"] + found["twin"] + found["wrong"]
    assert matched > 200
    assert found["right"] >= 0.99 * matched
    assert found["right"] + found["asked, offered"] >= 0.95 * found.total()


def test_hostile_names_get_a_decision_and_match_nobody_else(field_data: Path) -> None:
    naughty: list[str] = json.loads((field_data / "hostile" / "blns.json").read_text(encoding="utf-8"))
    known = Known(
        [Supplier("1", ("PELLICANE ROPEWORKS LTD",)), *(Supplier(f"n{n}", (text,)) for n, text in enumerate(naughty))]
    )
    for place, decision in enumerate(known.settle([Payee(text) for text in naughty])):
        assert decision.payee.name == naughty[place]
        assert decision.supplier in (None, f"n{place}")
