"""Figures that are kept: reckoned once for what they rest on, and read as rows."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from made_up_ledger import Northmoor, a_ledger
from made_up_lines import POUND

from quarterday import NotConfigured, NotThere, Refused
from quarterday.cli.main import main
from quarterday.domain.contracts import MemberRole
from quarterday.services.organisations.local_areas import define
from quarterday.services.record import Actor, UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday.testing.clock import Clock
from quarterday_erp_import.figures import offered, reckoning
from quarterday_erp_import.figures.analyses import ANALYSES
from quarterday_erp_import.figures.coverage import coverage
from quarterday_erp_import.figures.keeping import Kept, kept, reckon
from quarterday_erp_import.figures.terms import FILE, terms
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.settling import Settlement, settle

QUINCE = ("=Quince Orchards Ltd", "")
MONEY = {"amount", "known", "local"}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only some of the figures, where it matters when they are reckoned and not what they come to."""
    for name in ANALYSES.keys() - {"local", "gaps", "contracts"}:
        monkeypatch.delitem(ANALYSES, name)


def reckoned(at: Northmoor) -> int:
    return reckon(at.uow, OPERATOR, files=at.files, authority_id=at.council.id, terms=terms(at.data))


def figures(at: Northmoor) -> dict[tuple[str, int | None], Kept]:
    return {one.place: one for one in kept(at.uow, OPERATOR, authority_id=at.council.id)}


def of_2026(figure: Kept, *keys: str) -> list[tuple[Any, ...]]:
    """The rows of that year, money in £."""
    rows = [row for row in figure.rows if row["year"] == 2026]
    return [tuple(row[key] // POUND if key in MONEY else row[key] for key in keys) for row in rows]


def test_figures_are_reckoned_by_each_definition_and_never_without_what_is_known(northmoor: Northmoor) -> None:
    council = northmoor.council
    assert reckoned(northmoor) == 6 * 2 + 7
    found = figures(northmoor)
    borough = found["local", council.borough]
    assert of_2026(borough, "amount", "known", "local") == [(232_999, 193_000, 133_000)]
    assert of_2026(found["local", council.both], "known", "local") == [(193_000, 193_000)]
    assert [one.words for one in coverage(borough.coverage, 2026)] == [
        "The payee's postcode is known for 82.8% of £232,999.00."
    ]
    assert (borough.known_until, borough.as_of) == (date(2026, 6, 30), date(2026, 7, 1))
    assert borough.definition["local"]["codes"] == ["E08000018"]
    assert of_2026(found["category", council.borough], "category", "amount", "local")[:2] == [
        ("Roads", 130_000, 130_000),
        ("Advice", 60_000, 0),
    ]
    assert of_2026(found["size", None], "size", "source", "amount", "first_said")[:2] == [
        ("small", "the vendor list", 130_000, "2026-04-01"),
        ("micro", "the vendor list", 60_000, "2026-04-01"),
    ]
    assert dict(of_2026(found["influenceable", council.both], "reason", "amount")) == {"": 225_999, "to people": 7_000}
    (paid,) = found["contracts", None].rows
    assert (paid["contract_id"], paid["lines"], paid["amount"]) == (council.contract_id, 2, 130_000 * POUND)
    assert [row["contract_id"] for row in found["without_commitments", None].rows] == [council.contract_id]
    assert [one.words for one in coverage(found["contracts", None].coverage, None)] == [
        "Not attributed to a contract: 44.7% of £234,899.00."
    ]
    rows = [row for one in found.values() for row in one.rows]
    assert "Larch Building Limited" in repr(rows)
    for name in ("Smith", "Birch Gardening", "REDACTED"):  # people are named in no figure
        assert name.casefold() not in repr(rows).casefold()


@pytest.mark.usefixtures("few")
def test_a_figure_is_reckoned_anew_only_where_what_it_rests_on_changed(northmoor: Northmoor) -> None:
    uow, council = northmoor.uow, northmoor.council
    assert reckoned(northmoor) == 5
    before = figures(northmoor)
    assert reckoned(northmoor) == 0
    assert isinstance(uow.clock, Clock)
    uow.clock.forward(days=1)
    assert reckoned(northmoor) == 3  # gaps by two definitions, and contracts, as days go by
    quince = Settlement(("=Quince Orchards Ltd", ""), "700001")
    settle(uow, OPERATOR, authority_id=council.id, settlements=[quince])
    own = "[gaps]\nmonths = 12\nat_least = 50000\nlocal_at_most = 40\nends_within = 12\n"
    (northmoor.data / FILE).write_text(own)
    assert reckoned(northmoor) == 5
    after = figures(northmoor)
    assert of_2026(after["local", council.borough], "known") == [(219_000,)]
    assert of_2026(before["local", council.borough], "known") == [(193_000,)]
    assert [(row["category"], row["amount"] // POUND, row["contract_ids"]) for row in after["gaps", 1].rows] == [
        ("Advice", 60_000, [])
    ]
    new = define(uow, OPERATOR, authority_id=council.id, name="The borough", codes=["E08000039"])
    assert ("local", council.borough) not in figures(northmoor)
    assert reckoned(northmoor) == 2
    assert of_2026(figures(northmoor)["local", new], "local") == [(60_000,)]


def test_figures_are_the_authoritys_own(northmoor: Northmoor) -> None:
    uow, council = northmoor.uow, northmoor.council
    of = {"authority_id": council.id}
    lead = Actor("user/7", user_id=7, authority_id=an_authority(uow), role=MemberRole.LEAD)
    with pytest.raises(NotThere, match="no such authority"):
        kept(uow, lead, **of)
    with pytest.raises(NotThere, match="no such authority"):
        reckon(uow, lead, files=northmoor.files, terms=terms(northmoor.data), **of)
    manager = Actor("user/8", user_id=8, authority_id=council.id, role=MemberRole.MANAGER)
    assert kept(uow, manager, **of) == []
    with pytest.raises(Refused, match="role doesn't allow this"):
        reckon(uow, manager, files=northmoor.files, terms=terms(northmoor.data), **of)


@pytest.mark.usefixtures("few")
def test_what_changes_while_figures_are_reckoned_is_left_to_the_next_time(
    northmoor: Northmoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = reckoning.reckoned

    def overtaken(*given: Any) -> Any:
        found = list(slow(*given))
        quince = Settlement(("=Quince Orchards Ltd", ""), "700001")
        settle(northmoor.uow, OPERATOR, authority_id=northmoor.council.id, settlements=[quince])
        return found

    with monkeypatch.context() as patched:
        patched.setattr(reckoning, "reckoned", overtaken)
        assert reckoned(northmoor) == 0
    assert not figures(northmoor)


@pytest.mark.usefixtures("few")
def test_the_job_keeps_figures_on_both_databases(
    uow: UnitOfWork, files: LineFiles, ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", ledger_url)
    council = a_ledger(uow, files, tmp_path)
    an_authority(uow)
    assert offered.reckon_figures(uow.clock()) == "5 figures are new."
    assert len(kept(uow, OPERATOR, authority_id=council.id, analysis="local")) == 2


@pytest.mark.usefixtures("few")
def test_figures_are_reckoned_and_shown_on_the_command_line(northmoor: Northmoor) -> None:
    def typed(*words: str) -> str:
        done = CliRunner().invoke(main, ["spend", *words, "--authority", "northmoor"])
        assert done.exit_code == 0, done.output
        return done.output

    assert "No figure is kept yet" in typed("figures")
    assert typed("reckon") == "New figures: 5.\n"
    assert "68.9% of what has a postcode is local (£133,000.00)" in typed("figures")
    whole = {(one["analysis"], (one["local"] or {}).get("name")): one for one in json.loads(typed("figures", "--json"))}
    assert whole["local", "The borough"]["rows"][0]["local"] == 133_000 * POUND
    assert whole["contracts", None]["batches"] == ["batch/1"]


def test_what_ended_runs_left_behind_is_removed_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("quarterday-figures-new", "quarterday-figures-old", "anybody's"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "payments.parquet").touch()
    for name in ("quarterday-figures-old", "anybody's"):
        os.utime(tmp_path / name, (0, 0))
    offered.sweep()
    assert {path.name for path in tmp_path.iterdir()} == {"quarterday-figures-new", "anybody's"}


def test_only_the_largest_of_many_rows_are_kept_and_nothing_is_lost() -> None:
    many = [
        {"year": 2026, "supplier": str(n), "supplier_name": str(n), "lines": 1, "amount": n, "known": 0, "local": 0}
        for n in range(300)
    ]
    found = reckoning.largest("supplier", many)
    assert (len(found), found[0]["amount"], found[-1]["rest"]) == (reckoning.MOST + 1, 299, 100)
    assert sum(row["amount"] for row in found) == sum(row["amount"] for row in many)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[gaps]\nmonths = 12\n", r"\[gaps\] needs months, at_least, local_at_most, ends_within"),
        ("[without_commitments]\nthreshold = 0\n", "“threshold” is a whole number above 0"),
        ("[spend]\n", "“spend” is no table of it"),
        ("[outside.town]\na = 'b'\n", r"\[outside.town\] is of nothing that is known"),
        ("[gaps\n", "can't be used"),
    ],
)
def test_terms_that_are_wrong_are_said(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(NotConfigured, match=why):
        terms(tmp_path)
