"""The payees of a ledger as a CSV in which somebody says who they are, and which comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from quarterday import Refused, said
from quarterday.services.figures.written import csv_bytes
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.ledger.sent_back import Taken, Wrong, rows_of
from quarterday_erp_import.ledger.settling import KINDS, AtStake, Meanwhile, Payees, Settlement, seen, settle
from quarterday_erp_import.payees.payee import CANDIDATES, Outcome
from quarterday_erp_import.reading.money import pounds

PAYEE, NUMBER, AMOUNT, STANDS, SEEN, DECISION = "payee", "number", "amount", "stands as", "seen", "decision"
NEW = "new"
HEADER = (PAYEE, NUMBER, AMOUNT, STANDS, *(f"candidate {place}" for place in range(1, CANDIDATES + 1)), SEEN, DECISION)
"""The columns: the payee, what it was paid, how it stands, who it may be; then what is typed, a supplier's number,
“new”, or a kind of payee."""


def written(payees: Payees, found: Iterable[AtStake]) -> bytes:
    """Some payees as CSV; no cell is a formula."""
    return csv_bytes([HEADER, *(_cells(one, payees) for one in found)])


def taken_in(uow: UnitOfWork, actor: Actor, *, authority_id: int, content: bytes) -> Taken:
    """Keep what a file says of its payees: every row that can be used, and of each other what is wrong with it.

    A row in which nothing is typed is left as it is. Raises :class:`Refused` for what is no such file.
    """
    rows = _rows(content)
    ids = {int(row[SEEN]) for _, row in rows if _is_id(row.get(SEEN, ""))}
    shown = seen(uow, actor, authority_id=authority_id, decision_ids=ids)
    said_of: dict[int, Settlement] = {}
    wrong: list[Wrong] = []
    untouched = 0
    for number, row in rows:
        decision = " ".join(row.get(DECISION, "").split())
        if not decision:
            untouched += 1
        elif not _is_id(row.get(SEEN, "")) or int(row[SEEN]) not in shown:
            wrong.append(Wrong(number, said("“seen” says which decision you saw; leave it as it is in the file.")))
        else:
            which = shown[int(row[SEEN])]
            said_of[number] = Settlement(which.key, *_means(decision), seen=which.id)
    kept = 0
    for number, one in said_of.items():
        try:
            kept += settle(uow, actor, authority_id=authority_id, settlements=[one])
        except Meanwhile as overtaken:
            who, how = overtaken.payees[0].actor, stands(overtaken.payees[0].outcome, overtaken.payees[0].supplier)
            text = said("{who} settled it meanwhile: {how}. Take the payees anew.", who=who, how=how)
            wrong.append(Wrong(number, text))
        except Refused as refused:
            wrong.append(Wrong(number, said("{why}", why=refused)))
    return Taken(kept, untouched, tuple(sorted(wrong, key=lambda one: one.row)))


def stands(outcome: str, supplier: str) -> str:
    """How a payee stands, in a word and the supplier's number."""
    return f"{outcome} {supplier}".strip()


def _means(decision: str) -> tuple[str, str]:
    """The supplier and the kind that a person means."""
    small = decision.casefold()
    if small == NEW:
        return "", ""
    return ("", small) if small in [str(kind) for kind in KINDS] else (decision, "")


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _cells(one: AtStake, payees: Payees) -> list[str]:
    decided = one.decided
    offered = [f"{of['supplier']}: {_of(payees, of)}" for of in decided.candidates[:CANDIDATES]]
    offered += [""] * (CANDIDATES - len(offered))
    standing = decided.kind if decided.outcome is Outcome.NO_SUPPLIER else stands(decided.outcome, decided.supplier)
    return [decided.payee, decided.payee_id, pounds(one.amount), standing, *offered, str(decided.id), ""]


def _of(payees: Payees, candidate: Mapping[str, str]) -> str:
    known = payees.suppliers.get(candidate["supplier"])
    parts = [candidate["name"], *((known.postcode, known.company_number) if known else ())]
    return ", ".join(part for part in parts if part)


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    why = "The file has no columns “seen” and “decision”. Write it with “quarterday spend payees --csv”."
    return rows_of(content, HEADER, needs=(SEEN, DECISION), otherwise=Refused(why))
