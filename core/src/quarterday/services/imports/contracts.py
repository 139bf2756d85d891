"""Contracts from a council's register, each with its lead supplier, which is added where the record has none such."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import names
from quarterday.domain.cells import Row, day
from quarterday.domain.contracts import ContractKind, PartyRole, word
from quarterday.domain.periods import Rhythm
from quarterday.services import scope
from quarterday.services.imports.intake import Imported, Line, Outcome, opened, take_in
from quarterday.services.imports.suppliers import VOCABULARY as OF_SUPPLIERS
from quarterday.services.imports.suppliers import Register, Said, Unclear, read_supplier
from quarterday.services.organisations import people
from quarterday.services.promises import contracts
from quarterday.services.promises.contracts import LATEST_END, NewContract
from quarterday.services.scope import ContractRow
from quarterday.sheets import Vocabulary

NEEDED = ("reference", "title", "starts", "ends", "supplier")

VOCABULARY: Vocabulary = {
    "reference": (
        "contract reference number / ID",
        "contract reference number",
        "contract reference",
        "contract ref",
        "contract number",
        "contract ID",
    ),
    "title": ("title of the agreement", "title of agreement", "contract title", "agreement title"),
    "starts": ("contract start date", "start date", "start", "original start/commencement date", "commencement date"),
    "ends": ("contract end date", "end date", "end", "current end date", "expiry date"),
    "kind": ("contract type", "kind of contract", "type of agreement"),
    "rhythm": ("reports", "reporting rhythm", "reporting frequency"),
    "owner": ("contract manager", "contract manager email", "owner email", "contract owner"),
    **{field: words for field, words in OF_SUPPLIERS.items() if field != "also_known_as"},
}
"""The headers of the Local Government Transparency Code's list of contracts, and what other registers call them."""

KINDS: Mapping[str, ContractKind] = {
    "single award contract": ContractKind.CONTRACT,
    "framework agreement": ContractKind.CONTRACT,
    "framework": ContractKind.CONTRACT,
    "call off": ContractKind.CALL_OFF,
    "call-off contract": ContractKind.CALL_OFF,
    "grant agreement": ContractKind.GRANT,
    "other": ContractKind.CONTRACT,
}
"""What registers call the kinds of contract, beside our own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidContract:
    """What a row says of a contract."""

    reference: str
    title: str
    starts: date
    ends: date
    kind: ContractKind | None
    rhythm: Rhythm | None
    """None where nothing is said: a contract, every quarter."""
    supplier: Said
    owner: str
    """E-mail address of who manages it; "" where none is given."""

    @property
    def folded(self) -> SaidContract:
        """The same, to be compared with another row."""
        return replace(self, supplier=self.supplier.folded)

    def new(self, supplier_id: int, owner_id: int | None) -> NewContract:
        """The contract it makes, with that lead supplier and owner."""
        return NewContract(
            reference=self.reference,
            title=self.title,
            starts=self.starts,
            ends=self.ends,
            parties={supplier_id: PartyRole.LEAD},
            kind=self.kind or ContractKind.CONTRACT,
            rhythm=self.rhythm or Rhythm.QUARTER,
            owner_id=owner_id,
        )


def import_contracts(
    uow: UnitOfWork,
    actor: Actor,
    *,
    authority_id: int,
    path: Path,
    columns: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> Imported:
    """Import an authority's contracts from CSV or Excel, one a row; ``columns`` is a person's mapping field → header.

    The reference says which contract a row means. One that isn't there is added, with its supplier where the record
    has none such; one that is there must say the same, for an import changes nothing. Raises :class:`Refused` for a
    file that is no such spreadsheet, or no such authority; a bad row costs no other.
    """
    intake = opened(path, VOCABULARY, columns, NEEDED, _read)
    _must_mean_one_each(intake.lines)
    return take_in(
        uow,
        actor,
        intake,
        partial(_put, authority_id),
        authority_id=authority_id,
        action="contracts.imported",
        dry_run=dry_run,
    )


def _read(row: Row) -> SaidContract | None:
    reference = row.needed("reference", names.reference, "enter the contract's own reference")
    title = row.needed("title", lambda text: names.name(text, "the contract's title"), "enter what the contract is for")
    starts = row.needed("starts", day, "enter the day it starts, like 2026-04-01")
    ends = row.needed("ends", day, "enter the last day of the contract, or the day it is expected to end")
    kind = row.read("kind", _kind)
    rhythm = row.read("rhythm", lambda text: word(Rhythm, text, "rhythm"))
    owner = row.read("owner", names.email) or ""
    supplier = read_supplier(row)
    if starts and ends and ends < starts:
        row.wrong("ends", f"It ends {ends}, before it starts ({starts}); correct one of them.")
    if ends and ends > LATEST_END:
        row.wrong("ends", f"It ends {ends}; where no end is agreed, enter the day it is expected to.")
    if row.problems or not (reference and title and starts and ends and supplier):
        return None
    return SaidContract(
        reference=reference,
        title=title,
        starts=starts,
        ends=ends,
        kind=kind,
        rhythm=rhythm,
        supplier=supplier,
        owner=owner,
    )


def _kind(text: str) -> ContractKind:
    return KINDS.get(" ".join(text.casefold().split())) or word(ContractKind, text, "kind of contract")


def _must_mean_one_each(lines: Sequence[Line[SaidContract]]) -> None:
    """Quarantine all rows of a reference that say different things: which of them is meant would be a guess."""
    by_reference: defaultdict[str, list[Line[SaidContract]]] = defaultdict(list)
    for line in lines:
        if not line.problems:
            by_reference[line.says.reference].append(line)
    for reference, same in by_reference.items():
        if any(line.says.folded != same[0].says.folded for line in same):
            *first, last = [line.place for line in same]
            why = (
                f"“{reference}” stands in {', '.join(first)} and {last}, which say different things; "
                "give each contract a reference of its own."
            )
            for line in same:
                line.wrong("reference", why)


def _put(authority_id: int, work: Work, lines: Sequence[Line[SaidContract]]) -> Counter[Outcome]:
    scope.authority(work, authority_id, lock=True)
    there = {one.reference: one for one in scope.contracts(work) if one.authority_id == authority_id}
    leads = contracts.leads(work)
    staff = people.staff(work, authority_id)
    register = Register(work)
    outcomes: Counter[Outcome] = Counter()
    added: dict[str, NewContract] = {}
    for line in lines:
        said = line.says
        known = there.get(said.reference)
        lead = leads.get(known.id) if known else None
        try:
            meant = register.find(said.supplier, rather=lead)
            if known:
                _must_say_the_same(line, known, is_lead=meant == lead)
            elif said.owner and said.owner not in staff:
                line.wrong("owner", "Nobody with this address has a role with the authority; give them one first.")
            if line.problems:
                continue
            supplier_id, outcome = register.settle(said.supplier, source="a contract register", rather=lead)
        except Unclear as problem:
            line.wrong(problem.field, str(problem))
            continue
        if known is None and said.reference not in added:
            added[said.reference] = said.new(supplier_id, staff.get(said.owner))
            outcome = Outcome.ADDED
        outcomes[outcome] += 1
    contracts.lay_down(work, authority_id, list(added.values()))
    return outcomes


def _must_say_the_same(line: Line[SaidContract], known: ContractRow, *, is_lead: bool) -> None:
    """Note every cell that says something else than the record: a contract isn't changed by an import."""
    for field in ("title", "starts", "ends", "kind", "rhythm"):
        says, has = getattr(line.says, field), getattr(known, field)
        if says is not None and says != has:
            line.wrong(field, f"The record has “{has}” for this contract; correct one of them.")
    if not is_lead:
        line.wrong("supplier", "The record has another lead supplier for this contract; novate it, or correct the row.")
