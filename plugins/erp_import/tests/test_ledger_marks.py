"""Order numbers and services say which contract a payment is on, from the command line or from a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from made_up_lines import POUND, Part, Spend, a_line, lines
from test_ledger_answers import ALDER, LARCH, asked

from quarterday import NotThere, Refused
from quarterday.services.access.permissions import MemberRole
from quarterday.services.record import Actor, UnitOfWork
from quarterday.testing.builders import OPERATOR, a_contract, a_supplier, an_authority
from quarterday_erp_import.cli.spend import spend
from quarterday_erp_import.ledger.answering import answered
from quarterday_erp_import.ledger.contract_marks import Mark, Sort, add_marks, marked, take_marks
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.mark_files import import_marks
from quarterday_erp_import.ledger.standing import standing


@pytest.fixture
def authority(uow: UnitOfWork, files: LineFiles, tmp_path: Path) -> int:
    """A council with two contracts of one supplier and one of another's, and what it paid them."""
    authority = an_authority(uow, key=f"c{an_authority(uow)}")
    larch = a_supplier(uow)
    for reference, supplier in (("NM-1", larch), ("NM-2", larch), ("NM-3", a_supplier(uow))):
        a_contract(uow, authority_id=authority, supplier_id=supplier, reference=reference)
    paid = Spend.of(
        tmp_path,
        "june.csv",
        Part(
            lines(
                a_line(1, payee="Larch", order_number="PO 100", amount=POUND),
                a_line(2, payee="Larch", service="Highways", amount=2 * POUND),
                a_line(3, payee="Larch", contract_number="4500-17", amount=4 * POUND),
                a_line(4, payee="Larch", service="Schools", amount=8 * POUND),
                a_line(5, payee="Alder Advice CIC", order_number="PO-100", amount=16 * POUND),
                a_line(6, payee="Alder Advice CIC", amount=32 * POUND),
            )
        ),
    )
    of = {"files": files, "path": paid.path, "authority_id": authority, "feed": "spend", "read": paid.read}
    import_file(uow, OPERATOR, **of)  # type: ignore[arg-type]
    return authority


@pytest.fixture
def ids(uow: UnitOfWork, authority: int) -> dict[str, int]:
    with uow.read(OPERATOR) as work:
        from quarterday.services import scope

        return {one.reference: one.id for one in scope.contracts(work) if one.authority_id == authority}


@pytest.fixture
def paid(uow: UnitOfWork, files: LineFiles, authority: int, ids: dict[str, int]) -> Callable[[], list[tuple[int, int]]]:
    """For each contract the £ that were paid on it, and those that were paid besides."""

    def found() -> list[tuple[int, int]]:
        now = standing(uow, OPERATOR, files=files, authority_id=authority)
        held = ((one, ALDER if reference == "NM-3" else LARCH) for reference, one in ids.items())
        questions = [asked(of, payee, numbers=()) for of, payee in held]
        found = answered(now, questions, date(2026, 12, 31))
        return [(one.paid // POUND, one.unattributed // POUND) for one in found]

    return found


def test_marks_say_which_contract_a_payment_is_on(
    uow: UnitOfWork, authority: int, ids: dict[str, int], paid: Callable[[], list[tuple[int, int]]]
) -> None:
    assert paid() == [(0, 15), (0, 15), (48, 0)]
    one, two, _ = ids.values()
    given = [Mark(one, Sort.ORDER, "po100"), Mark(one, Sort.CONTRACT, "4500/17"), Mark(two, Sort.SERVICE, "HIGHWAYS")]
    assert add_marks(uow, OPERATOR, authority_id=authority, marks=[*given, given[0]]) == 3
    assert add_marks(uow, OPERATOR, authority_id=authority, marks=given) == 0
    # The order's number goes before whom it was paid to; “Schools” is of the contract that is for any service.
    assert paid() == [(1 + 4 + 8 + 16, 2), (0, 2), (32, 0)]
    more = [Mark(one, Sort.SERVICE, "Schools"), Mark(one, Sort.SERVICE, "Parks")]
    add_marks(uow, OPERATOR, authority_id=authority, marks=more)
    assert paid() == [(1 + 4 + 8 + 16, 0), (2, 0), (32, 0)]
    take_marks(uow, OPERATOR, authority_id=authority, marks=[Mark(one, Sort.ORDER, "PO-100")])
    assert paid() == [(4 + 8, 1), (2, 1), (48, 0)]
    assert [(of.reference, len(of.marks)) for of in marked(uow, OPERATOR, authority_id=authority)] == [
        ("NM-1", 3),
        ("NM-2", 1),
    ]


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)  # nothing new is asked of the other
def test_what_cant_be_a_mark_is_refused(uow: UnitOfWork, authority: int, ids: dict[str, int]) -> None:
    one, two, _ = ids.values()
    add_marks(uow, OPERATOR, authority_id=authority, marks=[Mark(one, Sort.ORDER, "PO100")])
    for mark, why in (
        (Mark(two, Sort.ORDER, "po-100"), "po-100 is on NM-1 already"),
        (Mark(two, Sort.ORDER, "--"), "is no order"),
        (Mark(two, Sort.SERVICE, "x" * 101), "is no service"),
    ):
        with pytest.raises(Refused, match=why):
            add_marks(uow, OPERATOR, authority_id=authority, marks=[mark])
    with pytest.raises(Refused, match="has no order PO100"):
        take_marks(uow, OPERATOR, authority_id=authority, marks=[Mark(two, Sort.ORDER, "PO100")])
    elsewhere = an_authority(uow)
    lead = Actor("user/1", user_id=1, authority_id=elsewhere, role=MemberRole.LEAD)
    for stranger, of, error in (
        (lead, authority, NotThere),
        (lead, elsewhere, NotThere),
        (OPERATOR, elsewhere, NotThere),
        (Actor("user/2", user_id=2, supplier_id=1), authority, Refused),
    ):
        with pytest.raises(error):
            add_marks(uow, stranger, authority_id=of, marks=[Mark(one, Sort.ORDER, "PO1")])
    with pytest.raises(NotThere):
        marked(uow, lead, authority_id=authority)


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)  # nothing new is asked of the other
def test_a_file_gives_them_and_what_cant_be_used_is_named(
    uow: UnitOfWork, authority: int, tmp_path: Path, paid: Callable[[], list[tuple[int, int]]]
) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "Open orders\n\nPO Number;Contract Ref;Directorate\nPO100;nm 1;\n;NM-2;Highways\nPO7;Elsewhere;\n;;\n"
        f"{'9' * 101};NM-2;\n"
    )
    found = import_marks(uow, OPERATOR, path=orders, authority_id=authority)
    assert (found.marks, found.new) == (2, 2)
    assert found.odd == ((6, "“Elsewhere” is no contract of yours today."), (8, f"“{'9' * 40}…” is too long."))
    assert import_marks(uow, OPERATOR, path=orders, authority_id=authority).new == 0
    assert paid()[0] == (1 + 8 + 16, 6)
    orders.write_text("Contract,Title\nNM-1,Repairs\n")
    with pytest.raises(Refused, match="The file needs a column for the contract's reference"):
        import_marks(uow, OPERATOR, path=orders, authority_id=authority)


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)  # nothing new is asked of the other
def test_on_the_command_line(
    uow: UnitOfWork, authority: int, ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", ledger_url)
    key = f"c{authority - 1}"

    def link(*words: str) -> Result:
        return CliRunner().invoke(spend, ["link", *words, "--authority", key])

    assert link("list").stdout == "No contract goes by more than its reference.\n"
    added = link("add", "NM-1", "--order", "PO1", "--order", "PO2", "--service", "Highways")
    assert added.stdout == "NM-1: 3 new.\n"
    assert link("remove", "NM-1", "--order", "PO1").stdout == "NM-1: 1 taken off.\n"
    assert link("list").stdout == "NM-1: order PO2; service Highways\n"
    (found,) = json.loads(link("list", "--json").stdout)
    assert (found["reference"], found["order"], found["contract"]) == ("NM-1", ["PO2"], [])
    (tmp_path / "orders.csv").write_text("contract,order\nNM-2,PO9\nNM-9,PO9\n")
    taken = link("import", str(tmp_path / "orders.csv"))
    assert (taken.exit_code, taken.stdout) == (
        3,
        "Numbers and services: 1, of which 1 is new.\n  line 3: “NM-9” is no contract of yours today.\n",
    )
    assert isinstance(link("add", "NM-8", "--order", "PO1").exception, Refused)
    assert "Say which" in link("add", "NM-1").output
