"""Suppliers from a spreadsheet, and which supplier of the record a row means."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select

from quarterday.db.models import Supplier, SupplierAlias, SupplierIdentifier
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import names
from quarterday.domain.cells import Row
from quarterday.domain.identifiers import CHARITY, COMPANY, PPON, VAT, identifier
from quarterday.errors import Refused
from quarterday.services.imports.intake import Imported, Line, Outcome, opened, take_in
from quarterday.services.organisations import suppliers
from quarterday.sheets import Vocabulary

NUMBERS: Mapping[str, str] = {
    "company_number": COMPANY,
    "charity_number": CHARITY,
    "ppon": PPON,
    "vat_number": VAT,
}
"""Field → the scheme of the identifier in it."""

VOCABULARY: Vocabulary = {
    "supplier": (
        "supplier name",
        "supplier name(s)",
        "name",
        "lead supplier",
        "contractor",
        "contractor/provider",
        "provider",
        "organisation",
    ),
    "company_number": (
        "supplier registered company number",
        "registered company number",
        "company number",
        "company registration number",
        "company reg no",
        "companies house number",
        "gb-coh",
    ),
    "charity_number": (
        "supplier registered charity number",
        "registered charity number",
        "charity number",
        "charity registration number",
        "charity reg no",
        "gb-chc",
    ),
    "ppon": ("gb-ppon", "public procurement organisation number"),
    "vat_number": ("vat", "vat registration number", "supplier vat registration number", "vat reg no"),
    "also_known_as": ("also known as", "other names", "aliases", "trading as", "trading name"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says of a supplier."""

    name: str
    identifiers: Mapping[str, str]
    """Scheme → value, as they are kept."""
    aliases: tuple[str, ...] = ()

    @property
    def folded(self) -> Said:
        """The same, to be compared: a name in capitals is the same name."""
        return Said(self.name.casefold(), self.identifiers)


class Unclear(Refused):
    """Which supplier is meant can't be told; ``field`` is the cell that would tell."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


def import_suppliers(
    uow: UnitOfWork, actor: Actor, *, path: Path, columns: Mapping[str, str] | None = None, dry_run: bool = False
) -> Imported:
    """Import suppliers from CSV or Excel, one a row; ``columns`` is a person's own mapping of field → header.

    A row means the supplier that has one of its numbers, else the one of its name; what is new of that supplier is
    added. Raises :class:`Refused` for a file that is no such spreadsheet; a bad row costs no other.
    """
    intake = opened(path, VOCABULARY, columns, ("supplier",), read_supplier)
    return take_in(
        uow,
        actor,
        intake,
        _put,
        authority_id=actor.authority_id,
        action="suppliers.imported",
        dry_run=dry_run,
    )


def _put(work: Work, lines: Sequence[Line[Said]]) -> Counter[Outcome]:
    register = Register(work)
    outcomes: Counter[Outcome] = Counter()
    for line in lines:
        try:
            _, outcome = register.settle(line.says, source="a supplier list")
        except Unclear as problem:
            line.wrong(problem.field, str(problem))
        else:
            outcomes[outcome] += 1
    return outcomes


def read_supplier(row: Row) -> Said | None:
    """What a row says of a supplier; None, with the problems noted, where it can't be used."""
    name = row.needed("supplier", lambda text: names.name(text, "the supplier's name"), "enter the supplier's name")
    identifiers = {
        scheme: value
        for field, scheme in NUMBERS.items()
        if (value := row.read(field, partial(identifier, scheme))) is not None
    }
    others = filter(None, (part.strip() for part in row.text("also_known_as").split(";")))
    aliases = row.read(
        "also_known_as", lambda text: tuple(names.name(other, "the supplier's other name") for other in others)
    )
    return None if name is None or row.problems else Said(name, identifiers, aliases or ())


class Register:
    """The suppliers of the record by their numbers and names, kept up as suppliers are added."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._numbers: dict[tuple[str, str], int] = {}
        self._schemes: defaultdict[int, set[str]] = defaultdict(set)
        self._named: defaultdict[str, set[int]] = defaultdict(set)
        for number in work.all(
            select(SupplierIdentifier.c.supplier_id, SupplierIdentifier.c.scheme, SupplierIdentifier.c.value)
        ):
            self._numbers[number.scheme, number.value] = number.supplier_id
            self._schemes[number.supplier_id].add(number.scheme)
        for one in work.all(select(Supplier.c.id, Supplier.c.name)):
            self._named[one.name.casefold()].add(one.id)
        for alias in work.all(select(SupplierAlias.c.supplier_id, SupplierAlias.c.name)):
            self._named[alias.name.casefold()].add(alias.supplier_id)

    def find(self, said: Said, rather: int | None = None) -> int | None:
        """The supplier that a row means, None where the record has none; ``rather`` is taken where several fit.

        A number says who it is, whatever the name. Without one the name does, if no supplier of that name has another
        number of the same kind. Raises :class:`Unclear` where numbers or names point at several suppliers.
        """
        holders = {self._numbers[number] for number in said.identifiers.items() if number in self._numbers}
        if len(holders) > 1:
            field = next(field for field, scheme in NUMBERS.items() if scheme in said.identifiers)
            raise Unclear(field, f"Its numbers are those of suppliers {_and(holders)}; correct the wrong one.")
        if holders:
            found = holders.pop()
            self._must_have_no_other(found, said)
            return found
        fitting = {one for one in self._named[said.name.casefold()] if not self._schemes[one] & said.identifiers.keys()}
        if rather in fitting:
            return rather
        if len(fitting) > 1:
            why = f"Suppliers {_and(fitting)} have this name; give the company number, or another number, of one."
            raise Unclear("company_number", why)
        return fitting.pop() if fitting else None

    def settle(self, said: Said, *, source: str, rather: int | None = None) -> tuple[int, Outcome]:
        """The supplier that a row means, added or completed where the record lacks it; raises as :meth:`find`.

        ``source`` is where a name was seen that the record doesn't have for this supplier yet.
        """
        found = self.find(said, rather)
        if found is None:
            aliases = dict.fromkeys(said.aliases, source)
            found = suppliers.put_supplier(self._work, name=said.name, identifiers=said.identifiers, aliases=aliases)
            outcome = Outcome.ADDED
        else:
            outcome = self._completed(found, said, source)
        for scheme, value in said.identifiers.items():
            self._numbers[scheme, value] = found
            self._schemes[found].add(scheme)
        for name in (said.name, *said.aliases):
            self._named[name.casefold()].add(found)
        return found, outcome

    def _must_have_no_other(self, supplier_id: int, said: Said) -> None:
        for field, scheme in NUMBERS.items():
            is_new = scheme in said.identifiers and (scheme, said.identifiers[scheme]) not in self._numbers
            if is_new and scheme in self._schemes[supplier_id]:
                raise Unclear(
                    field, f"The record has another {scheme} for supplier {supplier_id}; correct one of them."
                )

    def _completed(self, supplier_id: int, said: Said, source: str) -> Outcome:
        numbers = {scheme: value for scheme, value in said.identifiers.items() if (scheme, value) not in self._numbers}
        names_ = [one for one in (said.name, *said.aliases) if supplier_id not in self._named[one.casefold()]]
        for scheme, value in numbers.items():
            suppliers.put_identifier(self._work, supplier_id=supplier_id, scheme=scheme, value=value)
        for name in names_:
            suppliers.put_alias(self._work, supplier_id=supplier_id, name=name, source=source)
        return Outcome.COMPLETED if numbers or names_ else Outcome.UNCHANGED


def _and(ids: set[int]) -> str:
    return " and ".join(map(str, sorted(ids)))
