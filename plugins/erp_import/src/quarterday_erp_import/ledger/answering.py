"""The ledger's answers to core: what was paid on each contract, and how much of it stayed local."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from quarterday import LedgerAnswer, LedgerQuestion, LocalArea
from quarterday import Payee as ContractPayee
from quarterday.services.organisations.locating import local_postcodes
from quarterday_erp_import.analysis import attributing
from quarterday_erp_import.analysis.payments import amount, payments
from quarterday_erp_import.analysis.shapes import CONTRACTS, NUMBERS, PARTIES, PAYEES
from quarterday_erp_import.ledger.contract_marks import Sort
from quarterday_erp_import.ledger.standing import Standing
from quarterday_erp_import.payees.kinds import Kind
from quarterday_erp_import.payees.known import Known, shared_numbers
from quarterday_erp_import.payees.payee import By, Decision, Outcome, Payee, Supplier


@dataclass(frozen=True, slots=True)
class _Asked:
    """The questions, and the payments with the contracts that they are on, up to the day asked for."""

    engine: Backend
    questions: Sequence[LedgerQuestion]
    contracts: Table
    parties: Table
    spend: Table
    until: date
    sources: Mapping[str, int]


def answered(now: Standing, questions: Sequence[LedgerQuestion], until: date) -> list[LedgerAnswer]:
    """The answers of a ledger as it stands, one for each question."""
    asked = _attributed(now, questions, until)
    newest = asked.engine.to_pyarrow(asked.spend.paid_on.max()).as_py()
    paid = _by_contract(asked, attributing.paid_on_contracts(asked.spend, until))
    reached = _by_contract(asked, attributing.triggers(asked.spend, asked.contracts, until))
    places, besides, rests_on = _places(asked), _unattributed(asked), _batches(asked)
    answers = []
    for one in questions:
        of = one.contract_id
        placed, local = places.get(of, (0, 0))
        answers.append(
            LedgerAnswer(
                contract_id=of,
                until=newest,
                lines=paid[of]["lines"] if of in paid else 0,
                paid=paid[of]["amount"] if of in paid else 0,
                placed=placed,
                local=local if one.local else None,
                unattributed=besides.get(of, 0),
                reached_on=reached[of]["reached_on"] if of in reached else None,
                batches=tuple(f"batch/{batch}" for batch in sorted(rests_on[of])),
            )
        )
    return answers


@dataclass(frozen=True, slots=True)
class Held:
    """Contracts as payments are attributed to them."""

    contracts: Table
    parties: Table
    numbers: Table
    payees: pa.Table
    """Which payees of the ledger are which party."""


def held(now: Standing, questions: Sequence[LedgerQuestion]) -> Held:
    """The contracts that are asked about, and who of the ledger's payees holds them."""
    parties, services = parties_of(questions), _services(now)
    asked = {one.contract_id for one in questions}
    references = [("contract", number, one.contract_id) for one in questions for number in one.numbers]
    marks = [(one.sort, one.mark, one.contract_id) for one in now.marks if one.contract_id in asked]
    numbered = [one for one in (*references, *marks) if one[0] != Sort.SERVICE]
    held_by = [
        (one.contract_id, parties[payee], service)
        for one in questions
        for payee in one.payees
        for service in services.get(one.contract_id, [None])
    ]
    tables = (
        pa.Table.from_pylist([_contract(one) for one in questions], schema=CONTRACTS),
        pa.Table.from_pylist([dict(zip(PARTIES.names, one, strict=True)) for one in held_by], schema=PARTIES),
        pa.Table.from_pylist([dict(zip(NUMBERS.names, one, strict=True)) for one in numbered], schema=NUMBERS),
    )
    contracts, held_by_whom, numbers = (ibis.memtable(_nullable(table)) for table in tables)
    return Held(contracts, held_by_whom, numbers, _matched(now, parties))


def _services(now: Standing) -> dict[int, list[str | None]]:
    """For each contract that is for some services only, these."""
    found = defaultdict[int, list[str | None]](list)
    for one in now.marks:
        if one.sort is Sort.SERVICE:
            found[one.contract_id].append(one.mark)
    return found


def _attributed(now: Standing, questions: Sequence[LedgerQuestion], until: date) -> _Asked:
    of = held(now, questions)
    lines = now.lines.filter(now.lines.paid_on <= until)
    spend = payments(lines, ibis.memtable(_nullable(of.payees)))
    spend = attributing.attributed(spend, of.contracts, of.parties, of.numbers)
    wanted = ("source", "paid_on", "amount", "supplier", "postcode", "contract_id")
    kept = now.engine.create_table("payments_on_contracts", spend.select(*wanted))
    return _Asked(now.engine, questions, of.contracts, of.parties, kept, until, now.sources)


def parties_of(questions: Sequence[LedgerQuestion]) -> dict[ContractPayee, str]:
    """A key for each supplier of the contracts that are asked about."""
    found: dict[ContractPayee, str] = {}
    for one in questions:
        for payee in one.payees:
            found.setdefault(payee, f"party/{len(found)}")
    return found


def _matched(now: Standing, parties: Mapping[ContractPayee, str]) -> pa.Table:
    """Which payees of the ledger are suppliers of contracts, as far as that is certain or a person said so.

    Two payees that are one supplier of the master are one here.
    """
    known = Known(_supplier(key, payee) for payee, key in parties.items())
    distinct = now.engine.to_pyarrow(
        now.lines.group_by("payee", number=now.lines.payee_id.fill_null("")).agg(
            company_number=now.lines.company_number.max(),
            charity_number=now.lines.charity_number.max(),
            vat_number=now.lines.vat_number.max(),
        )
    ).to_pylist()
    shared = shared_numbers((row["number"], row["payee"]) for row in distinct if row["number"])
    asked = [
        Payee(
            row["payee"],
            row["number"] if row["number"] not in ("", *shared) else None,
            row["company_number"],
            row["charity_number"],
            row["vat_number"],
        )
        for row in distinct
    ]
    certain = [_certain(one) for one in known.settle(asked)]
    masters = [now.decided.get((row["payee"], row["number"])) for row in distinct]
    by_master: dict[str, set[str]] = defaultdict(set)
    for party, decided in zip(certain, masters, strict=True):
        if party and decided and decided.supplier:
            by_master[now.same.get(decided.supplier, decided.supplier)].add(party)
    rows = []
    for row, party, decided in zip(distinct, certain, masters, strict=True):
        supplier = decided.supplier if decided else ""
        parties_of_it = by_master.get(now.same.get(supplier, supplier), set()) if supplier else set()
        if party is None and len(parties_of_it) == 1:
            (party,) = parties_of_it
        kind = decided.kind if decided else "supplier"
        vendor = now.vendors.get(decided.supplier) if decided else None
        facts = {"supplier": party, "kind": kind, "postcode": vendor.postcode if vendor else None}
        rows.append({"payee": row["payee"], "payee_id": row["number"], **facts})
    return pa.Table.from_pylist(rows, schema=PAYEES)


def _certain(decision: Decision) -> str | None:
    """The supplier that a payee is: matched, or the only one of that very name.

    How rare a name is says little among the few suppliers of contracts, so matching alone would ask.
    """
    if decision.outcome is Outcome.MATCHED:
        return decision.supplier
    same = {one.supplier for one in decision.candidates if one.by is By.SAME_NAME}
    return same.pop() if len(same) == 1 and decision.kind is Kind.SUPPLIER else None


def _supplier(key: str, payee: ContractPayee) -> Supplier:
    given = dict(payee.identifiers)
    return Supplier(
        key,
        payee.names,
        company_number=given.get("GB-COH"),
        charity_number=given.get("GB-CHC"),
        vat_number=given.get("VAT"),
    )


def _contract(one: LedgerQuestion) -> dict[str, Any]:
    return {
        "contract_id": one.contract_id,
        "starts": one.starts,
        "ends": one.ends,
        "trigger": one.trigger,
        "has_commitments": True,
    }


def _places(asked: _Asked) -> dict[int, tuple[int, int]]:
    """For each contract what was paid to payees whose postcode is known, and the part of it that is local."""
    spend = asked.spend.filter(asked.spend.contract_id.notnull())
    postcodes = asked.engine.to_pyarrow(spend.filter(spend.postcode.notnull()).select("postcode").distinct())
    written = [row["postcode"] for row in postcodes.to_pylist()]
    by_area: dict[LocalArea | None, list[int]] = defaultdict(list)
    for one in asked.questions:
        by_area[one.local].append(one.contract_id)
    found: dict[int, tuple[int, int]] = {}
    for area, contracts in by_area.items():
        sides = local_postcodes(written, area) if area else dict.fromkeys(written, False)
        where = ibis.memtable(_sides(sides))
        of_area = spend.filter(spend.contract_id.isin(contracts)).join(where, "postcode")
        sums = of_area.group_by("contract_id").agg(
            placed=amount(of_area, of_area.is_local.notnull()), local=amount(of_area, of_area.is_local)
        )
        for of, row in _by_contract(asked, sums).items():
            found[of] = (row["placed"], row["local"])
    return found


def _unattributed(asked: _Asked) -> dict[int, int]:
    """For each contract what its suppliers were paid while it ran, on no contract for certain."""
    loose = asked.spend.filter(asked.spend.contract_id.isnull(), asked.spend.supplier.notnull()).drop("contract_id")
    held = (
        asked.contracts.join(asked.parties, "contract_id")
        .select("contract_id", "supplier", "starts", "ends")
        .distinct()
    )
    running = [loose.supplier == held.supplier, loose.paid_on >= held.starts, loose.paid_on <= held.ends]
    joined = loose.join(held, running)
    sums = joined.group_by("contract_id").agg(amount=amount(joined))
    return {of: row["amount"] for of, row in _by_contract(asked, sums).items()}


def _batches(asked: _Asked) -> Mapping[int, set[int]]:
    """For each contract the batches that hold payments on it."""
    pairs = asked.spend.filter(asked.spend.contract_id.notnull()).select("contract_id", "source").distinct()
    found: dict[int, set[int]] = defaultdict(set)
    for row in asked.engine.to_pyarrow(pairs).to_pylist():
        found[row["contract_id"]].add(asked.sources[row["source"]])
    return found


def _by_contract(asked: _Asked, rows: Table) -> dict[int, dict[str, Any]]:
    return {row["contract_id"]: row for row in asked.engine.to_pyarrow(rows).to_pylist()}


def _sides(sides: Mapping[str, bool | None]) -> pa.Table:
    schema = pa.schema([pa.field("postcode", pa.string()), pa.field("is_local", pa.bool_())])
    return pa.table({"postcode": list(sides), "is_local": list(sides.values())}, schema=schema)


def _nullable(table: pa.Table) -> pa.Table:
    """As an engine sees tables: it doesn't say of a column that it is never null."""
    return table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))
