"""Who was paid, settled by people: the doubtful with what is at stake, a file that comes back, and two at once."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from made_up_lines import POUND, Part, Spend, a_line, lines
from sqlalchemy import func, select

from quarterday import NotThere, Refused, Retryable
from quarterday.domain.contracts import MemberRole
from quarterday.services.record import Actor, UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.ledger.deciding import match_payees, match_with_vendors
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import import_file
from quarterday_erp_import.ledger.settled_files import taken_in, written
from quarterday_erp_import.ledger.settling import Meanwhile, Payees, Settlement, payees, settle
from quarterday_erp_import.ledger.tables import VendorList
from quarterday_erp_import.ledger.vendor_lists import import_vendors
from quarterday_erp_import.payees.kinds import Kind
from quarterday_erp_import.payees.known import Known
from quarterday_erp_import.payees.payee import Decision, Outcome

MASTER = """Supplier No,Supplier Name,Post Code,Company No
700001,Hesperdine Foods Limited,S60 1AE,01234567
700002,Hesperdine Foods,LS1 1UR,
700003,Larch Building Limited,S60 2AA,
"""
LINES = (
    a_line(1, payee="HESPERDINE FOODS LTD", amount=900 * POUND),
    a_line(2, payee="HESPERDINE FOODS LTD", amount=-50 * POUND),
    a_line(3, payee="=Hesperdine Food", amount=70 * POUND),
    a_line(4, payee="Larch Building Ltd", amount=30 * POUND),
    a_line(5, payee="Quince Orchards", amount=10 * POUND),
)
HESPERDINE, FOOD = ("HESPERDINE FOODS LTD", ""), ("=Hesperdine Food", "")


@dataclass(frozen=True)
class Town:
    """An authority whose payees are partly doubtful."""

    uow: UnitOfWork
    files: LineFiles
    id: int

    @property
    def payees(self) -> Payees:
        return payees(self.uow, OPERATOR, files=self.files, authority_id=self.id)

    def settle(self, *settlements: Settlement, actor: Actor = OPERATOR) -> int:
        return settle(self.uow, actor, authority_id=self.id, settlements=settlements)

    def seen(self, payee: tuple[str, str]) -> int:
        return next(one.decided.id for one in self.payees.found if one.decided.key == payee)


@pytest.fixture
def town(uow: UnitOfWork, files: LineFiles, tmp_path: Path) -> Town:
    authority = an_authority(uow)
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*LINES)))
    of = {"files": files, "path": spend.path, "authority_id": authority, "feed": "payments", "read": spend.read}
    import_file(uow, OPERATOR, **of)  # type: ignore[arg-type]
    (tmp_path / "vendors.csv").write_text(MASTER)
    day = date(2026, 4, 1)
    import_vendors(uow, OPERATOR, path=tmp_path / "vendors.csv", authority_id=authority, source="list", as_at=day)
    match_with_vendors(uow, OPERATOR, files=files, authority_id=authority)
    return Town(uow, files, authority)


def test_the_doubtful_are_settled_by_what_is_at_stake(town: Town) -> None:
    found = town.payees
    first, _, third, last = found.found
    assert [(one.amount // POUND, one.is_settled) for one in found.found] == [
        (850, False),
        (70, False),
        (30, True),
        (10, True),
    ]
    assert (first.decided.payee, first.lines, first.feeds) == ("HESPERDINE FOODS LTD", 2, ("payments",))
    assert [one["supplier"] for one in first.decided.candidates][:2] == ["700001", "700002"]
    assert (third.decided.supplier, last.decided.outcome) == ("700003", Outcome.NEW)
    assert (found.settled // POUND, found.amount // POUND, found.feeds) == (40, 960, ["payments"])
    assert (found.suppliers["700001"].postcode, found.suppliers["700003"].amount // POUND) == ("S60 1AE", 30)
    assert town.settle(Settlement(HESPERDINE, "700001"), Settlement(FOOD, kind=Kind.INTERNAL)) == 2
    after = town.payees
    assert (after.settled, after.suppliers["700001"].amount // POUND) == (after.amount, 850)
    assert [one.decided.outcome for one in after.found][:2] == [Outcome.MATCHED, Outcome.NO_SUPPLIER]
    assert town.settle(Settlement(HESPERDINE, "700002")) == 1  # undone by a newer one, with the candidates still there
    assert (town.payees.found[0].decided.supplier, len(town.payees.found[0].decided.candidates)) == ("700002", 2)
    again = match_with_vendors(town.uow, OPERATOR, files=town.files, authority_id=town.id)
    assert again == {Outcome.MATCHED: 1, Outcome.NEW: 1}


def test_who_comes_later_sees_what_was_said_and_the_same_twice_is_once(town: Town) -> None:
    seen = town.seen(HESPERDINE)
    one = Settlement(HESPERDINE, "700001", seen=seen)
    assert [town.settle(one), town.settle(one)] == [1, 0]
    with pytest.raises(Meanwhile) as overtaken:
        town.settle(Settlement(FOOD, "700001"), Settlement(HESPERDINE, "700002", seen=seen))
    assert [(late.payee, late.supplier) for late in overtaken.value.payees] == [("HESPERDINE FOODS LTD", "700001")]
    assert not town.payees.found[1].is_settled
    assert town.settle(Settlement(HESPERDINE, "700002", seen=town.seen(HESPERDINE))) == 1


def test_what_a_person_says_while_payees_are_matched_stands(town: Town) -> None:
    class Slow(Known):
        def settle(self, *asked: Any, **given: Any) -> list[Decision]:
            town.settle(Settlement(HESPERDINE, "700001"))
            return super().settle(*asked, **given)

    of = {"files": town.files, "authority_id": town.id, "anew": True}
    match_payees(town.uow, OPERATOR, known=Slow([]), **of)  # type: ignore[arg-type]
    first = town.payees.found[0].decided
    assert (first.key, first.supplier, first.by_person) == (HESPERDINE, "700001", True)


def test_payees_are_not_matched_with_a_list_that_another_followed_meanwhile(town: Town, tmp_path: Path) -> None:
    before = [one.decided.id for one in town.payees.found]

    class Slow(Known):
        def settle(self, *asked: Any, **given: Any) -> list[Decision]:
            newer = tmp_path / "newer.csv"
            newer.write_text(MASTER + "700004,Quince Orchards,S60 3AA,\n")
            import_vendors(town.uow, OPERATOR, path=newer, authority_id=town.id, source="list", as_at=date(2026, 5, 1))
            return super().settle(*asked, **given)

    with town.uow.read(OPERATOR) as work:
        (found,) = work.all(select(func.max(VendorList.c.id).label("id")))
    of = {"files": town.files, "authority_id": town.id, "anew": True, "list_id": found.id}
    with pytest.raises(Retryable, match="A newer list of suppliers came meanwhile"):
        match_payees(town.uow, OPERATOR, known=Slow([]), **of)
    assert [one.decided.id for one in town.payees.found] == before
    match_with_vendors(town.uow, OPERATOR, files=town.files, authority_id=town.id)
    assert town.payees.found[-1].decided.supplier == "700004"


def test_what_cant_be_said_of_payees_keeps_nothing(town: Town) -> None:
    for why, *settlements in (
        ("no number “999999”", Settlement(HESPERDINE, "999999")),
        ("“stranger” is no kind of payee", Settlement(HESPERDINE, kind="stranger")),
        ("settled twice", Settlement(HESPERDINE, "700001"), Settlement(HESPERDINE, "700002")),
        ("no such payee", Settlement(FOOD, "700001"), Settlement(("Nobody", ""), "700001")),
    ):
        with pytest.raises(Refused, match=why):
            town.settle(*settlements)
        assert [one.is_settled for one in town.payees.found] == [False, False, True, True]


def test_payees_are_the_authoritys_own(town: Town) -> None:
    lead = Actor("user/7", user_id=7, authority_id=an_authority(town.uow), role=MemberRole.LEAD)
    with pytest.raises(NotThere, match="no such authority"):
        payees(town.uow, lead, files=town.files, authority_id=town.id)
    with pytest.raises(NotThere, match="no such authority"):
        town.settle(Settlement(FOOD), actor=lead)


def test_a_file_of_payees_comes_back(town: Town) -> None:
    found = town.payees
    content = written(found, [one for one in found.found if not one.is_settled])
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[1][:5] == [
        "HESPERDINE FOODS LTD",
        "",
        "850.00",
        "asked",
        "700001: Hesperdine Foods Limited, S60 1AE, 01234567",
    ]
    assert rows[2][0] == "'=Hesperdine Food"
    rows[1][-1], rows[2][-1] = "700002", " Individual "
    filled = _file(rows)
    done = taken_in(town.uow, OPERATOR, authority_id=town.id, content=filled)
    assert (done.kept, done.untouched, done.wrong) == (2, 0, ())
    kinds = {one.decided.payee: (one.decided.supplier, one.decided.kind) for one in town.payees.found}
    assert kinds["=Hesperdine Food"] == ("", "individual")
    town.settle(Settlement(HESPERDINE, "700001"))
    rows[1][-1], rows[2][-1] = "700002", ""
    done = taken_in(town.uow, OPERATOR, authority_id=town.id, content=_file([*rows, ["x", *rows[1][1:-2], "?", "new"]]))
    assert (done.kept, done.untouched) == (0, 1)
    assert [(one.row, str(one.why).partition(".")[0]) for one in done.wrong] == [
        (2, f"{OPERATOR.name} settled it meanwhile: matched 700001"),
        (4, "“seen” says which decision you saw; leave it as it is in the file"),
    ]
    with pytest.raises(Refused, match="no columns “seen” and “decision”"):
        taken_in(town.uow, OPERATOR, authority_id=town.id, content=b"payee,number\nLarch,1\n")


def _file(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
